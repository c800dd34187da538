"""The values that the steps hand to each other. Nothing here does anything."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Record(BaseModel):
    """An immutable value; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Cause(StrEnum):
    """Everything a diagnosis may name. Closed: what fits nowhere is `other`."""

    column_renamed = "column_renamed"
    column_dropped = "column_dropped"
    column_added = "column_added"
    column_retyped = "column_retyped"
    unit_changed = "unit_changed"
    columns_swapped = "columns_swapped"
    table_renamed = "table_renamed"
    enum_recoded = "enum_recoded"
    duplicate_keys = "duplicate_keys"
    null_keys = "null_keys"
    orphans = "orphans"
    key_format_drift = "key_format_drift"
    load_truncated = "load_truncated"
    load_partial = "load_partial"
    syntax_error = "syntax_error"
    unknown_column = "unknown_column"
    unknown_relation = "unknown_relation"
    unknown_macro = "unknown_macro"
    ambiguous_column = "ambiguous_column"
    missing_group_by = "missing_group_by"
    cyclic_refs = "cyclic_refs"
    invalid_yaml = "invalid_yaml"
    contract_violated = "contract_violated"
    incremental_schema_change = "incremental_schema_change"
    division_by_zero = "division_by_zero"
    logic_changed = "logic_changed"
    lock = "lock"
    out_of_memory = "out_of_memory"
    disk_full = "disk_full"
    timeout = "timeout"
    authentication = "authentication"
    permission = "permission"
    not_found = "not_found"
    moved = "moved"
    rate_limit = "rate_limit"
    server_error = "server_error"
    network = "network"
    payload = "payload"
    pagination = "pagination"
    other = "other"


OPERATIONAL = (Cause.lock, Cause.out_of_memory, Cause.disk_full, Cause.timeout)
"""Causes that no change of code may answer."""


class Risk(StrEnum):
    """How much a change can hurt; code computes it, a model never does."""

    low = "low"
    medium = "medium"
    high = "high"


class ColumnProfile(Record):
    """What one pass over a table says of one column."""

    name: str
    type: str
    """DuckDB's name of the type."""
    nonnull: int = Field(ge=0)
    """Rows in which the column has a value."""
    minimum: str | None = None
    """Least value as text; None for personal columns and for types without an order."""
    maximum: str | None = None
    mean: float | None = None
    """Mean of numbers; None for other types."""
    mean_length: float | None = None
    """Mean length of texts, in characters; None for other types."""
    distinct: int | None = None
    """Different values, exact where `values` is given and estimated elsewhere; None where not counted."""
    values: tuple[str, ...] | None = None
    """Every value of a text or boolean column that has few; None for personal columns and all others."""


class TableProfile(Record):
    """One table or source at one moment."""

    unique_id: str
    """dbt's id of the source, seed or model."""
    relation: str
    """`schema.table`, unquoted."""
    rows: int = Field(ge=0)
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        """The profile of `name`, whatever its case; None where the table has no such column."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


class ColumnChange(Record):
    """How one column of a source differs from the last good state."""

    name: str
    change: Literal[
        "missing", "stopped", "added", "retyped", "recoded", "rescaled", "reformatted", "swapped", "duplicated",
        "emptied", "orphaned",
    ]  # fmt: skip
    """`stopped`: still there, but the rows that arrived since carry no value in it. `recoded`: other values for the
    same rows, one to one. `rescaled`: the same numbers in another unit. `reformatted`: the same texts in another
    case, with other blanks or written otherwise. `swapped`: holds what `other` held. `duplicated`: a key that repeats.
    `emptied`: a key without a value in some rows. `orphaned`: a reference to nothing."""
    before: ColumnProfile | None = None
    after: ColumnProfile | None = None
    other: str | None = None
    """The column it was swapped with."""
    words: str = ""
    """The measurement that showed it, with its values."""


class TableDrift(Record):
    """How one source differs from the last good state."""

    unique_id: str
    relation: str
    rows_before: int
    rows_after: int
    missing: bool = False
    """The whole table is gone."""
    key: tuple[str, ...] = ()
    """The columns, one or two, that were unique together and never null in the last good state; empty where none."""
    identical: bool | None = None
    """Whether the rows that repeat a key are the same in every column; None where no key repeats."""
    lost_rows: bool = False
    """Fewer rows than the last good state explains."""
    columns: tuple[ColumnChange, ...] = ()
    stayed: dict[str, str] = {}
    """Column -> type of those that were there before and still carry values."""

    def changed(self, *kinds: str) -> tuple[ColumnChange, ...]:
        """The columns whose change is one of `kinds`."""
        return tuple(c for c in self.columns if c.change in kinds)


NOT_PLAUSIBLE = "not plausible by its history"
"""What evidence says of a model that shows by itself that something is wrong, and not why."""

FROM_VALUES = "It follows from values that the last good state did not have:"
"""What evidence says before the columns of sources that explain it."""


class Evidence(Record):
    """Something seen: where, when, and with which values."""

    kind: Literal["source_drift", "run_failure", "build_error", "check_failure", "result_change"]
    """`result_change`: a changed text that builds, and says something else of the same data."""
    node: str
    """dbt's unique id, or the name of the step where no node is known."""
    message: str
    seen_at: datetime
    run_id: str | None = None
    root_run_id: str | None = None
    path: str | None = None
    """File concerned, relative to the dbt project."""
    drift: TableDrift | None = None


