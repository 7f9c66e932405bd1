"""A project of three tiers whose answers are recorded: a slim model that fails in German, a frontier that is
dear, and confidences that tell something; for tests of routes from the command line down."""

from __future__ import annotations

import json
import random
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from tests.projects import LABELS, SUITE, right_label, write_suite

LANGUAGES = ("en", "es", "fr", "de")
PRICES = {"slim": (0.1, 0.4), "mid": (0.5, 2.0), "frontier": (5.0, 20.0)}
"""Tier -> US dollars per million input and output tokens."""
STAKES = {
    "risk": "low", "quality_floor": 0.8, "volume_per_month": 100_000, "error_cost_usd": 0.01,
    "review_cost_usd": 0.5, "latency_slo_s": 5.0,
}  # fmt: skip


def chance(name: str, language: str) -> float:
    """How often a candidate is right."""
    if name == "slim":
        return 0.45 if language == "de" else 0.95
    return {"mid": 0.93, "frontier": 0.98}[name]


def write_routed_project(
    folder: Path,
    *,
    n_items: int = 320,
    seed: int = 0,
    stakes: dict[str, Any] | None = None,
    timed: Collection[str] = tuple(PRICES),
    **more: Any,
) -> Path:
    """A project folder with one suite and three candidates that replay, with times those that are `timed`;
    returns the project file."""
    rng = random.Random(seed)
    path = write_suite(folder / "suites", n_items=n_items, stakes={**STAKES, **(stakes or {})})
    lines = [json.loads(line) for line in (path / "items.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines):
        line["tags"] = {"language": LANGUAGES[number % 4], "parity": str(number % 2)}
    (path / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    candidates = {}
    for name, (input_usd, output_usd) in PRICES.items():
        recorded = [_answer(name, line, rng) for line in lines]
        for one in recorded if name not in timed else ():
            del one["latency_s"]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in recorded))
        candidates[name] = {
            "tier": name, "backend": "replay", "options": {"path": str(folder / f"{name}.jsonl")},
            "price": {"input_usd_per_mtok": input_usd, "output_usd_per_mtok": output_usd},
        }  # fmt: skip
    file = folder / "evalkit.yaml"
    file.write_text(yaml.safe_dump({"candidates": candidates, **more}, sort_keys=False))
    return file


def _answer(name: str, line: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    right = rng.random() < chance(name, line["tags"]["language"])
    label = right_label(line["input"])
    said = label if right else rng.choice([other for other in LABELS if other != label])
    sure = rng.betavariate(8, 1.5) if right else rng.betavariate(3, 3)
    return {
        "id": line["id"], "suite": SUITE, "output": said, "confidence": round(sure, 3),
        "input_tokens": 400, "output_tokens": 20,
        "latency_s": round(rng.lognormvariate(0, 0.3) * {"slim": 0.3, "mid": 0.6, "frontier": 1.2}[name], 3),
    }  # fmt: skip
