"""How a run ends before its end: budgets, limits on time, an endpoint that is down."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.cli.run import budget
from evalkit.config import load_project
from evalkit.records import LaterScore, Sample, Score
from evalkit.runner import (
    CandidateCounts,
    Plan,
    RunFolder,
    RunResult,
    Silent,
    make_plan,
    resume_run,
    retry,
    schedule,
    start_run,
)
from evalkit.runner import breaker as breaking
from evalkit.runner.journal import Journal, read_finished_samples, read_journal
from evalkit.runner.schedule import StopRule, never_stop
from evalkit.suites import load_suite
from tests.projects import answer_rightly, served, write_project
from tests.servers.stand_in import StandIn, always

EACH_USD = (7 * 1.0 + 1 * 2.0) / 1e6
"""What one answer of the stand-in costs at the prices of `served`."""
OUTPUT_USD = 256 * 2.0 / 1e6
"""What as many tokens as an answer may have cost there."""


class Listening(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def notify(self, line: str) -> None:
        self.lines.append(line)


def run(
    folder: Path, rule: StopRule | None = None, observer: Listening | None = None, **candidates: object
) -> RunResult:
    project = load_project(write_project(folder, candidates, n_items=30))
    plan = make_plan([load_suite(project.suites[0] / "plants")], list(project.candidates.values()))
    return start_run(plan, project.runs, observer=observer, stop_rule=rule or (lambda _tallies: None))


def samples(result: RunResult) -> list[Sample]:
    return list(read_finished_samples(result.folder / "journal.jsonl").values())


def test_a_budget_in_dollars_stops_in_an_orderly_way(tmp_path: Path) -> None:
    """What is in flight is paid for: it is kept, and the run is marked partial with the reason."""
    with StandIn(answer=answer_rightly, latency_s=0.005).in_thread() as server:
        result = run(tmp_path, budget(10 * EACH_USD, None), a=served(server.base_url, concurrency=3))
        assert len(server.asked) == len(samples(result))
    assert 10 <= len(samples(result)) <= 12
    assert result.manifest.status == "partial"
    assert "budget" in (result.manifest.partial_reason or "")
    assert result.tallies["a"].cost_usd == pytest.approx(EACH_USD * len(samples(result)))


def hangs_once(number: int) -> Callable[[object, int], str | None]:
    """The first attempt at this plant hangs: nobody knows what it cost."""
    return lambda body, before: "hang" if f"number {number}" in str(body) and before == 0 else None


@pytest.mark.parametrize(("times_usd", "stops"), [(3.0, False), (0.9, True)])
def test_an_unknown_cost_counts_with_the_most_that_it_can_be(
    tmp_path: Path, times_usd: float, stops: bool
) -> None:
    """A time-out may be billed: a budget that took it for free would be passed without a word."""
    with StandIn(answer=answer_rightly, fault=hangs_once(3)).in_thread() as server:
        slow = served(server.base_url, concurrency=1, timeout_s=0.3, max_attempts=1)
        result = run(tmp_path, budget(times_usd * OUTPUT_USD, None), a=slow)
    tally = result.tallies["a"]
    hung = [s for s in samples(result) if s.status == "faulted"]
    assert tally.known_cost_usd == pytest.approx(EACH_USD * (tally.done - len(hung)))
    # 256 tokens of output, and fewer tokens of input than it has bytes.
    assert tally.most_cost_usd - tally.known_cost_usd >= OUTPUT_USD
    assert tally.most_cost_usd - tally.known_cost_usd < 2 * OUTPUT_USD
    assert (result.manifest.status == "partial") is stops
    assert (tally.done < 30) is stops


def test_a_budget_counts_what_was_spent_before_a_resume(tmp_path: Path) -> None:
    """Attempts that were never answered may be billed too; a budget that is spent asks nothing more."""
    with StandIn(answer=answer_rightly, fault=hangs_once(3)).in_thread() as server:
        slow = served(server.base_url, concurrency=1, timeout_s=0.3, max_attempts=1)
        first = run(tmp_path, budget(0.9 * OUTPUT_USD, None), a=slow)
        asked = len(server.asked)
        again = resume_run(RunFolder(first.folder), stop_rule=budget(0.9 * OUTPUT_USD, None))
        assert (len(server.asked), again.manifest.status) == (asked, "partial")
        assert again.tallies["a"].most_cost_usd >= OUTPUT_USD
        done = resume_run(RunFolder(first.folder), stop_rule=budget(9 * OUTPUT_USD, None))
    assert done.manifest.status == "done"


def test_what_hangs_at_the_time_limit_is_waited_for_a_while_and_left_to_a_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit of minutes must not become one of hours because a server holds its last requests."""
    monkeypatch.setattr(schedule, "GRACE_S", 0.2)
    observer = Listening()

    def fault(body: object, before: int) -> str | None:
        return "hang" if "number 3" in str(body) and before == 0 else None

    with StandIn(answer=answer_rightly, fault=fault).in_thread() as server:
        began = time.monotonic()
        result = run(tmp_path, budget(None, 0.5), observer, a=served(server.base_url, concurrency=4))
        assert time.monotonic() - began < 5
        assert result.manifest.status == "partial"
        assert result.tallies["a"].state == "stopped"
        assert any("left to a resume" in line for line in observer.lines)
        kept = samples(result)
        assert 0 < len(kept) < 30
        assert {s.status for s in kept} == {"answered"}
        resumed = resume_run(RunFolder(result.folder))
    assert resumed.tallies["a"].done == len(samples(resumed)) == 30


