"""The change `normalise_key`: a text in another case or with blanks around it."""

from typing import Literal

from agents.contracts import Diagnosis, NormaliseKey, Risk
from agents.propose.claimed import OLD_DELIVERY, REPAIR
from agents.propose.looked import Looked

CLAIMS = (*REPAIR, OLD_DELIVERY)
RISK = Risk.medium
FORMS: tuple[Literal["trim", "lower", "upper", "trim_lower", "trim_upper"], ...] = (
    "trim", "lower", "upper", "trim_lower", "trim_upper",
)  # fmt: skip
"""Least first: of two that give the same values, the first is taken."""


def normalise_key(diagnosis: Diagnosis, looked: Looked) -> tuple[NormaliseKey, ...]:
    """Every form; which of them gives the known values again is measured."""
    source, column = looked.source, diagnosis.column or ""
    return tuple(
        NormaliseKey(source=source.unique_id, relation=source.label, column=column, type=looked.type(column), form=form)
        for form in FORMS
    )
