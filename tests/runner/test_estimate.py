"""What a run would do, before it does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit import api
from evalkit.config import load_project
from evalkit.runner import Estimate
from evalkit.runner.estimate import COUNTED, RULE_OF_THUMB
from tests.projects import answer_rightly, served, write_project
from tests.servers.stand_in import StandIn


def estimates(folder: Path, *, repeats: int = 1, reuse: bool = False, **candidates: object) -> list[Estimate]:
    project = load_project(write_project(folder, candidates))
    return list(api.estimate_run(api.RunRequest(repeats=repeats, reuse=reuse), project=project))


def test_nothing_is_asked_and_no_run_is_left(tmp_path: Path) -> None:
    """A preview that spends money is none."""
    with StandIn().in_thread() as server:
        (found,) = estimates(tmp_path, a=served(server.base_url), repeats=3)
        assert (server.asked, server.listed) == ([], 0)
    assert (found.items, found.requests) == (12, 36)
    assert not (tmp_path / "runs").exists()


def test_without_history_it_is_a_rule_of_thumb_and_an_upper_bound(tmp_path: Path) -> None:
    """Four characters a token in, at most max_tokens out: said as what it is."""
    (found,) = estimates(tmp_path, a=served("http://127.0.0.1:9/v1", decoding={"max_tokens": 50}))
    assert found.input_basis == RULE_OF_THUMB
    assert (found.output_tokens, found.output_is_limit) == (600, True)
    assert found.cost_usd == pytest.approx((found.input_tokens * 1.0 + 600 * 2.0) / 1e6)
    assert found.seconds is None


def test_with_history_it_is_what_was_counted(tmp_path: Path) -> None:
    """The second preview knows what the first run has shown: tokens, and how long an answer takes."""
    with StandIn(answer=answer_rightly, latency_s=0.02).in_thread() as server:
        project = load_project(write_project(tmp_path, {"a": served(server.base_url, concurrency=2)}))
        result = api.run(project=project)
        (found,) = api.estimate_run(api.RunRequest(), project=project)
    assert found.input_basis == COUNTED
    assert (found.input_tokens, found.output_tokens, found.output_is_limit) == (12 * 7, 12, False)
    assert found.cost_usd == pytest.approx(result.tallies["a"].cost_usd)
    assert found.seconds == pytest.approx(12 / 2 * 0.02, rel=2.0)


def test_what_is_not_known_is_none(tmp_path: Path) -> None:
    """An unknown price or length must not look like a small one."""
    endless = served("http://127.0.0.1:9/v1", decoding={"max_tokens": None})
    (unbounded,) = estimates(tmp_path / "one", a=endless)
    assert (unbounded.output_tokens, unbounded.cost_usd) == (None, None)
    (unpriced,) = estimates(tmp_path / "two", a=served("http://127.0.0.1:9/v1", price={}))
    assert unpriced.cost_usd is None


def test_reused_answers_are_taken_off(tmp_path: Path) -> None:
    """What is not asked costs nothing."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        project = load_project(write_project(tmp_path, {"a": served(server.base_url)}))
        api.run(project=project, limit=5)
        (found,) = api.estimate_run(api.RunRequest(reuse=True), project=project)
    assert (found.reused, found.requests) == (5, 7)


def test_a_rate_limit_is_the_least_time(tmp_path: Path) -> None:
    """Twelve requests at six a minute take two minutes, however quick the server is."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        api.run(project=load_project(write_project(tmp_path, {"a": served(server.base_url)})))
        (found,) = estimates(tmp_path, a=served(server.base_url, requests_per_minute=6))
    assert found.seconds == pytest.approx(120)
