"""JSON paths as suites write them (`$.items[*].product`) and as diffs show them (`$.items[2].product`)."""

from __future__ import annotations

import json
import re
from typing import Final, Union

from evalkit.errors import SuiteError


class Wildcard:
    """A step that stands for every item of a list, or for every key of an object."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown


ITEM: Final = Wildcard("[*]")
ANY_KEY: Final = Wildcard(".*")

Step = Union[str, Wildcard]  # noqa: UP007 - evaluated at run time
Place = tuple["Place | None", "str | int"]
"""Where a value stands, from the inside out: the place around it, and its key or index."""

_LONGEST_KEY = 80
_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")
_STEP = re.compile(
    r"""\.(?P<key>[^\W\d][\w-]*) | (?P<any>\.\*) | (?P<item>\[\*\])
      | \['(?P<single>(?:[^'\\]|\\.)*)'\] | \[(?P<double>"(?:[^"\\]|\\.)*")\] | \[(?P<index>\d+)\]""",
    re.VERBOSE,
)


def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a declared path.

    Raises:
        SuiteError: It is no path of the form that suites use.
    """
    if not text.startswith("$"):
        raise SuiteError(f"{text!r} is no JSON path", hint="paths start with $, such as $.items[*].product")
    steps: list[Step] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise SuiteError(
                f"{text!r} is no JSON path from {text[at:]!r} on",
                hint="steps are .key, ['any key'], [*] for list items and .* for any key",
            )
        if found["index"]:
            raise SuiteError(
                f"{text!r} names a position", hint="items have no fixed position: write [*], with `ordered`"
            )
        steps.append(_step(found))
        at = found.end()
    return tuple(steps)


def show_step(step: Step) -> str:
    """A step as it stands in a path."""
    return repr(step) if isinstance(step, Wildcard) else show_key(step)


def show_key(key: str) -> str:
    """A key as a step; long ones are cut, since answers bring keys of their own."""
    if _PLAIN_KEY.fullmatch(key) and len(key) <= _LONGEST_KEY:
        return f".{key}"
    cut = key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "…"
    return f"[{json.dumps(cut, ensure_ascii=False)}]"


def show_place(place: Place | None) -> str:
    """A place as a path with real indexes."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else show_key(step))
    return "$" + "".join(reversed(steps))


def _step(found: re.Match[str]) -> Step:
    if found["key"]:
        return found["key"]
    if found["any"]:
        return ANY_KEY
    if found["item"]:
        return ITEM
    if found["double"]:
        return str(json.loads(found["double"]))
    return re.sub(r"\\(.)", r"\1", found["single"])
