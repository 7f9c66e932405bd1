"""Which calls a text makes: nothing torn out of something broken, drafts and reasoning passed over."""

from __future__ import annotations

from typing import Any

import pytest
from tool_call_cases import call, item, score, tool

from evalkit.records import Answer, ToolCall

RIGHT = '{"name": "book", "arguments": {"city": "Rome"}}'
WRONG = '{"name": "book", "arguments": {"city": "Oslo"}}'
TARGET = call("book", city="Rome")
ANALYSIS = "<|channel|>analysis<|message|>"
CHANNEL = "<|channel|>commentary to=functions.book <|constrain|>json<|message|>"


def read(said: str, *target: dict[str, Any]) -> Any:
    return score(item(*target), Answer(text=said, finish_reason="stop"))


@pytest.mark.parametrize(
    "said",
    [
        f'{{"status": None, "call": {RIGHT}}}',
        f"{{result: {RIGHT}}}",
        f"So {{result: {RIGHT}}} it is.",
        f'x {{"call": {RIGHT}}} y',
        f'{{"status": "ok", "call": {RIGHT}}}',
        f'[{RIGHT}, {{"name": "bo',
        f"{RIGHT}}}",
        f"I note [see: {RIGHT}] here.",
        f"if (ok) {{ {RIGHT} }}",
        f'```json\n{{"status": None, "call": {RIGHT}}}\n```',
        f'```json\n{RIGHT}\n```\nand\n```json\n{{"name": "book", "argum',
        "```python\nbook(city='Rome')\n```\n```python\nbook(city=",
        f'<tool_call>{{"call": {RIGHT}}}</tool_call>',
        f"<tool_call>{RIGHT[:-3]}",
        f'{CHANNEL}{{"city": "Ro',
        f"{CHANNEL}{RIGHT}<|call|>",
    ],
)
def test_nothing_is_torn_out_of_a_broken_or_cut_value(said: str) -> None:
    """What would not have been run may not be credited, however right a part of it looks."""
    assert not read(said, TARGET).success


@pytest.mark.parametrize(
    "said",
    [
        f"<think>{RIGHT}",
        f"[THINK]{RIGHT}",
        f"<|channel|>analysis<|message|>{RIGHT}",
        f"{RIGHT} <think>or not?",
    ],
)
def test_unfinished_reasoning_makes_no_call_and_abstains_from_none(said: str) -> None:
    """The model had not settled on anything."""
    for target in ([TARGET], []):
        got = read(said, *target)
        assert (got.success, got.error_kind) == (False, "unfinished")


@pytest.mark.parametrize(
    ("said", "parser"),
    [
        (f"<think>{WRONG}</think>{RIGHT}", "json"),
        (f"[THINK]{WRONG}[/THINK]\n{RIGHT}", "json"),
        (f'{ANALYSIS}Hm.<|end|><|start|>assistant{CHANNEL}{{"city": "Rome"}}<|call|>', "channel_calls"),
        (f'{CHANNEL}{{"city": "Rome"}}', "channel_calls"),
        ('{"name": "book", "arguments": {"city": "<think>"}}', "json"),
        ('Here: {"name": "book", "arguments": {"city": "<tool_call>```"}}', "json_in_text"),
        ('<tool_call>{"name": "book", "arguments": {"city": "</tool_call>"}}</tool_call>', "tool_call_tags"),
        (f"```json\n{RIGHT}", "fenced_json"),
    ],
)  # fmt: skip
def test_what_follows_finished_reasoning_is_read_and_marks_inside_json_are_data(
    said: str, parser: str
) -> None:
    """A reader that stumbles over its own marks fails right answers."""
    got = read(said, TARGET)
    city = got.parsed[0]["arguments"]["city"]
    assert (read(said, call("book", city=city)).success, got.parser) == (True, parser)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (f"Draft: {WRONG}\nCorrected: {RIGHT}", True),
        (f"Draft:\n```json\n{WRONG}\n```\n**Corrected:**\n```json\n{RIGHT}\n```", True),
        (f"{WRONG}\nFinal answer: {RIGHT}", True),
        (f"Draft: {RIGHT}\nCorrected: {WRONG}", False),
        (f"Draft: {RIGHT}\nCorrected: no call at all.", False),
        (f"Final answer: {RIGHT}\nFinal answer: {WRONG}", False),
        (f"{WRONG}\n{RIGHT}", False),
        (f"Not {RIGHT} but {WRONG}", False),
        (f"```json\n{WRONG}\n```\n{RIGHT}", False),
        (f"{RIGHT} <tool_call>{WRONG}</tool_call>", False),
        (f"<tool_call>{RIGHT}</tool_call> {WRONG}", False),
    ],
)
def test_several_attempts_are_none_unless_a_final_statement_singles_one_out(said: str, right: bool) -> None:
    """All calls of a text are wanted; a draft is one only where the text says so."""
    assert read(said, TARGET).success is right
    assert not read(said, TARGET, TARGET).success


def test_several_calls_that_are_all_wanted_are_read_from_several_values() -> None:
    """Parallel calls come one after the other as often as in a list."""
    oslo = call("book", city="Oslo")
    for said in (
        f"{WRONG}\n{RIGHT}",
        f"```json\n{WRONG}\n```\nand\n```json\n{RIGHT}\n```",
        f"First {WRONG}, then {RIGHT}.",
    ):
        assert read(said, TARGET, oslo).success


