"""Classification: what an answer is read as, what it scores, and that the suite's own faults are told."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.families import GENERAL_ERROR_KINDS, get_family
from evalkit.records import Answer, Candidate, Contract, Diff, Item, Prompt, Suite, ToolCall

LABELS = ("billing", "refund", "refund_status", "bug_report", "other")
FAMILY = get_family("classification")
KINDS = {*GENERAL_ERROR_KINDS, *FAMILY.error_kinds}


def suite(labels: Sequence[str] = LABELS, items: Sequence[Item] = (), multi: bool = False, **scorer) -> Suite:
    contract = Contract(
        labels=dict.fromkeys(labels, ""),
        multi_label=multi,
        out_of_scope="other" if "other" in labels else None,
    )
    return Suite(
        name="s", family="classification", version="1", contract=contract, scorer=scorer, items=tuple(items)
    )


def scored(text, target="refund", *, alternatives=(), labels=LABELS, multi=False, scorer=None, **answer):
    item = Item(id="1", input="x", target=target, alternatives=tuple(alternatives))
    return FAMILY.scorer(suite(labels, multi=multi, **(scorer or {})))(item, Answer(text=text, **answer))


@pytest.mark.parametrize(
    ("text", "parser"),
    [
        ("refund", "label_exact"),
        (" refund\n", "label_exact"),
        ("**Refund.**", "label_normalised"),
        ('"refund"', "json"),
        ('{"label": "refund"}', "json"),
        ('```json\n{"label": "Refund", "why": "billing"}\n```', "json"),
        ('{"my_key": "refund"}', "json"),
        ('["refund"]', "json"),
        ('refund\n{"reason": "too late"}', "label_line"),
        ("refund\n\nThe customer wants money back, no bug report.", "label_line"),
        ("Label: refund", "label_stated"),
        ("The answer is **refund**, I think.", "label_stated"),
        ("This is clearly a refund request.", "label_in_text"),
        ("This is a refund, not a bug report.", "label_in_text"),
        ("<think>billing or bug_report?</think>refund", "label_exact"),
    ],
)
def test_an_answer_that_names_the_right_label_is_a_success_and_the_rule_is_kept(text: str, parser: str):
    """How a label was read is evidence: a model that only succeeds by prose is another model."""
    score = scored(text)
    assert (score.success, score.score, score.error_kind, score.parsed) == (True, 1.0, None, "refund")
    assert score.parser == parser
    assert score.format_valid
    assert score.diff == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("billing", "confused_label"),
        ("refund_status", "confused_label"),  # a longer label that begins with the right one
        ("Refund status it is", "confused_label"),
        ("other", "false_out_of_scope"),
        ("refunds", "out_of_label_set"),
        ("invoice", "out_of_label_set"),
        ('{"label": "invoice", "note": "not a refund"}', "out_of_label_set"),
        ("{}", "out_of_label_set"),
        ("refund or billing", "several_labels"),
        ("refund\nbilling", "several_labels"),
        ("Label: refund, billing", "several_labels"),
        ('["refund", "billing"]', "several_labels"),
        ("\n".join(LABELS), "several_labels"),
        ("This isn't a refund.", "out_of_label_set"),
        ("I'm sorry, but I cannot help with a refund.", "refused"),
        ("I can't decide that.", "refused"),
        ("", "empty"),
        ("<think>a refund, so", "unfinished"),
    ],
)
def test_a_wrong_answer_has_the_kind_that_explains_it(text: str, kind: str):
    """The weekly review sorts failures by kind; a wrong kind sends the wrong person."""
    score = scored(text)
    assert not score.success
    assert score.error_kind == kind
    assert score.diff[0].expected == "refund"


def test_a_confused_pair_stands_in_the_diff():
    """Which labels are taken for each other is what a team mends."""
    assert scored("billing").diff == (
        Diff(path="$", kind="confused_label", expected="refund", got="billing"),
    )


def test_an_out_of_scope_item_put_into_a_label_is_its_own_kind():
    """Answering what should be turned away costs more than mixing two queues."""
    assert scored("billing", "other").error_kind == "missed_out_of_scope"


def test_general_kinds_come_first_where_they_explain():
    """A cut or refused answer is not a confusion of labels."""
    assert scored("billing", finish_reason="length").error_kind == "truncated"
    assert scored(None, refusal="no").error_kind == "refused"
    assert scored(None, refusal="no").parser == "refusal_field"
    assert scored("I cannot help.").parser == "refusal_pattern"
    assert scored(None, tool_calls=(ToolCall(name="f", arguments={}),)).error_kind == "unparseable"


def test_a_cut_answer_is_read_only_where_a_label_stands_alone():
    """Of a cut sentence nobody knows whether another label would have followed."""
    assert scored("refund", finish_reason="length").success
    assert not scored("This is a refund", finish_reason="length").success


def test_aliases_refusals_and_strictness_are_the_suites():
    """What counts as the same label is the team's decision, and it is written down."""
    aliases = {"aliases": {"refund": ["money back", "Erstattung"]}}
    assert scored("money-back!", scorer=aliases).parser == "alias"
    assert scored("They want their money back now", scorer=aliases).parser == "label_in_text"
    assert scored("money back").error_kind == "out_of_label_set"
    assert not scored("Refund", scorer={"normalise": False}).success
    assert not scored("It is a refund", scorer={"prose": False}).success
    assert scored("Kein Kommentar", scorer={"refusals": ["^kein kommentar"]}).error_kind == "refused"
    assert scored("I cannot help.", scorer={"refusals": []}).error_kind == "out_of_label_set"


