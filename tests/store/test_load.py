"""From a run folder into the store: nothing lost, nothing twice, damage named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import RunError
from evalkit.records import clean_text
from evalkit.store import Store, load_run
from tests.run_folders import CANDIDATES, HOSTILE_TEXTS, journal_lines, write_run_folder
from tests.store.conftest import tables


def key(entry: dict[str, Any]) -> tuple[Any, ...]:
    return (entry["suite"], entry["item_id"], entry["candidate"], entry["repeat"])


def write_journal(folder: Path, entries: list[dict[str, Any]]) -> None:
    (folder / "journal.jsonl").write_text("".join(json.dumps(e) + "\n" for e in entries), "utf-8")


def test_every_sample_of_the_journal_is_a_row_with_its_values(store: Store, folder: Path) -> None:
    """The store must say what the journal says: every page and verdict is read from it."""
    load_run(store, folder)
    rows = {key(r): r for r in store.sql("FROM samples").to_pylist()}
    entries = [e for e in journal_lines(folder) if e["kind"] == "sample"]
    assert len(rows) == len(entries) == 6 * 2 * 3 * len(CANDIDATES)
    plain = ("status", "fault", "output", "seed", "confidence", "confidence_method",
             "label_mass_outside", "cost_usd", "latency_s", "e2e_latency_s", "ttft_s", "attempts", "load",
             "simulated", "request_hash", "prompt_hash")  # fmt: skip
    for entry in entries:
        row = rows[key(entry)]
        assert {n: row[n] for n in plain} == {n: entry[n] for n in plain}
        assert row["input_tokens"] == entry["usage"]["input_tokens"]
        assert json.loads(row["tool_calls"]) == entry["tool_calls"]
        assert (row["server_metrics"] and dict(row["server_metrics"])) == entry["server_metrics"]
        score = entry["score"]
        assert (row["success"], row["error_kind"], row["score"]) == (
            score["success"],
            score["error_kind"],
            score["score"],
        )
        assert json.loads(row["diff"]) == score["diff"]
        assert json.loads(row["parsed"] or "null") == score["parsed"]


def test_every_attempt_and_item_is_a_row(store: Store, folder: Path) -> None:
    """Availability counts requests, and slices need each item's tags."""
    load_run(store, folder)
    attempts = [e for e in journal_lines(folder) if e["kind"] == "attempt"]
    assert Counter(store.attempts()["status"]) == Counter(e["status"] for e in attempts)
    planned = [json.loads(line) for line in (folder / "items.jsonl").read_bytes().split(b"\n") if line]
    kept = {(r["suite"], r["item_id"]): r for r in store.sql("FROM items").to_pylist()}
    assert len(kept) == len(planned)
    for line in planned:
        row = kept[line["suite"], line["item"]["id"]]
        assert dict(row["tags"]) == line["item"]["tags"]
        assert json.loads(row["target"]) == line["item"]["target"]
        assert row["input"] == line["item"]["input"]


def test_loading_again_replaces_the_run(store: Store, folder: Path) -> None:
    """A resumed run is loaded a second time; its samples must not count twice."""
    load_run(store, folder)
    once = tables(store)
    load_run(store, folder)
    assert tables(store) == once
    assert once["sample_rows"]


def test_loading_one_run_leaves_the_others_alone(store: Store, folder: Path, runs_dir: Path) -> None:
    """Replacing is by run id, never by suite or candidate."""
    write_run_folder(runs_dir / "second", n_items=6, seed=0)
    load_run(store, folder)
    before = tables(store)
    load_run(store, runs_dir / "second")
    load_run(store, runs_dir / "second")
    for name in ("runs", "candidates", "suites", "attempts", "sample_rows", "scores"):
        kept = [r for r in tables(store)[name] if r["run_id"] == "first"]
        assert kept == before[name]


