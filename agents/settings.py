"""Every environment variable and every key of `adp.yml`, read once and checked."""

import os
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from agents.contracts import Record
from agents.errors import UsageError

SETTINGS_FILE = "adp.yml"


class Policy(Record):
    """What is applied without a person."""

    auto: Literal["none", "low", "medium", "high"] = "low"
    """Highest risk that is applied by itself."""
    protected_branches: tuple[str, ...] = ()
    """Branches that only people move: proposals for them stay pending."""
    attempts: int = Field(default=2, ge=1)
    """Repairs tried for one fault of one run before a person is asked."""


class Sandbox(Record):
    """Limits of the process that runs candidates."""

    memory_mb: int = Field(default=2048, ge=256)
    """DuckDB's memory; the process gets 1 GB more for Python, dbt and what DuckDB does not count."""
    seconds: int = Field(default=300, ge=10)
    disk_mb: int = Field(default=8192, ge=64)
    """Everything that one sandbox writes."""
    threads: int = Field(default=2, ge=1)
    isolation: Literal["auto", "bubblewrap", "none"] = "auto"
    """`auto`: bubblewrap where it works; `bubblewrap` refuses to work without it."""
    variables: tuple[str, ...] = ()
    """Environment variables that the sandbox gets as they are, because they only look like credentials."""


class Settings(Record):
    """`adp.yml` beside `dbt_project.yml`; every key is optional."""

    policy: Policy = Policy()
    sandbox: Sandbox = Sandbox()
    ledger_url: str | None = None
    """SQLAlchemy URL; default SQLite under `.adp/`. `ADP_LEDGER_URL` wins."""
    lock_wait_seconds: float = Field(default=60, ge=0)
    """How long to wait for DuckDB's file lock before saying that it is held."""
    published_mb: int | None = Field(default=None, ge=1)
    """Largest warehouse file, in megabytes, of which a published copy is kept; without it the free disk decides."""
    observe: bool = True
    """False builds and publishes nothing but what dbt itself does (`ADP_OBSERVE=0`)."""


def parse(text: str, where: str) -> Settings:
    """Settings from the text of an `adp.yml`.

    Raises UsageError naming the key, its value and what is allowed.

    >>> parse("policy: {auto: medium}", "adp.yml").policy.auto
    'medium'
    """
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UsageError(f"{where} is not valid YAML{line}: {getattr(error, 'problem', error)}.") from error
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise UsageError(f"{where} holds a {type(data).__name__}; allowed: keys {_keys()}.")
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{where}: {key} = {first['input']!r}: {first['msg'].lower()}. Allowed keys: {_keys()}."
        ) from error


def _keys() -> str:
    return ", ".join(Settings.model_fields)


def load(project_dir: Path) -> Settings:
    """Settings of the dbt project in `project_dir`, environment variables applied."""
    file = project_dir / SETTINGS_FILE
    settings = parse(file.read_text(), str(file)) if file.is_file() else Settings()
    changes: dict[str, Any] = {}
    if url := os.environ.get("ADP_LEDGER_URL"):
        changes["ledger_url"] = url
    if (flag := os.environ.get("ADP_OBSERVE")) is not None:
        changes["observe"] = flag not in ("0", "false", "no")
    return settings.model_copy(update=changes)
