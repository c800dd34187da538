"""What speaks for a candidate and what against: names, roles, types, values and meanings as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from agents.minds.match import roles
from agents.minds.match.align import Alignment, align
from agents.minds.match.names import Name
from agents.minds.match.sample import DATA, Sample, Seen, resemblance
from agents.minds.match.vocabulary import Vocabulary

NAMES = (
    "of_missing", "of_candidate", "both", "half", "wholly", "spelled", "equal", "head", "by_glossary", "by_spelling",
    "left", "added", "added_role", "role", "role_apart", "opposed", "units", "numbers",
)  # fmt: skip
TYPES = ("type_role", "type_same", "type_apart")
MEANING = ("meaning", "meaning_best")
FEATURES = (*NAMES, *TYPES, *MEANING, *(f"data_{name}" for name in DATA))


@dataclass(frozen=True)
class Column:
    """A column or table as far as it is known."""

    name: Name
    kind: str = ""
    """DuckDB's name of the type; empty where it is unknown."""


@dataclass(frozen=True)
class Case:
    """What is missed, and what it may be now."""

    missing: Column
    candidates: Sequence[Column]
    missed: Sample | None = None
    """Its values in the last good state."""
    seen: Mapping[str, Seen] | None = None
    """Values of the candidates, by name."""
    meanings: Sequence[float] | None = None
    """Of each candidate, how near its meaning is to the missing one's: a cosine."""

    def with_meanings(self, meanings: Sequence[float] | None) -> "Case":
        """The same, and how near the meanings are."""
        return replace(self, meanings=meanings)

    def knowing(self, knows: Vocabulary) -> "Case":
        """The same, read by another vocabulary."""

        def read(column: Column) -> Column:
            return replace(column, name=Name.of(column.name.text, knows))

        return replace(self, missing=read(self.missing), candidates=[read(c) for c in self.candidates])


def evidence(case: Case) -> list[dict[str, float]]:
    """The features of each candidate."""
    found = []
    for position, candidate in enumerate(case.candidates):
        row = dict.fromkeys(FEATURES, 0.0)
        row |= _of_names(case.missing, candidate) | _of_types(case.missing, candidate)
        if case.meanings is not None:
            row["meaning"] = case.meanings[position]
            row["meaning_best"] = float(case.meanings[position] >= max(case.meanings))
        if case.missed is not None and case.seen and candidate.name.text in case.seen:
            values = resemblance(case.missed, case.seen[candidate.name.text])
            row |= {f"data_{name}": value for name, value in values.items()}
        found.append(row)
    return found


def _of_names(missing: Column, candidate: Column) -> dict[str, float]:
    one, other = missing.name, candidate.name
    aligned = align(one, other)
    wanted = roles.expected(one, missing.kind)
    roles_of = wanted, roles.role(other)
    fit = roles.go_together(*roles_of)
    goes = float(fit == 1) if all(roles_of) else roles.holds(missing.kind, roles_of[1])
    left, added = _open(one, aligned.left_one, wanted, goes), _open(other, aligned.left_other, roles_of[1], goes)
    if any(fits for _, fits in left) and any(fits for _, fits in added):  # weight and volume: each says another thing
        left, added = ([(weight, False) for weight, _ in part] for part in (left, added))
    of_one, of_other = (
        _share(aligned.of_one, aligned.doubt_one, left),
        _share(aligned.of_other, aligned.doubt_other, added),
    )
    both = min(of_one, of_other)
    return {
        "of_missing": of_one,
        "of_candidate": of_other,
        "both": both,
        "half": float(both >= 0.5),
        "wholly": float(both >= 0.8),
        "spelled": fuzz.ratio(one.spelled, other.spelled) / 100,
        "equal": float(sorted(one.words) == sorted(other.words)),
        "head": _head(aligned, one, other),
        "by_glossary": _by("glossary", aligned),
        "by_spelling": _by("spelling", aligned),
        "left": min(sum(w for w, fits in left if not fits), 2) / 2,
        "added": min(sum(w for w, fits in added if not fits), 2) / 2,
        "added_role": float(any(fits for _, fits in added)),
        "role": max(fit, 0.0),
        "role_apart": min(fit, 0.0),
        "opposed": float(min(roles.opposed(one, other), 2)),
        "units": roles.units_differ(one, other),
        "numbers": roles.numbers_differ(one, other),
    }


def _open(name: Name, left: Sequence[int], role: str, goes: float) -> list[tuple[float, bool]]:
    """Words without a counterpart: their weight, and whether they only say a role that goes with the other's."""
    return [(name.weights[i], goes > 0 and any(roles.ROLE.get(p) == role for p in name.plain[i])) for i in left]


def _share(said: float, doubt: float, open_words: Sequence[tuple[float, bool]]) -> float:
    """The share of a name that the other one says too; words that only say the role hardly count."""
    silent = sum(w * (0.2 if fits else 1.0) for w, fits in open_words)
    return said / (said + doubt + silent) if said else 0.0


def _head(aligned: Alignment, one: Name, other: Name) -> float:
    """How sure it is that the last words, which name the thing, say the same."""
    last = len(one.words), len(other.words)
    return max((k.sure for k in aligned.links if (k.one.last, k.other.last) == last), default=0.0)


def _by(means: str, aligned: Alignment) -> float:
    """The share of the links that rest on this alone."""
    return sum(k.by == means for k in aligned.links) / max(len(aligned.links), 1)


def _of_types(missing: Column, candidate: Column) -> dict[str, float]:
    one, other = roles.family(missing.kind), roles.family(candidate.kind)
    known = bool(one and other)
    wanted = roles.holds(missing.kind, roles.role(candidate.name))
    return {
        "type_role": wanted,
        "type_same": float(known and one == other),
        "type_apart": float(known and one != other),
    }


def reasons(row: Mapping[str, float], missing: Column, candidate: Column) -> list[str]:
    """What speaks for and against a candidate, in words."""
    aligned = align(missing.name, candidate.name)
    said = [
        f"{' '.join(k.one.words)} = {' '.join(k.other.words)}" + (f" ({k.by} {k.sure:.2f})" if k.by != "word" else "")
        for k in aligned.links
    ]
    words = [f"names: {', '.join(said)}" if said else "names: no word in common"]
    left, added = ([n.words[i] for i in at if n.weights[i] >= 0.5] for n, at in (
        (missing.name, aligned.left_one), (candidate.name, aligned.left_other)))  # fmt: skip
    words += [f"does not say {', '.join(left)}"] if left else []
    words += [f"also says {', '.join(added)}"] if added else []
    told = {
        "role_apart": "is there for something else", "opposed": "names the opposite", "type_apart": "another type",
        "data_scaled": "the same rows hold a multiple of it",
    }  # fmt: skip
    words += [text for key, text in told.items() if abs(row[key]) >= 0.5]
    words += ["another unit"] if row["units"] == 1 else []
    words += [f"type {candidate.kind} as before"] if row["type_same"] else []
    words += [f"values shared {row['data_shared']:.0%}"] if row["data_shared"] else []
    words += [f"same rows equal {row['data_same']:.0%}"] if row["data_same"] else []
    return words
