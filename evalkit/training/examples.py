"""Items and right answers made into chat examples, as the student will be asked and shall answer.

The messages are those of the family's own prompter, the same code that a run asks with. The answer is written
in the student's output mode, JSON without spaces, and scored as it is written: what the suite's own scorer
does not call right is not taught.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from evalkit.errors import SuiteError
from evalkit.families import Scorer, compile_prompter, compile_scorer, get_family
from evalkit.records import Answer, Candidate, Item, Request, Sample, Suite, ToolCall, content_hash
from evalkit.suites.train_split import with_asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How answers are written."""

    arguments: Literal["text", "object"] = "text"
    """Arguments of native tool calls: JSON text, as OpenAI's API takes them, or objects."""
    decimals: Mapping[str, int] = field(default_factory=dict)
    """Path of a number in the answer, such as `$.total` or `$.items[*].price` -> its decimals."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One line of training data."""

    item_id: str
    request: Request
    answer: Mapping[str, Any]
    """The assistant's message."""

    @property
    def line(self) -> dict[str, Any]:
        """The line as trainers read it: messages, and tools where they are offered through the API."""
        tools = {"tools": list(self.request.tools)} if self.request.tools else {}
        return {"messages": [*self.request.messages, self.answer], **tools}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """An item that made no example."""

    item_id: str
    reason: str
    """The error kind of the answer, `faulted: KIND`, `not_asked`, or `not_written`."""


Right = Callable[[Item], Item | Dropped]
"""An item -> itself with the answer to teach as its target, or why there is none."""


def make_examples(
    suite: Suite, items: Sequence[Item], student: Candidate, right: Right, form: Form | None = None
) -> tuple[list[Example], list[Dropped]]:
    """Return an example for each item that has a right answer, in order, and the others with the reason.

    Args:
        suite: The suite as it is measured; few-shot examples come from it, as in a run.
        items: Train items.
        student: Its prompt variant and output mode are those of the examples.
        right: Where the answers come from: `own_target`, or `answers_of` a teacher.
        form: How answers are written.

    Raises:
        SuiteError: An item has the input of a test item, or the prompt variant is unknown.
    """
    refuse_test_items(suite, items)
    form = form or Form()
    asked = with_asked(suite, items)
    ask, score = compile_prompter(asked, student), compile_scorer(asked)
    write = _writer(asked, student.at(suite.name))
    made: list[Example] = []
    dropped: list[Dropped] = []
    for item in asked.test_items:
        taught = right(item)
        if isinstance(taught, Dropped):
            dropped.append(taught)
            continue
        message = _message(write(taught), form)
        said = score(item, _as_answered(message))
        if said.success:
            made.append(Example(item_id=item.id, request=ask(item, 0), answer=message))
        else:
            dropped.append(Dropped(item_id=item.id, reason=said.error_kind or "not_written"))
    return made, dropped


def own_target(item: Item) -> Item:
    """The item with its own target."""
    return item


def answers_of(samples: Iterable[Sample], score: Scorer) -> Right:
    """Return a teacher's answers where the suite's scorer calls them right: rejection sampling.

    Args:
        samples: What the teacher answered; of several repeats, the first right one counts.
        score: The suite's scorer as the teacher's answers are read.
    """
    by_item: dict[str, list[Sample]] = {}
    for sample in samples:
        by_item.setdefault(sample.item_id, []).append(sample)

    def right(item: Item) -> Item | Dropped:
        reason = "not_asked"
        for sample in sorted(by_item.get(item.id, ()), key=lambda s: s.repeat):
            if sample.status != "answered":
                reason = f"faulted: {sample.fault}"
                continue
            said = score(item, sample.answer)
            if said.success:
                return replace(item, target=said.parsed, alternatives=())
            reason = said.error_kind or "wrong"
        return Dropped(item_id=item.id, reason=reason)

    return right


def refuse_test_items(suite: Suite, items: Iterable[Item]) -> None:
    """Raise SuiteError if an item has what a test item asks, whatever its id and split say."""
    tested = {_asked_hash(item): item.id for item in suite.test_items}
    for item in items:
        if (test_id := tested.get(_asked_hash(item))) is not None:
            raise SuiteError(
                f"the train item {item.id!r} asks what the test item {test_id!r} asks",
                where=f"suite {suite.name!r}",
                hint="take it out of the training data: a model trained on its own test proves nothing",
            )


def compact_json(value: Any, decimals: Mapping[str, int] | None = None, path: str = "$") -> str:
    """Return JSON without spaces, keys in their order; numbers at the paths in `decimals` with so many."""
    decimals = decimals or {}
    if isinstance(value, Mapping):
        members = (f"{_json(k)}:{compact_json(v, decimals, f'{path}.{k}')}" for k, v in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(compact_json(v, decimals, f"{path}[*]") for v in value) + "]"
    if path in decimals and isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.{decimals[path]}f}"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _asked_hash(item: Item) -> str:
    return content_hash(item.input, item.messages, item.context)


def _writer(asked: Suite, student: Candidate) -> Callable[[Item], Answer]:
    """Writes an item's target as the student shall; a teacher's calls have the plain form."""
    family = get_family(asked.family)
    options = {name: value for name, value in asked.scorer.items() if name != "target_format"}
    as_read = replace(asked, scorer=options)
    items = {item.id: item for item in asked.items}

    def write(taught: Item) -> Answer:
        own = taught is items[taught.id]
        return family.right_answer(asked if own else as_read, taught, student)

    return write


def _message(answer: Answer, form: Form) -> dict[str, Any]:
    """The assistant's message: native calls, else text, JSON made compact."""
    if not answer.tool_calls:
        return {"role": "assistant", "content": _compact_text(answer.text or "", form.decimals)}
    calls = []
    for number, call in enumerate(answer.tool_calls):
        text = compact_json(call.arguments, form.decimals)
        arguments = text if form.arguments == "text" else json.loads(text)
        function = {"name": call.name, "arguments": arguments}
        calls.append({"id": f"call{number:05d}", "type": "function", "function": function})
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _compact_text(text: str, decimals: Mapping[str, int]) -> str:
    """A label as it is; a JSON object or list without its spaces."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return compact_json(value, decimals) if isinstance(value, (dict, list)) else text


def _as_answered(message: Mapping[str, Any]) -> Answer:
    """The message as if the student had said it, to be scored."""
    calls = []
    for call in message.get("tool_calls", ()):
        given = call["function"]["arguments"]
        arguments = json.loads(given) if isinstance(given, str) else given
        calls.append(ToolCall(name=call["function"]["name"], arguments=arguments))
    return Answer(
        text=message["content"], tool_calls=tuple(calls), finish_reason="tool_calls" if calls else "stop"
    )
