"""Claims about .github: the files are sound, no foreign text becomes a command, and the action's own shell
steps do what they say on a project of simulated candidates.

The steps are taken from the files as they stand. What only GitHub has (checkout, caches, artifacts) is left
out; `gh` is a stand-in that writes down what it is asked.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from evalkit import api
from evalkit.gate.outlets.markdown import MARKER
from tests.ci_steps import EXPRESSION, Runner, audit, lint, load, named, steps
from tests.projects import SUITE, simulated, write_project

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / ".github" / "actions" / "gate" / "action.yml"


SCRIPTS = [
    pytest.param(step["run"], id=f"{path.parent.name}/{path.stem}: {step['name']}")
    for path in (*WORKFLOWS, ACTION)
    for step in steps(path)
    if "run" in step
]


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    """A workflow is first run when it is too late: on the pull request that needs it."""
    assert lint(*WORKFLOWS) == ""


def test_actionlint_finds_nothing_in_the_action_as_a_workflow(tmp_path: Path) -> None:
    """An action's steps are looked at no closer than its inputs, unless they are given as a job's."""
    plain = load(ACTION)
    inputs = {n: {"type": "string", "default": ""} for n in plain["inputs"]}
    job = {"runs-on": "ubuntu-latest", "steps": plain["runs"]["steps"]}
    workflow = {"name": "action", "on": {"workflow_call": {"inputs": inputs}}, "jobs": {"gate": job}}
    file = tmp_path / "action.yml"
    file.write_text(yaml.safe_dump(workflow, sort_keys=False))
    assert lint(file) == ""


def test_zizmor_finds_nothing_in_workflows_and_action() -> None:
    """It knows how workflows were taken over; the development lock brings it, so this never skips."""
    assert audit(ROOT / ".github") == ""


def test_zizmor_would_find_an_action_that_is_not_pinned(tmp_path: Path) -> None:
    """A check that cannot fail shows nothing."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    (folder / "ci.yml").write_text(re.sub(r"(actions/checkout)@\w+ # .*", r"\1@v5", text))
    assert "unpinned-uses" in audit(folder / "ci.yml")


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda p: p.stem)
def test_actions_are_pinned_with_their_version_beside(path: Path) -> None:
    """A tag can be moved to other code; a number that nobody can read is not looked after."""
    used = re.findall(r"uses: (?!\./)(.+)", path.read_text())
    assert used
    for line in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_one_version_everywhere() -> None:
    """Also in the documentation: what is copied from it is as old as it is."""
    found = [
        line
        for path in (*WORKFLOWS, ACTION, ROOT / "docs" / "ci.md")
        for line in re.findall(r"uses: actions/(.+)", path.read_text())
    ]
    pins = {(line.split("@")[0].split("/")[0], line.split("@")[1]) for line in found}
    assert len(pins) == len({name for name, _ in pins}) == 6


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_expression_stands_in_a_script(script: str) -> None:
    """A branch name or an input pasted into a script is a command of whoever wrote it; `env` is not."""
    assert not EXPRESSION.search(script)
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert not done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_every_workflow_asks_for_no_more_than_it_needs(path: Path) -> None:
    """Without this line a token may do all that the repository's settings allow."""
    assert load(path)["permissions"]["contents"] == "read"


def test_the_workflow_hands_on_only_inputs_that_the_action_has() -> None:
    """A misspelt input is a warning on GitHub, and the default is used in silence."""
    (step,) = [s for s in steps(ROOT / ".github/workflows/gate.yml") if s.get("id") == "gate"]
    assert set(step["with"]) <= set(load(ACTION)["inputs"])


def test_the_action_finds_its_comment_by_the_marker_of_the_outlet() -> None:
    """One comment is renewed; a marker that drifted would add one a push."""
    assert f'startswith("{MARKER}")' in named("Comment", ACTION)["run"]
    assert f'echo "{MARKER}"' in named("Comment", ACTION)["run"]


