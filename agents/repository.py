"""Git by plumbing: read any commit, write one without index, hooks or checkout, advance the ref by compare-and-swap."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agents.errors import FinalError, RaceLost, UsageError
from agents.failpoints import passing
from agents.text import as_bytes, as_text

IDENTITY = {
    "GIT_AUTHOR_NAME": "adp",
    "GIT_AUTHOR_EMAIL": "adp@localhost",
    "GIT_COMMITTER_NAME": "adp",
    "GIT_COMMITTER_EMAIL": "adp@localhost",
}


_BLOB = re.compile(rb"[0-9a-f]+ ([a-z]+) (\d+)")
"""What `git cat-file --batch` says before the bytes of an object."""
_FOLDER = "040000"
"""The mode by which git knows one."""
_UNLISTED = {"\n", "\0"}
"""Characters that no name in a list of many may have."""


@dataclass(frozen=True)
class Repository:
    """The git work tree at `root`."""

    root: Path
    holds: tuple[int, ...] = ()
    """Open files with a lock that a git command goes on holding where this process is killed before it."""

    def git(self, *args: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> bytes:
        """Standard output of one git command. Raises FinalError with git's own words."""
        done = subprocess.run(
            ["git", "-C", str(self.root), *args],
            input=stdin,
            capture_output=True,
            check=False,
            pass_fds=self.holds,
            env={**os.environ, "GIT_LITERAL_PATHSPECS": "1", **(env or {})},
        )
        if done.returncode:
            raise FinalError(f"git {args[0]} failed in {self.root}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def line(self, *args: str) -> str:
        """Standard output of one git command as one line."""
        return self.git(*args).decode().strip()

    def head(self) -> str:
        """The commit that is checked out. Raises UsageError where there is none yet."""
        try:
            return self.line("rev-parse", "--verify", "HEAD^{commit}")
        except FinalError as error:
            raise UsageError(
                f"{self.root} has no commit yet, so nothing could be undone. "
                f"Make one: `git -C {self.root} add -A && git -C {self.root} commit -m start`."
            ) from error

    def author(self) -> str:
        """Who would be the author of a commit made now, `name <e-mail>`; nothing proves it."""
        return self.line("var", "GIT_AUTHOR_IDENT").rsplit(" ", 2)[0]

    def branch(self) -> str | None:
        """Full name of the checked-out branch; None on a detached head."""
        try:
            return self.line("symbolic-ref", "-q", "HEAD")
        except FinalError:
            return None

    def read(self, commit: str, path: str) -> str | None:
        """Text of a file in a commit; None where it is not there."""
        try:
            return as_text(self.git("cat-file", "blob", f"{commit}:{path}"))
        except FinalError:
            return None

    def texts(self, commit: str, paths: Sequence[str]) -> dict[str, str | None]:
        """`read` for several files, by one git command."""
        found: dict[str, str | None] = dict.fromkeys(paths)
        for path, raw in zip(paths, self.blobs([f"{commit}:{p}" for p in paths]), strict=True):
            with suppress(FinalError):
                found[path] = as_text(raw) if raw is not None else None
        return found

    def blobs(self, names: Sequence[str]) -> list[bytes | None]:
        """The bytes of several files, by one git command: each is `commit:path` or a hash; None where it is no file."""
        asked = [n for n in dict.fromkeys(names) if not _UNLISTED & set(n)]
        told = self.git("cat-file", "--batch", stdin=b"".join(os.fsencode(n) + b"\n" for n in asked)) if asked else b""
        found: dict[str, bytes | None] = {}
        at = 0
        for name in asked:
            end = told.index(b"\n", at)
            begins = _BLOB.fullmatch(told, at, end)
            at = end + 1
            if begins:
                after = at + int(begins[2])
                found[name] = told[at:after] if begins[1] == b"blob" else None
                at = after + 1
        return [self._blob(n) if _UNLISTED & set(n) else found.get(n) for n in names]

    def _blob(self, name: str) -> bytes | None:
        """One whose name the list of many cannot hold."""
        with suppress(FinalError):
            return self.git("cat-file", "blob", name)
        return None

    def working(self, path: str) -> str | None:
        """Text of a file in the work tree; None where it is not there."""
        file = self.root / path
        return as_text(file.read_bytes()) if file.is_file() else None

    def edited(self, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of `paths` whose work tree or index differs from `commit`."""
        asked = [self.git("diff", *staged, "--name-only", "-z", commit) for staged in (["--cached"], [])]
        # By git's own comparison: line ends may be others in the work tree than in the repository.
        found = {name for names in asked for name in os.fsdecode(names).split("\0") if name}
        return tuple(p for p in paths if p in found)

    def export(self, commit: str, prefix: str, into: Path) -> None:
        """Write the files of a commit below `prefix` into the folder `into`, without touching the index."""
        into.mkdir(parents=True, exist_ok=True)
        tree = f"{commit}:{prefix}" if prefix else commit
        archive = self.git("archive", "--format=tar", tree)
        subprocess.run(["tar", "-x", "-C", str(into)], input=archive, check=True)

    def write_commit(self, base: str, files: Mapping[str, str | None], message: str) -> str:
        """A commit on top of `base` with these files changed (None removes); no ref moves."""
        with tempfile.TemporaryDirectory() as scratch:
            env = {**IDENTITY, "GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self.git("read-tree", base, env=env)
            modes = self._modes(base, [p for p, text in files.items() if text is not None])
            blobs = self._written(files, Path(scratch))
            entries = [
                f"{modes.get(path, '100644')} {blobs[path]}\t{path}\0" if path in blobs else f"0 {'0' * 40}\t{path}\0"
                for path in sorted(files)
            ]
            passing("land.blobs_written")
            self.git("update-index", "-z", "--index-info", env=env, stdin="".join(entries).encode())
            tree = self.git("write-tree", env=env).decode().strip()
            passing("land.tree_written")
            written = self.git("commit-tree", tree, "-p", base, "-F", "-", env=env, stdin=message.encode())
            passing("land.commit_written")
            return written.decode().strip()

    def _written(self, files: Mapping[str, str | None], scratch: Path) -> dict[str, str]:
        """Path -> hash of each text that is there, all written into the repository by one git command."""
        texts = {path: as_bytes(text) for path, text in files.items() if text is not None}
        for number, text in enumerate(texts.values()):
            (scratch / str(number)).write_bytes(text)
        named = "".join(f"{scratch / str(number)}\n" for number in range(len(texts)))
        told = self.git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=os.fsencode(named))
        return dict(zip(texts, told.decode().split(), strict=True))

    def _modes(self, commit: str, paths: Sequence[str]) -> dict[str, str]:
        """Path -> mode of those that a commit holds. Raises FinalError where one is a folder there."""
        listed = os.fsdecode(self.git("ls-tree", "-t", "-z", commit, "--", *paths)) if paths else ""
        modes = {path: entry.split()[0] for entry, path in (row.split("\t", 1) for row in listed.split("\0") if row)}
        if folder := next((p for p in paths if modes.get(p) == _FOLDER), None):
            raise FinalError(f"{folder} is a folder in {commit[:12]}, and no file can take its place")
        return modes

    def advance(self, ref: str, commit: str, expected: str) -> None:
        """Move `ref` from `expected` to `commit`, or raise RaceLost and leave it."""
        try:
            self.git("update-ref", "-m", "adp: activate", ref, commit, expected)
        except FinalError as error:
            raise RaceLost(
                f"{ref} is no longer at {expected[:12]}: somebody committed meanwhile. Run `adp heal` again."
            ) from error

    def create(self, ref: str, commit: str) -> None:
        """Make a new ref. Raises FinalError where it exists."""
        self.git("update-ref", ref, commit, "0" * 40)

    def put(self, ref: str, commit: str) -> None:
        """Let a ref of our own be this commit, whether or not it is there."""
        self.git("update-ref", ref, commit)

    def tag(self, name: str, commit: str) -> bool:
        """Make a tag; False where there is one of that name, which stays."""
        try:
            self.create(f"refs/tags/{name}", commit)
        except FinalError:
            if self.line("for-each-ref", f"refs/tags/{name}"):
                return False
            raise
        return True

    def knows(self, sha: str) -> bool:
        """Whether a whole hash is that of a commit here."""
        with suppress(FinalError):
            return bool(re.fullmatch(r"[0-9a-f]{40,64}", sha)) and bool(
                self.line("rev-parse", "--verify", "--quiet", f"{sha}^{{commit}}")
            )
        return False

    def contains(self, commit: str, older: str) -> bool:
        """Whether `older` is the commit or one that it stands on."""
        with suppress(FinalError):
            return not self.line("rev-list", "-1", older, f"^{commit}", "--")
        return False

    def same_as(self, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of `paths` whose bytes in the work tree are the commit's, by hash and not by git's notes of times.

        Filters of git (line ends, say) are applied as it would; a path that is in neither counts as the same.
        """
        held = {path: blob for path, (_, blob) in self.listed(commit, paths).items()}
        now = self.hashed(paths)
        return tuple(p for p in paths if now.get(p) == held.get(p))

    def listed(self, commit: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Path -> mode and hash of every file that a commit holds at or below `paths`."""
        told = os.fsdecode(self.git("ls-tree", "-r", "-z", commit, "--", *paths)) if paths else ""
        rows = (row.split("\t", 1) for row in told.split("\0") if row)
        return {path: (entry.split()[0], entry.split()[2]) for entry, path in rows}

    def hashed(self, paths: Sequence[str]) -> dict[str, str]:
        """Path -> the hash that git would give each of these files of the work tree; those that are not there are left
        out."""
        there = [p for p in paths if (self.root / p).is_file()]
        if not there:
            return {}
        told = self.git("hash-object", "--stdin-paths", stdin=os.fsencode("\n".join(there)))
        return dict(zip(there, told.decode().split(), strict=True))

    def messages(self, revisions: str, *paths: str) -> list[tuple[str, str]]:
        """Commits of a range with their whole messages, newest first; of those only that touch `paths`, if any."""
        told = self.git(
            "log", "--format=%H%x00%B%x01", "--end-of-options", revisions, *(("--", *paths) if paths else ())
        ).decode()
        pairs = (entry.strip("\n").split("\0", 1) for entry in told.split("\1") if entry.strip())
        return [(sha, message) for sha, message in pairs]

    def diff(self, before: str, after: str) -> str:
        """Unified diff between two commits."""
        return self.git("diff", "--no-color", "--no-ext-diff", "--end-of-options", before, after).decode(
            errors="replace"
        )

    def exclude_state(self) -> None:
        """Keep `.adp/` out of git without touching the user's own ignore files."""
        file = Path(self.line("rev-parse", "--git-path", "info/exclude"))
        file = file if file.is_absolute() else self.root / file
        text = file.read_text() if file.is_file() else ""
        if "/.adp/" not in text.splitlines():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + ("" if not text or text.endswith("\n") else "\n") + "/.adp/\n")
