"""The store's file: opened for moments only, waited for when busy, checked, migrated, and never a traceback.

Readers in other programs hold DuckDB's shared lock while they are connected and a writer the only one, so
every connection here lives for one query or one transaction.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from evalkit.errors import StoreBusyError, StoreError
from evalkit.store.frames import NamedQueries
from evalkit.store.scripts import read_migrations, read_schema, read_views

T = TypeVar("T")

SCHEMA_VERSION = 6
"""Number of the newest migration; 1 is the first schema."""

STORAGE_VERSION = "v1.2.0"
"""DuckDB's file format: an old one, so that old clients of DuckDB read the store."""

ROW_GROUP_ROWS = 30_720
"""Rows that a new file writes at once. DuckDB holds what is not yet a whole group in memory, and its own
122,880 would be most of what a load needs; files with the larger groups are read and written as well."""

CONFIG = {
    # Nothing leaves the machine unasked: DuckDB would fetch an extension that a query names.
    "autoinstall_known_extensions": "false",
    # Else a missing table is looked for among the variables of whoever calls.
    "python_enable_replacements": "false",
}
"""How every connection is set."""

WAIT_S = 10.0
"""How long a busy store is waited for, in seconds."""


class Store(NamedQueries):
    """One DuckDB file of evalkit's, which need not exist before something is loaded into it.

    Args:
        path: The file.
        wait_s: How long to wait while another program holds the file, in seconds.
    """

    def __init__(self, path: Path | str, *, wait_s: float = WAIT_S) -> None:
        self.path = Path(path)
        self.wait_s = wait_s

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = True, wait_s: float = WAIT_S) -> Store:
        """The store at `path`, checked; to be written, it is made when missing and migrated when old.

        Raises:
            StoreError: Missing, not ours, newer, or held by another program.
        """
        store = cls(path, wait_s=wait_s)
        with store.reading() if read_only else store.writing():
            return store

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A read-only connection for the length of one query; the file is free again after it.

        Raises:
            StoreError: Missing, not ours, newer, or held by another program.
        """
        self._must_exist()
        connection = self._connect()
        try:
            version = self._version(connection, "meta")
            if version < SCHEMA_VERSION:
                connection.close()
                with self.writing():
                    pass
                connection = self._connect()
            yield connection
        except duckdb.Error as error:
            raise self._unusable(error) from error
        finally:
            connection.close()

    @contextmanager
    def writing(self, connection: Any = None) -> Iterator[Any]:
        """A connection with the file attached as `store`, in one transaction: all of it or nothing is kept.

        Args:
            connection: One that has staged what is to be written; None takes a fresh one.

        Raises:
            StoreError: Not ours, newer, or held by another program.
        """
        own = connection is None
        connection = duckdb.connect(":memory:", config={**CONFIG}) if own else connection
        try:
            self._attach(connection)
            try:
                yield from _transaction(connection, self._prepare)
            finally:
                # A migration that failed leaves the store in use, and what is in use cannot be detached.
                connection.execute("USE memory")
                connection.execute("DETACH store")
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            if _out_of_memory(error):
                raise duckdb.OutOfMemoryException(str(error)) from error
            raise self._unusable(error) from error
        finally:
            if own:
                connection.close()

    def _connect(self) -> Any:
        self._must_be_duckdb()
        return self._patiently(lambda: duckdb.connect(str(self.path), read_only=True, config={**CONFIG}))

    def _attach(self, connection: Any) -> None:
        new = not self.path.exists()
        if new:
            self._make_folder()
        else:
            self._must_be_duckdb()
        option = f" (STORAGE_VERSION '{STORAGE_VERSION}', ROW_GROUP_SIZE {ROW_GROUP_ROWS})" if new else ""
        quoted = str(self.path).replace("'", "''")
        self._patiently(lambda: connection.execute(f"ATTACH '{quoted}' AS store{option}"))

    def _prepare(self, connection: Any) -> None:
        """Brings the attached store to the present schema, inside the transaction."""
        tables = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'store'"
        ).fetchall()[0][0]
        version = self._version(connection, "store.meta") if tables else 0
        if version == SCHEMA_VERSION:
            return
        connection.execute("USE store")
        _bring_forward(connection, version)
        connection.execute("USE memory")

    def _version(self, connection: Any, meta: str) -> int:
        """The schema version of a store that is ours and not newer."""
        try:
            rows = connection.execute(
                f"SELECT value FROM {meta} WHERE key = 'schema_version'"  # noqa: S608 - our own names
            ).fetchall()
        except duckdb.CatalogException:
            rows = []
        if not rows:
            raise StoreError(
                "is a DuckDB database, but not a store of evalkit's",
                where=str(self.path),
                hint="name another file as `store`; evalkit makes it and loads the run folders into it",
            )
        version = int(rows[0][0])
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"was made by a newer evalkit (schema {version}, this one knows {SCHEMA_VERSION})",
                where=str(self.path),
                hint="upgrade evalkit, or name another file as `store` to build one from the run folders",
            )
        return version

    def _must_exist(self) -> None:
        if not self.path.exists():
            raise StoreError(
                "there is no store here yet",
                where=str(self.path),
                hint="`evalkit run` makes it; check `store` in evalkit.yaml if there should be one",
            )

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"its folder cannot be made: {error.strerror}", where=str(self.path)) from error

    def _must_be_duckdb(self) -> None:
        """Looks at the file's mark itself, since DuckDB fetches an extension for some foreign formats."""
        try:
            with self.path.open("rb") as file:
                head = file.read(12)
        except OSError as error:
            raise StoreError(f"cannot be read: {error.strerror}", where=str(self.path)) from error
        if head[8:] != b"DUCK":
            raise StoreError(
                "is not a DuckDB file",
                where=str(self.path),
                hint="move it away or name another file as `store`; a new one is built from the run folders",
            )

    def _patiently(self, connect: Callable[[], T]) -> T:
        """Tries again while another program, or another connection of this one, holds the file."""
        deadline = time.monotonic() + self.wait_s
        pause = 0.02
        while True:
            try:
                return connect()
            except duckdb.Error as error:
                if not _busy(error):
                    raise self._unusable(error) from error
                if time.monotonic() >= deadline:
                    raise self._busy_error(error) from error
            time.sleep(pause)
            pause = min(pause * 2, 0.5)

    def _busy_error(self, error: duckdb.Error) -> StoreBusyError:
        holder = re.search(r"held in (.+?) \(PID (\d+)\)", str(error))
        who = f"{holder[1]} (process {holder[2]})" if holder else "another connection"
        return StoreBusyError(
            f"is held by {who}; waited {self.wait_s:g} s",
            where=str(self.path),
            hint="close it there and try again; finished runs are safe in their folders and loaded next time",
        )

    def _unusable(self, error: duckdb.Error) -> StoreError:
        first = str(error).strip().splitlines()[0]
        return StoreError(
            f"cannot be used: {first}",
            where=str(self.path),
            hint="if it stays so, move it away; it is built anew from the run folders",
        )


def _busy(error: duckdb.Error) -> bool:
    text = str(error)
    return any(
        sign in text
        for sign in (
            "Could not set lock",
            "different configuration than existing",
            "Unique file handle conflict",
            "already attached",
        )
    )


def _out_of_memory(error: duckdb.Error) -> bool:
    """Whether a commit failed for want of memory, which DuckDB calls an error of the transaction."""
    return isinstance(error, duckdb.TransactionException) and "failed to allocate" in str(error)


def _transaction(connection: Any, prepare: Callable[[Any], None]) -> Iterator[Any]:
    connection.execute("BEGIN")
    try:
        prepare(connection)
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _bring_forward(connection: Any, version: int) -> None:
    if version == 0:
        connection.execute(read_schema())
        connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [str(SCHEMA_VERSION)])
    else:
        for number, script in read_migrations().items():
            if number > version:
                connection.execute(script)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [str(SCHEMA_VERSION)])
    connection.execute(read_views())
