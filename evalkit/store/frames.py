"""Named queries over the store, as pandas data frames; pandas is imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from evalkit.errors import StoreError
from evalkit.store import scripts

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
        """The flat view `samples`, in run and journal order.

        Args:
            run_id: Which runs; None takes all.
            suite: One suite alone.
            candidate: One candidate alone.
            latest: Of each suite and candidate only the latest run among those asked for.
        """
        name = "latest_samples" if latest else "samples"
        return self._frame(name, run_ids=_run_ids(run_id), suite=suite, candidate=candidate)

    def sql(self, query: str) -> Any:
        """What a SQL query gives, read-only, as a pyarrow table.

        Raises:
            StoreError: The query is wrong; says what DuckDB says of it.
        """
        with self.reading() as connection:
            try:
                return connection.sql(query).to_arrow_table()
            except duckdb.Error as error:
                raise StoreError(str(error), hint="tables and columns: docs/store.md") from error

    def _frame(self, name: str, **parameters: Any) -> Frame:
        with self.reading() as connection:
            frame: Frame = connection.execute(scripts.query(name), parameters).df()
            return frame


def _run_ids(run_id: Runs) -> list[str] | None:
    if run_id is None:
        return None
    return [run_id] if isinstance(run_id, str) else list(run_id)
