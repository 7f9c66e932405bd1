"""No wrong call is credited: answers made by a generator that imports no scorer, in every form."""

from __future__ import annotations

import ast
from pathlib import Path

from benchmarks.credit import measure

GENERATOR = Path(__file__).parents[2] / "benchmarks" / "credit_tool_calls.py"


def test_no_wrong_answer_is_credited_and_right_ones_are() -> None:
    """A seeded part of what `benchmarks/credit.py tool_calls` counts over 100,000 answers of each sort."""
    found = measure("tool_calls", 1_500, seed=7)
    assert [(c.form, c.way, c.text, c.calls) for c in found.missed[False]] == []
    assert [(c.form, c.way, c.text, c.calls) for c in found.missed[True]] == []
    assert len(found.made[True]) >= 20
    assert len(found.made[False]) >= 10


def test_the_generator_knows_nothing_of_the_parsers() -> None:
    """What is right is known by how it was made: a shared rule would hide its own mistake."""
    tree = ast.parse(GENERATOR.read_text(encoding="utf-8"))
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    modules |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    assert not any(str(m).startswith("evalkit") for m in modules)
    assert {m for m in modules if str(m).startswith("benchmarks")} == {"benchmarks.credit_case"}
