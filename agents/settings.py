"""Every environment variable and every key of `adp.yml`, read once and checked."""

import base64
import os
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from agents.channels import Email, Webhook
from agents.contracts import Record, SourceChange, TextChange
from agents.errors import UsageError
from agents.mind_settings import MindSettings, from_environment

SETTINGS_FILE = "adp.yml"


Ceiling = Literal["none", "low", "medium", "high"]
KINDS = tuple(str(change.model_fields["kind"].default) for change in (*get_args(SourceChange), *get_args(TextChange)))
"""Every kind of change that a rule may name."""


def _kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"is no kind of change; allowed are {', '.join(KINDS)}")
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError("is no time zone; allowed are IANA names such as Europe/Oslo") from error
    return name


def _clock(value: Any) -> Any:
    """YAML reads 18:00 without quotes as the number 1080, the minutes since midnight."""
    if isinstance(value, int | float):
        if not 0 <= value < 1440:
            raise ValueError("is no time of day; allowed are 00:00 to 23:59")
        return time(int(value) // 60, int(value) % 60)
    return value


def _moment(value: Any) -> Any:
    """A text as a day, or as a day with a time: by itself a day would become its midnight."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("is no time; allowed are 2026-12-20 and 2026-12-20 18:00") from error


def _key(text: str) -> str:
    kind, _, rest = text.partition(" ")
    try:
        raw = base64.b64decode(rest.split()[0], validate=True) if kind == "ssh-ed25519" else b""
    except (ValueError, IndexError):
        raw = b""
    if len(raw) != 51 or not raw.startswith(b"\0\0\0\x0bssh-ed25519\0\0\0\x20"):
        raise ValueError("is no ed25519 key; allowed is one line as in FILE.pub: ssh-ed25519 AAAA...")
    return " ".join(text.split()[:2])


Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[time, BeforeValidator(_clock)]
Moment = Annotated[datetime | date, BeforeValidator(_moment)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


class Approver(Record):
    """Somebody who may approve."""

    key: Annotated[str, AfterValidator(_key)] | None = None
    """Public ed25519 key, as in `FILE.pub`. Where approvers have keys, only their signatures count."""
    email: str = ""
    """As in git: by it a person is known who does not say `--by NAME`."""


class Rule(Record):
    """What holds for some kinds of change or some assets; of several rules the first that matches."""

    kinds: tuple[Annotated[str, AfterValidator(_kind)], ...] = ()
    """Kinds of change; empty for all."""
    assets: tuple[str, ...] = ()
    """Patterns: a name (`stg_*`), a relation (`gold.*`), a path (`models/gold/*`), a tag (`tag:finance`); empty for
    all."""
    auto: Ceiling | None = None
    """Highest risk that is applied by itself; without it that of the policy."""
    approvers: tuple[str, ...] = ()
    """Who may approve; without it everybody whom the policy lets."""
    required: int | None = Field(default=None, ge=1)
    """How many different people must approve; without it as many as the policy says."""


class QuietHours(Record):
    """Hours of each day, and whole days, in which nothing is applied by itself."""

    start: Clock = Field(default=time(0), alias="from")
    end: Clock = Field(default=time(0), alias="to")
    """Earlier than `from` where it is on the next day; the same where only `days` are quiet."""
    zone: Zone = "UTC"
    days: tuple[Day, ...] = ()
    """Days that are quiet as a whole."""


class FreezeWindow(Record):
    """A time in which nothing is applied by itself, and a person must say that it is meant."""

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    """A day without a time counts as a whole."""
    zone: Zone = "UTC"
    reason: str = ""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if str(self.end) < str(self.start)[: len(str(self.end))]:
            raise ValueError(f"ends on {self.end}, before it begins")
        return self


class Policy(Record):
    """What is applied without a person, and who approves the rest."""

    auto: Ceiling = "low"
    """Highest risk that is applied by itself."""
    rules: tuple[Rule, ...] = ()
    """First match wins; where a proposal changes several assets, the strictest of what applies to each."""
    approvers: dict[str, Approver] = {}
    """Who may approve, by name; empty where anybody may, unauthenticated."""
    required: int = Field(default=1, ge=1)
    """How many different people must approve."""
    quiet_hours: QuietHours | None = None
    freeze_windows: tuple[FreezeWindow, ...] = ()
    remote: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
    """Name of the git remote to which the branches of proposals are pushed; nothing else ever is."""
    probation_runs: int = Field(default=3, ge=0)
    """Runs in which a version that agents made is rolled back by itself if its checks fail; 0 for never."""
    protected_branches: tuple[str, ...] = ()
    """Branches that only people move: proposals for them stay pending."""
    attempts: int = Field(default=2, ge=1)
    """Repairs tried for one fault of one run before a person is asked."""

    @property
    def keyed(self) -> bool:
        """Whether approvals count by signature only."""
        return any(a.key for a in self.approvers.values())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        keys = [a.key for a in self.approvers.values() if a.key]
        if keys and len(keys) < len(self.approvers):
            bare = ", ".join(n for n, a in self.approvers.items() if not a.key)
            raise ValueError(f"approvers: either all have a key or none; without one: {bare}")
        if len(set(keys)) < len(keys):
            raise ValueError("approvers: two people have the same key")
        for number, rule in enumerate(self.rules):
            if unknown := [n for n in rule.approvers if n not in self.approvers]:
                raise ValueError(f"rules.{number} names {', '.join(unknown)}, not among the approvers")
            people = rule.approvers or tuple(self.approvers)
            if people and (rule.required or self.required) > len(people):
                raise ValueError(f"rules.{number} requires {rule.required or self.required} of {len(people)} people")
        if self.approvers and self.required > len(self.approvers):
            raise ValueError(f"required: {self.required}, and there are {len(self.approvers)} approvers")
        return self


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


class Notify(Record):
    """Who is told what waits for a person, and when; off where no channel is given."""

    email: Email | None = None
    webhook: Webhook | None = None
    remind_hours: float = Field(default=24, ge=0)
    """Hours until what still waits is told again; 0 for never."""
    quiet_hours: QuietHours | None = None
    """Only what has a high risk is told then, the rest by the next heal or `adp notify send`."""

    @property
    def on(self) -> bool:
        """Whether anybody can be told at all."""
        return bool(self.email or self.webhook)


class Snapshots(Record):
    """Encrypted copies of ledger, lock, certificates and audit."""

    folder: str | None = None
    """Where they are kept, relative to the dbt project; by default in its state; better on another disk."""
    keep: int = Field(default=7, ge=1)
    """How many; older ones are deleted."""


class Settings(Record):
    """`adp.yml` beside `dbt_project.yml`; every key is optional."""

    policy: Policy = Policy()
    sandbox: Sandbox = Sandbox()
    notify: Notify = Notify()
    snapshots: Snapshots = Snapshots()
    minds: MindSettings = MindSettings()
    ledger_url: str | None = None
    """SQLAlchemy URL; default SQLite under `.adp/`. `ADP_LEDGER_URL` wins."""
    lock_wait_seconds: float = Field(default=60, ge=0)
    """How long to wait for DuckDB's file lock before saying that it is held."""
    published_mb: int | None = Field(default=None, ge=1)
    """Largest warehouse file, in megabytes, of which a published copy is kept; without it the free disk decides."""
    audit_keys: tuple[str, ...] = ()
    """Public keys (`ssh-ed25519 ...`), one of which must have signed each line of the audit log."""
    kept_copies: int = Field(default=3, ge=0)
    """Published copies from before a repair that are kept, so that a rollback can restore its data."""
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
            f"{where}: {key} = {first['input']!r}: {_said(first['msg'])}. Allowed keys: {_keys()}."
        ) from error


def _said(message: str) -> str:
    bare = message.removeprefix("Value error, ")
    return bare[:1].lower() + bare[1:]


def _keys() -> str:
    return ", ".join(Settings.model_fields)


def load(project_dir: Path) -> Settings:
    """Settings of the dbt project in `project_dir`, environment variables applied."""
    file = project_dir / SETTINGS_FILE
    settings = parse(file.read_text(), str(file)) if file.is_file() else Settings()
    changes: dict[str, Any] = {"minds": from_environment(settings.minds)}
    if url := os.environ.get("ADP_LEDGER_URL"):
        changes["ledger_url"] = url
    if (flag := os.environ.get("ADP_OBSERVE")) is not None:
        changes["observe"] = flag not in ("0", "false", "no")
    return settings.model_copy(update=changes)
