"""A suite's table from rows of the samples view: aligned, complete, and honest about what is missing."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.routes.table import suite_table


def row(item: str, candidate: str, **changes: Any) -> dict[str, Any]:
    return {
        "run_id": "r1", "suite": "s", "suite_version": "1+a", "family": "classification", "item_id": item,
        "candidate": candidate, "tier": "slim", "requested_fingerprint": f"f-{candidate}", "repeat": 0,
        "status": "answered", "success": True, "format_valid": True, "cost_usd": 0.5, "e2e_latency_s": 1.5,
        "latency_s": 1.0, "confidence": 0.9, "parsed": '"a"', "error_kind": None, "tags": {"language": "de"},
        "cluster": None, "weight": 1.0, "simulated": False, **changes,
    }  # fmt: skip


def fault(item: str, candidate: str, kind: str, **changes: Any) -> dict[str, Any]:
    nothing = {"success": False, "format_valid": False, "parsed": None, "confidence": None}
    return row(item, candidate, **{**nothing, "status": "faulted", "error_kind": kind, **changes})


def test_rows_are_aligned_by_item_whatever_their_order():
    """A policy pays slim and frontier for the same item, or its costs are nonsense."""
    rows = [row(f"i{k}", c, cost_usd=k + 10 * (c == "b")) for k in range(4) for c in ("a", "b")]
    shuffled = pd.DataFrame(rows).sample(frac=1, random_state=3)
    table = suite_table(shuffled)
    by_item = {str(i): table.cost_usd[:, k].tolist() for k, i in enumerate(table.ids)}
    a, b = table.row("a"), table.row("b")
    assert {i: (v[a], v[b]) for i, v in by_item.items()} == {
        f"i{k}": (float(k), float(k + 10)) for k in range(4)
    }
    assert table.fingerprints[a] == "f-a"
    assert table.features["language"].tolist() == ["de"] * 4


def test_only_items_that_all_candidates_were_asked_stay():
    """A candidate that was spared the hard items must not look better for it."""
    rows = [row(f"i{k}", "a") for k in range(10)] + [row(f"i{k}", "b") for k in range(8)]
    table = suite_table(pd.DataFrame([*rows, row("i9", "b", status="not_asked")]))
    assert table.n_items == 8
    assert table.items_left_out == 2


def test_a_candidate_with_few_answers_leaves_instead_of_the_items():
    """A smoke run of ten items must not shrink a suite of a thousand to ten."""
    rows = [row(f"i{k}", "a") for k in range(10)] + [row(f"i{k}", "b") for k in range(3)]
    table = suite_table(pd.DataFrame(rows))
    assert (table.names, table.n_items) == (("a",), 10)
    assert table.left_out == {"b": "it was asked 3 of 10 items"}


def test_answers_to_another_version_of_the_suite_leave():
    """Items of the same name may ask something else since."""
    old = [row(f"i{k}", "b", run_id="r0", suite_version="1+z") for k in range(4)]
    table = suite_table(pd.DataFrame([*old, *[row(f"i{k}", "a", run_id="r1") for k in range(4)]]))
    assert table.names == ("a",)
    assert "another version" in table.left_out["b"]
    assert table.suite_version == "1+a"


def test_a_fault_is_no_success_costs_its_money_and_waits_its_time():
    """Retries are billed, and a time-out takes at least the limit."""
    rows = [
        row("i0", "a"),
        fault("i1", "a", "timed_out", cost_usd=0.25, e2e_latency_s=3.0),
        fault("i2", "a", "server_error", e2e_latency_s=4.0),
    ]
    table = suite_table(pd.DataFrame(rows), timeouts_s={"a": 20.0})
    assert table.success[0].tolist() == [True, False, False]
    assert table.answered[0].tolist() == [True, False, False]
    assert table.cost_usd[0].tolist() == [0.5, 0.25, 0.5]
    assert table.latency_s[0].tolist() == [1.5, 20.0, 4.0]
    assert suite_table(pd.DataFrame(rows)).latency_s[0, 1] == np.inf


def test_a_cost_that_is_not_known_is_not_zero():
    """One unknown cost makes a total unknown, never smaller."""
    table = suite_table(pd.DataFrame([row("i0", "a", cost_usd=None), row("i0", "b")]))
    assert table.cost_known.tolist() == [False, True]


def test_no_call_and_out_of_scope_are_read_from_the_parsed_answer():
    """Both are signals that a service sees; each belongs to its family."""
    calls = [
        row("i0", "a", family="tool_calls", parsed="[]"),
        row("i1", "a", family="tool_calls", parsed="[{}]"),
    ]
    assert suite_table(pd.DataFrame(calls)).no_call[0].tolist() == [True, False]
    labels = [row("i0", "a", parsed='"oos"'), row("i1", "a", parsed="oos"), row("i2", "a", parsed="[]")]
    table = suite_table(pd.DataFrame(labels), out_of_scope="oos")
    assert table.out_of_scope[0].tolist() == [True, True, False]
    assert not table.no_call.any()


def test_repeats_agree_when_all_parsed_answers_are_the_same():
    """What a service would see by asking twice: equal answers, none missing; all are paid."""
    rows = [
        row("i0", "a", repeat=0), row("i0", "a", repeat=1, e2e_latency_s=2.5, cost_usd=0.7),
        row("i1", "a", repeat=0), row("i1", "a", repeat=1, parsed='"b"', success=False),
        row("i2", "a", repeat=0), fault("i2", "a", "server_error", repeat=1),
        row("i3", "a", repeat=0, parsed=None), row("i3", "a", repeat=1, parsed=None),
    ]  # fmt: skip
    twice = suite_table(pd.DataFrame(rows)).repeats[2]
    assert twice.agree[0].tolist() == [True, False, False, False]
    assert twice.cost_usd[0, 0] == pytest.approx(1.2)
    assert twice.latency_s[0, 0] == 2.5
    assert twice.complete.tolist() == [True]


def test_repeats_of_a_part_of_the_items_are_no_signal_for_all():
    """Flakiness is measured on a random part; a route needs every item."""
    rows = [row("i0", "a"), row("i0", "a", repeat=1), row("i1", "a")]
    assert suite_table(pd.DataFrame(rows)).repeats == {}


def test_the_same_sample_of_two_runs_counts_once():
    """Two runs are not two repeats."""
    rows = [row("i0", "a", run_id="r1", cost_usd=1.0), row("i0", "a", run_id="r2", cost_usd=2.0)]
    table = suite_table(pd.DataFrame(rows))
    assert table.repeats == {}
    assert table.cost_usd.tolist() == [[2.0]]


def test_features_are_numbers_where_all_are_and_lacks_are_kept():
    """A text column of numbers could not be cut at a threshold."""
    rows = pd.DataFrame([row("i0", "a"), row("i1", "a")])
    table = suite_table(rows, features={"i0": {"words": 3, "kind": "x"}, "i1": {"kind": 4}})
    assert table.features["words"][0] == 3
    assert np.isnan(table.features["words"][1])
    assert table.features["kind"].tolist() == ["x", "4"]


def test_a_part_and_a_choice_of_candidates_stay_aligned():
    """Everything after the split works on parts."""
    rows = [
        row(f"i{k}", c, cost_usd=k + 10 * (c == "b"), repeat=r, cluster=f"c{k // 2}")
        for k in range(6)
        for c in ("a", "b")
        for r in (0, 1)
    ]
    table = suite_table(pd.DataFrame(rows))
    part = table.part(np.array([False, True, False, True, True, False])).only(["b"])
    assert part.names == ("b",)
    assert part.ids.tolist() == ["i1", "i3", "i4"]
    assert part.cost_usd.tolist() == [[11, 13, 14]]
    assert part.repeats[2].cost_usd.tolist() == [[22, 26, 28]]
    assert part.clusters is None
    assert part.cluster_names.tolist() == ["c0", "c1", "c2"]


def test_rows_of_two_suites_or_none_are_refused():
    """A mixture would average two floors."""
    with pytest.raises(ValueError, match="one suite"):
        suite_table(pd.DataFrame([row("i0", "a"), row("i0", "a", suite="t")]))
    with pytest.raises(ValueError, match="one suite"):
        suite_table(pd.DataFrame([row("i0", "a", status="not_asked")]))
