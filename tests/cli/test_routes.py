"""`evalkit routes` as a lead sees it: what to tighten and to loosen, for how much, and the file from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evalkit import api
from evalkit.cli.routes import command
from tests.projects import SUITE
from tests.routed import write_routed_project

SLIM = f"form: 1\nroutes: {{{SUITE}: {{branches: [{{ask: [{{candidate: slim}}]}}]}}}}\n"


def said(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of the command on the project in this folder."""
    done = CliRunner().invoke(command, [*arguments, "--project", str(folder)], standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value), done.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run once, with a tag that would steer a terminal."""
    made = tmp_path_factory.mktemp("routed")
    file = write_routed_project(made)
    items = made / "suites" / SUITE / "items.jsonl"
    items.write_text(items.read_text().replace('"language": "de"', '"language": "de\\u001b[31m\\n"'))
    api.run(project=file)
    (made / "slim.yaml").write_text(SLIM)
    return made


@pytest.fixture(autouse=True)
def _nothing_in_force(folder: Path) -> None:
    (folder / "routes.yaml").unlink(missing_ok=True)


def test_a_lead_reads_what_to_do_what_it_saves_and_what_stands_beside_it(folder: Path) -> None:
    """And hostile text in a tag neither colours nor breaks a line."""
    said(folder, "apply", "--policy", str(folder / "slim.yaml"), "--why", "trial")
    code, output = said(folder, "propose")
    assert code == 0
    assert "TIGHTEN: the whole suite" in output
    assert "TIGHTEN: language is de⟨U+001B⟩[31m" in output
    assert "a month" in output
    assert "\x1b" not in output
    for label in ("proposed", "best single", "frontier alone", "in force", "perfect foresight"):
        assert f"\n    {label} " in output
    assert "at most 5%" in output
    assert output.rstrip().endswith("next: evalkit routes diff, then evalkit routes apply --why ...")
    assert max(map(len, output.splitlines())) <= 170


def test_diff_apply_show_and_keep(folder: Path) -> None:
    """The way of a decision, from the change to the file and its owner."""
    code, output = said(folder, "diff")
    assert code == 0
    assert "+revision: 1" in output
    code, output = said(folder, "apply", "--why", "agreed on Monday", "--who", "ada")
    assert code == 0
    assert f"accepted: {SUITE}" in output
    assert "next: git add routes.yaml" in output
    code, output = said(folder, "show")
    assert "accepted by ada until" in output
    assert "agreed on Monday" in output
    assert "fingerprint" in output
    code, output = said(folder, "diff")
    assert "nothing would change" in output


def test_a_simulation_says_success_cost_time_and_who_serves(folder: Path) -> None:
    """And other prices change the money alone."""
    arguments = ("simulate", "--policy", str(folder / "slim.yaml"))
    _, output = said(folder, *arguments)
    assert "per success" in output
    assert "slim asked for 100.0%, serves 100.0%" in output
    _, found = said(folder, *arguments, "--json")
    _, free = said(
        folder, *arguments, "--json", "--price", "slim.input_usd_per_mtok=0", "--price",
        "slim.output_usd_per_mtok=0", "--stake", f"{SUITE}.volume_per_month=5",
    )  # fmt: skip
    before, after = (json.loads(text)[0]["figures"] for text in (found, free))
    assert before["success"] == after["success"]
    assert after["month_calls_usd"] == 0 < before["month_calls_usd"]
    assert after["latency_s"] == before["latency_s"]


def test_nothing_certified_is_inconclusive_and_says_how_many_items(folder: Path) -> None:
    """Exit code 4, as the gate's; no file is written."""
    code, output = said(folder, "propose", "--stake", f"{SUITE}.quality_floor=0.97")
    assert code == 0
    assert "MORE EVIDENCE" in output or "TIGHTEN" in output
    assert "more items would decide it" in output
    small = write_routed_project(folder / "small", n_items=40).parent
    api.run(project=small)
    code, output = said(small, "apply", "--why", "hope")
    assert code == 4
    assert f"left: {SUITE}: 40 items are too few" in output
    assert not (small / "routes.yaml").exists()


def test_a_what_if_that_is_misspelt_is_refused(folder: Path) -> None:
    """`slim=3` would change nothing and be believed."""
    for value in ("slim=3", "slim.input_usd_per_mtok", "slim.input_usd_per_mtok=-1", "slim.x=nan"):
        done = CliRunner().invoke(command, ["propose", "--price", value, "--project", str(folder)])
        assert done.exit_code == 2
        assert "NAME.FIELD=NUMBER" in done.output


def test_json_is_a_whole_document(folder: Path) -> None:
    """Nothing is printed beside it, and no number that JSON lacks."""
    for arguments in (("propose",), ("show",), ("diff",)):
        _, output = said(folder, *arguments, "--json")
        json.loads(output, parse_constant=pytest.fail)
