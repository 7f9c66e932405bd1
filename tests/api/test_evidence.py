"""Claims about what is evidence: the latest whole run of each suite and candidate, and what is newer."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit import api
from evalkit.api.evidence import Measured, choose_runs, gather_evidence
from evalkit.errors import ExitCode, UsageError
from evalkit.gate import GateVerdict
from tests.projects import SUITE, simulated, write_project, write_suite

HERBS = "herbs"


def measured(run_id: str, *, whole: bool, fingerprint: str = "f", samples: int = 10) -> Measured:
    return Measured(
        suite="s", candidate="c", run_id=run_id, samples=samples, fingerprint=fingerprint, whole=whole
    )


def test_the_latest_whole_run_is_chosen_and_a_newer_partial_one_named() -> None:
    """Five items asked in passing are no reason to forget five hundred."""
    chosen, newer = choose_runs(
        [measured("3", whole=False), measured("2", whole=True), measured("1", whole=True)]
    )
    assert [m.run_id for m in chosen] == ["2"]
    assert [(n.run_id, n.changed) for n in newer] == [("3", False)]


def test_a_newer_whole_run_leaves_nothing_beside_it() -> None:
    """What came before it is history."""
    chosen, newer = choose_runs([measured("2", whole=True), measured("1", whole=False)])
    assert ([m.run_id for m in chosen], newer) == (["2"], [])


def test_without_a_whole_run_the_latest_is_taken() -> None:
    """A gate refuses it as partial, and says so."""
    chosen, newer = choose_runs([measured("2", whole=False), measured("1", whole=False)])
    assert ([m.run_id for m in chosen], newer) == (["2"], [])


def test_a_changed_candidate_in_a_newer_partial_run_is_marked() -> None:
    """The whole run is of what the candidate was before."""
    _, newer = choose_runs([measured("2", whole=False, fingerprint="g"), measured("1", whole=True)])
    assert [n.changed for n in newer] == [True]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two suites with an accepted run; the candidate has lost half of its accuracy since."""
    file = write_project(
        tmp_path, {"one": simulated(accuracy=0.95)}, n_items=60, gate={"allow": ["simulated"]}
    )
    write_suite(tmp_path / "suites", n_items=60, name=HERBS)
    run = api.run(project=file).run_id
    for suite in (SUITE, HERBS):
        api.promote(run, suite=suite, candidate="one", why="in use", allow=["simulated"], project=file)
    file.write_text(file.read_text().replace("0.95", "0.5"))
    api.run(project=file)
    return file


def outcomes(verdict: GateVerdict) -> dict[str, str]:
    return {case.suite: case.outcome for case in verdict.cases}


def test_a_smoke_run_changes_no_verdict(project: Path) -> None:
    """After `run --limit 5` on one suite the fails of all suites stand, and the new run is named."""
    before = api.gate(project=project)
    assert outcomes(before) == {SUITE: "fail", HERBS: "fail"}
    smoke = api.run(suites=[SUITE], limit=5, project=project).run_id
    after = api.gate(project=project)
    assert outcomes(after) == outcomes(before)
    assert (after.outcome, after.exit_code) == ("fail", ExitCode.REGRESSION)
    assert any(smoke in note for case in after.cases for note in case.notes)
    inputs = api.report_input(api.open_project(project), None, title="x")
    assert smoke not in set(inputs.samples["run_id"])


def test_a_smoke_run_of_a_changed_candidate_is_not_passed_on_older_evidence(project: Path) -> None:
    """What is evidence is then of another candidate than the one that would ship."""
    file = project
    file.write_text(file.read_text().replace("0.5", "0.95"))
    api.run(project=file)
    assert api.gate(project=file).passed
    file.write_text(file.read_text().replace("0.95", "0.2"))
    api.run(suites=[SUITE], limit=5, project=file)
    verdict = api.gate(project=file)
    assert outcomes(verdict) == {SUITE: "not_judged", HERBS: "pass"}
    assert not verdict.passed


def test_shards_are_judged_together(project: Path) -> None:
    """A CI matrix runs each suite by itself; one verdict is on all of them."""
    shards = [api.run(suites=[name], project=project).run_id for name in (SUITE, HERBS)]
    verdict = api.gate(shards, project=project)
    assert set(verdict.runs) == set(shards)
    assert outcomes(verdict) == {SUITE: "fail", HERBS: "fail"}
    one = api.gate(shards[0], project=project)
    assert outcomes(one) == {SUITE: "fail", HERBS: "not_judged"}, "the run lacks what has a baseline"


def test_a_gate_of_some_suites_asks_for_no_others(project: Path) -> None:
    """The other suite's baseline does not make it unjudged, and a misspelt name is an error."""
    run = api.run(suites=[SUITE], project=project).run_id
    assert outcomes(api.gate(run, suites=[SUITE], project=project)) == {SUITE: "fail"}
    with pytest.raises(UsageError, match="plantz"):
        api.gate(run, suites=["plantz"], project=project)


def test_stakes_are_those_of_the_suite_as_it_is_now(project: Path) -> None:
    """A floor that was set after the run holds at once: nothing has to be asked anew."""
    home = api.open_project(project)
    suite = project.parent / "suites" / SUITE / "suite.yaml"
    suite.write_text(suite.read_text().replace("quality_floor: 0.5", "quality_floor: 0.99"))
    entry = next(e for e in gather_evidence(home).manifests[0].suites if e.name == SUITE)
    assert entry.stakes.quality_floor == 0.99


def test_a_candidate_that_left_the_project_does_not_hold_the_gate_up(project: Path) -> None:
    """Tried once and dropped, it has no baseline and needs none; named, or with a baseline, it is judged."""
    text = project.read_text()
    project.write_text(text.replace("candidates:", "candidates:\n  tried: {tier: mid, backend: simulated}"))
    run = api.run(candidates=["tried"], project=project).run_id
    assert "not_judged" in {c.outcome for c in api.gate(project=project).cases}
    project.write_text(text)
    verdict = api.gate(project=project)
    assert outcomes(verdict) == {SUITE: "fail", HERBS: "fail"}
    assert [(a.candidate, a.reason) for a in verdict.left_aside] == [("tried", "not in the project any more")]
    named = api.gate(run, project=project)
    assert {c.outcome for c in named.cases if c.candidate == "tried"} == {"not_judged"}
