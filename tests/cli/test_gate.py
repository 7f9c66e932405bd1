"""The gate as CI meets it: exit codes and words on recorded answers, 250 items at 85%."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

import evalkit
from evalkit import api
from tests.commands import evalkit as command
from tests.projects import LABELS, SUITE, item, right_label, write_project

ITEMS, WRONG = 250, 38  # 84.8% right
SLOTS = {"same": "old", "worse": "old", "nearly": "old"}


def record(folder: Path, name: str, *, n: int, wrong: int, broken: int = 0, loud: bool = False) -> dict:
    """A replay candidate whose last `wrong` answers are wrong, and its first `broken`."""
    lines = []
    for k in range(n):
        one = item(k)
        label = right_label(one["input"])
        if k < broken or k >= n - wrong:
            label = next(x for x in LABELS if x != label)
        lines.append(
            json.dumps({"id": one["id"], "output": label.upper() if loud else label, "cost_usd": 0.001})
        )
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return {"tier": "slim", "backend": "replay", "options": {"path": str(path)}}


def make_project(folder: Path, *, n: int, wrong: int, **gate: object) -> Path:
    """A project of recordings whose candidate `old` is the accepted baseline."""
    candidates = {
        "old": record(folder, "old", n=n, wrong=wrong),
        "same": record(folder, "same", n=n, wrong=wrong),
        "worse": record(folder, "worse", n=n, wrong=wrong, broken=30),
        "nearly": record(folder, "nearly", n=n, wrong=wrong, broken=3),
        "reworded": record(folder, "reworded", n=n, wrong=wrong, loud=True),
    }
    file = write_project(folder, candidates, n_items=n, gate={"slots": SLOTS | {"reworded": "old"}, **gate})
    run = evalkit.run(project=file, candidates=["old"])
    api.promote(run.run_id, suite=SUITE, candidate="old", why="first", who="Ada", project=file)
    return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("gate"), n=ITEMS, wrong=WRONG).parent


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("small"), n=20, wrong=3).parent


def run_id(project: Path, *candidates: str) -> str:
    return evalkit.run(project=project, candidates=candidates).run_id


def test_identical_answers_pass_by_identity(project: Path) -> None:
    """An upgrade that changes no answer costs no argument."""
    done = command("gate", "--run", run_id(project, "same"), "--all-rules", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("gate pass")
    assert "all 250 answers are identical byte for byte; certain, by identity" in done.stdout


def test_thirty_broken_answers_fail_and_every_outlet_says_so(project: Path) -> None:
    """The reason for the whole: a red build that names what broke, where a person looks."""
    run = run_id(project, "worse")
    done = command(
        "gate", "--run", run, "--markdown", "out/gate.md", "--junit", "out/gate.xml", "--github", cwd=project
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "−12.0 points (−16.6 to −8.5); 30 broken, 0 fixed" in done.stdout
    assert f"evalkit compare baseline:old {run}/worse --suites plants" in done.stdout
    assert "::error" in done.stdout
    assert "72.8%" in (project / "out" / "gate.md").read_text()
    tree = ElementTree.fromstring((project / "out" / "gate.xml").read_text())  # noqa: S314 - our own file
    assert [case.get("name") for case in tree.iter("testcase") if case.find("failure") is not None]


def test_the_command_that_the_verdict_names_shows_every_flip(project: Path) -> None:
    """A verdict is believed when its items can be looked at."""
    run = run_id(project, "worse")
    done = command("compare", "baseline:old", f"{run}/worse", "--suites", "plants", "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    flips = json.loads(done.stdout)["suites"][0]["flips"]
    assert [f["item_id"] for f in flips] == [item(k)["id"] for k in range(30)]
    assert {f["direction"] for f in flips} == {"broken"}


def test_three_broken_answers_are_judged_as_the_interval_says(project: Path) -> None:
    """A few flips are neither hidden nor blown up."""
    done = command("gate", "--run", run_id(project, "nearly"), "--json", cwd=project)
    verdict = json.loads(done.stdout)
    (rule,) = [r for r in verdict["cases"][0]["rules"] if r["rule"] == "no_regression"]
    assert (rule["broken"], rule["fixed"]) == (3, 0)
    passes = rule["interval"]["low"] > -0.05
    assert rule["outcome"] == ("pass" if passes else "inconclusive")
    assert done.returncode == verdict["exit_code"] == (0 if passes else 4)


def test_twenty_items_are_inconclusive_and_say_how_many_more(small: Path) -> None:
    """Too few items are no green light."""
    done = command("gate", "--run", run_id(small, "reworded"), cwd=small)
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stdout.startswith("gate inconclusive")
    assert "more items would decide" in done.stdout


@pytest.fixture(scope="module")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose latest run passes, as long as nothing is taken from it."""
    project = make_project(tmp_path_factory.mktemp("once"), n=20, wrong=3).parent
    run_id(project, "same")
    assert api.gate(project=project).passed
    return project


def with_policy(project: Path, **gate: object) -> None:
    file = project / "evalkit.yaml"
    plain = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(plain | {"gate": {"slots": SLOTS, **gate}}, sort_keys=False))


def lose_baseline(project: Path) -> None:
    (project / "baselines" / SUITE / "old").rename(project / "baselines" / SUITE / "older")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lose_baseline, "there is none"),
        (lambda project: with_policy(project, candidates=["same", "other"]), "the run lacks it"),
        (lambda project: with_policy(project, suites={"plant": {}}), "the policy asks for this suite"),
    ],
    ids=["baseline", "candidate", "suite"],
)
def test_what_is_missing_is_never_a_pass(
    judged_once: Path, tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    """A gate that opens when its evidence is lost is worse than none."""
    project = tmp_path / "copy"
    shutil.copytree(judged_once, project)
    change(project)
    done = command("gate", cwd=project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("gate NOT JUDGED")
    assert said in done.stdout


def test_a_misspelt_policy_key_stops_with_its_line(tmp_path: Path) -> None:
    """A limit that nobody reads would be a gate that stands open."""
    (tmp_path / "evalkit.yaml").write_text("gate:\n  margin: 0.03\n  quality_flor: 0.8\n")
    done = command("gate", cwd=tmp_path)
    assert done.returncode == 2
    assert "evalkit.yaml:3" in done.stderr
    assert "did you mean 'quality_floor'?" in done.stderr


def test_a_policy_for_one_candidate_leaves_the_others_out(tmp_path: Path) -> None:
    """Baselines of other slots are no debt of a run that gates one candidate."""
    home = make_project(tmp_path, n=20, wrong=3, candidates=["same"]).parent
    run = run_id(home, "old", "same")
    api.promote(run, suite=SUITE, candidate="same", slot="other", why="second", who="Ada", project=home)
    done = command("gate", "--run", run, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left aside  old (not asked for)" in done.stdout
