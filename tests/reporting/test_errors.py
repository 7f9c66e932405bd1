"""The errors page's data: groups, their order and cost, and what changed since the time before."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from evalkit.records import Contract
from evalkit.reporting import ReportInput, ReportOptions
from evalkit.reporting.inputs import EARLIER_COLUMNS
from evalkit.reporting.view import build_site
from evalkit.reporting.view.error_keys import Vocabulary, error_key, vocabulary
from evalkit.reporting.view.errors import ErrorGroup, ErrorsPage


def errors(inputs: ReportInput) -> ErrorsPage:
    page = build_site(inputs).errors
    assert page is not None
    return page


def before(inputs: ReportInput, **changes: Any) -> pd.DataFrame:
    """What the run before would have said, had it been the same but for the changes."""
    return inputs.samples.assign(source="run run-0", **changes)[list(EARLIER_COLUMNS)]


def failed(inputs: ReportInput) -> pd.DataFrame:
    samples = inputs.samples
    return samples[(samples["status"] != "not_asked") & ~samples["success"].astype(bool)]


def test_every_failed_sample_is_in_one_group(inputs: ReportInput) -> None:
    """A failure that falls between two groups is never looked at."""
    groups = errors(inputs).groups
    counted = failed(inputs).groupby(["suite", "candidate", "error_kind"]).size()
    found: dict[tuple[str, str, str], int] = {}
    for g in groups:
        found[g.suite, g.candidate, g.kind] = found.get((g.suite, g.candidate, g.kind), 0) + g.samples
    assert found == {tuple(map(str, k)): n for k, n in counted.items()}  # type: ignore[arg-type]


def test_measured_candidates_come_first_and_then_the_most_costly(inputs: ReportInput) -> None:
    """The meeting starts at the top, and a stand-in's errors are made up."""
    groups = [g for g in errors(inputs).groups if g.usd_a_month is not None]
    assert [g.simulated for g in groups] == sorted(g.simulated for g in groups)
    for simulated in (False, True):
        costs = [g.usd_a_month or 0.0 for g in groups if g.simulated is simulated]
        assert costs == sorted(costs, reverse=True)
        assert len(costs) > 2


def test_a_month_costs_share_times_volume_times_the_cost_of_an_error(inputs: ReportInput) -> None:
    """The figure by which work is ordered must be one that a reader can work out."""
    samples = inputs.samples
    group = next(g for g in errors(inputs).groups if g.usd_a_month)
    own = samples[(samples["suite"] == group.suite) & (samples["candidate"] == group.candidate)]
    answered = int((own["status"] == "answered").sum())
    assert group.usd_a_month == pytest.approx(group.samples / answered * 12_000 * 2.5)


def test_a_fault_costs_nothing_and_comes_last(inputs: ReportInput) -> None:
    """A fault is the backend's failing; retries and routes are for it, not prompts."""
    page = errors(inputs)
    faults = [g for g in page.groups if g.kind == "backend_error"]
    assert faults
    assert {g.usd_a_month for g in faults} == {None}
    assert [s.fault for s in page.sections] == sorted(s.fault for s in page.sections)


def test_without_stakes_failures_are_ordered_by_risk_and_the_page_says_so(inputs: ReportInput) -> None:
    """Most teams begin without a volume; the page must still begin with what matters."""
    (manifest,) = inputs.manifests
    suites = tuple(replace(e, stakes=replace(e.stakes, error_cost_usd=None)) for e in manifest.suites)
    page = errors(replace(inputs, manifests=(replace(manifest, suites=suites),)))
    mistakes = [g for g in page.groups if g.kind != "backend_error" and not g.simulated]
    risks = ["high", "medium", "low"]
    assert [risks.index(g.risk) for g in mistakes] == sorted(risks.index(g.risk) for g in mistakes)
    assert any("ordered by risk" in detail for detail in page.details)


def test_new_persistent_and_fixed_are_told_from_the_run_before(inputs: ReportInput) -> None:
    """The weekly review asks whether last week's fix worked."""
    now = failed(inputs)
    here = (now["suite"] == "support-triage") & (now["candidate"] == "slim-plain")
    ids = sorted(now.loc[here, "item_id"])
    samples = inputs.samples
    own = (samples["suite"] == "support-triage") & (samples["candidate"] == "slim-plain")
    right = sorted(samples.loc[own & samples["success"].astype(bool), "item_id"])
    # Before, the first failure of now was right, and an item that is right now was failed.
    was = samples["success"].astype(bool) | (own & (samples["item_id"] == ids[0]))
    was &= ~(own & (samples["item_id"] == right[0]))
    kinds = samples["error_kind"].where(~(own & (samples["item_id"] == right[0])), "confused_label")
    page = errors(replace(inputs, earlier=before(inputs, success=was, error_kind=kinds)))
    row = next(r for r in page.since if (r.suite, r.candidate) == ("support-triage", "slim-plain"))
    assert (row.new, row.persistent, row.fixed, row.unknown) == (1, len(ids) - 1, 1, 0)
    assert row.against == "run run-0"
    fixed = next(item for item in page.listed if item.item_id == right[0])
    assert any(then == "fixed" and page.groups[n].candidate == "slim-plain" for n, then in fixed.results)


def test_another_version_of_the_suite_tells_nothing_of_changes(inputs: ReportInput) -> None:
    """Other items or targets make a failure new that is old."""
    page = errors(replace(inputs, earlier=before(inputs, suite_version="1+other")))
    assert {row.against for row in page.since} == {""}
    assert not any(g.new or g.persistent or g.fixed for g in page.groups)


