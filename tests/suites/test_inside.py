"""A suite's files stay inside its folder unless the project says otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.api import load_suites, open_project, validate_suite
from evalkit.errors import SuiteError
from evalkit.suites import load_suite
from evalkit.suites.inside import is_inside

ITEM = json.dumps({"id": "1", "input": "x", "target": "a"}) + "\n"


def write_suite(folder: Path, **keys: str) -> Path:
    folder.mkdir(parents=True)
    said = {"name": "s", "family": "classification", "labels": "[a, b]", **keys}
    (folder / "suite.yaml").write_text("".join(f"{k}: {v}\n" for k, v in said.items()), "utf-8")
    return folder


def outside(tmp_path: Path) -> dict[str, Path]:
    """Files beside the suite, each sound if it were inside."""
    files = {"items.jsonl": ITEM, "labels.json": '["a", "b"]', "CARD.md": "secret", "task.yaml": "task: x"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    return {name: tmp_path / name for name in files}


@pytest.mark.parametrize("key", ["items", "labels"])
@pytest.mark.parametrize("how", ["dots", "absolute", "link", "linked folder"])
def test_a_named_file_outside_is_refused(tmp_path: Path, key: str, how: str) -> None:
    """A suite from elsewhere must not bring your files into a report or to a model."""
    name = "items.jsonl" if key == "items" else "labels.json"
    away = outside(tmp_path)[name]
    folder = tmp_path / "suites" / "s"
    said = {"dots": f"../../{name}", "absolute": str(away), "link": "here.json", "linked folder": f"d/{name}"}
    said["link"] = "here.jsonl" if key == "items" else "here.json"
    write_suite(folder, **{key: said[how]})
    if key != "items":
        (folder / "items.jsonl").write_text(ITEM, "utf-8")
    if how == "link":
        (folder / said[how]).symlink_to(away)
    if how == "linked folder":
        (folder / "d").symlink_to(tmp_path)
    problems = [p for p in validate_suite(folder) if "outside of the suite's folder" in p.message]
    assert [(p.key, p.line) for p in problems] == [(key, 4 if key == "items" else 3)]
    assert "suite_files: anywhere" in problems[0].hint
    with pytest.raises(SuiteError, match="outside of the suite's folder"):
        load_suite(folder)
    assert load_suite(folder, anywhere=True).test_items[0].input == "x"


@pytest.mark.parametrize("name", ["items.jsonl", "CARD.md", "suite.yaml"])
def test_a_file_that_is_read_unnamed_must_be_no_link_that_leads_out(tmp_path: Path, name: str) -> None:
    """The card goes into each manifest and report; a link in its place is a way out too."""
    outside(tmp_path)
    folder = write_suite(tmp_path / "suites" / "s")
    if name == "suite.yaml":
        (folder / name).replace(tmp_path / name)
    if name != "items.jsonl":
        (folder / "items.jsonl").write_text(ITEM, "utf-8")
    (folder / name).symlink_to(tmp_path / name)
    with pytest.raises(SuiteError, match=r"outside of the suite's folder|leads out of the suite's folder"):
        load_suite(folder)
    assert load_suite(folder, anywhere=True).name == "s"


@pytest.mark.parametrize("task", ["../../task.yaml", "~/task.yaml", "/etc/task.yml"])
def test_an_lm_eval_task_file_outside_is_refused(tmp_path: Path, task: str) -> None:
    """A task's file may hold Python, and reads what it names."""
    outside(tmp_path)
    folder = tmp_path / "suites" / "s"
    folder.mkdir(parents=True)
    (folder / "suite.yaml").write_text(f"name: s\nfamily: lm_eval\nlm_eval_task: {task}\n", "utf-8")
    assert any("outside of the suite's folder" in p.message for p in validate_suite(folder))


def test_the_project_can_allow_it(tmp_path: Path) -> None:
    """A team that shares one file of items between suites says so once."""
    outside(tmp_path)
    write_suite(tmp_path / "suites" / "s", items="../../items.jsonl")
    project = tmp_path / "evalkit.yaml"
    project.write_text("suites: [suites]\n", "utf-8")
    with pytest.raises(SuiteError, match="suite_files: anywhere"):
        load_suites(open_project(project), ["s"])
    project.write_text("suites: [suites]\nsuite_files: anywhere\n", "utf-8")
    home = open_project(project)
    assert len(load_suites(home, ["s"])[0].items) == 1
    assert validate_suite(tmp_path / "suites" / "s", home) == []


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("a.json", True), ("d/a.json", True), ("./a.json", True), ("..a.json", True), ("a..json", True),
        ("../s/a.json", False), ("d/../a.json", False), ("/a.json", False), ("C:\\a.json", False),
        ("..\\a.json", False), ("~/a.json", False), ("link", True), ("loop", False), ("a\x00b", False),
    ],
)  # fmt: skip
def test_what_is_inside(tmp_path: Path, name: str, inside: bool) -> None:
    """Each way out, and its harmless neighbour; links within the folder are no way out."""
    folder = tmp_path / "s"
    (folder / "d").mkdir(parents=True)
    (folder / "d" / "a.json").write_text("1", "utf-8")
    (folder / "link").symlink_to(folder / "d" / "a.json")
    (folder / "loop").symlink_to(folder / "loop")
    assert is_inside(folder, name) is inside


def test_a_suite_folder_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    """People link shared suites into a project."""
    folder = write_suite(tmp_path / "real")
    (folder / "items.jsonl").write_text(ITEM, "utf-8")
    (tmp_path / "linked").symlink_to(folder)
    assert load_suite(tmp_path / "linked").name == "s"