def test_a_resumed_run_counts_what_a_later_score_says(tmp_path: Path) -> None:
    """Progress and the store would tell two rates of the same run."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        result = run(tmp_path, lambda tallies: "enough" if tallies["a"].done > 9 else None,
                     a=served(server.base_url, concurrency=1))  # fmt: skip
        before = result.tallies["a"].successes
        first = next(s for s in samples(result) if s.score and s.score.success)
        wrong = Score(
            success=False, score=0.0, format_valid=True, error_kind="confused_label", scorer_hash="x"
        )
        later = {"suite": first.suite, "item_id": first.item_id, "candidate": "a", "score": wrong}
        journal = Journal(result.folder / "journal.jsonl")
        journal.append(LaterScore(**later), LaterScore(**later))
        journal.close()
        seen: list[int] = []

        class AtTheStart(Silent):
            def begin(self, plan: Plan, tallies: dict[str, CandidateCounts]) -> None:
                seen.append(tallies["a"].successes)

        resume_run(RunFolder(result.folder), observer=AtTheStart())
    assert seen == [before - 1]


def test_a_limit_on_time_holds_while_nothing_is_answered(tmp_path: Path) -> None:
    """An endpoint that answers nothing must not keep a run beyond its time; failed attempts are kept."""
    with StandIn(fault=always("503"), retry_after="30").in_thread() as server:
        began = time.monotonic()
        result = run(tmp_path, budget(None, 0.5), a=served(server.base_url, concurrency=2))
        took_s = time.monotonic() - began
    assert took_s < 5
    assert result.manifest.partial_reason == "stopped at the time limit of 0.5 s"
    assert {(s.status, s.fault) for s in samples(result)} == {("faulted", "server_error")}


def test_an_endpoint_that_is_down_is_given_up_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken endpoint costs neither the other candidates nor an evening; resume asks what is left."""
    monkeypatch.setattr(breaking, "GIVE_UP_AFTER_S", 0.3)
    monkeypatch.setattr(breaking, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.0)
    heard = Listening()
    with (
        StandIn(answer=answer_rightly, fault=always("500")).in_thread() as broken,
        StandIn(answer=answer_rightly).in_thread() as sound,
    ):
        result = run(
            tmp_path, None, heard,
            down=served(broken.base_url, concurrency=4), fine=served(sound.base_url),
        )  # fmt: skip
        asked = len(broken.asked)
        assert result.tallies["fine"].answered == 30
        assert asked < 30
        assert [line.split(":")[0] for line in result.given_up] == ["down was given up"]
        assert result.manifest.status == "partial"
        assert any("paused" in line for line in heard.lines)
        broken.fault = always(None)
        resumed = resume_run(RunFolder(result.folder))
    assert resumed.manifest.status == "done"
    assert {c: t.answered for c, t in resumed.tallies.items()} == {"down": 30, "fine": 30}


def test_an_outage_costs_a_pause_and_no_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it lasts, samples wait for the probe instead of spending their attempts."""
    monkeypatch.setattr(breaking, "FIRST_PAUSE_S", 0.3)
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.01)
    heard = Listening()
    began_s: list[float] = []

    def fault(_body: object, _before: int) -> str | None:
        """From the sixth request on for a quarter of a second: shorter than the pause that follows."""
        if len(server.asked) < 5:
            return None
        began_s.append(time.monotonic())
        return "503" if began_s[-1] - began_s[0] < 0.25 else None

    with StandIn(answer=answer_rightly, latency_s=0.01, fault=fault).in_thread() as server:
        result = run(tmp_path, None, heard, a=served(server.base_url, concurrency=12, max_attempts=4))
    assert {s.status for s in samples(result)} == {"answered"}
    assert any("paused" in line for line in heard.lines)
    assert "a answers again" in heard.lines


def test_rate_limits_hold_for_a_run(tmp_path: Path) -> None:
    """Six hundred a minute is ten a second, whatever the concurrency."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        result = run(tmp_path, a=served(server.base_url, concurrency=16, requests_per_minute=1200))
        times = [a.at for a in server.asked]
    assert result.manifest.status == "done"
    assert times[-1] - times[0] >= 29 * 0.05 - 0.1
    attempts = [r for r in read_journal(result.folder / "journal.jsonl") if not isinstance(r, Sample)]
    assert max(a.queued_s or 0.0 for a in attempts) > 0.2  # type: ignore[union-attr]


def test_a_run_without_a_limit_waits_for_no_score_before_the_next_request() -> None:
    """A rule that looks at each sample makes the runner count one before it sends the next."""
    assert budget(None, None) is never_stop
    assert budget(1.0, None) is not never_stop
    assert budget(None, 1.0) is not never_stop
