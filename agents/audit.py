"""The audit log: every decision a line whose hash covers the line before, on the disk before it counts.

`audit.jsonl` in the project's state holds the lines, `audit.head` the number and hash of the last. Each commit that
the platform makes names the head that it stood on, so that neither a changed line nor a cut tail goes unseen.
"""

import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from agents import signatures
from agents.errors import Tampered
from agents.failpoints import passing

FILE, HEAD = "audit.jsonl", "audit.head"
START = "0" * 64
"""What the first line has as the hash of the line before."""
TRAILER = "Audit-Head"
"""In a commit's message: the log, by the first letters of its first line's hash; number and hash of a line."""
WAY_ON = (
    "See `adp frozen verify`. Restore it from a snapshot with `adp frozen restore`; or move "
    f"{FILE} and {HEAD} away to begin a new one, and what it told is lost."
)


@dataclass(frozen=True)
class Line:
    """One decision."""

    seq: int
    """From 1, without gaps."""
    at: str
    event: str
    facts: Mapping[str, Any]
    prev: str
    """`whole` of the line before."""
    hash: str
    """Of all that stands before it in the line; what a signature signs."""
    signature: str = ""

    @cached_property
    def whole(self) -> str:
        """Hash of the line with its own hash and signature."""
        return hashlib.sha256(render(self)).hexdigest()

    @property
    def head(self) -> str:
        """Number and hash of the whole line, as commits name it."""
        return f"{self.seq} {self.whole}"


@dataclass(frozen=True)
class Read:
    """What the file holds."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...] = ()
    """Where it is not what was written."""
    torn: int = 0
    """Bytes of a last line that was not written to its end; the next decision takes them away."""


class Audit:
    """The log in a folder; safe to share between processes of one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file, self.head_file = folder, folder / FILE, folder / HEAD

    def append(self, event: str, **facts: Any) -> Line:
        """Write one decision. Raises Tampered where the log's end is not what was written last."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked() as file:
            last, torn = self._end(file)
            passing("audit.before_write")
            if last is None:  # no two logs are the same from their first line on
                last = _made(None, "begin", {"log": uuid.uuid4().hex})
                file.write(render(last))
            line = _made(last, event, facts if not torn else {**facts, "torn_bytes_removed": torn})
            raw = render(line)
            file.write(raw[: len(raw) // 2])
            file.flush()
            passing("audit.half_written")
            file.write(raw[len(raw) // 2 :])
            file.flush()
            passing("audit.before_sync")
            os.fsync(file.fileno())
            passing("audit.before_head")
            self._note(line)
        passing("audit.written")
        return line

    def name(self) -> str:
        """What commits call this log; empty where it has no line yet."""
        if not self.file.is_file():
            return ""
        with self.file.open("rb") as file:
            first = _parsed(file.readline().removesuffix(b"\n"))
        return first.whole[:12] if first else ""

    def anchor(self, line: Line) -> str:
        """The trailer of a commit that stands on `line`."""
        return f"{TRAILER}: {self.name()} {line.head}\n"

    def head(self) -> str:
        """Number and hash of the last line; `0` and zeros where there is none."""
        last = self.last()
        return last.head if last else f"0 {START}"

    def last(self) -> Line | None:
        """The last whole line."""
        if not self.file.is_file():
            return None
        with self.file.open("rb") as file:
            return self._last_whole(file)[0]

    def read(self) -> Read:
        """Every line, and every place where the file is not what was written."""
        raw = self.file.read_bytes() if self.file.is_file() else b""
        lines: list[Line] = []
        problems: list[str] = []
        *whole, rest = raw.split(b"\n")
        for number, text in enumerate(whole, 1):
            line = _parsed(text)
            before = lines[-1].whole if lines else START
            if line is None:
                problems.append(f"{FILE}:{number}: the line is not what its hash says")
            elif line.seq != number or line.prev != before:
                problems.append(f"{FILE}:{number}: a line before it was changed, or is missing")
            if line is not None:
                lines.append(line)
        if why := self._cut(lines, bool(rest)):
            problems.append(why)
        return Read(tuple(lines), tuple(dict.fromkeys(problems)), len(rest))

    def _cut(self, lines: Sequence[Line], torn: bool) -> str:
        """What is wrong with the end; a head that is one line behind was interrupted, and is no fault."""
        noted = self._noted()
        if noted is None:
            # The first decision comes with the line that begins the log, and may have been interrupted.
            more = len(lines) + torn > 2
            return f"{HEAD} is missing or cannot be read" if more or self.head_file.exists() else ""
        number, digest = noted
        if number > len(lines):
            return f"{FILE} ends at line {len(lines)}, and {number} were written: its tail is cut or changed"
        if number < len(lines) - 1 or digest != (lines[number - 1].whole if number else START):
            return f"{HEAD} names line {number} with another hash than {FILE}"
        return ""

    def _end(self, file: IO[bytes]) -> tuple[Line | None, int]:
        """The line to go on from; the torn rest of an interrupted one is cut off."""
        last, good = self._last_whole(file)
        noted = self._noted()
        seq = last.seq if last else 0
        if noted and (noted[0] > seq or (noted[0] == seq and last and noted[1] != last.whole)):
            raise Tampered(f"{self.file}: {noted[0]} decisions were written, and the file ends with {seq}. {WAY_ON}")
        file.seek(0, os.SEEK_END)
        torn = file.tell() - good
        if torn:
            file.truncate(good)
        file.seek(0, os.SEEK_END)
        return last, torn

    def _last_whole(self, file: IO[bytes]) -> tuple[Line | None, int]:
        """The last line that was written to its end, and where it ends."""
        file.seek(0, os.SEEK_END)
        size = at = file.tell()
        tail = b""
        while at and tail.count(b"\n") < 2:
            step = min(65536, at)
            at -= step
            file.seek(at)
            tail = file.read(step) + tail
        end = tail.rfind(b"\n") + 1
        if not end:
            return None, 0
        text = tail[tail.rfind(b"\n", 0, end - 1) + 1 : end - 1]
        line = _parsed(text)
        if line is None:
            raise Tampered(f"{self.file}: the last line is not what its hash says. {WAY_ON}")
        return line, size - (len(tail) - end)

    def _noted(self) -> tuple[int, str] | None:
        try:
            raw = self.head_file.read_bytes()
            number, digest = raw.decode("ascii").removesuffix("\n").split(" ")
            return (int(number), digest) if raw == f"{int(number)} {digest}\n".encode() else None
        except (OSError, ValueError):
            return None

    def _note(self, line: Line) -> None:
        fresh = self.head_file.with_name(HEAD + ".next")
        with fresh.open("wb") as file:
            file.write(f"{line.head}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.head_file)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Nothing is appended during the block."""
        with self._locked() if self.file.is_file() else nullcontext():
            yield

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        while True:
            with self.file.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.fstat(file.fileno()).st_ino == self.file.stat().st_ino:  # else it was restored while we waited
                    yield file
                    return


