"""Claims about the gate's verdict: planted regressions fail, no change passes, too little is inconclusive,
and what cannot be judged is never a pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.baseline import Accepted, Baseline
from evalkit.errors import ExitCode, UsageError
from evalkit.gate import GateVerdict, gate, read_policy
from evalkit.gate.outlets import to_annotations, to_junit, to_markdown, to_text
from evalkit.gate.wording import verdict_words
from evalkit.records import Stakes
from tests.economics.frames import make_baseline, make_evidence, make_manifest, make_samples, with_faults

Accept = Callable[..., Baseline]


@pytest.fixture
def accept() -> Accept:
    """Accepts samples as the baseline of their slot; the first of a slot stays its anchor."""
    anchors: dict[tuple[str, str], Accepted] = {}

    def accepted(samples: pd.DataFrame, **options: Any) -> Baseline:
        made = make_baseline(samples, **options)
        return replace(made, anchor=anchors.setdefault((made.suite, made.slot), made.accepted))

    return accepted


def right(n: int, wrong: int, broken: int = 0) -> np.ndarray:
    """The last `wrong` of n are wrong, and the first `broken`."""
    success = np.ones(n, dtype=bool)
    success[n - wrong :] = False
    success[:broken] = False
    return success


def judged(samples: pd.DataFrame, *baselines: Baseline, policy: Any = None, **manifest: Any) -> GateVerdict:
    rules = read_policy(policy)
    return gate(make_evidence(samples, baselines, slots=rules.slots, **manifest), rules)


def fresh(samples: pd.DataFrame) -> pd.DataFrame:
    """The same successes in other words, so that identity decides nothing."""
    return samples.assign(output=[f"again {k}" for k in range(len(samples))])


def rule(verdict: GateVerdict, name: Any) -> Any:
    return verdict.cases[0].rule(name)


def test_a_planted_regression_fails(accept: Accept) -> None:
    """30 of the right answers of 250 at 85% broken: the gate's reason to exist."""
    verdict = judged(make_samples(right(250, 38, broken=30)), accept(make_samples(right(250, 38))))
    assert (verdict.outcome, verdict.exit_code) == ("fail", ExitCode.REGRESSION)
    found = rule(verdict, "no_regression")
    assert (found.broken, found.fixed) == (30, 0)
    assert found.interval.high < 0
    assert found.flips[0].item_id == "i00000"


@pytest.mark.parametrize(("changed", "outcome"), [(1, "pass"), (250, "inconclusive")])
def test_items_whose_input_changed_are_not_judged_and_are_named(
    accept: Accept, changed: int, outcome: str
) -> None:
    """They broke in the baseline's numbers alone: another question was asked."""
    hashes = [f"h{k}" for k in range(250)]
    baseline = accept(make_samples([True] * 250, input_hash=hashes))
    edited = [f"new {k}" for k in range(changed)] + hashes[changed:]
    samples = make_samples(right(250, 0, broken=changed), input_hash=edited, suite_version="2+b")
    stale = judged(samples, baseline)
    assert stale.outcome == "not_judged"
    assert f"; the input of {changed} item" in rule(stale, "evidence").found
    verdict = judged(samples, baseline, policy={"allow": ["stale"]})
    assert verdict.outcome == outcome
    assert verdict.cases[0].broken_items == ()
    assert not verdict.cases[0].unchanged
    assert any(note.startswith(f"the input of {changed} item") for note in verdict.cases[0].notes)


def formed(n: int, fenced: int) -> pd.DataFrame:
    """All right and said anew; the first `fenced` in a fence."""
    return fresh(make_samples([True] * n, form=["fenced"] * fenced + ["bare"] * (n - fenced)))


