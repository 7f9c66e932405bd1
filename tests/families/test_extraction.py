"""The extraction family: each error kind by a planted fault, and what holds for every target."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import SuiteError
from evalkit.families.extraction import Extraction
from evalkit.families.extraction.scoring import LONGEST_VALUE, MOST_DIFFS, PRECEDENCE, SuiteScorer
from evalkit.families.registry import get_family, scorer_hash
from evalkit.records import Answer, Candidate, Contract, Item, Prompt, Score, Suite

ORDER = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "total": {"type": ["number", "string", "null"]},
        "needed_by": {"type": ["string", "null"]},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"product": {"type": "string"}, "quantity": {"type": "integer"}},
                "required": ["product"],
            },
        },
    },
    "required": ["customer"],
}
TARGET = {
    "customer": "Acme",
    "total": 12.5,
    "needed_by": None,
    "items": [{"product": "lamp", "quantity": 2}, {"product": "desk", "quantity": 1}],
}
PLAIN = Candidate(name="plain", tier="slim", backend="replay", output="plain")

# Without NUL and lone surrogates, which are replaced on reading.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def suite_of(*items: Item, schema: Any = ORDER, **more: Any) -> Suite:
    """A suite of these items."""
    return Suite(
        name="orders", family="extraction", version="1", contract=Contract(schema=schema), items=items, **more
    )


def score_of(got: Any, target: Any = TARGET, *, schema: Any = ORDER, **scorer: Any) -> Score:
    """The score of one answer, given as a value or as text."""
    item = Item(id="a", input="…", target=target)
    text = got if isinstance(got, str) else json.dumps(got)
    return SuiteScorer(suite_of(item, schema=schema, scorer=scorer))(item, Answer(text=text))


def but(**changes: Any) -> dict[str, Any]:
    """The target with some keys changed."""
    return {**TARGET, **changes}


LAMP, DESK = TARGET["items"]


@pytest.mark.parametrize(
    ("got", "kind", "path", "expected", "given"),
    [
        ("I do not know.", "unparseable", "$", None, "I do not know."),
        ('{"customer": "Acme"', "unparseable", "$", None, '{"customer": "Acme"'),
        (but(customer=5), "schema_violation", "$.customer", {"type": "string"}, 5),
        ([TARGET], "schema_violation", "$", {"type": "object"}, [TARGET]),
        (but(total="12.5"), "wrong_type", "$.total", 12.5, "12.5"),
        (but(total=None), "missed_field", "$.total", 12.5, None),
        (but(items=[LAMP]), "missed_field", "$.items[1]", DESK, None),
        (but(items=[]), "missed_field", "$.items[0]", LAMP, None),
        (but(items=[LAMP, {"product": "desk"}]), "missed_field", "$.items[1].quantity", 1, None),
        (but(needed_by="2026-01-06"), "hallucinated_field", "$.needed_by", None, "2026-01-06"),
        (but(notes="thanks"), "hallucinated_field", "$.notes", None, "thanks"),
        (but(items=[DESK, LAMP, LAMP]), "hallucinated_field", "$.items[2]", None, LAMP),
        (but(total=12), "wrong_value", "$.total", 12.5, 12),
        (but(items=[DESK, {**LAMP, "quantity": 3}]), "wrong_value", "$.items[0].quantity", 2, 3),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named_with_its_place(
    got: Any, kind: str, path: str, expected: Any, given: Any
) -> None:
    """Whoever reviews errors sorts by kind and reads the diff: both must point at the fault."""
    score = score_of(got)
    assert not score.success
    assert score.error_kind == kind
    first = next(d for d in score.diff if d.kind == kind and d.path == path)
    assert first.got == given
    assert first.expected == (expected if kind != "unparseable" else TARGET)
    assert score.format_valid == (kind not in ("unparseable", "schema_violation"))


def test_the_error_kinds_are_one_closed_list() -> None:
    """Precedence, documentation and scorer speak of the same kinds."""
    assert tuple(Extraction.error_kinds) == PRECEDENCE


@pytest.mark.parametrize("graver", range(len(PRECEDENCE) - 1))
def test_of_several_faults_the_graver_is_primary(graver: int) -> None:
    """One primary kind by a documented precedence, or the same answer would be counted differently."""
    faults: dict[str, dict[str, Any]] = {
        "wrong_value": {"customer": "Apex"},
        "hallucinated_field": {"notes": "soon"},
        "missed_field": {"items": [LAMP]},
        "wrong_type": {"total": "12.5"},
        "schema_violation": {"needed_by": 5},
    }
    together = {k: v for name in PRECEDENCE[max(graver, 1) :] for k, v in faults[name].items()}
    text = json.dumps(but(**together))
    assert score_of(text if graver else text[:-1]).error_kind == PRECEDENCE[graver]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(text='{"customer": "Ac', finish_reason="length"), "truncated"),
        (Answer(text="", finish_reason="stop"), "empty"),
        (Answer(text=None), "empty"),
        (Answer(text=None, refusal="No."), "refused"),
        (Answer(text="I'm sorry, but I cannot help with that."), "refused"),
        (Answer(text="Es ist keine Bestellung zu sehen."), "unparseable"),
        (Answer(text='{"customer": "Sorry, I cannot help"}'), "missed_field"),
    ],
)
def test_general_failures_come_before_the_familys_own(answer: Answer, kind: str) -> None:
    """A cut answer is no bad JSON habit, and a refusal is no missing field."""
    item = Item(id="a", input="…", target=TARGET)
    assert SuiteScorer(suite_of(item))(item, answer).error_kind == kind


def test_whose_word_a_refusal_is_stands_in_the_record() -> None:
    """A pattern can be mistaken, the API's own field cannot; a suite may declare its own patterns."""
    item = Item(id="a", input="…", target=TARGET)
    score = SuiteScorer(suite_of(item, scorer={"refusals": ["^leider"]}))
    said = score(item, Answer(text=None, refusal="No."))
    guessed = score(item, Answer(text="Leider kann ich das nicht."))
    assert (said.error_kind, said.parser) == ("refused", "refusal_field")
    assert (guessed.error_kind, guessed.parser) == ("refused", "refusal_pattern")