def test_everyday_words_are_no_labels_in_prose():
    """A `no` somewhere in a sentence is not the answer no."""
    labels = ("yes", "no", "maybe")
    assert scored("There is no way to tell.", "no", labels=labels).error_kind == "out_of_label_set"
    assert scored("Answer: no", "no", labels=labels).success
    assert scored("No.", "no", labels=labels).success
    assert scored("no\nThe trial showed nothing.", "no", labels=labels).success


def test_a_list_is_never_taken_for_a_label_of_several_words():
    """Two labels in a list are two labels, even where their words together name a third."""
    labels = ("credit", "card", "credit card")
    assert scored('["credit", "card"]', "credit card", labels=labels).error_kind == "several_labels"
    assert scored('["credit", "card"]', ["credit", "card"], labels=labels, multi=True).success
    assert scored('["0", "_"]', ["0", "_"], labels=("0", "_"), multi=True).success


def test_an_alternative_counts_as_right():
    """Two labels can both be acceptable, and the better fit is kept."""
    assert scored("billing", alternatives=["billing"]).success
    assert not scored("bug_report", alternatives=["billing"]).success


def test_labels_that_are_numbers_or_truth_values_are_compared_as_text():
    """A rating of 3 in a JSON file is the label 3."""
    assert scored("3", 3, labels=("1", "2", "3")).success
    assert scored('{"label": 3}', "3", labels=("1", "2", "3")).success
    assert scored('{"label": true}', True, labels=("true", "false")).success


