"""Files that are missing, closed, full, cut off or not what they are said to be."""

import csv
import fcntl
import gzip
import json
import resource
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
import zipfile
from functools import partial
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import yaml

from _minds.errors.kind import Kinds, kind, name, told

WHERE = Path(tempfile.gettempdir())


def kinds() -> Kinds:
    """What Python and the shell say of files."""
    return {
        "open": kind("not_found", lambda rng: Path(f"/srv/{name(rng)}/{name(rng)}.csv").read_text()),
        "list": kind("not_found", lambda rng: list(Path(f"/srv/{name(rng)}").iterdir())),
        "copy": kind("not_found", lambda rng: shutil.copyfile(f"/srv/{name(rng)}.json", "/dev/null")),
        "cat": (frozenset({"not_found"}), lambda rng: told(["cat", f"/srv/{name(rng)}.csv"])),
        "cd": (frozenset({"not_found"}), lambda rng: told(["bash", "-c", f"cd /srv/{name(rng)}"])),
        "closed": kind("permission", lambda rng: Path("/root/secret.csv").read_text(), apart=True),
        "write": kind("permission", lambda rng: Path(f"/etc/{name(rng)}.csv").write_text("a"), apart=True),
        "mkdir": kind("permission", lambda rng: Path(f"/usr/{name(rng)}").mkdir(), apart=True),
        "remove": kind("permission", lambda rng: Path("/etc/hostname").unlink(), apart=True),
        "proc": kind("permission", lambda rng: Path("/proc/1/mem").read_bytes(), apart=True),
        "full": kind("disk_full", lambda rng: Path("/dev/full").write_text(name(rng))),
        "full-copy": (frozenset({"disk_full"}), lambda rng: told(["cp", "/etc/passwd", "/dev/full"])),
        "full-shell": (frozenset({"disk_full"}), lambda rng: told(["bash", "-c", f"echo {name(rng)} > /dev/full"])),
        "full-json": kind("disk_full", lambda rng: json.dump(["x"] * 9999, Path("/dev/full").open("w"))),
        "limit": kind("disk_full", _too_large, apart=True),
        "gzip": kind("payload", partial(_broken, gzip.compress(bytes(range(256)) * 9)[:200], "csv.gz")),
        "gzip-no": kind("payload", partial(_broken, b"<html>please log in</html>", "csv.gz")),
        "zip": kind("payload", partial(_broken, b"PK\x03\x04 and no more", "zip")),
        "tar": kind("payload", partial(_broken, b"no archive" * 90, "tar")),
        "json": kind("payload", partial(_broken, b'{"a": [1, 2', "json")),
        "json-lines": kind("payload", partial(_broken, b'{"a": 1}\n{"a": 2}\n', "json")),
        "xml": kind("payload", partial(_broken, b"<rows><row></rows>", "xml")),
        "utf8": kind("payload", partial(_broken, b"id,name\n1,M\xfcller\n", "csv")),
        "nul": kind("payload", partial(_broken, b'id,name\n1,"a\n', "strict.csv")),
        "yaml": kind("invalid_yaml", partial(_broken, b"a: b: c\n", "yml")),
        "yaml-tab": kind("invalid_yaml", partial(_broken, b"a:\n\t- b\n", "yml")),
        "yaml-open": kind("invalid_yaml", partial(_broken, b"a: [1, 2\nb: 3\n", "yml")),
        "toml": kind("syntax_error payload other", partial(_broken, b"a = \n", "toml")),
        "gunzip": (frozenset({"payload"}), partial(_shell, b"no gzip", "gunzip -t {f}", "gz")),
        "unzipped": (frozenset({"payload"}), partial(_shell, b"no archive" * 99, "tar xf {f}", "tar")),
        "held": kind("lock", _held),
        "git-held": (frozenset({"lock"}), _git_held),
        "number": kind("column_retyped", lambda rng: int(f"{rng.randint(1, 99)},{rng.randint(10, 99)}")),
        "float": kind("column_retyped", lambda rng: float(f"{rng.randint(1, 99)} EUR")),
    }


def _broken(content: bytes, ending: str, rng: Random) -> None:
    file = WHERE / f"{name(rng)}.{ending}"
    file.write_bytes(content)
    readers = {
        "csv.gz": lambda: gzip.decompress(content), "zip": lambda: zipfile.ZipFile(file),
        "tar": lambda: tarfile.TarFile(file), "json": lambda: json.loads(file.read_text()),
        "xml": lambda: ElementTree.parse(file), "csv": lambda: file.read_text(encoding="utf-8"),
        "strict.csv": lambda: list(csv.reader(file.open(newline=""), strict=True)),
        "yml": lambda: yaml.safe_load(file.read_text()), "toml": lambda: tomllib.loads(file.read_text()),
    }  # fmt: skip
    try:
        readers[ending]()
    finally:
        file.unlink()


def _shell(content: bytes, command: str, ending: str, rng: Random) -> str:
    file = WHERE / f"{name(rng)}.{ending}"
    file.write_bytes(content)
    try:
        return told(command.format(f=file).split())
    finally:
        file.unlink()


def _too_large(rng: Random) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
    file = WHERE / f"{name(rng)}.bin"
    try:
        file.write_bytes(b"x" * 50_000)
        file.write_bytes(b"x" * 50_000)
        with file.open("ab") as out:
            out.write(b"x" * 9)
    finally:
        file.unlink(missing_ok=True)


def _held(rng: Random) -> None:
    file = WHERE / f"{name(rng)}.lock"
    try:
        with file.open("w") as one, file.open("w") as two:
            fcntl.flock(one, fcntl.LOCK_EX)
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        file.unlink()


def _git_held(rng: Random) -> str:
    folder = Path(tempfile.mkdtemp(prefix=name(rng)))
    try:
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        (folder / ".git" / "index.lock").touch()
        (folder / "a").touch()
        return told(["git", "-C", str(folder), "add", "a"])
    finally:
        shutil.rmtree(folder)
