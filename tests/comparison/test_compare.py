"""Claims about comparisons: what is said first, what is paired, what changed, and that sides mirror."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.cli.comparison_text import comparison_text
from evalkit.comparison import compare
from evalkit.errors import UsageError
from evalkit.records import Stakes
from tests.economics.frames import make_manifest, make_samples, with_faults

successes = st.lists(st.booleans(), min_size=2, max_size=60)


def drawn(n: int, rate: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(n) < rate


def test_a_difference_equals_that_of_a_direct_computation() -> None:
    """The figures a verdict rests on must be reproducible by hand from the frames."""
    a, b = make_samples(drawn(250, 0.8, 1)), make_samples(drawn(250, 0.7, 2), candidate="new")
    found = compare(a, b).suites[0]
    merged = a.merge(b, on="item_id")
    assert found.pairs == 250
    assert found.overall.difference.difference == pytest.approx(b["success"].mean() - a["success"].mean())
    assert found.overall.difference.broken == int((merged["success_x"] & ~merged["success_y"]).sum())
    assert {f.item_id for f in found.fixed} == set(
        merged.loc[~merged["success_x"] & merged["success_y"], "item_id"]
    )


def test_a_flip_tells_both_answers_and_error_kinds() -> None:
    """A person decides by what was said before and is said now."""
    a, b = make_samples([True, True, False]), make_samples([True, False, False])
    (flip,) = compare(a, b).suites[0].flips
    assert (flip.item_id, flip.direction, flip.error_a, flip.error_b) == (
        "i00001",
        "broken",
        None,
        "confused_label",
    )
    assert (flip.output_a, flip.output_b) == ("right", "wrong 1")


def test_a_flip_with_repeats_shows_a_repeat_that_went_wrong() -> None:
    """With three repeats, the one to show is the one that failed."""
    a = make_samples([True] * 6, repeats=3)
    b = make_samples([True, True, False, True, True, True], repeats=3)
    (flip,) = compare(a, b).suites[0].flips
    assert flip.success_b == pytest.approx(2 / 3)
    assert flip.output_b == "wrong 2"


def test_critical_broken_items_come_first() -> None:
    """The first flips are the ones that a gate prints."""
    b = make_samples([False, False, False], critical=[False, True, False])
    a = make_samples([True, True, True])
    assert [f.item_id for f in compare(a, b).suites[0].flips] == ["i00001", "i00000", "i00002"]


def test_faulted_pairs_leave_the_difference_and_are_counted() -> None:
    """A fault is not a mistake: it must not look like a broken item."""
    a = make_samples([True] * 10)
    found = compare(with_faults(a, [0]), with_faults(a, [1])).suites[0]
    assert (found.pairs, found.shared) == (8, 10)
    assert found.faulted_share == pytest.approx(0.2)
    assert found.flips == ()
    assert found.overall.difference.difference == 0


def test_samples_not_asked_are_no_pairs() -> None:
    """A partial run has no opinion on what it did not ask."""
    a = make_samples([True] * 4)
    b = make_samples([True] * 4)
    b.loc[3, "status"] = "not_asked"
    found = compare(a, b)
    assert found.suites[0].pairs == 3
    assert "item_set" in {c.kind for c in found.caveats}


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("suite_version", "2+bbbb", "suite_version"),
        ("scorer_hash", "s2", "scorer"),
        ("prompt_hash", "p2", "prompt"),
        ("requested_fingerprint", "f2", "fingerprint"),
        ("load", "concurrency=1", "load"),
        ("reused_from", "run-0", "reused"),
        ("simulated", True, "simulated"),
    ],
)
def test_what_is_not_comparable_is_said(column: str, value: object, kind: str) -> None:
    """Numbers of two different questions must not stand side by side without a word."""
    a = make_samples([True, False])
    found = compare(a, make_samples([True, False], **{column: value}))
    assert [c.kind for c in found.caveats] == [kind]
    assert compare(a, a).caveats == ()


def test_what_manifests_tell_is_said_too() -> None:
    """Machine, decoding and part of a suite stand in manifests only."""
    a = make_samples([True] * 4)
    one = make_manifest(a)
    other = make_manifest(a.head(2), machine={"processor": "cpu-2"}, part="--limit 2")
    entry = other.suites[0]
    from dataclasses import replace

    other = replace(other, suites=(replace(entry, items_total=4),))
    kinds = {c.kind for c in compare(a, a.head(2), manifest_a=one, manifest_b=other).caveats}
    assert kinds == {"hardware", "partial", "item_set"}


def test_a_suite_on_one_side_only_is_named() -> None:
    """It would otherwise vanish from the comparison."""
    a = make_samples([True, True])
    lone = make_samples([True, True], suite="other")
    found = compare(pd.concat([a, lone]), a)
    assert [(c.kind, c.suite) for c in found.caveats] == [("suite", "other")]
    with pytest.raises(UsageError, match="no suite in common"):
        compare(lone, a)


def test_several_candidates_on_a_side_are_refused() -> None:
    """A pair needs one answer a side."""
    a = make_samples([True, True])
    with pytest.raises(UsageError, match="several candidates"):
        compare(pd.concat([a, make_samples([True, True], candidate="x")]), a)


def test_error_kinds_appear_grow_and_go() -> None:
    """The kind of a new failure says more than its number."""
    a = make_samples([False, False, True, True], error_kind=["old", "both", None, None])
    b = make_samples([True, False, False, False], error_kind=[None, "both", "both", "new"])
    changes = {c.kind: (c.a, c.b, c.change) for c in compare(a, b).suites[0].error_kinds}
    assert changes == {"old": (1, 0, "gone"), "both": (1, 2, "grew"), "new": (0, 1, "appeared")}


def test_the_word_of_an_error_kind_is_that_of_its_numbers() -> None:
    """ "5 → 6 (shrank)" mixed a count with a weighted share; where both move otherwise, both are said."""
    light, heavy = [1.0] * 6, [8.0] * 5
    a = make_samples([True] * 6 + [False] * 5, error_kind=[None] * 6 + ["x"] * 5)
    b = make_samples([False] * 6 + [True] * 5, error_kind=["x"] * 6 + [None] * 5)
    (change,) = compare(a.assign(weight=light + heavy), b.assign(weight=light + heavy)).suites[0].error_kinds
    assert (change.a, change.b, change.change) == (5, 6, "grew")
    assert change.share_b < change.share_a
    assert change.counts == "5 → 6 answers, 87.0% → 13.0% of the items as they are weighted"
    (plain,) = compare(a, b).suites[0].error_kinds
    assert (plain.counts, plain.change) == ("5 → 6 answers", "grew")


def test_equal_numbers_of_unequal_weight_are_said() -> None:
    """The number stays and the share moves: that is a change too."""
    a = make_samples([False, True], error_kind=["x", None]).assign(weight=[1.0, 3.0])
    b = make_samples([True, False], error_kind=[None, "x"]).assign(weight=[1.0, 3.0])
    (change,) = compare(a, b).suites[0].error_kinds
    assert change.change == "same"
    assert change.counts == "1 → 1 answers, 25.0% → 75.0% of the items as they are weighted"


def test_identical_answers_are_noted_only_when_every_byte_agrees() -> None:
    """Identity passes a gate with certainty, so it may not be guessed."""
    a = make_samples([True, False, True])
    assert compare(a, a.sample(frac=1, random_state=1)).suites[0].identical
    b = a.copy()
    b.loc[2, "output"] = "right "
    assert not compare(a, b).suites[0].identical
    c = a.copy()
    c.loc[2, "tool_calls"] = '[{"name":"f"}]'
    assert not compare(a, c).suites[0].identical


def test_slices_split_by_tag_and_carry_corrected_p_values() -> None:
    """A bad slice can hide in a good mean; looking at many must not find one in noise."""
    x = np.ones(120, dtype=bool)
    y = x.copy()
    y[1::3] = False
    slices = {s.name: s for s in compare(make_samples(x), make_samples(y)).suites[0].slices}
    assert set(slices) == {"lang=en", "lang=de", "lang=es"}
    assert slices["lang=de"].difference.difference == -1
    assert slices["lang=de"].exploring_p is not None
    assert slices["lang=de"].exploring_p < 1e-6
    assert slices["lang=en"].exploring_p == 1


def test_families_and_all_suites_are_pooled_over_items() -> None:
    """The overall figure is over items, so that a small suite does not count as much as a large one."""
    a = pd.concat([make_samples([True] * 30), make_samples([True] * 10, suite="s2", family="extraction")])
    b = pd.concat([make_samples([True] * 30), make_samples([False] * 10, suite="s2", family="extraction")])
    found = compare(a, b)
    assert found.overall is not None
    assert found.overall.difference.difference == pytest.approx(-0.25)
    assert {f.name: f.difference.difference for f in found.families} == {
        "classification": 0,
        "extraction": -1,
    }


def test_money_time_and_tokens_change_on_the_same_items() -> None:
    """An upgrade that is as good may still cost twice as much."""
    a = make_samples(drawn(100, 0.8))
    b = make_samples(drawn(100, 0.8), cost_usd=0.002, latency_s=3.0, output_tokens=25)
    found = compare(a, b).suites[0]
    assert found.cost_per_success_usd.b == pytest.approx(2 * (found.cost_per_success_usd.a or 0))
    assert found.service_s.change is not None
    assert found.service_s.change.estimate == pytest.approx(3)
    assert found.output_tokens.change is not None
    assert found.output_tokens.change.estimate == pytest.approx(15)


def test_an_unknown_cost_leaves_its_change_unknown() -> None:
    """Never a smaller total."""
    a = make_samples([True, True])
    b = make_samples([True, True], cost_usd=[0.1, np.nan])
    change = compare(a, b).suites[0].cost_per_success_usd
    assert (change.b, change.change) == (None, None)


def test_the_margin_is_the_callers_then_the_suites_own() -> None:
    """A suite of high stakes declares a tighter one."""
    a = make_samples([True, True])
    manifest = make_manifest(a, stakes=Stakes(margin=0.02))
    assert compare(a, a, manifest_b=manifest).suites[0].overall.margin == 0.02
    assert compare(a, a, manifest_b=manifest, margin=0.1).suites[0].overall.margin == 0.1
    assert compare(a, a).suites[0].overall.margin == 0.05


def test_the_plain_form_is_json() -> None:
    """`--json` must not print Infinity or NaN."""
    a = make_samples([False, False])
    text = json.dumps(compare(a, a).to_json(), allow_nan=False)
    assert '"inf"' in text


@given(successes, st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=12, deadline=None)
def test_comparing_the_other_way_round_mirrors(first: list[bool], seed: int, clustered: bool) -> None:
    """Who stands first must not decide who wins."""
    second = np.random.default_rng(seed).permutation(first)
    cluster = [f"c{k // 3}" if clustered else None for k in range(len(first))]
    a, b = make_samples(first, cluster=cluster), make_samples(second, cluster=cluster)
    there, back = compare(a, b).suites[0], compare(b, a).suites[0]
    one, other = there.overall.difference.interval, back.overall.difference.interval
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (-other.estimate, -other.high, -other.low), abs=1e-6
    )
    assert {f.item_id for f in there.broken} == {f.item_id for f in back.fixed}
    assert {f.item_id for f in there.fixed} == {f.item_id for f in back.broken}


@given(successes)
@settings(max_examples=12, deadline=None)
def test_comparing_with_itself_never_finds_a_loss(success: list[bool]) -> None:
    """A tool that sees a change where there is none gets switched off."""
    found = compare(make_samples(success), make_samples(success)).suites[0]
    assert found.identical
    assert found.flips == ()
    assert found.overall.difference.difference == 0
    assert found.overall.judgement.outcome != "fail"


def test_the_text_says_each_family_where_there_are_several() -> None:
    """One kind of work may gain what another loses."""
    before = [make_samples(drawn(60, 0.9), suite=s) for s in ("triage", "orders")]
    after = [make_samples(drawn(60, rate), suite=s) for s, rate in (("triage", 0.9), ("orders", 0.3))]
    before[1]["family"] = after[1]["family"] = "extraction"
    text = comparison_text(compare(pd.concat(before), pd.concat(after)))
    assert "all of classification: " in text
    assert "all of extraction: FAIL" in text
    assert "all of" not in comparison_text(compare(before[0], after[0]))