def render(line: Line) -> bytes:
    """The bytes of a line, its end included."""
    body = _body(line.seq, line.at, line.event, line.facts, line.prev)
    tail = {"hash": line.hash} | ({"signature": line.signature} if line.signature else {})
    return _dumped(body | tail) + b"\n"


def _made(last: Line | None, event: str, facts: Mapping[str, Any]) -> Line:
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    seq, prev = (last.seq + 1, last.whole) if last else (1, START)
    known = json.loads(json.dumps(facts, default=str))
    digest = hashlib.sha256(_dumped(_body(seq, at, event, known, prev))).hexdigest()
    key = signatures.private_key()
    return Line(seq, at, event, known, prev, digest, signatures.sign(key, digest.encode()) if key else "")


def _parsed(text: bytes) -> Line | None:
    """The line in a text; None where one byte is not as it was written."""
    try:
        data = json.loads(text)
        line = Line(data["seq"], data["at"], data["event"], data["facts"], data["prev"], data["hash"],
                    data.get("signature", ""))  # fmt: skip
        body = _body(line.seq, line.at, line.event, line.facts, line.prev)
        same = render(line) == text + b"\n" and hashlib.sha256(_dumped(body)).hexdigest() == line.hash
    except (ValueError, KeyError, TypeError):
        return None
    return line if same else None


def _body(seq: int, at: str, event: str, facts: Mapping[str, Any], prev: str) -> dict[str, Any]:
    return {"seq": seq, "at": at, "event": event, "facts": facts, "prev": prev}


def _dumped(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=False).encode()
