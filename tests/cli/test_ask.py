"""`evalkit ask`: one item again, as a run would ask it, and nothing kept."""

from __future__ import annotations

import json

import pytest

from tests.commands import evalkit
from tests.projects import answer_rightly, item, served, simulated, write_project
from tests.servers.stand_in import StandIn


@pytest.fixture
def project(tmp_path):
    return write_project(tmp_path, {"sim": simulated(accuracy={"default": 0.0}), "other": simulated()}).parent


def test_the_answer_is_scored_and_nothing_is_kept(project):
    """A trial must not become the latest run: the next report would show one item."""
    said = evalkit("ask", "plants", "--item", "p-0003", "--candidates", "sim", cwd=project)
    target = item(3)["target"]
    assert said.returncode == 0
    assert f"target  {target}" in said.stdout
    assert "SIMULATED" in said.stdout
    assert f"expected {target}" in said.stdout
    assert not (project / "runs").exists()
    assert not list(project.glob("*.duckdb"))


def test_every_candidate_is_asked_as_often_as_wanted(project):
    """Whether a failure lasts is seen by asking again."""
    said = evalkit("ask", "plants", "--item", "p-0003", "--repeats", "2", "--json", cwd=project)
    samples = json.loads(said.stdout)["samples"]
    assert [(s["candidate"], s["repeat"]) for s in samples] == [
        ("sim", 0),
        ("sim", 1),
        ("other", 0),
        ("other", 1),
    ]
    assert {s["item_id"] for s in samples} == {"p-0003"}


def test_a_wrong_id_names_the_near_ones(project):
    """Ids are copied by hand from a screen."""
    said = evalkit("ask", "plants", "--item", "p-0030", cwd=project)
    assert said.returncode == 2
    assert "did you mean" in said.stderr
    assert "Traceback" not in said.stderr


def test_the_request_is_the_one_of_a_run_and_privacy_holds(tmp_path):
    """What is asked here must say something about the run; a private suite stays private here too."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        folder = write_project(tmp_path, {"c": served(server.base_url)}).parent
        assert evalkit("ask", "plants", "--item", "p-0001", cwd=folder).returncode == 0
        assert evalkit("run", "--quiet", cwd=folder).returncode == 0
        bodies = [asked.body for asked in server.asked]
    alone = [body for body in bodies if body["messages"][-1]["content"] == "plant number 1"]
    assert len(alone) == 2
    assert alone[0] == alone[1]
    suite = folder / "suites/plants/suite.yaml"
    suite.write_text(suite.read_text().replace("risk: low", "risk: low\n  privacy: local_only"))
    project_file = folder / "evalkit.yaml"
    project_file.write_text(project_file.read_text().replace(server.base_url, "http://192.0.2.1:9/v1"))
    refused = evalkit("ask", "plants", "--item", "p-0001", cwd=folder)
    assert refused.returncode == 2
    assert "local_only" in refused.stderr
