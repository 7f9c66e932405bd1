"""Routes over two public sets of recorded answers, descriptively: who is dominated, what a route would save.

    python benchmarks/route_real.py ../shared/data

`llmrouter`: 500 questions of ten tasks, nine open models of 7 to 70 billion parameters, prices per token
(ulab-uiuc/LLMRouter, MIT). Answer lengths are not recorded: an item's cost is its question's words, at 1.3
tokens a word, at the model's price; models of one price thus cost the same. Success is a score of 1.
`llmdrift`: "is this number prime?" 1,000 times, two models in two versions each, with the cost and the
latency of each request as published (lchen001/LLMDrift, Apache-2.0; Chen, Zaharia & Zou 2023).

The route is the cheapest that succeeds as often as the dearest model alone, on four fifths of the items; each
fifth is served by the route that was chosen without it.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit.economics import figures
from evalkit.economics.pareto import Point, front
from evalkit.routes.cascades import CALLS, SUCCESS
from evalkit.routes.figures import oracle, oracle_usd
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import RoutePolicy
from evalkit.routes.search import build_pool
from evalkit.routes.table import SuiteTable, suite_table
from evalkit.stats import PairedDifference, paired_difference

TOKENS_PER_WORD = 1.3
FOLDS = 5

Features = dict[str, dict[str, str | float]]


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to serve all items."""

    name: str
    in_words: str
    success: float
    usd_per_item: float
    saving: float
    """Share of the dearest model's cost that is saved."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a set of recorded answers shows."""

    points: tuple[Point, ...]
    ways: tuple[Way, ...]
    n: int
    route_minus_dearest: PairedDifference
    """Of success, item by item."""


def llmrouter(folder: Path) -> tuple[pd.DataFrame, Features]:
    """Samples and features of the nine models."""
    prices = json.loads((folder / "route_llmrouter_prices.json").read_text())
    rows, features = [], Features()
    for line in _lines(folder / "route_llmrouter_test500_9models.jsonl"):
        features[line["id"]] = {"task": line["task"], "input_words": float(line["q_words"])}
        for model, score in line["scores"].items():
            price = prices[model]["input_usd_per_Mtok"]
            billions = float(prices[model]["size"].rstrip("B"))
            cost = price * TOKENS_PER_WORD * line["q_words"] / 1e6
            tier = "slim" if billions < 10 else "mid" if billions < 60 else "frontier"
            rows.append(_row("llmrouter", line["id"], model, tier, score == 1.0, cost, None, score))
    return pd.DataFrame(rows), features


def llmdrift(folder: Path) -> tuple[pd.DataFrame, Features]:
    """Samples and features of the four versions."""
    rows, features = [], Features()
    for line in _lines(folder / "route_llmdrift_prime_4models.jsonl"):
        number = int("".join(c for c in line["input"] if c.isdigit()))
        features[line["id"]] = {"number": float(number)}
        row = _row(
            "llmdrift", line["id"], line["model"], line["tier"], line["correct"], line["cost_usd"],
            line["latency_s"], float(line["correct"]),
        )  # fmt: skip
        rows.append({**row, "format_valid": line["pred"] in ("yes", "no"), "parsed": line["pred"]})
    return pd.DataFrame(rows), features


SETS: dict[str, Callable[[Path], tuple[pd.DataFrame, Features]]] = {
    "llmrouter": llmrouter,
    "llmdrift": llmdrift,
}


def study(samples: pd.DataFrame, features: Features) -> Study:
    """Dominated models, and savings at the dearest model's success."""
    table = suite_table(samples, features=features)
    success, usd = crossed(table)
    return Study(
        points=front(_points(samples)).points,
        ways=tuple(_ways(table, success, usd)),
        n=table.n_items,
        route_minus_dearest=paired_difference(
            table.success[table.row(dearest_of(table))].astype(float), success
        ),
    )


def crossed(table: SuiteTable) -> tuple[np.ndarray, np.ndarray]:
    """(n_items,) success and cost of each item under the route that was chosen without its fold."""
    folds = np.array([int(hashlib.sha256(str(i).encode()).hexdigest(), 16) % FOLDS for i in table.ids])
    success, usd = np.zeros(table.n_items), np.zeros(table.n_items)
    for fold in range(FOLDS):
        held = folds == fold
        found = outcome(cheapest_route(table.part(~held)), table.part(held))
        success[held], usd[held] = found.success, found.calls_usd
    return success, usd


def dearest_of(table: SuiteTable) -> str:
    """The dearest model, the one that succeeds most among equals."""
    costs, rates = table.cost_usd.mean(axis=1), table.success.mean(axis=1)
    return table.names[int(np.lexsort((-rates, -np.round(costs, 12)))[0])]


