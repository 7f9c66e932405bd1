"""Claims about baselines on disk: what is kept, what is refused, and that damage is found and named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from evalkit.baseline import (
    list_baselines,
    load_baseline,
    load_log,
    load_summary,
    promote,
    slot_folder,
    verify,
)
from evalkit.comparison import compare
from evalkit.errors import BaselineError, UsageError
from evalkit.records import Manifest
from tests.economics.frames import make_manifest, make_samples, with_faults

WHEN = "2026-11-21T10:00:00+00:00"


def accept(folder: Path, samples: pd.DataFrame, manifest: Manifest | None = None, **more: Any) -> Any:
    options = {"who": "Ada", "why": "first", "when": WHEN} | more
    return promote(folder, samples, manifest or make_manifest(samples), **options)


def test_what_is_accepted_is_loaded_again_as_it_was(tmp_path: Path) -> None:
    """A baseline that changes a sample on its way to disk judges by something that nobody accepted."""
    samples = with_faults(
        make_samples([True, False, True, True], tags=[{"lang": "de"}, {}, None, {"a": "b"}]), [3]
    )
    accept(tmp_path, samples)
    loaded = load_baseline(tmp_path, "triage", "slim").accepted
    again = compare(samples, loaded.samples, manifest_a=make_manifest(samples), manifest_b=loaded.manifest)
    assert again.caveats == ()
    assert again.suites[0].identical
    assert again.suites[0].figures_a == again.suites[0].figures_b
    assert [dict(t) for t in loaded.samples["tags"]] == [{"lang": "de"}, {}, {}, {"a": "b"}]


def test_equal_input_makes_equal_bytes(tmp_path: Path) -> None:
    """Git keeps every version: bytes that change without a reason swell it and hide real changes."""
    samples = make_samples([True, False, True])
    shuffled = samples.sample(frac=1, random_state=3)
    files = []
    for name, frame in (("one", samples), ("two", shuffled)):
        accept(tmp_path / name, frame)
        place = slot_folder(tmp_path / name, "triage", "slim")
        files.append({p.name: p.read_bytes() for p in sorted(place.glob("*")) if p.is_file()})
    assert files[0] == files[1]


def test_the_summary_is_read_by_a_person_and_by_a_program(tmp_path: Path) -> None:
    """Reviewers see a promotion as a diff of this file."""
    accept(tmp_path, make_samples([True, True, False, True]), why="new weights")
    plain = yaml.safe_load((slot_folder(tmp_path, "triage", "slim") / "summary.yaml").read_text())
    assert (plain["success"], plain["items"], plain["why"], plain["accepted_by"]) == (
        0.75,
        4,
        "new weights",
        "Ada",
    )
    assert load_summary(tmp_path, "triage", "slim").why == "new weights"


def test_the_first_stays_the_anchor_until_set_anew_on_purpose(tmp_path: Path) -> None:
    """Else ten accepted small losses add up unseen."""
    accept(tmp_path, make_samples([True] * 4))
    accept(tmp_path, make_samples([True, True, True, False]), why="second")
    baseline = load_baseline(tmp_path, "triage", "slim")
    assert (baseline.anchor.summary.success, baseline.accepted.summary.success) == (1.0, 0.75)
    assert not baseline.anchored
    accept(tmp_path, make_samples([True, True, False, False]), why="third", re_anchor=True)
    assert load_baseline(tmp_path, "triage", "slim").anchored
    assert [(e.why, e.anchored) for e in load_log(tmp_path, "triage", "slim")] == [
        ("first", True), ("second", False), ("third", True),
    ]  # fmt: skip


@pytest.mark.parametrize("mark", ["partial", "simulated", "failed"])
def test_doubtful_evidence_needs_a_flag_and_leaves_a_mark(tmp_path: Path, mark: str) -> None:
    """A baseline from such a run would make every later verdict doubtful without a word."""
    samples = make_samples([True, False], simulated=mark == "simulated")
    manifest = make_manifest(samples, repeats=2) if mark == "partial" else make_manifest(samples)
    with pytest.raises(BaselineError, match=mark) as caught:
        accept(tmp_path, samples, manifest, failed=mark == "failed")
    assert f"--allow-{mark}" in str(caught.value)
    assert list_baselines(tmp_path) == ()
    accept(tmp_path, samples, manifest, failed=mark == "failed", allow=[mark])
    assert load_summary(tmp_path, "triage", "slim").marks == (mark,)


@pytest.mark.parametrize("name", ["samples.parquet", "manifest.json", "summary.yaml"])
@pytest.mark.parametrize("how", ["changed", "missing", "emptied"])
def test_damage_is_found_and_the_file_named(tmp_path: Path, name: str, how: str) -> None:
    """A baseline that was edited by hand or badly merged must not judge a build."""
    accept(tmp_path, make_samples([True, False]))
    accept(tmp_path, make_samples([True, True]), why="second")
    file = slot_folder(tmp_path, "triage", "slim") / "anchor" / name
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes(b"" if how == "emptied" else file.read_bytes()[:-3] + b"\x00xx")
    with pytest.raises(BaselineError) as caught:
        load_baseline(tmp_path, "triage", "slim")
    assert str(file) in str(caught.value)
    assert [str(error) for error in verify(tmp_path)] == [str(caught.value)]


def test_a_missing_baseline_names_near_ones_and_the_command(tmp_path: Path) -> None:
    """The next step is always said."""
    accept(tmp_path, make_samples([True, False]))
    with pytest.raises(BaselineError) as caught:
        load_baseline(tmp_path, "triage", "slin")
    assert "'slim'" in str(caught.value)
    assert "evalkit baseline promote" in str(caught.value)


def test_a_baseline_of_a_newer_form_is_refused(tmp_path: Path) -> None:
    """Reading half of it would be worse."""
    accept(tmp_path, make_samples([True, False]))
    file = slot_folder(tmp_path, "triage", "slim") / "summary.yaml"
    file.write_text(file.read_text().replace("format: 1", "format: 2"))
    with pytest.raises(BaselineError, match="newer"):
        load_baseline(tmp_path, "triage", "slim")


@pytest.mark.parametrize("name", ["../../etc", "a/b", "..", ".hidden", "qwen2.5:7b", "名前", "100%"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Names of candidates come from a file that others may have written."""
    folder = tmp_path / "baselines"
    accept(folder, make_samples([True, False], candidate=name))
    place = slot_folder(folder, "triage", name)
    assert place.parent == folder / "triage"
    assert [b.slot for b in list_baselines(folder)] == [name]
    assert load_baseline(folder, "triage", name).accepted.summary.candidate == name


