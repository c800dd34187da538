"""What causes an error, and its text as people meet it."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

CauseIt = Callable[[Random], str]
Kinds = dict[str, tuple[frozenset[str], CauseIt]]
"""Name of the kind -> the causes that are right, and the function that causes the error."""

NOBODY = 65534


def kind(causes: str, action: Callable[[Random], Any], *, apart: bool = False) -> tuple[frozenset[str], CauseIt]:
    """An action that raises. `apart`: in a process of its own, without root's rights."""

    def cause_it(rng: Random) -> str:
        return _apart(action, rng) if apart else raised(action, rng)

    return frozenset(causes.split()), cause_it


def raised(action: Callable[[Random], Any], rng: Random) -> str:
    """The error that an action raises: with its type, bare where the words say enough, or as a traceback."""
    try:
        action(rng)
    except Exception as error:
        typed = "".join(traceback.format_exception_only(error)).strip()
        shape = rng.choice(("typed", "typed", "bare", "traceback"))
        if shape == "traceback":
            return "".join(traceback.format_exception(error))
        return str(error) if shape == "bare" and len(str(error).split()) > 2 else typed
    raise RuntimeError("nothing failed")


def _apart(action: Callable[[Random], Any], rng: Random) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            text = raised(action, rng)
        except BaseException as error:  # told to the parent, which raises
            text = f"\0{error!r}"
        os.write(writer, text.encode()[:60000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(child, 0)
    if not text or text.startswith("\0"):
        raise RuntimeError(f"nothing failed: {text}")
    return text


def told(command: Sequence[str], **options: Any) -> str:
    """What a command that fails writes to standard error."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)
    if not done.returncode:
        raise RuntimeError(f"{' '.join(command)} did not fail")
    return (done.stderr or done.stdout).strip()


def python(script: str) -> str:
    """What a Python of its own writes when a script ends with an error."""
    return told([sys.executable, "-c", script])


def name(rng: Random) -> str:
    """A name that nobody has used before."""
    parts = ("al", "bor", "cen", "dra", "est", "fin", "gor", "hal", "ix", "jun", "kes", "lom", "mar", "nov", "ost")
    return "".join(rng.choice(parts) for _ in range(3)) + rng.choice(("", "_id", "_at", "_total", "s"))
