"""Texts of errors whose diagnosis a person approved, and it healed, or rejected: few, real, and not to be trusted far.

A text is what somebody else's system said. However often it was approved it counts as one wording of its cause, all of
them together as no more than SHARE of what this project wrote down for it, and none that contradicts what is known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from agents.contracts import Cause, Diagnosis
from agents.masking import masked
from agents.minds.classifier import WEIGHTS, classifier
from agents.minds.decided import Decided
from agents.minds.error_rules import PATTERNS, STATUSES, ran, ruled
from agents.minds.features import LONGEST, normal
from agents.minds.training.examples import Example, templates, wrapped
from agents.minds.training.fill import Filler

SHARE = 0.1
WORDED = frozenset({cause for cause, _ in PATTERNS} | set(STATUSES.values()))
"""Causes that an error's words name; those of a drift are read from data, whatever the error said."""
SPOKEN = ("run_failure", "build_error", "check_failure")


@dataclass(frozen=True)
class Lessons:
    """What is learned from decisions, and why the rest is not."""

    texts: tuple[Example, ...] = ()
    """Each once."""
    left_out: tuple[str, ...] = ()

    def drawn(self, each: int, seed: int) -> Iterator[Example]:
        """As many texts of each as of a template: the first as it is, the others in other wrappings."""
        for lesson in self.texts:
            fill = Filler(Random(f"{seed}/{lesson.template}"))
            for turn in range(each):
                said = wrapped(lesson.text, fill) if turn else lesson.text
                yield Example(said, lesson.cause, lesson.template, lesson.against)


def lessons(decided: Iterable[Decided]) -> Lessons:
    """What people's decisions say of errors' texts, personal values masked; on one text the newest counts."""
    found: dict[str, Example] = {}
    left: dict[str, str] = {}
    for decision in (d for d in decided if d.by_person):
        for number, (cause, text) in enumerate(_said(decision)):
            key = normal(text)
            found.pop(key, None)
            left.pop(key, None)
            if why := _contradicts(text, cause, decision.held):
                left[key] = f"{decision.proposal.id}: {why}"
            elif key:
                name = f"decision {decision.proposal.id}/{number}"
                found[key] = Example(text, cause, name, against=not decision.held)
    allowed = {cause: max(1, int(SHARE * n)) for cause, n in Counter(c for c, _ in templates()).items()}
    kept: list[Example] = []
    for lesson in reversed(found.values()):
        if sum(k.cause is lesson.cause for k in kept) < allowed[lesson.cause]:
            kept.append(lesson)
        else:
            left[lesson.template] = f"{lesson.template}: {lesson.cause.value} has {allowed[lesson.cause]} newer ones"
    return Lessons(tuple(reversed(kept)), tuple(left.values()))


def _said(decision: Decided) -> Iterator[tuple[Cause, str]]:
    found = decision.proposal.diagnoses
    for diagnosis in found if decision.held or len(found) == 1 else ():  # of several, nobody said which is wrong
        if diagnosis.cause in WORDED:
            yield from ((diagnosis.cause, text) for text in _texts(diagnosis))


def _texts(diagnosis: Diagnosis) -> Iterator[str]:
    for seen in diagnosis.evidence:
        if seen.kind in SPOKEN and not ran(seen.message):
            text = masked(seen.message.removeprefix(f"{seen.node}: "))
            yield text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"


def _contradicts(text: str, cause: Cause, held: bool) -> str:
    """Why an approved text is not learned: it says something else; the diagnosis came from elsewhere, or is planted.

    By the shipped classifier and not of the project's own: what was learned before excuses nothing.
    """
    if not held:
        return ""
    by_rule, words = ruled(text)
    if by_rule not in (Cause.other, cause):
        return f"approved as {cause.value}, and rules read {by_rule.value} in {words!r}"
    shipped = classifier(WEIGHTS)
    name, share = next(iter(shipped(text)[0].items()))
    if by_rule is Cause.other and name != cause.value and share >= shipped.decides_at:
        return f"approved as {cause.value}, and the shipped classifier is sure of {name} ({share:.2f})"
    return ""