def test_null_and_absent_and_empty_are_no_value_alike() -> None:
    """Models leave out what they do not find as often as they write null: neither is a mistake."""
    target = {"customer": "Acme", "total": None, "items": []}
    for got in ({"customer": "Acme"}, {**target, "needed_by": None}, {"customer": "Acme", "items": [None]}):
        score = score_of(got, target, schema={"type": "object"})
        assert score.success
        assert score.score == 1.0


def test_a_required_null_that_is_left_out_breaks_the_form_but_no_value() -> None:
    """Format validity is kept apart from what is right."""
    score = score_of({}, {"total": None}, schema={"type": "object", "required": ["total"]})
    assert (score.success, score.format_valid, score.score) == (False, False, 1.0)
    assert score.error_kind == "schema_violation"


def test_the_score_is_micro_f1_over_leaf_values() -> None:
    """Six values expected; one wrong, one missed and one invented leave four right of six given."""
    got = but(customer="Apex", total=None, needed_by="2026-01-06")
    assert score_of(got).score == pytest.approx(2 * 4 / (6 + 6))


def test_the_nearest_of_several_targets_counts() -> None:
    """An alternative is as right as the target, and the diff is against the one that was nearly met."""
    item = Item(id="a", target={"customer": "Acme"}, alternatives=({"customer": "Acme Ltd", "total": 5},))
    score = SuiteScorer(suite_of(item))
    assert score(item, Answer(text='{"customer": "Acme Ltd", "total": 5}')).success
    near = score(item, Answer(text='{"customer": "Acme Ltd", "total": 6}'))
    assert [(d.path, d.expected, d.got) for d in near.diff] == [("$.total", 5, 6)]


def test_comparators_hold_where_they_are_declared() -> None:
    """On a list or object they hold below it; the nearest declaration wins, a named key before `.*`."""
    comparators = {
        "$": "casefold",
        "$.items[*].product": {"fuzzy": 0.8},
        "$.total": {"number": {"absolute": 0.05}},
        "$.*": "whitespace",
        "$.tags": "set",
        "$.trace": "ignore",
    }
    target = but(tags=["a", "b"], id="x  y", trace=1)
    got = but(
        items=[{"product": "lamps", "quantity": 2}, DESK], total=12.52, tags=["b", "a"], id="x y", trace=2
    )
    assert score_of(got, target, comparators=comparators).success
    assert not score_of({**got, "id": "X Y"}, target, comparators=comparators).success
    inherited = {"$.items": "casefold"}
    assert score_of(but(items=[{**LAMP, "product": "LAMP"}, DESK]), comparators=inherited).success


def test_lists_are_aligned_unless_they_are_ordered() -> None:
    """Orders list the same things in any order; steps of a recipe do not."""
    turned = but(items=[DESK, LAMP])
    assert score_of(turned).success
    ordered = score_of(turned, comparators={"$.items": "ordered"})
    assert {d.path for d in ordered.diff} == {f"$.items[{i}].{k}" for i in (0, 1) for k in LAMP}


