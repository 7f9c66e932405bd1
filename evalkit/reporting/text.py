"""The front page in plain words: Markdown for a CI summary, and rows for a terminal's table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evalkit.gate.wording import change_words
from evalkit.reporting.hostile import one_line
from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.front import FrontPage
from evalkit.wording import (
    DASH,
    PER_SUCCESSES,
    moment,
    percent,
    percent_span,
    points,
    seconds,
    usd_per_successes,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SummaryRow:
    """One candidate at one suite, every value as it is to be printed."""

    suite: str
    tier: str
    candidate: str
    success: str
    interval: str
    cost: str
    """For `PER_SUCCESSES` successes."""
    p95: str
    ttft: str
    verdict: str
    simulated: bool


SUMMARY_HEADINGS = (
    "Suite", "Tier", "Candidate", "Success", "95% interval", f"Cost/{PER_SUCCESSES:,} successes", "p95",
    "First token", "Vs baseline",
)  # fmt: skip


def summary_rows(front: FrontPage) -> tuple[SummaryRow, ...]:
    """The front page's table, in its order."""
    return tuple(_row(cell) for suite in front.suites for cell in suite.cells)


def markdown_summary(front: FrontPage) -> str:
    """The front page as Markdown; foreign names cannot form markup."""
    lines = [f"## {escape_markdown(front.headline)}", ""]
    lines += [f"- {escape_markdown(said)}" for said in (*front.details, *front.notes)]
    lines += [f"- **{caution.kind}**: {escape_markdown(caution.text)}" for caution in front.cautions]
    lines += ["", "| " + " | ".join(SUMMARY_HEADINGS) + " |", "|" + " --- |" * len(SUMMARY_HEADINGS)]
    for row in summary_rows(front):
        name = f"{row.candidate} (SIMULATED)" if row.simulated else row.candidate
        cells = (
            row.suite, row.tier, name, row.success, row.interval, row.cost, row.p95, row.ttft, row.verdict
        )  # fmt: skip
        lines.append("| " + " | ".join(escape_markdown(cell) for cell in cells) + " |")
    return "\n".join(
        [*lines, "", f"{escape_markdown(front.title)}, {escape_markdown(moment(front.created_at))}.", ""]
    )


def _row(cell: Cell) -> SummaryRow:
    success, cost = cell.success, cell.cost_per_success_usd
    p95 = cell.latency_s.p95 if cell.latency_s else None
    ttft = cell.ttft_s.p50 if cell.ttft_s else None
    return SummaryRow(
        suite=one_line(cell.suite, 60),
        tier=one_line(cell.tier, 20),
        candidate=one_line(cell.candidate, 60),
        success=percent(success.estimate, success.n) if success else DASH,
        interval=percent_span(success) if success else DASH,
        cost=usd_per_successes(cost.estimate) if cost else "unknown",
        p95=seconds(p95.estimate) if p95 and p95.n else DASH,
        ttft=seconds(ttft.estimate) if ttft and ttft.n else DASH,
        verdict=_verdict(cell),
        simulated=cell.is_simulated,
    )


def _verdict(cell: Cell) -> str:
    if cell.verdict is None:
        return DASH
    difference = cell.verdict.regression.interval if cell.verdict.regression else None
    change = f" ({points(difference.estimate)})" if difference and difference.n else ""
    return change_words(cell.verdict) + change


def escape_markdown(text: str) -> str:
    """Text that Markdown, and the HTML in it, takes as text."""
    plain = one_line(text, 2000).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_{}\[\]|#~>])", r"\\\1", plain)
