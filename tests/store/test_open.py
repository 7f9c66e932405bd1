"""The store's file: busy, foreign, newer, older or missing, it is said in one line and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from evalkit.errors import StoreError
from evalkit.store import Store, load_run
from tests.store.conftest import tables

KILLED_WRITER = """
import os, sys
from evalkit.store import Store

with Store(sys.argv[1]).writing() as connection:
    connection.execute("DELETE FROM store.sample_rows")
    connection.execute("INSERT INTO store.meta SELECT range, repeat(range::VARCHAR, 99) FROM range(200000)")
    os.kill(os.getpid(), 9)
"""


@contextmanager
def held_by_another_program(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program writes to the file until its standard input is closed."""
    script = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_missing_store_says_how_it_comes_about(store: Store) -> None:
    """The first thing a new user may do is to look before running."""
    with pytest.raises(StoreError, match="no store here yet") as caught:
        store.samples()
    assert caught.value.where == str(store.path)
    assert "evalkit run" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "content", [b"", b"hello, I am a text file\n" * 500, b"SQLite format 3\x00" + b"\x00" * 5000]
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_not_duckdb_is_named(store: Store, content: bytes, read_only: bool) -> None:
    """`store: results.csv` in the project file must not end in a traceback, nor be overwritten."""
    store.path.write_bytes(content)
    with pytest.raises(StoreError, match="not a DuckDB file") as caught:
        Store.open(store.path, read_only=read_only)
    assert caught.value.where == str(store.path)
    assert caught.value.hint
    assert store.path.read_bytes() == content


@pytest.mark.parametrize("read_only", [True, False])
def test_somebody_elses_database_is_left_alone(store: Store, read_only: bool) -> None:
    """A database of the user's own must never get our tables."""
    with duckdb.connect(str(store.path)) as theirs:
        theirs.execute("CREATE TABLE orders (id INTEGER)")
    with pytest.raises(StoreError, match="not a store of evalkit's"):
        Store.open(store.path, read_only=read_only)
    with duckdb.connect(str(store.path)) as theirs:
        assert theirs.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("orders",)]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_store_from_a_newer_evalkit_is_refused(store: Store, folder: Path, read_only: bool) -> None:
    """An old program would misread new columns, or write rows that the new one cannot trust."""
    load_run(store, folder)
    with duckdb.connect(str(store.path)) as newer:
        newer.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(StoreError, match=r"newer evalkit.*999") as caught:
        Store.open(store.path, read_only=read_only)
    assert "upgrade" in (caught.value.hint or "")


def test_a_store_held_by_another_program_is_named_with_its_process(store: Store, folder: Path) -> None:
    """The user must learn which window to close, and that nothing was lost."""
    load_run(store, folder)
    with held_by_another_program(store.path) as holder:
        with pytest.raises(StoreError, match=f"process {holder.pid}"):
            store.samples()
        with pytest.raises(StoreError, match=f"process {holder.pid}") as caught:
            load_run(store, folder)
    assert "safe in their folders" in (caught.value.hint or "")


def test_a_busy_store_is_waited_for(store: Store, folder: Path) -> None:
    """A load takes a moment; a report started meanwhile should wait for it, not fail."""
    load_run(store, folder)
    patient = Store(store.path, wait_s=20)
    with held_by_another_program(store.path) as holder:
        assert holder.stdin is not None
        timer = threading.Timer(0.3, holder.stdin.close)
        timer.start()
        assert len(patient.samples()) == len(store.samples())
        timer.join()


def test_readers_do_not_shut_out_a_load(store: Store, folder: Path) -> None:
    """A notebook with a store object open for days must not stop the nightly run from being loaded."""
    load_run(store, folder)
    reader = Store.open(store.path)
    before = reader.samples()
    load_run(store, folder)
    assert len(reader.samples()) == len(before)


def test_threads_of_one_program_read_and_load_at_once(store: Store, folder: Path) -> None:
    """A notebook's cells and a server's workers share one process, where DuckDB's own lock does not wait."""
    load_run(store, folder)
    whole = len(store.samples())

    def read(_: int) -> int:
        return int(Store(store.path).sql("FROM samples").num_rows)

    with ThreadPoolExecutor(max_workers=3) as pool:
        load = pool.submit(load_run, Store(store.path), folder)
        assert set(pool.map(read, range(20))) == {whole}
        assert load.result().run_id == "first"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """`store: results.txt/store.duckdb` with a file in the way."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="folder cannot be made"):
        Store.open(tmp_path / "file" / "below" / "store.duckdb", read_only=False)


def test_a_failed_write_leaves_nothing_behind(store: Store, folder: Path) -> None:
    """All of a load or none of it: half a run in the store would be a false result."""
    load_run(store, folder)
    before = tables(store)

    def fail() -> None:
        with store.writing() as connection:
            connection.execute("DELETE FROM store.sample_rows")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert tables(store) == before


def test_a_writer_killed_in_the_middle_leaves_the_last_load_whole(store: Store, folder: Path) -> None:
    """kill -9 during a load: the store opens again, as it was, without any repair."""
    load_run(store, folder)
    before = tables(store)
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(store.path)], check=False)
    assert killed.returncode == -9
    assert tables(store) == before
    load_run(store, folder)
    assert tables(store) == before


def test_a_new_store_is_made_only_to_be_written(store: Store) -> None:
    """Looking must not create files."""
    with pytest.raises(StoreError):
        Store.open(store.path)
    assert not store.path.exists()
    assert len(Store.open(store.path, read_only=False).samples()) == 0


def test_a_path_with_a_quote_and_spaces_works(tmp_path: Path, folder: Path) -> None:
    """Paths go into an SQL statement; a quote in a folder's name must stay a quote."""
    odd = Store(tmp_path / "it's mine; DROP" / "the.store.file")
    load_run(odd, folder)
    assert len(odd.samples()) > 0
