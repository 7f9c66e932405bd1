"""A small version of ``benchmarks/calibration.py``: verdicts keep their word where the truth is known."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from evalkit.stats import paired_difference
from evalkit.stats.arrays import design

GATES = 3_000


@pytest.fixture(scope="module")
def calibration():
    path = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration", path)
    module = sys.modules["calibration"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["calibration"]


@pytest.mark.parametrize("name", ["plain", "repeated", "clustered", "uneven"])
@pytest.mark.parametrize("n", [60, 250])
@pytest.mark.parametrize("discordance", [0.05, 0.3])
def test_no_change_rarely_fails(calibration, name, n, discordance):
    line = calibration.error("no change", name, n, discordance, 0.0, GATES, np.random.default_rng(1))
    assert line.rate <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / GATES)


@pytest.mark.parametrize("name", ["plain", "repeated", "clustered", "uneven"])
@pytest.mark.parametrize("discordance", [0.05, 0.1, 0.3])
def test_a_loss_of_the_margin_rarely_passes(calibration, name, discordance):
    line = calibration.error(
        "loss of the margin", name, 250, discordance, 0.05, GATES, np.random.default_rng(2)
    )
    assert line.rate <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / GATES)


@pytest.mark.parametrize("name", ["clustered", "uneven"])
def test_the_benchmark_judges_as_the_product_does(calibration, name):
    """It reduces many gates at once; each must get the bounds that ``paired_difference`` gives it."""
    names = calibration.cluster_names(100, name)
    values = calibration.clustered(design(100, names, None), 0.3, -0.1, 20, np.random.default_rng(3))
    low, high = calibration.difference_bounds(
        calibration.difference_moments(values, design(100, names, None)), 0.95
    )
    for gate in range(20):
        interval = paired_difference(values[gate] < 0, values[gate] > 0, clusters=names).interval
        assert (interval.low, interval.high) == pytest.approx((low[gate], high[gate]))


def test_the_coverage_of_wilson_is_exact_and_beats_the_normal_approximation(calibration):
    line = calibration.wilson_coverage(60, 0.98)
    assert line.covered > 0.94
    assert line.normal < 0.75
