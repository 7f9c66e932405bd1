"""Claims about which items are pairs: those of which the model saw the same, whatever they are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from evalkit.baseline.parquet import from_parquet, to_parquet
from evalkit.comparison import Pairs, compare, flips, pair, side
from evalkit.economics.evidence import read_samples
from tests.economics.frames import make_samples


def asked(
    ids: Sequence[str], inputs: Sequence[str | None], success: Sequence[bool] | None = None
) -> pd.DataFrame:
    """Samples of items with these ids and hashes of their inputs."""
    frame = make_samples([True] * len(ids) if success is None else success)
    return frame.assign(item_id=list(ids), input_hash=list(inputs))


def paired(a: pd.DataFrame, b: pd.DataFrame) -> Pairs:
    return pair(side(read_samples(a)), side(read_samples(b)))


def by_id(pairs: Pairs) -> dict[str, str]:
    """Id on the first side -> id on the second."""
    before, now = pairs.a.table.ids[pairs.at_a], pairs.b.table.ids[pairs.at_b]
    return dict(zip(before.tolist(), now.tolist(), strict=True))


def row_numbers(n: int) -> list[str]:
    return [f"row-{k}" for k in range(1, n + 1)]


def test_a_row_added_at_the_top_shifts_no_pair() -> None:
    """Ids by row number named other tickets after one row was added: all six flips were the shift."""
    texts, right = list("abcdefgh"), [True, False, True, True, False, True, False, True]
    before = asked(row_numbers(8), texts, right)
    after = asked(row_numbers(9), ["new", *texts], [False, *right])
    pairs = paired(before, after)
    assert by_id(pairs) == {f"row-{k}": f"row-{k + 1}" for k in range(1, 9)}
    assert flips(pairs) == ()
    assert (pairs.only_a, pairs.only_b, pairs.changed) == ((), ("row-1",), ())
    found = compare(before, after)
    assert found.suites[0].overall.difference.n_pairs == 8
    assert {c.kind: c.message for c in found.caveats}["renamed"] == (
        "8 items kept the same input under another id (row-1 → row-2, row-2 → row-3, row-3 → row-4 and 5 "
        "more): compared under the newer id"
    )


def test_an_item_whose_input_was_edited_is_no_pair_and_is_named() -> None:
    """Two answers to two questions say nothing of the candidate."""
    before = asked(["i1", "i2", "i3"], ["a", "b", "c"], [True, True, True])
    after = asked(["i1", "i2", "i3"], ["a", "B", "c"], [True, False, True])
    pairs = paired(before, after)
    assert by_id(pairs) == {"i1": "i1", "i3": "i3"}
    assert (pairs.changed, pairs.only_a, pairs.only_b, dict(pairs.renamed)) == (("i2",), (), (), {})
    (caveat,) = compare(before, after).caveats
    assert (caveat.kind, caveat.note) == ("input_changed", "the input of 1 item changed (i2): not compared")


def test_a_renamed_item_is_paired_and_its_flip_shows_the_newer_id() -> None:
    """A person looks it up in the suite as it is now."""
    pairs = paired(
        asked(["old", "x"], ["a", "b"], [True, True]), asked(["x", "new"], ["b", "a"], [True, False])
    )
    assert by_id(pairs) == {"old": "new", "x": "x"}
    assert [(f.item_id, f.direction) for f in flips(pairs)] == [("new", "broken")]


def test_renaming_every_item_keeps_answers_identical() -> None:
    """Identity is of answers, not of names."""
    before, after = asked(["a", "b"], ["1", "2"]), asked(["x", "y"], ["2", "1"])
    pairs = paired(before, after)
    assert pairs.identical
    assert dict(pairs.renamed) == {"a": "y", "b": "x"}


@pytest.mark.parametrize("side_with_two", ["first", "second"])
def test_equal_inputs_are_never_crossed(side_with_two: str) -> None:
    """One text may be in a suite twice with different targets: then only the id tells which is which."""
    two, one = asked(["p", "q", "z"], ["same", "same", "z"]), asked(["r", "z"], ["same", "z"])
    before, after = (two, one) if side_with_two == "first" else (one, two)
    assert by_id(paired(before, after)) == {"z": "z"}
    assert by_id(paired(two, two.iloc[[1, 2, 0]])) == {"p": "p", "q": "q", "z": "z"}


def test_an_equal_input_whose_twin_kept_its_id_is_not_paired_by_content() -> None:
    """`q` may be `r` renamed or another one: what is not certain is no pair."""
    pairs = paired(asked(["p", "q"], ["same", "same"]), asked(["p", "r"], ["same", "same"]))
    assert by_id(pairs) == {"p": "p"}
    assert (pairs.only_a, pairs.only_b) == (("q",), ("r",))


def test_swapped_ids_are_paired_by_content() -> None:
    """The id is taken by another input, so the content decides for both."""
    pairs = paired(asked(["p", "q"], ["1", "2"]), asked(["p", "q"], ["2", "1"]))
    assert by_id(pairs) == {"p": "q", "q": "p"}
    assert pairs.changed == ()


@pytest.mark.parametrize("which", [0, 1])
def test_without_hashes_on_a_side_the_id_decides(which: int) -> None:
    """Baselines accepted before inputs were hashed must stay usable."""
    sides = [asked(["p", "q"], ["1", "2"]), asked(["q", "p"], ["3", "4"])]
    sides[which] = sides[which].drop(columns="input_hash")
    pairs = paired(*sides)
    assert by_id(pairs) == {"p": "p", "q": "q"}
    assert pairs.changed == ()


def test_repeats_and_faults_are_paired_by_content_too() -> None:
    """Each item has several samples; a fault takes the renamed item out like any other."""
    before = make_samples([True, False] * 3, repeats=2).assign(input_hash=list("aabbcc"))
    after = before.assign(item_id=list("xxyyzz"))
    after.loc[[2, 3], "status"] = "faulted"
    pairs = paired(before, after)
    assert pairs.ids.tolist() == ["x", "z"]
    assert (len(pairs), pairs.shared) == (2, 3)
    assert np.array_equal(pairs.success_a, [0.5, 0.5])


@pytest.mark.parametrize("empty", [0, 1])
def test_an_empty_side_has_no_pairs(empty: int) -> None:
    """A run that asked nothing is no reason to fail."""
    sides = [asked(["p"], ["1"]), asked(["p"], ["1"])]
    sides[empty] = sides[empty].assign(status="not_asked")
    assert len(paired(*sides)) == 0


def test_a_baseline_keeps_the_hashes() -> None:
    """They travel with the accepted samples: the run may be gone when they are compared."""
    frame = asked(["p", "q"], ["1", None])
    kept = read_samples(from_parquet(to_parquet(frame)))
    assert kept["input_hash"].tolist() == ["1", None]
    assert "input_hash" not in from_parquet(to_parquet(frame.drop(columns="input_hash")))
