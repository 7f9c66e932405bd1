"""`rescore`: a mended scorer or target judges the answers that are there, and what it changed is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit import api
from evalkit.api.reports import report_input
from evalkit.cli import cli
from evalkit.cli.comparison_text import comparison_text
from evalkit.errors import RunError, SuiteError
from evalkit.records import Score
from evalkit.runner import find_run
from evalkit.runner.journal import read_finished_samples
from tests.projects import SUITE, simulated, write_project

N_ITEMS = 12


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one finished run of a candidate that errs now and then."""
    file = write_project(tmp_path, {"sim": simulated(accuracy=0.6)}, n_items=N_ITEMS)
    api.run(project=file)
    return file


def change_suite(project: Path, **keys: Any) -> None:
    path = project.parent / "suites" / SUITE / "suite.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **keys}, sort_keys=False))


def change_item(project: Path, number: int, **keys: Any) -> None:
    path = project.parent / "suites" / SUITE / "items.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[number] |= keys
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def samples(project: Path) -> dict[str, Any]:
    rows = api.open_store(project=project).samples().to_dict("records")
    return {row["item_id"]: row for row in rows}


def journal(project: Path) -> Path:
    return find_run(project.parent / "runs").journal_path


def wrong_items(project: Path) -> list[str]:
    return [k for k, row in samples(project).items() if not row["success"]]


def mend_one_target(project: Path) -> str:
    """Makes the answer of the first wrong item the right one; returns its id."""
    name = wrong_items(project)[0]
    change_item(project, int(name.removeprefix("p-")), target=samples(project)[name]["output"])
    return name


def test_a_mended_target_flips_its_item_and_asks_nothing(project: Path) -> None:
    """A wrong target is found in every error review; asking again would cost money and other answers."""
    name = mend_one_target(project)
    before, attempts = samples(project), len(api.open_store(project=project).attempts())
    found = api.rescore(project=project)
    (change,), (result,) = found.suites, found.results
    assert change.changed == ("targets",)
    assert [(f.item_id, f.success) for f in result.flips] == [(name, True)]
    assert result.success_after == pytest.approx((result.success_before or 0) + 1 / N_ITEMS)
    assert found.written == N_ITEMS, "each sample is under the new scorer's hash, or sides would be mixed"
    after = samples(project)
    assert after[name]["success"]
    assert not before[name]["success"]
    assert {k: r["output"] for k, r in after.items()} == {k: r["output"] for k, r in before.items()}
    assert len(api.open_store(project=project).attempts()) == attempts
    assert len(api.open_store(project=project).scores()) == 2 * N_ITEMS, "the old scores stay beside the new"


def test_the_same_scoring_adds_nothing(project: Path) -> None:
    """Rescoring twice must not grow the run."""
    assert api.rescore(project=project).written == 0
    mend_one_target(project)
    assert api.rescore(project=project).written == N_ITEMS
    assert api.rescore(project=project).written == 0


def test_a_dry_run_tells_and_writes_nothing(project: Path) -> None:
    """One looks before one makes new scores the current ones."""
    mend_one_target(project)
    before = journal(project).read_bytes()
    found = api.rescore(project=project, dry_run=True)
    assert (found.written, len(found.results[0].flips)) == (0, 1)
    assert journal(project).read_bytes() == before


def test_an_item_whose_input_changed_is_left_out_and_counted(project: Path) -> None:
    """The stored answer is an answer to another question."""
    change_item(project, 3, input="another question")
    path = project.parent / "suites" / SUITE / "items.jsonl"
    lines = path.read_text().splitlines()
    added = json.dumps({"id": "new", "input": "never asked", "target": "leaf"})
    path.write_text("\n".join([*lines[:5], *lines[6:], added]) + "\n")
    (change,), (result,) = (found := api.rescore(project=project)).suites, found.results
    assert (change.new_inputs, change.gone, change.added) == (("p-0003",), ("p-0005",), 1)
    assert result.answers == N_ITEMS - 2
    hashes = {k: row["scorer_hash"] for k, row in samples(project).items()}
    assert len(set(hashes.values())) == 2
    assert hashes["p-0003"] == hashes["p-0005"] != hashes["p-0000"]


