"""The gate's word as the pages show it: rules, items that flipped, and what was not judged and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.api.evidence import gate
from evalkit.baseline import load_baseline
from evalkit.comparison import flips as item_flips
from evalkit.comparison import pair, side
from evalkit.config import Project
from evalkit.economics.evidence import read_samples
from evalkit.gate import CaseVerdict, RuleResult
from evalkit.gate import GateVerdict as Judged
from evalkit.records import Manifest
from evalkit.reporting import GateVerdict, RuleLine, SuiteVerdict
from evalkit.reporting.wording import count, listed

if TYPE_CHECKING:
    import pandas as pd

Flips = dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]
"""(suite, candidate) -> items that broke, items that were fixed."""


def latest_verdict(home: Project, manifests: Sequence[Manifest]) -> Judged | None:
    """The gate's verdict on the newest run, where the project has baselines for it."""
    if not home.baselines.is_dir() or not any(home.baselines.iterdir()):
        return None
    return gate(manifests[0].run_id, project=home)


def page_verdict(home: Project, samples: pd.DataFrame, verdict: Judged) -> GateVerdict | None:
    """The gate's word as pages show it; None when nothing could be judged."""
    flips = _flips(home, samples, verdict)
    judged = [c for c in verdict.cases if c.outcome != "not_judged"]
    if not judged:
        return None
    outcome = "inconclusive" if verdict.outcome == "not_judged" else verdict.outcome
    return GateVerdict(
        outcome=outcome,
        verdicts=tuple(_suite_verdict(case, flips) for case in judged),
        headline=verdict.headline,
        notes=verdict_notes(verdict),
    )


def verdict_notes(verdict: Judged) -> tuple[str, ...]:
    """What a reader of the verdict must know: admitted evidence, and what was not judged and why."""
    unjudged = [c for c in verdict.cases if c.outcome == "not_judged"]
    return (
        *verdict.notes,
        *_set_aside(verdict.left_aside),
        *_unjudged(unjudged),
    )


def _suite_verdict(case: CaseVerdict, flips: Flips) -> SuiteVerdict:
    regression = case.rule("no_regression")
    deciding = next((r for r in case.rules if not r.advisory and r.outcome == case.outcome), case.rules[0])
    assert case.outcome != "not_judged"  # noqa: S101 - the caller keeps those apart
    broken, fixed = flips.get((case.suite, case.candidate), ((), ()))
    return SuiteVerdict(
        suite=case.suite,
        candidate=case.candidate,
        outcome=case.outcome,
        reason=f"{deciding.found}{'; ' + deciding.sure if deciding.sure else ''}",
        baseline=case.baseline or "no baseline",
        difference=regression.interval if regression else None,
        margin=regression.limit if regression else None,
        broken=broken,
        fixed=fixed,
        items_needed=next((r.more_items for r in case.rules if r.more_items), None),
        rules=tuple(_rule_line(r) for r in case.rules if r.outcome != "not_judged"),
    )


def _rule_line(rule: RuleResult) -> RuleLine:
    assert rule.outcome != "not_judged"  # noqa: S101 - the caller keeps those apart
    return RuleLine(
        rule=rule.rule.replace("_", " "),
        outcome=rule.outcome,
        asked=rule.asked,
        found=rule.found,
        sure=rule.sure,
        advisory=rule.advisory,
    )


def _flips(home: Project, samples: pd.DataFrame, verdict: Judged) -> Flips:
    """The items that broke and that were fixed since the last accepted baseline, for each judged case."""
    found: Flips = {}
    for case in verdict.cases:
        regression = case.rule("no_regression")
        if regression is None or not regression.broken + regression.fixed:
            continue
        accepted = load_baseline(home.baselines, case.suite, case.slot).accepted
        ours = samples[(samples["suite"] == case.suite) & (samples["candidate"] == case.candidate)]
        changed = item_flips(pair(side(read_samples(accepted.samples)), side(read_samples(ours))))
        found[case.suite, case.candidate] = (
            tuple(f.item_id for f in changed if f.direction == "broken"),
            tuple(f.item_id for f in changed if f.direction == "fixed"),
        )
    return found


def _set_aside(left_aside: Sequence[str]) -> Iterator[str]:
    """Who was not to be judged, those with one reason together."""
    alike: dict[str, list[str]] = {}
    for one in left_aside:
        name, _, reason = one.rpartition(": ")
        alike.setdefault(reason, []).append(name)
    for reason, names in alike.items():
        yield f"Not judged: {listed(names)}: {_of_many(reason) if len(names) > 1 else reason}."


def _of_many(reason: str) -> str:
    return {"it is simulated": "they are simulated"}.get(reason, reason.replace(" it", " them"))


def _unjudged(cases: Sequence[CaseVerdict]) -> Iterator[str]:
    """Why cases were not judged; those with one reason together, or a page begins with a list of them."""
    alike: dict[str, list[CaseVerdict]] = {}
    for case in cases:
        reason = _why_not(case).replace(case.candidate, "it").replace(case.suite, "its suite")
        alike.setdefault(reason, []).append(case)
    for reason, same in alike.items():
        if len(same) == 1:
            yield f"Not judged: {same[0].candidate} at {same[0].suite}: {_why_not(same[0])}."
        else:
            by_candidate: dict[str, int] = {}
            for case in same:
                by_candidate[case.candidate] = by_candidate.get(case.candidate, 0) + 1
            who = listed([f"{name} at {count(n, 'suite')}" for name, n in by_candidate.items()])
            yield f"Not judged: {who}: {reason}."


def _why_not(case: CaseVerdict) -> str:
    rules = (f"{r.asked} was asked, and {r.found}" for r in case.rules if r.outcome == "not_judged")
    return next(rules, "no reason")
