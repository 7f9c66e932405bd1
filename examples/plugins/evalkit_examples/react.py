"""The call parser `react`: calls written as `Action:` and `Action Input:` lines."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from evalkit.families.tool_calls.parsers import BrokenCallsError
from evalkit.records import ToolCall

_CALL = re.compile(r"^Action:[ \t]*([\w.-]+)[ \t]*\nAction Input:[ \t]*(.*)$", re.MULTILINE)
_FINAL = re.compile(r"^Final Answer:", re.MULTILINE)


def react_calls(text: str) -> Sequence[ToolCall] | None:
    """The calls; none when the text gives its final answer; None when it is not in this form."""
    written = _CALL.findall(text)
    if not written:
        return [] if _FINAL.search(text) and "Action:" not in text else None
    try:
        return [ToolCall(name=name, arguments=json.loads(given)) for name, given in written]
    except (ValueError, RecursionError) as error:
        raise BrokenCallsError("the action's input is no JSON") from error
