"""Schemas that an answer cannot leave: narrowed to names that exist, and bounded, so that every answer ends."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from agents.minds.engines.engine import JsonSchema, Rejected, Unsuited

LENGTH, ITEMS = 64, 12
"""Bounds of texts and lists that have none: a small model that repeats itself would write until its budget ends."""

M = TypeVar("M", bound=BaseModel)
Names = Mapping[str, Sequence[str]]


def name_of(kind: str, **arguments: Any) -> Any:
    """A pydantic field whose text must be one of the names of a kind, which are given when a model is asked.

    >>> class Choice(BaseModel):
    ...     column: str = name_of("column")
    >>> narrowed(Choice, {"column": ["tax", "total"]})["properties"]["column"]["enum"]
    ['tax', 'total']
    """
    return Field(json_schema_extra={"catalog": kind}, **arguments)


def narrowed(into: type[BaseModel], names: Names) -> JsonSchema:
    """The JSON schema of a model, with every name of the catalog spelled out. Raises KeyError for a kind not given."""
    schema = into.model_json_schema()
    definitions = schema.pop("$defs", {})
    bounded: JsonSchema = _bounded(schema, definitions, names)
    return bounded


def _bounded(node: Any, definitions: Mapping[str, Any], names: Names) -> Any:
    if isinstance(node, list):
        return [_bounded(part, definitions, names) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _bounded(definitions[node["$ref"].rpartition("/")[2]], definitions, names)
    if kind := node.get("catalog"):
        return _one_of(node, kind, list(names[kind]))
    made = {k: v for k, v in node.items() if k not in ("title", "description", "default")}
    for key in ("anyOf", "allOf", "oneOf"):
        if key in node:
            made[key] = _bounded(node[key], definitions, names)
    if "properties" in node:
        made["properties"] = {k: _bounded(v, definitions, names) for k, v in node["properties"].items()}
        made["required"] = list(node["properties"])
        made["additionalProperties"] = False
    if made.get("type") == "array":
        made.setdefault("maxItems", ITEMS)
        try:
            made["items"] = _bounded(node.get("items", {}), definitions, names)
        except Unsuited:
            made.update(items={"type": "null"}, maxItems=0)
    if made.get("type") == "string" and not {"enum", "const", "format", "pattern"} & made.keys():
        made.setdefault("maxLength", LENGTH)
    return made


def _one_of(node: Mapping[str, Any], kind: str, allowed: list[str]) -> JsonSchema:
    """The names, and null where the field is optional."""
    if node.get("type") == "array":
        items: JsonSchema = {"enum": allowed} if allowed else {"type": "null"}
        return {"type": "array", "items": items, "maxItems": min(len(allowed), ITEMS)}
    if any(part.get("type") == "null" for part in node.get("anyOf", ())):
        return {"enum": [*allowed, None]}
    if not allowed:
        raise Unsuited(f"there is no {kind} that could be named")
    return {"enum": allowed}


def read(text: str, into: type[M], names: Names, check: Callable[[M], Iterable[str]] | None = None) -> M:
    """An answer as a value. Raises Rejected for what leaves the schema, names nothing that exists or fails `check`.

    Trusts no engine to have followed the schema: a server may ignore it.
    """
    try:
        value = into.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise Rejected(f"{where}: {first['msg']}") from error
    if unknown := sorted(set(_unknown(value, names))):
        raise Rejected(f"named what does not exist: {', '.join(unknown)}")
    if check and (wrong := list(check(value))):
        raise Rejected("; ".join(wrong))
    return value


def _unknown(value: Any, names: Names) -> Iterator[str]:
    if isinstance(value, BaseModel):
        for field, described in type(value).model_fields.items():
            said, extra = getattr(value, field), described.json_schema_extra
            if isinstance(extra, dict) and "catalog" in extra:
                kind = str(extra["catalog"])
                each = said if isinstance(said, list | tuple) else [said]
                yield from (f"{kind} {one!r}" for one in each if one is not None and one not in names[kind])
            else:
                yield from _unknown(said, names)
    elif isinstance(value, list | tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _unknown(one, names)
