"""Cascades and their sums: each candidate that escalates on each signal it shows, in two steps and three.

A cascade's sums are the first step's, less what its signal sends on, plus what the next step makes of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.economics.evidence import FloatArray
from evalkit.routes.outcome import shows
from evalkit.routes.policy import REVIEW, Signal, Step
from evalkit.routes.table import SuiteTable

Steps = tuple[Step, ...]

SUCCESS, CALLS, REVIEWS, WITHIN = range(4)
"""The rows of sums and values: shares of the items, but `CALLS`, which is US dollars per item."""

CONFIDENCE_QUANTILES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)

MOST_THRESHOLDS = 4
"""Of a step in a cascade of three."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstStep:
    """A step that escalates: its row, its signal, what it costs and takes, and which items it sends on."""

    row: int
    signal: Signal
    goes_on: FloatArray
    calls: FloatArray
    latency: FloatArray


def alone_values(table: SuiteTable) -> FloatArray:
    """(4, n_candidates, n_items) what each candidate alone gives each item."""
    return np.stack(
        [
            table.success.astype(np.float64),
            table.cost_usd,
            np.zeros(table.success.shape),
            punctual_values(table.latency_s, table),
        ]
    )


def punctual_values(latency_s: FloatArray, table: SuiteTable) -> FloatArray:
    """1 where the time is within the limit, or not known, or no limit is stated."""
    limit = table.stakes.latency_slo_s
    if limit is None:
        return np.ones(latency_s.shape)
    with np.errstate(invalid="ignore"):
        return np.asarray(~(latency_s > limit), dtype=np.float64)


def first_steps(table: SuiteTable, row: int) -> list[FirstStep]:
    """The ways in which the candidate of this `row` may be a step that escalates."""
    found = []
    for signal in signals(table, row):
        repeats = table.repeats.get(signal.repeats or 0)
        found.append(
            FirstStep(
                row=row,
                signal=signal,
                goes_on=shows(signal, row, table).astype(np.float64),
                calls=table.cost_usd[row] if repeats is None else repeats.cost_usd[row],
                latency=table.latency_s[row] if repeats is None else repeats.latency_s[row],
            )
        )
    return found


def signals(table: SuiteTable, row: int) -> list[Signal]:
    """The signals that the candidate's answers show, for some items and not for all."""
    found = [Signal(kind=kind) for kind in ("format_invalid", "no_call", "out_of_scope")]
    found += [Signal(kind="low_confidence", below=below) for below in _thresholds(table, row)]
    for repeats, several in table.repeats.items():
        if several.complete[row] and not np.isnan(several.cost_usd[row]).any():
            found.append(Signal(kind="disagreement", repeats=repeats))
    kept: dict[bytes, Signal] = {}
    for signal in found:
        goes_on = shows(signal, row, table)
        if 0 < goes_on.sum() < table.n_items:
            kept.setdefault(goes_on.tobytes(), signal)
    return list(kept.values())


def _thresholds(table: SuiteTable, row: int) -> list[float]:
    """Quantiles of the candidate's confidence, in digits that can be read; none where it seldom gives one."""
    given = table.confidence[row][~np.isnan(table.confidence[row])]
    if len(given) < 0.95 * table.answered[row].sum() or not len(given):
        return []
    # Four digits of the distance from 1, where confidences crowd.
    found = [1 - float(f"{1 - q:.4g}") for q in np.quantile(given, CONFIDENCE_QUANTILES)]
    return sorted({round(q, 10) for q in found if q > 0})