@pytest.mark.parametrize(
    ("said", "abstains"),
    [
        ('Here is a recipe: {"name": "Pasta", "ingredients": ["flour"], "minutes": 20}. Enjoy it now!', True),
        ('```json\n{"name": "demo", "version": "1.0.0"}\n```\nThis file describes your package.', True),
        ("[integrate.quad(lambda x: x**2, 0, 1)]", False),
        ("integrate.quad(f, 0, 1)", False),
        ("integrate.quad(f='x', a=", False),
        ("```python\nintegrate.quad(f='x', a=0, b=", False),
        ("```python\n[integrate", False),
        ("```python\n[integrate.quad(fu", False),
        ("integrate.quad(fu", False),
        ("[Rome](https://example.org) is a city.", True),
        ("```python\nintegrate.quad(f, 0, 1)\n```", False),
        ("Use print(x) for that, my friend.", True),
        (f"The call {RIGHT} would be wrong here.", False),
        (f"<think>{RIGHT}</think>No tool fits this request.", True),
        (f"{CHANNEL}{{}}<|call|><|start|>assistant<|channel|>final<|message|>Done.", False),
    ],
)  # fmt: skip
def test_data_is_no_attempt_at_a_call_and_code_is_one(said: str, abstains: bool) -> None:
    """A recipe would run nothing; a call of a function that nobody offers shows that the model wanted one."""
    assert read(said).success is abstains


PAY = tool("pay", account={"type": "integer"}, amount={"type": "number"}, ids={"type": "array"})


@pytest.mark.parametrize(
    ("wanted", "given", "right"),
    [
        ({"account": 4915112345678}, {"account": 4915112345678}, True),
        ({"account": 4915112345678}, {"account": 4915112345679}, False),
        ({"account": 9007199254740993}, {"account": 9007199254740992}, False),
        (
            {"account": 9007199254740993},
            {"account": 9007199254740993.0},
            False,
        ),  # the double is another number
        ({"amount": 1e15}, {"amount": 1e15 + 1}, False),
        ({"amount": 0.3}, {"amount": 0.1 + 0.2}, True),
        ({"amount": 2.5}, {"amount": 2.5 * (1 + 1e-8)}, False),
        ({"ids": [10**15]}, {"ids": [10**15 + 1]}, False),
        ({"account": 1}, {"account": True}, False),
    ],
)
@pytest.mark.parametrize("profile", ["strict", "bfcl"])
def test_integers_are_compared_exactly(wanted: Any, given: Any, right: bool, profile: str) -> None:
    """An account number that is a digit off pays somebody else."""
    if profile == "bfcl" and "amount" in wanted and right:
        return  # BFCL knows no rounding
    made = Answer(tool_calls=(ToolCall(name="pay", arguments=given),), finish_reason="tool_calls")
    got = score(item(call("pay", **wanted), tools=(PAY,)), made, profile=profile)
    assert got.success is right


@pytest.mark.parametrize(("digits", "right"), [("9007199254740993.0", True), ("9007199254740992.0", False)])
@pytest.mark.parametrize("written", ['{{"name": "pay", "arguments": {{"account": {}}}}}', "pay(account={})"])
def test_digits_beyond_a_double_are_kept_in_text(written: str, digits: str, right: bool) -> None:
    """JSON and Python would round them on the way in."""
    asked = item(call("pay", account=9007199254740993), tools=(PAY,))
    assert score(asked, Answer(text=written.format(digits))).success is right


TRIP = tool(
    "trip", ("city",), city={"type": "string"}, level={"type": "string", "enum": ["a", "b"]},
    prices={"type": "array", "items": {"type": "float"}},
    days={"type": "array", "items": {"type": "integer"}},
    who={"type": "dict"}, n={"type": "integer"}, price={"type": "float"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "given", "right"),
    [
        ({"prices": [[1.0, 2.5]]}, {"prices": [1.0, 2.5]}, True),
        ({"prices": [[1.0, 2.5]]}, {"prices": [1, 2.5]}, False),
        ({"days": [[1, 2]]}, {"days": [1, 2.0]}, False),
        ({"price": [5.0]}, {"price": 5}, True),
        ({"n": [5]}, {"n": 5.0}, False),
        ({"level": ["a", ""]}, {"level": ""}, True),
        ({"level": ["a"]}, {"level": ""}, False),
        ({"level": ["a"]}, {"level": "A"}, True),
        ({"who": [{"ok": [True]}]}, {"who": {"ok": 1}}, True),
        ({"who": [{"tags": [["A"]]}]}, {"who": {"tags": ["a"]}}, False),
        ({"who": [{"name": ["A b"]}]}, {"who": {"name": "a-b"}}, True),
        ({"unknown": [1, ""]}, {"unknown": 1}, False),
        ({"city": ["Rome", ""]}, {}, False),
    ],
)
def test_the_profile_bfcl_judges_as_bfcls_checker_does(accepted: Any, given: Any, right: bool) -> None:
    """Each case was judged so by the official checker; its figures are compared with ours."""
    target = {"trip": {"city": ["Rome"], **accepted}}
    arguments = given if "city" in accepted else {"city": "Rome", **given}
    made = Answer(tool_calls=(ToolCall(name="trip", arguments=arguments),), finish_reason="tool_calls")
    asked = item(target, tools=(TRIP,))
    assert score(asked, made, target_format="bfcl", profile="bfcl").success is right
