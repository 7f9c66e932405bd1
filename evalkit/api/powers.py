"""What a comparison can show: of so many items, of the project's suites before a run, or after one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.judging import compare
from evalkit.api.projects import open_project, open_project_or_none
from evalkit.api.suites import DISCORDANCE, load_suites
from evalkit.comparison import DEFAULT_MARGIN, SuiteComparison
from evalkit.config import Project
from evalkit.errors import UsageError
from evalkit.gate import read_policy
from evalkit.stats import PowerStatement, repeats_effect, state_power

if TYPE_CHECKING:
    from evalkit.records import Item, Suite

CORRELATION = 0.5
"""How alike the items of a cluster are taken to behave, from 0 (as if alone) to 1 (as copies)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Power:
    """What one suite, or so many items, can show."""

    about: str
    """The suite, or `items`."""
    measured: bool
    """Whether discordance and design effect were measured in a comparison; assumed else."""
    statement: PowerStatement


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked; None takes what is at hand: the suite's items, the gate's margin, the run's repeats."""

    items: int | None = None
    discordance: float | None = None
    """Share of the items that the two sides judge differently."""
    margin: float | None = None
    """The loss that still counts as no worse, a fraction."""
    items_per_cluster: float | None = None
    correlation: float = CORRELATION
    repeats: int | None = None
    flaky: float = 0.0
    """Share of the items on which two attempts of one candidate differ."""
    power: float = 0.8
    """The chance that a verdict shall have."""
    confidence: float | None = None


def power(
    a: str | None = None,
    b: str | None = None,
    *,
    question: Question | None = None,
    suites: Iterable[str] = (),
    run: str | None = None,
    project: Project | Path | str | None = None,
) -> tuple[Power, ...]:
    """Says how small a drop fails, and how many items it takes for one that is no worse to pass.

    With `a` and `b` it measures discordance, clustering and repeats in their comparison. Without them it
    takes the suites' items as they hang together, or `question.items` alone where no suite is named, and
    assumes the discordance.

    Args:
        a: A side, as `compare` takes it.
        b: The other side.
        question: What is asked; None takes all that is at hand.
        suites: Only these suites.
        run: The run of bare candidate names.
        project: The project; None finds `evalkit.yaml`. So many items need none.

    Raises:
        UsageError: One side alone was given.
    """
    question, suites = question or Question(), tuple(suites)
    if a is not None and b is not None:
        home = open_project(project)
        found = compare(a, b, run=run, suites=suites, confidence=question.confidence or 0.95, project=home)
        return tuple(_measure_power(one, question) for one in found.suites)
    if a is not None or b is not None:
        raise UsageError("a comparison has two sides", hint="evalkit power baseline:SLOT CANDIDATE")
    if question.items is not None and not suites:
        return (_of_items(question),)
    home_or_none = open_project_or_none(project)
    return tuple(_of_suite(suite, question, home_or_none) for suite in load_suites(home_or_none, suites))


def _of_items(asked: Question) -> Power:
    per_cluster = asked.items_per_cluster or 1.0
    return Power(
        about="items",
        measured=False,
        statement=_assume_power(asked, asked.items or 0, per_cluster, 1.0, DEFAULT_MARGIN, 0.95),
    )


def _of_suite(suite: Suite, asked: Question, home: Project | None) -> Power:
    items = suite.test_items
    per_cluster, weighting = clustering(items)
    limits = read_policy(home.gate if home else None).limits(suite.name, suite.stakes)
    return Power(
        about=suite.name,
        measured=False,
        statement=_assume_power(
            asked,
            asked.items or len(items),
            asked.items_per_cluster or per_cluster,
            weighting,
            limits.margin,
            limits.confidence,
        ),
    )


def _assume_power(
    asked: Question, items: int, per_cluster: float, weighting: float, margin: float, confidence: float
) -> PowerStatement:
    discordance = DISCORDANCE if asked.discordance is None else asked.discordance
    return state_power(
        items,
        margin=margin if asked.margin is None else asked.margin,
        discordance=discordance,
        design_effect=weighting + asked.correlation * max(0.0, per_cluster - weighting),
        items_per_cluster=per_cluster,
        repeats=asked.repeats or 1,
        noise_share=min(1.0, asked.flaky / discordance) if discordance else 0.0,
        power=asked.power,
        confidence=confidence if asked.confidence is None else asked.confidence,
    )


def _measure_power(one: SuiteComparison, asked: Question) -> Power:
    difference = one.overall.difference
    pairs = max(1, difference.n_pairs)
    repeats = min(one.marks_a.repeats, one.marks_b.repeats)
    share = one.noise.share if one.noise else None
    noise = _share_of_one(share or 0.0, repeats)
    # Few flips seen are no proof of none to come: one is added. No flip at all says nothing of clustering.
    effect = difference.design_effect if difference.design_effect > 0 else 1.0
    statement = state_power(
        asked.items or pairs,
        margin=one.overall.margin if asked.margin is None else asked.margin,
        discordance=min(1.0, (difference.discordance if difference.n_pairs else DISCORDANCE) + 1 / pairs),
        design_effect=effect / repeats_effect(repeats, noise),
        items_per_cluster=max(1.0, pairs / max(1.0, difference.effective_clusters)),
        repeats=asked.repeats or repeats,
        noise_share=noise,
        power=asked.power,
        confidence=difference.interval.confidence,
    )
    return Power(about=one.suite, measured=True, statement=statement)


def _share_of_one(share: float, repeats: int) -> float:
    """The share of one attempt's variance that is noise, from the share that is left over so many repeats."""
    return repeats * share / (1 - share + repeats * share)


def clustering(items: Iterable[Item]) -> tuple[float, float]:
    """Items over effective clusters, and the design effect of the weights alone (Kish 1965, section 11.7)."""
    import numpy as np

    kept = [item for item in items if item.weight > 0]
    if not kept:
        return 1.0, 1.0
    weights = np.array([item.weight for item in kept])
    weights /= weights.mean()
    totals: dict[str | int, float] = {}
    for number, item in enumerate(kept):
        name = number if item.cluster is None else item.cluster
        totals[name] = totals.get(name, 0.0) + float(weights[number])
    return sum(w**2 for w in totals.values()) / len(kept), float(np.mean(weights**2))
