"""Claims about comparing, accepting and judging through the API: a side is found by any of its names."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

import evalkit
from evalkit import api
from evalkit.api.judging import write_verdict
from evalkit.cli.comparison_text import comparison_text
from evalkit.comparison import Comparison
from evalkit.errors import BaselineError, ConfigError, RunError, UnavailableError, UsageError
from tests.projects import SUITE, item, right_label, simulated, write_project, write_suite

ITEMS = 60
HERBS = "herbs"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two suites, two candidates of one seed, and a second run of the better one alone, with repeats."""
    home = tmp_path_factory.mktemp("evidence")
    old, new = simulated(accuracy=0.95), simulated(accuracy=0.6, latency_s=0.2)
    write_project(home, {"old": old, "new": new}, n_items=ITEMS, gate={"suites": {HERBS: {"margin": 0.4}}})
    write_suite(home / "suites", n_items=ITEMS, name=HERBS)
    return home


@pytest.fixture(scope="module")
def first(project: Path) -> str:
    run = evalkit.run(project=project).run_id
    for suite in (SUITE, HERBS):
        api.promote(
            run, suite=suite, candidate="old", why="in use", who="Ada", allow=["simulated"], project=project
        )
    return run


@pytest.fixture(scope="module")
def second(project: Path, first: str) -> str:
    return evalkit.run(project=project, candidates=["old"], repeats=2).run_id


def shape(found: Comparison) -> list[tuple[str, int, int, int]]:
    parts = [(s.suite, s.pairs, s.overall.difference) for s in found.suites]
    return sorted((suite, pairs, d.broken, d.fixed) for suite, pairs, d in parts)


def test_candidates_runs_and_baselines_name_the_same_samples(project: Path, first: str, second: str) -> None:
    """The accepted samples of a candidate are those of the run they come from."""
    by_name = evalkit.compare("old", "new", run=first, project=project)
    by_run = evalkit.compare(f"{first}/old", f"{first}/new", project=project)
    by_baseline = evalkit.compare("baseline:old", f"{first}/new", project=project)
    assert [s.pairs for s in by_name.suites] == [ITEMS, ITEMS]
    assert shape(by_name) == shape(by_run) == shape(by_baseline)
    assert (by_baseline.label_a, by_baseline.label_b) == ("baseline:old", f"{first}/new")


def test_a_run_of_one_candidate_is_a_side_by_itself(project: Path, first: str, second: str) -> None:
    """Nobody types a name that there is no choice of."""
    found = evalkit.compare(f"{first}/old", second, suites=[SUITE], project=project)
    assert [s.suite for s in found.suites] == [SUITE]
    assert found.suites[0].candidate_b == "old"
    with pytest.raises(RunError, match="has 2 candidates"):
        evalkit.compare(first, second, project=project)


def test_a_baseline_over_two_suites_knows_both(project: Path, first: str) -> None:
    """A manifest of one suite alone would call the other one whole, whatever it is."""
    found = evalkit.compare("baseline:old", f"{first}/new", project=project)
    for suite in found.suites:
        assert suite.figures_a.cost.total_usd is not None
        assert suite.marks_a.decoding is not None
    assert {c.kind for c in found.caveats if c.suite == HERBS} == {
        c.kind for c in found.caveats if c.suite == SUITE
    }
    assert not [c for c in found.caveats if c.kind in ("suite", "partial", "hardware")]


def test_a_partial_baseline_is_said_of_its_own_suite(tmp_path: Path) -> None:
    """Two suites were accepted from two runs, of which one was a part."""
    write_project(tmp_path, {"old": simulated(accuracy=0.95)}, n_items=20)
    write_suite(tmp_path / "suites", n_items=20, name=HERBS)
    whole = evalkit.run(project=tmp_path).run_id
    part = evalkit.run(project=tmp_path, limit=8).run_id
    for suite, run in ((HERBS, whole), (SUITE, part)):
        api.promote(
            run, suite=suite, candidate="old", why="x", who="A", allow=["simulated", "partial"],
            project=tmp_path,
        )  # fmt: skip
    found = evalkit.compare("baseline:old", f"{whole}/old", project=tmp_path)
    ((suite, said),) = [(c.suite, c.a) for c in found.caveats if c.kind == "partial"]
    assert suite == SUITE
    assert said.startswith("8 of 20 items")


def test_a_row_added_at_the_top_changes_no_pair(tmp_path: Path) -> None:
    """Ids by row number then name other items: the shift was reported as flips."""
    write_project(tmp_path, {"old": simulated(accuracy=0.6)})
    path = tmp_path / "suites" / SUITE / "items.jsonl"
    texts = [f"plant number {n}" for n in range(12)]
    runs = []
    for inputs in (texts, ["a new plant", *texts]):
        rows = [
            {**item(0), "id": f"row-{n}", "input": t, "target": right_label(t)} for n, t in enumerate(inputs)
        ]
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        runs.append(evalkit.run(project=tmp_path).run_id)
    found = evalkit.compare(*(f"{run}/old" for run in runs), project=tmp_path)
    store = evalkit.open_store(project=tmp_path)
    said = [store.samples(run).set_index("item_id") for run in runs]
    pairs = [(said[0].loc[f"row-{n}"], said[1].loc[f"row-{n + 1}"]) for n in range(12)]
    assert all(a["input_hash"] == b["input_hash"] for a, b in pairs)
    assert found.suites[0].pairs == 12
    assert {f.item_id for f in found.suites[0].flips} == {
        f"row-{n + 1}" for n, (a, b) in enumerate(pairs) if a["success"] != b["success"]
    }
    assert "12 items kept the same input under another id (row-0 → row-1" in comparison_text(found)


