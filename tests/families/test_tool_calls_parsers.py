"""Calls written as text are read in every documented form, whole or not at all, and nothing is evaluated."""

from __future__ import annotations

import json
import re
import time
import warnings
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from tool_call_cases import call, item, native, score, suite, text

from evalkit.families import get_family
from evalkit.families.tool_calls import parsers
from evalkit.families.tool_calls.parsers import SHIPPED, BrokenCallsError

ROME = call("book", city="Rome")
OSLO = call("book", city="Oslo")
ONE = json.dumps(ROME)

WRITTEN: list[tuple[str, str, list[Any]]] = [
    ("tool_call_tags", f"<tool_call>\n{ONE}\n</tool_call>", [ROME]),
    ("tool_call_tags", f"Sure.\n<tool_call>{ONE}</tool_call>\n<tool_call>{json.dumps(OSLO)}", [ROME, OSLO]),
    ("tool_call_tags", '<tool_call>book(city="Rome")</tool_call>', [ROME]),
    ("json", ONE, [ROME]),
    ("json", f"<think>book(city='Oslo')?</think>\n{ONE}", [ROME]),
    ("json", json.dumps([ROME, OSLO], indent=2), [ROME, OSLO]),
    ("json", f"{ONE}\n{json.dumps(OSLO)}", [ROME, OSLO]),
    ("json", f"{ONE}, {json.dumps(OSLO)}", [ROME, OSLO]),
    ("json", '{"tool": "book", "parameters": {"city": "Rome"}}', [ROME]),
    ("json", '{"function": "book", "args": {"city": "Rome"}}', [ROME]),
    ("json", '{"name": "book", "arguments": "{\\"city\\": \\"Rome\\"}"}', [ROME]),
    ("json", '{"id": "x", "type": "function", "function": ' + ONE + "}", [ROME]),
    ("json", '{"tool_calls": [' + ONE + "]}", [ROME]),
    ("json", '{"name": "ping"}', [call("ping")]),
    ("json", '{"name": "book", "arguments": {"city": "<tool_call>"}}', [call("book", city="<tool_call>")]),
    ("json", '{"name": "book", "arguments": {"city": "```"}}', [call("book", city="```")]),
    ("json", '{"name": "book", "arguments": {"city": "</think>"}}', [call("book", city="</think>")]),
    ("fenced_json", f"Here:\n```json\n{ONE}\n```\nDone.", [ROME]),
    ("fenced_json", f"```\n{ONE}\n```\nand\n```json\n{json.dumps(OSLO)}\n```", [ROME, OSLO]),
    ("python", 'book(city="Rome")', [ROME]),
    ("python", "`book(city='Rome')`", [ROME]),
    ("python", '[book(city="Rome"), book(city="Oslo")]', [ROME, OSLO]),
    ("python", "book(city='Rome')\nbook(city='Oslo')", [ROME, OSLO]),
    ("python", "Sure:\n```python\nbook(city='Rome')\n```", [ROME]),
    ("python", "```tool_code\nbook(city='Rome')\n```", [ROME]),
    ("python", "diary.cancel(id='a')", [call("diary.cancel", id="a")]),
    ("python", "book(price=-1.5, outside=true, note=None, tags=('a', 'b'), who={'age': 3})",
     [call("book", price=-1.5, outside=True, note=None, tags=["a", "b"], who={"age": 3})]),
    ("json_in_text", f"I will do this: {ONE} for you.", [ROME]),
    ("json_in_text", f"First {ONE}, then {json.dumps(OSLO)}.", [ROME, OSLO]),
]  # fmt: skip


@pytest.mark.parametrize(("parser", "written", "calls"), WRITTEN)
def test_a_written_call_is_read_and_the_parser_named(parser: str, written: str, calls: list[Any]) -> None:
    """Models without native tools write calls in every one of these forms."""
    got = score(item(*calls), text(written))
    assert (got.success, got.parser, got.parsed) == (True, parser, calls)


def test_calls_of_the_api_come_before_the_text_beside_them() -> None:
    """What the API's own channel says is what a program would execute."""
    answer = native(ROME)
    got = score(item(ROME), type(answer)(text=json.dumps([OSLO]), tool_calls=answer.tool_calls))
    assert (got.success, got.parser) == (True, "native")


@pytest.mark.parametrize(
    "written",
    [
        f"<tool_call>{ONE}</tool_call><tool_call>{ONE[:-3]}</tool_call>",
        f"{ONE}\n{ONE[:-3]}",
        f"[{ONE}, {ONE[:-3]}",
        f"```json\n{ONE}\n```\n```json\n{ONE[:-3]}\n```",
        f"I call {ONE} and {ONE[:-3]}",
        f'"arguments": {{"city": "Oslo"}}}}, {ONE}]',
        "book(city='Rome')\nbook(city=",
        "```\nbook(city='Rome')\n```\n```\nbook(city=x)\n```",
        json.dumps([ROME, 7]),
        json.dumps([ROME, {"name": "book", "arguments": "{"}]),
    ],
)
def test_half_an_answer_is_never_taken_for_all_of_it(written: str) -> None:
    """Were the broken second call dropped, an answer with one call too many would be a success."""
    got = score(item(ROME), text(written))
    assert (got.success, got.error_kind, got.parsed) == (False, "unparseable", None)