def test_items_with_nothing_in_common_are_no_pair() -> None:
    """What was invented must not hide behind what was missed."""
    score = score_of(but(items=[LAMP, {"product": "sofa", "quantity": 7}]))
    assert [(d.kind, d.path) for d in score.diff] == [
        ("missed_field", "$.items[1]"),
        ("hallucinated_field", "$.items[1]"),
    ]


def test_an_object_for_a_list_is_one_wrong_type_with_all_its_values_counted() -> None:
    """A whole subtree of the wrong kind is one place in the diff, and still costs all of its leaves."""
    score = score_of({"a": {"b": 1, "c": 2}}, {"a": [1, 2]}, schema={})
    assert [(d.path, d.kind) for d in score.diff] == [("$.a", "wrong_type")]
    assert score.score == 0.0


def test_a_diff_is_bounded_whatever_the_answer_brings() -> None:
    """Model output is hostile: a record must not grow with it, and odd keys must stay readable."""
    flood = score_of(but(**{f"x{k}": 1 for k in range(500)}, long="y" * 10_000))
    assert len(flood.diff) == MOST_DIFFS
    long = score_of(but(customer="y" * 10_000, **{"odd key\n" + "k" * 500: 1}))
    assert all(len(str(d.got)) <= LONGEST_VALUE + 1 and len(d.path) < 100 for d in long.diff)


def test_large_lists_are_scored_in_moments() -> None:
    """A looping model repeats a line thousands of times; the run must go on."""
    items = [{"product": f"p{k}", "quantity": k} for k in range(400)]
    score = score_of(but(items=[*items[::-1], *items, *({**LAMP, "quantity": k} for k in range(3000))]),
                     but(items=items))  # fmt: skip
    assert score.error_kind == "hallucinated_field"
    assert 0.0 < score.score < 1.0
    assert score_of(but(items=items[::-1]), but(items=items)).success


@given(JSON)
def test_a_target_scored_against_itself_is_a_success(target: Any) -> None:
    """A suite whose own targets fail measures nothing."""
    score = score_of(json.dumps(target), target, schema={})
    assert (score.success, score.score, score.parser) == (True, 1.0, "json")


@given(JSON, st.randoms(use_true_random=False))
def test_key_order_never_matters(target: Any, rng: random.Random) -> None:
    """JSON objects have no order; a model must not be paid for ours."""
    base = score_of({"a": target, "b": [target, 1]}, {"a": target, "b": [1, 2]}, schema={})
    turned = score_of({"b": [_shuffled(target, rng), 1], "a": _shuffled(target, rng)},
                      {"a": target, "b": [1, 2]}, schema={})  # fmt: skip
    assert (base.success, base.score, base.error_kind) == (turned.success, turned.score, turned.error_kind)


@settings(deadline=None)
@given(JSON, JSON | st.text())
def test_scoring_never_raises(target: Any, got: Any) -> None:
    """Any JSON and any text, under any comparator: one answer must not stop a run of thousands."""
    comparators = {
        "$": "casefold", "$.a": "set", "$.b": "ordered", "$[*]": "date", "$.*.*": "money", "$[*][*]": "span",
        "$.c": "ignore", "$.*[*]": {"fuzzy": 0.5},
    }  # fmt: skip
    score = score_of(got, target, schema={"type": ["object", "array"]}, comparators=comparators)
    assert 0.0 <= score.score <= 1.0
    assert score.success == (score.error_kind is None)
    assert not (score.success and not score.format_valid)
    json.dumps(score.parsed, allow_nan=False).encode("utf-8")


