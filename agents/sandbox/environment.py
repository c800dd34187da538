"""What the worker may know of the environment: what the project names, and no credential among it."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.dbt import project_files
from agents.settings import Sandbox as Limits

KEPT = ("LANG", "LC_ALL", "TZ")
PACKAGES = Path(__file__).resolve().parents[2]
"""Where `agents` is imported from."""

_WORDS = re.compile(
    r"""(^|_)(TOKENS?|PASSWORDS?|PASSWD|PWD|PASS|PASSPHRASE|PASSCODE|PIN|SECRETS?|KEYS?|CREDENTIALS?|CREDS?|AUTH|OAUTH
    |AUTHORIZATION|BEARER|DSN|JWT|COOKIE|PAT|SAS|PRIVATE)(_|$)""",
    re.VERBOSE,
)
_PARTS = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|^(AWS|AZURE|VAULT)_")
_HARMLESS = ("PWD", "OLDPWD")
_VALUES = re.compile(
    r"""\b(AKIA|ASIA)[0-9A-Z]{16}\b | \bgh[opusr]_\w{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{16,}
    | \bxox[a-z]-[\w-]{10,} | \b[sr]k[-_][\w-]{16,} | \beyJ[\w-]{8,}\.[\w-]{8,}\. | -----BEGIN[ ]
    | \b(password|passwd|pwd|token|secret|accountkey|sharedaccesskey|sig|api_?key|motherduck_token)\s*[=:]\s*\S""",
    re.IGNORECASE | re.VERBOSE,
)
_ADDRESS = re.compile(r"(?<=://)[^/\s?#]*:[^/\s?#]*(?=@)")
"""`user:password` of a URL; a token alone before the `@` is one without a user."""
_TOKEN_ADDRESS = re.compile(r"(?<=://)[^/\s?#:@]{16,}(?=@)")
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+_=-]{24,}")
"""Letters of both cases with digits and no blank, dot or slash: no word, no path and no hash."""


@dataclass(frozen=True)
class Environment:
    """Variables of a worker, and the names of those whose values it does not get."""

    variables: Mapping[str, str]
    replaced: tuple[str, ...] = ()


def environment_of(project: Path, limits: Limits) -> Environment:
    """The variables that the project names; a placeholder of the same shape where one looks like a credential.

    Without a value `env_var('X')` would stop dbt. `sandbox.variables` of the settings names what only looks like one.
    """
    named = {name: os.environ[name] for name in sorted(_named_variables(project)) if name in os.environ}
    hidden = tuple(n for n, v in named.items() if n not in limits.variables and is_credential(n, v))
    shown = {n: placeholder(n, v) if n in hidden else v for n, v in named.items()}
    base = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
        "PYTHONPATH": str(PACKAGES),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Environment({**base, **shown, **own}, hidden)


def is_credential(name: str, value: str) -> bool:
    """Whether a variable looks like one by its name or by its value; rather one too many.

    >>> is_credential("SHOP_DB_PASSWORD", "x7"), is_credential("STORE", "s3://me:pw@host/b"), is_credential("DAY", "4")
    (True, True, False)
    """
    if name in _HARMLESS or value.lower() in ("", "true", "false", "yes", "no", "on", "off", "none"):
        return False
    upper = name.upper()
    return bool(_WORDS.search(upper) or _PARTS.search(upper)) or _of_value(value)


def _of_value(value: str) -> bool:
    return any(p.search(value) for p in (_ADDRESS, _TOKEN_ADDRESS, _VALUES)) or bool(_RANDOM.fullmatch(value.strip()))


def placeholder(name: str, value: str) -> str:
    """A value of the same shape that says nothing; of an address only what stands before the `@` is replaced.

    >>> placeholder("WAREHOUSE", "postgres://me:secret7@db.example.com:5432/shop")
    'postgres://xx:xxxxxx0@db.example.com:5432/shop'
    >>> placeholder("API_TOKEN", "Ab-12")
    'Xx-00'
    """
    for pattern in (_ADDRESS, _TOKEN_ADDRESS):
        shown = pattern.sub(lambda found: _blank(found[0]), value)
        if shown != value and not _VALUES.search(_ADDRESS.sub("", value)):
            return shown
    return _blank(value)


def _blank(text: str) -> str:
    return re.sub(r"[^\W\d_]", lambda c: "X" if c[0].isupper() else "x", re.sub(r"\d", "0", text))


def tells(data: bytes, environment: Environment) -> bool:
    """Whether some bytes hold the value of a credential of this process."""
    values = (v for n, v in os.environ.items() if n in environment.replaced or (len(v) >= 6 and is_credential(n, v)))
    return any(value.encode(errors="surrogateescape") in data for value in values)


def _named_variables(project: Path) -> set[str]:
    pattern = re.compile(r"env_var\(\s*['\"](\w+)['\"]")
    files = project_files(project, (".sql", ".yml", ".yaml"))
    return {name for file in files for name in pattern.findall(file.read_text(errors="replace"))}
