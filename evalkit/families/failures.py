"""The failures that every family shares, and the one primary kind of a failed answer."""

from __future__ import annotations

from evalkit.families.answer_text import answer_part
from evalkit.families.interface import GENERAL_ERROR_KINDS
from evalkit.records import Answer, Diff, Fault, Score, clean_text

_WILL_NOT = r"\b(?:cannot|can not|can['’]t|unable|not able|won['’]t|must decline)\b"
DEFAULT_REFUSALS = (
    r"^\W*(?:(?:i['’]m |i am )?sorry|i apologi[sz]e|as an ai)\b[^.!?]{0,200}" + _WILL_NOT,
    r"^\W*i (?:am )?" + _WILL_NOT,
)
"""How a refusal begins in English, whatever the case; a suite's own `refusals` replace these."""

_LONGEST_REASON = 300
"""Characters of the error that a diff keeps."""
_CUT_SHORT = frozenset({"length", "max_tokens"})
_WITHHELD = frozenset({"content_filter", "refusal"})


def general_failure(answer: Answer) -> str | None:
    """`refused`, `truncated`, `empty` or `unfinished` when the answer shows it by itself, else None.

    A refusal is the API's own word here; families add declared text patterns.
    Truncation is the finish reason's.
    """
    if answer.refusal or answer.finish_reason in _WITHHELD:
        return "refused"
    if answer.finish_reason in _CUT_SHORT:
        return "truncated"
    if not answer.tool_calls and not (answer.text or "").strip():
        return "empty"
    if not answer.tool_calls and answer_part(answer.text or "").unfinished:
        return "unfinished"
    return None


def primary_kind(answer: Answer, specific: str) -> str:
    """The one error kind of a failed answer: the general failure that explains it, else the family's own."""
    return general_failure(answer) or specific


def unscorable_score(error: Exception, expected: object = None) -> Score:
    """The score of an answer on which scoring failed or took too long: no credit, and the diff says why."""
    why = str(error) or type(error).__name__
    diff = (Diff(path="$", kind="unscorable", expected=expected, got=clean_text(why[:_LONGEST_REASON])),)
    return Score(success=False, score=0.0, format_valid=False, error_kind="unscorable", diff=diff)


def fault_score(fault: Fault, scorer_hash: str) -> Score:
    """The score of a sample that brought no answer: no success, and a kind that says it is a fault."""
    kind = "timed_out" if fault.kind == "timed_out" else "backend_error"
    assert kind in GENERAL_ERROR_KINDS  # noqa: S101 - the taxonomy is closed
    return Score(success=False, score=0.0, format_valid=False, error_kind=kind, scorer_hash=scorer_hash)
