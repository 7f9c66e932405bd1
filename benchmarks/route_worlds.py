"""Do routes keep their word? Proposals in simulated worlds of known truth, counted.

    python benchmarks/route_worlds.py                    # everything, seeded: tables, and CSV files kept
    python benchmarks/route_worlds.py --only promise --worlds 200

promise   the share of proposals with any certified route truly below its floor is at most alpha
best      the proposed route's true total cost comes near that of the best policy as items grow in number
slices    the planted bad slice is named, and no other
nothing   where one candidate serves best and nothing tells items apart, the route in force stays
"""

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from route_world import Truth, World, hopeless_world, random_world
from scipy.special import betaincinv

from evalkit.routes.policy import RoutePolicy, single
from evalkit.routes.proposal import propose
from evalkit.routes.search import build_pool
from evalkit.routes.slices import find_slices, rules_worth_a_branch

SEED = 20261122
ALPHA = 0.05
OUT = Path(__file__).parent / "routes"
TRUE_ITEMS = 40_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """False certificates over many proposals of one kind."""

    suites_per_proposal: int
    design: str
    proposals: int
    certified: int
    """Routes certified, several a suite."""
    false: int
    """Of these, truly below their floor."""
    proposals_with_false: int
    share: float
    upper_95: float
    alpha: float
    holds: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Best:
    """How near the proposed route comes to the best one."""

    world: str
    items: int
    proposals: int
    none: int
    """Proposals without a route."""
    single: int
    """One candidate for all."""
    other: int
    """A rule or a cascade."""
    excess: float
    """Mean of the true total cost over that of the best policy, minus 1, where a route was proposed."""
    below_floor: int
    best: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Slices named in worlds with one planted bad slice, or with none."""

    planted: str
    items: int
    worlds: int
    found: float
    """Share of worlds where a named slice holds mostly planted items."""
    exact: float
    """Share of worlds where the planted slice is named as it was planted."""
    others: float
    """Share of worlds where any other slice is named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Nothing:
    """Proposals where nothing is to be gained."""

    world: str
    items: int
    worlds: int
    changed: float
    """Share of proposals that change the route in force, which is the best one."""
    not_single: float
    """Share of proposals, with no route in force, of anything but a candidate alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """One kind of proposals."""

    words: str
    world: Callable[[np.random.Generator], World]
    seed: tuple[int, int]
    suites: int = 1
    share: float = 1.0
    """Of the number of worlds asked for."""


DESIGNS = (
    Design(words="items alone", world=lambda rng: random_world(rng, 1), seed=(1, 1)),
    Design(words="clusters of 5", world=lambda rng: random_world(rng, 5), seed=(1, 5), share=0.25),
    Design(words="items alone", world=lambda rng: random_world(rng, 1), seed=(5, 1), suites=5, share=0.1),
    Design(words="floor above all", world=lambda rng: hopeless_world(rng, 1), seed=(6, 1), share=0.25),
    Design(
        words="floor above all, clusters of 5",
        world=lambda rng: hopeless_world(rng, 5),
        seed=(6, 5),
        share=0.25,
    ),
)


def promises(worlds: int) -> list[Promise]:
    """Certified routes that are truly below their floor, by design."""
    return [_promise(design, worlds) for design in DESIGNS]


def _promise(design: Design, worlds: int) -> Promise:
    proposals = int(worlds * design.share)
    certified = false = with_false = 0
    for seed in np.random.SeedSequence([SEED, *design.seed]).spawn(proposals):
        routes, wrong = _certified(design, np.random.default_rng(seed))
        certified += routes
        false += wrong
        with_false += wrong > 0
    share = with_false / proposals
    return Promise(
        suites_per_proposal=design.suites, design=design.words, proposals=proposals, certified=certified,
        false=false, proposals_with_false=with_false, share=share,
        upper_95=float(betaincinv(with_false + 1, proposals - with_false, 0.95)), alpha=ALPHA,
        holds=share <= ALPHA,
    )  # fmt: skip


def _certified(design: Design, rng: np.random.Generator) -> tuple[int, int]:
    """Routes certified in one proposal, and those of them that are truly below their floor."""
    kinds = [design.world(rng) for _ in range(design.suites)]
    n = int(rng.choice([200, 400, 800, 1_600]))
    tables = [world.draw(n, rng, suite=f"s{i}") for i, world in enumerate(kinds)]
    certified = wrong = 0
    for world, proposal in zip(kinds, propose(tables, alpha=ALPHA), strict=True):
        routes = [t.choice.policy for t in proposal.tested if t.certificate.certified]
        truth = world.truth(TRUE_ITEMS, rng) if routes else None
        certified += len(routes)
        wrong += sum(truth.of(route)[0] < world.floor for route in routes) if truth else 0
    return certified, wrong


BEST_WORLDS = {
    "one tier serves best": World(success=(0.80, 0.95, 0.96), spread=0.5, floor=0.9),
    "slim fails in one topic": World(success=(0.97, 0.972, 0.98), bad_slice={"topic": "contract"}, floor=0.9),
    "confidence tells": World(success=(0.90, 0.95, 0.985), spread=2.5, signal=0.95, floor=0.84),
    "both": World(
        success=(0.95, 0.96, 0.985), spread=1.8, signal=0.9, bad_slice={"topic": "contract"}, floor=0.88
    ),
}


def best(worlds: int) -> list[Best]:
    """How the proposed route's true cost falls towards the best policy's."""
    rows = []
    for name, world in BEST_WORLDS.items():
        truth = world.truth(60_000, np.random.default_rng(SEED))
        policy, least = _best_policy(world, truth)
        for n in (250, 1_000, 4_000, 16_000):
            found = [_proposed(world, n, seed) for seed in range(max(10, worlds // 50))]
            routes = [route for route in found if route is not None]
            true = [truth.of(route) for route in routes]
            rows.append(
                Best(
                    world=name, items=n, proposals=len(found), none=len(found) - len(routes),
                    single=sum(r.single is not None for r in routes),
                    other=sum(r.single is None for r in routes),
                    excess=float(np.mean([cost / least - 1 for _, cost in true])) if true else float("nan"),
                    below_floor=sum(rate < world.floor for rate, _ in true), best=policy.in_words,
                )
            )  # fmt: skip
    return rows


def _best_policy(world: World, truth: Truth) -> tuple[RoutePolicy, float]:
    """The policy of the searched families that truly costs least in all and keeps the floor."""
    found = build_pool(truth.table)
    sums = found.sums
    rough = sums[1] + (1 - sums[0]) * (world.error_cost_usd or 0.0)
    order = [int(i) for i in np.argsort(rough) if sums[0, i] >= world.floor - 0.002][:60]
    true = [(truth.of(found.policy(i)), i) for i in order]
    (_, cost), number = min((t for t in true if t[0][0] >= world.floor), key=lambda t: t[0][1])
    return found.policy(number), cost


def _proposed(world: World, n: int, seed: int) -> RoutePolicy | None:
    table = world.draw(n, np.random.default_rng([SEED, n, seed]))
    return propose([table], find_rules=rules_worth_a_branch)[0].proposed


def slices(worlds: int) -> list[Named]:
    """How often the planted slice is named, and any other."""
    planted_worlds = {
        "none": World(success=(0.93, 0.95, 0.97)),
        "topic is contract": World(success=(0.95, 0.96, 0.97), bad_slice={"topic": "contract"}),
        "language is de": World(success=(0.95, 0.96, 0.97), bad_slice={"language": "de"}),
    }
    rows = []
    for name, world in planted_worlds.items():
        for n in (500, 2_000, 8_000):
            hits = exact = others = 0
            count = worlds // 20
            for seed in range(count):
                table = world.draw(n, np.random.default_rng([SEED, 7, n, seed]))
                named = [s.conditions for s in find_slices(table, seed=seed).slices]
                right = [rule for rule in named if _is_planted(rule, world)]
                hits += bool(right)
                exact += any(len(rule) == 1 for rule in right)
                others += len(right) < len(named)
            rows.append(
                Named(
                    planted=name, items=n, worlds=count, found=hits / count, exact=exact / count,
                    others=others / count,
                )
            )  # fmt: skip
    return rows


def _is_planted(rule: Sequence[Any], world: World) -> bool:
    """Whether the rule holds the planted condition (and perhaps one more)."""
    planted = [("is", tag, value) for tag, value in world.bad_slice.items()]
    return any((c.op, c.feature, c.value) in planted for c in rule)


def nothing(worlds: int) -> list[Nothing]:
    """How often a route is changed, or made complicated, for nothing."""
    kinds = {
        "mid serves best, confidence says nothing": (World(success=(0.75, 0.95, 0.952), spread=0.5), "mid"),
        "slim serves as well as any": (World(success=(0.95, 0.95, 0.95), spread=0.5), "slim"),
    }
    rows = []
    for name, (world, in_force) in kinds.items():
        for n in (500, 2_000):
            changed = complicated = 0
            count = worlds // 10
            for seed in range(count):
                table = world.draw(n, np.random.default_rng([SEED, 8, n, seed]))
                kept = propose([table], current={"world": single("world", in_force)})[0]
                fresh = propose([table])[0]
                changed += kept.status == "change"
                complicated += fresh.proposed is not None and fresh.proposed.single is None
            rows.append(
                Nothing(
                    world=name, items=n, worlds=count, changed=changed / count, not_single=complicated / count
                )
            )
    return rows


PARTS: dict[str, Callable[[int], Sequence[Any]]] = {
    "promise": promises, "best": best, "slices": slices, "nothing": nothing,
}  # fmt: skip


def main() -> None:
    """Runs the parts asked for and keeps their tables."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--worlds", type=int, default=2_000)
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    arguments = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    for name in arguments.only or PARTS:
        began = time.process_time()
        rows = [asdict(row) for row in PARTS[name](arguments.worlds)]
        with (OUT / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        for row in rows:
            print("  ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()))
        print(f"{name}: {time.process_time() - began:.0f} s of processor time\n", flush=True)


if __name__ == "__main__":
    main()