def test_a_plug_in_that_raises_does_not_stop_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Foreign code may fail on one odd answer; the values then count as different."""
    from evalkit.families.comparators import registry

    def broken() -> Any:
        def same(_expected: Any, _got: Any) -> bool:
            raise RuntimeError("odd answer")

        return same

    monkeypatch.setattr(registry, "_factory", lambda _name: broken)
    assert score_of(but(customer="Apex"), comparators={"$.customer": "broken"}).error_kind == "wrong_value"


@pytest.mark.parametrize("output", ["plain", "native", "constrained"])
def test_right_answers_succeed_and_wrong_ones_fail_in_every_mode(output: Any) -> None:
    """Simulated runs rest on it: an accidental success would be a false figure."""
    family, candidate = get_family("extraction"), Candidate(name="c", tier="mid", backend="b", output=output)
    targets = [TARGET, {"customer": "A"}, {"customer": ""}, {"customer": "A", "items": []}]
    suite = suite_of(*(Item(id=str(k), input="…", target=t) for k, t in enumerate(targets)))
    score = family.scorer(suite)
    kinds = set()
    for item in suite.items:
        assert score(item, family.right_answer(suite, item, candidate)).success
        for seed in range(40):
            wrong = score(item, family.wrong_answer(suite, item, candidate, random.Random(seed)))
            assert not wrong.success
            kinds.add(wrong.error_kind)
    assert kinds >= {"wrong_value", "missed_field", "hallucinated_field"}


def test_a_wrong_answer_is_found_even_where_everything_is_ignored() -> None:
    """A fault that the comparators forgive is no fault; then only prose fails."""
    item = Item(id="a", input="…", target={"customer": "A"})
    suite = suite_of(item, scorer={"comparators": {"$": "ignore"}}, schema={})
    family = Extraction()
    wrong = family.wrong_answer(suite, item, PLAIN, random.Random(1))
    assert family.scorer(suite)(item, wrong).error_kind == "unparseable"


def test_an_empty_list_is_answered_wrongly_with_what_another_item_holds() -> None:
    """Most texts hold no entity; a simulated mistake there is an invention, not broken JSON."""
    none, some = (Item(id=str(k), input="x", target=t) for k, t in enumerate([[], [{"text": "Rome"}]]))
    suite, family = suite_of(none, some, schema={"type": "array"}), Extraction()
    kinds = {
        family.scorer(suite)(none, family.wrong_answer(suite, none, PLAIN, random.Random(k))).error_kind
        for k in range(10)
    }
    assert kinds == {"hallucinated_field"}


def test_the_schema_binds_the_decoding_unless_the_mode_is_plain() -> None:
    """Constrained and plain are two variants of a candidate whose difference can be read."""
    item = Item(id="a", input="Two lamps for Acme.", target=TARGET)
    suite, family = suite_of(item), Extraction()
    plain = family.prompter(suite, PLAIN)(item, 0)
    constrained = Candidate(name="c", tier="mid", backend="b", output="constrained")
    bound = family.prompter(suite, constrained)(item, 3)
    assert plain.constraint.kind == "none"
    assert (bound.constraint.kind, bound.constraint.schema, bound.repeat) == ("json_schema", ORDER, 3)
    assert plain.messages == bound.messages
    assert '"quantity": {"type": "integer"}' in plain.messages[0]["content"]
    assert plain.messages[-1] == {"role": "user", "content": "Two lamps for Acme."}


def test_a_suites_own_prompt_replaces_the_packaged_one() -> None:
    """Prompts are part of what is measured: the family adds nothing unsaid."""
    item = Item(id="a", input="x", target=TARGET)
    suite = suite_of(item, prompts={"default": Prompt(system="Schema: {{ schema }}")})
    system = Extraction().prompter(suite, PLAIN)(item, 0).messages[0]["content"]
    assert system == "Schema: " + json.dumps(ORDER)


def test_schema_text_leaves_out_noise_but_no_field() -> None:
    """A field may be called title; the keyword of that name says nothing about the answer's form."""
    schema = {"title": "Book", "$id": "http://x", "properties": {"title": {"type": "string", "title": "T"}}}
    item = Item(id="a", input="x", target={"title": "Ulysses"})
    suite = suite_of(item, schema=schema, prompts={"default": Prompt(system="{{ schema }}")})
    system = Extraction().prompter(suite, PLAIN)(item, 0).messages[0]["content"]
    assert json.loads(system) == {"properties": {"title": {"type": "string"}}}


def test_scores_carry_the_scorers_hash() -> None:
    """Comparison across scorer changes is told by it."""
    suite = suite_of(Item(id="a", input="x", target=TARGET))
    score = get_family("extraction").scorer(suite)(suite.items[0], Answer(text="{}"))
    assert score.scorer_hash == scorer_hash(suite)


def test_a_scorer_with_wrong_options_is_refused() -> None:
    """A run must not start on options that mean nothing."""
    with pytest.raises(SuiteError, match="casefold"):
        Extraction().scorer(suite_of(scorer={"comparators": {"$.customer": "casefolt"}}))


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(v, rng) for v in value]
    if isinstance(value, dict):
        keys = rng.sample(list(value), len(value))
        return {k: _shuffled(value[k], rng) for k in keys}
    return value