def test_an_item_that_was_not_asked_before_is_not_called_new(inputs: ReportInput) -> None:
    """A larger part of a suite is no regression."""
    earlier = before(inputs)
    item = sorted(failed(inputs)["item_id"])[0]
    page = errors(replace(inputs, earlier=earlier[earlier["item_id"] != item]))
    thens = {then for listed in page.listed if listed.item_id == item for _, then in listed.results}
    assert thens == {"unknown"}


def test_an_item_is_failed_when_any_of_its_repeats_is(inputs: ReportInput) -> None:
    """A flaky item hides in a mean."""
    wrong = failed(inputs).iloc[[0]]
    again = wrong.assign(repeat=1, success=True, error_kind=None, diff="[]")
    both = replace(inputs, samples=pd.concat([inputs.samples, again]))
    item = str(wrong["item_id"].iloc[0])
    results = next(listed.results for listed in errors(both).listed if listed.item_id == item)
    assert results


def test_critical_items_are_listed_first_and_fixed_ones_last_among_their_like(inputs: ReportInput) -> None:
    """What the team insists on is looked at whatever it costs."""
    critical = [item.critical for item in errors(inputs).listed]
    assert critical == sorted(critical, reverse=True)
    assert 0 < sum(critical) < len(critical)


def test_nothing_failed_makes_no_errors_page(inputs: ReportInput) -> None:
    """A page that says nothing costs a click."""
    samples = inputs.samples[inputs.samples["success"].astype(bool)]
    assert build_site(replace(inputs, samples=samples)).errors is None


def test_without_content_no_input_is_in_the_listing(inputs: ReportInput) -> None:
    """Some readers may see what kind of error it was, and not the customers' words."""
    page = errors(replace(inputs, options=ReportOptions(with_content=False)))
    assert page.listed
    assert {item.gist for item in page.listed} == {""}


LABELS = Vocabulary(labels=frozenset({"refund", "delivery"}))
FIELDS = Vocabulary(names=frozenset({"items", "price", "total"}))
TOOLS = Vocabulary(tools=frozenset({"book", "cancel"}), names=frozenset({"date"}))
TARGET = [{"tool": "book", "arguments": {}}, {"cancel": {"date": ["x"]}}]


@pytest.mark.parametrize(
    ("words", "kind", "place", "key"),
    [
        (LABELS, "confused_label", {"path": "$", "expected": "refund", "got": "delivery"},
         "refund → delivery"),
        (LABELS, "out_of_label_set", {"path": "$", "expected": "refund", "got": ["Gutschrift"]},
         "refund → no label"),
        (LABELS, "several_labels", {"path": "$", "expected": "refund", "got": ["refund", "delivery"]},
         "refund → delivery + refund"),
        (LABELS, "missed_label", {"path": "$", "expected": "refund"}, "missed refund"),
        (LABELS, "extra_label", {"path": "$", "got": "delivery"}, "extra delivery"),
        (FIELDS, "wrong_value", {"path": "$.items[3].price"}, "items[].price"),
        (FIELDS, "hallucinated_field", {"path": "$.secret_of_the_model"}, "made-up field"),
        (FIELDS, "unparseable", {"path": "$"}, "the whole answer"),
        (TOOLS, "wrong_tool", {"path": "$[0].tool", "expected": "book", "got": "cancel"}, "book → cancel"),
        (TOOLS, "unknown_tool", {"path": "$[0].tool", "expected": "book", "got": "rm -rf"},
         "book → no such tool"),
        (TOOLS, "wrong_argument_value", {"path": "$[0].arguments.date"}, "book: date"),
        (TOOLS, "wrong_argument_value", {"path": "$[1].arguments.date"}, "cancel: date"),
        (TOOLS, "extra_argument", {"path": "$[0].arguments.made_up"}, "book: made-up field"),
        (TOOLS, "extra_call", {"path": "$[1]", "got": {"name": "cancel"}}, "cancel"),
        (TOOLS, "unparseable", {"path": "$", "expected": "words of a model", "got": "more"}, ""),
    ],
)  # fmt: skip
def test_a_key_says_what_a_failure_is_about_in_the_contract_s_words(
    words: Vocabulary, kind: str, place: dict[str, Any], key: str
) -> None:
    """Failures of one cause must meet in one group, and a model's own words in none."""
    assert error_key(words, kind, [{"kind": kind, **place}], TARGET, None) == key


def test_a_fault_s_key_is_what_the_backend_failed_by() -> None:
    """A rate limit and a crash want different cures."""
    assert error_key(LABELS, "backend_error", None, None, "rate_limited") == "rate limited"


def test_words_of_a_contract_are_found_at_any_depth_or_else_in_targets() -> None:
    """A nested schema names its fields deep down; a loose one names none."""
    deep = {
        "properties": {"items": {"items": {"$ref": "#/$defs/i"}}},
        "$defs": {"i": {"properties": {"price": {}}}},
    }
    assert vocabulary(Contract(schema=deep), []).names == {"items", "price"}
    loose = vocabulary(Contract(schema={"type": "object"}), [{"target": {"total": 1}}])
    assert loose.names == {"total"}


def test_shares_are_of_what_was_answered(inputs: ReportInput) -> None:
    """A fault must not make a candidate's mistakes look rarer."""
    groups: tuple[ErrorGroup, ...] = errors(inputs).groups
    samples = inputs.samples
    for suite, candidate in {(g.suite, g.candidate) for g in groups}:
        own = samples[(samples["suite"] == suite) & (samples["candidate"] == candidate)]
        answered = own[own["status"] == "answered"]
        shares = [g.share for g in groups if (g.suite, g.candidate) == (suite, candidate)
                  and g.kind != "backend_error"]  # fmt: skip
        assert math.fsum(shares) == pytest.approx(1 - answered["success"].astype(bool).mean())
