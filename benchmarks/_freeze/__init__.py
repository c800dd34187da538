"""The sections of `adp bench freeze`. A section is a module with

    NAME      what `--sections` calls it
    TARGET    the target in words, as the table prints it
    ALLOWED   share of its cases that may fail; 0.0 where it is left out
    cases(seeds: int) -> Sequence[str]
              names of its cases, the same in every process; `--shard i/n` takes every n-th from the i-th
    run(case: str) -> {"ok": bool, "detail": str, "seconds": float}
              one case, by itself: it may be run in any order and in any process. An exception is the benchmark's own
              fault: the case is tried again next time. `seconds` is what the section measures, if it has a time target.

A section may keep what its cases share for the life of the process, and gives it back by `atexit`.
"""

from types import ModuleType

from _freeze import flips, hostile, kills, ordinary, races

SECTIONS: tuple[ModuleType, ...] = (kills, races, flips, hostile, ordinary)