def test_a_changed_contract_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The model was shown other labels than those it is judged by now."""
    change_suite(project, labels=["fruit", "root", "leaf", "out_of_scope", "bark"])
    assert cli.main(["rescore", "--project", str(project)], standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "contract changed since the run" in said
    assert "under the contract of then" in said


def test_another_family_is_refused(project: Path) -> None:
    """A label is no extraction."""
    folder = project.parent / "suites" / SUITE
    (folder / "suite.yaml").write_text(f"name: {SUITE}\nfamily: extraction\nschema: {{type: object}}\n")
    (folder / "items.jsonl").write_text('{"id": "p-0000", "input": "x", "target": {"a": 1}}\n')
    with pytest.raises(SuiteError, match="was of the family classification"):
        api.rescore(project=project)


def test_a_run_in_progress_is_not_touched(project: Path) -> None:
    """Two writers would mix their lines."""
    folder = find_run(project.parent / "runs")
    with folder.lock(), pytest.raises(RunError, match="in progress"):
        api.rescore(project=project)


def test_faults_stay_faults(tmp_path: Path) -> None:
    """A scorer cannot judge what was never answered."""
    file = write_project(tmp_path, {"sim": simulated(accuracy=1.0, fault_rate=0.5)}, n_items=N_ITEMS)
    file.write_text(file.read_text().replace("backend: simulated", "backend: simulated\n    max_attempts: 1"))
    api.run(project=file)
    faulted = {k for k, row in samples(file).items() if row["status"] == "faulted"}
    assert 0 < len(faulted) < N_ITEMS
    change_suite(file, labels=["fruit", "root", "leaf", "out_of_scope", "bark"])
    (result,) = api.rescore(project=file).results
    assert result.answers == N_ITEMS - len(faulted)
    rows = samples(file)
    assert {rows[k]["error_kind"] for k in faulted} <= {"backend_error", "timed_out"}
    assert len({row["scorer_hash"] for row in rows.values()}) == 1


def test_a_resumed_run_still_reads_its_journal(project: Path) -> None:
    """Later scores stand in the journal that a resume goes on with."""
    name = mend_one_target(project)
    api.rescore(project=project)
    (tally,) = api.resume(project=project).tallies.values()
    assert tally.done == N_ITEMS
    assert read_finished_samples(journal(project))[SUITE, name, "sim", 0].score == Score(
        success=True, score=1.0, format_valid=True, parsed=samples(project)[name]["output"],
        parser="label_exact", form="bare", scorer_hash=samples(project)[name]["scorer_hash"],
    )  # fmt: skip


def test_the_store_rebuilt_from_the_run_has_the_new_scores(project: Path) -> None:
    """The run folder is the truth."""
    name = mend_one_target(project)
    api.rescore(project=project)
    (project.parent / "evalkit.duckdb").unlink()
    assert samples(project)[name]["success"]


def test_compare_tells_what_the_scorer_alone_changed(project: Path) -> None:
    """After a new scorer, a better figure must not pass for a better model."""
    name = mend_one_target(project)
    first = next(iter(samples(project).values()))["scorer_hash"]
    api.rescore(project=project)
    for old in ("sim@first", f"sim@{first[:6]}"):
        found = api.compare(old, "sim", project=project)
        (one,) = found.suites
        assert [(f.item_id, f.direction, f.same_answer) for f in one.flips] == [(name, "fixed", True)]
        assert "scorer" in {c.kind for c in found.caveats}
        assert "fixed (1, 1 of them by the scorer alone: the answer is the same)" in comparison_text(found)
    with pytest.raises(RunError, match="has a score 'beef'"):
        api.compare("sim@beef", "sim", project=project)


def test_the_same_scorer_is_blamed_for_nothing(project: Path) -> None:
    """Flips between two runs are the model's."""
    file = project
    file.write_text(file.read_text().replace("accuracy: 0.6", "accuracy: 0.9"))
    first = find_run(file.parent / "runs").run_id
    second = api.run(project=file).run_id
    text = comparison_text(api.compare(f"{first}/sim", f"{second}/sim", project=file))
    assert "fixed (" in text
    assert "by the scorer alone" not in text


def test_the_report_shows_the_target_that_the_score_was_made_with(project: Path) -> None:
    """An item that counts as right beside a target that it does not meet would be read as a fault of ours."""
    name = mend_one_target(project)
    (before,) = api.load_suites(api.open_project(project), [SUITE])
    api.rescore(project=project)
    inputs = report_input(api.open_project(project), None, title="")
    shown = {row["item_id"]: row["item"]["target"] for row in inputs.items.to_dict("records")}
    assert shown == {i.id: i.target for i in before.items}
    row = samples(project)[name]
    assert (row["output"], bool(row["success"])) == (shown[name], True)
    accuracy = inputs.family_metrics[SUITE, "sim"]["accuracy"]
    assert accuracy == pytest.approx(sum(bool(r["success"]) for r in samples(project).values()) / N_ITEMS)