def test_a_slot_may_bear_another_name_than_its_candidate(tmp_path: Path) -> None:
    """Successors are called otherwise, and are judged by the same slot."""
    accept(tmp_path, make_samples([True], candidate="gpt-4-june"), slot="frontier")
    assert load_summary(tmp_path, "triage", "frontier").candidate == "gpt-4-june"


def test_what_is_no_one_cell_is_refused(tmp_path: Path) -> None:
    """A baseline is of one suite, one candidate and one run."""
    samples = make_samples([True, False])
    two = pd.concat([samples, make_samples([True, False], candidate="mid")])
    with pytest.raises(UsageError, match="one candidate"):
        accept(tmp_path, two)
    with pytest.raises(UsageError, match="reason"):
        accept(tmp_path, samples, why="  ")
    with pytest.raises(BaselineError, match="nothing was answered"):
        accept(tmp_path, with_faults(samples, [0, 1]))


def test_times_of_the_store_are_kept_as_text(tmp_path: Path) -> None:
    """The store's frame holds timestamps, a run folder's holds text: both must make one form."""
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    accept(tmp_path, make_samples([True, False], started_at=pd.Timestamp(at)))
    loaded = load_baseline(tmp_path, "triage", "slim").accepted.samples
    assert list(loaded["started_at"]) == ["2026-11-20T08:00:00+00:00"] * 2


def test_hostile_answers_survive(tmp_path: Path) -> None:
    """Model output is hostile text; a baseline keeps it and breaks on none of it."""
    texts = ["NUL \x00", "lone \ud800", "</script>", "a\nb\u2028"]
    accept(tmp_path, make_samples([True] * 4, output=pd.Series(texts, dtype=object)))
    loaded = load_baseline(tmp_path, "triage", "slim").accepted.samples
    assert list(loaded["output"]) == ["NUL \ufffd", "lone \ufffd", "</script>", "a\nb\u2028"]
