"""Routes for the tests of pages: certified ones of a small run, and the same with hostile texts in them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from evalkit.api import run
from evalkit.api.routes import propose_routes
from evalkit.reporting import PastReport
from evalkit.reporting.inputs import PastCell
from evalkit.routes.report import RouteReport, SuiteRoutes
from tests.reporting.cases import ATTACKS
from tests.routed import write_routed_project


def made_routes(folder: Path) -> RouteReport:
    """The routes of a suite whose slim model fails in German; a proposal is certified."""
    file = write_routed_project(folder, n_items=240)
    run(project=file)
    return propose_routes(project=file)


def hostile_routes(routes: RouteReport) -> RouteReport:
    """The routes with an attack behind every text that is no word of ours."""
    return replace(_poisoned(routes), notes=ATTACKS, revision=1)


def _poisoned(value: Any) -> Any:
    """A record with an attack behind every field whose type is plain text, and so on inside it."""
    if isinstance(value, tuple):
        return tuple(_poisoned(one) for one in value)
    if isinstance(value, SuiteRoutes):
        # Its figures are found by its candidates' names.
        candidates = _poisoned(value.candidates)
        names = {old.candidate: new.candidate for old, new in zip(value.candidates, candidates, strict=True)}
        value = replace(value, alone={names[name]: figures for name, figures in value.alone.items()})
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {}
    for number, field in enumerate(fields(value)):
        inside = getattr(value, field.name)
        if isinstance(inside, str) and "str" in str(field.type) and field.name not in OURS:
            inside = f"{inside} {ATTACKS[number % len(ATTACKS)]}"
        changed[field.name] = _poisoned(inside)
    return replace(value, **changed)


OURS = frozenset({"tier", "created_at", "method", "privacy", "risk", "complexity"})
"""Fields whose words are a fixed few."""


def past(attack: str = "retired") -> PastReport:
    """A report before this one, of a candidate that is gone."""
    cell = PastCell(
        suite=attack, candidate=attack, success=0.5, low=0.4, high=0.6, n=20, floor="met", verdict="pass"
    )
    return PastReport(created_at="2026-11-13T08:00:00+00:00", runs=("run-0",), cells=(cell,))
