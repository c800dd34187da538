"""Find things in a dbt model's text without parsing it: Jinja, comments and strings are not SQL words."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.errors import FinalError
from agents.warehouse import plain_or_quoted

_HIDDEN = re.compile(
    r"""\{\{.*?\}\} | \{%.*?%\} | \{\#.*?\#\} | --[^\n]* | /\*.*?\*/ | '(?:[^']|'')*'""", re.VERBOSE | re.DOTALL
)


def masked(text: str) -> str:
    """The text with Jinja, comments and strings blanked out, every position kept.

    >>> masked("select a -- b")
    'select a     '
    """
    return _HIDDEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


@dataclass(frozen=True)
class Span:
    """A stretch of text."""

    start: int
    end: int


def occurrences(text: str, column: str) -> tuple[Span, ...]:
    """Where a column is named as a SQL word, with its qualifier and quotes."""
    word = re.escape(column)
    pattern = rf"""(?:(?:\b\w+|"[^"]+")\s*\.\s*)?(?:"{word}"|(?<![\w"$]){word}(?![\w"$]))"""
    return tuple(Span(m.start(), m.end()) for m in re.finditer(pattern, masked(text), re.IGNORECASE))


@dataclass(frozen=True)
class Called:
    """How models name what they read: `source('shop', 'orders')`, or `ref('orders')` for a seed."""

    table: str
    source: str = ""

    @property
    def words(self) -> str:
        """The call as people write it."""
        return f"source('{self.source}', '{self.table}')" if self.source else f"ref('{self.table}')"

    def mentions(self, text: str) -> tuple[Span, ...]:
        """Where the call stands at all, as an argument of a macro too."""
        return tuple(Span(m.start(), m.end()) for m in re.finditer(self._pattern, text))

    def by_package(self, text: str) -> bool:
        """Whether a model is named together with its package, here `source`."""
        package, name = re.escape(self.source), re.escape(self.table)
        return bool(re.search(rf"""ref\(\s*['"]{package}['"]\s*,\s*['"]{name}['"]\s*\)""", text))

    @property
    def _pattern(self) -> str:
        named = rf"""['"]{re.escape(self.table)}['"]"""
        if self.source:
            return rf"""source\(\s*['"]{re.escape(self.source)}['"]\s*,\s*{named}\s*\)"""
        return rf"""ref\(\s*(?:['"]\w+['"]\s*,\s*)?{named}\s*\)"""

    def calls(self, text: str) -> tuple[Span, ...]:
        """Where the literal call stands in Jinja braces, outside of comments."""
        comments = [Span(m.start(), m.end()) for m in re.finditer(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", text, re.DOTALL)]
        found = (Span(m.start(), m.end()) for m in re.finditer(rf"\{{\{{-?\s*{self._pattern}\s*-?\}}\}}", text))
        return tuple(s for s in found if not any(c.start <= s.start < c.end for c in comments))


def single_read(text: str, column: str) -> Span | None:
    """The one place that reads the column, if it is in a select list over a single relation."""
    places = occurrences(text, column)
    plain = masked(text).lower()
    uncommented = re.sub(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", "", text, flags=re.DOTALL)
    mentioned = re.findall(rf"(?<!\w){re.escape(column)}(?!\w)", uncommented, re.IGNORECASE)
    if len(places) != 1 or len(mentioned) != 1 or re.search(r"\bjoin\b", plain):
        return None
    before = plain[: places[0].start]
    opened = [m.start() for m in re.finditer(r"\bselect\b", before)]
    if not opened or re.search(r"\b(from|where|having|qualify|group|order|limit)\b", before[opened[-1] :]):
        return None
    return places[0]


def stands_alone(text: str, place: Span) -> bool:
    """Whether a name is a whole item of a select list, so that what replaces it needs an alias.

    >>> text = "select a, f(a, b) from t"
    >>> stands_alone(text, Span(7, 8)), stands_alone(text, Span(12, 13))
    (True, False)
    """
    plain = masked(text)
    before, after = plain[: place.start].rstrip().lower(), plain[place.end :].lstrip().lower()
    listed = before[max((m.end() for m in re.finditer(r"\bselect\b", before)), default=0) :]
    if listed.count("(") > listed.count(")"):
        return False  # an argument of a function
    return before.endswith((",", "select", "distinct")) and (
        not after or after[0] in ",)" or re.match(r"(from|where|union|order|limit)\b", after) is not None
    )


_CLAUSE = (
    "(where|join|left|right|inner|full|cross|on|group|order|limit|union|having|qualify|using|window|sample|asof|"
    "positional|natural|semi|anti)"
)


def passes_on(text: str) -> bool:
    """Whether every select takes every column, so that the order of the source's columns reaches the readers.

    >>> passes_on("select * from {{ source('a', 'b') }}"), passes_on("select x from (select * from t)")
    (True, False)
    """
    lists = re.findall(r"\bselect\b\s*(?:distinct\s+)?(\w+\s*\.\s*)?(\S?)", masked(text), re.IGNORECASE)
    return bool(lists) and all(first == "*" for _, first in lists)


def read_through(text: str, called: Called, select: Callable[[str, str], str]) -> str:
    """Put a subquery around each place that reads the source; `select(call, indent)` gives its text.

    Raises FinalError where the text reads the source by other means than a literal call.
    """
    calls = called.calls(text)
    if not calls:
        raise FinalError(f"no literal {called.words} in the model's text")
    plain = masked(text)
    for call in reversed(calls):
        line = text[text.rfind("\n", 0, call.start) + 1 : call.start]
        indent = line[: len(line) - len(line.lstrip())]
        inner = select(text[call.start : call.end], indent + "    ")
        aliased = re.match(rf"\s+(as\s+)?(?!{_CLAUSE}\b)[a-z_\"]", plain[call.end :], re.IGNORECASE)
        alias = "" if aliased else f" as {plain_or_quoted(called.table)}"
        text = f"{text[: call.start]}(\n{inner}\n{indent}){alias}{text[call.end :]}"
    return text
