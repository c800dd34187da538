"""The sections of `adp bench minds`, one for each job and one for the engines. A section is a module with

NAME      what `--sections` calls it
cases(seeds: int) -> Sequence[str]
          names of its cases, the same in every process; `--shard i/n` takes every n-th from the i-th
run(case: str) -> {"text": ..., "engines": {engine: {"right": bool, "confidence": float, "cpu_ms": float, ...}}}
          one case, by itself, answered by every engine that is installed; or `measured` in place of `engines`. The
          name of a case that nobody is to know begins with `sealed/`. An exception is the benchmark's own
          fault: the case is tried again next time
given(row: dict) -> the same for a line of `--cases FILE`, a case that is not in this repository
scored(rows) -> lines of the table: measure, measured, n, target, met
"""

from types import ModuleType

from _minds_intent import section as intent

from _minds import classify, engines, match

SECTIONS: tuple[ModuleType, ...] = (classify, match, intent, engines)
