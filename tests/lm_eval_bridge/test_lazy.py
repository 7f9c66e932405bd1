"""lm-eval is imported when a candidate or a suite names it, and not before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.projects import SUITE, simulated, write_project

_RUN = """\
import sys
import evalkit
evalkit.run([{suite!r}], project={project!r})
from evalkit.api import export_lm_eval
export_lm_eval({suite!r}, "exported", project={project!r})
print("LOADED", *sorted({{m.split(".")[0] for m in sys.modules}} & {{"lm_eval", "datasets", "torch"}}))
"""


def test_runs_and_exports_without_lm_eval_import_none_of_it(tmp_path: Path) -> None:
    """It costs seconds, and most users never name it; an export needs it only where lm-eval runs."""
    project = write_project(tmp_path, {"m": simulated()}, n_items=3)
    code = _RUN.format(suite=SUITE, project=str(project))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]
    assert (tmp_path / "exported" / f"{SUITE}.yaml").is_file()


def test_without_lm_eval_the_extra_is_named(tmp_path: Path) -> None:
    """The next step after a missing package is one command."""
    code = (
        "import sys; sys.modules['lm_eval'] = None\n"
        "import importlib.util; found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda n, *a: None if n == 'lm_eval' else found(n, *a)\n"
        "from evalkit.api import load_suites\n"
        "from evalkit.errors import MissingPackageError\n"
        "try: load_suites(None, ['lm_eval:gsm8k'])\n"
        "except MissingPackageError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "pip install 'lm-eval[api]>=0.4.9'" in done.stdout
