"""Where a teacher and a student agree: right together, wrong alike, wrong apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.comparison import agreement_words, compare
from evalkit.comparison.agreement import KINDS
from tests.economics.frames import make_samples

A_RIGHT, B_RIGHT = [True, True, False, False, False, False], [True, False, True, False, False, False]


def sides() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One item both right, one each alone, and three that both get wrong."""
    return make_samples(A_RIGHT), make_samples(B_RIGHT, candidate="student")


def test_every_pair_is_of_one_kind_and_the_same_wrong_answer_is_told_apart_from_another() -> None:
    """A student that repeats its teacher's mistakes has learnt the teacher, not the task."""
    a, b = sides()
    parsed_a = ["x", "x", "x", "x", "x", None]
    parsed_b = ["x", "x", "x", "x", "y", None]
    a, b = a.assign(parsed=parsed_a), b.assign(parsed=parsed_b)
    a.loc[5, "output"], b.loc[5, "output"] = " no idea\n", "no idea"
    found = compare(a, b).suites[0].agreement
    assert [found.items(kind) for kind in KINDS] == [1, 1, 1, 2, 1]
    assert sum(share.share.estimate for share in found.shares) == pytest.approx(1)
    b.loc[5, "output"] = "another idea"
    assert compare(a, b).suites[0].agreement.items("wrong_alike") == 1
    words = agreement_words(found, "the teacher", "the student")
    assert "only the student right 1 (17%" in words
    assert "kappa 0.25" in words


def test_an_item_is_right_where_more_than_half_of_its_repeats_are() -> None:
    """Half is not more than half."""
    a = make_samples(np.ones(6, dtype=bool), repeats=2)
    half = make_samples([True, False, True, True, False, False], repeats=2, candidate="student")
    found = compare(a, half).suites[0].agreement
    assert [found.items(kind) for kind in KINDS] == [1, 2, 0, 0, 0]


def test_without_an_answered_pair_nothing_is_said() -> None:
    """A sentence of zeros would look like a finding."""
    a, b = sides()
    found = compare(a.assign(status="faulted"), b).suites[0].agreement
    assert agreement_words(found, "A", "B") == ""
