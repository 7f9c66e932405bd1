"""How long a proposal takes: nine candidates, twenty suites, ten thousand items each, on one process.

python benchmarks/route_search.py [--suites 20] [--items 10000]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from route_world import World

from evalkit.routes.proposal import propose

NINE = World(
    names=("slim-1", "slim-2", "slim-3", "mid-1", "mid-2", "mid-3", "frontier-1", "frontier-2", "frontier-3"),
    tiers=("slim",) * 3 + ("mid",) * 3 + ("frontier",) * 3,
    success=(0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.965, 0.97),
    cost_usd=(0.0002, 0.0003, 0.0004, 0.001, 0.0012, 0.0015, 0.005, 0.006, 0.01),
    latency_s=(0.3,) * 3 + (0.8,) * 3 + (2.0,) * 3,
    signal=0.8,
    bad_slice={"topic": "contract"},
    review_cost_usd=0.02,
    latency_slo_s=8.0,
)


def main() -> None:
    """Prints seconds of the clock and of the processor, policies weighed, and peak memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--suites", type=int, default=20)
    parser.add_argument("--items", type=int, default=10_000)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    tables = [NINE.draw(arguments.items, rng, suite=f"suite-{i}") for i in range(arguments.suites)]
    propose([NINE.draw(200, rng)])  # imports
    clock, processor = time.perf_counter(), time.process_time()
    found = propose(tables)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(NINE.names)} candidates, {arguments.suites} suites, {arguments.items:,} items each: "
        f"{clock:.1f} s ({processor:.1f} s of processor time), {sum(p.tried for p in found):,} policies, "
        f"peak {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
