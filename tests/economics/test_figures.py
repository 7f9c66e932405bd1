"""Claims about the figures of a candidate: repeats, clusters, faults, time-outs, nullable columns."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.economics import figures
from evalkit.economics.evidence import read_samples, tags_of
from evalkit.records import Stakes
from evalkit.stats import quantile_interval, rate_interval
from tests.economics.frames import make_manifest, make_samples, with_faults


def test_each_suite_and_candidate_has_one_record() -> None:
    """In order of appearance, so that tables are stable."""
    frame = pd.concat(
        [make_samples([True]), make_samples([True], candidate="b"), make_samples([True], suite="t")]
    )
    assert [(f.suite, f.candidate) for f in figures(frame)] == [
        ("triage", "slim"),
        ("triage", "b"),
        ("t", "slim"),
    ]


def test_plain_items_have_wilsons_interval() -> None:
    """Against the statistics themselves."""
    success = np.random.default_rng(0).random(80) < 0.7
    assert figures(make_samples(success))[0].success == rate_interval(success)


def test_repeats_are_averaged_by_item() -> None:
    """Three answers to one question are no three questions."""
    found = figures(make_samples([True, False, True, True, True, True], repeats=3))[0]
    assert (found.items, found.samples, found.success.n) == (2, 6, 2)
    assert found.success.estimate == pytest.approx((2 / 3 + 1) / 2)


def test_clusters_and_weights_reach_the_interval() -> None:
    """Items of one document hang together; a weighted item counts as it should."""
    success = [True, True, False, False] * 10
    cluster = np.repeat(np.arange(20), 2).astype(str)
    plain, clustered = figures(make_samples(success))[0], figures(make_samples(success, cluster=cluster))[0]
    assert clustered.success.width > plain.success.width
    weighted = figures(make_samples(success, weight=[3.0, 3.0, 1.0, 1.0] * 10))[0]
    assert weighted.success.estimate == pytest.approx(0.75)
    assert weighted.mean_score == pytest.approx(0.75)


def test_faults_lower_availability_not_success() -> None:
    """A fault is not a mistake."""
    found = figures(with_faults(make_samples([True] * 10), [0, 1]))[0]
    assert (found.success.estimate, found.success.n) == (1.0, 8)
    assert found.availability.estimate == pytest.approx(0.8)
    assert found.faulted_share == pytest.approx(0.2)
    assert (found.error_kinds, found.fault_kinds) == ({}, {"backend_error": 2})


def test_a_time_out_counts_as_at_least_the_limit() -> None:
    """Else the slowest answers would make a model look fast; a refused connection says nothing of speed."""
    samples = with_faults(make_samples([True] * 100), [0], "timed_out")
    samples = with_faults(samples, [1]).assign(latency_s=np.linspace(1, 2, 100))
    found = figures(samples, manifests=[make_manifest(samples)])[0].latency
    assert found.service_s is not None
    assert (found.service_s.n, found.timed_out) == (99, 1)
    assert found.service_s.p99.estimate == 30.0
    assert found.service_s.p99.high == math.inf
    expected = quantile_interval(np.r_[samples["latency_s"][2:], 30.0], 0.95)
    assert found.service_s.p95 == expected


def test_a_time_out_without_a_known_limit_is_infinite() -> None:
    """What is not known is not made up."""
    found = figures(with_faults(make_samples([True]), [0], "timed_out"))[0].latency
    assert found.end_to_end_s is not None
    assert found.end_to_end_s.p50.estimate == math.inf


def test_speed_is_of_answers_that_took_one_attempt() -> None:
    """Tokens are counted over all attempts, service time over the first."""
    samples = make_samples([True, True], attempts=[1, 3], output_tokens=[50, 500], latency_s=[2.0, 1.0])
    speed = figures(samples)[0].latency.output_tokens_per_s
    assert speed is not None
    assert (speed.n, speed.p50.estimate) == (1, 25)


def test_unknown_tokens_stay_unknown() -> None:
    """One missing count makes no smaller total."""
    found = figures(make_samples([True, True], input_tokens=pd.array([5, None], dtype="Int64")))[0].tokens
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens) == (None, 20, None)


def test_critical_failures_are_listed() -> None:
    """The team insists on them."""
    found = figures(make_samples([True, False, False], critical=[True, True, False]))[0]
    assert (found.critical, found.critical_failed) == (2, ("i00001",))


def test_made_up_and_reused_samples_are_counted() -> None:
    """Simulated is said."""
    found = figures(make_samples([True] * 3, simulated=[True, False, True], reused_from=["r0", None, None]))[
        0
    ]
    assert (found.simulated, found.is_simulated, found.reused) == (2, True, 1)


def test_nullable_columns_of_the_store_are_read() -> None:
    """DuckDB gives nullable booleans and integers; none may become true or zero by accident."""
    samples = make_samples([True, False, True])
    nullable = samples.assign(
        success=pd.array([True, False, None], dtype="boolean"),
        format_valid=pd.array([True, None, True], dtype="boolean"),
        attempts=pd.array([1, None, 2], dtype="Int64"),
        status=["answered", "answered", "not_asked"],
    )
    found = figures(nullable)[0]
    assert (found.answered, found.not_asked, found.retried) == (2, 1, 1)
    assert found.success.estimate == 0.5
    assert found.format_valid.estimate == 0.5


def test_nothing_answered_is_no_zero() -> None:
    """An unbounded interval, not an error and not a rate of nought."""
    found = figures(with_faults(make_samples([True, True]), [0, 1]))[0]
    assert math.isnan(found.success.estimate)
    assert (found.success.low, found.success.high) == (0, 1)
    assert found.mean_score is None


def test_a_frame_without_a_needed_column_is_refused() -> None:
    """A programming error, said at once."""
    with pytest.raises(ValueError, match="status"):
        read_samples(make_samples([True]).drop(columns="status"))


@pytest.mark.parametrize("cell", [{"a": "b"}, [("a", "b")], '{"a": "b"}', np.array([["a", "b"]])])
def test_tags_are_read_in_every_form(cell: object) -> None:
    """A mapping of the store, pairs of Arrow, JSON text of a baseline."""
    assert tags_of(cell) == {"a": "b"}


@pytest.mark.parametrize("cell", [None, float("nan"), "", "not json", 3])
def test_no_tags_are_none(cell: object) -> None:
    """Most items have none."""
    assert tags_of(cell) == {}


def test_times_are_held_against_the_suites_limit() -> None:
    """A p95 is met or missed when its bounds say so; thirty answers leave it open."""
    stakes = Stakes(latency_slo_s=2.0)
    fast = make_samples([True] * 100, e2e_latency_s=1.5)
    slow, few = make_samples([True] * 100, e2e_latency_s=2.5), make_samples([True] * 30, e2e_latency_s=1.5)
    limits = [
        figures(s, manifests=[make_manifest(s, stakes=stakes)])[0].latency.limit for s in (fast, slow, few)
    ]
    assert [one.p95 for one in limits if one is not None] == ["met", "missed", "open"]
    assert [one.within.estimate for one in limits if one is not None] == [1.0, 0.0, 1.0]
