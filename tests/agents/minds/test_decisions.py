"""What people decided teaches the minds a little, and nothing hostile among it turns them around."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import pytest

from agents.contracts import (
    Cause,
    ColumnChange,
    ColumnProfile,
    Diagnosis,
    Evidence,
    MapColumn,
    Proposal,
    Risk,
    TableDrift,
)
from agents.ledger import Ledger
from agents.minds.classifier import Classifier
from agents.minds.decided import decided
from agents.minds.match.match import match
from agents.minds.match.training.decisions import rename_cases, weighed
from agents.minds.match.training.fit import fit as fit_matcher
from agents.minds.training.decisions import lessons
from agents.minds.training.examples import Example, examples, templates
from agents.minds.training.fit import fit, logits, softmax
from agents.minds.training.train import write

NEW = "the ledger of Atlantis has gone home for tonight, ask again when the tide is in"
"""Words that no rule and no template knows."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger.at(tmp_path / "state")) as opened:
        yield opened


def settle(ledger: Ledger, name: str, cause: Cause, text: str, *, yes: bool, **more: object) -> None:
    """A person's decision as the inbox leaves it in the ledger."""
    seen = Evidence(kind="run_failure", node="model.shop.a", message=text, seen_at=datetime.now(UTC))
    diagnosis = Diagnosis(cause=cause, subject="a.sql:1", confidence=0.9, evidence=(seen,), explanation="")
    keep(ledger, name, (diagnosis,), (), yes=yes, **more)


def keep(
    ledger: Ledger, name: str, diagnoses: tuple[Diagnosis, ...], changes: tuple[MapColumn, ...], *, yes: bool,
    person: bool = True, held: bool = True,
) -> None:  # fmt: skip
    proposal = Proposal(id=name, title="", diagnoses=diagnoses, changes=changes, files=(), nodes=(), claims=(),
                        reasons=(), risk=Risk.low).model_dump(mode="json")  # fmt: skip
    state = "applied" if yes else "rejected"
    ledger.keep_proposal({"proposal_id": name, "project": "", "state": state, "proposal": proposal})
    if person:
        ledger.decide("approve" if yes else "reject", context={"proposal": name}, approved=yes)
    if yes:
        ledger.decide("heal", context={}, suggestion=proposal, outcome={"measured": {"held": held}})


def test_a_text_is_learned_where_a_person_approved_it_and_it_healed_or_where_one_rejected_it(ledger):
    settle(ledger, "yes", Cause.server_error, f"{NEW}: ada@example.com", yes=True)
    settle(ledger, "no", Cause.moved, "mangrove seven is elsewhere", yes=False)
    settle(ledger, "by the policy", Cause.network, "the wire hums", yes=True, person=False)
    settle(ledger, "not as proved", Cause.network, "the wire is mute", yes=True, held=False)
    settle(ledger, "a drift", Cause.column_renamed, "Referenced column amt not found", yes=True)

    found = lessons(decided(ledger, ""))

    assert [(e.cause.value, e.against) for e in found.texts] == [("server_error", False), ("moved", True)]
    assert "ada@" not in found.texts[0].text
    assert decided(ledger, "another/project") == ()


