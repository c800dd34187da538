"""From a text to what the layers of SQL judge: its renderings, with the words of macros where they may stand."""

import re
from collections.abc import Callable, Iterator

from sqlglot.errors import SqlglotError
from sqlglot.tokens import Tokenizer

from agents.guard.context import Context
from agents.guard.dialect import is_jinja
from agents.guard.duckdb_tree import serialised
from agents.guard.finding import Finding, shown
from agents.guard.names import function_findings, relation_findings
from agents.guard.render import CannotRender, renderings

Judges = Callable[[str, str, Context], tuple[Finding, ...]]
_WORD = r"adp_unknown(?:_\d+)?"
_WHOLE = re.compile(rf"\A\s*{_WORD}\s*;?\s*\Z")
_INSIDE = re.compile(rf"(\bas\s+(?:not\s+)?(?:materialized\s+)?)\(\s*{_WORD}\s*\)", re.IGNORECASE)
_UNITED = re.compile(rf"(\bunion(?:\s+all|\s+by\s+name)*\s+){_WORD}|{_WORD}(\s+union\b)", re.IGNORECASE)
_LINE = re.compile(rf"^\s*,?\s*{_WORD}\s*,?\s*$", re.MULTILINE)
_STATEMENTS = frozenset({
    "copy", "attach", "install", "load", "set", "pragma", "call", "export", "import", "create", "insert", "update",
    "delete", "drop", "alter", "detach", "use", "checkpoint", "vacuum", "execute", "prepare", "truncate", "merge",
    "select", "with", "from", "reset", "force",
})  # fmt: skip


def of_model(judges: Judges) -> Judges:
    """A layer of SQL over a model's text: each of its renderings is judged."""

    def judged(text: str, path: str, context: Context) -> tuple[Finding, ...]:
        rendered = _rendered(text, context) if is_jinja(text) else (text,)
        if isinstance(rendered, str):
            blind = Finding(rendered, "Jinja that only puts names and plain text into a query")
            return (blind, *_tokens(text, context))
        queries = [_readable(query) for query in rendered]
        found = dict.fromkeys(f for query in queries for f in judges(query, path, context))
        unread = not all(map(_parses, queries))
        return (*found, *(_tokens(text, context) if unread else ()))

    return judged


def of_words(judges: Judges) -> Judges:
    """A layer of SQL over a stretch that becomes part of a query, as the arguments of tests do."""

    def judged(text: str, path: str, context: Context) -> tuple[Finding, ...]:
        rendered = _rendered(text, context) if is_jinja(text) else (text,)
        if isinstance(rendered, str):
            return (Finding(rendered, "Jinja that only puts names and plain text into a query"),)
        found: dict[Finding, None] = {}
        for words in rendered:
            found |= dict.fromkeys(_words(words, path, context, judges))
        return tuple(found)

    return judged


_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_READS = ("FROM", "JOIN", "COMMA")


def _tokens(text: str, context: Context) -> Iterator[Finding]:
    """What can be said of a text that cannot be read as a query, word by word.

    Such a text is refused; a change to one that people wrote is judged by which of these are new.
    """
    try:
        tokens = Tokenizer(dialect="duckdb").tokenize(_JINJA.sub(" adp_unknown ", text))
    except SqlglotError:
        yield Finding("text that is no SQL at all", "SQL")
        return
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        word = token.text.lower()
        if after is not None and after.token_type.name == "L_PAREN" and re.fullmatch(r"\w+", word):
            yield from function_findings(word, context)
        if token.token_type.name == "SEMICOLON" and after is not None:
            yield Finding("a second statement", "one query")
        if word in _STATEMENTS - {"select", "with", "from", "set"} and (before is None or before.text in ";("):
            yield Finding(f"a statement {word.upper()}", "one query")
        if before is not None and before.token_type.name in _READS and token.token_type.name == "STRING":
            yield Finding(f"the relation {shown(token.text)}", "ref() and source()")
        elif before is not None and before.token_type.name in _READS and token.token_type.name == "IDENTIFIER":
            yield from relation_findings([token.text])


def _words(words: str, path: str, context: Context, judges: Judges) -> Iterator[Finding]:
    """As an expression if it is one; else by its tokens: no calls but of allowed functions, no second statement."""
    asked = f"select * from adp_relation where ({words}\n)"
    if not isinstance(serialised(asked), str):
        yield from judges(asked, path, context)
        return
    try:
        tokens = Tokenizer(dialect="duckdb").tokenize(words)
    except SqlglotError:
        yield Finding(f"the words {shown(words)} are no part of a query", "expressions of SQL")
        return
    first = tokens[0].text.lower() if tokens else ""
    if len(tokens) > 1 and first in _STATEMENTS:
        yield Finding(f"the words {shown(words)} begin a statement", "expressions of SQL")
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type.name == "SEMICOLON" or token.comments or "--" in token.text or "/*" in token.text:
            yield Finding(f"the words {shown(words)} hold {shown(token.text)}", "one expression without comments")
        if after is not None and after.token_type.name == "L_PAREN" and re.fullmatch(r"\w+", token.text):
            yield from function_findings(token.text, context)


def _rendered(text: str, context: Context) -> tuple[str, ...] | str:
    try:
        return renderings(text, context)
    except CannotRender as error:
        return str(error)


def _readable(query: str) -> str:
    """The query with the words of macros read as what lets it be parsed: a name, a query, or nothing of its own."""
    if "adp_unknown" not in query or _parses(query):
        return query
    asked = _WHOLE.sub("select 1 as adp_unknown", query)
    asked = _INSIDE.sub(r"\1(select 1 as adp_unknown)", asked)
    asked = _UNITED.sub(lambda m: f"{m[1] or ''}select 1 as adp_unknown{m[2] or ''}", asked)
    tried = (asked, _LINE.sub("", asked), re.sub(_WORD, "", asked), re.sub(_WORD, "select 1", asked))
    return next((text for text in tried if _parses(text)), query)


def _parses(query: str) -> bool:
    return not isinstance(serialised(query), str)
