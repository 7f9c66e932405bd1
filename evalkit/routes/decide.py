"""Follows routes.yaml inside a service: who is asked first, and who next after an answer.

Nothing but the standard library and a YAML reader is imported here, so that a service can take this one file
along. It asks no model and keeps no state: each decision is a value.

    routes = load("routes.yaml")
    step = routes.first("support-triage", {"language": "de", **known(text)})
    while step.action == "ask":
        answer = ask(step.candidate, text)
        step = routes.after(step, format_valid=answer.valid, confidence=answer.confidence)
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

Action = Literal["ask", "serve", "review", "failed"]
"""`ask` the candidate; `serve` its answer; hand the work to a person for `review`; or it `failed`: no answer
may be served."""

REVIEW = "review"
"""Stands where a candidate would: a person decides."""

FORM = 1
"""The form of routes.yaml that is read here."""

SIGNALS = ("format_invalid", "low_confidence", "disagreement", "no_call", "out_of_scope")
OPS = ("is", "is_not", "at_least", "below")

MOST_BYTES = 2**20
MOST_VALUES = 100_000
"""Bounds of a file: a thousand suites fit, and a hostile file is refused within a second or two."""
DEEPEST = 12
"""Levels of nesting; a sound file has eight."""
MOST_REPEATS = 100
"""How often a candidate is asked at once, at most: each time is paid."""
MOST_CONFIDENCE = 1 + 1e-6
"""A probability above this is none; rounding may carry a sum of log-probabilities a little over 1."""

Place = tuple[str | int, ...]
"""Keys and indexes from the top of the file."""


class RouteError(LookupError):
    """The file is not one of routes, or has no route for what was asked."""

    def __init__(self, message: str, place: Place = ()) -> None:
        super().__init__(f"{dotted(place)}: {message}" if place else message)
        self.place = place


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do next with one item."""

    action: Action
    suite: str
    candidate: str
    """Who is asked, or whose answer is served; for a review, who answered last (empty: nobody)."""
    ask_times: int = 1
    """How often the candidate is asked at once; above 1 it is looked whether the answers agree."""
    review: bool = False
    """Whether a person checks the answer before it counts."""
    why: str = ""
    """In a few words, for a log."""
    branch: int = 0
    step: int = 0


class Routes:
    """The routes of a file.

    Args:
        plain: What the file says.

    Raises:
        RouteError: It cannot be followed; names the first place that is wrong.
    """

    def __init__(self, plain: Mapping[str, Any]) -> None:
        for place, fault in faults(plain):
            raise RouteError(fault, place)
        self.plain = plain

    @property
    def candidates(self) -> Mapping[str, Mapping[str, Any]]:
        """Candidate -> what the file pins of it: tier, model, fingerprint."""
        found: Mapping[str, Mapping[str, Any]] = self.plain.get("candidates") or {}
        return found

    def route(self, suite: str) -> Mapping[str, Any]:
        """What the file says of one suite.

        Raises:
            RouteError: It has no route; names the near ones.
        """
        routes: Mapping[str, Mapping[str, Any]] = self.plain["routes"]
        if not isinstance(suite, str) or suite not in routes:
            near = difflib.get_close_matches(str(suite), list(routes), n=1)
            raise RouteError(f"no route for {suite!r}" + (f": did you mean {near[0]!r}?" if near else ""))
        return routes[suite]

    def expired(self, suite: str, today: date) -> bool:
        """Whether the route was accepted until a day before `today`."""
        until = (self.route(suite).get("accepted") or {}).get("until")
        return until is not None and date.fromisoformat(str(until)) < today

    def first(self, suite: str, features: Mapping[str, Any] | None = None) -> Decision:
        """Who is asked first about an item with these features.

        Raises:
            RouteError: The file has no route for the suite.
        """
        branches = self.route(suite)["branches"]
        number, branch = next(
            (number, branch)
            for number, branch in enumerate(branches)
            if all(holds(condition, features or {}) for condition in branch.get("when") or ())
        )  # the last branch takes every item
        return _ask(suite, branch, number, 0, f"branch {number + 1}")

    def after(
        self,
        decision: Decision,
        *,
        faulted: bool = False,
        format_valid: bool | None = None,
        confidence: float | None = None,
        agree: bool | None = None,
        called: bool | None = None,
        out_of_scope: bool | None = None,
    ) -> Decision:
        """What to do once the candidate of `decision` has answered.

        In doubt the work goes up: a signal that is not told counts as shown, and so does a confidence that is
        not a probability. An answer of the last step is served only when its format is told to be valid; else
        it `failed`, or goes to a person where the branch has one.

        Args:
            decision: The last one, whose action was `ask`.
            faulted: No answer came, after retries.
            format_valid: It parses and fits the labels, the schema or the tools.
            confidence: Its probability, a fraction, where the model gives one.
            agree: All answers were equal, when it was asked several times.
            called: A tool was called.
            out_of_scope: It says that no label fits.

        Raises:
            RouteError: `decision` did not ask anybody, or was made by another file.
        """
        branch = self._branch_of(decision)
        signal = branch["ask"][decision.step].get("escalate_on")
        why = "no answer" if faulted else ""
        if not why and format_valid is not True:
            why = "format not told" if format_valid is None else "invalid format"
        if signal is not None:
            shows = {
                "format_invalid": False,
                "low_confidence": not _reaches(confidence, signal.get("below", 0.0)),
                "disagreement": agree is not True,
                "no_call": called is not True,
                "out_of_scope": out_of_scope is not False,
            }
            if why or shows[signal["signal"]]:
                why = why or signal["signal"].replace("_", " ")
                return _ask(decision.suite, branch, decision.branch, decision.step + 1, why)
        checked = bool(branch.get("review"))
        if why:
            return _end("review" if checked else "failed", decision, why, checked)
        return _end("serve", decision, "to be checked by a person" if checked else "served", checked)

    def _branch_of(self, decision: Decision) -> Mapping[str, Any]:
        """The branch that asked; a file that was loaded anew in between may have another one there."""
        branches = self.route(decision.suite)["branches"]
        if decision.action != "ask":
            raise RouteError(f"{decision.action!r} is the end: nobody was asked")
        if 0 <= decision.branch < len(branches):
            steps = branches[decision.branch]["ask"]
            if 0 <= decision.step < len(steps) and steps[decision.step]["candidate"] == decision.candidate:
                found: Mapping[str, Any] = branches[decision.branch]
                return found
        raise RouteError(f"{decision.candidate!r} was asked by another file of routes: begin with `first`")


