"""Makes right and wrong answers to items of tool calls; imports no scorer nor parser.

What is right follows from how an answer is made: a right one makes the calls of the target and no others,
whatever the form and the spelling of the same values; a wrong one changes, drops, adds, breaks or retracts
something.
"""

from __future__ import annotations

import copy
import json
import random
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from benchmarks.credit_case import REASONING, Case

Calls = list[dict[str, Any]]
Tool = dict[str, Any]

NAMES = ("get_weather", "send_message", "orders.cancel", "book_table", "set_light", "add_contact", "transfer")
STRANGERS = ("get_wether", "delete_everything", "orders.refund", "search")
WORDS = (
    "Rome",
    "Zürich",
    "São Paulo",
    "12 High Street",
    "blue",
    "late",
    "Ann",
    "no",
    "005",
    "-1",
    "née",
    "50%",
)
HOSTILE = (
    "<think>", "see <tool_call> there", "```json", "Final answer: 5", '{"name": "x", "arguments": {}}', "}",
    "[", "</think> done", "Corrected: no", "say \"hi\"", "a\nb", "</tool_call>", "it's",
)  # fmt: skip
"""Texts of arguments that look like marks: inside a JSON string they are data."""


def make_tool(name: str, rng: random.Random) -> Tool:
    """Return a tool with two to five arguments, each required and without a default."""
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "text": lambda: {"type": "string"},
        "count": lambda: {"type": "integer"},
        "account": lambda: {"type": "integer"},
        "price": lambda: {"type": "number"},
        "urgent": lambda: {"type": "boolean"},
        "tags": lambda: {"type": "array", "items": {"type": "string"}},
        "ids": lambda: {"type": "array", "items": {"type": "integer"}},
        "who": lambda: {"type": "object"},
        "level": lambda: {"type": "string", "enum": ["low", "high", "none"]},
    }
    chosen = rng.sample(sorted(kinds), rng.randrange(2, 6))
    schema = {"type": "object", "required": chosen, "properties": {n: kinds[n]() for n in chosen}}
    return {"type": "function", "function": {"name": name, "description": "", "parameters": schema}}


def make_call(tool: Tool, rng: random.Random, *, hostile: bool) -> dict[str, Any]:
    """Return a call of the tool with a value for each argument."""
    names = tool["function"]["parameters"]["properties"]
    return {"name": tool["function"]["name"], "arguments": {n: _value(n, rng, hostile) for n in names}}


def _value(name: str, rng: random.Random, hostile: bool) -> Any:
    if name == "text":
        return rng.choice(HOSTILE if hostile and rng.random() < 0.4 else WORDS)
    if name == "count":
        return rng.randrange(-20, 100)
    if name == "account":
        return rng.choice((4915112345678, 9007199254740993, 10**18 + 7, 100200300400)) + rng.randrange(9)
    if name == "price":
        return rng.choice((0.1, 2.5, -3.75, 1e-7, 12.0, 1999.99))
    if name == "urgent":
        return rng.random() < 0.5
    if name == "tags":
        return rng.sample(WORDS, rng.randrange(1, 4))
    if name == "ids":
        return [rng.randrange(10**15, 10**16) for _ in range(rng.randrange(1, 4))]
    if name == "who":
        return {"first": rng.choice(WORDS), "age": rng.randrange(99), "home": {"zip": rng.randrange(10**4)}}
    return rng.choice(("low", "high", "none"))


# --- wrong calls, one way each; None where there is no room


def _argument(calls: Calls, rng: random.Random, fits: Callable[[Any], bool]) -> tuple[Any, Any] | None:
    """Return where a value stands, at any depth: its container and its key."""
    places: list[tuple[Any, Any]] = []

    def walk(container: Any) -> None:
        for key in container if isinstance(container, dict) else range(len(container)):
            value = container[key]
            if fits(value):
                places.append((container, key))
            if isinstance(value, (dict, list)):
                walk(value)

    for call in calls:
        walk(call["arguments"])
    return rng.choice(places) if places else None


