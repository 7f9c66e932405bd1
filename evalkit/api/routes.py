"""Routes: stored samples handed to what searches, certifies and advises; routes.yaml held against it and
written."""

from __future__ import annotations

import difflib
import getpass
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from evalkit.api.projects import open_project
from evalkit.api.route_evidence import Changes, Gathered, gather, gather_route_evidence, pins, standing_notes
from evalkit.config import Project
from evalkit.errors import ConfigError, EvalkitError, RunError, near_names
from evalkit.evidence import Evidence as EvidenceAtHand
from evalkit.records import clean_json, to_plain
from evalkit.routes.figures import RouteFigures, route_figures
from evalkit.routes.file import (
    Acceptance,
    Route,
    RouteEvidence,
    RouteFile,
    read_route_file,
    route_file_text,
    write_route_file,
)
from evalkit.routes.governance import GovernanceRow, governance
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import RoutePolicy
from evalkit.routes.report import RouteReport, SuiteEvidence, SuiteRoutes, route_report
from evalkit.routes.settings import RouteSettings, breaches, read_settings
from evalkit.routes.wording import route_promise, with_words


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """A policy replayed over the stored samples of one suite."""

    suite: str
    policy: RoutePolicy
    figures: RouteFigures
    breaches: tuple[str, ...]
    """Why the policy may not serve the suite."""
    governance: tuple[GovernanceRow, ...]
    simulated: bool
    """Whether any of the answers is made up."""

    def to_json(self) -> dict[str, Any]:
        """The plain form, with what the records say in words; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(with_words(self))
        return plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What was written to routes.yaml."""

    file: Path
    revision: int
    changed: tuple[str, ...]
    """Suites whose route is new."""
    kept: tuple[str, ...]
    """Suites whose route stays."""
    left: Mapping[str, str]
    """Suite -> why nothing was applied."""

    def to_json(self) -> dict[str, Any]:
        """The plain form."""
        plain: dict[str, Any] = clean_json({**to_plain(self), "file": str(self.file)})
        return plain


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteDiff:
    """How routes.yaml would change."""

    text: str
    """A unified diff; empty when nothing changes."""
    report: RouteReport


def propose_routes(
    run: str | None = None,
    *,
    suites: Iterable[str] = (),
    prices: Changes | None = None,
    stakes: Changes | None = None,
    project: Project | Path | str | None = None,
) -> RouteReport:
    """What routes the evidence supports, suite by suite, against those in force.

    Args:
        run: One run; None takes of each suite and candidate the latest.
        suites: Only these suites; the error of a certificate is shared among them.
        prices: Candidate -> fields of its price that are to be others; nothing is asked anew.
        stakes: Suite -> stakes that are to be others, such as `volume_per_month`.
        project: The project; None finds `evalkit.yaml`.

    Raises:
        StoreError: The store holds no samples.
        ConfigError: routes.yaml or the `routes:` section is wrong.
        UsageError: A candidate, suite or field is unknown.
    """
    home = open_project(project)
    return _report(gather(home, run, tuple(suites), prices or {}, stakes or {}))


def routes_of(home: Project, evidence: EvidenceAtHand) -> RouteReport:
    """Return what routes the evidence at hand supports, against those in force.

    Raises:
        ConfigError: routes.yaml or the `routes:` section is wrong.
    """
    return _report(gather_route_evidence(home, evidence))


def diff_routes(
    run: str | None = None,
    *,
    suites: Iterable[str] = (),
    project: Project | Path | str | None = None,
) -> RouteDiff:
    """How routes.yaml would change if what is proposed were applied; nothing is written.

    Raises:
        StoreError: The store holds no samples.
        ConfigError: routes.yaml or the `routes:` section is wrong.
    """
    gathered = gather(open_project(project), run, tuple(suites), {}, {})
    report = _report(gathered)
    old = read_routes(gathered.home)
    chosen = {one.suite: _route(one, None) for one in report.suites if one.proposal.status == "change"}
    new = old.replace_routes(chosen, pins(gathered.suites))
    before = route_file_text(old) if old.revision else ""
    after = before if new is old else route_file_text(new)
    name = gathered.file.name
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (proposed)"
    )
    return RouteDiff(text="".join(lines), report=report)


