"""The places where a text's Jinja divides, and ways through it that together take every branch."""

from typing import Any

from jinja2 import nodes

_GROWS = (nodes.Concat, nodes.Add, nodes.Mul, nodes.Filter, nodes.Call, nodes.Mod, nodes.Pow)
_MEASURES = ("length", "count", "int", "float", "abs", "round", "sum", "min", "max")
_TAKES = ("default", "d", "join", "list")

Chosen = tuple[tuple[int, int], ...]
"""What has to be chosen on the way to a place."""


class Branches:
    """Numbers every division of a tree, then rewrites the tree so that a rendering is told which way to go.

    A condition whose value is known without dbt goes the way that it says.
    """

    def __init__(self, tree: nodes.Template) -> None:
        self.count = 0
        self.ways: list[dict[int, int]] = []
        """One for each branch: the number of a division -> which of its bodies."""
        self.ids: dict[int, int] = {}
        self._number(tree, ())
        self.tree = self._rewritten(tree)

    def _number(self, node: nodes.Node, above: Chosen) -> None:
        bodies: list[list[nodes.Node]] = []
        if isinstance(node, nodes.If):
            bodies = [node.body, *([b.test, *b.body] for b in node.elif_), node.else_]
            self._number(node.test, above)
        elif isinstance(node, nodes.CondExpr):
            bodies = [[node.expr1], [node.expr2] if node.expr2 else []]
            self._number(node.test, above)
        elif isinstance(node, nodes.And | nodes.Or):
            bodies = [[node.left], [node.right]]
        elif isinstance(node, nodes.For):
            bodies = [node.body, *([node.else_] if node.else_ else [])]
            self._number(node.iter, above)
        for choice, body in enumerate(bodies):
            if choice == 0:
                self.ids[id(node)] = self.count
                self.count += 1
            here = (*above, (self.ids[id(node)], choice))
            self.ways.append(dict(here))
            for child in body:
                self._number(child, here)
        if not bodies:
            for child in node.iter_child_nodes():
                self._number(child, above)

    def _rewritten(self, node: nodes.Node) -> Any:
        for field in node.fields:
            value = getattr(node, field)
            if isinstance(value, list):
                setattr(node, field, [self._rewritten(v) if isinstance(v, nodes.Node) else v for v in value])
            elif isinstance(value, nodes.Node) and not (isinstance(node, nodes.CallBlock) and field == "call"):
                setattr(node, field, self._rewritten(value))
        made = self._replaced(node)
        return made.set_lineno(node.lineno or 1) if made is not node and isinstance(made, nodes.Node) else made

    def _replaced(self, node: nodes.Node) -> Any:
        mine = nodes.Const(self.ids.get(id(node)))
        match node:
            case nodes.If():
                for n, branch in enumerate((node, *node.elif_)):
                    branch.test = _call("adp_choose", mine, nodes.Const(n), branch.test)
            case nodes.CondExpr():
                first = _call("adp_choose", mine, nodes.Const(0), node.test)
                return nodes.CondExpr(first, node.expr1, node.expr2 or nodes.Const(""))
            case nodes.And() | nodes.Or():
                wanted = node.left if isinstance(node, nodes.Or) else _call("adp_not", node.left)
                return nodes.CondExpr(_call("adp_choose", mine, nodes.Const(0), wanted), node.left, node.right)
            case nodes.Not():
                return _call("adp_not", node.node)
            case nodes.Compare():
                return _call("adp_compared", node, node.expr, *(o.expr for o in node.ops))
            case nodes.Test() if node.name not in ("defined", "undefined"):
                return _call("adp_compared", node, node.node, *node.args)
            case nodes.For():
                node.iter = _call("adp_through", node.iter, mine)
                node.test = None if node.test is None else _call("adp_kept", node.test)
            case nodes.Filter() if node.node is not None and node.name in _MEASURES:
                return _call("adp_compared", node, node.node)
            case nodes.Filter() if node.name not in _TAKES:
                node.args = [_call("adp_known", argument) for argument in node.args]
                return _call("adp_limited", node)
            case _ if isinstance(node, _GROWS):
                return _call("adp_limited", node)
        return node


def _call(name: str, *args: Any) -> nodes.Call:
    return nodes.Call(nodes.Name(name, "load"), list(args), [], None, None)
