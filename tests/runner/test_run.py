"""Runs from plan to run folder, on simulated candidates and a stand-in server."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evalkit.config import Project, load_project
from evalkit.errors import RunError, UnavailableError
from evalkit.records import Sample
from evalkit.runner import RunFolder, RunResult, make_plan, resume_run, start_run
from evalkit.runner.folder import new_run_id
from evalkit.runner.journal import read_finished_samples, read_journal
from evalkit.suites import load_suite
from tests.projects import answer_rightly, served, simulated, write_project
from tests.servers.stand_in import StandIn, always, first_times


def project_with(folder: Path, **candidates: object) -> Project:
    return load_project(write_project(folder, candidates))


def run(project: Project, *, repeats: int = 1, stop_after: int | None = None) -> RunResult:
    suite = load_suite(project.suites[0] / "plants")
    plan = make_plan([suite], list(project.candidates.values()), repeats=repeats)

    def rule(tallies: object) -> str | None:
        assert isinstance(tallies, dict)
        done = sum(t.done for t in tallies.values())
        return "stopped by the test" if stop_after is not None and done >= stop_after else None

    return start_run(plan, project.runs, stop_rule=rule)


def samples(result: RunResult) -> list[Sample]:
    return list(read_finished_samples(result.folder / "journal.jsonl").values())


def test_there_is_one_sample_for_every_item_candidate_and_repeat(tmp_path: Path) -> None:
    """The count is a promise: items × candidates × repeats, whatever fails."""
    result = run(project_with(tmp_path, a=simulated(fault_rate=0.4), b=simulated(accuracy=0.5)), repeats=2)
    counts = Counter(s.candidate for s in samples(result))
    assert counts == {"a": 24, "b": 24}
    assert result.manifest.status == "done"
    assert result.manifest.samples_planned == 48


def test_simulated_samples_say_so(tmp_path: Path) -> None:
    """Simulated is said in the store, so it must be said in the journal."""
    result = run(project_with(tmp_path, a=simulated(fault_rate=0.3)))
    assert all(s.simulated for s in samples(result))
    assert all(e.simulated for e in result.manifest.candidates)


def test_a_declared_accuracy_is_met_by_the_families_own_scorer(tmp_path: Path) -> None:
    """A simulated candidate must be right and wrong by the same scorer as a real one."""
    right = run(project_with(tmp_path / "one", a=simulated(accuracy=1.0)))
    wrong = run(project_with(tmp_path / "two", a=simulated(accuracy=0.0)))
    assert all(s.score and s.score.success for s in samples(right))
    assert not any(s.score and s.score.success for s in samples(wrong))
    assert all(s.score and s.score.error_kind for s in samples(wrong))


def test_a_lasting_fault_is_a_faulted_sample_and_the_run_goes_on(tmp_path: Path) -> None:
    """Elsewhere one item that fails three times aborts the run and loses the paid answers."""
    hard = "plant number 3"
    with StandIn(
        answer=answer_rightly,
        fault=lambda body, _n: "500" if body["messages"][-1]["content"] == hard else None,
    ).in_thread() as server:
        result = run(project_with(tmp_path, a=served(server.base_url, max_attempts=2)))
    by_item = {s.item_id: s for s in samples(result)}
    assert len(by_item) == 12
    failed = by_item["p-0003"]
    assert (failed.status, failed.fault, failed.attempts) == ("faulted", "server_error", 2)
    assert failed.score is not None
    assert failed.score.error_kind == "backend_error"
    assert all(s.score and s.score.success for i, s in by_item.items() if i != "p-0003")


def test_each_attempt_is_in_the_journal_with_its_time_and_cost(tmp_path: Path) -> None:
    """Retries are paid for, in money and in waiting."""
    with StandIn(answer=answer_rightly, fault=first_times("429")).in_thread() as server:
        result = run(project_with(tmp_path, a=served(server.base_url)))
    records = list(read_journal(result.folder / "journal.jsonl"))
    attempts = [r for r in records if not isinstance(r, Sample)]
    assert Counter(a.status for a in attempts) == {"faulted": 12, "answered": 12}
    for sample in samples(result):
        assert sample.attempts == 2
        assert sample.latency_s is not None
        assert sample.e2e_latency_s is not None
        assert sample.e2e_latency_s > sample.latency_s
        assert sample.cost_usd == pytest.approx((7 * 1.0 + 1 * 2.0) / 1e6)


def test_resume_asks_what_has_no_answer_and_nothing_else(tmp_path: Path) -> None:
    """A finished answer was paid for: it is never asked again."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url, concurrency=2))
        stopped = run(project, stop_after=5)
        assert stopped.manifest.status == "partial"
        before = {s.item_id for s in samples(stopped)}
        asked_before = len(server.asked)
        resumed = resume_run(RunFolder(stopped.folder))
        asked_again = {str(a.body["messages"][-1]["content"]) for a in server.asked[asked_before:]}
    assert 5 <= len(before) < 12
    assert not {f"plant number {int(i[2:])}" for i in before} & asked_again
    assert len(samples(resumed)) == 12
    assert (resumed.manifest.status, resumed.manifest.partial_reason) == ("done", None)


