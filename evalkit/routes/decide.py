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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

Action = Literal["ask", "serve", "review", "failed"]
"""`ask` the candidate; `serve` its answer; hand the work to a person for `review`; or nobody answered."""

REVIEW = "review"
"""Stands where a candidate would: a person decides."""

FORM = 1
"""The form of routes.yaml that is read here."""


class _Loader(yaml.SafeLoader):
    """The safe loader without YAML 1.1's surprises: `no` and `on` are text, and so are dates."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


class RouteError(LookupError):
    """The file is not one of routes, or has no route for what was asked."""


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
    """

    def __init__(self, plain: Mapping[str, Any]) -> None:
        if not isinstance(plain, Mapping) or plain.get("form") != FORM:
            raise RouteError(f"this is no routes.yaml of form {FORM}")
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
        routes: Mapping[str, Mapping[str, Any]] = self.plain.get("routes") or {}
        if suite not in routes:
            near = difflib.get_close_matches(suite, list(map(str, routes)), n=1)
            raise RouteError(f"no route for {suite!r}" + (f": did you mean {near[0]!r}?" if near else ""))
        return routes[suite]

    def expired(self, suite: str, today: date) -> bool:
        """Whether the route was accepted until a day before `today`."""
        until = (self.route(suite).get("accepted") or {}).get("until")
        return until is not None and date.fromisoformat(str(until)) < today

    def first(self, suite: str, features: Mapping[str, Any] | None = None) -> Decision:
        """Who is asked first about an item with these features.

        Raises:
            RouteError: The file has no route for the suite, or no branch for the item.
        """
        for number, branch in enumerate(self.route(suite)["branches"]):
            if all(holds(condition, features or {}) for condition in branch.get("when") or ()):
                return _ask(suite, branch, number, 0, f"branch {number + 1}")
        raise RouteError(f"no branch of {suite!r} takes this item: the last one should have no conditions")

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
        """What to do once the candidate of `decision` has answered; what is not told counts as a signal to go
        up.

        Args:
            decision: The last one, whose action was `ask`.
            faulted: No answer came, after retries.
            format_valid: It parses and fits the labels, the schema or the tools.
            confidence: Its probability, a fraction, where the model gives one.
            agree: All answers were equal, when it was asked several times.
            called: A tool was called.
            out_of_scope: It says that no label fits.
        """
        branch = self.route(decision.suite)["branches"][decision.branch]
        signal = branch["ask"][decision.step].get("escalate_on")
        failed = faulted or format_valid is not True
        shows = {
            "format_invalid": failed,
            "low_confidence": confidence is None or confidence < (signal or {}).get("below", 0),
            "disagreement": agree is not True,
            "no_call": called is not True,
            "out_of_scope": out_of_scope is not False,
        }
        if signal is not None and (failed or shows.get(signal["signal"], True)):
            why = "no answer" if faulted else "invalid format" if failed else signal["signal"]
            return _ask(decision.suite, branch, decision.branch, decision.step + 1, why.replace("_", " "))
        checked = bool(branch.get("review"))
        if faulted:
            return _end("review" if checked else "failed", decision, "no answer", checked)
        return _end("serve", decision, "to be checked by a person" if checked else "served", checked)


def load(path: str | Path) -> Routes:
    """The routes of that file.

    Raises:
        RouteError: It is not a file of routes.
        OSError: It cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return Routes(yaml.load(text, Loader=_Loader))  # noqa: S506 - the safe loader, see above
    except yaml.YAMLError as error:
        raise RouteError(f"{path} is not YAML") from error


def holds(condition: Mapping[str, Any], features: Mapping[str, Any]) -> bool:
    """Whether an item's features meet a condition; a feature that it lacks meets none but `is_not`."""
    value = features.get(condition["feature"])
    if "is_not" in condition:
        return value is None or _words(value) != str(condition["is_not"])
    if value is None:
        return False
    if "is" in condition:
        return _words(value) == str(condition["is"])
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


def _words(value: Any) -> str:
    """A feature as conditions compare it: 40.0 is 40."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: Any) -> float:
    """A feature as a number; one that is none lies neither above nor below anything."""
    try:
        return float(value)
    except (TypeError, ValueError):
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
