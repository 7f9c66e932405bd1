"""Claims about the package as a notebook meets it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import yaml

import evalkit
from evalkit import api
from evalkit.errors import OPTIONAL_PACKAGES

ROOT = Path(__file__).parents[1]


def test_public_functions_stay_functions_whatever_was_imported_before() -> None:
    """`evalkit.gate` is a subpackage too: importing it must not take the function's place."""
    assert import_module("evalkit.gate").Policy().anchor
    assert import_module("evalkit.api.doctor").DoctorFinding is api.DoctorFinding
    for package in (evalkit, api):
        for name in package.__all__:
            if name != "__version__":
                assert callable(getattr(package, name)), name


def test_the_public_names_are_those_of_the_stub() -> None:
    """Type checkers read the stub, so nothing else may be public."""
    assert evalkit.__all__ == ["__version__", "compare", "gate", "open_store", "report", "resume", "run"]
    assert {*evalkit.__all__[1:], "ask", "Power", "write_verdict"} < set(api.__all__)
    assert api.write_verdict is import_module("evalkit.api.judging").write_verdict
    with pytest.raises(AttributeError, match=r"module 'evalkit\.api' has no attribute 'nothing'"):
        _ = api.nothing


def test_importing_the_package_imports_none_of_its_parts() -> None:
    """A command's `--help` must be there at once."""
    code = "import sys, evalkit.api; print(sorted(m for m in sys.modules if m.startswith('evalkit')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "['evalkit', 'evalkit.api', 'evalkit.lazy']"


def test_what_is_missing_is_named_by_its_own_requirement() -> None:
    """An extra of ours would need a distribution name, and `evalkit` in the index is another project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [r.partition(";")[0] for found in project["optional-dependencies"].values() for r in found]
    assert sorted(OPTIONAL_PACKAGES.values()) == sorted(extras)
    assert project["name"] != "evalkit"


def test_nothing_tells_a_user_to_install_a_distribution_that_is_not_ours() -> None:
    """Documents, hints and workflows install from a repository, a wheel or a clone."""
    foreign = re.compile(r"(?:pip3?|pipx|uv tool) install (?:[^\n`]* )?['\"]?evalkit(?![-\w./])")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    suffixes = (".md", ".py", ".yml", ".yaml", ".toml", ".j2", ".ipynb", "Makefile", "Dockerfile")
    files = [ROOT / f for f in listed.splitlines() if f.endswith(suffixes)]
    assert len(files) > 400
    assert foreign.search("pip install evalkit")
    assert foreign.search("uv tool install 'evalkit[vllm]'")
    found = [str(f) for f in files if f != Path(__file__) and foreign.search(f.read_text(encoding="utf-8"))]
    assert found == []


def test_a_citation_names_the_version_of_the_package() -> None:
    """Two versions would cite two programs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (
        yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == project["version"]
    )


def test_the_hook_for_other_repositories_is_a_command() -> None:
    """A hook that names no command would stop every commit of theirs."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    words = hook["entry"].split()
    assert words[0] == "evalkit"
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(hook["files"], "suites/tiny/suite.yaml")
    assert not re.search(hook["files"], "src/main.py")