@pytest.mark.parametrize(
    ("mode", "fenced", "outcome"),
    [("say", 40, "pass"), ("must_not_shift", 40, "fail"), ("must_not_shift", 20, "pass")],
)
def test_a_shift_of_forms_is_said_and_stops_where_the_policy_says_so(
    accept: Accept, mode: str, fenced: int, outcome: str
) -> None:
    """Fences that a lenient reader reads broke the strict decoder in production."""
    baseline = accept(make_samples([True] * 250, form=["fenced"] * 20 + ["bare"] * 230))
    verdict = judged(formed(250, fenced), baseline, policy={"forms": mode})
    found = rule(verdict, "forms")
    assert (found.outcome, found.advisory) == ("fail" if fenced == 40 else "pass", mode == "say")
    assert verdict.outcome == outcome
    assert found.found == f"bare 230 → {250 - fenced}, fenced 20 → {fenced}"


def test_forms_that_are_not_known_are_not_judged_and_said_only_where_they_must_not_shift(
    accept: Accept,
) -> None:
    """Older baselines hold no forms: they go on passing, and a policy that insists is told."""
    baseline = accept(make_samples([True] * 250))
    assert rule(judged(formed(250, 40), baseline), "forms") is None
    assert rule(judged(formed(250, 40), baseline, policy={"forms": "ignore"}), "forms") is None
    insisting = judged(formed(250, 40), baseline, policy={"forms": "must_not_shift"})
    assert (rule(insisting, "forms").outcome, insisting.outcome) == ("not_judged", "not_judged")


def test_identical_answers_pass_by_identity(accept: Accept) -> None:
    """A gate that fails a model against itself is a bug that has shipped elsewhere."""
    samples = make_samples(right(250, 38))
    verdict = judged(samples, accept(samples))
    assert (verdict.outcome, verdict.exit_code) == ("pass", ExitCode.DONE)
    assert "identity" in rule(verdict, "no_regression").sure


def test_identity_holds_at_twenty_items_too(accept: Accept) -> None:
    """Nothing changed, however few items there are."""
    samples = make_samples(right(20, 3))
    assert judged(samples, accept(samples)).passed


def test_three_broken_of_250_are_judged_as_the_interval_says(accept: Accept) -> None:
    """A few flips are no proof of a loss, and may be proof of none."""
    verdict = judged(make_samples(right(250, 38, broken=3)), accept(make_samples(right(250, 38))))
    found = rule(verdict, "no_regression")
    assert verdict.outcome == ("pass" if found.interval.low > -0.05 else "inconclusive")


def test_twenty_items_are_honestly_inconclusive(accept: Accept) -> None:
    """Too little evidence is neither a pass nor a fail, and it says how much more it takes."""
    samples = make_samples(right(20, 3))
    verdict = judged(fresh(samples), accept(samples))
    assert (verdict.outcome, verdict.exit_code) == ("inconclusive", ExitCode.INCONCLUSIVE)
    assert rule(verdict, "no_regression").more_items > 20


@pytest.mark.parametrize(("does", "outcome"), [("fail", "fail"), ("warn", "pass"), ("stop", "inconclusive")])
def test_the_policy_says_what_inconclusive_does(accept: Accept, does: str, outcome: str) -> None:
    """Teams differ; the verdict on the case stays what it is."""
    samples = make_samples(right(20, 3))
    verdict = judged(fresh(samples), accept(samples), policy={"inconclusive": does})
    assert verdict.outcome == outcome
    assert verdict.cases[0].outcome == "inconclusive"


def test_more_faults_than_allowed_leave_it_inconclusive(accept: Accept) -> None:
    """Answers that are missing may be just the wrong ones."""
    samples = make_samples(right(250, 38))
    baseline = accept(samples)
    assert judged(with_faults(samples, [3, 4]), baseline).outcome == "pass"
    verdict = judged(with_faults(samples, [3, 4, 5]), baseline)
    assert rule(verdict, "availability").outcome == "inconclusive"
    assert verdict.outcome == "inconclusive"
    many_broken = make_samples(right(250, 38, broken=30))
    assert judged(with_faults(many_broken, [100, 101, 102]), baseline).outcome == "inconclusive"


