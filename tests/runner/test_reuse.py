"""Answers of earlier runs, taken again."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit import api
from evalkit.config import Project, load_project
from evalkit.economics.evidence import read_samples
from evalkit.economics.latency import latency_figures
from evalkit.records import Sample
from evalkit.runner.journal import read_finished_samples
from tests.projects import LABELS, answer_rightly, right_label, served, simulated, write_project, write_suite
from tests.servers.stand_in import StandIn


def project_with(folder: Path, **candidates: object) -> Project:
    return load_project(write_project(folder, candidates))


def run(project: Project, **arguments: object) -> list[Sample]:
    result = api.run(project=project, reuse=True, **arguments)  # type: ignore[arg-type]
    return list(read_finished_samples(result.folder / "journal.jsonl").values())


def test_an_answer_is_asked_once_and_marked_when_it_is_taken_again(tmp_path: Path) -> None:
    """A second run over the same items costs nothing, and says where its answers are from."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url))
        first = api.run(project=project)
        again = api.run(project=project, reuse=True)
        third = api.run(project=project, reuse=True)
        assert len(server.asked) == 12
    assert again.tallies["a"].reused == 12
    assert again.tallies["a"].cost_usd == 0.0
    for run_after in (again, third):
        kept = read_finished_samples(run_after.folder / "journal.jsonl").values()
        assert {s.reused_from for s in kept} == {first.run_id}
        assert {s.latency_s for s in kept} == {s.e2e_latency_s for s in kept} == {None}
        assert {s.attempts for s in kept} == {0}


def test_reused_answers_are_in_the_store_and_in_no_latency(tmp_path: Path) -> None:
    """Yesterday's times say nothing of today's server; what the answer cost is still what it cost."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url))
        first = api.run(project=project)
        again = api.run(project=project, reuse=True)
    samples = api.open_store(project=project).samples(again.run_id)
    assert samples["reused_from"].unique().tolist() == [first.run_id]
    assert samples["cost_usd"].sum() == pytest.approx(12 * 9e-6)
    figures = latency_figures(read_samples(samples))
    assert (figures.service_s, figures.end_to_end_s, figures.ttft_s) == (None, None, None)


def test_only_the_same_request_of_the_same_candidate_and_repeat_is_taken(tmp_path: Path) -> None:
    """Another temperature, prompt or repeat is another answer."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url))
        run(project)
        warmer = project_with(tmp_path, a=served(server.base_url, decoding={"temperature": 1.0}))
        assert {s.reused_from for s in run(warmer)} == {None}
        repeated = run(project, repeats=2)
        assert [s.reused_from is not None for s in sorted(repeated, key=lambda s: s.repeat)] == (
            [True] * 12 + [False] * 12
        )
        write_suite(tmp_path / "suites", prompt={"system": "Other words.", "user": "{{ input }}"})
        assert {s.reused_from for s in run(project)} == {None}


def test_a_reused_answer_is_scored_by_todays_targets(tmp_path: Path) -> None:
    """A corrected label is the commonest reason to run again; the prompt is the same, the score is not."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url))
        run(project)
        items = tmp_path / "suites" / "plants" / "items.jsonl"
        right = right_label("plant number 5")
        other = next(label for label in LABELS if label != right)
        lines = items.read_text().splitlines()
        lines[5] = lines[5].replace(f'"target": "{right}"', f'"target": "{other}"')
        items.write_text("\n".join(lines) + "\n")
        found = {s.item_id: s for s in run(project)}
    assert {i for i, s in found.items() if s.score and not s.score.success} == {"p-0005"}
    assert found["p-0005"].reused_from


def test_made_up_answers_are_made_up_again(tmp_path: Path) -> None:
    """A simulation follows the targets and costs nothing: taking it again could only be wrong."""
    project = project_with(tmp_path, a=simulated())
    run(project)
    assert {s.reused_from for s in run(project)} == {None}


def test_a_damaged_line_of_another_run_is_passed_over(tmp_path: Path) -> None:
    """An old run that was torn must not stop a new one."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = project_with(tmp_path, a=served(server.base_url))
        first = api.run(project=project)
        journal = first.folder / "journal.jsonl"
        lines = journal.read_text().splitlines()
        number = next(i for i, line in enumerate(lines) if '"kind":"sample"' in line)
        lines[number] = lines[number][:40]
        journal.write_text("\n".join(lines) + "\n")
        assert sum(s.reused_from is None for s in run(project)) == 1