def two_steps(
    table: SuiteTable,
    weight: FloatArray,
    alone: FloatArray,
    firsts: dict[int, list[FirstStep]],
    review: bool,
) -> tuple[list[Steps], FloatArray]:
    """Cascades of two steps with their sums (4, k): each signal, and each candidate that succeeds more."""
    better = _better(table, weight)
    steps: list[Steps] = []
    sums: list[FloatArray] = []
    for row, options in firsts.items():
        above = better[row]
        if not options or not (above or review):
            continue
        goes_on = np.stack([o.goes_on for o in options]) * weight
        calls = np.stack([o.calls for o in options])
        stays = weight - goes_on
        served = stays @ alone[SUCCESS, row]
        punctual = np.stack([punctual_values(o.latency, table) for o in options])
        base = np.stack([served, calls @ weight, np.zeros(len(options)), (stays * punctual).sum(axis=1)])
        for next_row in above:
            late = np.stack([punctual_values(o.latency + table.latency_s[next_row], table) for o in options])
            add = np.stack(
                [
                    goes_on @ alone[SUCCESS, next_row],
                    goes_on @ alone[CALLS, next_row],
                    np.zeros(len(options)),
                    (goes_on * late).sum(axis=1),
                ]
            )
            steps += [(_step(o, table), Step(candidate=table.names[next_row])) for o in options]
            sums.append(base + add)
        if review:
            share = goes_on.sum(axis=1)
            add = np.stack([share, np.zeros(len(share)), share, (goes_on * punctual).sum(axis=1)])
            steps += [(_step(o, table), Step(candidate=REVIEW)) for o in options]
            sums.append(base + add)
    return steps, np.concatenate(sums, axis=1) if sums else np.zeros((4, 0))


def three_steps(
    table: SuiteTable,
    weight: FloatArray,
    alone: FloatArray,
    firsts: dict[int, list[FirstStep]],
    review: bool,
) -> tuple[list[Steps], FloatArray]:
    """Cascades of three: a few thresholds each, steps of rising success, a person last where one may be."""
    better = _better(table, weight)
    steps: list[Steps] = []
    sums: list[FloatArray] = []
    for row, options in firsts.items():
        for middle in better[row]:
            lasts = [r for r in better[middle] if r in better[row]]
            for first in _few(options):
                for second in _few(firsts[middle]):
                    found = _third(table, weight, alone, first, second, lasts, review)
                    names = [table.names[r] for r in lasts] + ([REVIEW] if review else [])
                    steps += [
                        (_step(first, table), _step(second, table), Step(candidate=name)) for name in names
                    ]
                    sums.append(found)
    return steps, np.concatenate(sums, axis=1) if sums else np.zeros((4, 0))


def _third(
    table: SuiteTable,
    weight: FloatArray,
    alone: FloatArray,
    first: FirstStep,
    second: FirstStep,
    lasts: list[int],
    review: bool,
) -> FloatArray:
    """(4, n_lasts and perhaps a person)"""
    on, latency = first.goes_on * weight, first.latency + second.latency
    here, beyond = on * (1 - second.goes_on), on * second.goes_on
    served = (weight - on) @ alone[SUCCESS, first.row] + here @ alone[SUCCESS, second.row]
    calls = first.calls @ weight + on @ second.calls
    punctual = (weight - on) @ punctual_values(first.latency, table) + here @ punctual_values(latency, table)
    columns = [
        [
            served + beyond @ alone[SUCCESS, row],
            calls + beyond @ alone[CALLS, row],
            0.0,
            punctual + beyond @ punctual_values(latency + table.latency_s[row], table),
        ]
        for row in lasts
    ]
    if review:
        share = float(beyond.sum())
        columns.append([served + share, calls, share, punctual + beyond @ punctual_values(latency, table)])
    return np.array(columns, dtype=np.float64).reshape(-1, 4).T


def _few(options: list[FirstStep]) -> list[FirstStep]:
    """Of many thresholds a few; the other signals all."""
    sure = [o for o in options if o.signal.kind == "low_confidence"]
    rest = [o for o in options if o.signal.kind != "low_confidence"]
    step = max(1, len(sure) // MOST_THRESHOLDS)
    return rest + sure[step // 2 :: step]


def _better(table: SuiteTable, weight: FloatArray) -> list[list[int]]:
    """Of each candidate, those that succeed more often: an escalation to another would only cost."""
    rate = table.success @ weight
    return [[int(r) for r in np.flatnonzero(rate > rate[row])] for row in range(len(table.names))]


def _step(first: FirstStep, table: SuiteTable) -> Step:
    return Step(candidate=table.names[first.row], escalate_on=first.signal)