def make_runner(home: Path, run_args: str) -> Runner:
    defaults = {f"inputs.{n}": str(i.get("default", "")) for n, i in load(ACTION)["inputs"].items()}
    project = home / "project"
    given = {
        "inputs.project": str(project), "inputs.run-args": run_args, "inputs.token": "planted",
        "github.repository": "team/project", "github.event.pull_request.number": "7",
        "github.event.pull_request.head.sha": "0a1b2c3d4e5f", "github.server_url": "https://github.example",
        "github.run_id": "99", "steps.gate.outputs.outcome": "",
    }  # fmt: skip
    return Runner(home, defaults | given)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose candidate `good` is accepted, and whose `bad` would take its place."""
    project = tmp_path_factory.mktemp("workflows") / "project"
    gate = {"allow": ["simulated"], "slots": {"bad": "good"}, "candidates": ["good"]}
    candidates = {"good": simulated(accuracy=0.9), "bad": simulated(accuracy=0.5)}
    write_project(project, candidates, n_items=30, gate=gate)
    run = api.run((), ["good"], project=project)
    api.promote(
        run.run_id, suite=SUITE, candidate="good", why="in use", who="Ada", allow=["simulated"],
        project=project,
    )  # fmt: skip
    return project


@pytest.fixture
def runner(accepted: Path, tmp_path: Path) -> Runner:
    shutil.copytree(accepted, tmp_path / "project")
    return make_runner(tmp_path, "--candidates good --note upgrade")


def test_an_upgrade_that_changes_nothing_goes_through_every_step(runner: Runner) -> None:
    """The path that each pull request takes."""
    for name in ("Run", "Gate", "Report", "Comment", "Verdict"):
        done = runner.run(named(name, ACTION))
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    assert runner.context["steps.gate.outputs.outcome"] == "pass"
    assert MARKER in runner.read("GITHUB_STEP_SUMMARY")
    assert (runner.home / "project/gate/report/index.html").is_file()
    assert (runner.home / "project/gate/gate.xml").is_file()
    posted = runner.read("gh.log").splitlines()[-1]
    assert "--method POST repos/team/project/issues/7/comments --field body=@gate/comment.md" in posted


def test_a_regression_is_commented_and_kept_before_it_stops_the_job(runner: Runner) -> None:
    """A red build without its evidence would be asked for again."""
    file = runner.home / "project/evalkit.yaml"
    file.write_text(file.read_text().replace("- good", "- bad"))
    runner.context["inputs.run-args"] = "--candidates bad"
    (runner.home / "gh.answer").write_text("4711\n")
    assert runner.run(named("Run", ACTION)).returncode == 0
    gate = runner.run(named("Gate", ACTION))
    assert gate.returncode == 0, gate.stderr
    assert "::error" in gate.stdout
    assert runner.context["steps.gate.outputs.outcome"] == "fail"
    assert runner.run(named("Comment", ACTION)).returncode == 0
    assert "--method PATCH repos/team/project/issues/comments/4711" in runner.read("gh.log")
    assert (runner.home / "project/gate/comment.md").read_text().startswith(MARKER)
    assert runner.run(named("Verdict", ACTION)).returncode == 3


def test_a_policy_that_is_wrong_is_an_error_and_leaves_no_old_comment(runner: Runner) -> None:
    """Nothing was judged; the verdict of the last push may not stand for it."""
    file = runner.home / "project/evalkit.yaml"
    file.write_text(file.read_text().replace("slots:", "slot:"))
    (runner.home / "project/gate").mkdir()
    (runner.home / "project/gate/gate.md").write_text("of the last push")
    runner.run(named("Gate", ACTION))
    assert runner.context["steps.gate.outputs.outcome"] == "error"
    assert runner.run(named("Comment", ACTION)).returncode == 0
    assert "--method" not in runner.read("gh.log")  # there was none to renew
    assert "no verdict" in (runner.home / "project/gate/comment.md").read_text()
    assert runner.run(named("Verdict", ACTION)).returncode == 2


def tell_keys(runner: Runner) -> None:
    """Puts a program named evalkit on the path that writes down the variables it sees."""
    (runner.home / "tools" / "evalkit").write_text(f'#!/bin/sh\nenv > "{runner.home}/seen"\n')


def test_keys_reach_the_run_alone_and_are_masked(runner: Runner) -> None:
    """Neither a package that is being installed nor a later step sees them, and the log never does."""
    tell_keys(runner)
    runner.context["inputs.keys"] = "A_KEY=se=cret\r\nnot a line\nB_KEY=other\n1BAD=x"
    done = runner.run(named("Run", ACTION))
    assert done.returncode == 0, done.stderr
    seen = (runner.home / "seen").read_text().splitlines()
    assert {"A_KEY=se=cret", "B_KEY=other"} <= set(seen)
    assert not [line for line in seen if line.startswith(("KEYS=", "1BAD", "not a line"))]
    assert done.stdout == "::add-mask::se=cret\n::add-mask::other\n"
    assert runner.read("GITHUB_ENV") == runner.read("GITHUB_OUTPUT") == ""


def test_keys_are_given_to_no_step_but_the_run() -> None:
    """Actions of others run beside it, and what pip installs runs code of its own."""
    texts = {step.get("name"): str(step) for step in steps(ACTION)}
    assert [name for name, text in texts.items() if "inputs.keys" in text] == ["Run"]
    calling = [str(step) for step in steps(ROOT / ".github/workflows/gate.yml")]
    assert [text for text in calling if "secrets.keys" in text and "/actions/gate'" not in text] == []


def test_without_keys_nothing_is_set(runner: Runner) -> None:
    """A project of local models has none."""
    tell_keys(runner)
    done = runner.run(named("Run", ACTION))
    assert (done.returncode, done.stdout, runner.read("GITHUB_ENV")) == (0, "", "")


MARKED = "<!-- evalkit gate -->\n## ✅ evalkit gate: passed"


@pytest.mark.parametrize(
    ("comments", "renewed"),
    [
        ([], None),
        ([("someone", MARKED)], None),
        (
            [
                ("someone", MARKED),
                ("github-actions[bot]", "of another action"),
                ("github-actions[bot]", MARKED),
            ],
            3,
        ),
        ([("github-actions", MARKED)], None),
    ],
)
def test_only_a_comment_of_our_own_is_renewed(
    runner: Runner, comments: list[tuple[str, str]], renewed: int | None
) -> None:
    """Anyone may write the mark into a comment, and would then hold the verdict in a text of theirs."""
    if shutil.which("jq") is None:
        pytest.skip("jq, which stands for gh's, is not installed")
    plain = [
        {"id": n, "user": {"login": who}, "body": text} for n, (who, text) in enumerate(comments, start=1)
    ]
    (runner.home / "gh.comments").write_text(json.dumps(plain))
    runner.answer_gh_by_jq()
    for name in ("Run", "Gate", "Comment"):
        done = runner.run(named(name, ACTION))
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    written = [line for line in runner.read("gh.log").splitlines() if "--method" in line]
    method = "POST" if renewed is None else "PATCH"
    place = "7/comments" if renewed is None else f"comments/{renewed}"
    assert [f"--method {method} repos/team/project/issues/{place} " in line for line in written] == [True]


@pytest.mark.parametrize("broken_by", ["the run", "an old verdict in the repository"])
def test_a_run_that_breaks_takes_the_old_verdict_back(runner: Runner, broken_by: str) -> None:
    """A green comment under a red build is believed."""
    (runner.home / "gh.answer").write_text("4711\n")
    if broken_by != "the run":
        (runner.home / "project/gate").mkdir()
        (runner.home / "project/gate/gate.md").write_text(MARKED)
    runner.context["inputs.run-args"] = "--candidates nobody"
    assert runner.run(named("Run", ACTION)).returncode == 2
    comment = named("Comment", ACTION)
    assert "always()" in comment["if"]
    assert runner.run(comment).returncode == 0
    assert "--method PATCH repos/team/project/issues/comments/4711" in runner.read("gh.log")
    text = (runner.home / "project/gate/comment.md").read_text()
    assert text.startswith(MARKER)
    assert "✅" not in text
    assert "no verdict" in text
    assert "The run for 0a1b2c3 broke" in text
    assert "https://github.example/team/project/actions/runs/99" in text
    assert load(ACTION)["outputs"]["outcome"]["value"] == "${{ steps.gate.outputs.outcome || 'error' }}"


def test_words_for_the_run_are_words_and_no_commands(runner: Runner) -> None:
    """An input is data, whatever stands in it."""
    runner.context["inputs.run-args"] = "--candidates good; touch planted $(touch planted)"
    assert runner.run(named("Run", ACTION)).returncode == 2
    assert not list(runner.home.rglob("planted"))
