"""Prompts: what is sent for an item, and that nothing but the suite decides it."""

from __future__ import annotations

import pytest

from evalkit.errors import SuiteError
from evalkit.families.prompts import prompt_problems, prompting
from evalkit.records import Candidate, Item, Prompt, Suite

LABELS = {"labels": {"a": "first", "b": ""}}


def candidate(prompt: str = "default") -> Candidate:
    return Candidate(name="c", tier="slim", backend="replay", prompt=prompt)


def suite(*items: Item, **prompts: Prompt) -> Suite:
    return Suite(name="s", family="classification", version="1", prompts=prompts, items=items)


def show(item: Item) -> str:
    return str(item.target)


def messages(s: Suite, item: Item, prompt: str = "default", **options):
    options = {"variables": LABELS, "show": show, **options}
    return prompting(s, candidate(prompt), **options)[1](item)


def test_the_system_message_is_first_and_the_same_for_every_item():
    """Servers keep the shared beginning in their prompt cache; one changed byte loses it."""
    one, two = Item(id="1", input="hello"), Item(id="2", input="bye")
    s = suite(
        one, two, default=Prompt(system="{% for l in labels %}{{ l }} {% endfor %}", user="> {{ input }}")
    )
    first, second = (messages(s, i, suffix="Label only.") for i in (one, two))
    assert first[0] == second[0] == {"role": "system", "content": "a b\n\nLabel only."}
    assert first[1] == {"role": "user", "content": "> hello"}


def test_default_falls_back_to_the_familys_own_template():
    """A suite without a prompt is still a suite that runs."""
    item = Item(id="1", input="x")
    prompt, build = prompting(
        suite(item), candidate(), variables=LABELS, show=show, fallback=Prompt(system="Own.")
    )
    assert prompt.system == "Own."
    assert build(item)[0]["content"] == "Own."


def test_an_unknown_variant_names_the_near_ones():
    """A misspelt variant must not quietly become the default."""
    with pytest.raises(SuiteError, match="did you mean 'terse'"):
        messages(suite(terse=Prompt()), Item(id="1", input="x"), "terze")


def test_examples_come_by_seed_and_never_from_the_test_split():
    """A test item among the examples is a leak that inflates every figure after it."""
    items = [
        Item(id=f"{s}{n}", input=f"{s}{n}", target="t", split=s) for s in ("test", "dev") for n in range(9)
    ]
    drawn = {}
    for seed in range(5):
        s = suite(*items, default=Prompt(few_shot=4, few_shot_seed=seed))
        turns = messages(s, items[0])
        assert [t["role"] for t in turns] == ["user", "assistant"] * 4 + ["user"]
        drawn[seed] = tuple(t["content"] for t in turns[:-1:2])
        assert all(text.startswith("dev") for text in drawn[seed])
        assert messages(s, items[0]) == turns
    assert len(set(drawn.values())) > 1


def test_more_examples_keep_the_earlier_ones():
    """Few-shot counts can then be compared without a change of examples in between."""
    items = [Item(id=str(n), input=str(n), target="t", split="train") for n in range(9)]
    asked = Item(id="q", input="q")
    two = messages(suite(*items, default=Prompt(few_shot=2)), asked)
    four = messages(suite(*items, default=Prompt(few_shot=4)), asked)
    assert four[:4] == two[:4]


def test_too_few_examples_are_an_error_not_a_shorter_prompt():
    """Five-shot that is quietly two-shot would be another experiment."""
    with pytest.raises(SuiteError, match="hold 1"):
        messages(
            suite(Item(id="1", input="x", target="t", split="dev"), default=Prompt(few_shot=2)),
            Item(id="q", input="q"),
        )


def test_a_chat_keeps_its_earlier_turns_after_the_examples():
    """Earlier turns are the item's own; examples between them would change what was said."""
    chat = (
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
    )
    example = Item(id="e", input="ex", target="a", split="dev")
    s = suite(example, default=Prompt(system="S", few_shot=1, user="Q: {{ input }}"))
    got = messages(s, Item(id="1", messages=chat))
    assert [m["content"] for m in got] == ["S", "Q: ex", "a", "one", "two", "Q: three"]


