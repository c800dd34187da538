"""A sentence encoder (BERT, mean pooling) in plain numpy: safetensors in, vectors of length 1 out."""

import json
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Bert:
    """The encoder in a folder of the Hugging Face layout. The file is mapped: what is not used takes no memory."""

    def __init__(self, folder: Path) -> None:
        shape: dict[str, Any] = json.loads((folder / "config.json").read_text())
        self._heads, self._layers = int(shape["num_attention_heads"]), int(shape["num_hidden_layers"])
        self._epsilon = np.float32(shape["layer_norm_eps"])
        self._weights = _weights(folder / "model.safetensors")

    def encode(self, tokens: Sequence[Sequence[int]]) -> Floats:
        """One vector for each row of tokens."""
        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), np.int64)
        mask = np.zeros((len(tokens), longest), np.float32)
        for row, text in enumerate(tokens):
            ids[row, : len(text)], mask[row, : len(text)] = text, 1
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:longest]
        x = self._normal(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = ((mask - 1) * 1e9)[:, None, None, :].astype(np.float32)
        for layer in range(self._layers):
            x = self._layer(x, hidden, f"encoder.layer.{layer}.")
        mean = (x * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _layer(self, x: Floats, hidden: Floats, at: str) -> Floats:
        rows, length, size = x.shape
        q, k, v = (
            self._linear(x, f"{at}attention.self.{part}").reshape(rows, length, self._heads, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        weights = q @ k.transpose(0, 1, 3, 2) / np.float32((size / self._heads) ** 0.5) + hidden
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        seen = (weights / weights.sum(axis=-1, keepdims=True)) @ v
        seen = self._linear(seen.transpose(0, 2, 1, 3).reshape(rows, length, size), f"{at}attention.output.dense")
        x = self._normal(x + seen, f"{at}attention.output.LayerNorm")
        wide = _gelu(self._linear(x, f"{at}intermediate.dense"))
        return self._normal(x + self._linear(wide, f"{at}output.dense"), f"{at}output.LayerNorm")

    def _linear(self, x: Floats, name: str) -> Floats:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _normal(self, x: Floats, name: str) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + self._epsilon)
        return np.asarray(x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])


def _weights(file: Path) -> dict[str, Floats]:
    """The tensors of a safetensors file: 8 bytes of length, that much JSON, then the numbers."""
    with file.open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(mapped[:8], "little")
    made: dict[str, Floats] = {}
    for name, said in json.loads(mapped[8:start]).items():
        if name != "__metadata__" and said["dtype"] == "F32":
            count = int(np.prod(said["shape"], dtype=np.int64))
            numbers = np.frombuffer(mapped, np.float32, count, start + said["data_offsets"][0])
            made[name.removeprefix("bert.")] = numbers.reshape(said["shape"])
    return made


def _gelu(x: Floats) -> Floats:
    """x times the share of a normal distribution below it.

    The error function by Abramowitz and Stegun 7.1.26, at most 1.5e-7 off, which numpy does not have.
    """
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    erf = np.sign(x) * (1 - tail * np.exp(-z * z))
    return np.asarray(x * (1 + erf) / 2, np.float32)
