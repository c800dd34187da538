"""What a dbt model's Jinja makes of its text, told without dbt: stand-ins for what only dbt knows.

Rendered in Jinja's sandbox, in a world of its own that knows nothing but allowed names, with a budget. Every branch
is rendered that dbt may take: what is judged must not depend on where it is judged.
"""

import itertools
from collections.abc import Iterable
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import Namespace

from agents.guard import allowed_jinja as lists
from agents.guard.branches import Branches
from agents.guard.context import Context
from agents.guard.dialect import Blocks, parsed
from agents.guard.stand_ins import RELATION, UNKNOWN, Package, Unknown, is_unknown

STEPS, CHARACTERS, BRANCHES = 20_000, 1_000_000, 64
_COLLECTS = ("append", "extend", "insert", "update", "join", "include", "get", "cycle", "render")


class CannotRender(Exception):
    """Why the text cannot be judged."""


def renderings(text: str, context: Context) -> tuple[str, ...]:
    """The text as its Jinja may leave it, one for each way through its branches. Raises CannotRender."""
    tree = parsed(text)
    if isinstance(tree, str):
        raise CannotRender(f"the Jinja cannot be parsed: {tree}")
    branches = Branches(tree)
    if branches.count > BRANCHES:
        raise CannotRender(f"the Jinja divides {branches.count} times; up to {BRANCHES} are judged")
    world = _World(context)
    code = world.compiled(branches.tree)
    return tuple(dict.fromkeys(world.run(code, way) for way in branches.ways or [{}]))