@pytest.mark.parametrize(
    "written",
    [
        "book(city=__import__('os').getcwd())",
        "book(city=open('/etc/passwd').read())",
        "book(**{'city': 'Rome'})",
        "book('Rome')",
        "book(city=b'Rome')",
        "book(city=1j)",
        "book(city={'Rome'})",
        "book(city=1e999)",
        "x = book(city='Rome')",
        "book(city='Rome') + 1",
    ],
)
def test_python_like_text_is_read_for_literals_only(written: str) -> None:
    """Model output is hostile text: nothing in it is ever evaluated."""
    assert score(item(ROME), text(written)).error_kind == "unparseable"


def test_an_odd_escape_in_python_like_text_warns_nobody() -> None:
    """The user of a thousand samples would see a thousand warnings about a model's backslash."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = score(item(call("book", city="\\d")), text("book(city='\\d')"))
    assert got.success


@pytest.mark.parametrize(
    "written",
    ["[" * 500_000, "{" * 500_000, '{"a":' * 200_000, "<tool_call>" * 90_000, "```" * 330_000,
     "```" + " " * 1_000_000, "(" * 1_000_000, "book(" * 200_000, '{"name": ' * 110_000, "a " * 500_000,
     "f(x=" + "-" * 19_000 + "1)", "f(x=" + "(" * 9_000 + ")" * 9_000 + ")", "\x00\ud800" * 10_000,
     '{"' * 500_000,
     "[] " * 300_000, "[{" * 400_000],
)  # fmt: skip
def test_a_megabyte_of_hostile_text_is_scored_in_a_moment(written: str) -> None:
    """One answer must never stop a run."""
    started = time.process_time()
    got = score(item(ROME), text(written))
    assert not got.success
    assert time.process_time() - started < 5.0


def test_a_plug_in_parser_is_used_by_a_suite_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models have dialects of their own; the example in the documents is run here as it stands there."""
    page = (Path(__file__).parents[2] / "docs" / "tool_calls.md").read_text("utf-8")
    source = next(b for b in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "def mistral_calls" in b)
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - our own document

    class Plugin(EntryPoint):
        def load(self) -> Any:
            return namespace["mistral_calls"]

    def found(*, group: str, name: str | None = None) -> list[EntryPoint]:
        plugins = [Plugin("mistral", "my_package:mistral_calls", "evalkit.call_parsers")]
        return [p for p in plugins if group == p.group and name in (None, p.name)]

    monkeypatch.setattr(parsers, "entry_points", found)
    asked, written = item(ROME), text(f"[TOOL_CALLS] [{ONE}]")
    got = score(asked, written, parsers=["mistral", "json"])
    assert (got.success, got.parser) == (True, "mistral")
    assert score(asked, text("[TOOL_CALLS] [{"), parsers=["mistral"]).error_kind == "unparseable"
    assert list(get_family("tool_calls").check(suite(asked, parsers=["mistral"]))) == []
    hint = next(iter(get_family("tool_calls").check(suite(asked, parsers=["mistrla"])))).hint
    assert "'mistral'" in hint


CALL = '{"name": "book", "arguments": {"seats": 2}}'


@pytest.mark.parametrize(
    "text",
    [
        f"Never do this: {CALL}",
        f"If needed: {CALL}",
        f"I would call {CALL}?",
        f"// {CALL}",
        f"{CALL}\nWait, no.",
        f"Example:\n```json\n{CALL}\n```",
        "Do not run this:\n```python\nbook(seats=2)\n```",
    ],
)
def test_a_call_that_its_words_leave_in_doubt_is_not_read(text: str) -> None:
    """An example, a denial or a question is no call, right as its arguments may be."""
    with pytest.raises(BrokenCallsError):
        next(calls for parse in SHIPPED.values() if (calls := parse(text)) is not None)


@pytest.mark.parametrize(
    "text",
    [
        f"I'll book it for you.\n```json\n{CALL}\n```",
        f"Sure, calling the tool now: {CALL}",
        f"{CALL}\nThis books the table.",
        f"Here is the call:\n\n{CALL}\n\nLet me know if you need anything else.",
        f"Do not worry. <tool_call>{CALL}</tool_call>",
    ],
)
def test_a_call_with_plain_words_beside_it_is_read(text: str) -> None:
    """Models are polite; tags are a call whatever the words say, since a server makes it."""
    found = next(calls for parse in SHIPPED.values() if (calls := parse(text)) is not None)
    assert [(c.name, c.arguments) for c in found] == [("book", {"seats": 2})]
