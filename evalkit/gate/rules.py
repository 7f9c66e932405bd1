"""The rules, each a pure function of a case: the facts it saw, as numbers, and the outcome."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from evalkit.comparison.changes import error_kind_change
from evalkit.comparison.forms import find_shifted_forms, form_changes
from evalkit.comparison.groups import compare_group, pool_successes
from evalkit.comparison.pairs import flips
from evalkit.comparison.steadiness import noise
from evalkit.economics.cost import cost_intervals
from evalkit.economics.evidence import item_sums
from evalkit.economics.latency import times
from evalkit.evidence import Against
from evalkit.gate.case import Case
from evalkit.gate.facts import (
    CostFacts,
    CriticalFacts,
    Facts,
    FaultFacts,
    FormFacts,
    GrowthFacts,
    LatencyFacts,
    PairFacts,
    RateFacts,
)
from evalkit.gate.more_items import more_items, more_items_for_rate
from evalkit.gate.policy import RuleName
from evalkit.gate.records import GateOutcome, RuleResult
from evalkit.stats import (
    Interval,
    PairedDifference,
    bracket,
    judge,
    one_sided_fail_p,
    paired_difference,
    quantile_interval,
    rate_interval,
)

MOST_FLIPS = 20
"""Broken items that a result carries; the comparison has them all."""
_SURE_ENOUGH = 1e-12
_ROUNDING = 1e-9
"""So that a cost which equals its limit is not above it for the last binary digit."""


def judge_case(case: Case) -> Iterator[RuleResult]:
    """Every rule that the case's limits ask, in the order in which they are read."""
    yield availability(case)
    if case.last is not None:
        yield no_regression(case, case.last, "no_regression")
    if case.anchor is not None:
        yield no_regression(case, case.anchor, "no_slide")
    if case.limits.critical != "ignore" and case.side.table.critical.any():
        yield critical(case)
    if case.last is not None:
        for kind in case.limits.error_kinds:
            yield error_kind(case, case.last, kind)
    if case.last is not None and (found := forms(case, case.last)) is not None:
        yield found
    for rule, limit in (
        (quality_floor, case.limits.quality_floor),
        (format_valid, case.limits.min_format_valid),
        (cost_per_success, case.limits.max_cost_per_success_usd),
        (latency_p95, case.limits.max_latency_p95_s),
    ):
        if limit is not None:
            yield rule(case, limit)


def availability(case: Case) -> RuleResult:
    """Samples lost to faults, on either side of the pairs: above the limit nothing can be concluded."""
    lost = faulted_share(case)
    kept = case.limits.max_faulted
    return _result(
        case,
        "availability",
        "plain",
        "pass" if lost <= kept else "inconclusive",
        FaultFacts(share=lost, limit=kept),
    )


def faulted_share(case: Case) -> float:
    """Share of the samples that faults took out: of the pairs, or of the run's own without a baseline."""
    if case.last is not None and case.last.pairs.shared:
        return case.last.pairs.faulted_share
    table = case.side.table
    return float(1 - table.answered.sum() / table.asked.sum()) if table.asked.sum() else 0.0


def no_regression(case: Case, against: Against, rule: RuleName) -> RuleResult:
    """Paired difference against accepted samples: the rule of one interval."""
    margin, confidence = case.limits.margin, case.limits.confidence
    facts = PairFacts(against=against.name, confidence=confidence, n=len(against.pairs), identical=True)
    if against.identical:
        # Nothing was tested, so there is no p: it takes no share of the error budget.
        return _result(case, rule, "statistical", "pass", facts, limit=margin)
    difference = against.pairs.difference(confidence)
    judgement = judge(difference.interval, margin)
    outcome: GateOutcome = judgement.outcome
    lost = against.pairs.faulted_share > case.limits.max_faulted
    if lost:
        outcome = "inconclusive"
    undecided = outcome == "inconclusive"
    return _result(
        case,
        rule,
        "statistical",
        outcome,
        replace(_pair_facts(difference, confidence, against.name), lost=lost, noise_share=_noise(against)),
        interval=difference.interval,
        limit=margin,
        p=one_sided_fail_p(difference),
        worse_within_margin=judgement.worse_within_margin and not lost,
        more_items=more_items(difference, margin, confidence) if undecided and not lost else None,
        flips=tuple(f for f in flips(against.pairs, MOST_FLIPS) if f.direction == "broken"),
        broken=difference.broken,
        fixed=difference.fixed,
    )


