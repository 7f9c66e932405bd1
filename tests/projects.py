"""Small projects for tests: an `evalkit.yaml`, a suite of plants, and candidates as the test wants them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LABELS = ("fruit", "root", "leaf", "out_of_scope")
SUITE = "plants"


def write_suite(folder: Path, *, n_items: int = 12, name: str = SUITE, **changes: Any) -> Path:
    """A classification suite of `n_items` test items whose right label follows from the text's hash."""
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    plain = {
        "name": name,
        "family": "classification",
        "version": "1",
        "description": "Plants by the part that is eaten.",
        "labels": list(LABELS),
        "out_of_scope": "out_of_scope",
        "prompt": {"system": "Answer with one label: {{ labels | join(', ') }}.", "user": "{{ input }}"},
        "stakes": {"risk": "low", "quality_floor": 0.5},
        **changes,
    }
    (path / "suite.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    lines = [json.dumps(item(n)) for n in range(n_items)]
    (path / "items.jsonl").write_text("\n".join(lines) + "\n")
    return path


def item(number: int) -> dict[str, Any]:
    text = f"plant number {number}"
    return {
        "id": f"p-{number:04d}",
        "input": text,
        "target": right_label(text),
        "tags": {"parity": str(number % 2)},
    }


def right_label(text: str) -> str:
    return LABELS[hashlib.sha256(text.encode()).digest()[0] % len(LABELS)]


def answer_rightly(body: Mapping[str, Any]) -> str:
    """What a perfect stand-in server says."""
    return right_label(str(body["messages"][-1]["content"]))


def simulated(**options: Any) -> dict[str, Any]:
    return {
        "tier": "mid",
        "backend": "simulated",
        "options": {"seed": 1, **options},
        "price": {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0},
    }


def served(base_url: str, **changes: Any) -> dict[str, Any]:
    return {
        "tier": "slim",
        "backend": "openai",
        "base_url": base_url,
        "model": "stand-in",
        "price": {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0},
        **changes,
    }


def write_project(folder: Path, candidates: Mapping[str, Any], *, n_items: int = 12, **more: Any) -> Path:
    """A project folder with one suite; returns the project file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_suite(folder / "suites", n_items=n_items)
    file = folder / "evalkit.yaml"
    file.write_text(yaml.safe_dump({"candidates": dict(candidates), **more}, sort_keys=False))
    return file