def load(path: str | Path) -> Routes:
    """The routes of that file.

    Raises:
        RouteError: It is not a file of routes; names the line and the place.
        OSError: It cannot be read.
    """
    with Path(path).open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise RouteError(f"{path}: larger than {MOST_BYTES:,} bytes")
    reader = _YamlBuilder()
    try:
        return Routes(reader.read(raw.decode("utf-8-sig")))
    except RouteError as error:
        raise RouteError(f"{path}:{reader.line(error.place)}: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise RouteError(f"{path}{line}: not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RouteError(f"{path}: not YAML in UTF-8") from error


def faults(plain: Any) -> Iterator[tuple[Place, str]]:
    """What keeps these values from being followed as routes: place and words of each fault.

    Unknown keys are refused where they would change who is asked; elsewhere they are passed over.
    """
    if not isinstance(plain, Mapping) or isinstance(plain.get("form"), bool) or plain.get("form") != FORM:
        yield (), f"this is not a routes.yaml of form {FORM}"
        return
    candidates = plain.get("candidates")
    if candidates is not None and not _maps_names(candidates):
        yield ("candidates",), "expected a mapping of candidates"
        return
    routes = plain.get("routes")
    if not isinstance(routes, Mapping):
        yield ("routes",), "expected a mapping of suites to routes"
        return
    for suite, route in routes.items():
        place: Place = ("routes", suite)
        if not isinstance(suite, str) or not isinstance(route, Mapping):
            yield place, "expected the name of a suite and its route"
            continue
        yield from _acceptance_faults(route.get("accepted"), (*place, "accepted"))
        branches = route.get("branches")
        if not _is_list(branches) or not branches:
            yield (*place, "branches"), "expected a list of at least one branch"
            continue
        for number, branch in enumerate(branches):
            last = number == len(branches) - 1
            yield from _branch_faults(branch, (*place, "branches", number), candidates, last=last)


def _maps_names(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(one, Mapping) for name, one in value.items()
    )


def _acceptance_faults(accepted: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if accepted is not None and not isinstance(accepted, Mapping):
        yield place, "expected a mapping"
        return
    for key in ("since", "until"):
        day = (accepted or {}).get(key)
        try:
            if day is not None:
                date.fromisoformat(str(day))
        except ValueError:
            yield (*place, key), f"{str(day)[:40]!r} is not a valid date"


def _branch_faults(
    branch: Any, place: Place, candidates: Mapping[str, Any] | None, *, last: bool
) -> Iterator[tuple[Place, str]]:
    yield from (found := list(_form_faults(branch, place, ("when", "ask", "review"), "a branch")))
    if found:
        return
    when, steps = branch.get("when", ()), branch.get("ask")
    if not isinstance(branch.get("review", False), bool):
        yield (*place, "review"), "expected true or false"
    if not _is_list(when):
        yield (*place, "when"), "expected a list of conditions"
    elif last and when:
        yield (*place, "when"), "the last branch has conditions: no branch takes the items that meet none"
    elif not last and not when:
        yield place, "a branch without conditions is the last one: later ones are never reached"
    else:
        for number, condition in enumerate(when):
            yield from _condition_faults(condition, (*place, "when", number))
    if not _is_list(steps) or not steps:
        yield (*place, "ask"), "expected a list of at least one step"
    else:
        yield from _steps_faults(steps, (*place, "ask"), candidates)


def _steps_faults(
    steps: Sequence[Any], place: Place, candidates: Mapping[str, Any] | None
) -> Iterator[tuple[Place, str]]:
    asked: list[str] = []
    for number, step in enumerate(steps):
        here: Place = (*place, number)
        yield from (found := list(_step_faults(step, here, last=number == len(steps) - 1)))
        if found:
            continue
        name = step["candidate"]
        if name in asked:
            yield here, f"{name!r} is asked twice"
        if name != REVIEW and candidates is not None and name not in candidates:
            near = difflib.get_close_matches(name, candidates, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            yield here, f"candidate {name!r} is not pinned under `candidates`{hint}"
        asked.append(name)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _condition_faults(condition: Any, place: Place) -> Iterator[tuple[Place, str]]:
    yield from (found := list(_form_faults(condition, place, ("feature", *OPS), "a condition")))
    if found:
        return
    if not isinstance(condition.get("feature"), str) or not condition["feature"]:
        yield place, "expected `feature`, the name of a feature"
    ops = [op for op in OPS if op in condition]
    if len(ops) != 1:
        yield place, f"expected one of {', '.join(OPS)}"
        return
    (op,), value = ops, condition[ops[0]]
    if op in ("at_least", "below"):
        if not _is_number(value):
            yield (*place, op), f"expected a number, got {str(value)[:40]!r}"
    elif not isinstance(value, str) and not _is_number(value):
        yield (*place, op), f"expected text or a number, got {str(value)[:40]!r}"


def _step_faults(step: Any, place: Place, *, last: bool) -> Iterator[tuple[Place, str]]:
    yield from (found := list(_form_faults(step, place, ("candidate", "escalate_on"), "a step")))
    if found:
        return
    name, signal = step.get("candidate"), step.get("escalate_on")
    if not isinstance(name, str) or not name:
        yield place, "expected `candidate`, the name of a candidate or review"
    elif last and "escalate_on" in step:
        yield place, f"the last step, {name!r}, escalates to nobody"
    elif not last and name == REVIEW:
        yield place, "a review is the last step or none"
    elif not last and signal is None:
        yield place, f"step {name!r} has no signal: later steps are never reached"
    elif not last:
        yield from _signal_faults(signal, (*place, "escalate_on"))


def _signal_faults(signal: Any, place: Place) -> Iterator[tuple[Place, str]]:
    yield from (found := list(_form_faults(signal, place, ("signal", "below", "repeats"), "a signal")))
    if found:
        return
    kind, below, repeats = signal.get("signal"), signal.get("below"), signal.get("repeats")
    if kind not in SIGNALS:
        yield (*place, "signal"), f"expected one of {', '.join(SIGNALS)}"
    if (kind == "low_confidence" or "below" in signal) and not (_is_number(below) and 0 <= below <= 1):
        yield place, f"{kind} needs `below`, a fraction in [0, 1], not {str(below)[:40]}"
    whole = _is_number(repeats) and repeats == int(repeats)
    if (kind == "disagreement" or "repeats" in signal) and not (whole and 2 <= repeats <= MOST_REPEATS):
        yield place, f"{kind} needs `repeats`, from 2 to {MOST_REPEATS}, not {str(repeats)[:40]}"


def _form_faults(value: Any, place: Place, keys: Sequence[str], what: str) -> Iterator[tuple[Place, str]]:
    """Whether it is a mapping of these keys alone."""
    if not isinstance(value, Mapping):
        yield place, f"expected {what}, a mapping"
        return
    for key in value:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            yield (*place, str(key)), f"{what} has no key {str(key)[:40]!r}{hint}"


def _is_number(value: Any) -> bool:
    """A finite number that a float can hold."""
    # A NaN is not less than anything.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _reaches(confidence: Any, below: float) -> bool:
    """Whether it is a probability, and not below the threshold."""
    return _is_number(confidence) and below <= confidence <= MOST_CONFIDENCE and confidence >= 0


def dotted(place: Place) -> str:
    """A place as a reader writes it, such as `routes.triage.branches[0]`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


class _YamlBuilder:
    """Builds plain values from YAML's events: every key is text and none is there twice; the values are
    bounded in number and depth, which PyYAML does not do (its C part even crashes on deep nesting)."""

    def __init__(self) -> None:
        self._lines: dict[Place, int] = {}
        self._count = 0
        self._anchored: dict[str, tuple[Any, int]] = {}
        """Value and number of values by anchor."""

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest one above it."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def read(self, text: str) -> Any:
        """The value of the one document in `text`.

        Raises:
            RouteError: It is too large or too deep, or has a key twice, a cycle or a tag.
            yaml.YAMLError: It is not YAML.
        """
        events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        value, documents = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise RouteError("expected one document, found a second")
                value = self._value(next(events), events, ())
        return value

    def _value(self, event: Any, events: Iterator[Any], place: Place) -> Any:
        self._lines[place] = event.start_mark.line + 1
        self._count += 1
        if self._count > MOST_VALUES or len(place) > DEEPEST:
            raise RouteError(f"more than {MOST_VALUES:,} values, or {DEEPEST} levels", place)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchored:
                raise RouteError(f"the alias {str(event.anchor)[:40]!r} leads to itself or nowhere", place)
            value, size = self._anchored[event.anchor]
            self._count += size
            return value
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise RouteError(f"tags such as {event.tag[:40]!r} are not read", place)
        before = self._count
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] and event.tag is None
            value = read_scalar(event.value) if plain else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(events, place)
        else:
            value = self._mapping(events, place)
        if event.anchor:
            self._anchored[event.anchor] = (value, self._count - before + 1)
        return value

    def _list(self, events: Iterator[Any], place: Place) -> list[Any]:
        found: list[Any] = []
        while not isinstance(child := next(events), yaml.SequenceEndEvent):
            found.append(self._value(child, events, (*place, len(found))))
        return found

    def _mapping(self, events: Iterator[Any], place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise RouteError("expected text as a key", place)
            here = (*place, key.value)
            if key.value in found:
                raise RouteError(f"the key {key.value[:40]!r} is there twice", here)
            found[key.value] = self._value(next(events), events, here)
        return found


_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,299})")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,4})?")
_CONSTANTS = {
    "true": True, "false": False, "null": None, "~": None, "": None,
    ".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan,
}  # fmt: skip


def read_scalar(text: str) -> Any:
    """What YAML's unquoted `text` stands for: a number, `true`, `false`, `null`, or the text itself, such as
    a day, `no` or `010`."""
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def holds(condition: Mapping[str, Any], features: Mapping[str, Any]) -> bool:
    """Whether an item's features meet a condition; a feature that it lacks meets none but `is_not`."""
    value = features.get(condition["feature"])
    if "is_not" in condition:
        return value is None or text_of(value) != text_of(condition["is_not"])
    if value is None:
        return False
    if "is" in condition:
        return text_of(value) == text_of(condition["is"])
    number = _number(value)
    if "at_least" in condition:
        return number >= float(condition["at_least"])
    return number < float(condition["below"])


def known(
    text: str | None = None,
    *,
    messages: Sequence[Mapping[str, Any]] = (),
    context: Iterable[str] = (),
    tools: int | None = None,
) -> dict[str, float]:
    """The features that follow from the input alone, counted as evalkit counts them.

    Args:
        text: The text to work on, when it is no chat.
        messages: The chat, earlier turns included.
        context: The texts of the passages that come along.
        tools: How many tools are offered.
    """
    said = [_text(m.get("content")) for m in messages if m.get("role") == "user"]
    found = {
        "input_words": float(len((text if text is not None else " ".join(said)).split())),
        "turns": float(max(1, len(said))),
        "context_words": float(sum(len(passage.split()) for passage in context)),
    }
    return found if tools is None else {**found, "tools": float(tools)}


def text_of(value: Any) -> str:
    """A feature as conditions compare it: 40.0 is `40`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15:
        return str(int(value)) if value == int(value) else repr(float(value))
    return str(value)


def _number(value: Any) -> float:
    """A feature as a number; one that is none lies neither above nor below anything."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _text(content: Any) -> str:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, (list, tuple)) else ()
    return " ".join(str(p.get("text", "")) for p in parts if isinstance(p, Mapping))


def _ask(suite: str, branch: Mapping[str, Any], number: int, step: int, why: str) -> Decision:
    asked = branch["ask"][step]
    if asked["candidate"] == REVIEW:
        before = branch["ask"][step - 1]["candidate"] if step else ""
        return Decision(
            action="review", suite=suite, candidate=before, why=why, branch=number, step=step, review=True
        )
    return Decision(
        action="ask", suite=suite, candidate=asked["candidate"], why=why, branch=number, step=step,
        ask_times=int((asked.get("escalate_on") or {}).get("repeats", 1)), review=bool(branch.get("review")),
    )  # fmt: skip


def _end(action: Action, decision: Decision, why: str, review: bool = False) -> Decision:
    return Decision(
        action=action, suite=decision.suite, candidate=decision.candidate, why=why,
        branch=decision.branch, step=decision.step, review=review,
    )  # fmt: skip