def cheapest_route(table: SuiteTable) -> RoutePolicy:
    """The route of least cost that succeeds at least as often as the dearest model, on these items."""
    target = float(table.success[table.row(dearest_of(table))].mean())
    found = build_pool(table)
    reaching = found.sums[SUCCESS] >= target - 1e-12
    return found.policy(int(np.argmin(np.where(reaching, found.sums[CALLS], np.inf))))


def _points(samples: pd.DataFrame) -> Iterator[Point]:
    for one in figures(samples):
        time = one.latency.end_to_end_s
        yield Point(
            candidate=one.candidate,
            tier=one.tier,
            success=one.success,
            cost_per_success_usd=one.cost.per_success_usd,
            latency_p95_s=None if time is None else time.p95,
        )


def _ways(table: SuiteTable, success: np.ndarray, usd: np.ndarray) -> Iterator[Way]:
    rates, costs = table.success.mean(axis=1), table.cost_usd.mean(axis=1)
    dearest = table.row(dearest_of(table))

    def way(name: str, words: str, rate: float, cost: float) -> Way:
        return Way(
            name=name,
            in_words=words,
            success=rate,
            usd_per_item=cost,
            saving=1 - cost / float(costs[dearest]),
        )

    route = float(success.mean())
    yield way("dearest model", table.names[dearest], float(rates[dearest]), float(costs[dearest]))
    best = int(np.argmin(np.where(rates >= rates[dearest], costs, np.inf)))
    yield way("best single model", table.names[best], float(rates[best]), float(costs[best]))
    yield way("route, each fifth held out", "five routes", route, float(usd.mean()))
    yield way("random mixing at its success", *mixed(table, route))
    yield way("oracle at its success", "foresight", route, oracle_usd(table, route))
    seen = outcome(cheapest_route(table), table)
    words = f"flattered: {seen.policy.in_words}"
    yield way("route, chosen on all", words, float(seen.success.mean()), float(seen.calls_usd.mean()))
    whole = oracle(table).figures
    if whole.calls_usd is not None:
        yield way("oracle", "foresight", whole.success.estimate, whole.calls_usd.estimate)


def mixed(table: SuiteTable, target: float) -> tuple[str, float, float]:
    """The random mix of two models that reaches the target at least cost: words, success and cost."""
    rates, costs = table.success.mean(axis=1), table.cost_usd.mean(axis=1)
    found = [(float(costs[i]), 1.0, i, i) for i in np.flatnonzero(rates >= target)]
    for a, b in itertools.product(np.flatnonzero(rates < target), np.flatnonzero(rates >= target)):
        share = float((target - rates[a]) / (rates[b] - rates[a]))
        found.append((float(costs[a] + share * (costs[b] - costs[a])), share, a, b))
    cost, share, a, b = min(found)
    words = f"{share:.0%} to {table.names[b]}, the rest to {table.names[a]}"
    return words, float(rates[a] + share * (rates[b] - rates[a])), cost


def _row(
    suite: str,
    item: str,
    model: str,
    tier: str,
    success: bool,
    cost: float,
    latency: float | None,
    score: float,
) -> dict[str, Any]:
    return {
        "run_id": "published", "suite": suite, "item_id": item, "candidate": model, "tier": tier,
        "status": "answered", "success": success, "score": score, "format_valid": True, "cost_usd": cost,
        "latency_s": latency, "e2e_latency_s": latency, "parsed": None,
    }  # fmt: skip


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> None:
    """Prints both studies as tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, read in SETS.items():
        found = study(*read(folder))
        print(f"\n{name}: {found.n} items\n")
        for point in found.points:
            by = ", ".join(d.by + ("" if d.certain else " (by estimate)") for d in point.dominated_by)
            shown = (point.success, point.cost_per_success_usd, point.latency_p95_s)
            success, cost, time = (float("nan") if i is None else i.estimate for i in shown)
            place = f"dominated by {by}" if by else "on the front"
            print(f"{point.candidate:34} {success:6.1%} ${cost:.6f} {time:6.1f} s  {place}")
        print()
        for way in found.ways:
            cost = f"${1000 * way.usd_per_item:.4f} per 1,000"
            print(f"{way.name:30} {way.success:6.1%} {cost} saves {way.saving:6.1%}  {way.in_words}")
        gap = found.route_minus_dearest.interval
        print(f"route minus dearest: {gap.estimate:+.1%}, {gap.low:+.1%} to {gap.high:+.1%}")


if __name__ == "__main__":
    main()
