"""Tests evalkit on every Python it names: `make test-pythons`, or `nox -s wheel-3.13` for one of them.

`uv` brings the interpreters that this machine lacks.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# In place of the embedded model, which the base does not bring.
CANDIDATES = "candidates: {stand-in: {tier: mid, backend: simulated, model: a stand-in}}\n"


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run what `make test-fast` runs, with the locked dependencies."""
    session.install("-r", "requirements-dev.lock")
    session.install("--no-deps", "-e", ".")
    marks = "not model and not browser and not vllm and not shared"
    session.run("python", "-m", "pytest", "-m", marks, *session.posargs)


@nox.session(python=PYTHONS)
def wheel(session: nox.Session) -> None:
    """Install the built wheel alone into an empty environment, and run and report a suite with it."""
    place = Path(tempfile.mkdtemp())
    session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(place), external=True)
    (built,) = place.glob("*.whl")
    session.install("-c", "requirements.lock", str(built))
    with session.chdir(place):
        session.run("evalkit", "init", "project")
    (place / "project" / "evalkit.yaml").write_text(CANDIDATES, encoding="utf-8")
    with session.chdir(place / "project"):
        session.run("evalkit", "run")
        session.run("evalkit", "report")
