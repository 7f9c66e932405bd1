"""BFCL data: accepted answers score 1.0, and each planted mistake gets the error kind that names it."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tool_call_mutations import FORMS, GARBAGE, SLIPS, garbage, right_calls, write

from evalkit.families import get_family
from evalkit.records import Answer, Contract, Item, Score, Suite, ToolCall

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
FILES = ("simple_multiple", "parallel", "irrelevance")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared data beside the checkout is not there"),
]


@cache
def rows() -> tuple[dict[str, Any], ...]:
    lines = (
        line for f in FILES for line in (DATA / f"tool_bfcl_v4_{f}.jsonl").read_text("utf-8").splitlines()
    )
    return tuple(json.loads(line) for line in lines)


@cache
def bfcl_suite(profile: str) -> Suite:
    items = tuple(
        Item(id=r["id"], messages=tuple(r["messages"]), target=r["gold"], tools=tuple(r["tools"]))
        for r in rows()
    )
    return Suite(
        name="bfcl",
        family="tool_calls",
        version="1",
        contract=Contract(),
        scorer={"target_format": "bfcl", "profile": profile, "check_values": False},
        items=items,
    )


def answer(written: dict[str, Any]) -> Answer:
    calls = tuple(ToolCall(name=c["name"], arguments=c["arguments"]) for c in written.get("tool_calls", ()))
    return Answer(text=written.get("text"), tool_calls=calls, finish_reason="tool_calls" if calls else "stop")


def mutants(seed: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Row, slip and the answer as written: one for each slip that the row has room for."""
    rng = random.Random(seed)
    for i, row in enumerate(rows()):
        for slip, (make, _kind) in SLIPS.items():
            calls = make(row, right_calls(row, rng), rng)
            if calls is not None:
                yield i, slip, write(calls, rng.choice(FORMS))
        yield i, GARBAGE, {"text": garbage(right_calls(row, rng), row, rng)}


@cache
def table(profile: str, seed: int = 20) -> dict[str, Counter[str]]:
    suite = bfcl_suite(profile)
    score = get_family("tool_calls").scorer(suite)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for i, slip, written in mutants(seed):
        got = score(suite.items[i], answer(written))
        kinds[slip][got.error_kind or "success"] += 1
    return kinds


def table_lines() -> list[str]:
    lines = ["| planted mistake | mutants | named by | share | other kinds |", "|---|---|---|---|---|"]
    named = {**{slip: kind for slip, (_, kind) in SLIPS.items()}, GARBAGE: "unparseable"}
    for slip, kinds in table("strict").items():
        total, hits = kinds.total(), kinds[named[slip]]
        others = ", ".join(f"{k} {n}" for k, n in kinds.most_common() if k != named[slip]) or "none"
        lines.append(f"| {slip} | {total} | `{named[slip]}` | {100 * hits / total:.1f}% | {others} |")
    return lines


@pytest.mark.parametrize("profile", ["strict", "bfcl"])
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_with_accepted_values_is_a_success_in_every_form(profile: str, form: str) -> None:
    """A scorer that fails right answers measures itself."""
    suite = bfcl_suite(profile)
    score = get_family("tool_calls").scorer(suite)
    rng = random.Random(7)
    failed: list[tuple[str, Score]] = []
    for row, item in zip(rows(), suite.items, strict=True):
        got = score(item, answer(write(right_calls(row, rng), form)))
        if not (got.success and got.score == 1.0 and got.error_kind is None):
            failed.append((item.id, got))
    assert failed == []


@pytest.mark.parametrize("profile", ["strict", "bfcl"])
def test_a_planted_mistake_never_succeeds_and_gets_the_kind_that_names_it(profile: str) -> None:
    """An error review is only as good as the kinds; a mistake counted as right is worse."""
    named = {**{slip: kind for slip, (_, kind) in SLIPS.items()}, GARBAGE: "unparseable"}
    for slip, kinds in table(profile).items():
        assert kinds["success"] == 0, (slip, kinds)
        assert kinds[named[slip]] >= 0.99 * kinds.total(), (slip, kinds)


def test_the_documented_table_is_the_measured_one() -> None:
    """Figures in documents rot unless a test holds them."""
    page = (ROOT / "docs" / "tool_calls.md").read_text("utf-8")
    assert "\n".join(table_lines()) in page


if __name__ == "__main__":
    print("\n".join(table_lines()))  # noqa: T201 - this prints the table for the document
