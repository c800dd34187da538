"""A GGUF model in this process, by llama.cpp's own interface: what was read stays read, many texts in one batch."""

import ctypes
import logging
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from agents.minds.engines.constraint import Logits, Words
from agents.minds.engines.engine import Unavailable, Unsuited

BATCH = 16
"""Tokens read at a time; between two batches the clock is looked at.

What was read before counts in whole batches only: read in other batches, it would come out a little different, and the
answer to a question would depend on the questions before it.
"""
BRANCHES, TOGETHER, OUTPUTS = 16, 32, 64
"""Texts that are scored at once, their tokens, and the tokens of one: each takes the whole vocabulary in floats."""


class Session:
    """One model and what it has read. Not for two threads at once."""

    def __init__(self, file: Path, threads: int, context: int, *, embeds: bool = False) -> None:
        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL + 1)
        os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # it would start a debugger
        self._adapters: dict[Path, Any] = {}
        self._adapter: Path | None = None
        self.read: list[int] = []
        llama_cpp.llama_backend_init()
        wanted = llama_cpp.llama_model_default_params()
        wanted.n_gpu_layers = 0
        self._model = llama_cpp.llama_model_load_from_file(str(file).encode(), wanted)
        if not self._model:
            raise Unavailable(f"llama.cpp cannot read {file}; a GGUF file of a model that it knows is needed")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self.size = int(llama_cpp.llama_vocab_n_tokens(self._vocabulary))
        self.context = min(context, int(llama_cpp.llama_model_n_ctx_train(self._model)))
        self._context = llama_cpp.llama_init_from_model(self._model, self._settings(threads, embeds))
        if not self._context:
            llama_cpp.llama_model_free(self._model)
            raise Unavailable(f"llama.cpp has no memory for {self.context} tokens of {file}")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(OUTPUTS, 0, 1)

    def _settings(self, threads: int, embeds: bool) -> Any:
        wanted = llama_cpp.llama_context_default_params()
        wanted.n_ctx, wanted.n_batch, wanted.n_ubatch = self.context, OUTPUTS, OUTPUTS
        wanted.n_seq_max, wanted.kv_unified, wanted.n_outputs_max = BRANCHES + 1, True, OUTPUTS
        wanted.n_threads = wanted.n_threads_batch = threads
        if embeds:
            wanted.embeddings, wanted.pooling_type = True, llama_cpp.LLAMA_POOLING_TYPE_MEAN
            wanted.n_seq_max, wanted.n_outputs_max = 1, OUTPUTS
        return wanted

    def close(self) -> None:
        """Give back the memory."""
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)
        for adapter in self._adapters.values():
            llama_cpp.llama_adapter_lora_free(adapter)
        llama_cpp.llama_model_free(self._model)

    @property
    def description(self) -> str:
        """Architecture, size and quantisation."""
        text = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self._model, text, 256)
        return text.value.decode(errors="replace")

    def metadata(self, key: str) -> str | None:
        """What the file says under a key."""
        length = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), None, 0)
        if length < 0:
            return None
        text = ctypes.create_string_buffer(length + 1)
        llama_cpp.llama_model_meta_val_str(self._model, key.encode(), text, length + 1)
        return text.value.decode(errors="replace")

    def special(self, which: str) -> str:
        """The text of the token that begins (`bos`) or ends (`eos`) a text."""
        token = getattr(llama_cpp, f"llama_vocab_{which}")(self._vocabulary)
        return llama_cpp.llama_vocab_get_text(self._vocabulary, token).decode() if token >= 0 else ""

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """A text as tokens; names of control tokens in it are text unless `special`."""
        raw = text.encode()
        room = len(raw) + 8
        into = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocabulary, raw, len(raw), into, room, False, special)
        return list(into[:count])

    def text(self, tokens: Sequence[int]) -> bytes:
        """Tokens as text; a character may end in the next token."""
        made, piece = b"", ctypes.create_string_buffer(256)
        for token in tokens:
            length = llama_cpp.llama_token_to_piece(self._vocabulary, token, piece, 256, 0, False)
            made += piece.raw[: max(0, length)]
        return made

    def adapt(self, adapter: Path | None) -> None:
        """Put an adapter in front of the weights, or take it away; what was read before is forgotten."""
        if adapter == self._adapter:
            return
        if adapter and adapter not in self._adapters:
            made = llama_cpp.llama_adapter_lora_init(self._model, str(adapter).encode())
            if not made:
                raise Unavailable(f"{adapter} is no LoRA adapter (GGUF) for {self.description}")
            self._adapters[adapter] = made
        held = [self._adapters[adapter]] if adapter else []
        pointers = (llama_cpp.llama_adapter_lora_p_ctypes * len(held))(
            *[ctypes.cast(one, llama_cpp.llama_adapter_lora_p_ctypes) for one in held]
        )
        scales = (ctypes.c_float * len(held))(*[1.0 for _ in held])
        llama_cpp.llama_set_adapters_lora(self._context, pointers, len(held), scales)
        self._adapter = adapter
        self.forget()

    def forget(self) -> None:
        """Read everything anew next time."""
        llama_cpp.llama_memory_clear(self._memory, True)
        self.read = []

    def listen(self, tokens: Sequence[int], look: Callable[[], None]) -> tuple[Logits, int]:
        """Read a whole text, of which the beginning may be known from before; what may follow, and how much was new.

        `look` is called between batches and may raise.
        """
        if len(tokens) >= self.context:
            raise Unsuited(f"{len(tokens)} tokens do not fit into {self.context}; see `minds.context` in adp.yml")
        known = 0
        while known < min(len(self.read), len(tokens) - 1) and self.read[known] == tokens[known]:
            known += 1
        known -= known % BATCH
        if not llama_cpp.llama_memory_seq_rm(self._memory, 0, known, -1):
            self.forget()
            known = 0
        self.read = list(tokens[:known])
        for start in range(known, len(tokens), BATCH):
            look()
            part = tokens[start : start + BATCH]
            last = start + len(part) == len(tokens)
            self._decode([(token, start + i, 0, last and i == len(part) - 1) for i, token in enumerate(part)])
            self.read += part
        return self._logits(-1), len(tokens) - known

    def append(self, tokens: Sequence[int]) -> Logits:
        """Read some more tokens; what may follow."""
        start = len(self.read)
        if start + len(tokens) >= self.context:
            raise Unsuited(f"the answer does not fit into {self.context} tokens; see `minds.context` in adp.yml")
        for first in range(0, len(tokens), BATCH):
            part = tokens[first : first + BATCH]
            self._decode([(t, start + first + i, 0, first + i == len(tokens) - 1) for i, t in enumerate(part)])
        self.read += tokens
        return self._logits(-1)

    def branch(self, texts: Sequence[Sequence[int]]) -> list[list[Logits]]:
        """What may follow each token of several texts, each read as if it alone stood behind what was read."""
        start, rows, found = len(self.read), 0, []
        if start + sum(map(len, texts)) >= self.context:
            raise Unsuited(f"{len(texts)} candidates do not fit into {self.context} tokens")
        batch: list[tuple[int, int, int, bool]] = []
        for sequence, text in enumerate(texts, 1):
            llama_cpp.llama_memory_seq_cp(self._memory, 0, sequence, 0, start)
            batch += [(token, start + i, sequence, True) for i, token in enumerate(text)]
        try:
            if batch:
                self._decode(batch)
            for text in texts:
                found.append([self._logits(rows + i) for i in range(len(text))])
                rows += len(text)
        finally:
            for sequence in range(1, len(texts) + 1):
                llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return found

    def meaning(self, tokens: Sequence[int]) -> list[float]:
        """The mean of what the model makes of a text's tokens."""
        llama_cpp.llama_memory_clear(self._memory, True)
        self._decode([(token, i, 0, True) for i, token in enumerate(tokens[:OUTPUTS])])
        size = int(llama_cpp.llama_model_n_embd(self._model))
        return [float(x) for x in llama_cpp.llama_get_embeddings_seq(self._context, 0)[:size]]

    @cached_property
    def words(self) -> Any:
        """The vocabulary, for constraints."""
        pieces = []
        for token in range(self.size):
            control = llama_cpp.llama_vocab_is_control(self._vocabulary, token)
            said = llama_cpp.llama_vocab_get_text(self._vocabulary, token) if control else self.text([token])
            pieces.append(b"\xff" + said if control else said)
        begins, ends = (getattr(llama_cpp, f"llama_vocab_{one}")(self._vocabulary) for one in ("bos", "eos"))
        return Words(pieces, begins, ends, lambda text: self.tokens(text.decode(errors="replace"))).compiled()

    def _decode(self, entries: Sequence[tuple[int, int, int, bool]]) -> None:
        batch = self._batch
        batch.n_tokens = len(entries)
        for i, (token, position, sequence, wanted) in enumerate(entries):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, 1
            batch.seq_id[i][0], batch.logits[i] = sequence, wanted
        if code := llama_cpp.llama_decode(self._context, batch):
            self.forget()
            raise Unsuited(f"llama.cpp could not read {len(entries)} tokens: it returned {code}")

    def _logits(self, row: int) -> Logits:
        pointer = llama_cpp.llama_get_logits_ith(self._context, row)
        return np.array(np.ctypeslib.as_array(pointer, (self.size,)))