def over_suites(cases: Sequence[Case]) -> RuleResult | None:
    """Return the difference of one candidate over the suites whose answers changed, taken together.

    The margin is that of the suites, weighted by their pairs. None below two such suites: one alone has its
    own verdict, and a suite whose answers are the baseline's would only thin the difference out.
    """
    changed = [c for c in cases if c.last is not None and len(c.last.pairs) and not c.last.identical]
    if len(changed) < 2:
        return None
    parts = [c.last.pairs for c in changed if c.last is not None]
    margin = sum(c.limits.margin * len(p) for c, p in zip(changed, parts, strict=True)) / sum(map(len, parts))
    confidence = max(c.limits.confidence for c in changed)
    together = compare_group(
        "overall", "overall", pool_successes(parts), margin=margin, confidence=confidence
    )
    difference, judgement = together.difference, together.judgement
    return RuleResult(
        rule="no_regression",
        suite="",
        candidate=changed[0].candidate,
        kind="statistical",
        outcome=judgement.outcome,
        facts=replace(_pair_facts(difference, confidence), suites=len(parts)),
        advisory=all("no_regression" in c.limits.advisory for c in changed),
        interval=difference.interval,
        limit=margin,
        p=one_sided_fail_p(difference),
        worse_within_margin=judgement.worse_within_margin,
        broken=difference.broken,
        fixed=difference.fixed,
    )


def _pair_facts(found: PairedDifference, confidence: float, against: str = "") -> PairFacts:
    return PairFacts(
        against=against,
        confidence=confidence,
        n=found.n_pairs,
        rate_a=found.rate_a,
        rate_b=found.rate_b,
        mcnemar_p=found.mcnemar_p,
    )


def critical(case: Case) -> RuleResult:
    """The items that the team insists on: each answered repeat must succeed."""
    table = case.side.table
    asked = table.critical & (table.asked > 0)
    failed = asked & (table.answered > 0) & (table.success < 1)
    silent = asked & (table.answered == 0)
    forgiven = np.zeros(len(failed), dtype=bool)
    if case.limits.critical == "must_not_break" and case.last is not None:
        forgiven = failed & ~_passed_before(case.last, len(failed))
    names = tuple(str(i) for i in table.ids[failed & ~forgiven])
    outcome: GateOutcome = "fail" if names else "inconclusive" if silent.any() else "pass"
    facts = CriticalFacts(
        asked=int(asked.sum()),
        passed=int(asked.sum() - failed.sum() - silent.sum()),
        silent=int(silent.sum()),
        forgiven=int(forgiven.sum()),
        mode="must_not_break" if case.limits.critical == "must_not_break" else "must_pass",
    )
    return _result(case, "critical", "plain", outcome, facts, items=names)


def error_kind(case: Case, against: Against, kind: str) -> RuleResult:
    """One error kind that must not happen more often."""
    confidence = case.limits.confidence
    change = error_kind_change(against.pairs, kind, confidence)
    interval = change.difference.interval
    outcome: GateOutcome = "inconclusive"
    if change.difference.difference <= 0:
        outcome = "pass"
    elif interval.low > 0:
        outcome = "fail"
    return _result(
        case,
        "error_kinds",
        "statistical",
        outcome,
        GrowthFacts(change=change),
        interval=interval,
        limit=0.0,
        p=_error_kind_p(against, kind, outcome),
    )


def forms(case: Case, against: Against) -> RuleResult | None:
    """The mix of forms against the baseline's; None where the policy or the samples say nothing of it."""
    mode, budget = case.limits.forms, (1 - case.limits.confidence) / 2
    changes = form_changes(against.pairs, case.limits.confidence)
    if mode == "ignore" or (mode == "say" and not changes):
        return None
    if not changes:
        facts = FormFacts(changes=(), shifted=(), confidence=case.limits.confidence)
        return _result(case, "forms", "statistical", "not_judged", facts)
    shifted = find_shifted_forms(changes, budget)
    most = max(changes, key=lambda c: abs(c.difference.difference))
    p = min(c.p_adjusted for c in changes)
    # The test is two-sided and corrected for the forms, so that its p is held against the budget as it is.
    return _result(
        case,
        "forms",
        "statistical",
        "fail" if shifted else "pass",
        FormFacts(changes=changes, shifted=tuple(shifted), confidence=case.limits.confidence),
        interval=most.difference.interval,
        p=p if shifted else 1.0,
    )


def quality_floor(case: Case, floor: float) -> RuleResult:
    """The success rate over answered items against its floor."""
    return _rate_rule(case, "quality_floor", case.side.table.success, floor)


def format_valid(case: Case, floor: float) -> RuleResult:
    """The rate of answers that fit their form against its floor."""
    return _rate_rule(case, "format_valid", case.side.table.format_valid, floor)


def cost_per_success(case: Case, limit: float) -> RuleResult:
    """What a success costs against its limit; one unknown cost leaves it unjudged."""
    table, rows = case.side.table, case.side.rows
    costs = item_sums(table, rows["cost_usd"].to_numpy(dtype=np.float64))
    facts = CostFacts(items=len(costs), unknown=int(np.isnan(costs).sum()), limit_usd=limit)
    if facts.unknown:
        return _result(case, "cost_per_success", "statistical", "not_judged", facts, limit=limit)
    successes = item_sums(table, rows["success"].to_numpy(dtype=np.float64))

    def interval_at(confidence: float) -> Interval:
        return cost_intervals(
            costs, successes, table.asked, cluster=table.cluster, weight=table.weight, confidence=confidence
        )[1]

    found = interval_at(case.limits.confidence)
    limit *= 1 + _ROUNDING
    outcome: GateOutcome = "pass" if found.high <= limit else "fail" if found.low > limit else "inconclusive"
    return _result(
        case,
        "cost_per_success",
        "statistical",
        outcome,
        facts,
        interval=found,
        limit=limit,
        p=p_value(interval_at, lambda i: i.low > limit, case.limits.confidence),
    )