@pytest.mark.parametrize(
    ("kind", "columns", "manifest"),
    [
        ("reused", {"reused_from": "run-0"}, {}),
        ("partial", {}, {"repeats": 2}),
        ("stale", {"scorer_hash": "s2"}, {}),
        ("stale", {"suite_version": "2+b"}, {}),
        ("simulated", {"simulated": True}, {}),
        ("foreign_hardware", {}, {"backend": "llamacpp", "machine": {"processor": "cpu-2"}}),
    ],
)
def test_doubtful_evidence_is_refused_unless_allowed_and_named(
    accept: Accept, kind: str, columns: dict[str, Any], manifest: dict[str, Any]
) -> None:
    """It may be used on purpose, never unsaid."""
    samples = make_samples(right(250, 38))
    baseline = accept(samples, manifest=make_manifest(samples, backend="llamacpp"))
    new = make_samples(right(250, 38), **columns)
    refused = judged(new, baseline, **manifest)
    assert (refused.outcome, refused.exit_code) == ("not_judged", ExitCode.FAILED)
    assert kind in rule(refused, "evidence").sure
    allowed = judged(new, baseline, policy={"allow": [kind]}, **manifest)
    assert allowed.outcome == "pass"
    assert any(note.startswith("admitted") for note in allowed.cases[0].notes)


def test_other_hardware_of_the_client_does_not_matter_to_a_remote_model(accept: Accept) -> None:
    """Every CI machine differs; the model runs elsewhere."""
    samples = make_samples(right(250, 38))
    assert judged(samples, accept(samples), machine={"processor": "cpu-2"}).passed


def test_items_of_the_baseline_that_were_not_asked_are_not_passed_over(accept: Accept) -> None:
    """Leaving out the hard items would make any model pass."""
    samples = make_samples(right(250, 38))
    verdict = judged(samples.head(200), accept(samples))
    assert verdict.outcome == "not_judged"
    assert "50 items" in rule(verdict, "evidence").found


def test_a_candidate_without_a_baseline_is_no_pass_but_floors_still_work(accept: Accept) -> None:
    """There is nothing to be no worse than; a floor needs no comparison."""
    samples = make_samples(right(250, 38))
    assert judged(samples).outcome == "not_judged"
    floors = {"baseline": "optional", "quality_floor": 0.7}
    assert judged(samples, policy=floors).outcome == "pass"
    assert judged(samples, policy=floors | {"quality_floor": 0.95}).outcome == "fail"


def test_a_baseline_whose_suite_or_candidate_is_missing_is_no_pass(accept: Accept) -> None:
    """A suite that fell out of the run would otherwise stop being tested."""
    samples = make_samples(right(250, 38))
    kept = accept(samples)
    lost = accept(make_samples(right(20, 3), suite="other"))
    verdict = judged(samples, kept, lost)
    assert verdict.outcome == "not_judged"
    assert {(c.suite, c.outcome) for c in verdict.cases} == {("triage", "pass"), ("other", "not_judged")}
    assert judged(samples, kept, policy={"candidates": ["slim", "mid"]}).outcome == "not_judged"
    assert judged(samples, kept, policy={"suites": {"triaje": {}}}).outcome == "not_judged"


def test_slots_that_the_policy_does_not_ask_for_are_not_missed(accept: Accept) -> None:
    """A team that gates one candidate need not run every candidate that ever had a baseline."""
    samples = make_samples(right(250, 38))
    kept, other = accept(samples), accept(make_samples(right(250, 38), candidate="mid"))
    assert judged(samples, kept, other).outcome == "not_judged"
    assert judged(samples, kept, other, policy={"candidates": ["slim"]}).passed
    renamed = {"candidates": ["new"], "slots": {"new": "slim"}}
    assert judged(samples.assign(candidate="new"), kept, other, policy=renamed).passed
    assert judged(samples.assign(candidate="new"), kept, policy={"candidates": ["slim"]}).outcome != "pass"


