"""An adapter as it is served, held against what it said where it was trained."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit import api
from evalkit.backends import Stage
from evalkit.backends.adapter_check import (
    FEWEST_TOKENS,
    LARGEST_DIFFERENCE,
    Reference,
    compare_logprobs,
    read_references,
)
from evalkit.backends.llamacpp import LlamaCpp
from evalkit.errors import UsageError
from evalkit.models import locate
from tests.backends.asking import candidate
from tests.backends.lora import matrices, write_adapter
from tests.commands import evalkit

WEIGHTS = "smollm2-135m-q4_1"
PROMPT = "<|im_start|>user\nWhere is my parcel?<|im_end|>\n<|im_start|>assistant\n"


def line(**changes: Any) -> str:
    plain = {"prompt": "p", "answer_tokens": list(range(FEWEST_TOKENS)), "logprobs": [-0.5] * FEWEST_TOKENS}
    return json.dumps({**plain, **changes})


@pytest.mark.parametrize(
    ("apart", "ok"), [(LARGEST_DIFFERENCE - 1e-6, True), (LARGEST_DIFFERENCE + 1e-6, False)]
)
def test_the_mean_difference_decides_at_its_limit(apart: float, ok: bool) -> None:
    """A right conversion cut to rank 4 was 0.038 apart, a wrong order of rows 0.090."""
    one = Reference(line=7, prompt="p", answer_tokens=(1, 2), logprobs=(-1.0, -2.0))
    found = compare_logprobs([one], [[-1.0 - apart, -2.0 + apart]])
    assert (found.ok, found.tokens, found.largest_at) == (ok, 2, 7)
    assert 0.038 * 2 < LARGEST_DIFFERENCE < 0.090


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            line(answer_tokens=list(range(FEWEST_TOKENS - 1)), logprobs=[-1.0] * (FEWEST_TOKENS - 1)),
            "at least 30",
        ),
        (line(prompt=None), "`prompt`"),
        (line(answer_tokens=["a"]), "`answer_tokens`"),
        (line(logprobs=[-0.5]), "one number a token"),
        (line(logprobs=[0.5] * FEWEST_TOKENS), "none above 0"),
        ("{", "not valid JSON"),
    ],
)
def test_a_wrong_reference_is_refused_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    """A check against nothing would agree with anything."""
    (tmp_path / "r.jsonl").write_text(text + "\n")
    with pytest.raises(UsageError, match=fault):
        read_references(tmp_path / "r.jsonl")
    (tmp_path / "r.jsonl").write_text(line() + "\n")
    assert len(read_references(tmp_path / "r.jsonl")[0].answer_tokens) == FEWEST_TOKENS


@pytest.mark.model
def test_rows_in_the_order_of_the_training_library_are_told_from_the_right_ones(tmp_path: Path) -> None:
    """Both files load and pass every check of shapes."""
    weights = locate(WEIGHTS)
    shapes = {**matrices(weights, "attn_q"), **matrices(weights, "attn_k")}
    write_adapter(tmp_path / "right.gguf", shapes, size=0.02)
    write_adapter(tmp_path / "wrong.gguf", shapes, size=0.02, order=_halves)
    tokens = np.random.default_rng(0).integers(100, 40_000, 12).tolist()
    served = candidate(
        "llamacpp", model=WEIGHTS, concurrency=1, options={"adapters": [str(tmp_path / "right.gguf")]}
    )

    async def logprobs(answer: list[int]) -> list[float]:
        backend = LlamaCpp(served, Stage())
        try:
            await backend.start()
            return await backend.token_logprobs(PROMPT, answer)
        finally:
            await backend.close()

    answer = [*tokens, *tokens, *tokens]
    plain = {"prompt": PROMPT, "answer_tokens": answer, "logprobs": asyncio.run(logprobs(answer))}
    (tmp_path / "r.jsonl").write_text(json.dumps(plain) + "\n")
    assert api.check_adapter(tmp_path / "right.gguf", tmp_path / "r.jsonl", WEIGHTS).mean_difference < 0.03
    done = evalkit("models", "check-adapter", "wrong.gguf", "r.jsonl", "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["mean_difference"] > LARGEST_DIFFERENCE


def _halves(_name: str, b: np.ndarray) -> np.ndarray:
    """The rows of B as Hugging Face has them: the two halves of each head apart."""
    heads = len(b) // 64
    return b.reshape(heads, 32, 2, b.shape[1]).swapaxes(1, 2).reshape(b.shape)
