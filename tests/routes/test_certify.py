"""Certificates keep their promise: bounds are exact, the order is fixed, what is missing is counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from evalkit.records import Stakes
from evalkit.routes.certify import (
    betting_p_value,
    binomial_p_value,
    certify,
    choosing_part,
    items_for_certificate,
    least_successes,
)
from evalkit.routes.policy import single
from tests.routes.tables import table

FLOOR = Stakes(quality_floor=0.9)


def suite(successes: int, n: int, **more: object):
    return table({"slim": [1] * successes + [0] * (n - successes)}, stakes=FLOOR, **more)


def one(successes: int, n: int, **options: float):
    found = suite(successes, n)
    return certify([(single("s", "slim"), found.success[0].astype(float))], found, **options)[0]


@given(n=st.integers(1, 300), share=st.floats(0, 1), floor=st.floats(0.05, 0.99))
def test_the_p_value_is_the_exact_binomial_one(n: int, share: float, floor: float):
    """Checked against SciPy's test: a normal approximation would break the promise at high rates."""
    k = round(share * n)
    expected = binomtest(k, n, floor, alternative="greater").pvalue
    assert binomial_p_value(k, n, floor) == pytest.approx(expected, abs=1e-12)


def test_the_lower_bound_is_clopper_pearsons():
    """Whether the bound reaches the floor and whether the p-value reaches the level are one question."""
    expected = binomtest(190, 200).proportion_ci(0.90, method="exact").low
    assert one(190, 200).lower_bound == pytest.approx(expected)


@given(successes=st.integers(150, 200), suites=st.integers(1, 20))
def test_bound_and_p_value_say_the_same(successes: int, suites: int):
    """A page that shows a bound above the floor beside "not certified" would be laughed at."""
    found = one(successes, 200, suites=suites)
    if abs(found.p_value - found.level) > 1e-9:
        assert found.certified == (found.lower_bound >= found.floor)


def test_more_suites_need_more_success():
    """Twenty suites at 5% each would hold one false certificate on average."""
    assert one(186, 196).certified
    assert not one(186, 196, suites=20).certified


@given(n=st.integers(1, 500), floor=st.floats(0.3, 0.99), level=st.floats(0.001, 0.2))
def test_the_fewest_successes_are_the_first_that_certify(n: int, floor: float, level: float):
    """The search ranks routes by this number."""
    k = least_successes(n, floor, level)
    assert k == n + 1 or binomial_p_value(k, n, floor) <= level
    assert binomial_p_value(k - 1, n, floor) > level


