"""Does a verdict keep its word? Simulates gates whose truth is known and counts wrong fails, wrong passes
and catches.

python benchmarks/calibration.py            # everything, seeded: tables on screen, CSV in
benchmarks/calibration/ python benchmarks/calibration.py --gates 500 --only errors
"""

import argparse
import csv
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv

from evalkit.stats import chance_of_fail, rate_interval, score_difference
from evalkit.stats.arrays import Design, design
from evalkit.stats.interval import normal_quantile
from evalkit.stats.paired import difference_bounds
from evalkit.stats.rates import rate_bounds
from evalkit.stats.robust import Moments, design_effect_seen, difference_moments, rate_moments

Array = NDArray[np.float64]

SEED = 20240611
CONFIDENCE = 0.95
NOMINAL = (1 - CONFIDENCE) / 2
SLACK = 0.005
SIZES = (60, 250, 1000)
DESIGNS = ("plain", "repeated", "clustered", "uneven")
DISCORDANCES = (0.02, 0.05, 0.1, 0.3)
ICC = 0.3
REPEATS = 3
AT_ONCE = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Error:
    """How often gates of one kind decide wrongly."""

    question: str
    design: str
    n: int
    discordance: float
    margin: float
    gates: int
    wrong: int
    rate: float
    upper_99: float
    bound: float
    holds: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Catch:
    """How often a true drop is failed, beside what the power statement says."""

    design: str
    n: int
    drop: float
    discordance: float
    margin: float
    gates: int
    caught: float
    stated: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How often an interval holds the truth, beside the normal approximation's."""

    interval: str
    n: int
    rate: float
    covered: float
    normal: float


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for, print the tables and keep them as CSV; 1 if an error bound is missed."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--gates", type=int, default=40_000, help="gates for each line on errors")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=["errors", "power", "coverage"])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(""))
    options = parser.parse_args(arguments)
    parts: dict[str, Callable[[int, np.random.Generator], Iterator[Error | Catch | Coverage]]] = {
        "errors": errors,
        "power": power,
        "coverage": coverage,
    }
    missed = 0
    for number, (name, part) in enumerate(parts.items()):
        if options.only in (None, name):
            rows = list(
                part(
                    options.gates if name == "errors" else min(options.gates, 4_000),
                    np.random.default_rng([options.seed, number]),
                )
            )
            write(options.out / f"{name}.csv", rows)
            missed += sum(isinstance(row, Error) and not row.holds for row in rows)
    print(f"{missed} error bounds missed" if missed else "every error bound held")
    return 1 if missed else 0


