"""A damaged journal costs what is damaged and nothing else: the rest is loaded, and what is lost is named."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import RunError
from evalkit.records import LARGEST_COUNT, LARGEST_SMALL, Planned, SampleKey, from_plain
from evalkit.records.sample import Sample
from evalkit.runner.journal import read_finished_samples, read_journal
from evalkit.store import Store, load_run
from tests.run_folders import journal_lines
from tests.store.conftest import tables

DIGITS = "9" * 5000
"""More than Python reads as a number."""


def rewrite(folder: Path, lines: list[str]) -> None:
    (folder / "journal.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def answered(entries: list[dict[str, Any]]) -> int:
    """Where the first answered sample is."""
    return next(k for k, e in enumerate(entries) if e["kind"] == "sample" and e["status"] == "answered")


def key_of(entry: dict[str, Any]) -> SampleKey:
    return (entry["suite"], entry["item_id"], entry["candidate"], entry["repeat"])


def keys_in(store: Store) -> set[SampleKey]:
    rows = store.sql("SELECT suite, item_id, candidate, repeat FROM samples").to_pylist()
    return {key_of(r) for r in rows}


def planned_by(entries: list[dict[str, Any]]) -> Planned:
    """What the run of a sound journal may hold."""
    suites = {e["suite"] for e in entries}
    return Planned(
        versions={e["suite"]: e["suite_version"] for e in entries if e["kind"] == "sample"},
        candidates={e["candidate"] for e in entries},
        repeats=2,
        items={suite: {e["item_id"] for e in entries if e["suite"] == suite} for suite in suites},
    )


def keys_read(journal: Path, planned: Planned) -> set[SampleKey]:
    """The samples that a resume takes as finished."""
    return {r.key for r in read_journal(journal, planned) if isinstance(r, Sample)}


def row_of(store: Store, entry: int) -> dict[str, Any]:
    return next(r for r in store.sql("FROM samples").to_pylist() if r["entry"] == entry)


POISON: list[tuple[str, Any]] = [
    ("usage.input_tokens", 10**30),
    ("usage.input_tokens", LARGEST_COUNT + 1),
    ("usage.output_tokens", -1),
    ("usage.cached_input_tokens", "many"),
    ("usage.reasoning_tokens", [1]),
    ("cost_usd", -0.01),
    ("cost_usd", float("nan")),
    ("cost_usd", "nan"),
    ("cost_usd", float("inf")),
    ("cost_usd", 10**400),
    ("latency_s", "soon"),
    ("latency_s", -3),
    ("e2e_latency_s", 10**400),
    ("ttft_s", {}),
    ("confidence", 1.5),
    ("label_mass_outside", -0.5),
    ("attempts", LARGEST_SMALL + 1),
    ("seed", 10**20),
    ("started_at", "yesterday"),
    ("started_at", 12),
    ("server_metrics.queue_s", "nan"),
    ("server_metrics.queue_s", 10**400),
    ("server_metrics", [1]),
]


@pytest.mark.parametrize(("field", "value"), POISON, ids=lambda v: str(v)[:20])
def test_a_bad_value_of_telemetry_is_unknown_and_the_sample_stays(
    store: Store, folder: Path, field: str, value: Any
) -> None:
    """A finished, paid run must not be unloadable for ever because a server miscounted once."""
    load_run(store, folder)
    before = keys_in(store)
    entries = journal_lines(folder)
    at = answered(entries)
    outer, _, inner = field.partition(".")
    entries[at][outer] = {**(entries[at][outer] or {}), inner: value} if inner else value
    rewrite(folder, [json.dumps(e) for e in entries])
    loaded = load_run(store, folder)
    assert [(n.line, n.field, n.key) for n in loaded.left_out] == [(at + 1, field, key_of(entries[at]))]
    assert loaded.missing == ()
    assert any(f"journal.jsonl:{at + 1}: {field} is unknown" in note for note in loaded.notes)
    assert keys_in(store) == before
    assert key_of(entries[at]) in read_finished_samples(folder / "journal.jsonl")
    row = row_of(store, at + 1)
    assert row["output"] == entries[at]["output"]
    column = inner if outer == "usage" else outer
    if column not in ("server_metrics", "attempts"):
        assert row[column] is None
    assert not dict(row["server_metrics"] or {}).get("queue_s") or outer != "server_metrics"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("finish_reason", {"kind": "stop"}),
        ("price_id", 7),
        ("attempts", True),
        ("cost_usd", "0.5"),
        ("seed", 1.5),
    ],
)
def test_a_value_of_another_type_that_a_column_takes_costs_nothing(
    store: Store, folder: Path, field: str, value: Any
) -> None:
    """DuckDB turns some types into others; either way the run is whole."""
    load_run(store, folder)
    before = keys_in(store)
    entries = journal_lines(folder)
    entries[answered(entries)][field] = value
    rewrite(folder, [json.dumps(e) for e in entries])
    assert load_run(store, folder).missing == ()
    assert keys_in(store) == before


def test_the_largest_values_that_fit_are_kept(store: Store, folder: Path) -> None:
    """The other side of each limit: what the columns hold is no damage."""
    entries = journal_lines(folder)
    at = answered(entries)
    entries[at]["usage"]["input_tokens"] = LARGEST_COUNT
    entries[at] |= {"attempts": LARGEST_SMALL, "confidence": 1, "cost_usd": 0, "seed": -LARGEST_COUNT - 1}
    rewrite(folder, [json.dumps(e) for e in entries])
    assert load_run(store, folder).left_out == ()
    row = row_of(store, at + 1)
    assert (row["input_tokens"], row["attempts"], row["confidence"]) == (LARGEST_COUNT, LARGEST_SMALL, 1.0)
    assert (row["cost_usd"], row["seed"]) == (0.0, -LARGEST_COUNT - 1)


@pytest.mark.parametrize("field", ["http_status", "attempt", "latency_s"])
def test_a_bad_value_of_an_attempt_costs_no_sample(store: Store, folder: Path, field: str) -> None:
    """An error code of twenty digits comes from proxies that put their own numbers there."""
    load_run(store, folder)
    before = keys_in(store)
    entries = journal_lines(folder)
    at = next(k for k, e in enumerate(entries) if e["kind"] == "attempt")
    entries[at][field] = 10**19
    rewrite(folder, [json.dumps(e) for e in entries])
    loaded = load_run(store, folder)
    assert [n.line for n in loaded.left_out] == ([] if field == "latency_s" else [at + 1])
    assert keys_in(store) == before
    assert len(store.attempts()) == sum(e["kind"] == "attempt" for e in entries) - (field == "attempt")


def test_a_number_beyond_what_python_reads_costs_no_line(store: Store, folder: Path) -> None:
    """Python refuses numbers of more than 4300 digits; the answer beside one was paid for."""
    entries = journal_lines(folder)
    at = answered(entries)
    lines = [json.dumps(e) for e in entries]
    lines[at] = json.dumps({**entries[at], "cost_usd": "here"}).replace('"here"', DIGITS)
    rewrite(folder, lines)
    loaded = load_run(store, folder)
    assert [(n.line, n.field) for n in loaded.left_out] == [(at + 1, "cost_usd")]
    assert len(store.samples()) == sum(e["kind"] == "sample" for e in entries)


def damaged(entries: list[dict[str, Any]], at: int, how: str) -> str:
    """The line at that place, damaged."""
    changes: dict[str, dict[str, Any]] = {
        "another item": {"item_id": "cla-9999"},
        "no item": {"item_id": None},
        "item of another type": {"item_id": 7},
        "another candidate": {"candidate": "slim-plaim"},
        "another suite": {"suite": "support-triagf"},
        "another version": {"suite_version": "1+0"},
        "another repeat": {"repeat": 2},
        "a repeat before the first": {"repeat": -1},
        "another kind": {"kind": "smaple"},
        "another status": {"status": "answerfd"},
        "calls that are none": {"tool_calls": [{"nbme": "x"}]},
        "a score that is none": {"score": {"success": None}},
        "a score of another type": {"score": {"success": True, "score": "high", "format_valid": True}},
        "a simulated that is none": {"simulated": "perhaps"},
        "usage that is none": {"usage": 12},
        "no kind": {"kind": None},
    }  # fmt: skip
    whole = json.dumps(entries[at])
    if how in changes:
        return json.dumps(entries[at] | changes[how])
    return {
        "cut": whole[:40],
        "zeros": "\x00" * 512,
        "a list": "[1, 2]",
        "nothing in it": "{}",
        "a word": '"sample"',
        "deep": "[" * 100_000,
        "two lines in one": whole + whole,
    }[how]


DAMAGE = (
    "another item", "no item", "item of another type", "another candidate", "another suite",
    "another version", "another repeat", "a repeat before the first", "another kind", "another status",
    "calls that are none", "a score that is none", "a score of another type",
    "a simulated that is none", "usage that is none", "no kind", "cut", "zeros", "a list", "nothing in it",
    "a word", "deep", "two lines in one",
)  # fmt: skip


@pytest.mark.parametrize(("how", "blank"), [*((how, 0) for how in DAMAGE), ("cut", 2), ("another item", 2)])
def test_a_damaged_line_is_set_aside_and_the_rest_is_loaded(
    store: Store, folder: Path, how: str, blank: int
) -> None:
    """What is lost is named with its line and its sample; nothing else is lost, and nothing is made up."""
    load_run(store, folder)
    before = keys_in(store)
    entries = journal_lines(folder)
    at = answered(entries)
    lines = [json.dumps(e) for e in entries]
    lines[at] = damaged(entries, at, how)
    rewrite(folder, ["", "\t"][:blank] + lines)
    loaded = load_run(store, folder)
    lost = key_of(entries[at])
    assert [(n.line, n.field) for n in loaded.left_out] == [(at + 1 + blank, None)]
    assert loaded.left_out[0].reason
    assert loaded.missing == (lost,)
    assert keys_in(store) == before - {lost}
    assert lost not in keys_read(folder / "journal.jsonl", planned_by(entries))
    kept = store.sql("SELECT * FROM left_out ORDER BY line NULLS LAST").to_pylist()
    assert [(r["file"], r["line"]) for r in kept] == [
        ("journal.jsonl", at + 1 + blank),
        ("journal.jsonl", None),
    ]
    assert key_of(kept[1]) == lost
    assert f"evalkit run --resume {loaded.manifest.run_id}" in loaded.notes[-1]


def test_a_line_in_bytes_that_are_no_text_is_set_aside(store: Store, folder: Path) -> None:
    """A bad sector gives bytes that no encoding has."""
    entries = journal_lines(folder)
    at = answered(entries)
    lines = [json.dumps(e).encode() for e in entries]
    lines[at] = lines[at][:50] + b"\xff\xfe" + lines[at][50:]
    (folder / "journal.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    loaded = load_run(store, folder)
    assert loaded.missing == (key_of(entries[at]),)


def test_no_flipped_bit_stops_a_load_or_makes_a_sample_up(store: Store, folder: Path) -> None:
    """Any single damaged byte: the run loads, without a sample that nobody asked for."""
    load_run(store, folder)
    before = keys_in(store)
    journal = folder / "journal.jsonl"
    sound = journal.read_bytes()
    entries = journal_lines(folder)
    planned = planned_by(entries)
    rng = random.Random(14)
    for _ in range(12):
        at, bit = rng.randrange(len(sound)), 1 << rng.randrange(8)
        journal.write_bytes(sound[:at] + bytes([sound[at] ^ bit]) + sound[at + 1 :])
        load_run(store, folder)
        found = keys_in(store)
        assert found <= before, at
        assert len(before - found) <= 2, at  # two where the flipped bit was a line's end
        assert found == keys_read(journal, planned), at


def test_a_later_whole_line_makes_up_for_a_damaged_one(store: Store, folder: Path) -> None:
    """After the resume nothing is missing any more, and the damage stays named."""
    entries = journal_lines(folder)
    at = answered(entries)
    lines = [json.dumps(e) for e in entries]
    rewrite(folder, [*lines[:at], lines[at][:40], *lines[at + 1 :], lines[at]])
    loaded = load_run(store, folder)
    assert loaded.missing == ()
    assert [n.line for n in loaded.left_out] == [at + 1]
    assert len(store.samples()) == sum(e["kind"] == "sample" for e in entries)


def test_damage_goes_from_the_store_with_its_mending(store: Store, folder: Path) -> None:
    """A restored file is a sound run again."""
    sound = (folder / "journal.jsonl").read_bytes()
    load_run(store, folder)
    before = tables(store)
    (folder / "journal.jsonl").write_bytes(b"{broken\n" + sound)
    load_run(store, folder)
    assert len(store.sql("FROM left_out")) == 1
    (folder / "journal.jsonl").write_bytes(sound)
    assert load_run(store, folder).notes == ()
    after = tables(store)
    assert [{**r, "journal_mtime_ns": 0} for r in after.pop("runs")] == [
        {**r, "journal_mtime_ns": 0} for r in before.pop("runs")
    ]
    assert after == before
    assert len(store.sql("FROM left_out")) == 0


@pytest.mark.parametrize(
    "line", ["{broken", "[]", '{"suite": "support-triage"}', "[" * 100_000, '{"suite": 1, "item": {"id": 2}}']
)
def test_a_damaged_item_costs_its_tags_and_no_answer(store: Store, folder: Path, line: str) -> None:
    """Answers to an item that cannot be read any more are still answers."""
    load_run(store, folder)
    before = keys_in(store)
    items = folder / "items.jsonl"
    lines = items.read_text("utf-8").splitlines()
    items.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n", "utf-8")
    loaded = load_run(store, folder)
    assert [(n.file, n.line) for n in loaded.left_out] == [("items.jsonl", 2)]
    assert keys_in(store) == before


@pytest.mark.parametrize(
    ("name", "value", "kept"), [("seed", 10**30, LARGEST_COUNT), ("samples_planned", -(10**30), None)]
)
def test_a_number_of_the_manifest_beyond_the_store_does_not_stop_it(
    store: Store, folder: Path, name: str, value: int, kept: int | None
) -> None:
    """The run was paid for; the number that does not fit is bounded and said."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, name: value}), "utf-8")
    loaded = load_run(store, folder)
    assert [(n.where, n.field) for n in loaded.left_out] == [("manifest.json", name)]
    assert store.sql("FROM runs").to_pylist()[0][name] == (kept or -LARGEST_COUNT - 1)


def test_a_stake_beyond_the_store_is_unknown(store: Store, folder: Path) -> None:
    """A column that may be unknown is, rather than bounded."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["suites"][0]["stakes"]["volume_per_month"] = 10**30
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert [n.field for n in load_run(store, folder).left_out] == ["volume_per_month"]
    assert store.sql("SELECT volume_per_month FROM suites ORDER BY position LIMIT 1").to_pylist() == [
        {"volume_per_month": None}
    ]


def test_only_the_manifest_itself_stops_a_load(store: Store, folder: Path) -> None:
    """Without it nobody knows what was asked."""
    (folder / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(RunError, match="manifest"):
        load_run(store, folder)


def test_what_the_runner_reads_of_a_sound_journal_is_all_of_it(folder: Path) -> None:
    """The same reading for both: a sound line is left as it is."""
    samples = [e for e in journal_lines(folder) if e["kind"] == "sample"]
    assert list(read_finished_samples(folder / "journal.jsonl").values()) == [
        from_plain(Sample, e) for e in samples
    ]