def test_what_the_run_planned_and_lacks_is_no_pass(accept: Accept) -> None:
    """A candidate whose every sample is missing has not passed."""
    samples = make_samples(right(250, 38))
    both = pd.concat([samples, make_samples(right(250, 38), candidate="slim-2")])
    verdict = gate(replace(make_evidence(samples, [accept(samples)]), manifests=(make_manifest(both),)))
    assert verdict.outcome == "not_judged"


def test_nothing_at_all_is_no_pass() -> None:
    """An empty gate has judged nothing."""
    samples = make_samples([True])
    assert judged(samples.head(0)).outcome == "not_judged"


def test_simulated_candidates_are_left_aside_and_named(accept: Accept) -> None:
    """Stand-ins of the demo have nothing to prove; the real candidate is judged."""
    samples = make_samples(right(250, 38))
    stand_in = make_samples(right(250, 38), candidate="mid", simulated=True)
    manifest = make_manifest(pd.concat([samples, stand_in]))
    entries = tuple(replace(e, simulated=e.candidate.name == "mid") for e in manifest.candidates)
    manifest = replace(manifest, candidates=entries)
    both = pd.concat([samples, stand_in])
    evidence = replace(make_evidence(both, [accept(samples)]), manifests=(manifest,))
    verdict = gate(evidence)
    assert verdict.passed
    assert [(a.candidate, a.reason) for a in verdict.left_aside] == [("mid", "simulated")]
    asked = gate(evidence, read_policy({"candidates": ["slim", "mid"]}))
    assert asked.outcome == "not_judged"


def test_a_slow_slide_fails_against_the_anchor(accept: Accept) -> None:
    """Each step within the margin, and all of them together far beyond it."""
    accept(make_samples(right(1000, 50)))
    baseline = accept(make_samples(right(1000, 50, broken=30)))
    verdict = judged(make_samples(right(1000, 50, broken=60)), baseline)
    assert rule(verdict, "no_regression").outcome == "pass"
    assert rule(verdict, "no_slide").outcome == "fail"
    assert verdict.outcome == "fail"
    assert judged(make_samples(right(1000, 50, broken=60)), baseline, policy={"anchor": False}).passed


def test_holm_takes_back_a_fail_that_is_one_of_many(accept: Accept) -> None:
    """With many suites, one of them looks worse by chance."""
    names = [f"s{k:02d}" for k in range(20)]
    before = [make_samples(right(60, 6), suite=name) for name in names]
    after = [
        fresh(make_samples(right(60, 6, broken=6 if k == 0 else 0), suite=n)) for k, n in enumerate(names)
    ]
    baselines = [accept(samples) for samples in before]
    alone = judged(after[0], baselines[0])
    assert rule(alone, "no_regression").outcome == "fail"
    many = judged(pd.concat(after), *baselines)
    found = rule(many, "no_regression")
    assert found.tests == 21, "twenty suites, and the candidate over them together"
    assert found.p_adjusted == pytest.approx(21 * found.p)
    assert found.outcome == "inconclusive"
    assert "certain:" not in found.sure, "what is taken back is not called certain"


def losses() -> tuple[pd.DataFrame, list[Baseline]]:
    """Three suites that each lose 16 to 22 points, hard to tell from chance by themselves."""
    broken = {"a": 10, "b": 11, "c": 13}
    before = [make_samples(right(60, 6), suite=name) for name in broken]
    after = [fresh(make_samples(right(60, 6, broken=k), suite=name)) for name, k in broken.items()]
    return pd.concat(after, ignore_index=True), [make_baseline(samples) for samples in before]


@cache
def judged_alone(limits: bool) -> GateVerdict:
    samples, baselines = losses()
    return judged(samples, *baselines, policy=LIMITS if limits else {})


LIMITS = {"quality_floor": 0.8, "error_kinds": ["confused_label"]}


def outcomes(verdict: GateVerdict) -> dict[tuple[str, str], str]:
    return {(c.suite, c.candidate): c.outcome for c in verdict.cases}