def latency_p95(case: Case, limit: float) -> RuleResult:
    """The 95th percentile of end-to-end latency against its limit, time-outs as at least theirs."""
    setting = case.cell.setting
    timeout_s = None if setting is None else setting.timeout_s
    values = times(case.side.rows, "e2e_latency_s", timeout_s=timeout_s)
    values = values[~np.isnan(values)]
    # Each bound of a quantile holds alone: this gives both sides the share of the budget others have.
    found = quantile_interval(values, 0.95, confidence=(1 + case.limits.confidence) / 2)
    outcome: GateOutcome = "pass" if found.high <= limit else "fail" if found.low > limit else "inconclusive"
    outcome = outcome if len(values) else "not_judged"
    over = int((values > limit).sum())
    return _result(
        case,
        "latency_p95",
        "statistical",
        outcome,
        LatencyFacts(
            answers=len(values),
            over=over,
            loads=tuple(case.marks.loads),
            confidence=case.limits.confidence,
        ),
        interval=found,
        limit=limit,
        p=_tail_p(over, len(values), 0.05),
    )


def p_value(
    interval_at: Callable[[float], Interval], fails: Callable[[Interval], bool], confidence: float
) -> float:
    """One-sided p of a fail, by finding the largest confidence at which the interval still fails.

    Only fails need theirs: the p of any other lies above the budget, and its value changes no decision of
    Holm's, so that it is given as 1.
    """
    if not fails(interval_at(confidence)):
        return 1.0
    low, high = math.log10(_SURE_ENOUGH), math.log10(1 - confidence)
    if fails(interval_at(1 - _SURE_ENOUGH)):
        return _SURE_ENOUGH / 2
    _, exponent = bracket(lambda middle: fails(interval_at(1 - 10**middle)), low, high, steps=30)
    return float(10**exponent / 2)


def _rate_rule(case: Case, rule: RuleName, values: Any, floor: float) -> RuleResult:
    table = case.side.table
    kept = ~np.isnan(values)
    clusters, weights = table.clusters, table.weights
    interval_at = partial(
        _rate_at,
        values[kept],
        None if clusters is None else clusters[kept],
        None if weights is None else weights[kept],
    )
    found = interval_at(case.limits.confidence)
    outcome: GateOutcome = "pass" if found.low >= floor else "fail" if found.high < floor else "inconclusive"
    if faulted_share(case) > case.limits.max_faulted and outcome != "inconclusive":
        outcome = "inconclusive"
    return _result(
        case,
        rule,
        "statistical",
        outcome if found.n else "not_judged",
        RateFacts(n=found.n),
        interval=found,
        limit=floor,
        p=p_value(interval_at, lambda i: i.high < floor, case.limits.confidence),
        more_items=more_items_for_rate(found, floor) if outcome == "inconclusive" else None,
    )


def _rate_at(values: Any, clusters: Any, weights: Any, confidence: float) -> Interval:
    return rate_interval(values, clusters=clusters, weights=weights, confidence=confidence)


def _result(
    case: Case, rule: RuleName, kind: Any, outcome: GateOutcome, facts: Facts, **fields: Any
) -> RuleResult:
    return RuleResult(
        rule=rule, suite=case.suite, candidate=case.candidate, kind=kind, outcome=outcome, facts=facts,
        advisory=rule in case.limits.advisory or (rule == "forms" and case.limits.forms == "say"), **fields,
    )  # fmt: skip


def _noise(against: Against) -> float | None:
    found = noise(against.pairs)
    return None if found is None else found.share


def _passed_before(against: Against, n: int) -> np.ndarray[Any, Any]:
    """(n_items,) which items of the run passed every repeat on the accepted side; new items count as
    passed."""
    passed = np.ones(n, dtype=bool)
    passed[against.pairs.at_b] = against.pairs.success_a >= 1
    return passed


def _error_kind_p(against: Against, kind: str, outcome: GateOutcome) -> float | None:
    if against.identical:
        return None
    return _mirrored_p(against, kind) if outcome == "fail" else 1.0


def _mirrored_p(against: Against, kind: str) -> float:
    """One-sided p of "the kind did not grow": that of a fail with the sides exchanged."""
    pairs = against.pairs
    a, b = (_kind_share(pairs.a, kind)[pairs.at_a], _kind_share(pairs.b, kind)[pairs.at_b])
    return one_sided_fail_p(paired_difference(b, a, clusters=pairs.clusters, weights=pairs.weights))


def _kind_share(one: Any, kind: str) -> Any:
    hit = ((one.rows["error_kind"] == kind) & one.rows["answered"]).to_numpy(dtype=np.float64)
    return item_sums(one.table, hit) / np.maximum(one.table.answered, 1)


def _tail_p(over: int, n: int, share: float) -> float:
    """Chance of `over` or more values beyond a limit when a share of `share` lies beyond it."""
    from scipy.special import bdtrc

    return float(bdtrc(over - 1, n, share)) if over else 1.0
