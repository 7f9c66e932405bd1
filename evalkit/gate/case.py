"""One suite × candidate as the gate sees it: its evidence, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.comparison.marks import Marks
from evalkit.comparison.pairs import Side
from evalkit.evidence import Against, Cell
from evalkit.gate.policy import SuiteLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """All that the rules look at. Nothing in it changes."""

    cell: Cell
    limits: SuiteLimits
    with_anchor: bool = True
    """Whether the anchor is tested too."""

    @property
    def suite(self) -> str:
        """The suite's name."""
        return self.cell.suite

    @property
    def candidate(self) -> str:
        """The candidate's name."""
        return self.cell.candidate

    @property
    def side(self) -> Side:
        """The samples and items that are judged."""
        return self.cell.side

    @property
    def marks(self) -> Marks:
        """How they came about."""
        return self.cell.marks

    @property
    def last(self) -> Against | None:
        """Against the last accepted; None without a baseline."""
        return self.cell.last

    @property
    def anchor(self) -> Against | None:
        """Against the anchor; None when it is not to be tested, or no other test than the last accepted."""
        return self.cell.anchor if self.with_anchor else None
