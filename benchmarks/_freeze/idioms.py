"""Models as people write them: the idioms of dbt on DuckDB, each for three subjects, with macros of a package."""

from pathlib import Path

_HERE = Path(__file__).parent / "idioms"
_SUBJECTS = (
    {"s": "shop", "t": "orders", "k": "order_id", "n": "amount", "d": "ordered_at", "c": "status", "g": "customer_id"},
    {"s": "app", "t": "events", "k": "event_id", "n": "duration_ms", "d": "occurred_at", "c": "kind", "g": "user_id"},
    {"s": "plant", "t": "readings", "k": "reading_id", "n": "celsius", "d": "read_at", "c": "sensor", "g": "line_id"},
)
"""Source, table, key, number, date, category and group."""

PROJECT = {f.relative_to(_HERE / "project").as_posix(): f.read_text()
           for f in sorted((_HERE / "project").rglob("*")) if f.is_file()}  # fmt: skip
"""Path -> text of the project that they are in."""
_TEXTS = {f.stem: f.read_text() for f in sorted((_HERE / "models").glob("*.sql"))}
"""`<x>` stands for a word of the subject."""


def _written(text: str, subject: dict[str, str]) -> str:
    for letter, word in subject.items():
        text = text.replace(f"<{letter}>", word)
    return text


def _path(name: str, table: str) -> str:
    folder = {"snapshot": "snapshots", "singular_test": "tests"}.get(name, "models")
    return f"{folder}/{table}_{name}.sql"


IDIOMS = {_path(name, s["t"]): _written(text, s) for s in _SUBJECTS for name, text in _TEXTS.items()}
"""Path -> text."""
