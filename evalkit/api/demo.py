"""The demo: shipped suites, a real slim model, stand-ins for the tiers that nobody has set up."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.models import pull_model
from evalkit.api.running import run
from evalkit.config import PROJECT_FILE, Project, load_project, make_project
from evalkit.models import CATALOGUE
from evalkit.records import Candidate
from evalkit.runner import Observer, RunResult, Silent
from evalkit.suites import find_shipped_suites

if TYPE_CHECKING:
    from evalkit.gate import GateVerdict
    from evalkit.reporting.text import SummaryRow

SUITES = ("support-triage", "order-extraction", "calendar-tools")
"""One of each family: the shipped suites that the demo runs unless it is to run them all."""
ITEMS_OF_EACH_SUITE = 20
ONLY_FULL = frozenset({"slim-plain-q4_0", "slim-constrained-q4_0"})


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoResult:
    """What the demo came to."""

    project: Project
    run: RunResult
    verdict: GateVerdict
    report: Path
    """The report's front page."""
    summary: tuple[SummaryRow, ...]
    """The front page's table."""


def demo(
    folder: Path,
    *,
    full: bool = False,
    items: int = ITEMS_OF_EACH_SUITE,
    own_project: Path | None = None,
    observer: Observer | None = None,
    command: str = "",
) -> DemoResult:
    """Runs a shipped suite of each family over three tiers into `folder`, judges and reports.

    Args:
        folder: Gets the store, the run folders and the report.
        full: All shipped suites with all their items instead of a seeded part, and a second quantization.
        items: Size of that part.
        own_project: A project file whose mid and frontier candidates replace the stand-ins.
        observer: Is told how it goes.
        command: The command line, kept in the manifest.

    Raises:
        UnavailableError: The slim model's weights cannot be had.
    """
    from evalkit.api.judging import gate
    from evalkit.api.reports import front_rows, report_input
    from evalkit.reporting import write_report

    observer = observer or Silent()
    folder.mkdir(parents=True, exist_ok=True)
    project = demo_project(folder, full=full, own_project=own_project)
    for name in sorted({c.model for c in project.candidates.values()} & set(CATALOGUE)):
        pull_model(name, progress=observer.notify)
    result = run(
        suites=() if full else SUITES,
        project=project,
        limit=None if full else items,
        observer=observer,
        note="evalkit demo",
        command=command,
    )
    verdict = gate(result.run_id, project=project)
    inputs = report_input(project, result.run_id, title="evalkit demo", verdict=verdict)
    return DemoResult(
        project=project,
        run=result,
        verdict=verdict,
        report=write_report(inputs, project.reports),
        summary=front_rows(inputs),
    )


def demo_project(folder: Path, *, full: bool = False, own_project: Path | None = None) -> Project:
    """The demo's project in that folder, with the baselines of its suites; it is written down nowhere."""
    import yaml

    shipped = find_shipped_suites()
    assert shipped is not None  # noqa: S101 - the wheel and the clone both carry them
    plain = yaml.safe_load(files("evalkit").joinpath("api/templates/demo.yaml").read_text(encoding="utf-8"))
    plain |= {"suites": [str(shipped)], "baselines": f"baselines/{'full' if full else 'part'}"}
    project = make_project(plain, root=folder.resolve())
    candidates = [c for c in project.candidates.values() if full or c.name not in ONLY_FULL]
    candidates = _with_own(candidates, _own_candidates(own_project))
    # The gate asks for every baseline that it finds: those of suites that are not run stay where they are.
    for baselines in (shipped.parent / "baselines").iterdir():
        if baselines.is_dir() and (full or baselines.name in SUITES):
            shutil.copytree(baselines, project.baselines / baselines.name, dirs_exist_ok=True)
    return replace(project, candidates={c.name: c for c in candidates})


def _own_candidates(own_project: Path | None) -> tuple[Candidate, ...]:
    file = own_project or Path(PROJECT_FILE)
    if own_project is None and not file.is_file():
        return ()
    return tuple(c for c in load_project(file).candidates.values() if c.tier != "slim")


def _with_own(candidates: Iterable[Candidate], own: tuple[Candidate, ...]) -> list[Candidate]:
    """The user's own candidates in place of the stand-ins of their tiers."""
    taken = {c.tier for c in own}
    return [c for c in candidates if not (c.simulated and c.tier in taken)] + list(own)