def test_a_later_line_of_a_key_replaces_the_faulted_one(store: Store, folder: Path) -> None:
    """Resume asks faulted samples again; the answer that came in the end is the sample, all attempts stay."""
    entries = journal_lines(folder)
    faulted = next(e for e in entries if e["kind"] == "sample" and e["status"] == "faulted")
    answered = next(
        e
        for e in entries
        if e["kind"] == "sample" and e["suite"] == faulted["suite"] and e["score"]["success"]
    )
    again = {**answered, **{n: faulted[n] for n in ("item_id", "candidate", "repeat")}}
    write_journal(folder, [*entries, again])
    load_run(store, folder)
    rows = [r for r in store.sql("FROM samples").to_pylist() if key(r) == key(faulted)]
    assert [(r["status"], r["success"]) for r in rows] == [("answered", True)]
    assert len(store.scores()) == len(store.samples())
    assert len(store.attempts()) == sum(e["kind"] == "attempt" for e in entries)


def test_scoring_anew_adds_scores_beside_the_old(store: Store, folder: Path) -> None:
    """`compare` can tell what the scorer alone changed only while both scores are there."""
    entries = journal_lines(folder)
    sample = next(e for e in entries if e["kind"] == "sample" and e["score"]["success"])
    named = {n: sample[n] for n in ("suite", "item_id", "candidate", "repeat")}
    worse = {
        **sample["score"],
        "success": False,
        "score": 0.5,
        "error_kind": "wrong_value",
        "scorer_hash": "new",
    }
    write_journal(folder, [*entries, {"kind": "score", **named, "score": worse}])
    load_run(store, folder)
    scores = [r for r in store.scores().to_dict("records") if key(r) == key(sample)]
    assert {(r["scorer_hash"], r["current"], r["success"]) for r in scores} == {
        (sample["score"]["scorer_hash"], False, True),
        ("new", True, False),
    }
    (row,) = [r for r in store.sql("FROM samples").to_pylist() if key(r) == key(sample)]
    assert (row["scorer_hash"], row["error_kind"]) == ("new", "wrong_value")


def test_the_same_scorer_twice_keeps_its_latest_score_alone(store: Store, folder: Path) -> None:
    """Scoring anew with an unchanged scorer must not pile up rows."""
    entries = journal_lines(folder)
    sample = next(e for e in entries if e["kind"] == "sample")
    named = {n: sample[n] for n in ("suite", "item_id", "candidate", "repeat")}
    write_journal(folder, [*entries, {"kind": "score", **named, "score": sample["score"]}])
    load_run(store, folder)
    assert len(store.scores()) == len(store.samples())
    assert store.scores()["current"].all()


def test_a_torn_tail_is_passed_over(store: Store, folder: Path) -> None:
    """kill -9 in the middle of a write must not make the finished answers unreadable."""
    load_run(store, folder)
    whole = len(store.samples())
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"kind": "sample", "suite": "support-triage", "output": "cut in the mid\xe2\x82')
    load_run(store, folder)
    assert len(store.samples()) == whole


def test_a_whole_last_line_without_newline_is_kept(store: Store, folder: Path) -> None:
    """Only the newline is missing: the answer was paid for and is there."""
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().rstrip(b"\n"))
    load_run(store, folder)
    assert len(store.samples()) == sum(e["kind"] == "sample" for e in journal_lines(folder))


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b'{"run_id": "x"}', b"\xff\xfe"])
def test_a_damaged_manifest_is_named(store: Store, folder: Path, manifest: bytes) -> None:
    """The manifest says what was asked; nothing can be read without it."""
    (folder / "manifest.json").write_bytes(manifest)
    with pytest.raises(RunError, match="damaged") as caught:
        load_run(store, folder)
    assert caught.value.where == str(folder / "manifest.json")


