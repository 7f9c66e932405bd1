"""What of a model's text is its answer, and what it states last."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.families import general_failure, scorer_for
from evalkit.families.answer_text import REASONING_MARKS, answer_part, final_statements, find_statements
from evalkit.records import Answer, Candidate, Item, Score, TextReading

HARMONY = (
    "<|channel|>analysis<|message|>Perhaps {}.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>{}<|return|>"
)


@pytest.mark.parametrize(("opening", "closing"), REASONING_MARKS)
def test_every_standard_mark_ends_reasoning_and_unclosed_leaves_no_answer(opening: str, closing: str) -> None:
    assert answer_part(f"{opening}spam?{closing} ham").text == "ham"
    assert answer_part(f"{opening.upper()}spam?{closing.upper()} ham").text == "ham"
    assert answer_part(f"spam?{closing} ham").text == "ham", "the template opened it"
    unclosed = answer_part(f"{opening}the answer is ham")
    assert unclosed.unfinished
    assert unclosed.text == ""


@pytest.mark.parametrize(("opening", "closing"), REASONING_MARKS)
def test_a_mark_inside_json_or_quotes_is_text(opening: str, closing: str) -> None:
    for text in (
        f'{{"note": "{opening} x"}}',
        f'Here it is: {{"note": "a {closing} b"}} done',
        f'```json\n{{"note": "a {opening} b"}}\n```',
        f'he wrote "{opening}" there',
    ):
        assert answer_part(text).text == text


def test_the_channels_of_gpt_oss_with_and_without_their_special_tokens() -> None:
    assert answer_part(HARMONY.format("spam", "ham")).text == "ham"
    assert answer_part("<|channel|>analysis<|message|>It is ham.").unfinished
    assert answer_part("<|channel|>commentary<|message|>I will say ham.<|end|>").unfinished
    assert answer_part("analysisWe need spam.assistantfinalham").text == "ham"
    assert answer_part("analysisWe need ham.").unfinished
    assert answer_part("analysis").text == "analysis", "a label may be that word"
    call = '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": 1}<|call|>'
    assert answer_part(f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant{call}").text == call


def test_reasoning_after_an_answer_takes_it_back() -> None:
    assert answer_part("ham <think>or not?").unfinished
    assert answer_part("ham <think>or not?</think>").text == ""
    assert answer_part("<think>a<think>b</think>c</think>ham").text == "ham"


def test_unfinished_reasoning_has_an_error_kind_and_truncation_goes_first() -> None:
    assert general_failure(Answer(text="<think>ham", finish_reason="stop")) == "unfinished"
    assert general_failure(Answer(text="<think>ham", finish_reason="length")) == "truncated"
    assert general_failure(Answer(text="<think>x</think>ham", finish_reason="stop")) is None


def test_a_candidate_adds_marks_and_an_opened_template() -> None:
    def score(item: Item, answer: Answer) -> Score:
        ok = answer_part(answer.text or "").text == "ham"
        return Score(success=ok, score=float(ok), format_valid=ok, error_kind=None if ok else "wrong_label")

    own = TextReading(reasoning_marks=(("<<hm", "hm>>"),))
    opened = TextReading(reasoning_opened=True)
    for reading, text, success in (
        (TextReading(), "<<hm spam hm>>ham", False),
        (own, "<<hm spam hm>>ham", True),
        (own, "<<hm ham", False),
        (own, "<think>spam</think>ham", True),
        (opened, "spam</think>ham", True),
        (opened, "ham", False),
        (TextReading(), "ham", True),
    ):
        candidate = Candidate(name="c", tier="slim", backend="python", reading=reading)
        item = Item(id="1", input="x", target="ham")
        assert scorer_for(score, candidate)(item, Answer(text=text)).success is success, (reading, text)


def test_the_reading_changes_no_request() -> None:
    plain = Candidate(name="c", tier="slim", backend="python")
    opened = Candidate(name="c", tier="slim", backend="python", reading=TextReading(reasoning_opened=True))
    assert plain.requested_fingerprint == opened.requested_fingerprint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ham", ()),
        ("Answer: ham", ("ham",)),
        ("First A, but the answer is B", ("B",)),
        ("Answer: A\nAnswer: B", ("A", "B")),
        ("Answer: A\nFinal answer: B", ("B",)),
        ("Answer: A\nSo \\boxed{B{c}}.", ("B{c}",)),
        ("\\boxed{A} Corrected: B", ("B",)),
        ("Answer: A. Corrected: B. Corrected version: C", ("C",)),
        ("Corrected: B. Final answer: C", ("B.", "C")),
        ("Antwort: Rechnung", ("Rechnung",)),
        ("\\boxed{never closed", ("",)),
    ],
)
def test_statements_of_the_strongest_kind_from_the_last_correction_on(
    text: str, said: tuple[str, ...]
) -> None:
    assert final_statements(text) == said


def test_a_text_of_too_many_statements_settles_on_nothing() -> None:
    assert len(final_statements("Answer: A\n" * 100)) == 100
    assert final_statements("Answer: A\n" * 101) == ()


@given(st.text(alphabet='<>/think[]{}" \\boxed|:answer', max_size=200))
def test_nothing_raises_and_an_unfinished_text_holds_nothing(text: str) -> None:
    part = answer_part(text)
    assert not (part.unfinished and part.text)
    assert all(said in text for said in final_statements(text))


@pytest.mark.parametrize(
    "text",
    ["<think>" * 50_000, "{[" * 100_000 + "<think>", "\\boxed{" * 50_000, "<|channel|>final" * 30_000],
)
def test_hostile_texts_take_time_linear_in_their_length(text: str) -> None:
    start = time.process_time()
    answer_part(text)
    final_statements(text)
    assert time.process_time() - start < 20, "a guard against quadratic time, not a speed test"


@pytest.mark.parametrize(
    "unit", ["Answer: x. ", "Label: x. ", "Answer: x. Label: ", "\\boxed{", "the correct answer "]
)
def test_statements_are_found_in_time_linear_in_the_text(unit: str) -> None:
    """A model that repeats itself for a megabyte must not hold up the run."""
    text = unit * (1_200_000 // len(unit))
    begin = time.process_time()
    assert find_statements(text, also=re.compile(r"\blabel:", re.IGNORECASE)) == ()
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(("statements", "found"), [(99, 99), (100, 100), (101, 0)])
def test_a_text_of_more_than_a_hundred_statements_settles_on_nothing(statements: int, found: int) -> None:
    also = re.compile(r"\blabel:", re.IGNORECASE)
    assert len(find_statements("Answer: x. " * statements)) == found
    assert len(find_statements("Label: x. " * statements, also=also)) == found
    mixed = "Answer: x. " * (statements - 50) + "Label: x. " * 50
    assert len(find_statements(mixed, also=also)) == found
