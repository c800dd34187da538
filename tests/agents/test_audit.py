"""The audit log finds every changed byte and every cut, and goes on after a torn write."""

import random
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agents import signatures
from agents.audit import FILE, HEAD, START, Audit
from agents.errors import Tampered


@pytest.fixture
def signing_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ed25519PrivateKey:
    """A key that signs every line of the test."""
    key = Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv(signatures.VARIABLE, str(file))
    return key


def _filled(folder: Path, count: int = 5) -> Audit:
    audit = Audit(folder)
    for number in range(count):
        audit.append("heal", proposal=f"p{number}", note='a "quoted" ä\n line')
    return audit


def test_lines_chain_and_the_head_is_the_last(tmp_path: Path) -> None:
    audit = _filled(tmp_path)
    read = audit.read()
    assert read.problems == ()
    assert [line.seq for line in read.lines] == [1, 2, 3, 4, 5, 6]
    assert read.lines[0].prev == START
    assert all(b.prev == a.whole for a, b in zip(read.lines, read.lines[1:], strict=False))
    assert audit.head() == read.lines[-1].head


def test_every_flipped_byte_of_the_log_and_of_its_head_is_found(tmp_path: Path, signing_key: Ed25519PrivateKey) -> None:
    audit = _filled(tmp_path, 3)
    assert all(line.signature for line in audit.read().lines)
    generator = random.Random(1)
    for name in (FILE, HEAD):
        file = tmp_path / name
        whole = file.read_bytes()
        for place in range(len(whole)):
            flipped = bytes([whole[place] ^ (1 << generator.randrange(8))])
            file.write_bytes(whole[:place] + flipped + whole[place + 1 :])
            assert audit.read().problems, f"{name}, byte {place}: {whole[place : place + 1]!r} -> {flipped!r}"
        file.write_bytes(whole)
    assert audit.read().problems == ()


@pytest.mark.parametrize("left", [0, 1, 4])
def test_a_cut_tail_is_found_and_nothing_is_written_after_it(tmp_path: Path, left: int) -> None:
    audit = _filled(tmp_path)
    lines = (tmp_path / FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / FILE).write_bytes(b"".join(lines[:left]))
    assert audit.read().problems
    with pytest.raises(Tampered, match="6 decisions were written"):
        audit.append("heal")


def test_a_torn_last_line_is_taken_away_and_said(tmp_path: Path) -> None:
    audit = _filled(tmp_path)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"seq":6,"at"')
    assert audit.read().torn == 13
    assert audit.read().problems == ()
    line = audit.append("next")
    assert line.facts == {"torn_bytes_removed": 13}
    assert audit.read().problems == ()


def test_a_signed_line_names_its_key(tmp_path: Path, signing_key: Ed25519PrivateKey) -> None:
    line = Audit(tmp_path / "log").append("approve", proposal="p1")
    text = signatures.public_text(signing_key)
    assert signatures.signer(line.hash.encode(), line.signature, [text]) == text
    assert Audit(tmp_path / "log").read().problems == ()


def _write(folder: Path) -> None:
    for _ in range(20):
        Audit(folder).append("race")


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = get_context("spawn")
    workers = [context.Process(target=_write, args=(tmp_path,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    read = Audit(tmp_path).read()
    assert (len(read.lines), read.problems) == (81, ())


def _append_one(folder: Path, started: Any) -> None:
    started.set()
    Audit(folder).append("waited")


def test_who_waited_while_the_log_was_restored_goes_on_in_the_restored_one(tmp_path: Path) -> None:
    audit = _filled(tmp_path)
    context = get_context("spawn")
    started = context.Event()
    with audit.standing():
        waiting = context.Process(target=_append_one, args=(tmp_path, started))
        waiting.start()
        started.wait()
        waiting.join(0.5)  # it waits for the lock of the old file
        assert waiting.is_alive()
        fresh = tmp_path / "fresh"
        fresh.write_bytes(audit.file.read_bytes())
        fresh.replace(audit.file)
    waiting.join()
    read = audit.read()
    assert ([line.event for line in read.lines][-1], len(read.lines), read.problems) == ("waited", 7, ())