def test_resume_asks_faulted_items_again(tmp_path: Path) -> None:
    """A fault is the server's failing on one day; the model deserves its answer."""
    with StandIn(answer=answer_rightly, fault=always("500")).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url, max_attempts=1))
        first = run(project)
        assert {s.status for s in samples(first)} == {"faulted"}
        server.fault = always(None)
        second = resume_run(RunFolder(first.folder))
    assert {s.status for s in samples(second)} == {"answered"}
    assert second.tallies["a"].done == 12


def test_a_resumed_run_equals_an_unbroken_one(tmp_path: Path) -> None:
    """Telemetry aside, how a run was cut up must not show in its results."""
    project = project_with(tmp_path, a=simulated(accuracy=0.6), b=simulated(accuracy=0.9))
    whole = run(project)
    part = run(project, stop_after=7)
    resumed = resume_run(RunFolder(part.folder))

    assert comparable(resumed) == comparable(whole)


def comparable(result: RunResult) -> list[str]:
    """What must not depend on how the run was cut up, in one order."""
    return sorted(
        repr((s.key, s.status, s.output, s.score, s.request_hash, s.suite_version)) for s in samples(result)
    )


def test_a_local_candidate_that_does_not_start_costs_its_own_samples_alone(tmp_path: Path) -> None:
    """Weights that only the runtime finds broken must not stop the others, nor make its samples vanish."""
    (tmp_path / "torn.gguf").write_bytes(b"GGUF" + bytes(4000))
    broken = {"tier": "slim", "backend": "llamacpp", "model": str(tmp_path / "torn.gguf")}
    result = run(project_with(tmp_path, broken=broken, fine=simulated(accuracy=1.0)))
    by_candidate = Counter((s.candidate, s.status) for s in samples(result))
    assert by_candidate == {("broken", "faulted"): 12, ("fine", "answered"): 12}


def test_missing_weights_are_said_before_anyone_is_asked(tmp_path: Path) -> None:
    """What can be known beforehand must not cost a run of the others, nor leave an empty run behind."""
    missing = {"tier": "slim", "backend": "llamacpp", "model": str(tmp_path / "none.gguf")}
    project = project_with(tmp_path, missing=missing, fine=simulated())
    with pytest.raises(UnavailableError, match="no file of weights"):
        run(project)
    assert not project.runs.exists() or not list(project.runs.iterdir())


def test_a_run_in_progress_is_not_entered_twice(tmp_path: Path) -> None:
    """Two writers would ask twice and pay twice."""
    result = run(project_with(tmp_path, a=simulated()), stop_after=2)
    folder = RunFolder(result.folder)
    with folder.lock(), pytest.raises(RunError, match="in progress"):
        resume_run(folder)


def test_candidates_that_share_hardware_never_run_at_once(tmp_path: Path) -> None:
    """Their latencies would measure each other."""
    with StandIn(answer=answer_rightly, latency_s=0.02).in_thread() as server:
        shared = {"hardware": "gpu-0", "concurrency": 3}
        run(project_with(tmp_path, a=served(server.base_url, model="a", **shared),
                         b=served(server.base_url, model="b", **shared)))  # fmt: skip
        order = [str(a.body["model"]) for a in server.asked]
    assert order == sorted(order)


def test_each_repeat_has_a_seed_of_its_own(tmp_path: Path) -> None:
    """A server that honours seeds would otherwise give the same answer k times and look steady."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url, decoding={"seed": 40, "temperature": 1.0}))
        run(project, repeats=3)
        seeds = Counter(a.body["seed"] for a in server.asked)
    assert seeds == {40: 12, 41: 12, 42: 12}


def test_run_ids_sort_by_time_within_a_second() -> None:
    """`latest` is found by name: of two runs in one second it must be the later."""
    second = datetime(2026, 11, 21, 23, 15, 2, tzinfo=UTC)
    ids = [new_run_id(second + timedelta(milliseconds=n)) for n in range(0, 1000, 7)]
    assert ids == sorted(ids)
