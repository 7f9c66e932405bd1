"""What changed since the last report: verdicts, floors, success, and who came or went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.reporting.inputs import PastCell, PastReport
from evalkit.reporting.view.cells import Cell, CellTable
from evalkit.wording import count, listed, moment, percent

MOST_MOVES = 5
"""Moves of success that are named; the rest is counted."""

_FLOOR_WORDS = {
    "met": "above its floor for certain", "missed": "below its floor for certain",
    "open": "not decided against its floor",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """What is other than in the last report."""

    title: str
    lines: tuple[str, ...]


def since(past: PastReport | None, cells: CellTable) -> Since | None:
    """The changes; None where there was no report before."""
    if past is None:
        return None
    lines = tuple(_lines(past, cells))
    return Since(
        title=f"Since the report of {moment(past.created_at)}",
        lines=lines or ("Nothing changed: every success rate, floor and verdict is as it was.",),
    )


def facts(created_at: str, runs: tuple[str, ...], cells: CellTable) -> PastReport:
    """What the next report will want to know of this one."""
    return PastReport(
        created_at=created_at, runs=runs, cells=tuple(_fact(c) for c in cells.all() if c.success)
    )


def _fact(cell: Cell) -> PastCell:
    success = cell.success
    assert success is not None  # noqa: S101 - the caller left out those without
    return PastCell(
        suite=cell.suite, candidate=cell.candidate, success=success.estimate, low=success.low,
        high=success.high, n=success.n, floor=cell.floor,
        verdict=cell.verdict.outcome if cell.verdict else None,
    )  # fmt: skip


def _lines(past: PastReport, cells: CellTable) -> Iterator[str]:
    before = {(c.suite, c.candidate): c for c in past.cells}
    now = {(c.suite, c.candidate): _fact(c) for c in cells.all() if c.success}
    both = [(before[key], now[key]) for key in now if key in before]
    for old, new in both:
        if old.verdict and new.verdict and old.verdict != new.verdict:
            yield f"{_who(new)}: verdict {old.verdict}, now {new.verdict}."
    for old, new in both:
        if old.floor != new.floor and {old.floor, new.floor} <= set(_FLOOR_WORDS):
            yield f"{_who(new)}: {_FLOOR_WORDS[old.floor]}, now {_FLOOR_WORDS[new.floor]}."
    yield from _moves(both)
    for word, keys in (
        ("New", [k for k in now if k not in before]),
        ("Gone", [k for k in before if k not in now]),
    ):
        if keys:
            yield f"{word}: {listed([f'{candidate} on {suite}' for suite, candidate in keys], 4)}."


def _moves(both: list[tuple[PastCell, PastCell]]) -> Iterator[str]:
    moved = [(old, new) for old, new in both if old.success != new.success]
    moved.sort(key=lambda pair: (-abs(pair[1].success - pair[0].success), _who(pair[1])))
    for old, new in moved[:MOST_MOVES]:
        apart = new.low > old.high or new.high < old.low
        sure = "the intervals do not meet" if apart else "the intervals overlap"
        rates = f"{percent(old.success, old.n)}, now {percent(new.success, new.n)}"
        yield f"{_who(new)}: success {rates}; {sure}."
    if len(moved) > MOST_MOVES:
        yield f"{count(len(moved) - MOST_MOVES, 'smaller move')} of success beside these."


def _who(cell: PastCell) -> str:
    return f"{cell.candidate} on {cell.suite}"
