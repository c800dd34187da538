"""General words of naming: abbreviations, synonyms, translations, opposites and units. No domain's, no project's."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent / "words"
_SMALL = (
    "of the a an in on at by to for and or per with from as is was were has have had did does do can be "
    "are it its de du des d da do dos di del della la le les el los der die das den van von zu het een en "
    "et e y und comes"
)
SMALL = frozenset(_SMALL.split())
"""Words that bind others."""

Phrase = tuple[str, ...]
"""Words in lower case."""
ABBREVIATED, TRANSLATED, SYNONYM, DERIVATION, INFLECTION, HOMOGRAPH = 0.96, 0.93, 0.93, 0.88, 0.95, 0.8
"""How much of the certainty is left after such a step; two synonyms meet in their group, which is two steps.
A homograph is English too, and may be meant so."""
COMPOUNDING = (0, 5, 6)
"""Columns of the translations whose languages write compounds as one word."""


@dataclass(frozen=True)
class Meanings:
    """Stems of words and, with their numbers, groups of synonyms, and how sure each is (0-1)."""

    words: Mapping[str, float]
    """By words and abbreviations alone."""
    glossary: Mapping[str, float]
    """With synonyms and translations."""


@dataclass(frozen=True)
class Vocabulary:
    """What is known of phrases: each with its meanings, and how sure each is (0-1)."""

    abbreviations: Mapping[str, tuple[Phrase, ...]]
    groups: Mapping[Phrase, tuple[int, ...]]
    """Numbers of the groups of synonyms, by stems."""
    roots: Mapping[Phrase, tuple[int, ...]]
    """The same by roots."""
    translations: Mapping[Phrase, tuple[Phrase, ...]]
    known: frozenset[str]
    """Every word that stands in some list: such a word is no unknown abbreviation of another one."""
    endings: frozenset[str] = frozenset()
    """Words that close compounds of languages that glue them."""
    english: frozenset[str] = frozenset()
    """Words of the synonyms: what is spelled like one of them may be English."""
    lines: tuple[tuple[Phrase, ...], ...] = ()
    """The groups of synonyms as they are written."""
    _meanings: dict[Phrase, "Meanings"] = field(default_factory=dict)

    def meanings(self, phrase: Phrase) -> "Meanings":
        """What a phrase may mean; empty where it is not known and longer than a word."""
        if phrase not in self._meanings:
            words: dict[str, float] = {}
            glossary: dict[str, float] = {}
            for meant, sure, translated in self._read(phrase):
                if len(meant) == 1 or meant != phrase:
                    _keep(glossary if translated else words, "_".join(stems(meant)), sure)
                    _keep(glossary if translated else words, "~" + "_".join(map(root, meant)), sure * DERIVATION)
                for group in self.groups.get(stems(meant), ()):
                    _keep(glossary, f"{group}", sure * SYNONYM)
                for group in self.roots.get(tuple(map(root, meant)), ()):
                    _keep(glossary, f"{group}", sure * SYNONYM * DERIVATION)
            self._meanings[phrase] = Meanings(words, glossary | words)
        return self._meanings[phrase]

    def plain(self, word: str) -> tuple[str, ...]:
        """The English words that one word stands for, itself first; of an abbreviation, its commonest meaning."""
        spelled = self.abbreviations.get(word, ())[:1]
        meant = (*spelled, *(p for p, _ in self._translated((word,))))
        return tuple(dict.fromkeys((word, *(w for phrase in meant for w in phrase))))

    def says(self, word: str) -> bool:
        """Whether it is a word that is known, in whatever form, or no word at all."""
        return (
            word in self.known or word in self.abbreviations or stem(word) in self.known or word in SMALL
            or word.isdigit() or word in units() or bool(self._translated((word,)))
        )  # fmt: skip

    def without(self, rng: Random, share: float) -> "Vocabulary":
        """As if a share of the synonyms and translations were not known: no list knows every word."""
        groups = {g for found in self.groups.values() for g in found}
        gone = {g for g in sorted(groups) if rng.random() < share}
        by_stem, by_root = (
            {p: tuple(g for g in found if g not in gone) for p, found in table.items()}
            for table in (self.groups, self.roots)
        )
        told = {p: t for p, t in self.translations.items() if rng.random() >= share}
        left = {w for p in (*by_stem, *told) if by_stem.get(p) or told.get(p) for w in p}
        known = frozenset(w for w in self.known if w in left or stem(w) in left)
        endings = frozenset(w for w in self.endings if w in known)
        return Vocabulary(self.abbreviations, by_stem, by_root, told, known, endings, self.english)

    def _read(self, phrase: Phrase) -> Iterator[tuple[Phrase, float, bool]]:
        """What a phrase stands for: itself, what it abbreviates, and, marked, what it means in English."""
        yield phrase, 1.0, False
        spelled = self.abbreviations.get(phrase[0], ()) if len(phrase) == 1 else ()
        for meant in spelled:
            yield meant, ABBREVIATED, False
        for meant, sure in self._translated(phrase):
            yield meant, sure, True

    def _translated(self, phrase: Phrase) -> list[tuple[Phrase, float]]:
        """Its meanings in English; where it is not listed as it is, those of its nearest listed form."""
        sure = TRANSLATED * (HOMOGRAPH if len(phrase) == 1 and phrase[0] in self.english else 1)
        if found := self.translations.get(phrase):
            return [(meant, sure) for meant in found]
        if len(phrase[-1]) < 4 or phrase[-1] in self.english:
            return []
        forms = ((*phrase[:-1], form) for form in _forms(phrase[-1]))
        near = next((self.translations[f] for f in forms if f in self.translations), ())
        return [(meant, sure * INFLECTION) for meant in near]


def _forms(word: str) -> Iterator[str]:
    """What a word of another language may be a plural, a feminine or a definite form of."""
    for ending, others in (
        ("os", "o"),
        ("as", "o a"),
        ("es", "e"),
        ("i", "o e"),
        ("en", "e"),
        ("er", "e"),
        ("et", "e"),
    ):
        if word.endswith(ending):
            yield from (word.removesuffix(ending) + other for other in others.split())
    for ending in ("s", "es", "en", "n", "er", "e", "et"):
        if word.endswith(ending):
            yield word.removesuffix(ending)
    if word[-1] in "ao":
        yield word[:-1] + ("o" if word[-1] == "a" else "a")


def _keep(found: dict[str, float], meaning: str, sure: float) -> None:
    found[meaning] = max(sure, found.get(meaning, 0.0))


@cache
def vocabulary() -> Vocabulary:
    """All lists."""
    synonyms = tuple(tuple(map(phrase_of, line.split())) for line in _lines("synonyms"))
    groups: dict[Phrase, tuple[int, ...]] = defaultdict(tuple)
    roots: dict[Phrase, tuple[int, ...]] = defaultdict(tuple)
    for number, group in enumerate(synonyms):
        for phrase in {stems(p) for p in group}:
            groups[phrase] += (number,)
        for phrase in {tuple(map(root, p)) for p in group}:
            roots[phrase] += (number,)
    told, endings = _translations()
    short = {}
    for line in _lines("abbreviations"):
        abbreviation, meant = line.split(":")
        short[abbreviation] = tuple(map(phrase_of, meant.split()))
    phrases = [p for group in synonyms for p in group]
    phrases += [p for found in (*told.values(), *short.values()) for p in found]
    known = frozenset(w for p in (*phrases, *told) for w in p)
    english = frozenset(w for group in synonyms for p in group for w in p)
    return Vocabulary(short, dict(groups), dict(roots), told, known, endings - english, english, synonyms)


def _translations() -> tuple[dict[Phrase, tuple[Phrase, ...]], frozenset[str]]:
    """What foreign phrases mean, with and without the words that bind them, and words that close compounds."""
    told: dict[Phrase, tuple[Phrase, ...]] = defaultdict(tuple)
    endings = set()
    for line in _lines("translations"):
        english, others = line.split(":")
        for number, column in enumerate(others.split("|")):
            for phrase in map(phrase_of, column.split()):
                for form in dict.fromkeys((phrase, tuple(w for w in phrase if w not in SMALL) or phrase)):
                    if form != phrase_of(english) and phrase_of(english) not in told[form]:
                        told[form] += (phrase_of(english),)
                if number in COMPOUNDING and len(phrase) == 1 and len(phrase[0]) >= 4:
                    endings.add(phrase[0])
    return dict(told), frozenset(endings)


@cache
def sides() -> Mapping[str, tuple[tuple[int, int], ...]]:
    """Of each word, on which side of which pair of opposites it stands."""
    found: dict[str, tuple[tuple[int, int], ...]] = defaultdict(tuple)
    for number, line in enumerate(_lines("opposites")):
        for side, words in enumerate(line.split("|")):
            for word in words.split():
                found[word] += ((number, side),)
    return dict(found)


@cache
def units() -> Mapping[str, tuple[int, int]]:
    """Of each unit, its dimension and its number there."""
    return {
        form: (dimension, number)
        for dimension, line in enumerate(_lines("units"))
        for number, forms in enumerate(line.split("|"))
        for form in forms.strip().split("/")
    }


def _lines(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def stems(phrase: Phrase) -> Phrase:
    """Its words without endings."""
    return tuple(map(stem, phrase))


def phrase_of(text: str) -> Phrase:
    """The words of a phrase that is joined by underscores."""
    return tuple(text.split("_"))


def ascii_of(text: str) -> str:
    """Lower or upper case as it is, without accents; German umlauts as two letters.

    >>> ascii_of("Stra\u00dfe_Gr\u00f6\u00dfe"), ascii_of("num\u00e9ro")
    ('Strasse_Groesse', 'numero')
    """
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        text = text.replace(letter, plain)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


_INFLECTED = "ies ied es ed d s e"
INFLECTED = tuple(_INFLECTED.split())
_DERIVED = "ations ation itions ition ments ment ances ance ions ion ings ing ities ity ly able y"
DERIVED = tuple(_DERIVED.split())
"""Not `er`: a customer is no custom, a number is not numb."""


@cache
def stem(word: str) -> str:
    """A word without number and tense, as far as that leaves four letters.

    >>> stem("orders"), stem("cancelled"), stem("product"), stem("production"), stem("customer")
    ('order', 'cancel', 'product', 'production', 'customer')
    """
    word = word.replace("isation", "ization").replace("colour", "color").replace("centre", "center")
    return _cut(word, INFLECTED)


@cache
def root(word: str) -> str:
    """The same without endings that make other words: `shipping` and `shipment` are of `ship`.

    >>> root("shipping"), root("cancellation"), root("production")
    ('ship', 'cancel', 'product')
    """
    return _cut(stem(word), (*DERIVED, *INFLECTED))


def _cut(word: str, endings: tuple[str, ...]) -> str:
    while ending := next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 4), ""):
        word = word.removesuffix(ending)
    if len(word) >= 5 and word[-1] == word[-2] and word[-1] not in "aeious":
        word = word[:-1]
    return word
