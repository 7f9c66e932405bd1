"""docs/lm_eval.md: its example runs, and it names what the code names."""

from __future__ import annotations

import re
from pathlib import Path

from evalkit import api
from evalkit.families import get_family
from evalkit.lm_eval_bridge.backend import OPTIONS
from evalkit.lm_eval_bridge.export import METRICS
from evalkit.runner.folder import RunFolder
from evalkit.runner.journal import read_finished_samples
from tests.servers.stand_in import Body, StandIn

PAGE = (Path(__file__).parents[2] / "docs" / "lm_eval.md").read_text(encoding="utf-8")
CAPITALS = {"France": "Paris.", "Japan": "tokyo", "Kenya": "Mombasa"}


def test_the_example_runs_as_it_stands(tmp_path: Path) -> None:
    """Examples are copied first and read later."""
    with StandIn(answer=_recall).in_thread() as server:
        for name, text in re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE):
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            text = text.replace("DATA", str(file.parent)).replace("http://127.0.0.1:8000/v1", server.base_url)
            file.write_text(text, encoding="utf-8")
        result = api.run(["capitals"], project=tmp_path / "evalkit.yaml")
    samples = list(read_finished_samples(RunFolder(result.folder).journal_path).values())
    right = {(s.candidate, s.item_id) for s in samples if s.score and s.score.success}
    assert len(samples) == 6
    assert right == {(c, i) for c in ("ours", "through-lm-eval") for i in ("0", "1")}


def test_every_option_error_kind_and_metric_is_named() -> None:
    """What a report or an error shows must be explained somewhere."""
    words = [*(f"options.{o}" for o in OPTIONS), *get_family("lm_eval").error_kinds, *METRICS]
    assert [w for w in words if f"`{w}`" not in PAGE] == []


def _recall(body: Body) -> str:
    return next(city for land, city in CAPITALS.items() if land in str(body["messages"][-1]["content"]))
