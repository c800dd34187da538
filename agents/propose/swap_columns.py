"""The change `swap_columns`: two columns that changed places."""

from agents.contracts import Diagnosis, Risk, SwapColumns
from agents.propose.claimed import REPAIR
from agents.propose.looked import Looked

CLAIMS = REPAIR
"""Not `old_delivery_identical`: nothing in a row says whether it is swapped."""
RISK = Risk.medium


def swap_columns(diagnosis: Diagnosis, looked: Looked) -> tuple[SwapColumns, ...]:
    """The pair that observation named, read back."""
    source, column = looked.source, diagnosis.column or ""
    return tuple(
        SwapColumns(
            source=source.unique_id, relation=source.label, column=column, other=other,
            type=looked.type(column), other_type=looked.type(other),
        )
        for other in diagnosis.moved_to
    )  # fmt: skip
