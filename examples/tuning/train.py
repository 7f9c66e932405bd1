"""Train a LoRA adapter for one suite on a CPU, on the tokens of the answers alone.

    python train.py MODEL_FOLDER TRAIN.jsonl OUT_FOLDER [--epochs 3] [--items 200]

MODEL_FOLDER is a Hugging Face folder of a Llama model (weights.py makes it from a GGUF file). TRAIN.jsonl
comes from `evalkit training export`: a system, a user and an assistant message a line, the system text the
same in all. The adapter is written in PEFT's form (adapter_model.safetensors, adapter_config.json), the
course of the training into log.jsonl.

What makes it fast on two cores: bfloat16 weights where the processor has it, with 32-bit LoRA matrices that
are cast for each step; items packed into rows of one length, the system text once a row, so that little is
padding and memory stays the same; the output layer (a fifth of the work of a model with 49,152 tokens) for
the tokens of the answers alone.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Lora(nn.Module):
    """A frozen linear layer and its change, B · A · alpha / rank."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base, self.scale = base, alpha / rank
        self.a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The layer's output with the change added; x (…, inputs)."""
        low = x @ self.a.to(x.dtype).T
        return self.base(x) + low @ (self.scale * self.b).to(x.dtype).T


def fast_dtype() -> torch.dtype:
    """Return bfloat16 where the processor has it; elsewhere it is emulated, far slower than float32."""
    fast = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def add_adapter(model: nn.Module, rank: int, alpha: float) -> dict[str, Lora]:
    """Put a LoRA pair on every linear layer of the blocks; return them by the layer's name."""
    model.requires_grad_(False)
    found = [(n, m) for n, m in model.named_modules() if n.rpartition(".")[2] in LAYERS]
    pairs = {}
    for name, layer in found:
        parent, _, own = name.rpartition(".")
        pairs[name] = Lora(layer, rank, alpha)
        setattr(model.get_submodule(parent), own, pairs[name])
    return pairs


def tokenize(tokenizer: Any, row: dict[str, Any]) -> tuple[list[int], list[int], int]:
    """Return an item in ChatML: the beginning that all share, the rest, and where its answer begins."""
    *asked, answer = row["messages"]
    head = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    shared, mark, own = head.partition("<|im_start|>user\n")
    first = tokenizer(shared + mark, add_special_tokens=False).input_ids
    before = tokenizer(own, add_special_tokens=False).input_ids
    if first + before != tokenizer(head, add_special_tokens=False).input_ids:
        return [], [], 0  # a text that begins with white space is cut in another way
    after = tokenizer(answer["content"] + "<|im_end|>", add_special_tokens=False).input_ids
    return first, before + after, len(before)


Piece = tuple[list[int], int]
"""Tokens of an item behind the shared beginning, and where its answer begins."""


def pack(items: list[Piece], length: int, draw: random.Random) -> list[list[Piece]]:
    """Put items in rows of at most this many tokens: each goes into the first row that has room."""
    rows: list[list[Piece]] = []
    room: list[int] = []
    for item in draw.sample(items, len(items)):
        size = len(item[0])
        place = next((n for n in range(max(0, len(rows) - 60), len(rows)) if room[n] >= size), None)
        if place is None:
            rows.append([])
            room.append(length)
            place = len(rows) - 1
        rows[place].append(item)
        room[place] -= size
    return draw.sample(rows, len(rows))


def batch(rows: list[list[Piece]], first: list[int], length: int, fill: int) -> tuple[torch.Tensor, ...]:
    """Return token ids, positions, who sees whom, and the places from which an answer's token is foretold.

    Each row begins with the shared beginning. An item sees that and itself; its positions follow it.
    """
    shape, begin = (len(rows), length), len(first)
    ids, where = torch.full(shape, fill), torch.zeros(shape, dtype=torch.long)
    owner, foretold = torch.full(shape, -1), torch.zeros(shape, dtype=torch.bool)
    ids[:, :begin], where[:, :begin], owner[:, :begin] = torch.tensor(first), torch.arange(begin), 0
    for r, row in enumerate(rows):
        at = begin
        for n, (item, start) in enumerate(row, 1):
            end = at + len(item)
            ids[r, at:end] = torch.tensor(item)
            where[r, at:end] = begin + torch.arange(len(item))
            owner[r, at:end] = n
            foretold[r, at + start - 1 : end - 1] = True
            at = end
    asks, shows = owner[:, :, None], owner[:, None, :]
    sees = ((asks == shows) | (shows == 0)) & torch.ones(length, length, dtype=torch.bool).tril()
    return ids, where, sees[:, None], foretold


