"""Jobs done one after the other in one process: `python benchmarks/_minds/resident.py JOB/ENGINE ...`.

Prints a JSON list: resident memory after each, and the CPU time of its first answer.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from _minds.asked import Asked, columns, question, resident  # noqa: E402
from agents.errors import AdpError, FinalError  # noqa: E402
from agents.mind_settings import MindSettings, from_environment  # noqa: E402
from agents.minds.engines.ask import Minds, Step  # noqa: E402

SCHEMA = """
tables:
  orders: {columns: {id: integer, placed_on: date, total: {type: decimal, description: money}, city: text}}
"""


def done(job: str, engine: str, step: Step) -> None:
    """One answer. Raises an AdpError where the engine is not here."""
    if job == "classify":
        from agents.minds.classify import classify

        classify("something that no rule knows", engine)  # type: ignore[arg-type]
    elif job == "match":
        from agents.minds.match.match import match
        from agents.minds.match.meaning import embedding

        embed = embedding() if engine == "embeddings" else None
        match("dep_delay", dict.fromkeys(columns(0), "DOUBLE"), "DOUBLE", embed=embed)
    elif job == "intent":
        from agents.minds.intent.parse import parse
        from agents.minds.intent.reading import schema_from

        parse("total by city of last month", schema_from(SCHEMA), engine=engine)
    else:
        ask = {
            "embed": lambda: step.embed(["departure delay"]),
            "score": lambda: step.score(question(0, 0), columns(0)[:8]),
            "fill": lambda: step.fill(Asked, question(0, 0), {"column": ["total"], "table": ["orders"]}),
        }  # fmt: skip
        if (reply := ask[job]()).value is None:
            raise FinalError("; ".join(reply.said))


def measured(wanted: list[str]) -> list[dict[str, Any]]:
    """Each job's engine, in this order, in this process."""
    settings = from_environment(MindSettings())
    found, opened = [], dict[str, Step]()
    for one in wanted:
        job, _, engine = one.partition("/")
        begun = time.process_time()
        told: dict[str, Any] = {"step": one}
        try:
            if job in ("embed", "score", "fill") and engine not in opened:
                alone = settings.model_copy(update={"order": (engine,), "cache_mb": 0, "seconds": 600})
                opened[engine] = Minds(alone, Path.cwd()).step("bench")
            done(job, engine, opened.get(engine))  # type: ignore[arg-type]
        except AdpError as error:
            told["missing"] = str(error)
        found.append({**told, "ms": round((time.process_time() - begun) * 1000, 1), "mb": resident()})
    return found


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1:])))
