"""Questions to whichever model can answer: in a stated order, with retries, within a budget, from the cache."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic, perf_counter, process_time
from typing import Any, TypeVar

from pydantic import BaseModel
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from agents.errors import FinalError, RetryableError
from agents.mind_settings import EngineName, MindSettings
from agents.minds.asked import current
from agents.minds.engines import schema
from agents.minds.engines.budget import Budget
from agents.minds.engines.cache import Cache
from agents.minds.engines.engine import Answer, Busy, Job, LanguageModel, Limits, OverBudget, Rejected, Unavailable
from agents.minds.engines.prompt import Prompt
from agents.minds.engines.providers import opened
from agents.minds.engines.reply import MindCall, Reply

REST_SECONDS = 60
"""For how long a server is not asked that stayed silent."""

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Minds:
    """The engines of the settings, opened when they are first asked. Never raises because a model fails."""

    def __init__(
        self,
        settings: MindSettings,
        root: Path,
        state: Path | None = None,
        keep: Callable[[MindCall], None] | None = None,
    ) -> None:
        self.settings, self._root, self._keep = settings, root, keep
        self._engines: dict[EngineName, LanguageModel | Unavailable] = {}
        self._resting: dict[EngineName, float] = {}
        self._lock = Lock()
        cached = settings.cache_mb if state else 0
        self._cache = Cache(state / "minds.db", cached << 20) if state and cached else None

    def step(self, name: str) -> "Step":
        """A step of the loop, with a budget of its own."""
        return Step(self, name, Budget(self.settings.seconds, self.settings.tokens))

    def engine(self, name: EngineName) -> LanguageModel:
        """The engine of a name. Raises Unavailable where it cannot be asked now."""
        if (until := self._resting.get(name, 0)) > monotonic():
            raise Unavailable(f"failed before, is asked again in {until - monotonic():.0f} s")
        with self._lock:
            if name not in self._engines:
                try:
                    self._engines[name] = opened(name, self.settings, self._root)
                except Unavailable as error:
                    self._engines[name] = error
        found = self._engines[name]
        if isinstance(found, Unavailable):
            raise found
        return found

    def rest(self, name: EngineName) -> None:
        """Pass over an engine for a while."""
        self._resting[name] = monotonic() + REST_SECONDS

    def close(self) -> None:
        """Give back the memory of every engine."""
        for engine in self._engines.values():
            if not isinstance(engine, Unavailable):
                engine.close()
        self._engines.clear()


@dataclass
class Step:
    """Questions of one step, in one budget; `calls` says what they cost."""

    minds: Minds
    name: str
    budget: Budget
    calls: list[MindCall] = field(default_factory=list)

    def fill(
        self,
        into: type[M],
        prompt: Prompt,
        names: Mapping[str, Sequence[str]] = {},
        check: Callable[[M], Iterable[str]] | None = None,
        adapter: Path | None = None,
    ) -> Reply[M]:
        """A value of a pydantic model.

        Fields made by `schema.name_of` hold nothing but one of `names` of their kind. `check` returns what else is
        wrong with a value, for example a column of another table; such an answer does not come back.
        """
        try:
            wanted = schema.narrowed(into, names)
        except FinalError as error:
            return Reply(None, None, (str(error),))
        asked = ("fill", prompt.system, prompt.user, wanted, _stamp(adapter))
        return self._ask(
            "fill",
            asked,
            lambda engine, limits: engine.fill(prompt, wanted, limits, adapter),
            lambda text: schema.read(text, into, names, check),
        )

    def score(
        self, prompt: Prompt, candidates: Sequence[str], prior: Prompt | None = None, adapter: Path | None = None
    ) -> Reply[dict[str, float]]:
        """How probable each candidate is as the answer, all together 1.

        With `prior`, a prompt that lacks what is decisive, what it would make of each candidate is taken off: names
        that are common anyway do not win by that.
        """
        wanted = list(dict.fromkeys(candidates))
        if not wanted:
            return Reply({}, None)

        def ask(engine: LanguageModel, limits: Limits) -> Answer[list[float]]:
            said = engine.score(prompt, wanted, limits, adapter)
            if prior is None:
                return said
            before = engine.score(prior, wanted, limits, adapter)
            values = [one - other for one, other in zip(said.value, before.value, strict=True)]
            return Answer(values, said.read + before.read, said.written + before.written)

        asked = ("score", prompt.system, prompt.user, wanted, prior and (prior.system, prior.user), _stamp(adapter))
        return self._ask("score", asked, ask, lambda logs: dict(zip(wanted, _shares(logs, len(wanted)), strict=True)))

    def embed(self, texts: Sequence[str]) -> Reply[list[list[float]]]:
        """A vector of length 1 for each text. Vectors of different engines cannot be compared."""
        wanted = list(texts)
        if not wanted:
            return Reply([], None)
        return self._ask("embed", ("embed", wanted), lambda engine, limits: engine.embed(wanted, limits), _vectors)

    def _ask(
        self,
        job: Job,
        asked: tuple[Any, ...],
        ask: Callable[[LanguageModel, Limits], Answer[Any]],
        accept: Callable[[Any], T],
    ) -> Reply[T]:
        said: list[str] = []
        for name in self.minds.settings.order:
            try:
                engine = self.minds.engine(name)
                self.budget.left()
            except (Unavailable, OverBudget) as error:
                said.append(f"{name}: {error}")
                continue
            if job not in engine.jobs:
                said.append(f"{name}: " + ("has no model" if name == "rules" else f"does not {job}"))
                continue
            key = Cache.key(name, engine.identity, *asked)
            try:
                with self._counted(job, name, engine) as call:
                    return Reply(self._answered(engine, key, ask, accept, call), name, tuple(said))
            except (FinalError, RetryableError) as error:
                said.append(f"{name}: {error}")
                if isinstance(error, RetryableError):
                    self.minds.rest(name)
        return Reply(None, None, tuple(said))

    def _answered(
        self,
        engine: LanguageModel,
        key: str,
        ask: Callable[[LanguageModel, Limits], Answer[Any]],
        accept: Callable[[Any], T],
        call: dict[str, Any],
    ) -> T:
        cache = self.minds._cache
        if cache and (known := cache.get(key)) is not None:
            try:
                value = accept(known)
            except FinalError:  # let in under other rules
                cache.forget(key)
            else:
                call["outcome"] = "cached"
                return value
        retrying = Retrying(
            retry=retry_if_exception_type(RetryableError),
            stop=stop_after_attempt(self.minds.settings.attempts) | stop_before_delay(self.budget.left().seconds),
            wait=_wait,
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                call["attempts"] = attempt.retry_state.attempt_number
                answer = ask(engine, self.budget.left())
        self.budget.spend(answer.read + answer.written)
        call |= {"tokens_read": answer.read, "tokens_written": answer.written}
        value = accept(answer.value)
        if cache:
            cache.put(key, answer.value)
        return value

    @contextmanager
    def _counted(self, job: Job, name: EngineName, engine: LanguageModel) -> Iterator[dict[str, Any]]:
        began, cpu = perf_counter(), process_time()
        told: dict[str, Any] = {"outcome": "answered"}
        try:
            yield told
        except (FinalError, RetryableError) as error:
            told |= {"outcome": "refused" if isinstance(error, Rejected) else "failed", "detail": str(error)[:300]}
            raise
        finally:
            call = MindCall(
                called_at=datetime.now(UTC),
                step=self.name,
                job=job,
                engine=name,
                model=engine.identity,
                ms=round((perf_counter() - began) * 1000, 2),
                cpu_ms=round((process_time() - cpu) * 1000, 2),
                **told,
            )
            self.calls.append(call)
            if self.minds._keep:
                self.minds._keep(call)
            elif asked := current():
                asked.calls.append(call.model_copy(update={"step": asked.step}))


def _wait(state: RetryCallState) -> float:
    """As long as the server asks; without that 0.2 s, then twice as long each time, less a random part."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, Busy) else 0
    return float(max(asked, wait_random_exponential(multiplier=0.2, max=5)(state)))


def _shares(logs: Sequence[float], count: int) -> list[float]:
    if len(logs) != count or not all(map(math.isfinite, logs)):
        raise Rejected(f"scored {len(logs)} candidates of {count}, or with something else than numbers")
    top = max(logs)
    weights = [math.exp(one - top) for one in logs]
    return [one / sum(weights) for one in weights]


def _vectors(value: list[list[float]]) -> list[list[float]]:
    if len({len(vector) for vector in value}) > 1 or not all(math.isfinite(x) for vector in value for x in vector):
        raise Rejected("made vectors of different lengths, or of something else than numbers")
    return value


def _stamp(file: Path | None) -> str:
    return f"{file}:{file.stat().st_size}:{file.stat().st_mtime_ns}" if file and file.is_file() else str(file or "")
