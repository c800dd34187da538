"""What may be applied by itself, when, and whose approval the rest needs: a pure decision over the committed policy."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from itertools import product
from zoneinfo import ZoneInfo

from agents.contracts import Proposal, QuarantineRows, Risk, TextChange
from agents.errors import FinalError
from agents.graph import Node
from agents.project import Project
from agents.repository import Repository
from agents.settings import DAYS, SETTINGS_FILE, FreezeWindow, Policy, QuietHours, Rule, parse

RISKS: dict[str, int] = {"none": -1, Risk.low: 0, Risk.medium: 1, Risk.high: 2}
TAG = "tag:"


@dataclass(frozen=True)
class Asset:
    """What a pattern of a rule may name an asset by."""

    name: str
    path: str = ""
    """Relative to the dbt project."""
    relations: frozenset[str] | None = None
    """`schema.table` of itself and of the sources whose change it answers; None where the project does not parse."""
    tags: frozenset[str] | None = None
    """None where the project does not parse."""

    def fits(self, pattern: str) -> bool | None:
        """Whether a pattern names it; None where that cannot be known."""
        if pattern.startswith(TAG):
            return None if self.tags is None else pattern.removeprefix(TAG) in self.tags
        if fnmatchcase(self.name, pattern) or (self.path and fnmatchcase(self.path, pattern)):
            return True
        if self.relations is None and "." in pattern and "/" not in pattern:
            return None
        return any(fnmatchcase(r, pattern) for r in self.relations or ())


@dataclass(frozen=True)
class Facts:
    """What a ruling needs to know beside the proposal."""

    branch: str | None
    """Short name of the branch that is checked out; None on a detached head."""
    assets: tuple[Asset, ...]


@dataclass(frozen=True)
class Demand:
    """So many different people of these must approve."""

    required: int
    approvers: tuple[str, ...] = ()
    """Empty where the policy names nobody, and anybody may."""


@dataclass(frozen=True)
class Ruling:
    """What the policy says of one proposal now."""

    applied: bool
    """Whether it is applied without waiting."""
    hold: str
    """Why it waits, and until when where that is known; empty where it does not."""
    ceiling: str
    """Highest risk that would be applied by itself."""
    demands: tuple[Demand, ...]
    """All of them must be met where a person approves."""
    frozen: str = ""
    """The freeze window that this falls into."""

    @property
    def required(self) -> int:
        """How many different people must approve at least."""
        return max(d.required for d in self.demands)

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everybody whose approval counts for something; empty where anybody may."""
        return tuple(dict.fromkeys(name for d in self.demands for name in d.approvers))


def policy_at(project: Project, base: str) -> Policy:
    """The policy as committed: a proposal, or an edit not yet committed, cannot widen it."""
    path = project.in_repo(SETTINGS_FILE)
    return parse(Repository(project.repo).read(base, path) or "", path).policy


def facts_of(project: Project, proposal: Proposal, policy: Policy) -> Facts:
    """Branch and changed assets; relations and tags stay unknown where the project does not parse."""
    branch = Repository(project.repo).branch()
    short = branch.removeprefix("refs/heads/") if branch else None
    prefix = f"{project.prefix}/" if project.prefix else ""
    sources = {c.relation for c in proposal.changes if not isinstance(c, TextChange)}
    nodes: dict[str, Node] = {}
    if any(rule.assets for rule in policy.rules):
        with suppress(FinalError):
            nodes = project.graph.nodes
    paths = [f.path.removeprefix(prefix) for f in proposal.files]
    assets = []
    for uid in proposal.nodes:
        if node := nodes.get(uid):
            assets.append(Asset(node.name, node.path, frozenset({node.label, *sources}), node.tags))
        else:
            name = uid.split(".")[2] if uid.count(".") >= 2 else uid
            path = next((p for p in paths if p.rsplit("/", 1)[-1].split(".")[0] == name), "")
            assets.append(Asset(name, path))
    assets = assets or [Asset(p.rsplit("/", 1)[-1].split(".")[0], p, frozenset(sources)) for p in paths]
    return Facts(short, tuple(assets))


