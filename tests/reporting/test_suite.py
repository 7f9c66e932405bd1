"""A suite page's data."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from evalkit.reporting import ReportInput, ReportOptions
from evalkit.reporting.view import SuitePage, build_site
from evalkit.reporting.view.family import build_family
from evalkit.stats import rate_interval


def suite(inputs: ReportInput, name: str = "order-extraction") -> SuitePage:
    return next(page for page in build_site(inputs).suites if page.name == name)


def own(inputs: ReportInput, name: str = "order-extraction") -> pd.DataFrame:
    return inputs.samples[inputs.samples["suite"] == name]


def test_every_failed_item_is_listed_once_critical_ones_first(inputs: ReportInput) -> None:
    """The review must miss none, and begin with what the team insists on."""
    failures = suite(replace(inputs, options=ReportOptions(most_failures=len(inputs.items)))).failures
    samples = own(inputs)
    failed = set(samples.loc[~samples["success"].astype(bool), "item_id"])
    assert [f.item_id for f in failures.shown] == list(dict.fromkeys(f.item_id for f in failures.shown))
    assert {f.item_id for f in failures.shown} == failed
    critical = [f.critical for f in failures.shown]
    assert critical == sorted(critical, reverse=True)
    assert True in critical


def test_a_failure_shows_input_target_and_every_candidate(inputs: ReportInput) -> None:
    """Whether the frontier gets it right is half of the diagnosis."""
    failure = suite(inputs).failures.shown[0]
    item = json.loads(
        inputs.items.set_index(["suite", "item_id"]).loc[("order-extraction", failure.item_id), "item"]
    )
    assert failure.turns[-1].text.text == item["input"]
    assert json.loads("".join(p.text for p in failure.target)) == item["target"]
    assert [a.candidate for a in failure.answers] == ["slim-plain", "slim-constrained", "mid", "frontier"]
    assert set(failure.failed_by) == {a.candidate for a in failure.answers if a.ending != "right"}


def test_the_wrong_place_is_marked_in_the_answer(inputs: ReportInput) -> None:
    """A reader should not have to compare two objects by eye."""
    marked = [
        (answer, [p.text for p in answer.parsed if p.marked])
        for failure in suite(inputs).failures.shown
        for answer in failure.answers
        if answer.error_kind == "wrong_value"
    ]
    assert marked
    for answer, texts in marked:
        assert texts == [f'"quantity": {answer.differences[0].got}']


def test_a_fault_has_no_answer_and_is_told_apart(inputs: ReportInput) -> None:
    """A fault is not a mistake of the model."""
    samples = inputs.samples
    hit = samples[samples["status"] == "faulted"].iloc[0]
    page = suite(inputs, hit["suite"])
    failure = next(f for f in page.failures.shown if f.item_id == hit["item_id"])
    answer = next(a for a in failure.answers if a.candidate == hit["candidate"])
    assert answer.ending == "no answer"
    assert answer.output is None
    assert next(row for row in page.errors if row.kind == "backend_error").fault


def test_without_content_no_input_target_or_output_is_in_the_page_data(inputs: ReportInput) -> None:
    """Some readers may see the figures and not the customers' words."""
    page = suite(replace(inputs, options=ReportOptions(with_content=False)))
    for failure in page.failures.shown:
        assert not failure.turns
        assert not failure.target
        assert not failure.gist
        for answer in failure.answers:
            assert answer.output is None
            assert not answer.parsed
            assert not answer.differences


def test_long_texts_and_long_lists_are_cut_and_say_so(inputs: ReportInput) -> None:
    """A page of a gigabyte opens for nobody."""
    options = ReportOptions(most_failures=3, most_characters=20)
    failures = suite(replace(inputs, options=options)).failures
    assert len(failures.shown) == 3
    assert failures.total > 3
    assert len(failures.shown[0].turns[-1].text.text) == 20
    assert failures.shown[0].turns[-1].text.dropped > 0


