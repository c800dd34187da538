"""dbt's dialect of Jinja as a syntax tree, without dbt: nothing is rendered here."""

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

BRACES = ("{{", "{%", "{#")
"""What makes a text Jinja."""


class Blocks(Extension):
    """`{% snapshot %}` holds a query; `{% test %}` and its like define something, as `{% macro %}` does."""

    tags = {"snapshot", "test", "data_test"}

    def parse(self, parser: Parser) -> nodes.Node:
        """One block."""
        token = next(parser.stream)
        name = parser.parse_assign_target(name_only=True).name
        if token.value == "snapshot":
            body = parser.parse_statements(("name:endsnapshot",), drop_needle=True)
            return nodes.Scope(body, lineno=token.lineno)
        made = nodes.Macro(lineno=token.lineno)
        made.name = name
        parser.parse_signature(made)
        made.body = parser.parse_statements((f"name:end{token.value}",), drop_needle=True)
        return made


def environment() -> SandboxedEnvironment:
    """An environment that knows dbt's tags, with Jinja's own sandbox around whatever is rendered in it."""
    return SandboxedEnvironment(extensions=[Blocks, "jinja2.ext.do", "jinja2.ext.loopcontrols"])


def parsed(text: str) -> nodes.Template | str:
    """The tree, or why there is none."""
    try:
        return environment().parse(text)
    except TemplateError as error:
        return f"{type(error).__name__}: {error}"
    except (RecursionError, ValueError, OverflowError) as error:
        return f"{type(error).__name__}"


def is_jinja(text: str) -> bool:
    """Whether Jinja would do anything with it; comments and strings of SQL do not hide it."""
    return any(brace in text for brace in BRACES)
