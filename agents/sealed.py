"""A file that only its key opens, and that opens whole or not at all: AES-256-GCM in chunks, the key from scrypt.

Layout: magic, length of the header (4 bytes), header (JSON), chunks. Each chunk is sealed under its number and
whether it is the last one (Rogaway's STREAM), so that none can be changed, moved, left out or cut off unseen.
"""

import io
import json
import os
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from agents.errors import UsageError

MAGIC = b"ADPSNAP1"
KEY, KEY_FILE = "ADP_SNAPSHOT_KEY", "ADP_SNAPSHOT_KEY_FILE"
"""Environment variables: the passphrase itself, or the path of a file that holds it."""
CHUNK = 1 << 20
TAG = 16
SHORTEST = 12
COST = {"n": 1 << 16, "r": 8, "p": 1}
"""scrypt: 64 MiB and some tenths of a second for each guess."""
COSTLIEST = 1 << 20
WAY_ON = f"Set {KEY}, or {KEY_FILE} to a file that holds it: `openssl rand -base64 32 > FILE`, kept apart from them."


def configured() -> bool:
    """Whether there is a key to seal with."""
    return bool(os.environ.get(KEY) or os.environ.get(KEY_FILE))


def passphrase() -> bytes:
    """What the key is made from. Raises UsageError where there is none, or one that is guessed too easily."""
    given, named = os.environ.get(KEY), os.environ.get(KEY_FILE)
    if given and named:
        raise UsageError(f"Both {KEY} and {KEY_FILE} are set; allowed is one of them.")
    if not given and not named:
        raise UsageError(f"Snapshots are encrypted, and there is no key. {WAY_ON}")
    try:
        secret = Path(named).read_bytes().strip() if named else (given or "").encode()
    except OSError as error:
        raise UsageError(f"{KEY_FILE}={named} cannot be read: {error.strerror}. {WAY_ON}") from error
    if len(secret) < SHORTEST:
        raise UsageError(
            f"The key of the snapshots has {len(secret)} characters; allowed: {SHORTEST} or more. {WAY_ON}"
        )
    return secret


class Sealer(io.RawIOBase):
    """Writes a sealed file; what was written counts once it is closed."""

    def __init__(self, file: IO[bytes], secret: bytes) -> None:
        self._file, self._held, self._number = file, bytearray(), 0
        header = {**COST, "salt": os.urandom(16).hex(), "nonce": os.urandom(7).hex(), "chunk": CHUNK}
        self._size = CHUNK
        self._cipher = _Cipher(json.dumps(header).encode(), secret)
        file.write(self._cipher.start)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Take bytes; whole chunks go out."""
        self._held += data
        while len(self._held) > self._size:
            self._put(self._size, last=False)
        return len(data)

    def close(self) -> None:
        """Seal the last chunk, which says that it is the last; the file below stays open."""
        if not self.closed:
            self._put(len(self._held), last=True)
        super().close()

    def _put(self, size: int, *, last: bool) -> None:
        self._file.write(self._cipher.sealed(bytes(self._held[:size]), self._number, last))
        del self._held[:size]
        self._number += 1


class Opener(io.RawIOBase):
    """Reads a sealed file. Raises UsageError at the first chunk that is not what was sealed with this key."""

    def __init__(self, file: IO[bytes], secret: bytes, name: str) -> None:
        self._file, self._name = file, name
        self._opened, self._number, self._done = b"", 0, False
        start = file.read(len(MAGIC) + 4)
        length = int.from_bytes(start[len(MAGIC) :], "big")
        if start[: len(MAGIC)] != MAGIC or not 0 < length < 4096:
            raise UsageError(f"{name} is no snapshot that this version of adp made.")
        self._cipher = _Cipher(file.read(length), secret, name)
        self._size = self._cipher.chunk + TAG
        self._next = file.read(self._size)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Hand out opened bytes; 0 at the end of the last chunk."""
        if not self._opened and not self._done:
            self._open()
        part = self._opened[: len(buffer)]
        buffer[: len(part)] = part
        self._opened = self._opened[len(part) :]
        return len(part)

    def _open(self) -> None:
        current, self._next = self._next, self._file.read(self._size)
        self._done = not self._next
        try:
            self._opened = self._cipher.opened(current, self._number, self._done)
        except InvalidTag as error:
            why = "" if self._number else "the key is another one, or "
            raise UsageError(f"{self._name} cannot be opened: {why}it was changed or cut off. {WAY_ON}") from error
        self._number += 1


class _Cipher:
    """The key of one file, and what its header says."""

    def __init__(self, header: bytes, secret: bytes, name: str = "") -> None:
        self.start = MAGIC + len(header).to_bytes(4, "big") + header
        try:
            said = json.loads(header)
            n, r, p = (int(said[part]) for part in ("n", "r", "p"))
            self.chunk, self._nonce = int(said["chunk"]), bytes.fromhex(said["nonce"])
            if not (n * r * p <= COSTLIEST and 0 < self.chunk <= 1 << 26 and len(self._nonce) == 7):
                raise ValueError("parameters out of range")
            key = Scrypt(salt=bytes.fromhex(said["salt"]), length=32, n=n, r=r, p=p).derive(secret)
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{name} cannot be opened: its header was changed or cut off ({error}).") from error
        self._aes = AESGCM(key)

    def sealed(self, text: bytes, number: int, last: bool) -> bytes:
        return self._aes.encrypt(self._at(number, last), text, self.start)

    def opened(self, chunk: bytes, number: int, last: bool) -> bytes:
        return self._aes.decrypt(self._at(number, last), chunk, self.start)

    def _at(self, number: int, last: bool) -> bytes:
        return self._nonce + number.to_bytes(4, "big") + bytes([last])
