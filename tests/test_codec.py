"""The hashes that say what may be compared."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evalkit.records import content_hash

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)


@given(st.lists(PLAIN, max_size=4))
def test_a_hash_is_that_of_the_canonical_json_however_it_is_fed(values: list[Any]) -> None:
    """Baselines in git hold these hashes: how they are computed may change, what they are may not."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    assert content_hash(*values) == expected
    fed = [iter(v) if isinstance(v, list) else v for v in values]
    assert content_hash(*fed) == expected
