"""Files that a copy of a project leaves out: where people keep credentials, whether committed or not."""

import os
import re
import shutil
from pathlib import Path, PurePosixPath

_NAMES = re.compile(
    r"""profiles\.ya?ml | \.env(\..+)? | .+\.env | \.envrc | \.git | \.adp | \.ssh | \.aws | \.azure | \.gnupg | \.kube
    | \.netrc | _netrc | \.pgpass | \.npmrc | \.pypirc | \.git-credentials | \.user\.yml
    | .+\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk) | id_(rsa|dsa|ecdsa|ed25519)
    | (.*[-_.])?(credentials?|service[-_]?account|key-?file)([-_.].*)?\.json""",
    re.VERBOSE | re.IGNORECASE,
)


def withheld(path: str) -> bool:
    """Whether a file of a project stays out of the sandbox. dbt reads none of these where its profile is elsewhere.

    >>> [withheld(p) for p in ("profiles.yml", "ci/.env.prod", ".git/config", "models/profiles.sql", "seeds/keys.csv")]
    [True, True, True, False, False]
    """
    return any(_NAMES.fullmatch(part) for part in PurePosixPath(path).parts)


def names_withheld(folder: str, names: list[str]) -> list[str]:
    """Those of the names in a folder that stay out; for `shutil.copytree`, and as that wants it."""
    return [name for name in names if withheld(name)]


def strip(folder: Path) -> None:
    """Delete from a copy what stays out of the sandbox."""
    for top, folders, names in os.walk(folder):
        for name in names_withheld(top, [*folders, *names]):
            gone = Path(top) / name
            if gone.is_dir() and not gone.is_symlink():
                shutil.rmtree(gone)
            else:
                gone.unlink()
        folders[:] = [f for f in folders if not withheld(f)]
