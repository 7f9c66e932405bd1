"""Claims about noise: what repeats show of a side alone is not taken for a change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalkit.baseline import load_baseline, promote
from evalkit.comparison import compare, noise_words
from evalkit.gate import gate
from tests.economics.frames import make_evidence, make_manifest, make_samples, with_faults


def repeated(seed: int, n: int = 400, k: int = 5, chance: float = 0.8) -> np.ndarray:
    """(n * k,) successes whose chance is the same for every attempt: nothing but noise."""
    return np.random.default_rng(seed).random(n * k) < chance


def test_pure_noise_is_said_to_be_noise() -> None:
    """Two draws of the same coin differ, and all of that is noise."""
    a, b = make_samples(repeated(1), repeats=5), make_samples(repeated(2), repeats=5)
    found = compare(a, b).suites[0].noise
    assert found is not None
    assert found.share == pytest.approx(1, abs=0.1)
    assert found.a is not None
    assert found.a.self_discordance == pytest.approx(2 * 0.8 * 0.2, abs=0.03)
    assert found.discordance_of_one == pytest.approx(0.32, abs=0.03)


def test_a_change_of_steady_answers_has_no_noise() -> None:
    """Answers that never contradict themselves differ for one reason only."""
    before = np.repeat(np.arange(100) < 80, 3)
    after = np.repeat(np.arange(100) < 70, 3)
    found = compare(make_samples(before, repeats=3), make_samples(after, repeats=3)).suites[0].noise
    assert found is not None
    assert found.share == 0
    assert found.b is not None
    assert (found.b.flipping, found.b.self_discordance) == ((), 0)
    assert found.b.pass_hat[-1] == found.b.pass_at[-1] == pytest.approx(0.7)


def test_items_that_flip_without_any_change_are_named() -> None:
    """They are the ones to look at before a model is blamed."""
    a = make_samples([True] * 6, repeats=3)
    b = make_samples([True, False, True, True, True, True], repeats=3)
    found = compare(a, b).suites[0].noise
    assert found is not None
    assert found.b is not None
    assert found.b.flipping == ("i00000",)


def test_an_item_with_a_fault_counts_for_neither_side() -> None:
    """Unequal repeats would make the measure say more than it knows."""
    success = np.ones(30, dtype=bool)
    found = compare(make_samples(success, repeats=3), with_faults(make_samples(success, repeats=3), [4]))
    side = found.suites[0].noise
    assert side is not None
    assert side.a is not None
    assert side.b is not None
    assert (side.a.items, side.b.items) == (10, 9)


def test_without_repeats_nothing_is_claimed() -> None:
    """One attempt an item says nothing of noise; one side's repeats say it of that side alone."""
    once, often = make_samples([True] * 20), make_samples([True] * 40, repeats=2)
    assert compare(once, once).suites[0].noise is None
    half = compare(once, often).suites[0].noise
    assert half is not None
    assert (half.a, half.share) == (None, None)
    assert half.b is not None
    assert noise_words(half)[0].startswith("B, 2 repeats")


def test_the_gate_says_how_much_is_noise(tmp_path: Path) -> None:
    """An inconclusive verdict is mended by repeats or by items, and one must know which."""
    a, b = make_samples(repeated(1), repeats=5), make_samples(repeated(2), repeats=5)
    promote(tmp_path, a, make_manifest(a), who="A", why="b", when="2026-11-01T00:00:00+00:00")
    baseline = load_baseline(tmp_path, "triage", "slim")
    rule = gate(make_evidence(b, [baseline])).cases[0].rule("no_regression")
    assert rule is not None
    assert "of its variance is noise of repeating" in rule.sure
