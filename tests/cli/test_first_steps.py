"""A new user's first commands: init, doctor, models, suites, sql."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands import evalkit
from tests.projects import simulated, write_project


def test_init_writes_a_project_that_loads_and_never_overwrites(tmp_path: Path) -> None:
    """The first file a user edits must not be lost by typing `init` again."""
    first = evalkit("init", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert (tmp_path / ".evalkit" / "evalkit.schema.json").is_file()
    mine = (tmp_path / "evalkit.yaml").read_text() + "# mine\n"
    (tmp_path / "evalkit.yaml").write_text(mine)
    again = evalkit("init", cwd=tmp_path)
    assert "kept" in again.stdout
    assert "wrote" not in again.stdout
    assert (tmp_path / "evalkit.yaml").read_text() == mine
    validated = evalkit("suites", "validate", cwd=tmp_path)
    assert validated.returncode == 0, validated.stdout


def test_the_first_suite_costs_little_and_can_be_left_out(tmp_path: Path) -> None:
    """A plain `run` asks all of it of every candidate."""
    done = evalkit("init", "mine", cwd=tmp_path)
    assert "next: cd mine && evalkit" in done.stdout
    listed = json.loads(evalkit("suites", "list", "--json", cwd=tmp_path / "mine").stdout)["suites"]
    assert [(s["name"], s["test_items"]) for s in listed] == [("support-triage", 12)]
    items = tmp_path / "mine" / "suites" / "support-triage" / "items.jsonl"
    rows = [json.loads(line) for line in items.read_text().splitlines()]
    assert len({r["target"] for r in rows if r["split"] == "test"}) == 8
    evalkit("init", "--empty", "bare", cwd=tmp_path)
    assert not (tmp_path / "bare" / "suites").exists()


def test_the_written_project_names_schemas_that_are_there(tmp_path: Path) -> None:
    """The editor header is worth nothing if its path leads nowhere."""
    evalkit("init", cwd=tmp_path)
    for file in (tmp_path / "evalkit.yaml", tmp_path / "suites" / "support-triage" / "suite.yaml"):
        header = file.read_text().splitlines()[0]
        schema = file.parent / header.split("$schema=")[1].strip()
        assert json.loads(schema.read_text())["title"] in (file.name, "An evalkit suite")


def test_a_model_that_is_not_there_names_the_command_that_brings_it(tmp_path: Path) -> None:
    """`evalkit run` right after `init` is what people do."""
    evalkit("init", cwd=tmp_path)
    done = evalkit("run", "--limit", "1", "--quiet", cwd=tmp_path, EVALKIT_CACHE=str(tmp_path / "empty"))
    listed = evalkit("models", "list", "--json", cwd=tmp_path, EVALKIT_CACHE=str(tmp_path / "empty"))
    assert all(m["path"] is None for m in json.loads(listed.stdout))
    assert "evalkit models pull smollm2-135m-q4_1" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_there_and_what_is_missing(tmp_path: Path) -> None:
    """The first thing asked in every support thread."""
    write_project(tmp_path, {"sim": simulated()})
    done = evalkit("doctor", "--json", cwd=tmp_path, EVALKIT_CACHE=str(tmp_path / "empty"))
    found = {f["subject"]: f for f in json.loads(done.stdout)}
    assert found["store"]["health"] == "ok"
    assert found["weights smollm2-135m-q4_1"]["health"] == "missing"
    assert "evalkit models pull" in found["weights smollm2-135m-q4_1"]["detail"]
    assert {"libgomp", "llamacpp backend", "disk"} <= set(found)


def test_doctor_finds_a_broken_store(tmp_path: Path) -> None:
    """A store that cannot be opened must not look sound."""
    write_project(tmp_path, {"sim": simulated()})
    (tmp_path / "evalkit.duckdb").write_bytes(b"not a database" * 1000)
    done = evalkit("doctor", cwd=tmp_path)
    assert done.returncode == 1
    assert "not a DuckDB file" in done.stdout


def test_sql_answers_as_table_csv_and_json(tmp_path: Path) -> None:
    """Any question that no page answers."""
    write_project(tmp_path, {"sim": simulated(accuracy=1.0)})
    assert evalkit("run", "--quiet", cwd=tmp_path).returncode == 0
    query = "SELECT candidate, count(*) AS n FROM samples GROUP BY ALL"
    assert json.loads(evalkit("sql", "--json", query, cwd=tmp_path).stdout) == [{"candidate": "sim", "n": 12}]
    assert evalkit("sql", "--csv", query, cwd=tmp_path).stdout == "candidate,n\nsim,12\n"
    assert "sim" in evalkit("sql", query, cwd=tmp_path).stdout
    wrong = evalkit("sql", "SELECT nothing FROM nowhere", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr
