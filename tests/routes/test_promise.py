"""The promise, counted in worlds of known truth; a small version of `benchmarks/route_worlds.py`."""

import numpy as np

from benchmarks.route_world import random_world
from evalkit.routes.certify import binomial_p_value
from evalkit.routes.proposal import propose
from evalkit.routes.search import build_pool

WORLDS = 40
ALPHA = 0.05


def test_routes_certified_falsely_are_rare_although_the_floor_is_where_it_hurts():
    """Floors lie about what candidates truly reach; choosing and confirming on the same items breaks the
    promise there, so that this test can fail."""
    false = flattered = certified = 0
    for seed in np.random.SeedSequence(20261122).spawn(WORLDS):
        rng = np.random.default_rng(seed)
        world = random_world(rng, cluster_size=1)
        suite = world.draw(300, rng)
        (found,) = propose([suite], alpha=ALPHA)
        routes = [t.choice.policy for t in found.tested if t.certificate.certified]
        truth = world.truth(6_000, rng)
        certified += len(routes)
        false += any(truth.of(route)[0] < world.floor for route in routes)
        everything = build_pool(suite)
        best = everything.policy(int(np.argmax(everything.sums[0])))
        seen = round(float(everything.sums[0].max()) * suite.n_items)
        if binomial_p_value(seen, suite.n_items, world.floor) <= ALPHA:
            flattered += truth.of(best)[0] < world.floor
    assert certified > 12
    assert false <= ALPHA * WORLDS
    assert flattered > false
