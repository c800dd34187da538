"""MLX on Apple silicon, by `mlx-lm`; the same code runs on Linux with `mlx[cpu]`, slowly."""

import importlib.util
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from agents.minds.engines.clock import Clock
from agents.minds.engines.engine import Answer, JsonSchema, Limits, Partial, Unavailable, Unsuited
from agents.minds.engines.prompt import Prompt

if TYPE_CHECKING:
    from agents.minds.engines.constraint import Logits

NEEDED = ("mlx", "mlx_lm", "llguidance")
BATCH = 256
"""Tokens read at a time; between two batches the clock is looked at."""


class Mlx(Partial):
    """One folder of weights in MLX's layout, as `mlx_lm.convert` makes it."""

    name = "mlx"
    jobs = frozenset({"fill", "score"})

    def __init__(self, folder: Path | None, *, context: int = 2048) -> None:
        if missing := [module for module in NEEDED if importlib.util.find_spec(module) is None]:
            raise Unavailable(f"not installed: {', '.join(missing)}; `pip install 'adp[mlx]'` adds it")
        if folder is None:
            raise Unavailable("no model; name a folder of MLX weights as `minds.mlx_model` in adp.yml")
        if not (folder / "config.json").is_file():
            raise Unavailable(f"{folder} holds no config.json; `mlx_lm.convert` makes such a folder")
        self._folder, self._context, self._lock = folder, context, Lock()
        self._reader: _Reader | None = None

    @property
    def identity(self) -> str:
        """Name, size and time of each file of weights."""
        files = sorted(self._folder.glob("*.safetensors"))
        return " ".join(f"{f.name}:{f.stat().st_size}:{f.stat().st_mtime_ns}" for f in files)

    def close(self) -> None:
        """See `LanguageModel.close`."""
        self._reader = None

    def fill(self, prompt: Prompt, schema: JsonSchema, limits: Limits, adapter: Path | None = None) -> Answer[str]:
        """See `LanguageModel.fill`."""
        from agents.minds.engines.constraint import Constraint

        with self._lock:
            reader, clock = self._opened(adapter), Clock(limits)
            constraint = Constraint(reader.words, schema)
            logits, read = reader.listen(reader.tokens(prompt, ""), clock.look)
            written = constraint.write(reader, logits, lambda count: clock.look(read + count))
            return Answer(reader.tokenizer.decode(written), read, len(written))

    def score(
        self, prompt: Prompt, candidates: Sequence[str], limits: Limits, adapter: Path | None = None
    ) -> Answer[list[float]]:
        """Every candidate as the whole answer, between quotation marks; all in one batch."""
        with self._lock:
            reader, clock = self._opened(adapter), Clock(limits)
            tokens = reader.tokens(prompt, '"')
            texts = [reader.plain(json.dumps(c, ensure_ascii=False)[1:]) for c in candidates]
            clock.look(len(tokens) + sum(map(len, texts)))
            _, read = reader.listen(tokens[:-1], clock.look)
            return Answer(reader.branch(tokens[-1], texts), read + 1 + sum(map(len, texts)))

    def _opened(self, adapter: Path | None) -> "_Reader":
        if adapter is not None:
            raise Unsuited("an adapter in GGUF is for llama.cpp")
        if self._reader is None:
            self._reader = _Reader(self._folder, self._context)
        return self._reader


class _Reader:
    """The weights and what they have read."""

    def __init__(self, folder: Path, context: int) -> None:
        from mlx_lm.utils import load_model, load_tokenizer

        self.model, _ = load_model(folder)
        self.tokenizer: Any = load_tokenizer(folder)
        self.context, self.read = context, list[int]()
        self.cache: list[Any] = []
        self.words = _words(self.tokenizer)

    def plain(self, text: str) -> list[int]:
        """A text as tokens, in which control tokens are text."""
        return [int(t) for t in self.tokenizer.encode(text, add_special_tokens=False)]

    def tokens(self, prompt: Prompt, begun: str) -> list[int]:
        """A prompt as the model was trained to read it."""
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        if not self.tokenizer.has_chat_template:
            return self.plain(f"{prompt.system}\n{prompt.user}\n{begun}")
        shown = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return self.plain(shown + begun)

    def listen(self, tokens: Sequence[int], look: Callable[[], None]) -> "tuple[Logits, int]":
        """See `gguf.Session.listen`."""
        from mlx_lm.models.cache import can_trim_prompt_cache, make_prompt_cache, trim_prompt_cache

        if len(tokens) >= self.context:
            raise Unsuited(f"{len(tokens)} tokens do not fit into {self.context}; see `minds.context` in adp.yml")
        known = 0
        while known < min(len(self.read), len(tokens) - 1) and self.read[known] == tokens[known]:
            known += 1
        if self.cache and can_trim_prompt_cache(self.cache):
            trim_prompt_cache(self.cache, len(self.read) - known)
        else:
            self.cache, known = make_prompt_cache(self.model), 0
        self.read = list(tokens[:known])
        for start in range(known, len(tokens), BATCH):
            look()
            logits = self.append(tokens[start : start + BATCH])
        return logits, len(tokens) - known

    def append(self, tokens: Sequence[int]) -> "Logits":
        """See `constraint.Reader`."""
        import mlx.core as mx
        import numpy as np

        if len(self.read) + len(tokens) >= self.context:
            raise Unsuited(f"the answer does not fit into {self.context} tokens; see `minds.context` in adp.yml")
        made = self.model(mx.array([list(tokens)]), cache=self.cache)[0, -1].astype(mx.float32)
        self.read += tokens
        return np.array(made)

    def branch(self, before: int, texts: Sequence[Sequence[int]]) -> list[float]:
        """How probable each of several texts is behind one more token of what was read."""
        import mlx.core as mx
        from mlx_lm.models.cache import KVCache

        if not all(isinstance(one, KVCache) for one in self.cache):
            raise Unsuited("this model's memory cannot be branched")
        copies = [KVCache() for _ in self.cache]
        for one, copy in zip(self.cache, copies, strict=True):
            held = (one.keys[..., : one.offset, :], one.values[..., : one.offset, :])
            copy.update_and_fetch(*(mx.repeat(part, len(texts), axis=0) for part in held))
        longest = max(map(len, texts))
        rows = mx.array([[before, *text[:-1], *[0] * (longest - len(text))] for text in texts])
        logits = self.model(rows, cache=copies).astype(mx.float32)
        logs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        return [math.fsum(float(logs[i, j, token]) for j, token in enumerate(text)) for i, text in enumerate(texts)]


def _words(tokenizer: Any) -> Any:
    from llguidance.hf import from_tokenizer

    return from_tokenizer(tokenizer._tokenizer, slices=[])
