"""What a user sees who got something wrong: one line with the place and the next step, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import evalkit, start
from tests.projects import SUITE, answer_rightly, served, simulated, write_project
from tests.servers.stand_in import StandIn


def complaint(project: Path, *arguments: str, code: int, **environment: str) -> str:
    done = evalkit(*arguments, cwd=project, **environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("error: ")]
    return line


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path, {"sim": simulated()}).parent


def change_items(project: Path, line: int, **changes: object) -> None:
    path = project / "suites" / SUITE / "items.jsonl"
    lines = [json.loads(text) for text in path.read_text().splitlines()]
    lines[line - 1] |= changes
    path.write_text("".join(json.dumps({k: v for k, v in x.items() if v is not ...}) + "\n" for x in lines))


def test_an_unknown_key_names_its_line_and_the_near_name(project: Path) -> None:
    """A misspelt key that is passed over silently costs a day."""
    file = project / "evalkit.yaml"
    file.write_text(file.read_text() + "baslines: here\n")
    line = complaint(project, "run", code=2)
    assert "evalkit.yaml:" in line
    assert "'baslines'" in line
    assert "'baselines'" in line


def test_a_key_in_the_project_file_is_refused(project: Path) -> None:
    """Keys never stand in files that go to git; the error must not repeat the key either."""
    file = project / "evalkit.yaml"
    file.write_text(
        file.read_text().replace("backend: simulated", "backend: openai\n    api_key: sk-planted-123")
    )
    line = complaint(project, "run", code=2)
    assert "api_key_env" in line
    assert "sk-planted-123" not in line


def test_a_missing_suite_gets_the_near_name(project: Path) -> None:
    """Suites are named on the command line by hand."""
    assert f"did you mean '{SUITE}'?" in complaint(project, "run", "--suites", "plant", code=2)


def test_an_unknown_candidate_gets_the_near_name(project: Path) -> None:
    """So are candidates."""
    assert "did you mean 'sim'?" in complaint(project, "run", "--candidates", "simm", code=2)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"id": ...}, "id"),
        ({"id": "p-0000"}, "'p-0000'"),
        ({"target": "friut"}, "'fruit'"),
    ],
    ids=["without an id", "duplicate id", "target outside the labels"],
)
def test_a_faulty_item_names_its_file_and_line(
    project: Path, changes: dict[str, object], wanted: str
) -> None:
    """Suites are written by people; the fifth line of five thousand must be found at once."""
    change_items(project, 5, **changes)
    line = complaint(project, "run", code=2)
    assert "items.jsonl:5" in line
    assert wanted in line


def test_a_target_that_breaks_its_schema_names_its_line(tmp_path: Path) -> None:
    """An extraction target outside its own schema can never be reached."""
    write_project(tmp_path, {"sim": simulated()})
    suite = tmp_path / "suites" / "orders"
    suite.mkdir()
    (suite / "suite.yaml").write_text(
        "name: orders\nfamily: extraction\nversion: '1'\n"
        "schema: {type: object, properties: {total: {type: number}}, required: [total]}\n"
    )
    (suite / "items.jsonl").write_text(
        '{"id": "a", "input": "3 euros", "target": {"total": 3}}\n'
        '{"id": "b", "input": "4 euros", "target": {"total": "four"}}\n'
    )
    line = complaint(tmp_path, "run", "--suites", "orders", code=2)
    assert "items.jsonl:2" in line


def test_an_unreachable_endpoint_is_said_before_anything_runs(tmp_path: Path) -> None:
    """A server that is not up must not become a run full of faults."""
    write_project(tmp_path, {"a": served("http://127.0.0.1:9/v1")})
    line = complaint(tmp_path, "run", code=1)
    assert "127.0.0.1:9" in line


def test_a_key_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    """The fix is one export away."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, api_key_env="NO_SUCH_KEY_HERE")})
        assert "NO_SUCH_KEY_HERE" in complaint(tmp_path, "run", code=1)


def test_a_store_that_is_not_duckdb_is_said(project: Path) -> None:
    """`store:` may point at anything."""
    (project / "evalkit.duckdb").write_text("hello, this is a diary\n" * 400)
    assert "not a DuckDB file" in complaint(project, "sql", "SELECT 1", code=1)


def test_a_store_that_cannot_take_the_run_is_said_before_it(project: Path) -> None:
    """Quiet or not, a run that is paid for must not end well while its answers went nowhere."""
    (project / "evalkit.duckdb").write_text("hello, this is a diary\n" * 400)
    assert "not a DuckDB file" in complaint(project, "run", "--quiet", code=1)
    assert not (project / "runs").exists()


def test_a_run_in_progress_is_said(tmp_path: Path) -> None:
    """Resuming a run that is still going would ask everything twice."""
    with StandIn(answer=answer_rightly, latency_s=0.3).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, concurrency=1)})
        child = start("run", cwd=tmp_path)
        try:
            while len(server.asked) < 2 and child.poll() is None:
                pass
            assert "in progress" in complaint(tmp_path, "run", "--resume", code=1)
        finally:
            child.kill()
            child.communicate()


def test_a_local_only_suite_is_not_sent_out(tmp_path: Path) -> None:
    """Private text must be refused before a connection is made."""
    write_project(tmp_path, {"a": served("https://api.example.invalid/v1")})
    yaml_file = tmp_path / "suites" / SUITE / "suite.yaml"
    yaml_file.write_text(yaml_file.read_text().replace("risk: low", "risk: low\n  privacy: local_only"))
    assert "local_only" in complaint(tmp_path, "run", code=2)


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    """The first command of a new user is often `evalkit run` in an empty folder."""
    assert "evalkit init" in complaint(tmp_path, "run", code=2)


def test_an_env_file_is_read_only_when_asked_for_and_never_over_what_is_set(tmp_path: Path) -> None:
    """A stray .env must not change a run; an opted-in one must not undo an export."""
    with StandIn(answer=answer_rightly, key="from-file").in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, api_key_env="PLANTED_KEY")}, n_items=2)
        (tmp_path / ".env").write_text("PLANTED_KEY=from-file\n")
        assert "PLANTED_KEY" in complaint(tmp_path, "run", code=1)
        file = tmp_path / "evalkit.yaml"
        file.write_text(file.read_text() + "env_file: .env\n")
        asked = evalkit("run", "--json", cwd=tmp_path)
        assert asked.returncode == 0, asked.stderr
        assert {a.headers["Authorization"] for a in server.asked} == {"Bearer from-file"}
        evalkit("run", "--json", cwd=tmp_path, PLANTED_KEY="from-shell")
        assert server.asked[-1].headers["Authorization"] == "Bearer from-shell"