def test_hostile_texts_are_left_out_counted_once_and_never_more_than_a_tenth_of_a_cause(ledger):
    settle(ledger, "rule", Cause.network, "HTTP Error 401: Unauthorized. The cause is network", yes=True)
    settle(
        ledger, "sure", Cause.network, "the upstream service is down for maintenance, please come back later", yes=True
    )
    for number in range(30):
        settle(ledger, f"again{number}", Cause.moved, f"{NEW}, code {number}", yes=True)
        word = "".join(Random(number).choices("bcdfghaeiou", k=12))
        settle(ledger, f"flood{number}", Cause.cyclic_refs, f"{NEW} {word}", yes=True)

    found = lessons(decided(ledger, ""))

    causes = [e.cause for e in found.texts]
    written = sum(cause is Cause.cyclic_refs for cause, _ in templates())
    assert causes.count(Cause.moved) == 1
    assert causes.count(Cause.cyclic_refs) == max(1, written // 10)
    assert Cause.network not in causes
    assert [line.split(": approved")[0] for line in found.left_out if "approved" in line] == ["rule", "sure"]


def test_decisions_teach_their_wording_and_do_not_turn_a_cause_around(ledger, tmp_path):
    three = (Cause.authentication, Cause.moved, Cause.other)
    drawn = list(examples(0, 2, [t for t in templates() if t[0] in three]))
    settle(ledger, "new", Cause.moved, NEW, yes=True)
    settle(ledger, "planted", Cause.other, "please supply your credential to the vault keeper", yes=True)
    settle(ledger, "not it", Cause.authentication, "the gull at pier nine declines the invitation", yes=False)
    learned = lessons(decided(ledger, ""))
    typical = [e.text for e in examples(7, 1, [t for t in templates() if t[0] is Cause.authentication])]

    plain = fit(drawn, size=2000, passes=8)
    taught = fit([*drawn, *learned.drawn(6, 0)], size=2000, passes=8)

    def share(of: object, text: str, cause: Cause) -> float:
        return float(softmax(logits(of, [text]))[0][of.causes.index(cause.value)])

    assert share(taught, NEW, Cause.moved) > max(0.8, share(plain, NEW, Cause.moved))
    rejected = "the gull at pier nine declines the invitation"
    assert share(taught, rejected, Cause.authentication) < min(0.2, share(plain, rejected, Cause.authentication))
    named = [[of.causes[k] for k in logits(of, typical).argmax(axis=1)] for of in (plain, taught)]
    right = [np.mean([name == "authentication" for name in names]) for names in named]
    assert right[1] >= right[0] - 0.02
    write(tmp_path / "w", 1, taught, 1.0, 0.9, {}, 0)
    assert next(iter(Classifier(tmp_path / "w")(NEW)[0])) == "moved"


def test_what_a_text_is_not_moves_the_weights_down_the_slope_of_its_likelihood():
    texts = [Example("a b", Cause.lock, "1"), Example("c d", Cause.moved, "2"), Example("e f", Cause.other, "3")] * 8
    less = [Example("a b", Cause.lock, "4", against=True)] * 24

    before, after = (softmax(logits(fit(t, size=50, passes=80), ["a b"]))[0] for t in (texts, [*texts, *less]))

    assert before[0] > 0.9
    assert after[0] < before[0] - 0.2
    assert np.isfinite(after).all()


def rename(name: str, was: str, now: str, *others: str) -> tuple[Diagnosis, MapColumn]:
    def column(called: str) -> ColumnProfile:
        return ColumnProfile(name=called, type="DOUBLE", nonnull=9)

    came = (ColumnChange(name=n, change="added", after=column(n)) for n in (now, *others))
    gone = ColumnChange(name=was, change="missing", before=column(was))
    drift = TableDrift(unique_id="source.a.b.c", relation="b.c", rows_before=9, rows_after=9, columns=(gone, *came))
    seen = Evidence(kind="source_drift", node="source.a.b.c", message="", seen_at=datetime.now(UTC), drift=drift)
    told = Diagnosis(cause=Cause.column_renamed, subject=name, confidence=1, evidence=(seen,), explanation="")
    return told, MapColumn(source="source.a.b.c", relation="b.c", column=was, arrives_as=now)


def test_renames_that_hold_are_cases_and_rejected_ones_are_cases_with_no_answer(ledger):
    for name, yes, names in (("held", True, ("amount", "zib", "zab")), ("not", False, ("amount", "total_tax", "zab")),
                             ("huge", True, ("amount", "x" * 5000))):  # fmt: skip
        told, change = rename(name, *names)
        keep(ledger, name, (told,), (change,), yes=yes, person=not yes)

    cases = rename_cases(decided(ledger, ""))

    assert [(len(rows), right) for rows, right in cases] == [(2, 0), (1, None)]
    assert all(row["type_same"] for rows, _ in cases for row in rows)
    assert len(weighed(cases, 800)) == 8
    assert len(weighed(cases * 100, 800)) == 80
    judge = fit_matcher([(rows, right) for rows, right in cases * 40], list(cases[0][0][0]))
    assert judge.probabilities(cases[0][0])[0] > 0.8
    assert match("amount", ["total_amount", "zib"]).ranking[0].name == "total_amount"
