"""What a model may write next, by a JSON schema; the same for every model that runs in this process."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import llguidance
import numpy as np
import numpy.typing as npt

from agents.minds.engines.engine import JsonSchema, Rejected, Unsuited

Logits = npt.NDArray[np.float32]


class Reader(Protocol):
    """A model that has read a prompt and reads on."""

    def append(self, tokens: Sequence[int]) -> Logits:
        """Read some more tokens; what may follow."""
        ...


class Words:
    """A model's vocabulary, as llguidance wants it: control tokens have \\xff before their name."""

    def __init__(
        self, tokens: Sequence[bytes], begins: int | None, ends: int, read: Callable[[bytes], list[int]]
    ) -> None:
        self.tokens, self.bos_token_id, self.eos_token_id, self._read = tokens, begins, ends, read
        self.special_token_ids = [i for i, token in enumerate(tokens) if token[:1] == b"\xff"]

    def __call__(self, text: bytes | str) -> list[int]:
        return self._read(text if isinstance(text, bytes) else text.encode())

    def compiled(self) -> Any:
        """To be made once for a model: it takes a while."""
        return llguidance.LLTokenizer(llguidance.TokenizerWrapper(self), slices=[])


class Constraint:
    """Where in its schema an answer stands."""

    def __init__(self, words: Any, schema: JsonSchema) -> None:
        rules = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        self._matcher = llguidance.LLMatcher(words, rules, log_level=0)
        if self._matcher.is_error():
            raise Unsuited(f"no grammar can be made of the schema: {self._matcher.get_error()}")

    def write(self, reader: Reader, logits: Logits, look: Callable[[int], None]) -> list[int]:
        """The most probable answer that the schema allows; what it forces is read at once and not asked for.

        `look` gets the number of tokens written so far, and may raise.
        """
        written: list[int] = []
        while not self._matcher.is_stopped():
            known = self._matcher.compute_ff_tokens()
            added = known or [self._best(logits)]
            if not self._matcher.consume_tokens(added):
                raise Rejected(f"the answer left its schema: {self._matcher.get_error()}")
            written += added
            look(len(written))
            if not self._matcher.is_stopped():
                logits = reader.append(added)
        return written

    def _best(self, logits: Logits) -> int:
        first = int(logits.argmax())
        if self._matcher.validate_tokens([first]):  # nearly always, and no other need be looked at
            return first
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        allowed = np.unpackbits(bits, bitorder="little")[: len(logits)].astype(bool)
        return int(np.where(allowed, logits, -np.inf).argmax())
