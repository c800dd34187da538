"""A llama model from a GGUF file in torch, in the file's own layout, with a LoRA on every linear layer.

The file's layout is kept (queries and keys stand for rotation by pairs), so an adapter is written as it is learned.
"""

from pathlib import Path
from typing import Any

import gguf
import torch
from torch import Tensor, nn
from torch.nn import functional

LAYERS = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


class Adapted(nn.Module):  # type: ignore[misc]
    """A fixed linear layer and what is learned beside it."""

    def __init__(self, weight: Tensor, rank: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.a = nn.Parameter(torch.randn(rank, weight.shape[1]) / weight.shape[1] ** 0.5)
        self.b = nn.Parameter(torch.zeros(weight.shape[0], rank))
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output."""
        learned: Tensor = functional.linear(functional.linear(x, self.a), self.b)
        return functional.linear(x, self.get_buffer("weight")) + self.scale * learned


class Learner(nn.Module):  # type: ignore[misc]
    """The model; only what the adapter holds is learned."""

    def __init__(self, file: Path, rank: int, alpha: float) -> None:
        super().__init__()
        reader = gguf.GGUFReader(file)

        def field(key: str) -> Any:
            return reader.fields[f"llama.{key}"].contents()

        self.heads, self.groups = field("attention.head_count"), field("attention.head_count_kv")
        self.epsilon, self.base = field("attention.layer_norm_rms_epsilon"), field("rope.freq_base")
        weights = {t.name: torch.tensor(gguf.dequantize(t.data, t.tensor_type)).float() for t in reader.tensors}
        for name, weight in weights.items():
            self.register_buffer(name.replace(".", "_"), weight, persistent=False)
        self.blocks = nn.ModuleList(
            nn.ModuleDict({n: Adapted(weights[f"blk.{i}.{n}.weight"], rank, alpha / rank) for n in LAYERS})
            for i in range(field("block_count"))
        )

    def forward(self, tokens: Tensor, positions: Tensor, mask: Tensor, wanted: Tensor) -> Tensor:
        """Logits behind the `wanted` tokens of one sequence; `mask` says which token sees which."""
        embedding = self.get_buffer("token_embd_weight")
        x = embedding[tokens]
        size = x.shape[-1] // self.heads
        turns = positions[:, None] * self.base ** (-torch.arange(0, size, 2) / size)
        rotation = torch.polar(torch.ones_like(turns), turns)[:, None]
        for i, block in enumerate(self.blocks):
            y = self._normal(x, f"blk_{i}_attn_norm_weight")
            q, k, v = (block[n](y).unflatten(-1, (-1, size)) for n in ("attn_q", "attn_k", "attn_v"))
            q, k = (_turned(one, rotation) for one in (q, k))
            k, v = (one.repeat_interleave(self.heads // self.groups, 1) for one in (k, v))
            q, k, v = (one.transpose(0, 1)[None] for one in (q, k, v))
            seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            x = x + block["attn_output"](seen[0].transpose(0, 1).flatten(1))
            y = self._normal(x, f"blk_{i}_ffn_norm_weight")
            y = functional.silu(block["ffn_gate"](y)) * block["ffn_up"](y)
            x = x + block["ffn_down"](y)
        return functional.linear(self._normal(x[wanted], "output_norm_weight"), embedding)

    def _normal(self, x: Tensor, weight: str) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), self.get_buffer(weight), self.epsilon)


def _turned(x: Tensor, rotation: Tensor) -> Tensor:
    return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous()) * rotation).flatten(-2)


def write_adapter(model: Learner, alpha: float, file: Path) -> None:
    """The learned part as GGUF, in halves of floats."""
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_name("adp intent")
    writer.add_license("apache-2.0")
    for i, block in enumerate(model.blocks):
        for name in LAYERS:
            layer = block[name]
            for part in ("a", "b"):
                learned = getattr(layer, part).detach().half().contiguous().numpy()
                writer.add_tensor(f"blk.{i}.{name}.weight.lora_{part}", learned)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