def apply_routes(
    why: str,
    *,
    who: str | None = None,
    run: str | None = None,
    suites: Iterable[str] = (),
    policy: Path | str | None = None,
    days: int | None = None,
    renew: bool = False,
    allow_simulated: bool = False,
    today: date | None = None,
    project: Project | Path | str | None = None,
) -> Applied:
    """Writes what is proposed to routes.yaml, with who accepts it, why, and until when.

    Args:
        why: The reason, for those who read the file.
        who: Who accepts; None takes the user.
        run: One run; None takes of each suite and candidate the latest.
        suites: Only these suites.
        policy: A file of routes to accept instead of what is proposed; they are marked as not certified.
        days: How long the acceptance holds; None takes the project's.
        renew: Accept anew also the routes that stay.
        allow_simulated: Accept evidence that is made up, with a mark.
        today: The day of the acceptance.
        project: The project; None finds `evalkit.yaml`.

    Raises:
        EvalkitError: The evidence is made up and that is not allowed.
        ConfigError: A route may not serve its suite, or a file is wrong.
    """
    gathered = gather(open_project(project), run, tuple(suites), {}, {})
    today = today or datetime.now(UTC).date()
    until = today + timedelta(days=gathered.settings.valid_days if days is None else days)
    accepted = Acceptance(by=who or getpass.getuser(), since=today, why=why, until=until)
    old = read_routes(gathered.home)
    if policy is None:
        chosen, left = _choose_proposals(_report(gathered), accepted, renew)
    else:
        chosen, left = _measure_given(Path(policy), gathered, accepted), {}
    made_up = sorted(name for name, route in chosen.items() if route.evidence.simulated)
    if made_up and not allow_simulated:
        raise EvalkitError(
            f"the evidence for {', '.join(made_up)} is simulated",
            hint="run real candidates, or say --allow-simulated to accept it with a mark",
        )
    new = old.replace_routes(chosen, pins(gathered.suites))
    if new is not old:
        write_route_file(gathered.file, new)
        _write_schema(gathered.file.parent)
    return Applied(
        file=gathered.file,
        revision=new.revision,
        changed=tuple(s for s in chosen if old.routes.get(s) != new.routes[s]),
        kept=tuple(e.table.suite for e in gathered.suites if e.table.suite not in {*chosen, *left}),
        left=left,
    )


def simulate_routes(
    policy: Path | str,
    run: str | None = None,
    *,
    suites: Iterable[str] = (),
    prices: Changes | None = None,
    stakes: Changes | None = None,
    project: Project | Path | str | None = None,
) -> tuple[Simulation, ...]:
    """Replays a file of routes over stored samples; no model is asked.

    Args:
        policy: A file of the form of routes.yaml; candidates need not be pinned.
        run: One run; None takes of each suite and candidate the latest.
        suites: Only these suites.
        prices: Candidate -> fields of its price that are to be others.
        stakes: Suite -> stakes that are to be others.
        project: The project; None finds `evalkit.yaml`.

    Raises:
        ConfigError: The file is wrong, or names candidates or suites without samples.
    """
    found = read_route_file(Path(policy), pinned=False)
    wanted = tuple(suites) or tuple(found.routes)
    for name in wanted:
        if name not in found.routes:
            raise ConfigError(
                f"no route for suite {name!r}", where=str(policy), hint=near_names(name, found.routes)
            )
    gathered = gather(open_project(project), run, wanted, prices or {}, stakes or {})
    today = datetime.now(UTC).date()
    return tuple(
        _simulation(e, found.routes[e.table.suite], gathered.settings, today) for e in gathered.suites
    )


