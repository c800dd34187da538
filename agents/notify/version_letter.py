"""What is said of versions: the comparison behind a question, or why one was taken back and what became of the data."""

import hashlib
from collections.abc import Collection, Sequence

from agents.notify.letter import SHOWN, Letter, Section, plain
from agents.notify.news import News


def version_letter(project: str, where: str, items: Sequence[News], personal: Collection[str] = ()) -> Letter:
    """The message about versions of one commit; `where` and `personal` as for a letter about faults."""
    sections = [_section(item, where, personal) for item in items[:SHOWN]]
    more = f"And {len(items) - SHOWN} more of the same commit. " if len(items) > SHOWN else ""
    names = ", ".join(f"{i.asset} {i.version}" for i in items)
    asked = items[0].state == "questioned"
    told = [f"{i.key} {i.state} {i.told}" for i in items]
    return Letter(
        subject=plain(f"[adp] {project}: {'adopted and questioned' if asked else 'taken back by itself'}: {names}",
                      limit=150),
        sections=tuple(sections),
        closing=f"{more}This is said once. What is frozen: `adp frozen list{where}`.",
        identity=hashlib.sha256("\n".join(told).encode()).hexdigest()[:24],
    )  # fmt: skip


def _section(item: News, where: str, personal: Collection[str]) -> Section:
    facts = _questioned(item, where) if item.state == "questioned" else _taken_back(item, where)
    title = "is adopted and questioned" if item.state == "questioned" else f"went back to {item.other}"
    return Section(
        plain(f"{item.asset} {item.version} {title}", personal, limit=200),
        tuple((name, plain(text, personal)) for name, text in facts),
    )


def _questioned(item: News, where: str) -> tuple[tuple[str, str], ...]:
    return (
        ("File", item.path),
        ("Edited by", item.who),
        ("Replaces", f"{item.asset} {item.other}"),
        ("Compared", item.note),
        ("Until then", "readers keep the last good state; nothing is undone by itself"),
        ("It is meant", f"adp observe --accept {item.asset}{where}"),
        ("It is not", f"change it and commit, or adp frozen rollback {item.asset} --to {item.other}{where}"),
    )


def _taken_back(item: News, where: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Why", item.note),
        ("Approved by", item.who or "unknown"),
        ("From now on", "a repair of the same fault waits for a person"),
        ("Look", f"adp frozen log {item.asset}{where}"),
    )
