"""Find things in a dbt model's text without parsing it: Jinja, comments and strings are not SQL words."""

import re
from dataclasses import dataclass

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


def source_calls(text: str, source: str, table: str) -> tuple[Span, ...]:
    """Where the literal call `{{ source('source', 'table') }}` stands, outside of comments."""
    pattern = rf"""\{{\{{-?\s*source\(\s*['"]{re.escape(source)}['"]\s*,\s*['"]{re.escape(table)}['"]\s*\)\s*-?\}}\}}"""
    comments = [Span(m.start(), m.end()) for m in re.finditer(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", text, re.DOTALL)]
    found = (Span(m.start(), m.end()) for m in re.finditer(pattern, text))
    return tuple(s for s in found if not any(c.start <= s.start < c.end for c in comments))
