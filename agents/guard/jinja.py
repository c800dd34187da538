"""The layer of Jinja: an allow-list over the syntax tree, wherever in the text the braces stand.

A comment or a string of SQL hides nothing from Jinja, which runs first.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import nodes

from agents.guard import allowed_jinja as lists
from agents.guard.context import Context
from agents.guard.dialect import is_jinja, parsed
from agents.guard.finding import Finding, shown

SIZE, DEPTH = 256_000, 60
LOOPS = 3
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b\u000c\u000e-\u001f]")
CALLABLE = "ref, source, config, var, is_incremental, and the macros that the project already has"
_SIMPLE = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.List, nodes.Tuple,
    nodes.Dict, nodes.Pair, nodes.Keyword, nodes.If, nodes.Assign, nodes.AssignBlock, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat, nodes.Slice, nodes.Scope, nodes.ExprStmt, nodes.NSRef, nodes.Break,
    nodes.Continue, nodes.CallBlock, nodes.FilterBlock,
)  # fmt: skip


def jinja_findings(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """What the Jinja of `text` does beyond the list; nothing for a text without braces."""
    if len(text) > SIZE:
        return (Finding(f"the text has {len(text):,} characters", f"up to {SIZE:,}"),)
    hidden = [Finding(f"the text holds the character {shown(c)}", "characters that people see") for c in
              sorted(set(_HIDDEN.findall(text)))]  # fmt: skip
    if not is_jinja(text):
        return tuple(hidden)
    tree = parsed(text)
    if isinstance(tree, str):
        return (*hidden, Finding(f"the Jinja cannot be parsed: {shown(tree, 160)}", "Jinja of dbt"))
    return (*hidden, *_Walk(context, tree).found)


class _Walk:
    """One pass over a tree; every node has to be on the list."""

    def __init__(self, context: Context, tree: nodes.Template) -> None:
        self.context = context
        self.own = {n.name for n in tree.find_all(nodes.Name) if n.ctx in ("store", "param")}
        self.found = [
            Finding(f"{shown(name)} given another meaning", "names that dbt and the project do not use")
            for name in sorted(self.own & lists.BROUGHT)
        ]
        self._visit(tree, 0, 0)

    def _refuse(self, what: str, allowed: str) -> None:
        self.found.append(Finding(what, allowed))

    def _visit(self, node: nodes.Node, depth: int, loops: int) -> None:
        if depth > DEPTH:
            return self._refuse("the Jinja is nested too deeply", f"up to {DEPTH} levels")
        loops += isinstance(node, nodes.For)
        if loops > LOOPS:
            return self._refuse(f"{loops} loops inside each other", f"up to {LOOPS}")
        judged = _BY_TYPE.get(type(node))
        if judged is not None:
            below = judged(self, node)
        elif type(node) in _SIMPLE:
            below = node.iter_child_nodes()
        else:
            return self._refuse(f"Jinja's {type(node).__name__}", "output, if, for and set")
        for child in below:
            self._visit(child, depth + 1, loops)
        return None

    def _name(self, node: nodes.Name) -> Iterator[nodes.Node]:
        known = node.name in self.own or node.name in lists.VALUES or node.ctx != "load"
        if not known or node.name.startswith("_"):
            self._refuse(f"the name {shown(node.name)}", f"{', '.join(sorted(lists.VALUES))}, and own names")
        yield from ()

    def _attribute(self, node: nodes.Getattr) -> Iterator[nodes.Node]:
        if not _PLAIN.fullmatch(node.attr):
            self._refuse(f"the attribute {shown(node.attr)}", "plain names of attributes")
        holder = node.node
        if isinstance(holder, nodes.Name) and holder.name in lists.ATTRIBUTES and holder.name not in self.own:
            if node.attr not in lists.ATTRIBUTES[holder.name]:
                allowed = ", ".join(sorted(lists.ATTRIBUTES[holder.name]))
                self._refuse(f"{holder.name}.{node.attr}", allowed)
        else:
            yield holder

    def _item(self, node: nodes.Getitem) -> Iterator[nodes.Node]:
        key = node.arg
        if isinstance(key, nodes.Const) and isinstance(key.value, str) and key.value.startswith("_"):
            self._refuse(f"the item {shown(key.value)}", "items with plain names")
        if isinstance(node.node, nodes.Name) and node.node.name in ("target", "model", "flags"):
            self._refuse(f"an item of {node.node.name}", f"its attributes {', '.join(lists.ATTRIBUTES['target'])}")
        yield from node.iter_child_nodes()

    def _filter(self, node: nodes.Filter) -> Iterator[nodes.Node]:
        if node.name not in lists.FILTERS:
            self._refuse(f"the filter {shown(node.name)}", ", ".join(sorted(lists.FILTERS)))
        if node.name in ("map", "selectattr", "rejectattr", "sort", "groupby", "unique", "sum", "min", "max", "join"):
            self._named_by_text(node)
        yield from node.iter_child_nodes()

    def _named_by_text(self, node: nodes.Filter) -> None:
        """Filters that take an attribute's or another filter's name as text."""
        given = [k.value for k in node.kwargs if k.key in ("attribute", "filter")]
        given += node.args[:1] if node.name in ("selectattr", "rejectattr", "groupby") else []
        for value in given:
            parts = str(value.value).split(".") if isinstance(value, nodes.Const) else ["_"]
            if not all(_PLAIN.fullmatch(part) or part.isdigit() for part in parts):
                self._refuse(f"the filter {node.name} over {shown(_word(value))}", "literal names of attributes")
        for value in node.args[:1] if node.name == "map" else []:
            if not (isinstance(value, nodes.Const) and value.value in lists.FILTERS):
                self._refuse(f"map({shown(_word(value))})", "names of allowed filters")

    def _test(self, node: nodes.Test) -> Iterator[nodes.Node]:
        if node.name not in lists.TESTS:
            self._refuse(f"the test {shown(node.name)}", ", ".join(sorted(lists.TESTS)))
        yield from node.iter_child_nodes()

    def _macro(self, node: nodes.Macro) -> Iterator[nodes.Node]:
        self._refuse(f"a definition of {shown(node.name)}", "macros and tests that the project already has")
        yield from node.body

    def _for(self, node: nodes.For) -> Iterator[nodes.Node]:
        if node.recursive:
            self._refuse("a recursive loop", "plain loops")
        yield from node.iter_child_nodes()

    def _call(self, node: nodes.Call) -> Iterator[nodes.Node]:
        called = node.node
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            self._refuse("a call with * or **", "arguments that the text names")
        if isinstance(called, nodes.Name):
            self._by_name(called.name, node)
        elif isinstance(called, nodes.Getattr):
            yield from self._by_attribute(called)
        elif not _dispatches(called):
            self._refuse("a call of what is not a plain name", CALLABLE)
            yield called
        else:
            yield called
        yield from (*node.args, *(k.value for k in node.kwargs))

    def _by_name(self, name: str, node: nodes.Call) -> None:
        if name in self.context.macros and name not in lists.CALLS:
            return
        if name in self.own or not (name in lists.CALLS or name in lists.BUILT_IN):
            self._refuse(f"a call of {shown(name)}", CALLABLE)
        elif name in ("ref", "source"):
            given = [*node.args, *(k.value for k in node.kwargs)]
            if not given or not all(isinstance(a, nodes.Const) or _is(a, self.own) for a in given):
                self._refuse(f"{name}() of what is not written out", f"{name}('name') with literal names")
        elif name == "config":
            self.found += config_findings(node, self.context)
        elif name == "var" and not (node.args and isinstance(node.args[0], nodes.Const)):
            self._refuse("var() of what is not written out", "var('name') with a literal name")

    def _by_attribute(self, called: nodes.Getattr) -> Iterator[nodes.Node]:
        holder = called.node.name if isinstance(called.node, nodes.Name) else None
        if holder is not None and holder not in self.own:
            if holder == "adapter":
                if called.attr not in lists.ADAPTER or called.attr not in self.context.adapter:
                    known = ", ".join(sorted(lists.ADAPTER & self.context.adapter)) or "no method of the adapter"
                    self._refuse(f"adapter.{called.attr}", known)
                return
            if f"{holder}.{called.attr}" in self.context.macros or (holder == "dbt" and called.attr in lists.BUILT_IN):
                return
            if (holder, called.attr) in (("config", "get"), ("config", "require")):
                return
        if called.attr not in lists.METHODS:
            self._refuse(f"a call of {shown(f'{holder}.{called.attr}' if holder else called.attr)}", CALLABLE)
        yield called.node


def config_findings(node: nodes.Call, context: Context) -> list[Finding]:
    """What a `config(...)` sets beyond the list."""
    pairs = [(k.key, k.value) for k in node.kwargs]
    found = []
    for given in node.args:
        if isinstance(given, nodes.Dict):
            pairs += [(_word(pair.key), pair.value) for pair in given.items]
        else:
            found.append(Finding("config() of what is not written out", "config(key=value)"))
    for key, value in pairs:
        if key not in lists.CONFIG:
            found.append(Finding(f"config({key}=...)", ", ".join(sorted(lists.CONFIG))))
        elif key == "materialized":
            either = [value.expr1, value.expr2] if isinstance(value, nodes.CondExpr) else [value]
            strange = [c for c in either if not (isinstance(c, nodes.Const) and c.value in lists.MATERIALIZED)]
            allowed = ", ".join(sorted(lists.MATERIALIZED))
            found += [Finding(f"config(materialized={shown(_word(c))})", allowed) for c in strange]
        elif key == "meta":
            words = {_word(p.key) for p in value.find_all(nodes.Pair)}
            found += [Finding(f"meta.{word}", "meta that no adapter reads") for word in sorted(words & lists.PLACES)]
    return found


def _dispatches(called: nodes.Node) -> bool:
    """Whether it is `adapter.dispatch('name', ...)`, whose result is a macro."""
    made = called.node if isinstance(called, nodes.Call) else None
    return isinstance(made, nodes.Getattr) and made.attr == "dispatch" and _word(made.node) == "adapter"


def _is(node: nodes.Node, own: set[str]) -> bool:
    return isinstance(node, nodes.Name) and node.name in own


def _word(node: nodes.Node | None) -> str:
    if isinstance(node, nodes.Const):
        return str(node.value)
    return node.name if isinstance(node, nodes.Name) else type(node).__name__


_BY_TYPE: dict[type[nodes.Node], Callable[[_Walk, Any], Iterator[nodes.Node]]] = {
    nodes.Name: _Walk._name,
    nodes.Getattr: _Walk._attribute,
    nodes.Getitem: _Walk._item,
    nodes.Filter: _Walk._filter,
    nodes.Test: _Walk._test,
    nodes.Macro: _Walk._macro,
    nodes.For: _Walk._for,
    nodes.Call: _Walk._call,
}
