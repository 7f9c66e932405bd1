"""Small LoRA adapters in GGUF, written for the shapes of a model's own matrices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

RANK = 4
ALPHA = 8.0
"""A change counts alpha / rank times."""

Shapes = Mapping[str, tuple[int, ...]]
"""Name of a matrix -> its shape, the fastest axis first, as GGUF has it."""


def matrices(weights: Path, part: str = "attn_q") -> Shapes:
    """The matrices of a model that have `part` in their names, as the `gguf` package reads them."""
    import gguf

    tensors = gguf.GGUFReader(weights).tensors
    found = {str(t.name): tuple(int(n) for n in t.shape) for t in tensors if part in t.name}
    return {name: shape for name, shape in found.items() if len(shape) == 2}


def write_adapter(path: Path, shapes: Shapes, *, seed: int = 0, size: float = 0.5, **fields: Any) -> Path:
    """An adapter that changes each matrix at random, the more the larger `size`: at 0 it changes nothing.

    Args:
        path: Where it is written.
        shapes: The matrices that it changes.
        seed: Equal seeds give equal directions of change.
        size: Spread of the numbers of B.
        fields: `architecture`, `type` and `form` instead of those of a LoRA adapter for llama; `order`, which
            gives the rows of a B another order.
    """
    import gguf

    rng = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, fields.get("architecture", "llama"))
    writer.add_type(fields.get("type", "adapter"))
    writer.add_string("adapter.type", fields.get("form", "lora"))
    writer.add_float32("adapter.lora.alpha", ALPHA)
    for name, (n_in, n_out) in shapes.items():
        a = rng.normal(0.0, n_in**-0.5, (RANK, n_in))
        b = size * rng.normal(0.0, 1.0, (n_out, RANK))
        b = fields["order"](name, b) if "order" in fields else b
        writer.add_tensor(f"{name}.lora_a", a.astype(np.float32))
        writer.add_tensor(f"{name}.lora_b", b.astype(np.float32))
    return _written(writer, path)


def write_model(path: Path, shapes: Shapes, architecture: str = "llama") -> Path:
    """A file that has the head of a model and its matrices, and would serve nobody."""
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("model")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "façade"])
    writer.add_array("tokenizer.ggml.scores", [0.5, 1.5])
    for name, (n_in, n_out) in shapes.items():
        writer.add_tensor(name, np.zeros((n_out, n_in), np.float16))
    return _written(writer, path)


def _written(writer: Any, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
