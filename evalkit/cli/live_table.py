"""The live table of a run: redrawn while it goes, left standing when it ends."""

from __future__ import annotations

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from evalkit.cli.progress import (
    cost_of,
    done_of,
    faults_of,
    harmless,
    left_of,
    name_of,
    plan_in_words,
    speed_of,
    success_of,
)
from evalkit.records import Sample
from evalkit.runner import CandidateCounts, Plan

_COLUMNS = (
    ("done", done_of),
    ("success", success_of),
    ("faults", faults_of),
    ("cost", cost_of),
    ("tokens/s", speed_of),
    ("left", left_of),
)
WIDE = 110
"""Columns of a terminal that has room for the bar and the speed."""


class LiveTable:
    """Draws the live tallies four times a second."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live: Live | None = None
        self._tallies: dict[str, CandidateCounts] = {}

    def begin(self, plan: Plan, tallies: dict[str, CandidateCounts]) -> None:
        """Starts the table."""
        self.end()  # a sweep has a table for each step
        self._tallies = tallies
        self.notify(plan_in_words(plan))
        self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=4)
        self._live.start()

    def report_progress(self, tally: CandidateCounts, sample: Sample) -> None:
        """Nothing: the table reads the live tallies."""

    def notify(self, line: str) -> None:
        """Prints it above the table; a server's words in it can neither form markup nor move the cursor."""
        self._console.print(Text(harmless(line)), style="dim")

    def end(self) -> None:
        """Leaves the table as it is."""
        if self._live is not None:
            self._live.refresh()
            self._live.stop()

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        wide = self._console.width >= WIDE
        columns = [(title, text) for title, text in _COLUMNS if wide or title != "tokens/s"]
        table.add_column("candidate", no_wrap=True)
        if wide:
            table.add_column("")
        for title, _ in columns:
            faults = title == "faults"
            table.add_column(title, justify="right", no_wrap=not faults, min_width=12 if faults else None)
        for tally in self._tallies.values():
            bars = [ProgressBar(total=tally.planned, completed=tally.done, width=16)] if wide else []
            table.add_row(Text(name_of(tally)), *bars, *(Text(text(tally)) for _, text in columns))
        return table
