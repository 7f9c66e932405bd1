"""What the gate says: the result of each rule, the verdict on each suite × candidate, and on all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.comparison.pairs import Flip
from evalkit.errors import ExitCode
from evalkit.gate.facts import Facts
from evalkit.gate.policy import RuleName
from evalkit.gate.wording import headline_words, rule_words
from evalkit.records import clean_json, to_plain
from evalkit.stats import Interval

GateOutcome = Literal["pass", "fail", "inconclusive", "not_judged"]
SEVERITY: tuple[GateOutcome, ...] = ("fail", "not_judged", "inconclusive", "pass")
"""The order in which outcomes decide, and in which they are listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleResult:
    """One rule at one suite × candidate."""

    rule: RuleName
    suite: str
    candidate: str
    kind: Literal["statistical", "plain"]
    """Plain rules count or look; statistical ones share the gate's error budget."""
    outcome: GateOutcome
    facts: Facts
    """What the rule saw, as numbers and names; `asked`, `found` and `sure` say it."""
    advisory: bool = False
    """Whether it is only said and decides nothing."""
    interval: Interval | None = None
    limit: float | None = None
    """What the interval is held against."""
    p: float | None = None
    """Of a statistical rule: one-sided p of its fail."""
    p_adjusted: float | None = None
    """By Holm, over all statistical rules that can stop the gate."""
    tests: int = 1
    """How many tests shared the error budget with it."""
    taken_back: bool = False
    """Whether it fails by itself, but not once corrected for the number of tests."""
    budget: float | None = None
    """The p below which a fail would have stood; set where one was taken back."""
    worse_within_margin: bool = False
    """Whether it passes with a loss that is certain and smaller than the margin."""
    more_items: int | None = None
    """How many more items would likely decide it, when inconclusive and known."""
    flips: tuple[Flip, ...] = ()
    """The first broken items, critical ones first."""
    broken: int = 0
    fixed: int = 0
    items: tuple[str, ...] = ()
    """Items that this rule is about: critical ones that fail."""

    @property
    def asked(self) -> str:
        """What the policy asks, in words."""
        return rule_words(self).asked

    @property
    def found(self) -> str:
        """What the samples show, in words."""
        return rule_words(self).found

    @property
    def sure(self) -> str:
        """How sure that is, in words."""
        return rule_words(self).sure

    @property
    def stops(self) -> bool:
        """Whether it keeps the gate from passing."""
        return not self.advisory and self.outcome != "pass"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseVerdict:
    """The verdict on one candidate at one suite."""

    suite: str
    candidate: str
    slot: str
    run_id: str = ""
    """The run that was judged; empty where no sample is."""
    outcome: GateOutcome
    rules: tuple[RuleResult, ...]
    baseline: str = ""
    """What it was held against, in words."""
    notes: tuple[str, ...] = ()
    """What a reader must know: admitted evidence, a stale baseline, a changed prompt."""
    critical_items: tuple[str, ...] = ()
    """Critical items that were judged."""
    broken_items: tuple[str, ...] = ()
    """Items that the baseline got right and that are wrong now, critical ones first."""
    fixed_items: tuple[str, ...] = ()
    """Items that the baseline got wrong and that are right now."""
    unchanged: bool = False
    """Whether every answer is the baseline's byte for byte: then it takes no part in the correction."""
    new_error_kinds: tuple[str, ...] = ()
    """Error kinds that the baseline lacks and that are certain to have come up."""

    @property
    def deciding(self) -> RuleResult:
        """The rule that made the outcome: the first that stands for it."""
        return next((r for r in self.rules if not r.advisory and r.outcome == self.outcome), self.rules[0])

    @property
    def regression(self) -> RuleResult | None:
        """The rule on the difference from the last accepted baseline; None when it was not asked."""
        return self.rule("no_regression")

    @property
    def more_items(self) -> int | None:
        """How many more items would likely decide what was left open; None when that is not known."""
        return self.deciding.more_items if self.outcome == "inconclusive" else None

    @property
    def certain_loss(self) -> Interval | None:
        """The difference of a pass that is worse for certain, within the margin; None when there is none."""
        return next((r.interval for r in self.rules if r.worse_within_margin), None)

    @property
    def advised_against(self) -> tuple[RuleResult, ...]:
        """Advisory rules that fail."""
        return tuple(r for r in self.rules if r.advisory and r.outcome == "fail")

    def rule(self, name: RuleName) -> RuleResult | None:
        """The result of that rule; None when it was not asked."""
        return next((r for r in self.rules if r.rule == name), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftAside:
    """A candidate that was not to be judged."""

    candidate: str
    reason: str
    """`not asked for`, `simulated`, or `not in the project any more`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GateVerdict:
    """The verdict on all that was judged."""

    run_id: str
    """The newest run that was judged."""
    runs: tuple[str, ...] = ()
    """All of them, newest first."""
    outcome: GateOutcome
    exit_code: ExitCode
    cases: tuple[CaseVerdict, ...]
    """The worst first."""
    together: tuple[RuleResult, ...] = ()
    """Each candidate over those of its suites whose answers changed, where there are two or more."""
    left_aside: tuple[LeftAside, ...] = ()
    """Candidates that were not to be judged."""
    notes: tuple[str, ...] = ()
    error_budget: float = 0.025
    """Most chance of a false fail among all that changed."""
    inconclusive: str = "stop"
    """What the policy lets an inconclusive rule do."""

    @property
    def counts(self) -> Mapping[GateOutcome, int]:
        """How many pairs of suite and candidate had each outcome, in the order in which they decide."""
        return {outcome: sum(c.outcome == outcome for c in self.cases) for outcome in SEVERITY}

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        return headline_words(self)

    @property
    def passed(self) -> bool:
        """Whether a build may go on."""
        return self.outcome == "pass"

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`, `nan`)."""
        plain = to_plain(self)
        results = [*self.together, *(rule for case in self.cases for rule in case.rules)]
        said = [*plain["together"], *(rule for case in plain["cases"] for rule in case["rules"])]
        for rule, result in zip(said, results, strict=True):
            rule |= rule_words(result)._asdict()
        shown: dict[str, Any] = clean_json(
            plain | {"headline": self.headline, "counts": dict(self.counts), "exit_code": int(self.exit_code)}
        )
        return shown


def worst(outcomes: Iterable[GateOutcome]) -> GateOutcome:
    """Return the outcome that decides: a failure is never hidden by what could not be judged."""
    return min(outcomes, key=SEVERITY.index, default="pass")