def write(path: Path, rows: list[Error | Catch | Coverage]) -> None:
    """Print ``rows`` as a table and keep them as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [{key: shown(value) for key, value in asdict(row).items()} for row in rows]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    widths = {key: max(len(key), *(len(line[key]) for line in lines)) for key in lines[0]}
    print("  ".join(key.rjust(width) for key, width in widths.items()))
    for line in lines:
        print("  ".join(line[key].rjust(width) for key, width in widths.items()))
    print()


def shown(value: object) -> str:
    """Format one cell: fractions to four places."""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


# Worlds: differences of paired gates with a known truth.


def errors(gates: int, rng: np.random.Generator) -> Iterator[Error]:
    """Count false fails without a change, and false passes at a loss of exactly the margin (the worst of
    those)."""
    for name in DESIGNS:
        for n in SIZES:
            for discordance in DISCORDANCES:
                yield error("false fail, no change", name, n, discordance, 0.0, gates, rng)
            for margin in (0.05, 0.1):
                for discordance in (margin, 2 * margin, 0.3):
                    yield error("false pass, loss of the margin", name, n, discordance, margin, gates, rng)


def error(
    question: str, name: str, n: int, discordance: float, margin: float, gates: int, rng: np.random.Generator
) -> Error:
    """Simulate one line of the table of errors."""
    low, high, _ = simulate(name, n, discordance, -margin, gates, rng)
    wrong = int(np.sum(low > -margin)) if margin else int(np.sum(high < 0))
    upper = float(betaincinv(wrong + 1, gates - wrong, 0.99)) if wrong < gates else 1.0
    return Error(
        question=question,
        design=name,
        n=n,
        discordance=discordance,
        margin=margin,
        gates=gates,
        wrong=wrong,
        rate=wrong / gates,
        upper_99=upper,
        bound=NOMINAL + SLACK,
        holds=upper <= NOMINAL + SLACK,
    )


def power(gates: int, rng: np.random.Generator) -> Iterator[Catch]:
    """Compare how often drops of 5 and 10 points fail with what the power statement says."""
    margin = 0.03
    for name in DESIGNS:
        for n in SIZES:
            for drop in (0.05, 0.1):
                for discordance in (drop, drop + 0.05, 0.3):
                    low, high, data = simulate(name, n, discordance, -drop, gates, rng)
                    flips = data.rises + data.falls
                    yield Catch(
                        design=name,
                        n=n,
                        drop=drop,
                        discordance=discordance,
                        margin=margin,
                        gates=gates,
                        caught=float(np.mean((high < 0) & (low <= -margin))),
                        stated=chance_of_fail(
                            n,
                            drop,
                            discordance=float(np.mean(flips)),
                            margin=margin,
                            clusters=data.effective_clusters,
                            design_effect=float(np.median(design_effect_seen(data, data.mean))),
                        ),
                    )


def simulate(
    name: str, n: int, discordance: float, difference: float, gates: int, rng: np.random.Generator
) -> tuple[Array, Array, Moments]:
    """Return the bounds (gates,) of simulated comparisons, and their moments."""
    data = world(name, n, discordance, difference, gates, rng)
    low, high = difference_bounds(data, CONFIDENCE)
    return low, high, data


def world(
    name: str, n: int, discordance: float, difference: float, gates: int, rng: np.random.Generator
) -> Moments:
    """Return the moments of ``gates`` comparisons with the given true discordance and difference."""
    if name == "plain":
        return counted(n, discordance, difference, gates, rng)
    items = design(n, None if name == "repeated" else cluster_names(n, name), None)
    draw = repeated if name == "repeated" else clustered
    at_once = max(1, AT_ONCE // n)
    return joined(
        [
            difference_moments(draw(items, discordance, difference, min(at_once, gates - done), rng), items)
            for done in range(0, gates, at_once)
        ]
    )


def counted(n: int, discordance: float, difference: float, gates: int, rng: np.random.Generator) -> Moments:
    """Draw only the counts of broken and fixed, which is all that plain pairs need."""
    share = [(discordance - difference) / 2, (discordance + difference) / 2, 1 - discordance]
    broken, fixed, _ = rng.multinomial(n, share, size=gates).T.astype(float)
    return Moments(
        n=n,
        mean=(fixed - broken) / n,
        rises=fixed / n,
        falls=broken / n,
        squares=fixed + broken,
        products=fixed - broken,
        informative=fixed + broken,
        weights=float(n),
    )


def cluster_names(n: int, name: str) -> NDArray[np.intp]:
    """Name the cluster of each item: all of five, or geometric sizes with mean five (one up to about
    thirty)."""
    sizes = np.full(n, 5) if name == "clustered" else np.random.default_rng(SEED).geometric(1 / 5, size=n)
    return np.repeat(np.arange(n), sizes)[:n]


def clustered(
    items: Design, discordance: float, difference: float, gates: int, rng: np.random.Generator
) -> Array:
    """Draw differences (gates, n_items) of −1, 0, 1 with intra-cluster correlation ``ICC``.

    An item takes its cluster's draw with probability √ICC, else its own: two items of a cluster are then
    correlated by ICC, and the draws have the wanted shares exactly. The correlation is that of the
    *difference*, which is harder than the same correlation of the successes.
    """

    def draws(count: int) -> Array:
        u = rng.random((gates, count))
        return np.where(u < (discordance - difference) / 2, -1.0, np.where(u < discordance, 1.0, 0.0))

    sizes = np.diff([*items.starts, items.n_items])
    shared = np.repeat(draws(len(sizes)), sizes, axis=1)
    return np.where(rng.random(shared.shape) < math.sqrt(ICC), shared, draws(items.n_items))


def repeated(
    items: Design, discordance: float, difference: float, gates: int, rng: np.random.Generator
) -> Array:
    """Draw differences (gates, n_items) of means over repeats.

    Some items are flaky, with a success rate uniform in [0, 1] that both candidates share; a share of the
    size of the loss succeeds under the baseline and never under the candidate. ``discordance`` is that of
    single attempts.
    """
    loss = -difference
    flaky = 3 * (discordance - loss)  # two attempts at a flaky item differ with probability 1/3
    kind = rng.random((gates, items.n_items))
    rate = np.where(kind < flaky, rng.random(kind.shape), 1.0)
    baseline = rng.binomial(REPEATS, rate) / REPEATS
    candidate = rng.binomial(REPEATS, np.where(kind >= 1 - loss, 0.0, rate)) / REPEATS
    return candidate - baseline


def joined(parts: list[Moments]) -> Moments:
    """Concatenate moments of the same design."""
    fields = ("mean", "rises", "falls", "squares", "products", "informative")
    arrays = {field: np.concatenate([getattr(part, field) for part in parts]) for field in fields}
    return Moments(n=parts[0].n, weights=parts[0].weights, **arrays)


# Coverage of each interval, beside the normal approximation.


def coverage(gates: int, rng: np.random.Generator) -> Iterator[Coverage]:
    """Go through every interval in turn."""
    for n in (20, 60, 250, 1000, 2000):
        for rate in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98):
            yield wilson_coverage(n, rate)
            yield clustered_rate_coverage(n, rate, min(gates, 4_000), rng)
            yield tango_coverage(n, rate, gates, rng)
            yield clustered_difference_coverage(n, rate, min(gates, 4_000), rng)
    for n in (20, 60, 250):
        for rate in (0.3, 0.9):
            yield score_coverage(n, rate, min(gates // 10, 1_000), rng)


def wilson_coverage(n: int, rate: float) -> Coverage:
    """Sum the binomial exactly: nothing is simulated."""
    counts = np.arange(n + 1)
    chance = np.diff(bdtr(counts, n, rate), prepend=0.0)
    bounds = [rate_interval(np.arange(n) < count) for count in counts]
    inside = np.array([interval.low <= rate <= interval.high for interval in bounds])
    spread = np.sqrt(counts / n * (1 - counts / n) / n)
    normal = np.abs(counts / n - rate) <= normal_quantile(CONFIDENCE) * spread
    return Coverage(
        interval="rate, plain (exact)",
        n=n,
        rate=rate,
        covered=float(chance @ inside),
        normal=float(chance @ normal),
    )


def clustered_rate_coverage(n: int, rate: float, gates: int, rng: np.random.Generator) -> Coverage:
    """Successes in uneven clusters, correlated within them."""
    items = design(n, cluster_names(n, "uneven"), None)
    success = clustered(items, rate, rate, gates, rng)
    low, high = rate_bounds(rate_moments(success, items), CONFIDENCE)
    return Coverage(
        interval="rate, uneven clusters",
        n=n,
        rate=rate,
        covered=float(np.mean((low <= rate) & (rate <= high))),
        normal=normal_coverage(success, items, rate),
    )


def tango_coverage(n: int, rate: float, gates: int, rng: np.random.Generator) -> Coverage:
    """Independent pairs, the baseline right at ``rate``, a fifth of its successes broken, a tenth of the
    rest fixed."""
    broken, fixed = rate / 5, (1 - rate) / 10
    data = counted(n, broken + fixed, fixed - broken, gates, rng)
    low, high = difference_bounds(data, CONFIDENCE)
    spread = np.sqrt((data.rises + data.falls - data.mean**2) / n)
    truth = fixed - broken
    return Coverage(
        interval="difference, plain",
        n=n,
        rate=rate,
        covered=float(np.mean((low <= truth) & (truth <= high))),
        normal=float(np.mean(np.abs(data.mean - truth) <= normal_quantile(CONFIDENCE) * spread)),
    )


def clustered_difference_coverage(n: int, rate: float, gates: int, rng: np.random.Generator) -> Coverage:
    """The same shares, in uneven clusters."""
    items = design(n, cluster_names(n, "uneven"), None)
    broken, fixed = rate / 5, (1 - rate) / 10
    truth = fixed - broken
    values = clustered(items, broken + fixed, truth, gates, rng)
    low, high = difference_bounds(difference_moments(values, items), CONFIDENCE)
    return Coverage(
        interval="difference, uneven clusters",
        n=n,
        rate=rate,
        covered=float(np.mean((low <= truth) & (truth <= high))),
        normal=normal_coverage(values, items, truth),
    )


def normal_coverage(values: Array, items: Design, truth: float) -> float:
    """Cover with the mean ± z cluster-robust standard errors."""
    sums, weights = items.cluster_sums(values), items.cluster_weights
    mean = sums.sum(axis=1, keepdims=True) / items.n_items
    spread = np.sqrt(np.sum((sums - mean * weights) ** 2, axis=1)) / items.n_items
    return float(np.mean(np.abs(mean[:, 0] - truth) <= normal_quantile(CONFIDENCE) * spread))


def score_coverage(n: int, rate: float, gates: int, rng: np.random.Generator) -> Coverage:
    """Graded scores, most of them exactly 1: skewed differences; the mean ± z standard errors beside."""
    covered = normal = 0
    for _ in range(gates):
        baseline = np.where(rng.random(n) < rate, 1.0, rng.random(n))
        candidate = np.where(rng.random(n) < 0.1, baseline * rng.random(n), baseline)
        truth = -0.1 * 0.5 * (rate + (1 - rate) / 2)
        interval = score_difference(baseline, candidate, rng=rng, resamples=1_000)
        covered += interval.low <= truth <= interval.high
        gap = candidate - baseline
        normal += abs(gap.mean() - truth) <= normal_quantile(CONFIDENCE) * gap.std(ddof=1) / math.sqrt(n)
    return Coverage(
        interval="score difference", n=n, rate=rate, covered=covered / gates, normal=normal / gates
    )


if __name__ == "__main__":
    sys.exit(main())
