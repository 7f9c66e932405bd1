"""The schema: every column commented, older stores brought forward, and the page about it true."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

import evalkit.store.open as opening
from evalkit.errors import StoreError
from evalkit.store import SCHEMA_VERSION, Store, load_run
from evalkit.store.scripts import read_migrations, read_query, read_views
from tests.store.conftest import tables

OLD_SCHEMAS = Path(__file__).parent / "old_schemas"
PAGE = Path(__file__).parents[2] / "docs" / "store.md"
BEGIN, END = "<!-- made from the comments in the schema -->", "<!-- end of what is made -->"

Column = dict[str, str]


@pytest.fixture
def columns(store: Store) -> list[Column]:
    made = Store.open(store.path, read_only=False)
    return made.sql(read_query("columns")).to_pylist()


def test_every_table_and_column_is_commented(columns: list[Column]) -> None:
    """People meet the store in a SQL shell, where the comments are the only documentation."""
    bare = [f"{c['table_name']}.{c['column_name']}" for c in columns if not (c["comment"] or "").strip()]
    assert bare == []
    assert [c["table_name"] for c in columns if not (c["table_comment"] or "").strip()] == []
    assert {c["table_name"] for c in columns} == {
        *("samples", "runs", "candidates", "suites", "items", "attempts", "sample_rows", "scores"),
        *("left_out", "meta"),
    }


def test_the_views_comments_are_those_of_the_columns_behind(columns: list[Column]) -> None:
    """One meaning has one wording."""
    said = {(c["table_name"], c["column_name"]): c["comment"] for c in columns}
    behind = ("sample_rows", "scores", "items", "suites", "candidates")
    for (table, name), comment in said.items():
        if table == "samples":
            assert comment == next(said[t, name] for t in behind if (t, name) in said)


def frozen(version: int, path: Path) -> None:
    """A store as the evalkit of that schema version made it, with one run in it."""
    with duckdb.connect(str(path)) as connection:
        connection.execute((OLD_SCHEMAS / f"{version}.sql").read_text("utf-8"))
        connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [str(version)])


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_a_store_of_every_past_schema_comes_to_the_present_one(
    store: Store, tmp_path: Path, columns: list[Column], version: int
) -> None:
    """A schema changed without a migration would break every store that exists; this test then fails."""
    old = Store(tmp_path / "old.duckdb")
    frozen(version, old.path)
    with duckdb.connect(str(old.path)) as connection:
        connection.execute(read_views() if version == SCHEMA_VERSION else "SELECT 1")
    migrated = Store.open(old.path, read_only=False).sql(read_query("columns")).to_pylist()
    assert migrated == columns


def test_migrations_run_in_order_and_keep_the_rows(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old evidence stays readable after an upgrade, also where its run folders are gone."""
    load_run(store, folder)
    before = tables(store)
    steps = {
        SCHEMA_VERSION + 1: "ALTER TABLE runs ADD COLUMN team VARCHAR; UPDATE runs SET team = 'a';",
        SCHEMA_VERSION + 2: "UPDATE runs SET team = team || 'b';",
    }
    monkeypatch.setattr(opening, "read_migrations", lambda: steps)
    monkeypatch.setattr(opening, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    assert store.sql("SELECT team FROM runs").to_pylist() == [{"team": "ab"}]
    after = tables(store)
    assert [{n: v for n, v in r.items() if n != "team"} for r in after.pop("runs")] == before.pop("runs")
    assert after == before
    assert store.sql("FROM meta").to_pylist() == [{"key": "schema_version", "value": str(SCHEMA_VERSION + 2)}]


def test_a_migration_that_fails_leaves_the_old_store(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration would be a store that no version can read."""
    load_run(store, folder)
    before = tables(store)
    steps = {SCHEMA_VERSION + 1: "ALTER TABLE runs ADD COLUMN team VARCHAR; SELECT * FROM nowhere;"}
    with monkeypatch.context() as patch:
        patch.setattr(opening, "read_migrations", lambda: steps)
        patch.setattr(opening, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        with pytest.raises(StoreError, match="nowhere"):
            store.samples()
    assert tables(store) == before


def test_a_migrated_item_has_the_hash_that_loading_gives_it(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    """Items measured before an upgrade must pair with those measured after it, without their run folders."""
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text("utf-8").splitlines()]
    items[0]["item"] |= {"input": None, "messages": [{"role": "user", "content": "gr\u00fcn \U0001f600 1.0"}]}
    items[1]["item"] |= {"context": [{"id": "p", "text": "a"}], "tools": [{"type": "function"}]}
    (folder / "items.jsonl").write_text("".join(f"{json.dumps(i, indent=None)}\n" for i in items), "utf-8")
    load_run(store, folder)
    wanted = store.sql("SELECT item_id, input_hash FROM items ORDER BY ALL").to_pylist()
    assert len({one["input_hash"] for one in wanted} - {None}) == len(items)
    old = Store(tmp_path / "old.duckdb")
    frozen(5, old.path)
    with duckdb.connect(str(old.path)) as connection:
        connection.execute(f"ATTACH '{store.path}' AS present (READ_ONLY)")
        connection.execute("INSERT INTO items SELECT * EXCLUDE (input_hash) FROM present.items")
    assert old.sql("SELECT item_id, input_hash FROM items ORDER BY ALL").to_pylist() == wanted


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"target": "other", "tags": {"lang": "xx"}, "weight": 3.0, "critical": True, "line": 99}, True),
        ({"id": "renamed"}, True),
        ({"input": "another text"}, False),
        ({"context": [{"id": "p", "text": "a passage"}]}, False),
        ({"tools": []}, False),
    ],
)
def test_the_hash_is_of_what_the_model_sees(
    store: Store, folder: Path, change: dict[str, object], same: bool
) -> None:
    """A corrected target is no other question; another text is."""
    load_run(store, folder)
    path = folder / "items.jsonl"
    first, *rest = path.read_text("utf-8").splitlines()
    before = json.loads(first)["item"]
    after = json.loads(first) | {"suite_version": "2+other"}
    after["item"] |= change
    path.write_text("\n".join([json.dumps(after), *rest]) + "\n", "utf-8")
    load_run(store, folder)
    found = store.sql("SELECT item_id, suite_version, input_hash FROM items").to_pylist()
    (new,) = [one["input_hash"] for one in found if one["suite_version"] == "2+other"]
    (old,) = [
        one["input_hash"] for one in found
        if one["item_id"] == before["id"] and one["suite_version"] != "2+other"
    ]  # fmt: skip
    assert (old == new) is same


def test_migrations_are_numbered_without_a_gap() -> None:
    """A missing number is a store that stops half way."""
    assert list(read_migrations()) == list(range(2, SCHEMA_VERSION + 1))


def test_the_page_lists_every_table_and_column(columns: list[Column]) -> None:
    """`docs/store.md` is made from the comments; EVALKIT_WRITE_DOCS=1 writes it anew."""
    head, rest = PAGE.read_text("utf-8").split(BEGIN)
    _, tail = rest.split(END)
    page = f"{head}{BEGIN}\n\n{listing(columns)}\n{END}{tail}"
    if os.environ.get("EVALKIT_WRITE_DOCS"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page


def test_the_pages_queries_run(store: Store, folder: Path) -> None:
    """An example that fails costs more trust than none."""
    load_run(store, folder)
    queries = [part.split("```")[0] for part in PAGE.read_text("utf-8").split("```sql\n")[1:]]
    assert len(queries) >= 6
    for query in queries:
        assert store.sql(query).num_columns > 0


def listing(columns: list[Column]) -> str:
    """Each table with its columns, types and comments, as Markdown."""
    lines: list[str] = []
    for table in dict.fromkeys(c["table_name"] for c in columns):
        own = [c for c in columns if c["table_name"] == table]
        lines += [
            f"### {table}",
            "",
            own[0]["table_comment"],
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| {c['column_name']} | {c['data_type']} | {c['comment']} |" for c in own]
        lines.append("")
    return "\n".join(lines)
