"""A world of known truth for routes: three tiers, a planted bad slice, a confidence of known quality.

An item has a difficulty that all candidates share and tags: `topic` (six values), `language` (three). A
candidate succeeds with a chance that falls with the difficulty and, for the slim tier, in one slice. Its
confidence is the chance itself seen through noise; `signal` says how well (0: nothing, 1: the chance
itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.records import Stakes
from evalkit.routes.figures import total_usd
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import RoutePolicy, single
from evalkit.routes.table import SuiteTable

TOPICS = ("billing", "contract", "delivery", "product", "returns", "other")
LANGUAGES = ("en", "de", "fr")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A large sample of a world with the chances behind it: rates are far more exact than by successes."""

    table: SuiteTable
    chance: np.ndarray
    """(n_candidates, n_items)"""

    def of(self, policy: RoutePolicy) -> tuple[float, float]:
        """The policy's true success (that a floor is held against) and its true total cost per item.

        Who serves an item hangs on its tags and on confidences, not on whether the answer is right: so the
        chance of the one who serves stands for the answer.
        """
        found = outcome(policy, self.table)
        items = np.arange(self.table.n_items)
        served = np.where(found.served_by < 0, 1.0, self.chance[found.served_by, items])
        reviewed = found.reviewed.astype(float)
        total = total_usd(np.maximum(served, reviewed), found.calls_usd, reviewed, self.table.stakes)
        return float(served.mean()), float(total.mean())


@dataclass(frozen=True, kw_only=True)
class World:
    """What is true. Chances are by candidate: slim, mid, frontier."""

    names: tuple[str, ...] = ("slim", "mid", "frontier")
    tiers: tuple[str, ...] = ("slim", "mid", "frontier")
    success: tuple[float, ...] = (0.93, 0.95, 0.97)
    """On an item of middling difficulty outside the bad slice."""
    spread: float = 1.0
    """How much the shared difficulty matters, in log-odds."""
    cost_usd: tuple[float, ...] = (0.0002, 0.001, 0.006)
    latency_s: tuple[float, ...] = (0.3, 0.8, 2.0)
    """Medians."""
    bad_slice: Mapping[str, str] = field(default_factory=dict)
    """Tag -> value: where the slim tier fails."""
    bad_by: float = 3.0
    """How much worse the slim tier is there, in log-odds."""
    signal: float = 0.0
    """How well confidence tells right from wrong, 0 to 1."""
    confident: bool = True
    """Whether any confidence is given."""
    floor: float = 0.9
    error_cost_usd: float | None = 0.05
    review_cost_usd: float | None = None
    latency_slo_s: float | None = None
    cluster_size: int = 1
    """Items that share one difficulty."""

    def draw(self, n: int, rng: np.random.Generator, *, suite: str = "world") -> SuiteTable:
        """A suite of `n` items as the candidates answer it."""
        return self._drawn(n, rng, suite)[0]

    def _drawn(self, n: int, rng: np.random.Generator, suite: str) -> tuple[SuiteTable, np.ndarray]:
        c = len(self.names)
        groups = -(-n // self.cluster_size)
        group = np.repeat(np.arange(groups), self.cluster_size)[:n]
        hard = rng.normal(size=groups)[group]
        topic = rng.choice(TOPICS, size=groups, p=[0.25, 0.1, 0.2, 0.2, 0.1, 0.15])[group]
        language = rng.choice(LANGUAGES, size=groups, p=[0.7, 0.2, 0.1])[group]
        features = {"topic": topic.astype(object), "language": language.astype(object)}
        chance = self._chances(hard, features)
        noise = rng.normal(size=(c, n))
        odds = np.log(chance / (1 - chance))
        belief = self.signal * odds + (1 - self.signal) * (odds.mean(axis=1, keepdims=True) + noise)
        cluster = group.astype(np.intp)
        names = np.array([f"g{g}" for g in group], dtype=object)
        table = SuiteTable(
            suite=suite,
            suite_version="1",
            stakes=Stakes(
                quality_floor=self.floor, error_cost_usd=self.error_cost_usd, volume_per_month=100_000,
                review_cost_usd=self.review_cost_usd, latency_slo_s=self.latency_slo_s,
            ),
            ids=np.array([f"i{i}" for i in range(n)], dtype=object),
            cluster=cluster,
            cluster_names=names if self.cluster_size > 1 else np.full(n, None, dtype=object),
            weight=np.ones(n),
            features=features,
            names=self.names,
            tiers=self.tiers,
            fingerprints=tuple(f"f-{name}" for name in self.names),
            run_ids=(("run",),) * c,
            simulated=np.ones(c, dtype=bool),
            success=rng.random((c, n)) < chance,
            answered=np.ones((c, n), dtype=bool),
            cost_usd=np.array(self.cost_usd)[:, None] * rng.gamma(4, 0.25, size=(c, n)),
            latency_s=np.array(self.latency_s)[:, None] * rng.lognormal(0, 0.4, size=(c, n)),
            confidence=1 / (1 + np.exp(-belief)) if self.confident else np.full((c, n), np.nan),
            format_valid=np.ones((c, n), dtype=bool),
            no_call=np.zeros((c, n), dtype=bool),
            out_of_scope=np.zeros((c, n), dtype=bool),
        )  # fmt: skip
        return table, chance

    def truth(self, n: int, rng: np.random.Generator) -> Truth:
        """What is true of this world, by `n` further items and the chance of each answer."""
        table, chance = self._drawn(n, rng, "world")
        return Truth(table=table, chance=chance)

    def _chances(self, hard: np.ndarray, features: Mapping[str, np.ndarray]) -> np.ndarray:
        base = np.log(np.array(self.success) / (1 - np.array(self.success)))[:, None]
        odds = base - self.spread * hard
        if self.bad_slice:
            here = np.logical_and.reduce([features[tag] == value for tag, value in self.bad_slice.items()])
            odds[0] -= self.bad_by * here
        return 1 / (1 + np.exp(-odds))


def random_world(rng: np.random.Generator, cluster_size: int) -> World:
    """A world whose floor lies about what one of its candidates truly reaches: where mistakes are easiest."""
    base = np.sort(rng.uniform(0.75, 0.97, size=3))
    world = World(
        success=tuple(base), spread=rng.uniform(0, 2), signal=float(rng.choice([0.0, 0.5, 0.9])),
        bad_slice={"topic": str(rng.choice(TOPICS))} if rng.random() < 0.5 else {},
        bad_by=rng.uniform(0.5, 3), cluster_size=cluster_size,
    )  # fmt: skip
    truth = world.truth(8_000, rng)
    rate = truth.of(single("world", str(rng.choice(world.names))))[0]
    return replace(world, floor=float(np.clip(rate + rng.uniform(-0.02, 0.03), 0.3, 0.995)))


def hopeless_world(rng: np.random.Generator, cluster_size: int) -> World:
    """A world whose floor lies a hair above its best candidate, and nothing tells items apart: whatever is
    certified here is certified falsely."""
    top = rng.uniform(0.8, 0.97)
    world = World(
        success=(top - 0.02, top - 0.01, top), spread=rng.uniform(0, 2), confident=False,
        cluster_size=cluster_size,
    )  # fmt: skip
    truth = world.truth(40_000, rng)
    return replace(world, floor=truth.of(single("world", "frontier"))[0] + 0.002)
