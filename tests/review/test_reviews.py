"""Decisions carry over runs, renamed items, two people's files and damage."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import cohen_kappa_score

from evalkit import api
from evalkit.cli import cli
from evalkit.review.agenda import Agenda, Group
from evalkit.review.bookkeeping import Outcome
from evalkit.review.files import append_decisions, decision_line, read_decisions
from evalkit.review.merging import measure_agreement, merge_decisions
from evalkit.review.records import Decision, Subject
from evalkit.review.wording import summary_lines
from evalkit.stats import nominal_kappa
from evalkit.training.requests import read_requests
from tests.projects import simulated, write_project

NOW = "2026-11-24T10:00:00+00:00"


def decision(item: str = "a", who: str = "ana", **changes: object) -> Decision:
    about = Subject(suite="plants", item_id=item, input_hash=f"hash-{item}", candidate="one")
    made = Decision(about=about, cause="model", action="none", who=who, when=NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def rerun(project: Path, accuracy: float) -> None:
    text = project.read_text()
    old = text.partition("accuracy: ")[2].partition("\n")[0]
    project.write_text(text.replace(f"accuracy: {old}", f"accuracy: {accuracy}"))
    api.run(project=project)


def test_a_decision_is_followed_through_runs_and_other_ids(tmp_path: Path) -> None:
    """The meeting's memory: still failing, fixed under another id, came back, reworded."""
    file = write_project(tmp_path, {"one": simulated(accuracy=0.0)}, n_items=4)
    api.run(project=file)

    def state() -> str:
        return api.review(with_simulated=True, project=file).standings[0].state

    made = api.decide(
        "p-0001", cause="prompt", action="train_on_like", note="<b>*x*</b> | y", due=date(2026, 1, 1),
        with_simulated=True, project=file,
    )  # fmt: skip
    first = api.review(with_simulated=True, project=file)
    assert made.about.input_hash
    assert first.counts() == {"open": 3}
    assert len(first.due) == 1
    requests = tmp_path / "requests.jsonl"
    requests.write_text(api.training_requests(file))
    (request,) = read_requests(requests)
    assert (request.item_id, request.tags) == ("p-0001", {"parity": "1"})
    time.sleep(1)  # a run's beginning is kept to the second
    rerun(file, 0.0)
    assert state() == "still_failing"
    items = tmp_path / "suites" / "plants" / "items.jsonl"
    items.write_text(items.read_text().replace('"p-0001"', '"renamed"'))
    rerun(file, 1.0)
    assert state() == "fixed"
    rerun(file, 0.0)
    back = api.review(with_simulated=True, project=file)
    assert back.standings[0].state == "came_back"
    assert back.counts()["came_back"] == 1
    items.write_text(items.read_text().replace("plant number 1", "another plant"))
    rerun(file, 0.0)
    assert state() == "gone"
    page = api.write_minutes(project=file).read_text()
    assert "<b>" not in page
    assert "\\*x\\*" in page
    assert "\\| y" in page


def test_a_damaged_line_is_named_and_loses_nothing(tmp_path: Path) -> None:
    """A merge marker or a cut line must not hide the other decisions, nor swallow the next one."""
    (file,) = append_decisions(tmp_path, [decision("a")])
    whole = file.read_bytes()
    file.write_bytes(whole + b'<<<<<<< mine\n{"about": {"suite": "x"}, "cause": "weather"')
    append_decisions(tmp_path, [decision("b")])
    assert file.read_bytes().startswith(whole)
    held = read_decisions(tmp_path)
    assert [d.about.item_id for d in held.read] == ["a", "b"]
    assert [p.line for p in held.problems] == [2, 3]
    assert all(str(file) in str(p.where) for p in held.problems)


@pytest.mark.parametrize("bad", [{"due": "2026-02-30"}, {"when": "yesterday at ten"}, {"cause": "weather"}])
def test_a_wrong_value_is_a_problem_with_its_line(tmp_path: Path, bad: dict[str, str]) -> None:
    """What an editor got wrong is told where it is."""
    line = {**json.loads(decision_line(decision())), **bad}
    (tmp_path / "x.jsonl").write_text(json.dumps(line) + "\n")
    held = read_decisions(tmp_path)
    assert not held.read
    assert held.problems[0].line == 1