@pytest.mark.parametrize(
    ("text", "target", "kind", "score"),
    [
        ('["refund", "billing"]', ["billing", "refund"], None, 1.0),
        ("refund, billing", ["billing", "refund"], None, 1.0),
        ("refund and billing", ["billing", "refund"], None, 1.0),
        ("It is about billing and the refund.", ["billing", "refund"], None, 1.0),
        ('{"labels": ["refund"]}', ["refund"], None, 1.0),
        ("[]", [], None, 1.0),
        ("none", [], None, 1.0),
        ('["refund"]', ["refund", "billing"], "missed_label", 1 / 2),
        ('["refund", "billing"]', ["refund"], "extra_label", 1 / 2),
        ('["refund", "bug_report"]', ["refund", "billing"], "confused_label", 1 / 3),
        ('["refund", "invoice"]', ["refund", "billing"], "out_of_label_set", 1 / 3),
        ('["billing"]', ["other"], "missed_out_of_scope", 0.0),
        ('["other"]', ["billing"], "false_out_of_scope", 0.0),
        ("[]", ["billing"], "missed_label", 0.0),
        ("who knows", ["billing"], "out_of_label_set", 0.0),
    ],
)
def test_several_labels_succeed_as_a_set_and_score_by_their_overlap(text, target, kind, score):
    """The exact set is what the business accepts; the overlap says how near a failure came."""
    got = scored(text, target, multi=True)
    assert (got.success, got.error_kind) == (kind is None, kind)
    assert got.score == pytest.approx(score)


label_sets = st.lists(
    st.text(string.ascii_lowercase + string.digits + "_ -&", min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool),
    min_size=2,
    max_size=8,
    unique_by=lambda n: "".join(c for c in n if c.isalnum()) or n,
)


@settings(deadline=None)
@given(labels=label_sets, data=st.data())
def test_a_target_scored_against_itself_is_a_success_and_a_wrong_answer_is_none(labels, data):
    """The simulated backend and the few-shot examples rest on it."""
    multi = data.draw(st.booleans())
    drawn = data.draw(st.lists(st.sampled_from(labels), unique=True, min_size=0 if multi else 1))
    item = Item(id="1", input="x", target=drawn if multi else drawn[0])
    s = suite(labels, [item], multi=multi)
    for output in ("plain", "native", "constrained"):
        candidate = Candidate(name="c", tier="slim", backend="simulated", output=output)
        score = FAMILY.scorer(s)
        right = score(item, FAMILY.right_answer(s, item, candidate))
        assert (right.success, right.score, right.error_kind, right.format_valid) == (True, 1.0, None, True)
        seed = data.draw(st.integers(0, 99))
        wrong = score(item, FAMILY.wrong_answer(s, item, candidate, random.Random(seed)))
        assert not wrong.success
        assert wrong.error_kind in KINDS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(LABELS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    text=st.none()
    | st.text()
    | json_values.map(json.dumps)
    | st.lists(st.sampled_from(LABELS)).map(" ".join),
    target=json_values,
    multi=st.booleans(),
    finish=st.sampled_from([None, "stop", "length", "content_filter", "odd"]),
)
def test_scoring_never_raises_and_a_failure_has_exactly_one_kind(text, target, multi, finish):
    """One answer of a model must not end a run, whatever it holds."""
    score = scored(text, target, multi=multi, finish_reason=finish)
    assert score.success == (score.error_kind is None)
    assert 0.0 <= score.score <= 1.0
    assert score.success == (score.score == 1.0)
    assert score.error_kind is None or score.error_kind in KINDS
    assert bool(score.diff) != score.success


def test_constrained_output_asks_for_what_the_family_reads():
    """The choice must be the labels themselves, or the constraint would make every answer wrong."""
    item = Item(id="1", input="x", target="refund")
    bound = Candidate(name="c", tier="slim", backend="b", output="constrained")
    one = FAMILY.prompter(suite(items=[item]), bound)(item, 2)
    assert (one.constraint.kind, one.constraint.choices, one.repeat) == ("choice", LABELS, 2)
    several = FAMILY.prompter(suite(items=[item], multi=True), bound)(item, 0)
    assert several.constraint.kind == "json_schema"
    assert several.constraint.schema["items"] == {"enum": list(LABELS)}
    assert several.messages[0]["content"].endswith("JSON list of labels only.")
    plain = Candidate(name="c", tier="slim", backend="b", output="plain")
    free = FAMILY.prompter(suite(items=[item]), plain)(item, 0)
    assert free.constraint.kind == "none"


