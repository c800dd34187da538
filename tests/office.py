"""A shop where a repair waits for two people with keys."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

PEOPLE = ("ana", "bo", "eve")


class Office(NamedTuple):
    """A shop where a repair waits, and the keys of people."""

    shop: Any
    keys: Path

    def public(self, name: str) -> str:
        return " ".join((self.keys / f"{name}.pub").read_text().split()[:2])


def make_keys(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PEOPLE:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True
        )
    return folder


def policy_text(office: Office, required: int = 2) -> str:
    people = {n: {"key": office.public(n), "email": f"{n}@example.com"} for n in ("ana", "bo")}
    return json.dumps({"policy": {"auto": "none", "required": required, "approvers": people}})