class RuledOut(Record):
    """A cause that was considered and why it is not the one."""

    cause: Cause
    why: str


class Diagnosis(Record):
    """The cause of what was seen."""

    cause: Cause
    subject: str
    """`schema.table[.column]`, or `path:line`."""
    confidence: float = Field(ge=0, le=1)
    evidence: tuple[Evidence, ...]
    explanation: str
    """One or two sentences with the values, for a person."""
    ruled_out: tuple[RuledOut, ...] = ()
    unique_id: str | None = None
    """dbt's id of the drifted source or failed node."""
    column: str | None = None
    """The column concerned, as the models know it."""
    moved_to: tuple[str, ...] = ()
    """Columns that arrived while `column` went: where its values may be now."""

    @property
    def fingerprint(self) -> str:
        """Identity of the fault over time: cause, subject, and what changed from what to what."""
        parts = [self.cause.value, self.subject, self.column, sorted(self.moved_to)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


class _OfSource(Record):
    """A change to how one source is read, where it enters."""

    source: str
    """dbt's unique id of the source or seed."""
    relation: str


class _OfColumn(_OfSource):
    column: str
    """The name the models use."""
    type: str = ""
    """DuckDB's name of the type that the models know; needed where the delivered one may differ."""


class MapColumn(_OfColumn):
    """Read a source column under every name it was delivered with."""

    kind: Literal["map_column"] = "map_column"
    arrives_as: str
    """The name it is delivered under now."""


class CastColumn(_OfColumn):
    """Read a column that is delivered in another type, or written in another way, as the type the models know."""

    kind: Literal["cast_column"] = "cast_column"
    arrives_as: str
    """DuckDB's name of the type it is delivered in now."""
    form: str
    """A name of NUMBER_FORMS, TEXTS, EPOCHS or WORDS in `agents.readings`, or a strptime format."""
    unit: str = ""
    """The text beside a number, in the forms that have one: a number with any other text stops the build."""
    written: str = ""
    """For a text that is delivered as another text: how it was written, as a strptime format, or `number`."""
    declared: bool = False
    """Whether `arrives_as` must be declared, because dbt takes a seed's column for another type and cannot load it."""


def _not_zero(factor: float) -> float:
    if factor == 0:
        raise ValueError("a factor of 0 would make every value the same")
    return factor


class ScaleColumn(_OfColumn):
    """Divide a number by a factor, because it is delivered in another unit or with the other sign."""

    kind: Literal["scale_column"] = "scale_column"
    factor: Annotated[float, AfterValidator(_not_zero)]
    """New value = old value x factor + zero; never 0."""
    zero: float = 0.0


class ShiftMoment(_OfColumn):
    """Move a moment back by what a producer's new time zone moved it."""

    kind: Literal["shift_moment"] = "shift_moment"
    seconds: int = 0
    """New value = old value + seconds, where no zone is named."""
    zone: str = ""
    """IANA name of the zone whose local time the models know, where UTC is delivered now."""


class RecodeValues(_OfColumn):
    """Read new codes as the values that the models know."""

    kind: Literal["recode_values"] = "recode_values"
    mapping: dict[str, str]
    """Delivered value -> known value."""


class NormaliseKey(_OfColumn):
    """Take case and surrounding blanks out of a text."""

    kind: Literal["normalise_key"] = "normalise_key"
    form: Literal["trim", "lower", "upper", "trim_lower", "trim_upper"]


class SwapColumns(_OfColumn):
    """Read two columns that changed places as what they were."""

    kind: Literal["swap_columns"] = "swap_columns"
    other: str
    other_type: str = ""


class DeduplicateRows(_OfSource):
    """Read rows that are the same in every column once."""

    kind: Literal["deduplicate_rows"] = "deduplicate_rows"


class QuarantineRows(_OfColumn):
    """Keep rows out of the models, in a table of their own with the reason."""

    kind: Literal["quarantine_rows"] = "quarantine_rows"
    reason: Literal["null_key", "repeated_key"]
    """`null_key`: the column has no value. `repeated_key`: rows with the same value of it differ, and all wait."""


class RepointSource(_OfSource):
    """Read a source from the table it was moved to."""

    kind: Literal["repoint_source"] = "repoint_source"
    schema_name: str
    identifier: str


class RestoreText(Record):
    """Take a committed edit back to the text of the last good state, whole or some of its hunks."""

    kind: Literal["restore_text"] = "restore_text"
    path: str
    """Relative to the root of the git repository."""
    commit: str
    """The good commit."""
    hunks: tuple[int, ...] = ()
    """Numbers of the hunks that are taken back, from 0; empty for the whole file."""


class FixToken(Record):
    """Write a misspelt name in the lines of a committed edit as the name that is there."""

    kind: Literal["fix_token"] = "fix_token"
    path: str
    """Relative to the root of the git repository."""
    token: str
    becomes: str


class DeclareColumn(Record):
    """Declare a new column of a model under contract where its YAML lists the others."""

    kind: Literal["declare_column"] = "declare_column"
    path: str
    """Relative to the root of the git repository."""
    model: str
    """dbt's unique id."""
    column: str
    type: str
    """DuckDB's name of the type that the model gives."""


class FullRefresh(Record):
    """Build an incremental model anew from all rows, because its table lacks columns that its text has now."""

    kind: Literal["full_refresh"] = "full_refresh"
    model: str
    """dbt id."""


class KeepVersion(Record):
    """Keep what a model was before a broken contract queryable, as an old version of it in dbt's sense."""

    kind: Literal["keep_version"] = "keep_version"
    model: str
    """dbt id of the model whose contract broke, as it was before this change."""
    number: int
    """dbt's `v` of what is kept: the major of its semantic version."""
    newest: int
    """dbt's `v` of today's text, which keeps the bare name."""
    commit: str
    """The commit whose text is kept."""
    as_of: datetime | None = None
    """When the rows were published that stand for it now, because its text no longer gives them; None where it does."""

    @property
    def table(self) -> str:
        """Name of the table that holds these rows; empty where there is none."""
        return f"{self.model.split('.')[2]}_v{self.number}_{self.as_of:%Y%m%d}" if self.as_of else ""


ValueChange = (
    CastColumn
    | ScaleColumn
    | ShiftMoment
    | RecodeValues
    | NormaliseKey
    | SwapColumns
    | DeduplicateRows
    | QuarantineRows
)
"""Changes to what a source's rows say; its columns and its place keep their names."""
SourceChange = MapColumn | ValueChange | RepointSource
TextChange = RestoreText | FixToken | DeclareColumn | FullRefresh | KeepVersion
"""Changes that answer an edit: it is taken back, corrected, the table follows it, or what it broke is kept."""
Change = Annotated[SourceChange | TextChange, Field(discriminator="kind")]
"""The closed set of changes."""


def _inside(path: str) -> str:
    parts = path.split("/")
    if not path or path[0] in "/-~" or not {"", ".", ".."}.isdisjoint(parts) or any(map(_hidden, parts)):
        raise ValueError(f"{path!r} is no path of a file that a proposal may write")
    return path


def _hidden(part: str) -> bool:
    """What git keeps for itself, whatever its case, and characters that names of files do not need."""
    return part.casefold().startswith((".git", "git~")) or part[:1] == "-" or not part.isprintable() or "\\" in part


class FileChange(Record):
    """One file before and after, whole; None where it does not exist."""

    path: Annotated[str, AfterValidator(_inside)]
    """Relative to the root of the git repository; never outside of it, nor what git keeps for itself."""
    before: str | None
    after: str | None


class Proposal(Record):
    """Typed changes that are applied or taken back as one."""

    id: str
    title: str
    diagnoses: tuple[Diagnosis, ...]
    changes: tuple[Change, ...]
    files: tuple[FileChange, ...]
    nodes: tuple[str, ...]
    """dbt ids of the models whose text changes."""
    claims: tuple[str, ...]
    """What the kinds of change assert; `agents.verify` has one check for each."""
    reasons: tuple[str, ...]
    risk: Risk
    risk_reasons: tuple[str, ...] = ()
    impact: str = ""
    rank: float = 0.0
    """How likely the names alone make it; orders the search, decides nothing."""


class Check(Record):
    """One claim, measured."""

    name: str
    passed: bool
    measured: str
    allowed: str


class Chart(Record):
    """Numbers that decided, for a picture: one series per candidate over the same positions."""

    title: str
    labels: tuple[str, ...]
    series: dict[str, tuple[float | None, ...]]


class Verdict(Record):
    """Whether a proposal holds what it claims."""

    proposal_id: str
    accepted: bool
    undecidable: bool = False
    """More than one candidate stands: a person chooses."""
    checks: tuple[Check, ...]
    chart: Chart | None = None
    affected: tuple[str, ...] = ()
    """dbt ids that the rerun builds."""
    fingerprints: dict[str, "Fingerprint"] = {}
    """What the sandbox built of them, by dbt id: compared with the warehouse after the rerun."""
    columns_before: dict[str, dict[str, str]] = {}
    """Column -> type in the last good state of each model whose text changes, by dbt id."""

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(c for c in self.checks if not c.passed)


class Fingerprint(Record):
    """Content of a relation, whatever the order of its rows."""

    rows: int
    columns: dict[str, str]
    """Hash of each whole column."""
    whole: str
    """Hash of the rows with all columns together."""
    types: dict[str, str] = {}
    """DuckDB's name of each column's type."""
    apart: tuple[str, ...] = ()
    """Volatile columns, which the same text fills otherwise each time; they and the whole are not compared."""


class Tried(Record):
    """A candidate and what became of it."""

    proposal: Proposal
    verdict: Verdict


class Options(Record):
    """Candidates for the same fault, of which at most one can be right."""

    diagnoses: tuple[Diagnosis, ...]
    candidates: tuple[Proposal, ...] = ()
    """Likeliest first."""
    rivals: tuple[Proposal, ...] = ()
    """What the same kinds of change would make of the wrong column, form or table: the negative control."""
    refusal: str = ""
    """Why there is no candidate."""


class Judgement(Record):
    """What verification made of one fault's options."""

    options: Options
    tried: tuple[Tried, ...] = ()

    @property
    def accepted(self) -> Tried | None:
        """The candidate that holds every claim."""
        return next((t for t in self.tried if t.verdict.accepted), None)

    @property
    def undecided(self) -> tuple[Tried, ...]:
        """Candidates between which the data do not decide."""
        return tuple(t for t in self.tried if t.verdict.undecidable)


class Applied(Record):
    """What became of one judgement in git."""

    judgement: Judgement
    state: Literal["applied", "pending", "refused"]
    note: str
    """Why it waits or was refused; for an applied one, where it went."""
    base: str
    commit: str | None = None
    branch: str | None = None
    frozen: tuple["Frozen", ...] = ()


class Frozen(Record):
    """One version of one asset's code."""

    asset: str
    path: str
    """Relative to the dbt project."""
    version: str
    """Semantic version: major where columns are lost or retyped, minor where some are new, else patch."""
    highest: str = ""
    """The highest version ever given to this asset, where it is not this one: none is given twice."""
    author: str = "adp"
    """Who wrote the bytes: `adp`, or `Name <address>` of the person whose edit was adopted."""
    sha256: str
    """Of the file's raw bytes."""
    parent: str | None
    """Version it replaces."""
    approver: str
    certificate: str
    """Path of the certificate, relative to the dbt project."""
    certificate_sha256: str
    frozen_at: datetime
    aliases: dict[str, dict[str, tuple[str, ...]]] = {}
    """Source id -> column -> the names it has been delivered under."""
    readings: tuple[Change, ...] = ()
    """Changes of values that the text makes, oldest first; and a full refresh that let the table follow the text."""


class ProposalReport(Record):
    """A proposal as other programs see it."""

    id: str
    title: str
    risk: Risk
    state: Literal["applied", "pending", "rejected", "superseded", "rolled_back"]
    files: tuple[str, ...]
    certificate: dict[str, list[dict[str, Any]]]


class HealReport(Record):
    """What `adp heal --json` prints."""

    status: Literal["healthy", "healed", "pending", "refused"]
    diagnoses: tuple[dict[str, Any], ...]
    proposals: tuple[ProposalReport, ...]
    commit: str | None
    seconds: float