def read_routes(project: Project | Path | str | None = None) -> RouteFile:
    """The routes in force; one without routes where there is no file.

    Raises:
        ConfigError: The file is wrong; names file, line and key.
    """
    home = open_project(project)
    return read_route_file(home.root / read_settings(home.routes).file, missing_ok=True)


def _report(gathered: Gathered) -> RouteReport:
    in_force = read_routes(gathered.home)
    now = datetime.now(UTC)
    return route_report(
        gathered.suites,
        settings=gathered.settings,
        in_force=in_force,
        file=str(gathered.file),
        created_at=now.isoformat(timespec="seconds"),
        today=now.date(),
        notes=(*gathered.notes, *standing_notes(in_force, gathered, now.date())),
    )


def _choose_proposals(
    report: RouteReport, accepted: Acceptance, renew: bool
) -> tuple[dict[str, Route], dict[str, str]]:
    """The routes to write, and why nothing is written for other suites; those that stay are in neither."""
    chosen, left = {}, {}
    for one in report.suites:
        status = one.proposal.status
        if status == "change" or (status == "keep" and renew):
            chosen[one.suite] = _route(one, accepted)
        elif status != "keep":
            left[one.suite] = one.proposal.reason
    return chosen, left


def _route(one: SuiteRoutes, accepted: Acceptance | None) -> Route:
    proposal, found = one.proposal, one.proposal.certificate
    assert proposal.proposed is not None  # noqa: S101 - a change or a keep names its route
    assert found is not None  # noqa: S101 - and its certificate
    return Route(
        policy=proposal.proposed,
        certified=found.certified,
        promise=route_promise(found),
        evidence=one.evidence,
        accepted=accepted,
    )


def _measure_given(path: Path, gathered: Gathered, accepted: Acceptance) -> dict[str, Route]:
    """The routes of a file that a person wrote; measured, and not certified."""
    given = read_route_file(path, pinned=False)
    chosen = {}
    for e in gathered.suites:
        route = given.routes.get(e.table.suite)
        if route is None:
            continue
        found = _simulation(e, route, gathered.settings, accepted.since)
        if found.breaches:
            raise ConfigError(
                f"this route may not serve {e.table.suite}: {'; '.join(found.breaches)}", where=str(path)
            )
        chosen[e.table.suite] = Route(
            policy=route.policy,
            promise="Accepted without a certificate.",
            evidence=_route_evidence(e, found),
            accepted=accepted,
        )
    for name in given.routes:
        if name not in chosen:
            raise RunError(f"there are no samples of a suite {name!r}", where=str(path), hint="evalkit run")
    return chosen


def _route_evidence(e: SuiteEvidence, found: Simulation) -> RouteEvidence:
    shown = found.figures
    rows = [e.table.row(name) for name in found.policy.candidates]
    return RouteEvidence(
        runs=tuple(sorted({run for row in rows for run in e.table.run_ids[row]})),
        suite_version=e.table.suite_version,
        items=e.table.n_items,
        success=shown.success.estimate,
        usd_per_success=shown.per_success_usd.estimate if shown.per_success_usd else None,
        latency_p95_s=shown.latency_s.p95.estimate if shown.latency_s else None,
        simulated=found.simulated,
    ).round_evidence()


def _simulation(e: SuiteEvidence, route: Route, settings: RouteSettings, today: date) -> Simulation:
    limits = settings.limits(e.table.stakes, e.forbidden or {})
    rows = [e.table.row(n) for n in route.policy.candidates if n in e.table.names]
    found = outcome(route.policy, e.table)
    return Simulation(
        suite=e.table.suite,
        policy=route.policy,
        figures=route_figures(found, e.table),
        breaches=breaches(route.policy, e.table, limits),
        governance=governance(route.policy, e.table, today=today),
        simulated=bool(e.table.simulated[rows].any()),
    )


def _write_schema(folder: Path) -> None:
    """Puts the schema where the file's head says that an editor finds it."""
    target = folder / ".evalkit" / "routes.schema.json"
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        text = files("evalkit").joinpath("schemas", target.name).read_text(encoding="utf-8")
        target.write_text(text, encoding="utf-8")
