"""Scoring 100,000 samples of each family: seconds, and a ratio to a floor of the same run.

Usage: python benchmarks/scoring.py [SAMPLES]

The samples are answers to the shipped suites' items, right and wrong in equal parts, in plain text and as
native calls, some of them cut, wrapped in prose or empty; 2,000 different ones of each family, taken in turn.
The floor is what any scorer in Python pays at least: `json.loads` of the same answers, written as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from dataclasses import replace

from evalkit.families import get_family
from evalkit.records import Answer, Candidate, Item, Suite, canonical_json
from evalkit.suites import find_shipped_suites, load_suite

SAMPLES = 100_000
DIFFERENT = 2_000


def main() -> None:
    """Prints one line for each shipped suite."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    names = ("family", "samples", "seconds", "samples/s", "floor s", "ratio", "success", "kinds")
    print(" ".join(f"{name:>14}" for name in names))
    folder = find_shipped_suites()
    assert folder is not None  # noqa: S101 - a clone carries them
    for path in sorted(folder.glob("*/suite.yaml")):
        suite = load_suite(path)
        cells = _measure(suite, samples)
        print(" ".join(f"{cell:>14}" for cell in (suite.family, *cells)))


def _measure(suite: Suite, samples: int) -> tuple[str, ...]:
    asked = answers(suite)
    score = get_family(suite.family).scorer(suite)
    texts = [canonical_json(answer) for _, answer in asked]
    floor_s = _floor(texts, samples)
    kinds: Counter[str | None] = Counter()
    started = time.perf_counter()
    for number in range(samples):
        kinds[score(*asked[number % len(asked)]).error_kind] += 1
    took_s = time.perf_counter() - started
    return (
        f"{samples:,}",
        f"{took_s:.2f}",
        f"{samples / took_s:,.0f}",
        f"{floor_s:.2f}",
        f"{took_s / floor_s:.1f}",
        f"{kinds[None] / samples:.0%}",
        str(len(kinds) - 1),
    )


def _floor(texts: list[str], samples: int) -> float:
    started = time.perf_counter()
    for number in range(samples):
        json.loads(texts[number % len(texts)])
    return time.perf_counter() - started


def answers(suite: Suite) -> list[tuple[Item, Answer]]:
    """Items with answers as models give them: right, wrong, native, plain, in prose, cut, empty."""
    rng = random.Random(0)
    family, items = get_family(suite.family), suite.test_items
    found: list[tuple[Item, Answer]] = []
    for number in range(DIFFERENT):
        item = items[number % len(items)]
        candidate = Candidate(
            name="bench", tier="mid", backend="simulated", output=("plain", "native")[number % 2]
        )
        right = number % 4 < 2
        answer = (
            family.right_answer(suite, item, candidate)
            if right
            else family.wrong_answer(suite, item, candidate, rng)
        )
        found.append((item, _as_models_do(answer, number)))
    return found


def _as_models_do(answer: Answer, number: int) -> Answer:
    text = answer.text or ""
    if number % 20 == 5:
        return replace(answer, text=f"Sure! Here is the answer:\n\n```json\n{text}\n```" if text else None)
    if number % 20 == 11 and text:
        return replace(answer, text=text[: len(text) // 2], finish_reason="length")
    if number % 100 == 17:
        return replace(answer, text="", tool_calls=())
    return answer


if __name__ == "__main__":
    main()