def main() -> None:
    """Train what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--items", type=int, help="so many of them, drawn by the seed [all]")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--max-minutes", type=float, default=25, help="the rate is 0 by then at the latest")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--start", type=Path, help="an adapter of this rank to go on from")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--length", type=int, default=256, help="tokens of a row")
    parser.add_argument("--rows", type=int, default=5, help="rows of a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2, help="1 where other work runs on the cores")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    draw = random.Random(given.seed)
    torch.manual_seed(given.seed)
    tokenizer = AutoTokenizer.from_pretrained(given.model)
    model = AutoModelForCausalLM.from_pretrained(given.model, dtype=fast_dtype(), attn_implementation="sdpa")
    alpha = 2.0 * given.rank
    pairs = add_adapter(model, given.rank, alpha)
    if given.start:
        earlier = load_file(given.start / "adapter_model.safetensors")
        with torch.no_grad():
            for name, pair in pairs.items():
                pair.a.copy_(earlier[f"base_model.model.{name}.lora_A.weight"])
                pair.b.copy_(earlier[f"base_model.model.{name}.lora_B.weight"])
    rows = [json.loads(line) for line in given.train.read_text(encoding="utf-8").splitlines()]
    if given.items:
        rows = draw.sample(rows, given.items)
    cut = [tokenize(tokenizer, r) for r in rows]
    first = next(f for f, _, _ in cut if f)
    items = [(own, start) for f, own, start in cut if f and len(first) + len(own) <= given.length]
    total = sum(len(own) for own, _ in items)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=given.rate, weight_decay=0.0)
    given.out.mkdir(parents=True, exist_ok=True)
    log = (given.out / "log.jsonl").open("w")
    says = {
        "items": len(items),
        "left_out": len(rows) - len(items),
        "tokens": total,
        "trained": sum(map(torch.numel, weights)),
    }
    print(json.dumps(says), file=log, flush=True)
    print(says, flush=True)

    def endless():
        while True:
            shuffled = pack(items, given.length - len(first), draw)
            yield from (shuffled[n : n + given.rows] for n in range(0, len(shuffled), given.rows))

    started, cpu, seen, step, losses = time.monotonic(), time.process_time(), 0, 0, []
    for chosen in endless():
        spent = time.monotonic() - started
        done = max(seen / (given.epochs * total), spent / (60 * given.max_minutes))
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(1, (step + 1) / 10) * (1 - done)
        ids, where, sees, foretold = batch(chosen, first, given.length, tokenizer.eos_token_id)
        hidden = model.model(input_ids=ids, position_ids=where, attention_mask=sees).last_hidden_state
        logits = model.lm_head(hidden[foretold]).float()
        loss = cross_entropy(logits, ids.roll(-1, 1)[foretold])
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        step += 1
        seen += sum(len(i[0]) for row in chosen for i in row)
        losses.append(loss.item())
        if step % 10 == 0:
            spent = time.monotonic() - started
            line = {
                "step": step,
                "epoch": round(seen / total, 2),
                "loss": round(sum(losses) / len(losses), 4),
                "seconds": round(spent),
                "cpu_seconds": round(time.process_time() - cpu),
                "tokens_per_second": round(seen / spent),
            }
            losses = []
            print(json.dumps(line), file=log, flush=True)
            print(line, flush=True)
    saved = {
        f"base_model.model.{n}.lora_{x.upper()}.weight": getattr(p, x).detach().clone()
        for n, p in pairs.items()
        for x in "ab"
    }
    save_file(saved, given.out / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": given.rank,
        "lora_alpha": alpha,
        "target_modules": list(LAYERS),
        "base_model_name_or_path": given.model.name,
        "bias": "none",
    }
    (given.out / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")
    print(f"{step} steps, {seen} tokens, {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
