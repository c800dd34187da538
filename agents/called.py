"""What a Jinja text names: macros, variables and environment variables, read from its tokens and never run."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError

_JINJA = Environment(autoescape=False)  # nothing is rendered, so nothing is escaped
_FUNCTIONS = ("var", "env_var", "dispatch")
_SKIPPED = ("whitespace", "data", "comment", "comment_begin", "comment_end")

Token = tuple[str, str]


@dataclass(frozen=True)
class Called:
    """What a text names inside its Jinja."""

    names: frozenset[tuple[str, str]] = frozenset()
    """Every name with the one before its dot, `("dbt_utils", "star")`; without a dot the first is empty."""
    dispatched: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    environment: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    """Which of `var`, `env_var` and `dispatch` are called with a name that only a run would know."""

    def __or__(self, other: "Called") -> "Called":
        return Called(
            self.names | other.names,
            self.dispatched | other.dispatched,
            self.variables | other.variables,
            self.environment | other.environment,
            self.open | other.open,
        )

    def mentions(self, name: str) -> bool:
        """Whether the name stands anywhere, whatever is before its dot."""
        return any(found == name for _, found in self.names)


@lru_cache(maxsize=4096)
def called(text: str) -> Called:
    """The names in a text; where it is no Jinja, every function counts as open.

    >>> found = called("select {{ dbt_utils.star(x) }}, {{ var('days', 3) }} {# var('not_this') #}")
    >>> ("dbt_utils", "star") in found.names, sorted(found.variables), sorted(found.open)
    (True, ['days'], [])
    >>> sorted(called("{{ var(name) }}").open)
    ['var']
    """
    if "{{" not in text and "{%" not in text:
        return Called()
    try:
        tokens = [(kind, value) for _, kind, value in _JINJA.lex(text) if kind not in _SKIPPED]
    except TemplateSyntaxError:
        return Called(open=frozenset(_FUNCTIONS))
    found: dict[str, set[str]] = {function: set() for function in _FUNCTIONS}
    names, unknown = set[tuple[str, str]](), set[str]()
    for at, (kind, value) in enumerate(tokens):
        if kind == "string" and _literal(value) in _FUNCTIONS:
            unknown.add(_literal(value))  # `context['var']`
        if kind != "name":
            continue
        names.add((tokens[at - 2][1] if at > 1 and tokens[at - 1][1] == "." else "", value))
        if value in _FUNCTIONS:
            argument = _argument(tokens, at)
            (unknown.add(value) if argument is None else found[value].add(argument))
    variables, environment, dispatched = (frozenset(found[function]) for function in _FUNCTIONS)
    return Called(frozenset(names), dispatched, variables, environment, frozenset(unknown))


def _argument(tokens: Sequence[Token], at: int) -> str | None:
    """The first argument of the call at a place, where it is one literal; None where only a run would know it."""
    rest = list(tokens[at + 1 : at + 8])
    if [value for _, value in rest[:2]] == [".", "has_var"]:
        rest = rest[2:]
    if not rest or rest[0][1] != "(":
        return None
    rest = rest[1:]
    if len(rest) > 1 and rest[0][0] == "name" and rest[1][1] == "=":
        rest = rest[2:]
    if len(rest) > 1 and rest[0][0] == "string" and rest[1][1] in (",", ")"):
        return _literal(rest[0][1])
    return None


def _literal(text: str) -> str:
    return str(ast.literal_eval(text))