def test_items_for_a_certificate_give_the_stated_chance():
    """ "How many items are missing" is a promise too: with so many, four of five such suites certify."""
    n = items_for_certificate(0.95, 0.9, 0.05)
    assert n is not None
    assert binom.sf(least_successes(n, 0.9, 0.05) - 1, n, 0.95) >= 0.8
    assert binom.sf(least_successes(n // 2, 0.9, 0.05) - 1, n // 2, 0.95) < 0.8
    assert items_for_certificate(0.9, 0.9, 0.05) is None


def test_missing_items_are_of_the_whole_suite():
    """Only a part of new items confirms; the lead collects for both parts."""
    found = one(95, 100)
    assert not found.certified
    needed = items_for_certificate(0.95, 0.9, 0.05)
    assert needed is not None
    assert found.missing == 2 * (needed - 100)
    assert f"{found.missing:,} more items" in found.in_words
    assert one(85, 100).missing is None
    assert "More items would not help" in one(85, 100).in_words


def test_after_a_failed_route_no_other_is_tested():
    """The order was fixed before: testing on until one passes is how false certificates are made."""
    found = suite(99, 100)
    good, bad = found.success[0].astype(float), np.zeros(100)
    policies = [single("s", name) for name in ("slim", "mid", "frontier")]
    first, second, third = certify([(policies[0], good), (policies[1], bad), (policies[2], good)], found)
    assert (first.certified, second.certified, third.certified) == (True, False, False)
    assert (second.tested, third.tested) == (True, False)
    assert third.p_value <= third.level
    assert "not tested" in third.in_words


def test_a_certificate_says_its_promise():
    """A lead reads the sentence, not the p-value."""
    words = one(990, 1000).in_words
    assert "certified to succeed in at least 90%" in words
    assert "at most 5%" in words


def test_without_a_floor_nothing_can_be_certified():
    """A certificate of nothing would look like one."""
    found = table({"slim": [1, 1]})
    with pytest.raises(ValueError, match="floor"):
        certify([(single("s", "slim"), found.success[0].astype(float))], found)


def clustered(
    rng: np.random.Generator, clusters: int, rate: float, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Successes and sizes of clusters whose items mostly stand or fall together, at a true `rate`."""
    sizes = rng.integers(1, size + 1, clusters).astype(float)
    together = rng.random(clusters) < 0.7
    own = rng.binomial(sizes.astype(int), rate)
    return np.where(together, sizes * (rng.random(clusters) < rate), own), sizes


def test_clusters_do_not_break_the_promise():
    """Ten questions on one document are nearer to one item than to ten: as ten they certify too often."""
    rng = np.random.default_rng(11)
    by_betting = by_items = 0
    worlds = 1_500
    for _ in range(worlds):
        gains, sizes = clustered(rng, 60, 0.9, 10)
        by_betting += betting_p_value(gains, sizes, 0.9, level=0.05) <= 0.05
        by_items += binomial_p_value(int(gains.sum()), int(sizes.sum()), 0.9) <= 0.05
    assert by_betting / worlds <= 0.05
    assert by_items / worlds > 0.15  # the test can fail: without clusters the promise is broken


def test_betting_certifies_what_is_clearly_above_the_floor():
    """A test that never rejects keeps every promise and helps nobody."""
    rng = np.random.default_rng(12)
    found = [betting_p_value(*clustered(rng, 200, 0.97, 5), 0.9, level=0.05) <= 0.05 for _ in range(200)]
    assert np.mean(found) > 0.75


def test_weights_and_clusters_are_tested_by_betting():
    """The binomial test knows neither."""
    assert one(99, 100).method == "exact binomial"
    grouped = suite(99, 100, clusters=[f"c{i // 5}" for i in range(100)])
    found = certify([(single("s", "slim"), grouped.success[0].astype(float))], grouped)[0]
    assert (found.method, found.clusters, found.n) == ("betting over clusters", 20, 100)
    assert found.lower_bound < one(99, 100).lower_bound
    heavy = suite(99, 100, weights=[1.0, 2.0] * 50)
    found = certify([(single("s", "slim"), heavy.success[0].astype(float))], heavy)[0]
    assert found.method == "betting over weighted items"


def test_the_split_keeps_clusters_whole_and_items_on_their_side():
    """A document on both sides would confirm what it chose; so would items that change sides."""
    names = [f"c{i // 4}" for i in range(400)]
    small = suite(200, 200, clusters=names[:200])
    large = suite(400, 400, clusters=names)
    side = choosing_part(large)
    assert all(len(set(side[i : i + 4])) == 1 for i in range(0, 400, 4))
    assert side[:200].tolist() == choosing_part(small).tolist()
    assert 0.35 < side.mean() < 0.65
    assert choosing_part(large, seed=1).tolist() != side.tolist()


def test_clusters_that_never_failed_still_lack_items():
    """Spread that was not seen is no proof: a good many more, never just one, are asked for."""
    found = suite(90, 90, clusters=[f"c{k // 3}" for k in range(90)])
    shown = certify([(single("s", "slim"), found.success[0].astype(float))], found, alpha=0.01)[0]
    assert not shown.certified
    assert shown.missing is not None
    assert shown.missing > 20
