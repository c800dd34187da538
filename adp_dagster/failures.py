"""What a failed run says about itself, as evidence."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from adp_dagster.assets.published import DRIFT_CHECK
from agents import dbt
from agents.contracts import Evidence
from agents.graph import Graph

NAMED = re.compile(
    r"^.*\b(model|snapshot|seed|test|unit_test|source) (\S+) \(([^()\n]+\.\w+)\)",
    re.MULTILINE | re.IGNORECASE,
)
"""dbt's way of naming a node: `Runtime Error in model stg_orders (models/stg_orders.sql)`."""
RUN = "run"
"""The node of what a run says as a whole."""


def failures_of(instance: dg.DagsterInstance, run: dg.DagsterRun, graph: Graph | None) -> tuple[Evidence, ...]:
    """Evidence for each node, step or check that failed in `run`; terminal colours removed.

    `graph` turns dbt's short names into ids; without it the names stay as they are.
    """
    found: dict[str, Evidence] = {}
    for entry in instance.all_logs(run.run_id):
        event = entry.dagster_event
        if event is None:
            continue
        at = datetime.fromtimestamp(entry.timestamp, UTC)
        for node, message, path in _told(event, graph):
            if node == RUN and found:  # its steps have said more
                continue
            evidence = Evidence(
                kind="run_failure",
                node=node,
                message=message,
                seen_at=at,
                run_id=run.run_id,
                root_run_id=run.root_run_id or run.run_id,
                path=path,
            )
            if node not in found or len(message) > len(found[node].message):
                found[node] = evidence
    return tuple(found.values())


def _told(event: dg.DagsterEvent, graph: Graph | None) -> Iterator[tuple[str, str, str | None]]:
    """Node, message and path of everything that an event says has failed."""
    if event.is_step_failure:
        error = event.step_failure_data.error
        yield from in_text(_chain(error) if error else event.message or "", event.step_key or "step", graph)
    elif event.event_type_value == "ASSET_CHECK_EVALUATION":
        evaluation = event.asset_check_evaluation_data
        blames = evaluation.severity is dg.AssetCheckSeverity.ERROR and evaluation.check_name != DRIFT_CHECK
        if blames and not evaluation.passed:
            told = {key: value.value for key, value in evaluation.metadata.items()}
            asset = evaluation.asset_key.path[-1]
            node = str(told.get("unique_id") or _id_of("model", asset, graph))
            rows = told.get("dagster_dbt/failed_row_count")
            words = evaluation.description or (f"{rows} failing rows" if rows else "failed")
            yield node, f"{node}: check {evaluation.check_name}: {words}", None
    elif event.event_type is dg.DagsterEventType.RUN_FAILURE:
        error = getattr(event.event_specific_data, "error", None)  # none where somebody marked the run as failed
        yield from in_text(_chain(error) if error else event.message or "", RUN, graph)


def _chain(error: object) -> str:
    """An error's message followed by those of its causes."""
    words = []
    while error is not None:
        words.append(str(getattr(error, "message", error)).strip())
        error = getattr(error, "cause", None)
    return "\n".join(words)


def in_text(text: str, step: str, graph: Graph | None) -> tuple[tuple[str, str, str | None], ...]:
    """Node, message and path of each dbt node that an error's text names; the step itself where it names none.

    >>> in_text("Runtime Error in model a (models/a.sql)\\n  Binder Error: no", "build", None)
    (('model.a', 'model.a: Runtime Error in model a (models/a.sql)\\n  Binder Error: no', 'models/a.sql'),)
    """
    plain = dbt.plain(text)
    hits = list(NAMED.finditer(plain))
    if not hits:
        return ((step, plain.strip() or "failed without a message", None),)
    told: dict[str, tuple[str, str]] = {}
    for hit, after in zip(hits, [*hits[1:], None], strict=True):
        section = plain[hit.start() : after.start() if after else None].strip()
        node = _id_of(hit.group(1).lower(), hit.group(2), graph)
        before = told.get(node, ("", ""))[0]
        told[node] = (f"{before}\n{section}".strip(), hit.group(3))
    return tuple((node, f"{node}: {message}", path) for node, (message, path) in told.items())


def _id_of(kind: str, name: str, graph: Graph | None) -> str:
    nodes = graph.nodes.values() if graph else ()
    return next((n.unique_id for n in nodes if n.kind == kind and n.name == name), f"{kind}.{name}")
