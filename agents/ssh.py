"""Signatures by ssh, as git makes them: `ssh-keygen -Y`, with the key of `git config user.signingkey`."""

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agents import signatures
from agents.errors import UsageError
from agents.repository import Repository

HOW = (
    f"Set {signatures.VARIABLE} to your private key; or `git config gpg.format ssh`, "
    "`git config user.signingkey ~/.ssh/id_ed25519.pub`, and add `--sign`."
)


def configured(repo: Path, setting: str) -> str:
    """A value of git's configuration; empty where it is not set."""
    command = ["git", "-C", str(repo), "config", "--get", setting]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def public_key(repo: Path) -> str:
    """Public part of git's signing key. Raises UsageError where it is no ed25519 key for ssh signatures."""
    kind, named = configured(repo, "gpg.format"), configured(repo, "user.signingkey")
    if kind != "ssh" or not named:
        raise UsageError(f"--sign: git has gpg.format {kind or 'unset'}, user.signingkey {named or 'unset'}. {HOW}")
    with _key_file(repo) as file:
        public = Path(file if file.endswith(".pub") else f"{file}.pub")
        try:
            text = public.read_text()
        except OSError as error:
            raise UsageError(f"--sign: {public}: {error.strerror}. {HOW}") from error
    if not text.startswith("ssh-ed25519 "):
        raise UsageError(f"--sign: {named} is a {text.split(' ')[0]} key; allowed is ssh-ed25519. {HOW}")
    return " ".join(text.split()[:2])


def sign(repo: Path, said: bytes, namespace: str) -> str:
    """The signature of `said` by git's key, which may lie with ssh's agent. Raises UsageError where ssh refuses."""
    with _key_file(repo) as file:
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", file]
        try:
            done = subprocess.run(command, input=said, capture_output=True, check=False, timeout=120)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"ssh-keygen cannot sign: {error}. {HOW}") from error
    if done.returncode:
        raise UsageError(f"ssh-keygen cannot sign: {done.stderr.decode(errors='replace').strip()} {HOW}")
    return done.stdout.decode()


def holds(said: bytes, signature: str, key: str, namespace: str) -> bool:
    """Whether `key` signed `said` for this namespace; never where ssh-keygen is missing."""
    with tempfile.TemporaryDirectory() as scratch:
        people, signed = Path(scratch) / "allowed", Path(scratch) / "signature"
        people.write_text(f'approver namespaces="{namespace}" {key}\n')
        signed.write_text(signature)
        named = ["-f", str(people), "-I", "approver", "-n", namespace, "-s", str(signed)]
        try:
            done = subprocess.run(
                ["ssh-keygen", "-Y", "verify", *named], input=said, capture_output=True, check=False, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def signer(repo: Path, commit: str, keys: Mapping[str, str]) -> str:
    """Whose key (name -> public key) signed a commit; empty where none did."""
    if not keys:
        return ""
    words = {hashlib.sha256(name.encode()).hexdigest()[:16]: name for name in keys}  # a name may hold blanks
    with tempfile.TemporaryDirectory() as scratch:
        people = Path(scratch) / "allowed"
        people.write_text("".join(f'{word} namespaces="git" {keys[name]}\n' for word, name in words.items()))
        options = (
            "-c",
            "gpg.format=ssh",
            "-c",
            "gpg.ssh.program=ssh-keygen",
            "-c",
            f"gpg.ssh.allowedSignersFile={people}",
        )
        told = Repository(repo).git(*options, "log", "-1", "--format=%G?%x00%GS", f"{commit}^0", "--")
    state, _, principal = told.decode(errors="replace").strip().partition("\0")
    return words.get(principal, "") if state == "G" else ""


@contextmanager
def _key_file(repo: Path) -> Iterator[str]:
    """Path of git's signing key; one that git holds as text is put into a file for ssh's agent."""
    text = configured(repo, "user.signingkey").removeprefix("key::")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(text).expanduser()
        if text.startswith("ssh-"):
            file = Path(scratch) / "key.pub"
            file.write_text(text + "\n")
        yield str(file)