def test_the_packaged_prompt_names_every_label_and_shows_the_context():
    """A suite of labels and items alone must be answerable."""
    item = Item(id="1", input="ask", target="a", context=({"id": "p", "text": "passage"},))
    s = Suite(
        name="s",
        family="classification",
        version="1",
        contract=Contract(labels={"a": "first", "b": ""}),
        items=(item,),
    )
    candidate = Candidate(name="c", tier="slim", backend="b")
    system, user = FAMILY.prompter(s, candidate)(item, 0).messages
    assert "- a: first\n- b\n" in system["content"]
    assert user["content"] == "passage\n\nask"
    assert list(FAMILY.check(s)) == []


def test_log_probabilities_are_asked_for_only_when_the_suite_wants_them():
    """They cost time, and some servers refuse them."""
    item = Item(id="1", input="x", target="refund")
    candidate = Candidate(name="c", tier="slim", backend="b")
    assert not FAMILY.prompter(suite(items=[item]), candidate)(item, 0).want_logprobs
    assert FAMILY.prompter(suite(items=[item], logprobs=True), candidate)(item, 0).want_logprobs


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"items": [Item(id="7", input="x", target="refnd", line=3)]}, "'refnd' is no label", "'refund'"),
        ({"items": [Item(id="7", input="x", target=["refund"], line=3)]}, "is a list", "multi_label"),
        (
            {"items": [Item(id="7", input="x", target="refund", alternatives=("bill",), line=3)]},
            "'bill' is no label",
            "'billing'",
        ),
        ({"labels": ["a"]}, "needs labels", ""),
        ({"labels": ["a", " b"]}, "has blanks around it", ""),
        ({"labels": ["Bug Report", "bug_report"]}, "differ only in letter case", "normalise: false"),
        ({"aliases": {"refnd": ["x"]}}, "'refnd' is no label", "'refund'"),
        ({"aliases": {"refund": ["Billing!"]}}, "differ only in letter case", ""),
        ({"aliases": ["x"]}, "mapping of labels", ""),
        ({"alias": {}}, "unknown scorer option 'alias'", "'aliases'"),
        ({"normalise": "yes"}, "true or false", ""),
        ({"refusals": ["("]}, "no regular expression", ""),
        ({"multi": True, "items": [Item(id="7", input="x", target="refund", line=3)]}, "not a list", ""),
        ({"multi": True, "items": [Item(id="7", input="x", target=["refund"] * 2, line=3)]}, "twice", ""),
    ],
)
def test_check_tells_each_fault_with_its_fix(changes: dict, message: str, hint: str):
    """A target outside the labels would count against every model."""
    found = list(FAMILY.check(suite(**changes)))
    assert len(found) == 1, found
    assert message in found[0].message
    assert hint in found[0].hint
    assert (found[0].item_id, found[0].line) == (("7", 3) if "items" in changes else (None, None))


def test_check_reads_out_of_scope_prompts_and_foreign_keys():
    """Each part of the contract that the family uses is looked at before a run pays for it."""
    base = {"name": "s", "family": "classification", "version": "1"}
    contract = Contract(labels={"a": "", "b": ""}, out_of_scope="c", schema={"type": "object"})
    bad = Suite(**base, contract=contract, prompts={"default": Prompt(user="{{ inptu }}")})
    assert [p.key for p in FAMILY.check(bad)] == ["out_of_scope", "schema", "prompt"]


def test_a_hundred_thousand_answers_are_scored_in_seconds():
    """Rescoring a month of answers must not be a coffee break."""
    rng = random.Random(1)
    labels = [f"topic_{n}" for n in range(150)]
    item = Item(id="1", input="x", target="topic_1")
    score = FAMILY.scorer(suite(labels))
    answers = [Answer(text=f"It is about {rng.choice(labels)}, case {n}.") for n in range(100_000)]
    start = time.process_time()
    right = sum(score(item, a).success for a in answers)
    assert 0 < right < 5_000
    assert time.process_time() - start < 60