def test_repeats_show_a_failed_one_and_count(inputs: ReportInput) -> None:
    """A flaky item hides when only the first repeat is shown."""
    samples = own(inputs)
    wrong = samples[~samples["success"].astype(bool) & (samples["status"] == "answered")].iloc[[0]]
    right = wrong.assign(success=True, score=1.0, error_kind=None, output="right", diff="[]")
    both = pd.concat([right, wrong.assign(repeat=1)])
    failure = suite(replace(inputs, samples=both)).failures.shown[0]
    assert failure.answers[0].repeats == 2
    assert failure.answers[0].repeats_failed == 1
    assert failure.answers[0].ending == "wrong"


def test_slices_agree_with_a_direct_count(inputs: ReportInput) -> None:
    """A slice that counts other items than its tag says would send a route astray."""
    page = suite(inputs)
    samples = own(inputs)
    assert {table.tag for table in page.slices.tables} == {"lang", "difficulty"}
    for table in page.slices.tables:
        for row in table.rows:
            inside = samples[[t.get(table.tag) == row.value for t in samples["tags"]]]
            assert row.items == inside["item_id"].nunique()
            for name, rate in zip(table.candidates, row.rates, strict=True):
                answered = inside[(inside["candidate"] == name) & (inside["status"] == "answered")]
                assert rate == rate_interval(answered["success"].astype(float).to_numpy())


def test_error_kinds_add_up_to_the_failures(inputs: ReportInput) -> None:
    """Every failed sample carries exactly one primary kind."""
    page = suite(inputs)
    for k, cell in enumerate(page.cells):
        failed = cell.outcomes.asked - cell.outcomes.right
        assert sum(row.counts[k] for row in page.errors) == failed


@pytest.mark.parametrize(
    "confusion",
    [
        {"labels": ["a", "b"], "counts": [[3, 1], [0, 2]]},
        {"a": {"a": 3, "b": 1}, "b": {"b": 2}},
    ],
)
def test_a_confusion_matrix_is_read_in_either_form(confusion: dict[str, object]) -> None:
    """A plug-in family writes it as it likes."""
    matrix = build_family({("s", "c"): {"confusion": confusion}}, "s", ["c"]).matrices[0]
    assert matrix.targets == matrix.answers == ("a", "b")
    assert matrix.counts == ((3, 1), (0, 2))
    assert matrix.share(0, 1) == 0.25


def test_unknown_shapes_of_family_figures_are_passed_over() -> None:
    """A family's new figure must not break the page."""
    odd = {"confusion": {"labels": ["a"], "counts": [[1, 2]]}, "curve": [[0, 1], [1, 2]], "f1": 0.5, "no": {}}
    view = build_family({("s", "c"): odd}, "s", ["c"])
    assert [row.name for row in view.numbers] == ["f1"]
    assert not view.matrices
    assert not view.breakdowns


def test_figures_of_the_shipped_families_are_all_shown() -> None:
    """What a family computes and the page drops is work for nobody."""
    given = {
        "micro": {"precision": 0.5, "recall": None},
        "fields": {"$.total": {"f1": 0.4}},
        "grounding": {"share": 0.9, "fields": {"$.customer": 0.8}},
        "argument_errors": {"move": {"date": {"missing": 2}}},
        "tool_confusion": {"move": {"move": 3, "(no call)": 1}},
        "confused": [{"expected": "a", "got": "b", "count": 2}],
    }
    view = build_family({("s", "c"): given}, "s", ["c"])
    assert [(r.name, r.values) for r in view.numbers] == [
        ("micro: precision", ("0.500",)), ("micro: recall", ("–",)), ("grounding: share", ("0.900",)),
    ]  # fmt: skip
    assert view.matrices[0].name == "tool confusion"
    assert view.matrices[0].answers == ("move", "(no call)")
    assert {(t.name, t.rows[0]) for t in view.breakdowns} == {
        ("fields", ("$.total", ("0.400",))), ("grounding: fields", ("$.customer", ("0.800",))),
        ("argument errors", ("move, date", ("2",))), ("confused", ("1", ("a", "b", "2"))),
    }  # fmt: skip
