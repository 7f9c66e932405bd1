"""Claims about the tests behind slices, against independent definitions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from evalkit.routes.slices import fisher_p


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fishers_p_is_scipys(n: int, m: int, data: st.DataObject) -> None:
    """The same one-sided test by another library."""
    hits, others = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    theirs = fisher_exact([[hits, n - hits], [others, m - others]], alternative="less")[1]
    assert fisher_p(hits, n, others, m) == pytest.approx(theirs, abs=1e-9)
