"""The net behind the lists of YAML and Jinja: settings that make dbt run something else or go elsewhere, by their
bare names and wherever they stand.

It knows what is bad, where the other layers know what is good, so it is never enough by itself.
"""

import re

import yaml

from agents.guard.context import Context
from agents.guard.finding import Finding, shown

_KEY = re.compile(
    r"\+?((pre|post)[-_]hook|on[-_]run[-_](start|end)|external_location|plugin|sql_header|database|external|options"
    r"|location|macro_sql|packages|project|glue_register|grants|query-comment|dispatch)",
    re.IGNORECASE,
)
_SET = re.compile(
    r"""['"]?\+?\b((pre|post)[-_]hooks?|external_location|sql_header|on[-_]run[-_](start|end))\b['"]?\s*[=:]"""
    r"""|materialized['"]?\s*[=:]\s*['"]external""",
    re.IGNORECASE,
)
_MOVED = re.compile(r"\(select \* from \w+\.\w+\)")
_FREE = ("meta", "rows", "given", "expect", "arguments", "owner")
NOTHING = "settings that stay inside the warehouse and run nothing beside the query"


def yaml_reach(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """Keys of a property file that reach out, from its stream of events."""
    found: list[Finding] = []
    above: list[tuple[bool, str]] = []
    key: str | None = None
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            in_mapping = bool(above) and above[-1][0]
            if isinstance(event, yaml.ScalarEvent):
                value = str(event.value)
                if in_mapping and key is None:
                    key = value
                    continue
                if key is not None:
                    found += _reaching(key, value, [k for _, k in above])
            elif isinstance(event, yaml.CollectionStartEvent):
                if key is not None:
                    found += _reaching(key, "...", [k for _, k in above])
                above.append((isinstance(event, yaml.MappingStartEvent), key or (above[-1][1] if above else "")))
            elif isinstance(event, yaml.CollectionEndEvent):
                above.pop()
            key = None
    except yaml.YAMLError:
        return ()
    return tuple(found)


def jinja_reach(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """Settings of a model that reach out, as its text names them."""
    names = [" ".join(m.group().split()) for m in _SET.finditer(text)]
    return tuple(Finding(f"the setting {shown(name)}", NOTHING) for name in names)


def _reaching(key: str, value: str, above: list[str]) -> list[Finding]:
    named = _KEY.fullmatch(key) and not (key.lower() in ("location", "database", "options", "project", "external")
                                         and set(above) & set(_FREE))  # fmt: skip
    external = key.lstrip("+") == "materialized" and value.lower() not in _INSIDE
    if (named and not _MOVED.fullmatch(value)) or external:
        return [Finding(f"the setting {key}: {shown(value)}", NOTHING)]
    return []


_INSIDE = ("table", "view", "incremental", "ephemeral", "snapshot", "materialized_view", "seed", "test", "...")
