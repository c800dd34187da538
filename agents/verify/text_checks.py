"""Checks of a restored text that one build answers by itself."""

from collections.abc import Iterable

from agents.contracts import Check, Tried
from agents.edits import first_words
from agents.sandbox.results import Answer, failing


def tests(answer: Answer) -> Check:
    """Every test that ran in a build."""
    tests = [o for o in answer["outcomes"] if o["id"].startswith(("test.", "unit_test."))]
    failed = {uid: m for uid, m in failing(answer).items() if uid.startswith(("test.", "unit_test."))}
    return Check(
        name="tests_pass",
        passed=not failed,
        measured="; ".join(f"{uid}: {first_words(m)}" for uid, m in failed.items())
        or f"{len(tests)} of {len(tests)} tests at and below the change pass",
        allowed="every test at and below the change passes",
    )


def smallest(earlier: Iterable[Tried]) -> Check:
    """The negative control: everything that takes back less leaves the failure."""
    standing = [t for t in earlier if t.verdict.undecidable]
    words = [f"{t.proposal.title}: {t.verdict.failed[0].measured}" for t in earlier if t.verdict.failed]
    return Check(
        name="smallest_change",
        passed=not standing,
        measured="; ".join(w[:160] for w in words) or "there is nothing smaller to take back",
        allowed="every smaller candidate leaves the failure",
    )


def runtime(answer: Answer) -> Check:
    """How long the models took; nothing is held against it."""
    models = [o for o in answer["outcomes"] if o["id"].startswith(("model.", "snapshot."))]
    seconds = sum(float(o.get("seconds", 0)) for o in models)
    return Check(
        name="run_time", passed=True, measured=f"{seconds:.2f} s for {len(models)} models", allowed="measured only"
    )
