"""Progress on the terminal: a live table for a person, plain lines for a log."""

from __future__ import annotations

import sys
import time
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from evalkit.records import Sample
from evalkit.runner import Observer, Plan, Silent, Tally

PLAIN_LINE_EVERY_S = 10.0


def make_observer(*, quiet: bool) -> Observer:
    """A live table on a terminal, plain lines elsewhere, silence when asked for."""
    if quiet:
        return Silent()
    return LiveTable() if sys.stderr.isatty() else PlainLines()


class PlainLines:
    """A line for each candidate now and then, and when it is done."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def begin(self, plan: Plan, tallies: dict[str, Tally]) -> None:
        """Says what will be asked."""
        click.echo(
            f"{plan.samples_planned} samples: {len(plan.candidates)} candidates, {len(plan.suites)} suites, "
            f"{sum(map(len, plan.items.values()))} items, {plan.repeats} repeat(s)",
            err=True,
        )

    def advanced(self, tally: Tally, sample: Sample) -> None:
        """Says how far a candidate is, every ten seconds and at its end."""
        now = time.monotonic()
        name = tally.candidate.name
        if tally.done < tally.planned and now - self._last.setdefault(name, now) < PLAIN_LINE_EVERY_S:
            return
        self._last[name] = now
        click.echo(" ".join((_name(tally), *_columns(tally))), err=True)

    def said(self, line: str) -> None:
        """Passes it on."""
        click.echo(line, err=True)


class LiveTable:
    """A table that is redrawn while the run goes."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live: Live | None = None
        self._tallies: dict[str, Tally] = {}

    def begin(self, plan: Plan, tallies: dict[str, Tally]) -> None:
        """Starts the table."""
        self._tallies = tallies
        self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=4)
        self._live.start()

    def advanced(self, tally: Tally, sample: Sample) -> None:
        """Nothing: the table reads the live tallies."""

    def said(self, line: str) -> None:
        """Prints it above the table."""
        self._console.print(Text(line), style="dim")

    def end(self) -> None:
        """Leaves the table as it is."""
        if self._live is not None:
            self._live.refresh()
            self._live.stop()

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for title in ("candidate", "", "done", "success", "faults", "cost", "tokens/s", "left"):
            table.add_column(title, justify="left" if title in ("candidate", "") else "right", no_wrap=True)
        for tally in self._tallies.values():
            bar = ProgressBar(total=tally.planned, completed=tally.done, width=16)
            table.add_row(_name(tally), bar, *_columns(tally))
        return table


def end(observer: Any) -> None:
    """Ends a live display, where there is one."""
    if isinstance(observer, LiveTable):
        observer.end()


def _name(tally: Tally) -> str:
    mark = ", simulated" if tally.candidate.simulated else ""
    return f"{tally.candidate.name} ({tally.candidate.tier}{mark})"


def _columns(tally: Tally) -> tuple[str, ...]:
    """Done, success, faults, cost, tokens a second, time left: as texts."""
    success = f"{tally.successes / tally.answered:.0%}" if tally.answered else "–"
    faults = ", ".join(f"{n} {kind}" for kind, n in tally.faults.most_common()) or "0"
    cost = "unknown" if tally.cost_usd is None else f"${tally.cost_usd:.4f}"
    return (f"{tally.done}/{tally.planned}", success, faults, cost, _pace(tally), _left(tally))


def _pace(tally: Tally) -> str:
    if tally.began_s is None or tally.done == tally.reused or not tally.output_tokens:
        return "–"
    return f"{tally.output_tokens / max(1e-9, time.monotonic() - tally.began_s):.0f}"


def _left(tally: Tally) -> str:
    if tally.state not in ("running",):
        return tally.state if tally.done < tally.planned else "done"
    if tally.left_s is None:
        return "…"
    minutes, seconds = divmod(round(tally.left_s), 60)
    return f"{minutes}:{seconds:02d}"