def test_a_chat_that_ends_with_a_tool_result_is_sent_as_it_is():
    """There is no last user turn to render; the model shall go on from the result."""
    chat = ({"role": "user", "content": "one"}, {"role": "tool", "tool_call_id": "1", "content": "{}"})
    assert messages(suite(default=Prompt(user="Q: {{ input }}")), Item(id="1", messages=chat)) == chat


def test_an_items_own_system_turn_goes_below_the_shared_one():
    """Many chat templates refuse a system message that is not the first."""
    chat = ({"role": "system", "content": "own"}, {"role": "user", "content": "hi"})
    got = messages(suite(default=Prompt(system="shared")), Item(id="1", messages=chat))
    assert got == ({"role": "system", "content": "shared\n\nown"}, {"role": "user", "content": "hi"})


def test_variables_and_suffix_may_differ_by_item():
    """An item's own tools replace the contract's, in the prompt too."""
    items = [Item(id="1", input="x", tags={"n": "one"}), Item(id="2", input="x", tags={"n": "two"})]
    s = suite(*items, default=Prompt(system="{{ tools }}"))
    got = [
        messages(s, i, variables=lambda item: {"tools": item.tags["n"]}, suffix=lambda item: item.id)[0][
            "content"
        ]
        for i in items
    ]
    assert got == ["one\n\n1", "two\n\n2"]


def test_inputs_are_neither_escaped_nor_run_as_templates():
    """Model input is text: an escape changes it, and a rendered one could read what it must not."""
    text = "<b>{{ labels }}</b> & 'x'"
    got = messages(suite(default=Prompt(user="{{ input }} {{ input|tojson }}")), Item(id="1", input=text))
    assert got[0]["content"] == f'{text} "{text}"'


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ lables }}", "did you mean 'labels'"),
        ("{% if %}", "not valid"),
        ("{{ tags.missing }}", "does not render"),
        ("{{ ''.__class__.__mro__ }}", "does not render"),
        ("{{ input.foo() }}", "does not render"),
        ("{{ [1, 2] | random }}", "not valid"),
    ],
)
def test_a_bad_template_is_a_suite_error(template: str, message: str):
    """The author sees a line about the template, never a traceback; the sandbox holds."""
    item = Item(id="1", input="x")
    s = suite(item, default=Prompt(user=template))
    with pytest.raises(SuiteError, match=message):
        messages(s, item)
    found = list(prompt_problems(s, variables=LABELS, show=show))
    assert len(found) == 1
    assert found[0].key == "prompt"


def test_a_context_that_no_template_shows_is_a_problem():
    """Without its passages the item cannot be answered, and the score would blame the model."""
    item = Item(id="1", input="x", context=({"id": "p", "text": "passage"},))
    blind = suite(item, default=Prompt())
    shown = suite(item, default=Prompt(user="{% for p in context %}{{ p.text }}{% endfor %}{{ input }}"))
    assert [p.item_id for p in prompt_problems(blind, variables=LABELS, show=show)] == ["1"]
    assert not list(prompt_problems(shown, variables=LABELS, show=show))


def test_an_item_without_a_target_is_no_example():
    """An example whose answer says null would teach the model to say it."""
    items = [Item(id="a", input="a", split="dev"), Item(id="b", input="b", target="t", split="dev")]
    got = messages(suite(*items, default=Prompt(few_shot=1)), Item(id="q", input="q"))
    assert [m["content"] for m in got] == ["b", "t", "q"]


def test_a_suite_without_items_has_its_prompts_checked_all_the_same():
    """A suite that is being written is validated before its first item is there."""
    empty = suite(default=Prompt(system="{{ tools }}"))
    assert not list(prompt_problems(empty, variables=lambda item: {"tools": item.tools}, show=show))


def test_a_variant_keeps_the_hash_of_before_there_was_anything_to_leave_out() -> None:
    """Stored samples and baselines name their prompt by it."""
    assert Prompt(system="a", few_shot=2).hash == "237ac71e97d33c50"
    assert Prompt(system="a", few_shot=2, append=False).hash != "237ac71e97d33c50"