def test_each_suite_is_judged_by_the_gates_own_margin(project: Path, first: str) -> None:
    """A comparison that says fail where the gate says pass would be believed by nobody."""
    found = evalkit.compare("old", "new", run=first, project=project)
    assert {s.suite: s.overall.margin for s in found.suites} == {SUITE: 0.05, HERBS: 0.4}
    asked = evalkit.compare("old", "new", run=first, margin=0.1, project=project)
    assert {s.overall.margin for s in asked.suites} == {0.1}


def test_what_is_not_comparable_is_said_before_any_figure(project: Path, first: str, second: str) -> None:
    """A reader who stops after the first lines must have read the caveats."""
    found = evalkit.compare(f"{first}/old", second, project=project)
    assert {"simulated", "repeats"} <= {c.kind for c in found.caveats}
    text = comparison_text(found)
    assert text.index("answers are simulated") < text.index("% →")


def test_the_text_says_flips_families_and_verdicts(project: Path, first: str) -> None:
    """The terminal must answer: worse for certain, and which items?"""
    found = evalkit.compare("old", "new", run=first, project=project)
    text = comparison_text(found)
    assert f"{SUITE}: FAIL" in text
    assert f"broken ({len(found.suites[0].broken)})" in text
    assert found.suites[0].broken[0].item_id in text
    assert "all suites: FAIL" in text
    assert [f.name for f in found.families] == ["classification"]
    assert found.families[0].difference.n_pairs == 2 * ITEMS


def test_repeats_on_both_sides_say_how_much_is_noise(project: Path, second: str) -> None:
    """The same run against itself: all that could differ is nothing."""
    found = evalkit.compare(second, second, project=project)
    assert found.suites[0].identical
    assert found.suites[0].noise is not None
    assert "2 repeats: two attempts at an item differ on" in comparison_text(found)


def test_json_holds_no_infinity_and_all_flips(project: Path, first: str) -> None:
    """A program reads it with any parser."""
    found = evalkit.compare("old", "new", run=first, project=project)
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert len(plain["suites"][0]["flips"]) == len(found.suites[0].flips)
    assert plain["suites"][0]["overall"]["judgement"]["outcome"] == "fail"


@pytest.mark.parametrize(
    ("a", "error", "hint"),
    [
        ("odl", RunError, "did you mean 'old'?"),
        ("baseline:odl", RunError, "did you mean 'old'?"),
        ("no-such-run/old", RunError, ""),
    ],
)
def test_an_unknown_side_gets_the_near_name(
    project: Path, first: str, a: str, error: type[Exception], hint: str
) -> None:
    """Sides are typed by hand."""
    with pytest.raises(error) as caught:
        evalkit.compare(a, "new", run=first, project=project)
    assert hint in str(caught.value)


def test_a_suite_without_a_baseline_is_not_passed_over(project: Path, first: str) -> None:
    """The slot is there, the suite is not: that is said, not compared with nothing."""
    for a in ("baseline:old", f"{first}/old"):
        with pytest.raises(RunError, match="did you mean 'herbs'"):
            evalkit.compare(a, f"{first}/new", suites=["hebs"], project=project)


def test_simulated_evidence_is_refused_until_it_is_asked_for(project: Path, first: str) -> None:
    """A stand-in may not turn a build green by itself."""
    with pytest.raises(BaselineError, match="simulated"):
        api.promote(first, suite=SUITE, candidate="new", why="x", who="Ada", project=project)
    assert evalkit.gate(first, project=project).outcome == "not_judged"


def test_a_policy_with_a_misspelt_error_kind_names_file_and_line(tmp_path: Path) -> None:
    """A rule on an error kind that does not exist would pass for ever."""
    gate = {"suites": {SUITE: {"error_kinds": ["confused_labl"]}}}
    file = write_project(tmp_path, {"sim": simulated()}, gate=gate)
    evalkit.run(project=file)
    with pytest.raises(ConfigError) as caught:
        evalkit.gate(project=file)
    assert (caught.value.where or "").startswith("evalkit.yaml:")
    assert "gate.suites.plants.error_kinds" in (caught.value.where or "")
    assert "'confused_label'" in (caught.value.hint or "")


def test_a_verdict_that_cannot_be_written_is_an_error_of_ours(
    project: Path, first: str, tmp_path: Path
) -> None:
    """A full disk is no traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError):
        write_verdict(evalkit.gate(first, project=project), tmp_path / "file" / "gate.md", "markdown")


def test_every_pair_of_a_run_is_accepted_at_once_and_a_refused_one_is_named(tmp_path: Path) -> None:
    """25 commands for five suites of five candidates was what it took."""
    (tmp_path / "mine.py").write_text("def answer(request):\n    return 'root'\n")
    own = {"tier": "slim", "backend": "python", "model": "mine:answer"}
    write_project(tmp_path, {"sim": simulated(), "own": own}, n_items=12)
    write_suite(tmp_path / "suites", n_items=12, name=HERBS)
    run = evalkit.run(project=tmp_path).run_id
    accept_all = partial(api.promote_all, run, why="first evidence", who="Ada", project=tmp_path)
    done = accept_all()
    pairs = [(s, c) for s in (SUITE, HERBS) for c in ("sim", "own")]
    assert sorted((p.suite, p.candidate) for p in done) == sorted(pairs)
    assert {p.candidate: p.accepted is None for p in done} == {"sim": True, "own": False}
    assert all("simulated" in p.refusal for p in done if p.candidate == "sim")
    (one,) = accept_all(suites=[HERBS], candidates=["sim"], allow=["simulated"])
    assert one.accepted is not None
    assert len(api.baselines(tmp_path)) == 3
    with pytest.raises(UsageError, match="one candidate"):
        accept_all(slot="live")
