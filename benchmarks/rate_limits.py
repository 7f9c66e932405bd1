"""What refusals cost: `evalkit run` beside a bare aiohttp loop with retries, on servers that refuse.

mixed    2% of the requests get 429 with Retry-After: 1, 2% get 500, 1% are dropped, by chance
bucket   a rate is enforced by a token bucket; beyond it, 429 with the whole seconds until there is a token

Usage: python -m benchmarks.rate_limits [--items 2000] [--latency 0.05] [--concurrency 64] [--repeats 3]
       [--rates 200:20 600:60]

busy      the server's first request to its last answer, in seconds
/bare     the same as a ratio to the bare loop, in the same round
refused   of all requests
of rate   answers a second beyond the first burst, as a share of the server's rate
answered  items; the bare loop gives one up after four attempts
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.runner_vs_peers import CONTENDERS, measure, serving, stats


def main() -> None:
    """Prints a line for each scenario and contender: medians over the rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rates", nargs="*", default=["200:20", "600:60"], metavar="RATE:BURST")
    given = parser.parse_args()
    print(f"{given.items} items, {given.latency * 1000:g} ms, {given.concurrency} at once")
    print(f"{'':24}{'busy':>8}{'/bare':>8}{'refused':>9}{'of rate':>9}{'answered':>10}")
    compare("mixed", given, "--mixed")
    for pair in given.rates:
        rate, burst = map(float, pair.split(":"))
        compare(
            f"bucket {rate:g}/s", given, "--rate", f"{rate}", "--burst", f"{burst}", rate=rate, burst=burst
        )


def compare(
    name: str, given: argparse.Namespace, *options: str, rate: float | None = None, burst: float = 0.0
) -> None:
    """Each contender in turn, on a server of its own, so that each meets a full bucket."""
    contenders = {c.name: c for c in CONTENDERS if c.name in ("bare", "evalkit")}
    rounds: dict[str, list[tuple[float, float, float]]] = {contender: [] for contender in contenders}
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(given.repeats):
            for contender, asked in contenders.items():
                with serving(given.latency, *options) as base_url:
                    found = measure(asked, base_url, given.items, given.concurrency, Path(cache))
                    seen = stats(base_url)
                rounds[contender].append((found.busy_s, seen["refused"] / seen["requests"], seen["answered"]))
    for contender, measured in rounds.items():
        busy_s, refused, answered = (statistics.median(column) for column in zip(*measured, strict=True))
        ratio = statistics.median(m[0] / b[0] for m, b in zip(measured, rounds["bare"], strict=True))
        of_rate = f"{(answered - burst) / busy_s / rate:9.0%}" if rate else f"{'':9}"
        print(
            f"{name:12}{contender:12}{busy_s:8.2f}{ratio:8.2f}{refused:9.1%}{of_rate}{answered:10.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