class _World(SandboxedEnvironment):
    """The only names that a rendering knows, and what it has spent."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self, context: Context) -> None:
        super().__init__(
            extensions=[Blocks, "jinja2.ext.do", "jinja2.ext.loopcontrols"],
            undefined=StrictUndefined,
            optimized=False,  # else constants are computed beforehand, without the budget
        )
        self.way, self.steps, self.named = dict[int, int](), 0, itertools.count(1)
        self.filters = {n: f for n, f in self.filters.items() if n in lists.FILTERS}
        self.filters |= dict.fromkeys(("as_bool", "as_text", "as_native", "as_number"), lambda value: value)
        self.tests = {n: t for n, t in self.tests.items() if n in lists.TESTS}
        self.globals = {
            "adp_choose": self._choose, "adp_through": self._through, "adp_limited": self._limited, "adp_not": _not,
            "adp_compared": _compared, "adp_known": _as_known, "adp_kept": lambda test: is_unknown(test) or bool(test),
            **_known(context, self._macro),
        }  # fmt: skip

    def compiled(self, tree: nodes.Template) -> Any:
        """The tree as Python. Raises CannotRender."""
        try:
            tree.set_environment(self)
            return self._compile(self._generate(tree, None, "model"), "model")
        except Exception as error:
            raise CannotRender(f"the Jinja cannot be compiled: {type(error).__name__}: {error}") from None

    def run(self, code: Any, way: dict[int, int]) -> str:
        """One rendering. Raises CannotRender where it is not known what dbt would make of the text."""
        self.way, self.steps, self.named = way, 0, itertools.count(1)
        written = []
        try:
            for piece in self.template_class.from_code(self, code, self.make_globals(None)).generate():
                written.append(piece)
                self._spend(1)
        except CannotRender:
            raise
        except Exception as error:
            raise CannotRender(f"what it renders to is not known: {type(error).__name__}: {error}") from None
        return str(self._limited("".join(written)))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if attr.startswith("_") or isinstance(obj, type):
            return False
        return isinstance(obj, Unknown | Package | _Config) or not callable(value) or attr in lists.METHODS

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        """A method of a plain value that is given something unknown gives something unknown."""
        method = getattr(called, "__name__", "")
        owner = getattr(called, "__self__", None)
        if isinstance(owner, str | list | dict) and not isinstance(owner, Unknown):
            if method == "format" or (method not in _COLLECTS and any(map(is_unknown, args))):
                raise SecurityError(f".{method}() of what only dbt knows")
            if method == "get" and any(map(is_unknown, args[:1])):
                raise SecurityError(".get() of what only dbt knows")
        return super().call(context, called, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise SecurityError(f"{operator} is not allowed here")
        sizes = [len(side) for side in (left, right) if isinstance(side, str | list | tuple)]
        times = [side for side in (left, right) if isinstance(side, int)]
        if operator == "*" and sizes and max(sizes) * max([1, *times]) > CHARACTERS:
            raise SecurityError("the text multiplies beyond its budget")
        return super().call_binop(context, operator, left, right)

    def _spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > STEPS:
            raise CannotRender(f"the Jinja takes more than {STEPS:,} steps")

    def _choose(self, place: int, choice: int, test: Any) -> bool:
        self._spend(1)
        return self.way.get(place, 0) == choice if is_unknown(test) else bool(test)

    def _through(self, items: Iterable[Any], place: int) -> list[Any]:
        if is_unknown(items) and self.way.get(place, 0) == 1:
            return []
        found = list(itertools.islice(iter(items), STEPS + 1))
        self._spend(len(found) + 1)
        return found

    def _limited(self, value: Any) -> Any:
        self._spend(1)
        if isinstance(value, str | list | tuple | dict) and len(value) > CHARACTERS:
            raise CannotRender(f"the Jinja makes a value of more than {CHARACTERS:,} characters")
        return value

    def _macro(self, *args: Any, **kwargs: Any) -> str:
        """A macro writes a word that only dbt knows; one that is called with a body, that body."""
        caller = kwargs.get("caller")
        body = str(caller()) if callable(caller) else ""
        return body if body.strip() else Unknown(f"{UNKNOWN}_{next(self.named)}")


class _Config:
    """`config(...)` writes nothing; its keys are judged again here, in case nobody did."""

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        given = {**kwargs, **{k: v for a in args if isinstance(a, dict) for k, v in a.items()}}
        if strange := sorted(set(given) - lists.CONFIG):
            raise CannotRender(f"config({strange[0]}=...) is not on the list")
        if (kind := given.get("materialized")) is not None and kind not in lists.MATERIALIZED:
            raise CannotRender(f"config(materialized={str(kind)[:40]!r}) is not on the list")
        return ""

    def get(self, *args: Any, **kwargs: Any) -> Unknown:
        """A setting that only dbt knows."""
        return Unknown(UNKNOWN)

    require = get


def _not(value: Any) -> Any:
    return Unknown(UNKNOWN) if is_unknown(value) else not value


def _compared(result: Any, *sides: Any) -> Any:
    """What is said of values: nothing, where one of them is unknown."""
    return Unknown(UNKNOWN) if any(map(is_unknown, sides)) else result


def _as_known(value: Any) -> Any:
    if is_unknown(value):
        raise CannotRender("a filter is given what only dbt knows")
    return value


def _known(context: Context, macro: Any) -> dict[str, Any]:
    unknown, relation = Unknown(UNKNOWN), Unknown(RELATION)
    packages: dict[str, list[str]] = {"dbt": list(lists.BUILT_IN), "adapter": sorted(lists.ADAPTER & context.adapter)}
    bare = []
    for name in context.macros:
        package, dot, own = name.rpartition(".")
        if dot:
            packages.setdefault(package, []).append(own)
        else:
            bare.append(own)

    def var(name: str, default: Any = None) -> Any:
        value = context.variables.get(name, default)
        # Whoever runs dbt may give another value; what is compared with it is therefore not known.
        return unknown if value is None else Unknown(value) if isinstance(value, str | bool) else value

    only_dbt = ("target", "invocation_id", "run_started_at", "project_name", "dbt_version", "model", "flags",
                "execute", "varargs", "kwargs")  # fmt: skip
    return {
        **dict.fromkeys((*lists.BUILT_IN, *bare), macro),
        **{name: Package(names, macro) for name, names in packages.items()},
        **dict.fromkeys(only_dbt, unknown),
        **dict.fromkeys(("ref", "source"), lambda *args, **kwargs: relation),
        **dict.fromkeys(("is_incremental", "should_full_refresh", "tojson", "doc"), lambda *args, **kwargs: unknown),
        "this": relation,
        "config": _Config(),
        "var": var,
        "return": lambda value=None: value,
        "range": lambda *args: range(*args)[: STEPS + 1],
        "namespace": Namespace,
        "dict": dict,
        "zip": lambda *args: list(zip(*args, strict=False)),
        "set": lambda items=(): list(dict.fromkeys(items)),
    }
