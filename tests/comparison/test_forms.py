"""Claims about the mix of forms: a planted shift is found, no change passes, unknown is said by silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.cli.comparison_text import comparison_text
from evalkit.comparison import compare, find_shifted_forms
from tests.economics.frames import make_samples


def mixed(n: int, fenced: int, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """All right; the first `fenced` of n in an order drawn by seed are fenced, the others bare."""
    forms = np.array(["fenced"] * fenced + ["bare"] * (n - fenced), dtype=object)
    return make_samples([True] * n, form=list(np.random.default_rng(seed).permutation(forms)), **columns)


def test_a_planted_shift_is_found_although_every_answer_is_right() -> None:
    """The success rate hides it, and production breaks."""
    found = compare(mixed(200, 20), mixed(200, 60, seed=1)).suites[0]
    bare, fenced = found.forms
    assert [(c.form, c.a, c.b) for c in found.forms] == [("bare", 180, 140), ("fenced", 20, 60)]
    assert fenced.difference.difference == pytest.approx(0.2)
    assert bare.p_adjusted == pytest.approx(2 * bare.p)
    assert {c.form for c in find_shifted_forms(found.forms, 0.05)} == {"bare", "fenced"}
    text = comparison_text(compare(mixed(200, 20), mixed(200, 60, seed=1)))
    assert "forms: bare 180 → 140, fenced 20 → 60 (SHIFTED: bare, fenced" in text


def test_no_change_passes_and_noise_seldom_shifts() -> None:
    """300 draws of the same mix at a chance of 5%: the test may not cry wolf."""
    assert all(c.p == 1.0 for c in compare(mixed(200, 20), mixed(200, 20)).suites[0].forms)
    rng = np.random.default_rng(7)
    cried = 0
    for _ in range(60):
        a, b = (make_samples([True] * 120, form=list(rng.choice(["bare", "fenced"], 120, p=[0.8, 0.2])))
                for _ in range(2))  # fmt: skip
        cried += bool(find_shifted_forms(compare(a, b).suites[0].forms, 0.05))
    assert cried <= 8  # 60 at 5%: 9 or more come by chance in 0.3% of seeds


def test_wrong_answers_count_and_unread_ones_take_no_form() -> None:
    """The decoder meets every answer."""
    a = make_samples([True, True, False, False], form=["bare", "bare", "bare", None])
    (bare,) = compare(a, a).suites[0].forms
    assert (bare.a, bare.difference.rate_a) == (3, 0.75)


def test_a_side_whose_forms_are_not_known_is_not_compared() -> None:
    """A baseline of before forms were recorded must not look like a shift; its parsers may tell."""
    new = mixed(40, 20)
    assert compare(make_samples([True] * 40), new).suites[0].forms == ()
    assert "forms:" not in comparison_text(compare(make_samples([True] * 40), new))
    old = make_samples([True] * 40, family="extraction", parser=["json"] * 30 + ["json_fenced"] * 10)
    assert [(c.form, c.a) for c in compare(old, new).suites[0].forms] == [("bare", 30), ("fenced", 10)]
