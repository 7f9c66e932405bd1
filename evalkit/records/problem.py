"""A fault found in a suite before anything is run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault in a suite, with where it is and what mends it."""

    message: str
    """What is wrong, in one line."""
    hint: str = ""
    """The fix."""
    item_id: str | None = None
    line: int | None = None
    """Line in `file`, from 1; without a file, a line of the items file."""
    key: str | None = None
    """Key in suite.yaml, dotted."""
    file: str | None = None
    """The file it is in, where known."""
    column: int | None = None
    """Column in that line, from 1, where known."""

    @property
    def where(self) -> str | None:
        """File, line, column, key and item, as a reader would look for it; None when nothing is known."""
        file = self.file if self.file is not None else ("items" if self.line is not None else None)
        spot = ":".join(str(p) for p in (file, self.line, self.column) if p is not None)
        parts = [
            spot,
            f"key {self.key!r}" if self.key else "",
            f"item {self.item_id!r}" if self.item_id else "",
        ]
        return ", ".join(p for p in parts if p) or None
