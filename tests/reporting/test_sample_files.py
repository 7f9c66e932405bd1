"""Samples as the errors page loads them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.records import Request
from evalkit.reporting import ReportInput, ReportOptions, write_report
from evalkit.reporting.sample_files import embedded, sample_files
from evalkit.reporting.view import build_site, opened
from tests.reporting.cases import hostile_input


def files(inputs: ReportInput) -> dict[str, str]:
    site = build_site(inputs)
    assert site.errors is not None
    return dict(sample_files(site.context, site.errors))


def value(text: str) -> Any:
    """What the script hands over."""
    call = text.strip().removeprefix("evalkit.samples(").removesuffix(")")
    return json.loads(call.split(",", 1)[1])


def items(inputs: ReportInput) -> list[tuple[list[Any], dict[str, Any], list[str]]]:
    """(entry of the index, item of its chunk, the chunk's shared texts)."""
    found = files(inputs)
    chunks = {path: value(text) for path, text in found.items()}
    entries = chunks["data/samples/index.js"]["items"]
    where = [chunks[f"data/samples/{entry[5]}.js"] for entry in entries]
    return [(e, c["items"][e[6]], c["texts"]) for e, c in zip(entries, where, strict=True)]


def test_each_entry_leads_to_its_item_with_every_candidate_s_answer(
    inputs: ReportInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click that opens another item's answers would be worse than none."""
    monkeypatch.setattr(opened, "CHUNK_CHARACTERS", 5_000)
    index = value(files(inputs)["data/samples/index.js"])
    sources = inputs.items.set_index(["suite", "item_id"])["item"]
    found = items(inputs)
    assert len({entry[5] for entry, _, _ in found}) > 5, "several chunks"
    for entry, item, _ in found:
        source = json.loads(sources[index["suites"][entry[0]], entry[1]])
        assert item["turns"][-1][1] == source["input"]
        assert json.loads(item["target"][0]) == source["target"]
        assert [a["candidate"] for a in item["answers"]] == [
            "slim-plain",
            "slim-constrained",
            "mid",
            "frontier",
        ]


def test_what_failed_in_the_index_failed_in_the_answers(inputs: ReportInput) -> None:
    """The list and what it opens must tell one story."""
    index = value(files(inputs)["data/samples/index.js"])
    for entry, item, _ in items(inputs):
        listed = {index["candidates"][index["groups"][group][1]]["name"] for group, _ in entry[7]}
        assert listed == {a["candidate"] for a in item["answers"] if a["failed"]}


def test_no_character_of_a_file_can_end_a_script_or_be_read_in_another_encoding(tmp_path: Path) -> None:
    """Chunks stand in script elements, and a server may send no charset."""
    found = files(hostile_input(tmp_path / "run-1"))
    for path, text in found.items():
        assert text.isascii(), path
        assert "<" not in text, path
        assert "\n" not in text.rstrip("\n"), path
    assert any("\\ud800" in text or "\\ufffd" in text for text in found.values())


def test_without_content_no_words_of_customers_or_models_are_in_the_files(inputs: ReportInput) -> None:
    """Some readers may see the figures alone."""
    bare = files(replace(inputs, options=ReportOptions(with_content=False), asked_for=lambda *_: None))
    words = "".join(bare.values())
    assert "asks about" not in words
    assert '"output"' not in words
    assert '"parsed"' not in words
    assert '"telemetry"' in words


def test_long_outputs_are_cut_and_say_so(inputs: ReportInput) -> None:
    """A megabyte of babble must not make a review wait."""
    samples = inputs.samples.assign(output="x" * 1_000_000)
    found = items(replace(inputs, samples=samples))
    answer = found[0][1]["answers"][0]
    assert answer["output"] == ["x" * 4000, 996_000]


def test_requests_stand_once_and_say_whether_they_are_as_sent(inputs: ReportInput) -> None:
    """An error is half explained by what was really asked."""
    system = "Answer briefly. " * 50

    def again(suite: str, item_id: str, candidate: str) -> Request | None:
        messages = ({"role": "system", "content": system}, {"role": "user", "content": item_id})
        return Request(suite=suite, item_id=item_id, messages=messages)

    samples = inputs.samples.copy()
    sent = again("support-triage", "cla-0001", "")
    assert sent is not None
    samples["request_hash"] = "another"
    samples.loc[samples["item_id"] == "cla-0001", "request_hash"] = sent.request_hash
    found = items(replace(inputs, samples=samples, asked_for=again))
    assert {item["requests"][0]["as_sent"] for e, item, _ in found if e[1] == "cla-0001"} <= {True}
    others = [(item, texts) for e, item, texts in found if e[1] != "cla-0001"]
    assert {item["requests"][0]["as_sent"] for item, _ in others} == {False}
    for item, texts in others:
        (request,) = item["requests"]
        assert texts[request["messages"][0][1]] == system
        assert {a["request"] for a in item["answers"]} == {0}
        assert texts.count(system) == 1


def test_one_file_holds_what_it_may_and_counts_the_rest(
    inputs: ReportInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox refuses thirty megabytes; the most costly must be among what is sent."""
    monkeypatch.setattr(opened, "CHUNK_CHARACTERS", 5_000)
    site = build_site(replace(inputs, options=ReportOptions(most_opened=30_000)))
    assert site.errors is not None
    texts, left_out = embedded(site.context, site.errors)
    assert sum(len(t) for name, t in texts.items() if name != "index") <= 30_000
    index = json.loads(texts["index"])
    assert 0 < left_out < len(site.errors.listed)
    assert sum(entry[5] == 0 for entry in index["items"]) == left_out
    linked = {(one.found.suite, flip.item_id) for one in inputs.comparisons for flip in one.found.flips}
    opened_items = {(index["suites"][entry[0]], entry[1]) for entry in index["items"] if entry[5]}
    linked &= {(item.suite, item.item_id) for item in site.errors.listed}
    assert linked <= opened_items or opened_items <= linked, "what pages link to comes first"


def test_a_folder_kept_small_holds_the_most_costly_and_says_how_many_it_lacks(
    inputs: ReportInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that is kept in a repository must not grow by megabytes, nor look whole when it is not."""
    monkeypatch.setattr(opened, "CHUNK_CHARACTERS", 5_000)
    whole = write_report(inputs, tmp_path / "whole").parent
    small = write_report(
        replace(inputs, options=ReportOptions(most_opened=30_000)), tmp_path / "small"
    ).parent
    kept = sorted(p.name for p in (small / "data" / "samples").iterdir())
    assert len(kept) < len(list((whole / "data" / "samples").iterdir()))
    for name in kept:
        if name != "index.js":
            assert (small / "data/samples" / name).read_bytes() == (
                whole / "data/samples" / name
            ).read_bytes()
    words = "cannot be opened in this report"
    assert words in (small / "errors.html").read_text()
    assert words not in (whole / "errors.html").read_text()
