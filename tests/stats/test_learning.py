"""Success against training examples: the line, its two errors, and when nothing is foretold."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats import fit_learning
from evalkit.stats.learning import FEWEST_SIZES

SIZES = np.array([50, 100, 200, 400, 800])


def answers(n: int, rates: np.ndarray, seed: int) -> np.ndarray:
    """(n, models) booleans: harder items need more."""
    hard = np.random.default_rng(seed).random(n)
    return hard[:, None] < rates


def test_the_line_is_least_squares_of_the_means() -> None:
    """By numpy's own fit of the same points."""
    rates = np.array([0.4, 0.52, 0.6, 0.66, 0.8])
    found = fit_learning(SIZES, answers(500, rates, 1))
    assert found is not None
    means = answers(500, rates, 1).mean(axis=0)
    slope, start = np.polyfit(np.log2(SIZES), means, 1)
    assert found.per_doubling.estimate == pytest.approx(slope)
    assert found.next_size == 1600
    assert found.next_success.estimate == pytest.approx(start + slope * np.log2(1600))


def test_one_more_model_falls_into_the_prediction_as_often_as_said() -> None:
    """Where trainings of one size differ by 4 points and the truth is a line; 95% of 400 worlds."""
    rng, inside, slopes = np.random.default_rng(5), 0, 0
    for world in range(400):
        true = 0.35 + 0.06 * np.arange(6)
        noisy = np.clip(true + 0.04 * rng.standard_normal(6), 0, 1)
        drawn = answers(300, noisy, world)
        found = fit_learning(SIZES, drawn[:, :5])
        assert found is not None
        inside += found.next_success.low <= noisy[5] <= found.next_success.high
        slopes += found.per_doubling.low <= 0.06 <= found.per_doubling.high
    assert 0.92 <= inside / 400 <= 0.995
    assert 0.92 <= slopes / 400 <= 0.995


def test_too_few_sizes_foretell_nothing() -> None:
    """Two points always lie on a line; three models of two sizes are no more."""
    y = answers(100, np.array([0.4, 0.5, 0.6]), 3)
    assert fit_learning(SIZES[:FEWEST_SIZES], y) is not None
    assert fit_learning(SIZES[: FEWEST_SIZES - 1], y[:, :2]) is None
    assert fit_learning([50, 100, 100], y) is None
    assert fit_learning(SIZES[:3], y, clusters=["a"] * 100) is None


def test_copies_of_items_in_clusters_change_nothing() -> None:
    """Four questions on one document tell no more of the slope than one."""
    y = answers(80, np.array([0.4, 0.5, 0.65]), 4)
    once = fit_learning(SIZES[:3], y)
    copied = fit_learning(SIZES[:3], np.repeat(y, 4, axis=0), clusters=np.repeat(np.arange(80), 4))
    assert once is not None
    assert copied is not None
    assert copied.per_doubling.width == pytest.approx(once.per_doubling.width)
    assert copied.next_success.low == pytest.approx(once.next_success.low)


def test_a_prediction_stays_a_rate() -> None:
    """A line that runs on past 1 is cut: the docstring says that it promises too much there."""
    found = fit_learning(SIZES[:3], answers(200, np.array([0.6, 0.8, 0.99]), 6))
    assert found is not None
    assert found.next_success.estimate <= 1
    assert 0 <= found.next_success.low <= found.next_success.high <= 1