def ruling(
    policy: Policy,
    proposal: Proposal,
    facts: Facts,
    now: datetime,
    *,
    ceiling: str | None = None,
    approved: bool = False,
    settings_path: str = SETTINGS_FILE,
) -> Ruling:
    """Whether a proven proposal is applied now.

    `ceiling` lowers what is applied by itself and never lifts it. `approved`: enough people said so, and
    only what binds people too holds it. Where several rules apply to what it changes, the strictest counts.
    """
    rules = list(_applying(policy, proposal, facts))
    ceilings = [(r.auto if r else None) or policy.auto for r in rules]
    lowered = min((*ceilings, *([ceiling] if ceiling else [])), key=lambda c: RISKS[c])
    demands = tuple(dict.fromkeys(_demand(policy, r) for r in rules))
    frozen = frozen_until(policy.freeze_windows, now)
    hold = _binding(policy, proposal, facts, settings_path)
    if not approved:
        hold = hold or _by_itself(policy, proposal, lowered, now, frozen)
    return Ruling(not hold, hold, lowered, demands, frozen)


def _applying(policy: Policy, proposal: Proposal, facts: Facts) -> Iterator[Rule | None]:
    """The rule for each kind of change and each asset; None for the policy itself. Where it cannot be known whether
    a rule matches, it and the next ones apply."""
    kinds = dict.fromkeys(c.kind for c in proposal.changes)
    for kind, asset in product(kinds or [""], facts.assets or (Asset(""),)):
        for rule in policy.rules:
            fits = [asset.fits(p) for p in rule.assets] or [True]
            if rule.kinds and kind not in rule.kinds:
                continue
            if True in fits or None in fits:
                yield rule
            if True in fits:
                break
        else:
            yield None


def _demand(policy: Policy, rule: Rule | None) -> Demand:
    people = (rule.approvers if rule else ()) or tuple(policy.approvers)
    return Demand((rule.required if rule else None) or policy.required, people)


def _binding(policy: Policy, proposal: Proposal, facts: Facts, settings_path: str) -> str:
    """What holds a proposal whoever approves it."""
    if any(f.path == settings_path for f in proposal.files):
        return f"it changes {settings_path}, and the policy is for people to write"
    if facts.branch in policy.protected_branches:
        return f"branch {facts.branch} is protected by adp.yml"
    return ""


def _by_itself(policy: Policy, proposal: Proposal, ceiling: str, now: datetime, frozen: str) -> str:
    if RISKS[proposal.risk] > RISKS[ceiling]:
        return f"risk {proposal.risk.value}, applied by itself up to {ceiling}"
    if any(isinstance(c, QuarantineRows) for c in proposal.changes):
        return "rows leave the models, and whatever the policy, that asks a person"
    return frozen or (quiet_until(policy.quiet_hours, now) if policy.quiet_hours else "")


def frozen_until(windows: Sequence[FreezeWindow], now: datetime) -> str:
    """The freeze window that `now` falls into, in words; empty where there is none."""
    for window in windows:
        zone = ZoneInfo(window.zone)
        end = window.end if isinstance(window.end, datetime) else window.end + timedelta(days=1)
        if _at(window.start, zone) <= now < _at(end, zone):
            why = f" ({window.reason})" if window.reason else ""
            return f"freeze window{why} until {_at(end, zone).astimezone(zone):%Y-%m-%d %H:%M} {window.zone}"
    return ""


def quiet_until(quiet: QuietHours, now: datetime) -> str:
    """The quiet hours that `now` falls into, in words; empty where there are none."""
    zone = ZoneInfo(quiet.zone)
    if not _quiet(quiet, now.astimezone(zone)):
        return ""
    today = now.astimezone(zone).date()
    ends = [
        datetime.combine(today + timedelta(days=day), clock, zone) for day in range(9) for clock in (time(0), quiet.end)
    ]
    end = next((e for e in sorted(ends) if e.astimezone(UTC) > now and not _quiet(quiet, e)), None)
    return f"quiet hours until {end:%Y-%m-%d %H:%M} {quiet.zone}" if end else "quiet hours, which never end"


def _quiet(quiet: QuietHours, local: datetime) -> bool:
    if DAYS[local.weekday()] in quiet.days:
        return True
    clock = local.time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def _at(moment: datetime | date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(0))
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
