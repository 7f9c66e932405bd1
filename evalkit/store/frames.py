"""Named queries over the store, as pandas data frames; pandas is imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from evalkit.errors import StoreError
from evalkit.store.scripts import read_query

if TYPE_CHECKING:
    import pandas as pd

    Frame: TypeAlias = pd.DataFrame
else:
    Frame = Any

Runs: TypeAlias = str | Sequence[str] | None
"""One run id, several, or None for all."""


class NamedQueries:
    """What a store can be asked by name; each query opens the file, reads and lets it go."""

    def reading(self) -> AbstractContextManager[Any]:
        """A read-only connection for the length of one query."""
        raise NotImplementedError

    def samples(
        self,
        run_id: Runs = None,
        *,
        suite: str | None = None,
        candidate: str | None = None,
        latest: bool = False,
    ) -> Frame:
        """The flat view `samples`, oldest run first, in each journal's order.

        Args:
            run_id: Which runs; None takes all.
            suite: One suite alone.
            candidate: One candidate alone.
            latest: Of each suite and candidate only the latest run among those asked for.
        """
        name = "latest_samples" if latest else "samples"
        return self._frame(name, run_ids=_run_ids(run_id), suite=suite, candidate=candidate)

    def measured(self, run_id: Runs = None) -> Frame:
        """Which runs hold samples of each suite and candidate, the newest first, and whether they measured it
        whole: done, and every test item asked as often as planned."""
        return self._frame("measured", run_ids=_run_ids(run_id))

    def chosen_samples(self, chosen: Sequence[tuple[str, str, str]]) -> Frame:
        """The flat view `samples` of each (suite, candidate, run id) that was chosen."""
        suites, candidates, run_ids = ([one[n] for one in chosen] for n in range(3))
        return self._frame("chosen_samples", suites=suites, candidates=candidates, run_ids=run_ids)

    def earlier_samples(self, shown: Sequence[tuple[str, str, str]]) -> Frame:
        """What the run before said of each (suite, candidate, run id) that is shown, without answers' texts.

        The run before is the latest earlier one with the same suite version; where there is none, no row.
        """
        suites, candidates, run_ids = ([one[n] for one in shown] for n in range(3))
        return self._frame("earlier_samples", suites=suites, candidates=candidates, run_ids=run_ids)

    def item_outcomes(self, items: Sequence[tuple[str, str, str]]) -> Frame:
        """How each run answered each (suite, item id, input hash), oldest run first; an item is found again
        by its hash under any id."""
        suites, item_ids, input_hashes = ([one[n] for one in items] for n in range(3))
        return self._frame("item_outcomes", suites=suites, item_ids=item_ids, input_hashes=input_hashes)

    def attempts(
        self, run_id: Runs = None, *, suite: str | None = None, candidate: str | None = None
    ) -> Frame:
        """Each request that was sent, those of superseded samples included."""
        return self._frame("attempts", run_ids=_run_ids(run_id), suite=suite, candidate=candidate)

    def scores(self, run_id: Runs = None, *, suite: str | None = None, candidate: str | None = None) -> Frame:
        """Every score by scorer, the old beside the current, with the sample's key."""
        return self._frame("scores", run_ids=_run_ids(run_id), suite=suite, candidate=candidate)

    def runs(self, run_id: Runs = None) -> Frame:
        """Runs, oldest first, with counts of their samples: all, faulted, simulated and reused."""
        return self._frame("runs", run_ids=_run_ids(run_id))

    def candidates(self, run_id: Runs = None) -> Frame:
        """Candidates as the runs used them, in each run's order."""
        return self._frame("candidates", run_ids=_run_ids(run_id))

    def suites(self, run_id: Runs = None) -> Frame:
        """Suites with their stakes as the runs used them, in each run's order."""
        return self._frame("suites", run_ids=_run_ids(run_id))

    def items(self, suite: str | None = None, *, suite_version: str | None = None) -> Frame:
        """Items with inputs, targets and tags, once for a suite version."""
        return self._frame("items", suite=suite, suite_version=suite_version)

    def left_out(self, run_id: Runs = None) -> Frame:
        """What was damaged in the runs' folders, and the samples that are missing because of it."""
        return self._frame("left_out", run_ids=_run_ids(run_id))

    def columns(self) -> Frame:
        """Every table, view and column with its type and comment."""
        return self._frame("columns")

    def sql(self, query: str) -> Any:
        """What a SQL query gives, read-only, as a pyarrow table.

        The store cannot be changed by it. All else that DuckDB can do, such as `COPY … TO`, it does: the
        query is the user's own, never a model's.

        Raises:
            StoreError: The query is wrong; says what DuckDB says of it.
        """
        with self.reading() as connection:
            try:
                relation = connection.sql(query)
                # A statement that gives no rows gives no relation.
                return relation.to_arrow_table() if relation is not None else _nothing()
            except duckdb.Error as error:
                raise _wrong_query(error) from error

    def _frame(self, name: str, **parameters: Any) -> Frame:
        with self.reading() as connection:
            frame: Frame = connection.execute(read_query(name), parameters or None).df()
            return frame


def _run_ids(run_id: Runs) -> list[str] | None:
    if run_id is None:
        return None
    return [run_id] if isinstance(run_id, str) else list(run_id)


def _nothing() -> Any:
    import pyarrow as pa

    return pa.table({})


def _wrong_query(error: duckdb.Error) -> StoreError:
    if "read-only" in str(error):
        return StoreError("the store is only read here", hint="it is built from the run folders; query it")
    return StoreError(str(error), hint="docs/store.md lists tables and columns")
