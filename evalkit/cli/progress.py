"""Progress on standard error: a live table for a person, plain lines for a log; the words of both."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from evalkit.records import Sample
from evalkit.runner import CandidateCounts, Observer, Plan, Silent
from evalkit.wording import count, percent, span, usd

PLAIN_LINE_EVERY_S = 10.0


def make_observer(*, quiet: bool) -> Observer:
    """A live table on a terminal, plain lines elsewhere, silence when asked for."""
    if quiet:
        return Silent()
    if sys.stderr.isatty():
        from evalkit.cli.live_table import LiveTable  # brings rich, which plain lines do without

        return LiveTable()
    return PlainLines()


def end(observer: Any) -> None:
    """Ends a live display, where there is one."""
    if hasattr(observer, "end"):
        observer.end()


class PlainLines:
    """A line for each candidate now and then, and when it is done."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def begin(self, plan: Plan, tallies: dict[str, CandidateCounts]) -> None:
        """Says what will be asked."""
        self.notify(plan_in_words(plan))

    def report_progress(self, tally: CandidateCounts, sample: Sample) -> None:
        """Says how far a candidate is, every ten seconds and at its end."""
        now = time.monotonic()
        name = tally.candidate.name
        if tally.done < tally.planned and now - self._last.setdefault(name, now) < PLAIN_LINE_EVERY_S:
            return
        self._last[name] = now
        click.echo(line_of(tally), err=True)

    def notify(self, line: str) -> None:
        """Passes it on; a server's words in it cannot move the cursor."""
        click.echo(harmless(line), err=True)


def plan_in_words(plan: Plan) -> str:
    """What will be asked, in one line."""
    parts = [
        count(len(plan.candidates), "candidate"),
        count(len(plan.suites), "suite"),
        count(sum(map(len, plan.items.values())), "item"),
    ]
    repeats = f", {plan.repeats} repeats" if plan.repeats > 1 else ""
    return f"{count(plan.samples_planned, 'sample')}: {', '.join(parts)}{repeats}"


def line_of(tally: CandidateCounts) -> str:
    """How far one candidate is, in one line."""
    reused = f", {tally.reused} reused" if tally.reused else ""
    speed = "" if tally.tokens_per_s is None else f", {tally.tokens_per_s:.0f} tokens/s"
    left = f", {left_of(tally)}" + (" left" if tally.left_s and tally.state == "running" else "")
    return (
        f"{name_of(tally)}: {done_of(tally)} samples{reused}, {success_of(tally)} success, "
        f"faults: {faults_of(tally)}, {cost_of(tally)}{speed}{left}"
    )


def name_of(tally: CandidateCounts) -> str:
    """The candidate with its tier, and whether it is simulated."""
    mark = ", simulated" if tally.candidate.simulated else ""
    return f"{tally.candidate.name} ({tally.candidate.tier}{mark})"


def done_of(tally: CandidateCounts) -> str:
    """Samples done, of those that are owed."""
    return f"{tally.done}/{tally.planned}"


def success_of(tally: CandidateCounts) -> str:
    """The rate of success so far with its 95% interval."""
    if not tally.answered:
        return "–"
    rate = tally.success
    return f"{percent(rate.estimate)} ({span(rate, percent)})"


def faults_of(tally: CandidateCounts) -> str:
    """Faulted samples by kind."""
    return ", ".join(f"{n} {kind}" for kind, n in tally.faults.most_common()) or "0"


def cost_of(tally: CandidateCounts) -> str:
    """What was spent; at least that much when some cost is unknown."""
    if tally.cost_usd is not None:
        return usd(tally.cost_usd)
    return f"{usd(tally.known_cost_usd)} and more" if tally.known_cost_usd else "cost unknown"


def speed_of(tally: CandidateCounts) -> str:
    """Output tokens a second."""
    return "–" if tally.tokens_per_s is None else f"{tally.tokens_per_s:.0f}"


def left_of(tally: CandidateCounts) -> str:
    """Minutes and seconds left at the pace so far, or the state where that says more."""
    if tally.state != "running":
        # Why it was not started is said above; here is room for a word.
        return "done" if tally.done == tally.planned else tally.state.partition(":")[0]
    if tally.left_s is None:
        return "…"
    minutes, seconds = divmod(round(tally.left_s), 60)
    return f"{minutes}:{seconds:02d}"


def harmless(line: str) -> str:
    """The line without characters that move the cursor; a server's words may stand in it."""
    if line.isprintable():
        return line
    from evalkit.reporting.hostile import one_line  # brings the reports, which a run does without

    return one_line(line)
