"""What speaks for a candidate and what against: names, roles, types, values and meanings as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from agents.minds.match import roles
from agents.minds.match.align import Alignment, align
from agents.minds.match.names import ROLES, Name
from agents.minds.match.sample import DATA, Sample, Seen, resemblance
from agents.minds.match.vocabulary import Vocabulary, sides, units

NAMES = (
    "of_missing", "of_candidate", "both", "half", "wholly", "spelled", "equal", "head", "by_glossary", "by_spelling",
    "left", "added", "left_strange", "added_strange", "added_role", "head_left", "head_added", "silent", "lead",
    "thin", "sided_left", "sided_added", "alone", "rivals", "role", "role_apart", "opposed", "units", "numbers",
)  # fmt: skip
TYPES = ("type_role", "type_same", "type_apart", "type_exact", "type_never")
_GENERIC = (
    "at by on is has was since when datetime moment indicator identifier reference key symbol label description text "
    "title amount quantity rate ratio percentage level kind category person place location address phone volume"
)
GENERIC = ROLES | set(_GENERIC.split())
"""Words that say what a column is for, and no more."""
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
    _leads(found)
    return found


def _leads(rows: Sequence[dict[str, float]]) -> None:
    """How far each is ahead of the best of the others in what both names say, and how many others it could be."""
    could = [row["role_apart"] > -0.5 and not row["type_apart"] and not row["opposed"] for row in rows]
    for row, fits in zip(rows, could, strict=True):
        row["lead"] = row["both"] - max((other["both"] for other in rows if other is not row), default=0.0)
        others = sum(could) - fits
        row["alone"], row["rivals"] = float(fits and not others), min(others, 4) / 4


@dataclass(frozen=True)
class Open:
    """A word without a counterpart in the other name."""

    place: int
    weight: float
    fits: bool
    """It is general, such as `date` or `is`, and only says a role that goes with the other's."""
    known: bool
    """It is in some list, and so says something else; of a word that is not, nobody can tell."""


def _of_names(missing: Column, candidate: Column) -> dict[str, float]:
    one, other = missing.name, candidate.name
    aligned = align(one, other)
    wanted = roles.expected(one, missing.kind)
    roles_of = wanted, roles.expected(other, candidate.kind)
    fit = roles.go_together(*roles_of)
    goes = float(fit == 1) if all(roles_of) else roles.holds(missing.kind, roles_of[1])
    left = _open(one, aligned.left_one, wanted, goes)
    added = _open(other, aligned.left_other, roles_of[1], goes)
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
        "left": _weigh(left, known=True),
        "added": _weigh(added, known=True),
        "left_strange": _weigh(left, known=False),
        "added_strange": _weigh(added, known=False),
        "added_role": float(any(w.fits for w in added)),
        "head_left": _headless(one, left),
        "head_added": _headless(other, added),
        "silent": float(not aligned.links),
        "thin": float(sum(other.weights) <= 0.6 < sum(one.weights)),
        "sided_left": _sided(one, left),
        "sided_added": _sided(other, added),
        "role": max(fit, 0.0),
        "role_apart": min(fit, 0.0),
        "opposed": float(min(roles.opposed(one, other), 2)),
        "units": roles.units_differ(one, other),
        "numbers": roles.numbers_differ(one, other),
    }


def _open(name: Name, places: Sequence[int], role: str, goes: float) -> list[Open]:
    return [
        Open(
            i,
            name.weights[i],
            goes > 0 and any(p in GENERIC and roles.ROLE.get(p) == role for p in name.plain[i]),
            name.knows.says(name.words[i]),
        )
        for i in places
    ]


def _weigh(words: Sequence[Open], *, known: bool) -> float:
    return min(sum(w.weight for w in words if not w.fits and w.known is known), 2) / 2


def _sided(name: Name, words: Sequence[Open]) -> float:
    """Whether a word without a counterpart is one of a pair of opposites, and so tells columns of one kind apart."""
    return float(any(p in sides() for w in words for p in name.plain[w.place][:2]))


def _headless(name: Name, words: Sequence[Open]) -> float:
    """Weight of the word that names the thing, the last one that is no unit, where it has no counterpart."""
    last = max((i for i, w in enumerate(name.words) if w not in units() and not w.isdigit()), default=-1)
    return next((w.weight for w in words if w.place == last and w.known and not w.fits), 0.0)


def _share(said: float, doubt: float, words: Sequence[Open]) -> float:
    """The share of a name that the other one says too; words that only say the role hardly count."""
    silent = sum(w.weight * (0.2 if w.fits else 1.0) for w in words)
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
        "type_exact": 0.0 if not known else 1.0 if missing.kind.upper() == candidate.kind.upper() else -1.0,
        "type_never": float(frozenset((one, other)) in roles.NEVER),
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
