"""A damaged run folder and a store that is held: said in a line, mended by the next step that it names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from evalkit.api.reports import damage_notes
from evalkit.store import Store
from tests.commands import COMMAND, environment, evalkit
from tests.projects import answer_rightly, served, simulated, write_project
from tests.servers.stand_in import StandIn


def samples_in(project: Path) -> int:
    (row,) = Store(project / "evalkit.duckdb").sql("SELECT count(*) AS n FROM samples").to_pylist()
    return int(row["n"])


def test_a_damaged_run_is_loaded_named_and_asked_again_where_it_is_damaged(tmp_path: Path) -> None:
    """A finished, paid run stays usable, and mending it costs the damaged answers alone."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url)})
        assert evalkit("run", "--quiet", cwd=tmp_path).returncode == 0
        (folder,) = (tmp_path / "runs").iterdir()
        journal = folder / "journal.jsonl"
        lines = journal.read_text("utf-8").splitlines()
        at = [k for k, line in enumerate(lines) if '"kind":"sample"' in line]
        lines[at[0]] = lines[at[0]].replace('"item_id":"p-', '"item_id":"q-')
        lines[at[1]] = lines[at[1]][:60]
        poisoned = json.loads(lines[at[2]])
        lines[at[2]] = json.dumps({**poisoned, "usage": {"input_tokens": 10**30}})
        journal.write_text("\n".join(lines) + "\n", "utf-8")

        shown = evalkit("sql", "SELECT count(*) FROM left_out", cwd=tmp_path)
        assert shown.returncode == 0, shown.stderr
        assert "Traceback" not in shown.stderr
        for place in (f"journal.jsonl:{at[0] + 1} is set aside: the run asks no item 'q-",
                      f"journal.jsonl:{at[1] + 1} is set aside: not JSON",
                      f"journal.jsonl:{at[2] + 1}: usage.input_tokens is unknown: 1000"):  # fmt: skip
            assert place in shown.stderr
        assert f"`evalkit run --resume {folder.name}` asks again" in shown.stderr
        assert samples_in(tmp_path) == 10
        (note,) = damage_notes(Store(tmp_path / "evalkit.duckdb"), [folder.name])
        assert "2 lines set aside, 1 value unknown, 2 samples missing" in note

        asked = len(server.asked)
        resumed = evalkit("run", "--resume", cwd=tmp_path)
        assert resumed.returncode == 0, resumed.stderr
        assert len(server.asked) - asked == 2
    assert samples_in(tmp_path) == 12
    assert "asks again" not in resumed.stderr.splitlines()[-1]


def test_a_store_that_is_held_is_said_to_the_quiet_too_and_loaded_later(tmp_path: Path) -> None:
    """A notebook left open must not make a script believe that the answers are in the store."""
    write_project(tmp_path, {"a": simulated(latency_s=0.0)})
    assert evalkit("run", "--quiet", cwd=tmp_path).returncode == 0
    store = str(tmp_path / "evalkit.duckdb")
    hold = f"import duckdb; c = duckdb.connect({store!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            done = subprocess.run(
                [*COMMAND, "run", "--quiet"], cwd=tmp_path, env=environment(), capture_output=True, text=True,
                timeout=120, check=False,
            )  # fmt: skip
        finally:
            holder.kill()
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("not loaded: ")
    assert f"(process {holder.pid})" in line
    assert "the next command that reads the store loads it" in line
    told = evalkit("sql", "--csv", "SELECT count(*) AS n FROM samples", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (0, "n\n24\n"), told.stderr
