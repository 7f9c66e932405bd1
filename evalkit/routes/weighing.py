"""What the confirming part shows of the routes brought to it, and what speaks against one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evalkit.economics import mean_change
from evalkit.economics.evidence import FloatArray
from evalkit.routes.certify import Certificate
from evalkit.routes.figures import RouteFigures, late_share, route_figures, total_usd
from evalkit.routes.limits import KEEP_WITHIN
from evalkit.routes.outcome import Outcome, outcome
from evalkit.routes.policy import Policy
from evalkit.routes.search import Search
from evalkit.routes.table import SuiteTable
from evalkit.routes.yardsticks import Yardstick, YardstickName, best_mix, gain_over_mixing
from evalkit.stats import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the confirming part shows of the routes that were brought to it."""

    table: SuiteTable
    """The confirming part, of the candidates that may serve."""
    choosing: SuiteTable
    """The choosing part, likewise."""
    whole: SuiteTable
    """The confirming part of all candidates: the route in force may use others."""
    found: Search
    outcomes: Sequence[Outcome]
    certificates: Sequence[Certificate]
    known: dict[Policy, RouteFigures] = field(default_factory=dict)
    """Figures that were computed already: the same route is often tested, proposed and a yardstick."""

    def figures(self, policy: Policy) -> RouteFigures:
        """The figures of any route on the confirming part."""
        if policy not in self.known:
            self.known[policy] = route_figures(outcome(policy, self.whole), self.whole)
        return self.known[policy]

    def yardstick(self, name: YardstickName, policy: Policy) -> Yardstick:
        """A route of its own as a yardstick."""
        return Yardstick(name=name, in_words=policy.in_words, policy=policy, figures=self.figures(policy))

    @property
    def by_worth(self) -> list[int]:
        """The choices, the best by total cost on the choosing part first."""
        return sorted(range(len(self.outcomes)), key=lambda i: self.found.choices[i].worth)

    @property
    def fallback(self) -> int | None:
        """The best certified candidate alone; None where none is."""
        for i in self.by_worth:
            if self.certificates[i].certified and _plain(self.found.choices[i].policy):
                return i
        return None

    def saving(self, over: Outcome, by: Outcome) -> Interval | None:
        """Total cost per item that one route saves over another, on the same items; None where a cost is not
        known."""
        alike = bool((over.reviewed == by.reviewed).all())  # reviews of the same items cancel, at any price
        before, after = self._total(over, alike), self._total(by, alike)
        if np.isnan(before).any() or np.isnan(after).any():
            return None
        return mean_change(after, before, clusters=self.table.clusters, weights=self.table.weight)

    def _total(self, found: Outcome, without_reviews: bool) -> FloatArray:
        reviewed = np.zeros(self.table.n_items) if without_reviews else found.reviewed.astype(np.float64)
        return total_usd(found.success, found.calls_usd, reviewed, self.table.stakes)

    def gain(self, number: int) -> Interval | None:
        """Success above random mixing at the same cost; None for a candidate alone."""
        found = self.outcomes[number]
        if _plain(found.policy):
            return None
        mix = best_mix(outcome(found.policy, self.choosing), self.choosing)
        return gain_over_mixing(mix, found, self.table)

    def falls(self, number: int) -> str | None:
        """Why a route may not serve, in a sentence; None when it is certified and in time."""
        certificate = self.certificates[number]
        if not certificate.certified:
            return certificate.in_words
        within = 1 - late_share(self.outcomes[number].latency_s, self.table)
        if within >= KEEP_WITHIN:
            return None
        limit = self.table.stakes.latency_slo_s
        return f"Only {within:.1%} of the items end within {limit:g} s; {KEEP_WITHIN:.0%} must."

    def why_not(self, number: int) -> str | None:
        """Why a route is not proposed, for all that it costs little; None when nothing speaks against it."""
        found = self.outcomes[number]
        if (reason := self.falls(number)) is not None:
            return reason
        if (gain := self.gain(number)) is not None and not gain.low > 0:
            return f"It is not shown to beat random mixing at its cost ({points(gain)})."
        if self.fallback is not None and not _plain(found.policy):
            saving = self.saving(self.outcomes[self.fallback], found)
            if saving is not None and not saving.low > 0:
                simpler = self.found.choices[self.fallback].policy.in_words
                return f"It is not shown to cost less than {simpler} (saves {per_thousand(saving)})."
        return None


def _plain(policy: Policy) -> bool:
    """One candidate for all, checked or not."""
    return len(policy.branches) == 1 and len(policy.branches[0].steps) == 1


def points(interval: Interval) -> str:
    """A difference of two success rates in percentage points, with its interval."""
    spans = f"{100 * interval.estimate:+.1f} points, {100 * interval.low:+.1f} to {100 * interval.high:+.1f}"
    return spans.replace("-", "−")


def per_thousand(interval: Interval) -> str:
    """US dollars per item as dollars per 1,000 items, with the interval: amounts that can be read."""
    shown, low, high = (_dollars(1_000 * v) for v in (interval.estimate, interval.low, interval.high))
    return f"{shown} per 1,000 items ({low} to {high})"


def _dollars(amount: float) -> str:
    return f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"