@given(seed=st.integers(0, 10_000), limits=st.booleans())
@settings(max_examples=6, deadline=None)
def test_what_is_unchanged_never_changes_a_verdict(seed: int, limits: bool) -> None:
    """An identical candidate or suite was not tested, so it takes no share of the error budget."""
    rng = np.random.default_rng(seed)
    samples, baselines = losses()
    alone = judged_alone(limits)
    same = []
    for k in range(int(rng.integers(1, 5))):
        suite, candidate = rng.choice(["a", "b", "d", f"e{k}"]), f"other{k}"
        if rng.random() < 0.5:  # another suite of the same candidate
            suite, candidate = f"same{k}", "slim"
        same.append(make_samples(rng.random(50) < rng.random(), suite=suite, candidate=candidate))
    more = judged(
        pd.concat([samples, *same]), *baselines, *map(make_baseline, same), policy=LIMITS if limits else {}
    )
    assert {k: v for k, v in outcomes(more).items() if k in outcomes(alone)} == outcomes(alone)
    assert more.together == alone.together
    assert more.outcome == "fail"


def test_a_limit_of_an_unchanged_candidate_still_counts_and_is_corrected_by_itself(accept: Accept) -> None:
    """Below its floor it fails as before; others neither help nor hurt it."""
    low = make_samples(right(250, 100), candidate="low")
    samples, baselines = losses()
    verdict = judged(pd.concat([samples, low]), *baselines, accept(low), policy={"quality_floor": 0.8})
    case = next(c for c in verdict.cases if c.candidate == "low")
    assert case.unchanged
    found = case.rule("quality_floor")
    assert found is not None
    assert (found.outcome, found.tests) == ("fail", 1)


def test_an_anchor_with_the_answers_last_accepted_counts_once(accept: Accept) -> None:
    """Accepted again in another run, the same answers would be one test counted twice."""
    accept(make_samples(right(60, 6)))
    again = accept(make_samples(right(60, 6)).assign(run_id="run-2", latency_s=2.0))
    assert not again.anchored
    verdict = judged(fresh(make_samples(right(60, 6, broken=6))), again)
    assert rule(verdict, "no_slide") is None
    assert rule(verdict, "no_regression").tests == 1


def test_a_certain_loss_within_the_margin_is_told(accept: Accept) -> None:
    """88.6% to 85.3% with 23 broken and none fixed passes a margin of 5 points; nobody may miss it."""
    before = make_samples(
        right(700, 80), error_kind=[None if s else "confused_label" for s in right(700, 80)]
    )
    success = right(700, 80, broken=23)
    kinds = [None if s else ("unparseable" if k < 23 else "confused_label") for k, s in enumerate(success)]
    verdict = judged(
        make_samples(success, error_kind=kinds),
        accept(before),
        policy={"quality_floor": 0.9, "advisory": ["quality_floor"]},
    )
    assert verdict.outcome == "pass"
    assert verdict.cases[0].certain_loss == rule(verdict, "no_regression").interval
    words = verdict_words(verdict.cases[0])
    assert re.fullmatch(
        r"pass, but worse for certain by 2\.2 to 4\.9 points \(margin 5 points\), below its floor, "
        r"new error kind unparseable",
        words,
    ), words
    for text in (to_text(verdict), to_markdown(verdict), to_annotations(verdict)):
        assert "worse for certain by" in text


def test_a_loss_that_may_be_none_is_not_called_certain(accept: Accept) -> None:
    """The other side of the limit: one broken item of 700 passes without a word."""
    verdict = judged(make_samples(right(700, 80, broken=1)), accept(make_samples(right(700, 80))))
    assert verdict.outcome == "pass"
    assert verdict.cases[0].certain_loss is None
    assert verdict_words(verdict.cases[0]) == "pass"


def test_a_failure_is_not_hidden_by_what_could_not_be_judged(accept: Accept) -> None:
    """When several apply: 2, 3, 1, 4, 0; the failure stands first."""
    failing, stranger = make_samples(right(250, 38, broken=30)), make_samples(right(50, 3), suite="new")
    verdict = judged(pd.concat([stranger, failing]), accept(make_samples(right(250, 38))))
    assert [c.outcome for c in verdict.cases] == ["fail", "not_judged"]
    assert (verdict.outcome, verdict.exit_code) == ("fail", ExitCode.REGRESSION)
    assert verdict.headline.startswith("The gate fails: 1 of 2 pairs failed, 1 not judged")
    without = judged(
        pd.concat([stranger, make_samples(right(250, 38))]), accept(make_samples(right(250, 38)))
    )
    assert (without.outcome, without.exit_code) == ("not_judged", ExitCode.FAILED)


def test_losses_too_small_for_each_suite_are_caught_together(accept: Accept) -> None:
    """Each of six suites of 60 items stays open; over all of them the loss is certain."""
    names = [f"s{k}" for k in range(6)]
    baselines = [accept(make_samples(right(60, 6), suite=n)) for n in names]
    after = [fresh(make_samples(right(60, 6, broken=4), suite=n)) for n in names]
    verdict = judged(pd.concat(after), *baselines)
    assert {c.outcome for c in verdict.cases} == {"inconclusive"}
    (together,) = verdict.together
    assert (together.outcome, together.broken) == ("fail", 24)
    assert (verdict.outcome, verdict.exit_code) == ("fail", ExitCode.REGRESSION)
    assert "over its suites" in to_text(verdict)
    assert 'name="slim.all suites"' in to_junit(verdict)
    assert judged(after[0], *baselines[:1]).together == (), "one suite has its own verdict"


def test_over_all_suites_only_a_fail_counts(accept: Accept) -> None:
    """An open difference over all leaves each suite's own verdict as it is."""
    policy = {"suites": {"a": {"margin": 0.3}, "b": {"margin": 0.3}}, "margin": 0.3}
    baselines = [accept(make_samples(right(40, 4), suite=n)) for n in "ab"]
    after = pd.concat(fresh(make_samples(right(40, 4, broken=2), suite=n)) for n in "ab")
    assert judged(after, *baselines, policy=policy).outcome == "pass"


def test_a_critical_item_that_breaks_fails_by_itself(accept: Accept) -> None:
    """The team insists on it; no interval forgives it."""
    critical = [k == 1 for k in range(250)]
    before = make_samples(right(250, 38), critical=critical)
    verdict = judged(make_samples(right(250, 38, broken=2), critical=critical), accept(before))
    found = rule(verdict, "critical")
    assert (found.kind, found.outcome, found.items) == ("plain", "fail", ("i00001",))
    assert rule(verdict, "no_regression").outcome == "pass"
    assert verdict.outcome == "fail"


def test_a_critical_item_that_failed_before_is_forgiven_unless_all_must_pass(accept: Accept) -> None:
    """It was accepted with that failure; `must_pass` forgives nothing."""
    samples = make_samples(right(250, 38), critical=[k == 249 for k in range(250)])
    baseline = accept(samples)
    assert judged(samples, baseline).passed
    strict = judged(samples, baseline, policy={"critical": "must_pass"})
    assert rule(strict, "critical").items == ("i00249",)
    silent = judged(with_faults(samples, [249]), baseline, policy={"critical": "must_pass"})
    assert rule(silent, "critical").outcome == "inconclusive"


def test_an_error_kind_that_must_not_grow(accept: Accept) -> None:
    """Some mistakes are worse than others at an equal rate of success."""
    before = make_samples(right(250, 60))
    kinds = [None] * 190 + ["wrong_tool"] * 60
    verdict = judged(before.assign(error_kind=kinds), accept(before), policy={"error_kinds": ["wrong_tool"]})
    assert rule(verdict, "no_regression").outcome == "pass"
    assert rule(verdict, "error_kinds").outcome == "fail"


