"""A confidence is the share of the answer's label among all labels, beside what lies outside them all."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evalkit
from evalkit.families.classification import Classification, confidence_source, with_confidence
from evalkit.records import Answer, Candidate, Contract, Item, Score, Suite
from tests.projects import LABELS, SUITE, item, write_project, write_suite

HALF, QUARTER = math.log(0.5), math.log(0.25)


def answer(method="label_trie", **logprobs):
    return Answer(text="refund", label_logprobs=logprobs or None, confidence_method=method)


def scored(parsed):
    return Score(success=True, score=1.0, format_valid=True, parsed=parsed)


def test_the_share_is_of_the_label_that_the_scorer_read():
    """An answer "Refund." is the label `refund`: the text alone would have no probability."""
    told = with_confidence(answer(refund=HALF, billing=QUARTER), scored("refund"))
    assert told.confidence == pytest.approx(2 / 3)
    assert told.label_mass_outside == pytest.approx(0.25)


@pytest.mark.parametrize("broken", [math.nan, 0.5])
def test_a_label_without_a_log_probability_leaves_the_others_without_a_share(broken):
    """Counted as nothing, it would make the label beside it certain."""
    told = with_confidence(answer(refund=QUARTER, billing=broken), scored("refund"))
    assert told.confidence is None
    assert told.label_mass_outside is None


def test_an_answer_that_is_no_label_has_no_share():
    """Some label's confidence in its place would be a made-up number."""
    told = with_confidence(answer(refund=HALF, billing=QUARTER), scored(None))
    assert told.confidence is None
    assert told.label_mass_outside == pytest.approx(0.25)


@given(st.lists(st.floats(-8, -3), min_size=2, max_size=9))
def test_the_shares_of_all_labels_sum_to_one(logprobs):
    """That is what makes one comparable with an observed rate."""
    named = {f"l{n}": value for n, value in enumerate(logprobs)}
    told = [with_confidence(answer(**named), scored(label)) for label in named]
    assert math.fsum(t.confidence for t in told) == pytest.approx(1.0)
    assert {t.label_mass_outside for t in told} == {told[0].label_mass_outside}


def test_without_the_end_of_the_answer_the_longer_label_is_taken_off_the_shorter():
    """A model without a known end: "refund" as a beginning holds all of "refund_status"."""
    told = with_confidence(
        answer("label_loglikelihood_open", refund=HALF, refund_status=QUARTER), scored("refund")
    )
    assert told.confidence == pytest.approx(0.5)


@pytest.mark.parametrize("method", ["answer_tokens", "choice_loglikelihood", None])
def test_a_probability_of_another_kind_is_left_alone(method):
    """What an lm-eval task's choices share out is that task's own affair."""
    given = Answer(text="a", confidence=0.3, confidence_method=method, label_logprobs={"a": -1.0, "b": -2.0})
    assert with_confidence(given, scored("a")) is given


@pytest.mark.parametrize(
    ("scorer", "multi", "labels"),
    [({}, False, ()), ({"logprobs": True}, False, ("a", "b")), ({"logprobs": True}, True, ())],
)
def test_labels_are_asked_for_where_the_suite_says_so_and_they_exclude_each_other(scorer, multi, labels):
    """Sets of labels share no probability out; and a suite that does not ask must not pay."""
    contract = Contract(labels={"a": "", "b": ""}, multi_label=multi)
    one = Item(id="1", input="x", target=["a"] if multi else "a")
    suite = Suite(
        name="s", family="classification", version="1", contract=contract, scorer=scorer, items=(one,)
    )
    candidate = Candidate(name="c", tier="slim", backend="simulated")
    assert Classification().prompter(suite, candidate)(one, 0).labels == labels


def test_a_run_keeps_method_share_and_mass_outside_in_the_store(tmp_path: Path) -> None:
    """From any system's recorded log-probabilities into the store, and through a replay of that run."""
    logprobs = {label: math.log(0.4 if label == "root" else 0.1) for label in LABELS}
    lines = [{"id": item(n)["id"], "output": "Root.", "label_logprobs": logprobs} for n in range(12)]
    (tmp_path / "theirs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    replay = {"tier": "slim", "backend": "replay", "options": {"path": str(tmp_path / "theirs.jsonl")}}
    file = write_project(tmp_path, {"theirs": replay})
    write_suite(tmp_path / "suites", scorer={"logprobs": True})
    first = evalkit.run(project=file)
    again = {**replay, "options": {"path": str(first.folder)}}
    write_project(tmp_path, {"theirs": again})
    write_suite(tmp_path / "suites", scorer={"logprobs": True})
    evalkit.run(project=file)
    rows = evalkit.open_store(project=file).samples(suite=SUITE)
    assert len(rows) == 24
    assert set(rows["confidence_method"]) == {"label_logprobs"}
    assert rows["confidence"].tolist() == pytest.approx([4 / 7] * 24)
    assert rows["label_mass_outside"].tolist() == pytest.approx([0.3] * 24)


def test_reports_hear_how_confidences_were_made():
    """Calibration over two methods at once would compare unlike things unsaid."""
    told = confidence_source(
        ["label_trie", "label_trie", "answer_tokens", None], [0.1, 0.3, float("nan"), None]
    )
    assert told == {"methods": {"label_trie": 2, "answer_tokens": 1}, "mean_mass_outside": pytest.approx(0.2)}
