"""The wheel in an empty environment: `evalkit demo` runs from any folder, on the real slim model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError
from evalkit.models import locate

ROOT = Path(__file__).parents[2]
ITEMS = 2
SUITES = {
    "support-triage": "classification",
    "order-extraction": "extraction",
    "calendar-tools": "tool_calls",
}
CANDIDATES = {
    "slim-plain": "slim",
    "slim-constrained": "slim",
    "mid-standin": "mid",
    "frontier-standin": "frontier",
}

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Demo:
    folder: Path
    stdout: str
    command: Path
    environment: Mapping[str, str]

    def sql(self, query: str) -> list[dict[str, object]]:
        done = self.run("sql", "--json", "--store", str(self.folder / "evalkit.duckdb"), query)
        rows: list[dict[str, object]] = json.loads(done)
        return rows

    def run(self, *arguments: str) -> str:
        return checked(str(self.command), *arguments, cwd=self.folder, environment=self.environment)


def checked(*command: str, cwd: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=dict(environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Builds the wheel, installs it with its locked dependencies into an empty environment, runs the demo."""
    try:
        locate("smollm2-135m-q4_1")
    except EvalkitError as error:
        pytest.skip(f"no weights of the slim model: {error}")
    place = tmp_path_factory.mktemp("wheel")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "VIRTUAL_ENV"))}
    environment |= {"NO_COLOR": "1", "COLUMNS": "160"}
    checked(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(ROOT),
        cwd=place, environment=environment,
    )  # fmt: skip
    (wheel,) = place.glob("*.whl")
    venv.create(place / "env", with_pip=True)
    python = place / "env" / "bin" / "python"
    checked(
        str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "-c", str(ROOT / "requirements.lock"), f"{wheel}[local]", cwd=place, environment=environment,
    )  # fmt: skip
    folder = place / "anywhere" / "evalkit-demo"
    command = place / "env" / "bin" / "evalkit"
    folder.parent.mkdir()
    stdout = checked(str(command), "demo", "--items", str(ITEMS), cwd=folder.parent, environment=environment)
    return Demo(folder=folder, stdout=stdout, command=command, environment=environment)


def test_there_is_a_sample_for_every_item_candidate_and_family(demo: Demo) -> None:
    """Three families × three tiers, and the count is items × candidates × repeats."""
    rows = demo.sql("SELECT family, candidate, tier, count(*) AS n FROM samples GROUP BY ALL")
    found = {(r["family"], r["candidate"], r["tier"]): r["n"] for r in rows}
    assert found == {(f, c, t): ITEMS for f in SUITES.values() for c, t in CANDIDATES.items()}


def test_the_slim_tier_is_real_and_measured(demo: Demo) -> None:
    """A demo of made-up answers in every tier would show nothing."""
    slim = demo.sql(
        "SELECT simulated, input_tokens, output_tokens, latency_s, ttft_s, cost_usd "
        "FROM samples WHERE tier = 'slim'"
    )
    assert not any(r["simulated"] for r in slim)
    for name in ("input_tokens", "output_tokens", "latency_s", "ttft_s", "cost_usd"):
        values = [r[name] for r in slim]
        assert all(isinstance(v, (int, float)) and v > 0 for v in values), name
    others = demo.sql("SELECT DISTINCT simulated FROM samples WHERE tier <> 'slim'")
    assert others == [{"simulated": True}]


def test_every_failure_has_an_error_kind_and_no_success_has_one(demo: Demo) -> None:
    """The weekly review groups by it."""
    rows = demo.sql("SELECT success, error_kind FROM samples")
    assert all((r["error_kind"] is None) == r["success"] for r in rows)


def test_the_end_of_the_demo_says_what_a_person_needs(demo: Demo) -> None:
    """A table, the verdict, what is simulated, and where the report is."""
    for words in ("slim-constrained", "SIMULATED", "gate: ", "report: file://", *SUITES):
        assert words in demo.stdout
    assert "NOT JUDGED" not in demo.stdout, "a suite that the demo does not run is not asked for"
    report = demo.stdout.rsplit("report: file://", 1)[1].strip()
    page = Path(report).read_text(encoding="utf-8")
    assert "SIMULATED" in page.upper()


def test_the_wheel_carries_what_the_clone_has(demo: Demo) -> None:
    """Suites, schemas, templates and baselines are data that a build can forget."""
    home = demo.folder.parent / "project"
    home.mkdir()
    checked(str(demo.command), "init", cwd=home, environment=demo.environment)
    checked(str(demo.command), "suites", "validate", cwd=home, environment=demo.environment)
    listed = json.loads(checked(str(demo.command), "suites", "list", "--json", cwd=demo.folder.parent,
                                environment=demo.environment))  # fmt: skip
    assert {r["name"] for r in listed["suites"]} == {
        p.parent.name for p in (ROOT / "suites").glob("*/suite.yaml")
    }
