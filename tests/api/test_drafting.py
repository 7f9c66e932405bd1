"""`suites new`: a suite from someone else's file in one command, written whole or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evalkit import api
from evalkit.cli import cli
from evalkit.errors import EvalkitError, MissingPackageError, SuiteError, UnavailableError
from tests.projects import simulated, write_project

ROWS = [
    {
        "utterance": f"words of case {n} {'abcdefghij'[n] * 9}",
        "queue": "ab"[n % 2],
        "channel": "web" if n % 3 else "mail",
    }
    for n in range(10)
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", {"sim": simulated(accuracy=1.0)}).parent


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    return path


def command(*arguments: str) -> int:
    """The command in this process, errors let through."""
    code = cli.main(list(arguments), standalone_mode=False)
    return int(code)


def test_one_command_makes_a_suite_that_runs(
    project: Path, tickets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user's own task in minutes: the printed next commands must work as they stand."""
    arguments = ("--family", "classification", "--from", str(tickets), "--target", "queue")
    assert command("suites", "new", "tickets", *arguments, "--project", str(project)) == 0
    said = capsys.readouterr().out
    assert "input ← utterance (guessed)" in said
    assert "target ← queue\n" in said.replace(",", "\n")
    assert "tags: channel" in said
    assert "evalkit suites validate tickets" in said
    folder = project / "suites" / "tickets"
    assert {p.name for p in folder.iterdir()} == {"suite.yaml", "items.jsonl", "CARD.md"}
    assert command("suites", "validate", "tickets", "--project", str(project)) == 0
    assert command("suites", "show", "tickets", "--item", "tickets-00001", "--project", str(project)) == 0
    result = api.run(["tickets"], project=project)
    assert [t.successes for t in result.tallies.values()] == [10]


def test_a_program_gets_the_same_as_json(
    project: Path, tickets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was guessed must be told apart from what was said."""
    command("suites", "new", "t", "--family", "classification", "--from", str(tickets),
            "--target", "queue", "--json", "--project", str(project))  # fmt: skip
    plain = json.loads(capsys.readouterr().out)
    assert (plain["guessed"], plain["fields"]) == (["input"], {"input": "utterance", "target": "queue"})
    assert plain["survey"]["balance"] == {"a": 5, "b": 5}
    assert plain["problems"] == []


@pytest.mark.parametrize(
    ("name", "source", "fields", "wanted"),
    [
        ("plants", None, {}, "there already"),
        ("a/b", None, {}, "is no name of a suite"),
        ("x", "missing.csv", {}, "there is no such file"),
        ("x", None, {"target": "queu"}, "did you mean 'queue'"),
        ("x", None, {"target": "utterance", "input": "utterence"}, "did you mean 'utterance'"),
        ("x", "hf:", {}, "names no data set"),
    ],
)
def test_a_wrong_word_is_told_and_leaves_nothing_behind(
    project: Path, tickets: Path, name: str, source: str | None, fields: dict[str, str], wanted: str
) -> None:
    """Half a suite in the folder would be in the way of the next try."""
    before = sorted(project.rglob("*"))
    with pytest.raises(SuiteError, match=wanted):
        api.new_suite(name, source or tickets, family="classification", fields=fields, project=project)
    assert sorted(project.rglob("*")) == before


def test_rows_without_any_test_item_leave_nothing_behind(project: Path, tmp_path: Path) -> None:
    """A training split alone measures nothing; the next try, with another split, must find the place free."""
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps({**r, "split": "train"}) + "\n" for r in ROWS))
    with pytest.raises(SuiteError, match="no test items"):
        api.new_suite("t", path, family="classification", fields={"target": "queue"}, project=project)
    assert [p.name for p in (project / "suites").iterdir()] == ["plants"]


def test_a_contract_of_ones_own_is_taken_from_a_file(project: Path, tickets: Path, tmp_path: Path) -> None:
    """Labels that no item has yet are in no data."""
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"queues": ["a", "b", "c"]}))
    command("suites", "new", "t", "--family", "classification", "--from", str(tickets), "--target", "queue",
            "--contract", f"labels={labels}#/queues", "--project", str(project))  # fmt: skip
    (suite,) = api.load_suites(api.open_project(project), ["t"])
    assert list(suite.contract.labels) == ["a", "b", "c"]
    with pytest.raises(EvalkitError, match="no part 'nope'"):
        command("suites", "new", "u", "--family", "classification", "--from", str(tickets),
                "--contract", f"labels={labels}#/nope", "--project", str(project))  # fmt: skip


def saved_dataset(folder: Path) -> Path:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"utterance": datasets.Value("string"),
                                  "queue": datasets.ClassLabel(names=["a", "b"])})  # fmt: skip
    rows = [{"utterance": r["utterance"], "queue": r["queue"]} for r in ROWS]
    parts = {split: datasets.Dataset.from_list(rows, features=features) for split in ("train", "test")}
    datasets.DatasetDict(parts).save_to_disk(str(folder))
    return folder


@pytest.mark.filterwarnings("ignore")
def test_a_hugging_face_data_set_on_disk_is_read_offline(project: Path, tmp_path: Path) -> None:
    """No network and, for what `datasets` saved, not even the package is needed."""
    folder = saved_dataset(tmp_path / "saved")
    draft = api.new_suite(
        "hub", f"hf:{folder}", family="classification", fields={"target": "queue"}, project=project
    )
    assert draft.survey.splits == {"test": 10, "train": 10}
    assert list(draft.suite.contract.labels) == ["a", "b"]
    only = api.new_suite(
        "part", f"hf:{folder}::train", family="classification", fields={"target": "queue"}, project=project
    )
    assert only.survey.splits == {"test": 10}, "a split asked for by name is what shall be measured"


@pytest.mark.filterwarnings("ignore")
def test_a_folder_of_data_files_is_loaded_by_datasets(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hf:` takes whatever `datasets` takes, a folder of CSV files too."""
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "files"
    folder.mkdir()
    lines = [f"{r['utterance']},{r['queue']}" for r in ROWS]
    (folder / "test.csv").write_text("\n".join(["utterance,queue", *lines]) + "\n")
    draft = api.new_suite(
        "files", f"hf:{folder}::test", family="classification", fields={"target": "queue"}, project=project
    )
    assert draft.survey.splits == {"test": 10}
    with pytest.raises(UnavailableError, match="`datasets` cannot load it"):
        api.new_suite("no", f"hf:{tmp_path / 'nothing'}", family="classification", project=project)


def test_without_the_package_the_install_command_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package is large and few need it."""
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'datasets>="):
        api.new_suite("x", "hf:some/thing", family="classification", project=project)