def test_a_misspelt_error_kind_is_an_error(accept: Accept) -> None:
    """A rule on a kind that does not exist would pass for ever."""
    samples = make_samples(right(20, 2))
    policy = read_policy({"error_kinds": ["wrong_tol"]})
    with pytest.raises(UsageError, match="wrong_tol"):
        gate(make_evidence(samples), policy, error_kinds={"wrong_tool"})


@pytest.mark.parametrize(
    ("limit", "met", "missed"),
    [
        ("quality_floor", 0.7, 0.95),
        ("min_format_valid", 0.9, None),
        ("max_cost_per_success_usd", 0.01, 0.0001),
        ("max_latency_p95_s", 2.0, 1.0),
    ],
)
def test_each_limit_passes_and_fails(accept: Accept, limit: str, met: float, missed: float | None) -> None:
    """Quality is not all that a build can lose."""
    samples = make_samples(right(250, 38))
    baseline = accept(samples)
    assert judged(samples, baseline, policy={limit: met}).outcome == "pass"
    if missed is not None:
        assert judged(samples, baseline, policy={limit: missed}).outcome == "fail"
    advisory = judged(samples, baseline, policy={limit: missed or met, "advisory": [RULE_OF[limit]]})
    assert advisory.passed


RULE_OF = {
    "quality_floor": "quality_floor",
    "min_format_valid": "format_valid",
    "max_cost_per_success_usd": "cost_per_success",
    "max_latency_p95_s": "latency_p95",
}


def test_a_limit_on_an_unknown_cost_cannot_be_judged(accept: Accept) -> None:
    """An unknown price is never a low one."""
    samples = make_samples(right(250, 38), cost_usd=np.nan)
    assert judged(samples, accept(samples), policy={"max_cost_per_success_usd": 1.0}).outcome == "not_judged"


def test_a_tail_limit_needs_enough_values(accept: Accept) -> None:
    """No p95 is bounded by 50 values."""
    samples = make_samples(right(50, 5))
    verdict = judged(samples, accept(samples), policy={"max_latency_p95_s": 10.0})
    assert rule(verdict, "latency_p95").outcome == "inconclusive"


def test_a_floor_that_only_the_stakes_declare_is_advisory(accept: Accept) -> None:
    """Stakes say what the work needs; the policy says what stops a build."""
    samples = make_samples(right(250, 38))
    verdict = judged(samples, accept(samples), stakes=Stakes(quality_floor=0.95))
    found = rule(verdict, "quality_floor")
    assert (found.outcome, found.advisory, verdict.passed) == ("fail", True, True)


def test_an_old_baseline_is_said(accept: Accept) -> None:
    """It may no longer be what is served."""
    samples = make_samples(right(250, 38))
    now = datetime(2026, 12, 24, tzinfo=UTC)
    policy = read_policy({"max_age_days": 30})
    verdict = gate(make_evidence(samples, [accept(samples)]), policy, now=now)
    assert "the baseline is stale: 53 days old, more than 30" in verdict.cases[0].notes


def test_a_candidate_is_held_against_its_slot(accept: Accept) -> None:
    """A successor bears another name than the model it replaces."""
    baseline = accept(make_samples(right(250, 38), candidate="gpt-4-march"), slot="frontier")
    new = make_samples(right(250, 38, broken=30), candidate="gpt-4-june")
    assert judged(new, baseline, policy={"slots": {"gpt-4-june": "frontier"}}).outcome == "fail"


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.booleans())
@settings(max_examples=15, deadline=None)
def test_no_candidate_fails_against_itself(success: list[bool], same_words: bool) -> None:
    """Whatever the suite, without any flip there is no loss."""
    samples = make_samples(success)
    verdict = gate(make_evidence(samples if same_words else fresh(samples), [make_baseline(samples)]))
    assert verdict.outcome in (("pass",) if same_words else ("pass", "inconclusive"))
