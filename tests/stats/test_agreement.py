"""Cohen's kappa of two sides' rightness, against scikit-learn and the bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from evalkit.stats import cohens_kappa


def sides(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    hard = rng.random(n)
    return hard + 0.3 * rng.standard_normal(n) < 0.7, hard + 0.3 * rng.standard_normal(n) < 0.5


def test_kappa_is_scikit_learns_and_its_error_the_bootstraps() -> None:
    """Two teachers of the same students: the estimate by another library, the interval by resampling."""
    a, b = sides(400, 1)
    found = cohens_kappa(a, b)
    assert found.estimate == pytest.approx(cohen_kappa_score(a, b))
    rng = np.random.default_rng(2)
    draws = [cohen_kappa_score(a[at], b[at]) for at in rng.integers(0, 400, (600, 400))]
    assert [found.low, found.high] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.02)


def test_copies_of_items_in_clusters_do_not_narrow_the_interval() -> None:
    """Four questions on one document are not four documents."""
    a, b = sides(100, 3)
    once = cohens_kappa(a, b)
    copied = cohens_kappa(np.repeat(a, 4), np.repeat(b, 4), clusters=np.repeat(np.arange(100), 4))
    assert copied.estimate == pytest.approx(once.estimate)
    assert copied.width == pytest.approx(once.width)
    weighted = cohens_kappa(a, b, weights=np.full(100, 2.0))
    assert weighted.width == pytest.approx(once.width)


@pytest.mark.parametrize(("a", "b", "kappa"), [([1, 1, 0, 0], [1, 1, 0, 0], 1.0), ([1, 0], [0, 1], -1.0)])
def test_the_ends_of_kappa(a: list[int], b: list[int], kappa: float) -> None:
    """All the same, and all opposite."""
    assert cohens_kappa(a, b).estimate == kappa


def test_without_variation_there_is_nothing_to_agree_on() -> None:
    """Two perfect models agree on all, which says nothing."""
    found = cohens_kappa([1, 1, 1], [1, 1, 1])
    assert math.isnan(found.estimate)
    assert (found.low, found.high) == (-1.0, 1.0)
    assert cohens_kappa([], []).n == 0
