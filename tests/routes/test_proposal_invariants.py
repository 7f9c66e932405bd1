"""Whatever the samples look like, a proposal keeps its rules: random tables with all that goes wrong."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.records import Stakes
from evalkit.routes.certify import choosing_part
from evalkit.routes.proposal import propose
from evalkit.routes.settings import RouteLimits, breaches, find_ruled_out
from evalkit.routes.table import Repeats, SuiteTable
from tests.routes.tables import faults_of, table

NAMES = ("slim", "mid", "frontier")


def messy(seed: int) -> SuiteTable:
    """Faults, invalid answers, missing confidences and costs, weights, clusters, repeats and free models."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 220))
    shape = (3, n)
    answered = rng.random(shape) > rng.choice([0, 0.05, 0.5])
    valid = answered & (rng.random(shape) > rng.choice([0, 0.1]))
    rates = np.sort(rng.random(3))[:, None]
    costs = {name: rng.choice([0.0, 1e-4, 2.0]) * rng.random(n) for name in NAMES}
    if rng.random() < 0.3:
        costs["mid"][0] = np.nan
    sure = rng.random(shape)
    sure[rng.random(shape) < rng.choice([0, 0.02, 0.9])] = np.nan
    maybe = {
        "weights": rng.choice([0.0, 1.0, 3.0], size=n) if rng.random() < 0.3 else None,
        "clusters": [f"c{k}" for k in rng.integers(0, n // 3, size=n)] if rng.random() < 0.4 else None,
    }
    twice = Repeats(
        agree=valid & (rng.random(shape) > 0.3),
        cost_usd=np.stack([2 * costs[name] for name in NAMES]),
        latency_s=rng.random(shape) + 1,
        complete=rng.random(3) > 0.5,
    )
    return table(
        {name: list(row) for name, row in zip(NAMES, valid & (rng.random(shape) < rates), strict=True)},
        cost_usd=costs,
        latency_s={"slim": rng.random(n), "mid": np.where(answered[1], 1.0, np.inf)},
        confidence=dict(zip(NAMES, sure, strict=True)),
        features={
            "topic": list(rng.choice(["a", "b", "c", "d"], size=n)),
            "words": list(np.where(rng.random(n) < 0.1, np.nan, rng.integers(1, 50, size=n))),
        },
        stakes=Stakes(
            quality_floor=float(rng.choice([0.2, 0.5, 0.9])),
            error_cost_usd=rng.choice([None, 0.01, 5.0]),
            review_cost_usd=rng.choice([None, 0.5]),
            latency_slo_s=rng.choice([None, 1.2]),
            volume_per_month=1_000,
        ),
        answered=answered,
        format_valid=valid,
        repeats={2: twice} if rng.random() < 0.5 else {},
        **maybe,
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_a_proposal_keeps_its_rules_whatever_the_samples_are(seed: int):
    """One search over a messy suite that crashes, or breaks a limit, costs the whole page its trust."""
    suite = messy(seed)
    limits = RouteLimits(
        forbidden={"frontier": "remote"} if seed % 3 == 0 else {},
        least_tier="mid" if seed % 5 == 0 else None,
        must_review=seed % 7 == 0,
    )
    (found,) = propose([suite], limits={"s": limits})
    assert found.reason or found.proposed is not None
    for passed in found.tested:
        assert faults_of(passed.choice.policy) == ()
        assert breaches(passed.choice.policy, suite, limits) == ()
        assert passed.certificate.certified <= (passed.certificate.p_value <= passed.certificate.level)
    if found.proposed is not None:
        assert found.certificate is not None
        assert found.certificate.certified
        assert found.certificate.lower_bound >= suite.stakes.quality_floor - 1e-6
        confirming = suite.part(~choosing_part(suite))
        allowed = confirming.only([n for n in suite.names if n not in find_ruled_out(suite, limits)])
        assert found.figures is not None
        if not found.proposed.reviews:
            top = np.average(allowed.success.any(axis=0), weights=allowed.weight)
            assert found.figures.success.estimate <= top + 1e-9
            assert found.oracle_usd is not None
            assert found.figures.calls_usd is not None
            assert found.figures.calls_usd.estimate >= found.oracle_usd - 1e-9