def _changed(change: Callable[[Any, random.Random], Any], fits: Callable[[Any], bool]) -> Any:
    def way(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls | None:
        place = _argument(calls, rng, fits)
        if place is None:
            return None
        container, key = place
        container[key] = change(container[key], rng)
        return calls

    return way


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0


def _near(value: Any, rng: random.Random) -> Any:
    return value + rng.choice((-1, 1)) if isinstance(value, int) else value * (1 + rng.choice((1e-6, -1e-6)))


def _other_type(value: Any, _rng: random.Random) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return str(value)
    return [value] if isinstance(value, str) else str(value)


def _drop_argument(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls:
    del (given := rng.choice(calls)["arguments"])[rng.choice(sorted(given))]
    return calls


def _add_argument(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls:
    rng.choice(calls)["arguments"][rng.choice(("unheard_of", "Text", "note"))] = rng.choice(
        (1, "x", None, True)
    )
    return calls


def _rename_argument(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls:
    given = rng.choice(calls)["arguments"]
    name = rng.choice(sorted(given))
    given[f"{name}_"] = given.pop(name)
    return calls


def _rename(calls: Calls, tools: list[Tool], rng: random.Random) -> Calls:
    call = rng.choice(calls)
    others = [t["function"]["name"] for t in tools if t["function"]["name"] != call["name"]]
    call["name"] = rng.choice([*others, *STRANGERS])
    return calls


def _reorder_list(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls | None:
    place = _argument(calls, rng, lambda v: isinstance(v, list) and v != v[::-1])
    if place is None:
        return None
    container, key = place
    container[key] = container[key][::-1]
    return calls


def _drop_call(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls:
    del calls[rng.randrange(len(calls))]
    return calls


def _extra_call(calls: Calls, tools: list[Tool], rng: random.Random) -> Calls:
    calls.insert(rng.randrange(len(calls) + 1), make_call(rng.choice(tools), rng, hostile=False))
    return calls


def _repeat_call(calls: Calls, _tools: list[Tool], rng: random.Random) -> Calls:
    return [*calls, copy.deepcopy(rng.choice(calls))]


WAYS: Mapping[str, Callable[[Calls, list[Tool], random.Random], Calls | None]] = {
    "another name": _rename,
    "missing argument": _drop_argument,
    "extra argument": _add_argument,
    "renamed argument": _rename_argument,
    "a digit off": _changed(_near, _is_number),
    "sign": _changed(lambda v, _: -v, _is_number),
    "another type": _changed(_other_type, lambda v: not isinstance(v, (dict, list, type(None)))),
    "null": _changed(lambda _v, _: None, lambda v: v is not None),
    "truth value": _changed(lambda v, _: not v, lambda v: isinstance(v, bool)),
    "another text": _changed(lambda v, rng: f"{v} {rng.choice(WORDS)}", lambda v: isinstance(v, str)),
    "letter case": _changed(lambda v, _: v.swapcase(), lambda v: isinstance(v, str) and v != v.swapcase()),
    "list order": _reorder_list,
    "missing call": _drop_call,
    "extra call": _extra_call,
    "repeated call": _repeat_call,
}


# --- spellings of the same calls


def _spelt(calls: Calls, rng: random.Random) -> Calls:
    """Return the same calls with keys in another order, whole numbers as floats, texts decomposed."""
    return [{"name": c["name"], "arguments": _shuffled(c["arguments"], rng)} for c in calls]


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        keys = rng.sample(sorted(value), len(value))
        return {k: _shuffled(value[k], rng) for k in keys}
    if isinstance(value, list):
        return [_shuffled(v, rng) for v in value]
    if isinstance(value, str) and rng.random() < 0.1:
        return unicodedata.normalize("NFD", value)
    if _is_int(value) and abs(value) < 2**53 and rng.random() < 0.05:
        return float(value)
    return value


def _as_object(call: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    arguments = call["arguments"]
    shape = rng.random()
    if shape < 0.7:
        return {"name": call["name"], "arguments": arguments}
    if shape < 0.8:
        return {rng.choice(("tool", "function")): call["name"], rng.choice(("parameters", "args")): arguments}
    if shape < 0.9:
        return {"name": call["name"], "arguments": json.dumps(arguments)}
    return {
        "id": "c1",
        "type": "function",
        "function": {"name": call["name"], "arguments": json.dumps(arguments)},
    }


def _json(calls: Calls, rng: random.Random) -> str:
    """Return the calls as JSON: an array, one object, or one after the other."""
    shown = [_as_object(c, rng) for c in calls]
    indent = rng.choice((None, None, 2))
    if len(shown) == 1 and rng.random() < 0.6:
        return json.dumps(shown[0], indent=indent, ensure_ascii=rng.random() < 0.2)
    if len(shown) > 1 and rng.random() < 0.3:
        return rng.choice(("\n", ", ")).join(json.dumps(s, ensure_ascii=False) for s in shown)
    return json.dumps(shown, indent=indent, ensure_ascii=False)


def _python(calls: Calls, rng: random.Random) -> str:
    shown = [f"{c['name']}({', '.join(f'{k}={v!r}' for k, v in c['arguments'].items())})" for c in calls]
    return f"[{', '.join(shown)}]" if len(shown) != 1 or rng.random() < 0.6 else shown[0]


BEFORE = (
    "I will do that.",
    "Sure, here is the call:",
    "Of course!",
    "To do this I use a tool:",
    "Gern, so geht es:",
)
BEHIND = ("", "This does what you asked.", "Tell me if you need more.", "Let me know!")
SAYINGS = (
    "None of the tools fits this request.",
    "Which city do you mean?",
    "The capital of France is Paris.",
)


def _fenced(text: str, word: str) -> str:
    return f"```{word}\n{text}\n```"


def _in_prose(text: str, rng: random.Random) -> str:
    return f"{rng.choice(BEFORE)}\n{text}\n{rng.choice(BEHIND)}".strip()


def _tagged(calls: Calls, rng: random.Random) -> str:
    tags = (
        f"<tool_call>{rng.choice(('', chr(10)))}{json.dumps(c, ensure_ascii=False)}</tool_call>"
        for c in calls
    )
    return "\n".join(tags)


def _in_channels(calls: Calls) -> str:
    return "<|start|>assistant".join(
        f"<|channel|>commentary to=functions.{c['name']} <|constrain|>json<|message|>"
        f"{json.dumps(c['arguments'], ensure_ascii=False)}<|call|>"
        for c in calls
    )


TEXT_FORMS: Mapping[str, Callable[[Calls, random.Random], str]] = {
    "bare": _json,
    "python": _python,
    "fenced": lambda calls, rng: _fenced(_json(calls, rng), rng.choice(("json", ""))),
    "fenced python": lambda calls, rng: _fenced(_python(calls, rng), rng.choice(("python", "tool_code"))),
    "fenced in prose": lambda calls, rng: _in_prose(_fenced(_json(calls, rng), "json"), rng),
    "tagged": _tagged,
    "tagged in prose": lambda calls, rng: f"{rng.choice(BEFORE)}\n{_tagged(calls, rng)}",
    "channel": lambda calls, _rng: (
        f"<|channel|>analysis<|message|>So.<|end|><|start|>assistant{_in_channels(calls)}"
    ),
    "in prose": lambda calls, rng: _in_prose(_json(calls, rng), rng),
}
_NO_CALL_FORMS = ("bare", "fenced", "python")
_ODD_TEXTS = ("bare", "fenced", "fenced in prose", "tagged", "tagged in prose", "in prose")
"""Forms in which the arguments' texts may look like marks."""


@cache
def _offers() -> list[list[Tool]]:
    """What items offer: three hundred choices of two to four tools."""
    rng = random.Random(0)
    return [[make_tool(n, rng) for n in rng.sample(NAMES, rng.randrange(2, 5))] for _ in range(300)]


def make_case(rng: random.Random, *, right: bool) -> Case:
    """Return an answer that is right, or wrong in one way."""
    tools = rng.choice(_offers())
    form = rng.choice(("native", *TEXT_FORMS, *TEXT_FORMS))
    count = rng.choice((0, 1, 1, 1, 1, 1, 2, 3))
    odd = form in _ODD_TEXTS
    target = [make_call(rng.choice(tools), rng, hostile=odd) for _ in range(count)]
    ordered = len(target) > 1 and target != target[::-1] and rng.random() < 0.3
    case = Case(
        form=form, way="", text="", target=target, contract={"tools": tuple(tools)},
        scorer={"ordered": True} if ordered else {},
    )  # fmt: skip
    return _right(case, rng) if right else _wrong(case, tools, rng)


def _right(case: Case, rng: random.Random) -> Case:
    calls = _spelt(case.target, rng)
    if not case.scorer:
        rng.shuffle(calls)
    if not calls:
        if case.form == "native" or rng.random() < 0.5:
            return replace(
                case, form="no call, in words", way="abstains", text=_thought(rng.choice(SAYINGS), rng)[1]
            )
        text = _fenced("[]", "json") if "fenced" in case.form else "[]"
        return replace(case, form="no call, []", way="abstains", text=_thought(text, rng)[1])
    if case.form == "native":
        return replace(case, way="same calls", calls=tuple(calls), text=rng.choice(("", "One moment.")))
    written = TEXT_FORMS[case.form](calls, rng)
    if case.form in ("bare", "fenced", "in prose") and rng.random() < 0.1:
        draft = _json(_make_wrong(case, rng), rng)
        word = rng.choice(("Corrected", "Final answer", "Korrigiert"))
        return replace(
            case,
            form="final statement",
            way="corrects a draft",
            text=f"Draft:\n{draft}\n\n{word}:\n{written}",
        )
    if case.form == "channel":
        return replace(case, way="same calls", text=written)
    mark, text = _thought(written, rng)
    return replace(
        case, form=f"{case.form}, after reasoning" if mark else case.form, way=f"same calls {mark}", text=text
    )


def _thought(text: str, rng: random.Random) -> tuple[str, str]:
    """Return the mark and the text with reasoning before it, three times in ten."""
    if rng.random() < 0.7:
        return "", text
    opening, closing = rng.choice(REASONING)
    thoughts = rng.choice(
        ("Let me see.", 'I could call {"name": "search", "arguments": {}} first.', "Hm {\n[", "f(x=1)")
    )
    return opening, f"{opening}{thoughts}{closing}{text}"


def _make_wrong(case: Case, rng: random.Random) -> Calls:
    tools = list(case.contract["tools"])
    while True:
        made = WAYS[rng.choice(sorted(WAYS))](copy.deepcopy(case.target), tools, rng)
        if made:
            return made


def _wrong(case: Case, tools: list[Tool], rng: random.Random) -> Case:
    if not case.target:
        calls = [make_call(rng.choice(tools), rng, hostile=False) for _ in range(rng.choice((1, 1, 2)))]
        if rng.random() < 0.2:
            calls[0]["name"] = rng.choice(STRANGERS)
        case = replace(case, way="a call where none is right")
        if case.form != "native" and rng.random() < 0.3:
            return _spoilt(replace(case, way="a broken call where none is right"), calls, rng)
        return _finished(case, calls, rng)
    roll = rng.random()
    if roll < 0.05:
        return replace(
            case, form="no call, in words", way="abstains", text=rng.choice((*SAYINGS, "[]", "", " "))
        )
    if roll < 0.1 and case.scorer:
        return _finished(replace(case, way="wrong order"), case.target[::-1], rng)
    if roll < 0.45 and case.form != "native":
        return _spoilt(case, case.target, rng)
    while True:
        way = rng.choice(sorted(WAYS))
        calls = WAYS[way](copy.deepcopy(case.target), tools, rng)
        if calls is not None:
            return _finished(replace(case, way=way), calls, rng)


def _finished(case: Case, calls: Calls, rng: random.Random) -> Case:
    if case.form == "native":
        return replace(case, calls=tuple(calls))
    text = TEXT_FORMS[case.form](calls, rng) if calls or case.form in _NO_CALL_FORMS else rng.choice(SAYINGS)
    return replace(case, text=text if case.form == "channel" else _thought(text, rng)[1])


def _spoilt(case: Case, right: Calls, rng: random.Random) -> Case:
    """Return the right calls in a text that does not make them: cut, inside of something, retracted."""
    # Words after reasoning are the right answer where no call is right.
    way, spoil = rng.choice([s for s in _SPOILT if case.target or s[1] is not _thinks_then_says])
    way = f"{case.way}, {way}" if case.way else way
    return replace(case, way=way, text=spoil(case, copy.deepcopy(right), rng))


def _one(calls: Calls) -> str:
    return json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)


def _cut(case: Case, calls: Calls, rng: random.Random) -> str:
    text = TEXT_FORMS[case.form](calls, rng) if case.form != "channel" else _in_channels(calls)
    if case.form not in ("bare", "python"):
        return _cut_before_all(text, calls, rng)
    # Before its parenthesis a function's name is a word like others.
    start = text.index("(") + 1 if case.form == "python" else 1
    return text[: rng.randrange(start, max(text.rindex(end) for end in "}])" if end in text))]


def _cut_before_all(text: str, calls: Calls, rng: random.Random) -> str:
    """Cut within the last call, whose last argument's end is the first place where it could be whole."""
    last = calls[-1]["name"]
    start = text.rindex(last)
    return text[: rng.randrange(start + len(last), text.rindex(")" if f"{last}(" in text else "}") - 1)]


def _thinks_only(case: Case, calls: Calls, rng: random.Random) -> str:
    opening = rng.choice(REASONING)[0]
    return f"{opening}I should write {TEXT_FORMS['bare'](calls, rng)}{rng.choice(('', ' and', chr(10)))}"


def _thinks_then_says(case: Case, calls: Calls, rng: random.Random) -> str:
    opening, closing = rng.choice(REASONING)
    return f"{opening}I should write {_one(calls)}.{closing}Which one do you mean, please?"


def _inside(case: Case, calls: Calls, rng: random.Random) -> str:
    inner = _one(calls)
    shells = (
        '{"status": None, "call": %s}', "{result: %s}", '{"status": "ok", "call": %s}', "[%s, ", "%s}",
        '[%s, {"name": "se', '{"calls": [%s}', "I note [see: %s] here.", 'So {"result": %s}',
        '{"a": {"b": %s}}', "{'call': %s}",
    )  # fmt: skip
    text = rng.choice(shells) % inner
    return (
        text if rng.random() < 0.6 else rng.choice((_fenced(text, "json"), f"<tool_call>{text}</tool_call>"))
    )


def _retracted(case: Case, calls: Calls, rng: random.Random) -> str:
    wrong = _json(_make_wrong(case, rng) if case.target else calls, rng)
    ends = (f"Corrected: {wrong}", f"Final answer: {wrong}", "Corrected: no call at all.", f"But no: {wrong}")
    return f"Draft: {_one(calls)}\n{rng.choice(ends)}"


_SPOILT: tuple[tuple[str, Callable[[Case, Calls, random.Random], str]], ...] = (
    ("cut", _cut),
    ("in unfinished reasoning", _thinks_only),
    ("in reasoning only", _thinks_then_says),
    ("inside of something else", _inside),
    ("retracted", _retracted),
)
