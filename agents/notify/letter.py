"""What is said: one message for all that has one cause, written from facts, with nothing in it that a reader's
program could take for more than text."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.contracts import Tried
from agents.masking import masked
from agents.notify.waiting import Waiting

SHOWN = 20
"""Items that are written out."""
LONG = 600
"""Characters of one fact."""


@dataclass(frozen=True)
class Section:
    """One item: its title, and facts by their names."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Letter:
    """A message before any channel gave it a form; every text in it is one line, plain and masked."""

    subject: str
    sections: tuple[Section, ...]
    closing: str
    identity: str
    """The same for the same items told as often: lets a reader's program know a message that came twice."""

    @property
    def text(self) -> str:
        """The whole as lines of text."""
        parts = []
        for section in self.sections:
            width = max((len(name) for name, _ in section.facts), default=0)
            parts.append("\n".join([section.title, *(f"  {n.ljust(width)}  {t}" for n, t in section.facts)]))
        return "\n\n".join([*parts, self.closing]) + "\n"


def plain(text: str, personal: Collection[str] = (), limit: int = LONG) -> str:
    """A text as one masked line that is neither markup nor a link, and without characters that are not seen.

    >>> plain("a\\r\\nBcc: x@y.example \\u202e https://evil.example", limit=80)
    'a Bcc: x***@*** https[:]//evil.example'
    """
    return one_line(masked(text, personal), limit)


def one_line(text: str, limit: int = LONG) -> str:
    """The same for a text that needs no masking."""
    seen = "".join(_seen(character) for character in text)
    line = " ".join(seen.split()).replace("://", "[:]//")
    line = re.sub(r"(?i)\b(www\.|(?:mailto|javascript|data):)", lambda found: f"{found[0][:-1]}[{found[0][-1]}]", line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    return " " if kind in ("Cc", "Zl", "Zp") else "" if kind in ("Cf", "Cs", "Co", "Cn") else character


def letter(project: str, where: str, items: Sequence[Waiting], personal: Collection[str] = ()) -> Letter:
    """The message about items of one cause. `where` is what commands need to find the project, such as
    `--project dbt`; `personal` holds the lower-case names of columns that the project calls personal."""
    sections = [_section(item, where, personal) for item in items[:SHOWN]]
    more = f"And {len(items) - SHOWN} more of the same cause. " if len(items) > SHOWN else ""
    told = [f"{i.key} {i.state} {i.told}" for i in items]
    reminder = "reminder: " if all(i.told for i in items) else ""
    return Letter(
        subject=plain(f"[adp] {project}: {reminder}{_subject(items, sections)}", limit=150),
        sections=tuple(sections),
        closing=f"{more}All that waits: `adp proposals list --state pending{where}`. Numbers change when a heal finds "
        "the fault again.",
        identity=hashlib.sha256("\n".join(told).encode()).hexdigest()[:24],
    )


def trial_letter(project: str) -> Letter:
    """What `adp notify test` sends."""
    section = Section("This channel works", (("Project", plain(project)),))
    return Letter(plain(f"[adp] {project}: a test message", limit=150), (section,), "Nothing waits because of it.", "")


def _subject(items: Sequence[Waiting], sections: Sequence[Section]) -> str:
    refused = sum(not i.tried for i in items)
    if len(items) == 1:
        return f"{'' if refused else _asks(items[0])}{sections[0].title}"
    what = f"{len(items)} faults of one cause"
    return f"{what}, {refused} refused: {_subjects(items)}" if refused else f"{what} wait: {_subjects(items)}"


def _asks(item: Waiting) -> str:
    return "taken back: " if item.state == "rolled_back" else f"please decide ({item.risk}): "


def _subjects(items: Sequence[Waiting]) -> str:
    return ", ".join(dict.fromkeys(d.subject for i in items for d in i.diagnoses))


def _section(item: Waiting, where: str, personal: Collection[str]) -> Section:
    causes = ", ".join(dict.fromkeys(f"{d.cause.value} of {d.subject}" for d in item.diagnoses))
    if not item.tried:
        title = f"Refused: {causes}"
    elif len(item.tried) == 1:
        title = item.tried[0].proposal.title
    else:
        title = f"Choose one of {len(item.tried)} for {causes}"
    facts = [
        ("Cause", f"{causes} (confidence {min((d.confidence for d in item.diagnoses), default=0):.0%})"),
        ("Seen", " ".join(d.explanation for d in item.diagnoses)),
        ("Waits because", item.note or "a person must decide"),
    ]
    said = [(name, plain(text, personal)) for name, text in facts]
    for tried in item.tried:
        said += _proposal(tried, where, personal, choice=len(item.tried) > 1, decided=item.state == "rolled_back")
    if not item.tried:
        said.append(
            ("Next", f"mend the source or the code and run `adp heal{where}`, or `adp observe --accept NODE{where}`")
        )
    return Section(plain(title, personal, limit=200), tuple(said))


def _proposal(
    tried: Tried, where: str, personal: Collection[str], *, choice: bool, decided: bool
) -> list[tuple[str, str]]:
    proposal = tried.proposal
    why = f": {'; '.join(proposal.risk_reasons)}" if proposal.risk_reasons else ""
    facts = [("Choice", proposal.title)] if choice else []
    facts += [("Risk", f"{proposal.risk.value}{why}"), ("Proof", _proof(tried)), ("Reaches", _reach(tried))]
    said = [(name, plain(text, personal)) for name, text in facts]
    if not decided:
        said += [
            ("Look", f"adp proposals show {proposal.id}{where}"),
            ("Approve", f"adp proposals approve {proposal.id}{where}"),
            ("Later", f"adp proposals snooze {proposal.id} --until 3d{where}"),
        ]
    return said


def _proof(tried: Tried) -> str:
    checks = tried.verdict.checks
    failed = "; ".join(f"{c.name}: {c.measured}" for c in tried.verdict.failed)
    held = f"{sum(c.passed for c in checks)} of {len(checks)} claims hold"
    return f"{held}; not: {failed}" if failed else held


def _reach(tried: Tried) -> str:
    measured = next((c.measured for c in tried.verdict.checks if c.name == "blast_radius"), "")
    return measured or tried.proposal.impact or f"{len(tried.verdict.affected)} nodes are rebuilt"
