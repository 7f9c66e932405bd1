"""`evalkit run --load`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evalkit import api
from evalkit.cli.run import command
from evalkit.errors import UsageError
from tests.projects import answer_rightly, served, simulated, write_project
from tests.servers.stand_in import StandIn

HELP: Any = {"help_option_names": ["-h", "--help"]}
"""As the whole command line has it: a command keeps the options that it was first called with."""

PLACES, TAKES_S = 5, 0.1
CAPACITY_PER_S = PLACES / TAKES_S


def run(folder: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(command, [*arguments, "--project", str(folder)], standalone_mode=False, **HELP)
    assert done.exception is None, done.output
    assert done.return_value == 0
    return done


def test_a_sweep_finds_what_a_server_of_known_rate_bears(tmp_path: Path) -> None:
    """The whole way over a real socket: the knee within 10%, each step a run whose samples say the load."""
    with StandIn(answer=answer_rightly, latency_s=TAKES_S, places=PLACES).in_thread() as server:
        write_project(tmp_path, {"slim": served(server.base_url, concurrency=1)}, n_items=60)
        done = run(tmp_path, "--load", "40,90", "--step-requests", "110", "--json")
    told = json.loads(done.stdout)
    (figures,) = told["loads"]
    assert figures["knee_per_s"] == pytest.approx(CAPACITY_PER_S, rel=0.1)
    assert [step["kept_up"] for step in figures["steps"]] == [True, False]
    assert len(server.asked) == 220
    samples = api.open_store(project=tmp_path).samples()
    for run_id, load in zip(told["runs"], ("rate=40/s", "rate=90/s"), strict=True):
        step = samples[samples["run_id"] == run_id]
        assert set(step["load"]) == {load}
        assert len(step) == 110
        assert 85 <= step["e2e_latency_s"].notna().sum() < 110, "a tenth is warm-up"


def test_a_load_is_told_in_tables_and_sentences(tmp_path: Path) -> None:
    """What is not known of the knee is said, with what to do next."""
    write_project(tmp_path, {"made-up": simulated(latency_s=0.01)})
    done = run(tmp_path, "--load", "50", "--step-seconds", "1")
    assert "kept up" in done.stdout
    assert "knee: not found, every step kept up: offer more" in done.stdout
    assert "step 1 of 1: 50 requests/s, 50 for each candidate in 1 s" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--load", "fast"), "is not of the form 1,2,4,8"),
        (("--load", "1,0"), "each rate must be above 0"),
        (("--load", "1", "--reuse"), "--reuse does not go with --load"),
        (("--load", "1", "--resume"), "--resume does not go with --load"),
        (("--load", "1", "--step-requests", "5", "--step-seconds", "5"), "not both"),
        (("--load", "1", "--step-requests", "5", "--repeats", "2"), "leave limit and repeats out"),
        (("--load", "10", "--warm-up", "5"), "all of it warm-up"),
        (("--warm-up", "5"), "say --load"),
    ],
)
def test_a_load_that_makes_no_sense_is_refused_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    """Nothing is asked of anyone, and the line says what to do next."""
    write_project(tmp_path, {"made-up": simulated()})
    done = CliRunner().invoke(command, [*arguments, "--project", str(tmp_path)], **HELP)
    assert done.exit_code == 2 or isinstance(done.exception, UsageError)
    assert told in f"{done.output} {done.exception}"
    assert not (tmp_path / "runs").exists()
