"""What is applied by itself, when, and whose approval counts: the decision as a table."""

from datetime import UTC, datetime

import pytest

from agents.contracts import (
    DeduplicateRows,
    FileChange,
    MapColumn,
    Proposal,
    QuarantineRows,
    RestoreText,
    Risk,
)
from agents.errors import UsageError
from agents.policy import Asset, Demand, Facts, frozen_until, quiet_until, ruling
from agents.settings import Policy, parse

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAP = MapColumn(source="source.shop.raw.orders", relation="raw.orders", column="amount", arrives_as="total")
DEDUPE = DeduplicateRows(source="source.shop.raw.orders", relation="raw.orders")
QUARANTINE = QuarantineRows(
    source="source.shop.raw.orders", relation="raw.orders", column="order_id", reason="null_key"
)
RESTORE = RestoreText(path="models/stg_orders.sql", commit="a" * 40)
STG = Asset("stg_orders", "models/staging/stg_orders.sql", frozenset({"bronze.stg_orders"}), frozenset({"daily"}))
MART = Asset("fct_totals", "models/gold/fct_totals.sql", frozenset({"gold.fct_totals"}), frozenset({"finance"}))
UNPARSED = Asset("fct_totals", "models/gold/fct_totals.sql")
KEYS = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + c + "A" * 42 for c in "ABC"]
PEOPLE = f"approvers: {{ana: {{key: {KEYS[0]}}}, bo: {{key: {KEYS[1]}}}, cy: {{key: {KEYS[2]}}}}}"


def _policy(text: str) -> Policy:
    return parse(f"policy: {{{text}}}", "adp.yml").policy


def _proposal(risk="low", change=MAP, path="models/stg_orders.sql"):
    return Proposal(
        id="p1", title="t", diagnoses=(), changes=(change,), files=(FileChange(path=path, before="a", after="b"),),
        nodes=(), claims=(), reasons=(), risk=Risk(risk),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "risk", "change", "assets", "ceiling", "applied", "said"),
    [
        ("", "low", MAP, [STG], None, True, ""),
        ("", "medium", DEDUPE, [STG], None, False, "risk medium, applied by itself up to low"),
        ("auto: medium", "medium", DEDUPE, [STG], None, True, ""),
        ("auto: medium", "medium", DEDUPE, [STG], "low", False, "up to low"),
        ("auto: low", "medium", DEDUPE, [STG], "high", False, "up to low"),
        ("auto: none", "low", MAP, [STG], None, False, "up to none"),
        ("auto: high", "high", QUARANTINE, [STG], None, False, "asks a person"),
        ("rules: [{kinds: [quarantine_rows], auto: high}]", "high", QUARANTINE, [STG], None, False, "asks a person"),
        ("rules: [{kinds: [deduplicate_rows], auto: medium}]", "medium", DEDUPE, [STG], None, True, ""),
        ("rules: [{kinds: [deduplicate_rows], auto: medium}]", "medium", RESTORE, [STG], None, False, "up to low"),
        ("rules: [{assets: ['stg_*'], auto: medium}]", "medium", DEDUPE, [STG], None, True, ""),
        ("rules: [{assets: ['stg_*'], auto: medium}]", "medium", DEDUPE, [STG], "low", False, "up to low"),
        ("rules: [{assets: ['stg_*'], auto: medium}]", "medium", DEDUPE, [MART], None, False, "up to low"),
        ("rules: [{assets: ['gold.*'], auto: none}]", "low", MAP, [MART], None, False, "up to none"),
        ("rules: [{assets: ['models/gold/*'], auto: none}]", "low", MAP, [MART], None, False, "up to none"),
        ("rules: [{assets: ['tag:finance'], auto: none}]", "low", MAP, [MART], None, False, "up to none"),
        ("rules: [{assets: ['tag:finance'], auto: none}]", "low", MAP, [STG], None, True, ""),
        # the first rule that matches counts, and of several assets the strictest
        ("rules: [{assets: ['stg_*'], auto: low}, {auto: none}]", "low", MAP, [STG], None, True, ""),
        ("rules: [{assets: ['stg_*'], auto: low}, {auto: none}]", "low", MAP, [STG, MART], None, False, "up to none"),
        # a project that does not parse has no tags: a rule that may match counts if it is stricter, never if wider
        ("rules: [{assets: ['tag:finance'], auto: none}]", "low", MAP, [UNPARSED], None, False, "up to none"),
        ("rules: [{assets: ['tag:finance'], auto: high}]", "medium", MAP, [UNPARSED], None, False, "up to low"),
        ("protected_branches: [main]", "low", MAP, [STG], None, False, "main is protected"),
        ("quiet_hours: {from: 08:00, to: 18:00}", "low", MAP, [STG], None, False, "until 2026-11-23 18:00 UTC"),
        ("quiet_hours: {from: 18:00, to: 08:00}", "low", MAP, [STG], None, True, ""),
        ("freeze_windows: [{from: 2026-11-20, to: 2026-11-23, reason: audit}]", "low", MAP, [STG], None, False,
         "freeze window (audit) until 2026-11-24 00:00 UTC"),
        ("freeze_windows: [{from: 2026-11-20, to: 2026-11-22}]", "low", MAP, [STG], None, True, ""),
    ],
)  # fmt: skip
def test_a_policy_decides_what_is_applied_by_itself(policy, risk, change, assets, ceiling, applied, said):
    made = ruling(
        _policy(policy), _proposal(risk, change), Facts("main", tuple(assets)), MONDAY, ceiling=ceiling
    )  # fmt: skip

    assert made.applied == applied, made
    assert bool(made.hold) != applied
    assert said in made.hold


@pytest.mark.parametrize(
    ("policy", "assets", "demands"),
    [
        ("", [STG], [Demand(1)]),
        ("required: 2", [STG], [Demand(2)]),
        (PEOPLE, [STG], [Demand(1, ("ana", "bo", "cy"))]),
        (f"{PEOPLE}, rules: [{{assets: ['stg_*'], approvers: [ana, bo], required: 2}}]", [STG],
         [Demand(2, ("ana", "bo"))]),
        (f"{PEOPLE}, rules: [{{assets: ['stg_*'], approvers: [bo]}}, {{assets: ['fct_*'], approvers: [cy]}}]",
         [STG, MART], [Demand(1, ("bo",)), Demand(1, ("cy",))]),
    ],
)  # fmt: skip
def test_a_policy_says_whose_approval_counts(policy, assets, demands):
    assert list(ruling(_policy(policy), _proposal("high"), Facts("main", tuple(assets)), MONDAY).demands) == demands


def test_people_may_approve_in_quiet_hours_but_neither_into_a_protected_branch_nor_the_policy_itself():
    quiet = _policy("auto: none, quiet_hours: {days: [mon]}")
    assert ruling(quiet, _proposal("high"), Facts("main", (STG,)), MONDAY, approved=True).applied

    protected = _policy("protected_branches: [main]")
    assert not ruling(protected, _proposal(), Facts("main", (STG,)), MONDAY, approved=True).applied
    own = ruling(Policy(), _proposal(path="adp.yml"), Facts("main", (STG,)), MONDAY, approved=True)
    assert "for people to write" in own.hold


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-23 16:59", ""),  # 17:59 in Oslo
        ("2026-11-23 17:00", "2026-11-24 08:00 Europe/Oslo"),
        ("2026-11-24 06:59", "2026-11-24 08:00 Europe/Oslo"),
        ("2026-11-24 07:00", ""),
        ("2026-11-27 18:00", "2026-11-30 08:00 Europe/Oslo"),  # a Friday evening, and then a weekend
        ("2026-07-01 16:00", "2026-07-02 08:00 Europe/Oslo"),  # summer time
        ("2026-10-25 01:30", "2026-10-26 08:00 Europe/Oslo"),  # the hour that comes twice
    ],
)
def test_quiet_hours_are_local_and_say_when_they_end(at, until):
    quiet = _policy("quiet_hours: {from: 18:00, to: 08:00, zone: Europe/Oslo, days: [sat, sun]}").quiet_hours
    assert quiet
    words = quiet_until(quiet, datetime.fromisoformat(f"{at}+00:00"))
    assert words == (f"quiet hours until {until}" if until else "")


def test_quiet_hours_of_every_day_never_end():
    quiet = _policy("quiet_hours: {days: [mon, tue, wed, thu, fri, sat, sun]}").quiet_hours
    assert quiet
    assert quiet_until(quiet, MONDAY) == "quiet hours, which never end"


def test_a_freeze_window_may_begin_and_end_at_an_hour():
    windows = _policy("freeze_windows: [{from: '2026-12-20 18:00', to: '2026-12-21 06:00', zone: Europe/Oslo}]")
    ends = [
        frozen_until(windows.freeze_windows, datetime.fromisoformat(f"2026-12-{at}+00:00"))
        for at in ("20 16:59", "20 17:00", "21 04:59", "21 05:00")
    ]
    assert ends == ["", *["freeze window until 2026-12-21 06:00 Europe/Oslo"] * 2, ""]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [{kinds: [rename]}]", "rename"),
        ("rules: [{approvers: [zoe]}]", "names zoe"),
        ("required: 2, approvers: {ana: {email: ana@example.com}}", "required: 2"),
        ("approvers: {ana: {key: ssh-rsa AAAA}}", "no ed25519 key"),
        (f"approvers: {{ana: {{key: {KEYS[0]}}}, bo: {{}}}}", "without one: bo"),
        (f"approvers: {{ana: {{key: {KEYS[0]}}}, bo: {{key: {KEYS[0]}}}}}", "the same key"),
        ("quiet_hours: {from: 25:00}", "time of day"),
        ("quiet_hours: {zone: Mars/Olympus}", "time zone"),
        ("freeze_windows: [{from: soon, to: 2027-01-01}]", "is no time"),
        ("freeze_windows: [{from: 2027-01-02, to: 2027-01-01}]", "before it begins"),
        ("remote: --upload-pack=evil", "policy.remote"),
        ("remote: 'ext::sh -c evil'", "policy.remote"),
        ("probation_runs: -1", "probation_runs"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_one_clear_error(text, said):
    with pytest.raises(UsageError, match=r"adp\.yml: policy") as error:
        _policy(text)
    assert said in str(error.value)