@pytest.mark.parametrize(("keep", "cause"), [("mine", "model"), ("theirs", "data")])
def test_a_conflict_waits_for_a_choice_and_importing_again_adds_nothing(
    tmp_path: Path, keep: str, cause: str
) -> None:
    """Two people's meetings are merged by a person, not by a clock."""
    file = write_project(tmp_path, {"one": simulated(accuracy=0.0)}, n_items=4)
    append_decisions(tmp_path / "reviews", [decision()])
    theirs = decision(who="ben", cause="data", when="2026-11-23T10:00:00+00:00")
    other = tmp_path / "ben.jsonl"
    other.write_text(decision_line(theirs) + decision_line(decision("c", who="ben")))
    arguments = ["review", "--project", str(file), "import", str(other)]
    shown = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert shown.return_value == 1
    assert "conflict about plants/a" in shown.output
    assert len(read_decisions(tmp_path / "reviews").read) == 1
    assert CliRunner().invoke(cli, [*arguments, "--keep", keep], standalone_mode=False).return_value == 0
    held = read_decisions(tmp_path / "reviews").read
    assert max((d for d in held if d.about.item_id == "a"), key=lambda d: d.decided_at).cause == cause
    again = merge_decisions(held, read_decisions(other).read, keep=None, now=NOW)
    assert (again.added, again.conflicts, again.known) == ((), (), 2)


def test_kappa_of_words_is_scikit_learns() -> None:
    """An independent program gives the same estimate, and people's files lead to it."""
    draw = np.random.default_rng(3)
    a = [str(w) for w in draw.choice(["model", "data", "prompt"], 80)]
    b = [w if draw.random() < 0.6 else "data" for w in a]
    kappa = nominal_kappa(a, b)
    assert kappa.estimate == pytest.approx(cohen_kappa_score(a, b))
    assert kappa.low < kappa.estimate < kappa.high
    said = [
        decision(str(n), who=who, cause=word)
        for who, words in (("ana", a), ("ben", b))
        for n, word in enumerate(words)
    ]
    (found,) = measure_agreement(said)
    assert found.kappa.estimate == pytest.approx(kappa.estimate)
    assert sum(found.disputed.values()) == sum(x != y for x, y in zip(a, b, strict=True))


def test_costs_of_candidates_are_alternatives_and_never_a_sum() -> None:
    """Two candidates that fail the same items would not both be paid for."""

    def group(number: str, candidate: str, usd: float | None) -> Group:
        about = Subject(
            suite="plants", group=f"plants/{candidate}/{number}", items={"a": "h"}, candidate=candidate
        )
        return Group(
            number=number, about=about, key="", why={"first_seen": 1}, risk="low", usd_per_month=usd, tags=(),
            parts=(), example="",
        )  # fmt: skip

    groups = (
        group("1", "one", 30.0),
        group("2", "one", 20.0),
        group("3", "two", 45.0),
        group("4", "two", None),
    )
    agenda = Agenda(last_meeting=None, groups=groups, standings=(), today=date(2026, 12, 1))
    (line,) = [line for line in summary_lines(agenda) if "cost" in line]
    assert line.strip() == (
        "cost of these failures: at worst $50.00 a month, if one served all; 1 group of unknown cost"
    )


@pytest.mark.parametrize(("success", "right"), [(0.4, False), (0.5, False), (0.51, True), (0.6, True)])
def test_an_item_is_right_where_most_of_its_repeats_are(success: float, right: bool) -> None:
    """Half is not most."""
    outcome = Outcome(
        run_id="r", at=datetime.fromisoformat(NOW), suite="plants", slot="one", item_id="a", input_hash="h",
        success=success,
    )  # fmt: skip
    assert outcome.right is right
