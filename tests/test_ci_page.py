"""Claims about docs/ci.md: its blocks run as they stand and end as it says, for better and for worse."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci_steps import Runner, audit, lint
from tests.projects import simulated, write_project

PAGE = (Path(__file__).parents[1] / "docs" / "ci.md").read_text(encoding="utf-8")


def blocks(language: str, heading: str) -> list[str]:
    """The blocks of a language under a heading."""
    section = re.split(r"(?m)^## ", PAGE)
    (text,) = [part for part in section if part.startswith(heading)]
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after the page's first two chapters, with git's part left out."""
    home = tmp_path_factory.mktemp("adopted")
    candidate = {"support-slim": simulated(accuracy=0.9)}
    write_project(home / "project", candidate, n_items=30, gate={"allow": ["simulated"]})
    first, second = blocks("sh", "1. Something")
    (third,) = blocks("sh", "2. The gate")
    script = first.replace("git add", ": git add").replace("--why", "--allow-simulated --why")
    done = Runner(home).bash(script + second + third, cwd=home / "project")
    assert done.returncode == 0, done.stderr
    assert "a drop of" in done.stdout
    assert "gate pass" in done.stdout
    return home / "project"


@pytest.fixture
def runner(adopted: Path, tmp_path: Path) -> Runner:
    shutil.copytree(adopted, tmp_path / "project")
    return Runner(tmp_path)


def spoil(runner: Runner) -> Path:
    """The project after an upgrade that went wrong."""
    file = runner.home / "project/evalkit.yaml"
    file.write_text(file.read_text().replace("accuracy: 0.9", "accuracy: 0.5"))
    return file.parent


def test_the_shell_recipe_stops_on_a_regression(runner: Runner) -> None:
    """The exit code is the contract with every CI system there is."""
    (script,) = blocks("sh", "A plain shell")
    done = runner.bash(script, cwd=spoil(runner), options="-o pipefail")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "stop"), done.stderr


def test_the_gitlab_script_keeps_report_and_code(runner: Runner) -> None:
    """The report of a red build is the one that is wanted."""
    (block,) = blocks("yaml", "GitLab")
    job = yaml.safe_load(block)["evalkit"]
    done = runner.bash("\n".join(job["script"]), cwd=spoil(runner))
    assert done.returncode == 3, done.stderr
    for path in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"], "gate/report/index.html"):
        assert (runner.home / "project" / path).exists()


def test_the_pytest_recipe_fails_with_the_verdict(runner: Runner) -> None:
    """A developer who reads a red test must not have to go and find out why."""
    (recipe,) = blocks("python", "pytest")
    project = spoil(runner)
    (project / "test_gate.py").write_text(recipe)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_gate.py"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "gate FAIL" in done.stdout
    assert "evalkit compare baseline:support-slim" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_actionlint_finds_nothing_in_the_workflows_shown(tmp_path: Path) -> None:
    """They are copied as they stand."""
    for number, block in enumerate(blocks("yaml", "GitHub")):
        file = tmp_path / f"{number}.yml"
        file.write_text(pinned(block))
        assert lint(file) == ""


def test_zizmor_finds_nothing_in_the_workflows_shown(tmp_path: Path) -> None:
    """Once the reader has put the commit of their choice where the page says so."""
    for number, block in enumerate(blocks("yaml", "GitHub")):
        file = tmp_path / ".github" / "workflows" / f"{number}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pinned(block))
        assert audit(file) == ""


def pinned(block: str) -> str:
    return block.replace("@COMMIT", "@" + "0" * 40)


def test_no_key_is_in_the_environment_while_packages_are_installed() -> None:
    """What pip installs runs code of its own, and has no need of them."""
    for block in blocks("yaml", "GitHub"):
        for job in yaml.safe_load(block)["jobs"].values():
            assert "env" not in job
            for step in job.get("steps", ()):
                assert not ("pip install" in step.get("run", "") and "env" in step)
    (block,) = blocks("yaml", "GitLab")
    (install,) = [line for line in yaml.safe_load(block)["evalkit"]["script"] if "pip install" in line]
    assert install.startswith("env -u EXAMPLE_API_KEY ")
