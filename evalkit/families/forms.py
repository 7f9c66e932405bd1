"""The form of an answer: whether a strict decoder could have read it as it came.

evalkit reads what a fence, a tag or a sentence holds; a decoder in production may not. So each score says in
which form its answer stood, a suite or a candidate can ask for some forms only, and comparisons and the gate
say when the mix of forms shifted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.errors import near_names
from evalkit.families.answer_text import answer_part
from evalkit.families.interface import GENERAL_ERROR_KINDS, Scorer
from evalkit.records import Answer, Diff, Item, Problem, Score, Suite

__all__ = ["FORMS", "form_problems", "hold_to_forms", "read_recorded_form", "with_forms"]

FORMS: Mapping[str, str] = {
    "native": "The calls came through the API's own channel.",
    "bare": "The text, its reasoning taken off, is the answer and nothing else.",
    "fenced": "The answer stands in a Markdown code fence.",
    "tagged": "The answer stands between tags or special tokens, such as `<tool_call>`.",
    "in_prose": "The answer stands among other words, or is said in words.",
}
"""Every form, with its meaning."""

_OF_PARSER = {
    "native": "native",
    "json": "bare",
    "json_fenced": "fenced",
    "json_tagged": "tagged",
    "json_in_text": "in_prose",
    "tool_call_tags": "tagged",
    "channel_calls": "tagged",
    "fenced_json": "fenced",
    "prose": "in_prose",
    "label_exact": "bare",
    "label_normalised": "bare",
    "label_list": "bare",
    "label_fenced": "fenced",
    "label_tagged": "tagged",
    "alias": "bare",
}
"""What read the answer -> its form, where that tells it. `python` reads bare text and fences, and a label's
`json` any JSON: there the text tells it."""

_JSON_BEGINS = ("{", "[", '"')
_ENCLOSED_IN_TAGS = re.compile(r"<([A-Za-z][\w.-]{0,40})\b[^<>]{0,200}>.*</\1>", re.DOTALL)


def read_recorded_form(parser: str | None, family: str | None) -> str | None:
    """Return the form that a stored score's parser tells by itself; None where it does not.

    For scores of before forms were recorded; what could not be read (`unparseable`) has no form.
    """
    if parser is None or (parser == "json" and family == "classification"):
        return None
    return "in_prose" if parser.startswith("label_") and parser not in _OF_PARSER else _OF_PARSER.get(parser)


def with_forms(score: Scorer, suite: Suite) -> Scorer:
    """Return the scorer with the form of each answer in its score, held to the forms that the suite asks."""
    asked = _declared_forms(suite.scorer)

    def score_with_form(item: Item, answer: Answer) -> Score:
        found = score(item, answer)
        if found.form is None and found.parser is not None and found.error_kind != "unparseable":
            form = _form(found.parser, suite.family, answer.text or "")
            found = found if form is None else replace(found, form=form)
        return hold_to_forms(found, asked)

    return score_with_form


def hold_to_forms(score: Score, forms: Sequence[str]) -> Score:
    """Return the score of an answer that must stand in one of these forms; none asks nothing.

    An answer in another form, or in a form that is not known, is no success: `wrong_form`. Words that
    abstain from calling are what a native call's absence looks like, so `native` admits them.
    """
    if not forms or score.form in forms or (score.parser == "prose" and "native" in forms):
        return score
    if not score.success and (score.form is None or score.error_kind in GENERAL_ERROR_KINDS):
        return score  # nothing was read, or something explains it better
    place = Diff(path="$", kind="wrong_form", expected=" or ".join(forms), got=score.form)
    return replace(
        score,
        success=False,
        score=0.0,
        format_valid=False,
        error_kind="wrong_form",
        diff=(place, *score.diff),
    )


def form_problems(scorer: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every fault of `scorer: forms`."""
    declared = scorer.get("forms", ())
    if not isinstance(declared, (list, tuple)):
        hint = "forms: [bare]"
        yield Problem(message="forms is a list of forms of an answer", hint=hint, key="scorer.forms")
        return
    for form in declared:
        if form not in FORMS:
            hint = near_names(str(form), FORMS)
            yield Problem(message=f"there is no form {form!r}", hint=hint, key="scorer.forms")


def _declared_forms(scorer: Mapping[str, Any]) -> tuple[str, ...]:
    declared = scorer.get("forms", ())
    return tuple(f for f in declared if f in FORMS) if isinstance(declared, (list, tuple)) else ()


def _form(parser: str, family: str, text: str) -> str | None:
    form = read_recorded_form(parser, family)
    if family != "classification" or (form is None and parser != "json"):
        return form
    text = answer_part(text).text
    if _ENCLOSED_IN_TAGS.fullmatch(text):
        return "tagged"
    if text.startswith("```") or (form is None and "```" in text and text[:1] not in _JSON_BEGINS):
        return "fenced"
    return form or ("bare" if text[:1] in _JSON_BEGINS else "in_prose")
