"""The front page's data: what it answers, and what it warns of."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from evalkit.gate import CaseVerdict, GateVerdict
from evalkit.gate.facts import CriticalFacts, RateFacts
from evalkit.reporting import ReportInput
from evalkit.reporting.view import FrontPage, build_site
from evalkit.stats import Interval
from tests.reporting.cases import case_verdict, gate_verdict, rule_result


def front(inputs: ReportInput) -> FrontPage:
    return build_site(inputs).front


def warned(page: FrontPage, kind: str) -> str:
    return " ".join(c.text for c in page.cautions if c.kind == kind)


def verdict(outcome: str, **regression: object) -> CaseVerdict:
    return case_verdict("s", "c", outcome, rule_result("no_regression", outcome, **regression))


def test_every_suite_shows_every_candidate_from_the_slimmest_tier_up(inputs: ReportInput) -> None:
    """A table without a cell hides a comparison."""
    page = front(inputs)
    assert [row.name for row in page.suites] == ["support-triage", "order-extraction", "calendar-tools"]
    for row in page.suites:
        assert [c.candidate for c in row.cells] == ["slim-plain", "slim-constrained", "mid", "frontier"]


def test_a_cell_agrees_with_a_direct_count(inputs: ReportInput) -> None:
    """The page must not compute another success rate than the store."""
    samples = inputs.samples
    for row in front(inputs).suites:
        for cell in row.cells:
            own = samples[(samples["suite"] == cell.suite) & (samples["candidate"] == cell.candidate)]
            answered = own[own["status"] == "answered"]
            assert cell.samples == len(own)
            assert cell.answered == len(answered)
            assert cell.outcomes.right == answered["success"].sum()
            assert cell.outcomes.asked == len(own)
            assert sum(cell.error_kinds.values()) == len(own) - cell.outcomes.right


def test_simulated_candidates_are_named_first_of_all(inputs: ReportInput) -> None:
    """Nobody may take a stand-in's figures for a model's."""
    page = front(inputs)
    assert page.cautions[0].kind == "simulated"
    assert page.cautions[0].text.startswith("mid and frontier are simulated")
    assert [c.is_simulated for c in page.suites[0].cells] == [False, False, True, True]


def test_a_suite_s_finding_never_rests_on_simulated_answers(inputs: ReportInput) -> None:
    """The simulated frontier is the best in the table, and is no finding."""
    assert all("Best measured: slim-" in row.finding for row in front(inputs).suites)
    only = inputs.samples[inputs.samples["simulated"].astype(bool)]
    assert "Nothing but simulated" in front(replace(inputs, samples=only)).suites[0].finding


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive"])
def test_the_headline_is_the_gate_s_answer(inputs: ReportInput, outcome: str) -> None:
    """One headline in the terminal, the comment and on the page."""
    gate: GateVerdict = gate_verdict(verdict(outcome))
    page = front(replace(inputs, gate=gate))
    assert page.headline == gate.headline
    assert page.outcome == outcome


def test_a_certain_loss_within_the_margin_is_among_the_first_sentences(inputs: ReportInput) -> None:
    """A pass that is worse for certain must not look like any other pass."""
    loss = Interval(estimate=-0.033, low=-0.049, high=-0.022, confidence=0.95, n=700, method="tango")
    passed = verdict("pass", interval=loss, limit=0.05, worse_within_margin=True)
    page = front(replace(inputs, gate=gate_verdict(passed)))
    assert page.details[0].startswith(
        "c on s: pass, but worse for certain by 2.2 to 4.9 points (margin 5 points)"
    )


def test_an_undecided_comparison_says_what_would_decide(inputs: ReportInput) -> None:
    """Inconclusive without a next step is a shrug."""
    difference = Interval(estimate=-0.02, low=-0.1, high=0.06, confidence=0.95, n=40, method="")
    gate = gate_verdict(verdict("inconclusive", interval=difference, more_items=180))
    details = " ".join(front(replace(inputs, gate=gate)).details)
    assert "−2.0 points (−10.0 to +6.0) on 40 pairs. About 180 more items would decide." in details


def test_without_a_gate_no_verdict_is_claimed(inputs: ReportInput) -> None:
    """A report of measurements is not a pass."""
    page = front(replace(inputs, gate=None))
    assert page.outcome is None
    assert "no verdict" in " ".join(page.notes)


def test_a_partial_run_is_said(inputs: ReportInput) -> None:
    """Twenty of seventy items are not the suite."""
    manifest = inputs.manifests[0]
    entry = replace(manifest.suites[0], items_planned=20, items_total=69)
    partial = replace(manifest, status="partial", partial_reason="--limit", suites=(entry,))
    page = front(replace(inputs, manifests=(partial,)))
    assert "is partial: --limit." in warned(page, "partial")
    assert "20 of 69 items of support-triage" in warned(page, "partial")


def test_faults_missing_samples_reuse_and_unknown_costs_are_said(inputs: ReportInput) -> None:
    """What is not there must not look as if it were fine."""
    samples = inputs.samples[
        (inputs.samples["suite"] != "calendar-tools") | (inputs.samples["candidate"] != "mid")
    ].copy()
    samples["reused_from"] = pd.Series(["run-0", *[None] * (len(samples) - 1)], index=samples.index)
    figures = tuple(replace(f, cost=replace(f.cost, per_success_usd=None)) for f in inputs.figures)
    page = front(replace(inputs, samples=samples, figures=figures))
    assert "mid on calendar-tools" in warned(page, "missing")
    assert "1 answer taken from earlier runs" in warned(page, "reused")
    assert "One unknown cost makes the total unknown" in warned(page, "unpriced")
    faulted = int((samples["status"] == "faulted").sum())
    assert faulted
    assert warned(page, "faulted").startswith(f"{faulted} of {len(samples)} samples")


def test_a_pair_without_figures_says_so(inputs: ReportInput) -> None:
    """A cell that nobody computed is not an empty success."""
    page = front(replace(inputs, figures=inputs.figures[1:]))
    assert page.suites[0].cells[0].figures is None
    assert "slim-plain on support-triage" in warned(page, "missing")


@pytest.mark.parametrize(
    ("low", "high", "standing"), [(0.81, 0.9, "met"), (0.6, 0.79, "missed"), (0.7, 0.9, "open")]
)
def test_a_floor_is_met_only_when_the_whole_interval_is_above_it(
    inputs: ReportInput, low: float, high: float, standing: str
) -> None:
    """A point estimate above the floor is no proof."""
    rate = Interval(estimate=(low + high) / 2, low=low, high=high, confidence=0.95, n=50, method="")
    figures = tuple(replace(f, success=rate) for f in inputs.figures)
    assert front(replace(inputs, figures=figures)).suites[0].cells[0].floor == standing


def test_a_figure_s_finding_passes_over_simulated_candidates_and_says_so(inputs: ReportInput) -> None:
    """The best of the stand-ins is what somebody declared."""
    page = build_site(inputs).cost
    assert page.cost_quality.title.startswith("Of the measured candidates, cheapest per success")
    assert "simulated" not in page.cost_quality.title + page.latency.title
    only = replace(inputs, samples=inputs.samples[inputs.samples["simulated"].astype(bool)])
    assert "(simulated)" in build_site(only).cost.cost_quality.title


def test_a_candidate_that_was_asked_fewer_items_is_said(inputs: ReportInput) -> None:
    """Rates over other items do not compare, and an interrupted run leaves them so."""
    here = (inputs.samples["suite"] == "support-triage") & (inputs.samples["candidate"] == "slim-plain")
    kept = pd.concat([inputs.samples[~here], inputs.samples[here].head(3)])
    page = front(replace(inputs, samples=kept))
    assert "slim-plain has 3 of 24 items of support-triage" in warned(page, "partial")


def test_a_fail_by_another_rule_than_the_difference_says_by_which(inputs: ReportInput) -> None:
    """A difference within the margin beside the word fail would look like a mistake of the gate."""
    difference = Interval(estimate=-0.016, low=-0.04, high=-0.001, confidence=0.95, n=256, method="tango")
    six_of_twelve = CriticalFacts(asked=12, passed=6, silent=0, forgiven=0, mode="must_pass")
    failed = case_verdict(
        "s", "c", "fail",
        rule_result("no_regression", "pass", interval=difference),
        rule_result("quality_floor", "fail", facts=RateFacts(n=256), limit=0.9, advisory=True),
        rule_result("critical", "fail", facts=six_of_twelve),
    )  # fmt: skip
    gate = gate_verdict(failed, notes=("The run is partial.",))
    page = front(replace(inputs, gate=gate))
    assert page.details[0] == (
        "c on s: FAIL by the rule “critical items” (6 of 12 pass), −1.6 points (−4.0 to −0.1) on 256 pairs; "
        "below its floor."
    )
    assert page.notes[-1] == "The run is partial."  # what was found comes first


def test_the_lead_s_row_names_a_measured_way_that_holds_the_floor_or_says_none(inputs: ReportInput) -> None:
    """A simulated candidate, or one whose interval reaches below the floor, is no decision."""
    for row in front(inputs).decisions:
        cells = next(r.cells for r in front(inputs).suites if r.name == row.suite)
        measured = [c for c in cells if not c.is_simulated]
        if row.holds:
            assert row.success is not None
            assert row.floor is not None
            assert row.how_sure in ("certified", "measured")
            assert row.how_sure == "certified" or row.success.low >= row.floor
        else:
            best = max(measured, key=lambda c: c.success.estimate if c.success else -1)
            assert row.success == best.success
            assert row.saves_usd is None


def test_the_lead_s_row_shows_the_worst_verdict_of_its_suite(inputs: ReportInput) -> None:
    """The table and the gate must not tell two stories."""
    assert inputs.gate is not None
    worst = {c.suite: c.outcome for c in reversed(inputs.gate.cases)}
    for row in front(inputs).decisions:
        assert row.upgrade == worst.get(row.suite)
