"""The hashes that say what may be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.records import (
    Decoding,
    Item,
    Request,
    Suite,
    content_hash,
    from_plain,
    request_hasher,
    to_plain,
)
from evalkit.records.suite import part_of

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


@pytest.mark.parametrize("terms", [{}, {"tools": ({"name": "f"},)}, {"decoding": Decoding(seed=7)}])
def test_requests_hashed_one_after_the_other_hash_as_each_alone(terms: dict[str, Any]) -> None:
    """Reuse finds an answer by this hash: what is remembered between two requests must not show in it."""
    hashed = request_hasher()
    plain = Request(suite="s", item_id="1", messages=({"role": "user", "content": "é\ud800"},))
    for request in (plain, replace(plain, **terms), plain, replace(plain, **terms)):
        whole = content_hash(
            request.messages, request.tools, request.tool_choice, request.constraint, request.decoding,
            request.want_logprobs,
        )  # fmt: skip
        assert hashed(request) == request.request_hash == whole


@pytest.mark.parametrize("kept", [tuple, list], ids=["in memory", "elsewhere"])
def test_a_suite_comes_back_with_its_items_wherever_they_are_kept(kept: type) -> None:
    """An exported suite is read back from its plain form: items that stay dictionaries score nothing."""
    items: Sequence[Item] = [Item(id="a", input="one", target="x"), Item(id="b", input="two", target="y")]
    suite = Suite(name="s", family="classification", version="1", items=part_of(kept(items), [0, 1]))
    back = from_plain(Suite, json.loads(json.dumps(to_plain(suite))))
    assert back.items == tuple(items)
    assert back.content_hash == suite.content_hash