@pytest.mark.parametrize(("name", "value"), [("created_at", "yesterday"), ("seed", "x"), ("note", None)])
def test_a_manifest_value_that_does_not_fit_is_named(
    store: Store, folder: Path, name: str, value: str | None
) -> None:
    """A hand-edited manifest must be told from a broken store, or the user mends the wrong file."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, name: value}), "utf-8")
    with pytest.raises(RunError, match=r"damaged|does not fit") as caught:
        load_run(store, folder)
    assert str(folder) in (caught.value.where or "")


def test_a_journal_that_cannot_be_opened_is_named(store: Store, folder: Path) -> None:
    """A foreign file system's or user's file is an error in one line."""
    (folder / "journal.jsonl").unlink()
    (folder / "journal.jsonl").mkdir()
    with pytest.raises(RunError, match="cannot be read") as caught:
        load_run(store, folder)
    assert caught.value.where == str(folder / "journal.jsonl")


def test_a_folder_that_is_no_run_is_named(store: Store, tmp_path: Path) -> None:
    """A misspelt run name is the commonest mistake."""
    with pytest.raises(RunError, match="no run folder"):
        load_run(store, tmp_path / "nowhere")


def test_a_run_without_an_answer_yet_is_loaded(store: Store, folder: Path) -> None:
    """A run killed before its first answer still has its plan to show."""
    (folder / "journal.jsonl").unlink()
    load_run(store, folder)
    assert list(store.runs()["samples"]) == [0]
    assert len(store.samples()) == 0


def test_hostile_outputs_come_through(store: Store, folder: Path) -> None:
    """Model output is hostile text: it is kept to the byte, apart from what no database can hold."""
    outputs = [*HOSTILE_TEXTS, "\\u0000", "\\", '"', "", " ", "ÿ" * 1_000_000, "\u2028\x85\x1e", "\ufeff"]
    entries = [e for e in journal_lines(folder) if e["kind"] == "sample"][: len(outputs)]
    for entry, output in zip(entries, outputs, strict=True):
        entry["output"] = output
        entry["tool_calls"] = [{"name": output, "arguments": {output: [float("nan"), 10**400]}, "raw": None}]
    write_journal(folder, entries)
    load_run(store, folder)
    rows = {key(r): r for r in store.sql("FROM samples").to_pylist()}
    for entry, output in zip(entries, outputs, strict=True):
        row = rows[key(entry)]
        assert row["output"] in (output, clean_text(output))
        assert json.loads(row["tool_calls"])[0]["name"] in (output, clean_text(output))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=50), min_size=1, max_size=20))
def test_any_clean_text_comes_through_unchanged(store: Store, folder: Path, texts: list[str]) -> None:
    """The runner cleans texts with `clean_text`; after it no text may change or stop a load."""
    texts = [clean_text(t) for t in texts]
    samples = [e for e in journal_lines(folder) if e["kind"] == "sample"]
    entries = [{**sample, "output": text} for sample, text in zip(samples, texts, strict=False)]
    write_journal(folder, entries)
    assert load_run(store, folder).left_out == ()
    rows = [r["output"] for r in store.sql("FROM samples ORDER BY entry").to_pylist()]
    assert rows == texts
    write_run_folder(folder, n_items=6, repeats=2, faulted=0.1)


def test_a_line_longer_than_the_read_buffer_is_loaded(store: Store, folder: Path) -> None:
    """One runaway output must not make a whole run unreadable."""
    entries = [e for e in journal_lines(folder) if e["kind"] == "sample"][:3]
    entries[1]["output"] = "<b>" * 12_000_000
    write_journal(folder, entries)
    load_run(store, folder)
    assert store.sql("SELECT max(length(output)) AS longest FROM samples").to_pylist() == [
        {"longest": 36_000_000}
    ]


def test_times_with_an_offset_are_kept_in_utc(store: Store, folder: Path) -> None:
    """Runs from machines in several zones are put in order by their start."""
    sample = next(e for e in journal_lines(folder) if e["kind"] == "sample")
    write_journal(folder, [{**sample, "started_at": "2026-03-01T00:30:00.250000+02:00"}])
    load_run(store, folder)
    (row,) = store.sql("SELECT started_at FROM samples").to_pylist()
    assert row["started_at"].isoformat() == "2026-02-28T22:30:00.250000"


def test_nothing_is_left_beside_the_store(store: Store, folder: Path, tmp_path: Path) -> None:
    """The file can be copied or sent the moment the load is done: no log of DuckDB's belongs to it."""
    load_run(store, folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["runs", "store.duckdb"]
