"""Finds the part of a model's text that is its answer: what follows the reasoning, and what it states last.

Every family reads text through this module, so that reasoning and final statements mean the same in all.

Reasoning is text between the marks of `REASONING_MARKS`, whatever the letter case, or in gpt-oss' analysis
channel. A closing mark without an opening one ends reasoning that the prompt's template opened. The answer is
what follows the last closed reasoning. Reasoning that never closes leaves no answer: the text may say the
right thing, but the model had not settled on it. A mark inside a JSON value or between quotes is text.

An answer that holds several different answers counts as none, unless a clear final statement singles one out:
`final_statements` has the rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

from evalkit.records import clean_text

__all__ = [
    "REASONING_MARKS",
    "UNFINISHED",
    "AnswerPart",
    "Marks",
    "Statement",
    "answer_part",
    "final_statements",
    "find_statements",
]

Marks = tuple[tuple[str, str], ...]
"""Opening and closing marks, pair by pair."""

REASONING_MARKS: Marks = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<analysis>", "</analysis>"),
    ("<reflection>", "</reflection>"),
    ("<seed:think>", "</seed:think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
)
"""Opening and closing marks of reasoning, as models write them: DeepSeek, Qwen and most others, common
prompts, Seed, OpenThinker, Command, Magistral, Kimi. A candidate adds its own, `reading.reasoning_marks`."""

UNFINISHED = "<think>"
"""A text that is nothing but unfinished reasoning."""

_TAG = re.compile(r"<(/?[\w:]+)>")
_TAG_AS_WRITTEN = re.compile(r"<[ \n]?(/?[\w:]+)(?:[ \n][^<>]*)?>")
"""A mark that is a tag may have attributes or a space: `<think id=1>`."""
_QUOTES = "\"'`“”‘’«»"
_JSON_ATTEMPTS = 50
"""Whole JSON values tried for in one text; beyond that, brackets are prose."""

_CHANNEL = "<|channel|>"
_CHANNEL_PART = re.compile(
    r"(?P<channel>\w+)(?P<header>[^<]*(?:<\|constrain\|>[^<]*)?)<\|message\|>(?P<body>.*?)"
    r"(?P<end><\|(?:end|return|call|start)\|>|\Z)",
    re.DOTALL,
)
_BARE_ANALYSIS = re.compile(r"analysis(?=[A-Z\"'({\[]|\s[{\[])")
_BARE_FINAL = re.compile(r"assistant\s?final")
"""gpt-oss' channels where a server dropped the special tokens: `analysisWe need…assistantfinalYes`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerPart:
    """The answering part of a text."""

    text: str
    """What follows the reasoning; empty when the reasoning never ended."""
    unfinished: bool = False
    """Whether the text ends inside its reasoning."""


def answer_part(text: str, marks: Marks = REASONING_MARKS, *, opened: bool = False) -> AnswerPart:
    """Return what follows the reasoning in a text; never raises, in time linear in the text.

    Args:
        text: The model's text.
        marks: Opening and closing marks of reasoning.
        opened: Whether the prompt's template opens the reasoning, so that the text begins inside it.
    """
    text = clean_text(text).strip().removeprefix("\ufeff").strip()
    if _CHANNEL in text and not _is_json(text):
        return _final_channel(text)
    if _BARE_ANALYSIS.match(text):
        *before, last = _BARE_FINAL.split(text)
        return AnswerPart(text=last.strip() if before else "", unfinished=not before)
    start, inside = 0, opened
    if opened or _pattern(marks).search(text):
        openings = {opening.casefold() for opening, _ in marks}
        for found in _marks_outside_json(text, _pattern(marks, brackets=True), openings, opened):
            inside = _mark(found) in openings
            start = found.end()
    return AnswerPart(text="" if inside else text[start:].strip(), unfinished=inside)


@cache
def _pattern(marks: Marks, *, brackets: bool = False) -> re.Pattern[str]:
    longest_first = sorted((m for pair in marks for m in pair), key=len, reverse=True)
    written = [
        _TAG.sub(r"<[ \\n]?\1(?:[ \\n][^<>]{0,80})?>", m) if _TAG.fullmatch(m) else re.escape(m)
        for m in longest_first
    ]
    return re.compile("|".join([*written, *([r"[{\[]"] if brackets else [])]), re.I)


def _mark(found: re.Match[str]) -> str:
    """Return the mark as it is listed, without a tag's attributes and letter case."""
    written = found.group().casefold()
    return _TAG_AS_WRITTEN.sub(r"<\1>", written) if " " in written or "\n" in written else written


def _marks_outside_json(
    text: str, pattern: re.Pattern[str], openings: Collection[str], inside: bool
) -> Iterator[re.Match[str]]:
    """Yield the marks in order; inside quotes or a whole JSON value outside of reasoning, a mark is text."""
    at, tries = 0, 0
    while (found := pattern.search(text, at)) is not None:
        at = found.end()
        if found.group() in ("{", "["):
            if not inside and tries < _JSON_ATTEMPTS:
                tries += 1
                at = _json_end(text, found.start()) or at
        elif not _is_quoted(text, found):
            inside = _mark(found) in openings
            yield found


def _is_quoted(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(0, found.start() - 1) : found.start()], text[found.end() : found.end() + 1]
    return bool(before and after) and before in _QUOTES and after in _QUOTES


def _json_end(text: str, start: int) -> int | None:
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None


def _is_json(text: str) -> bool:
    return text[:1] in ("{", "[") and _json_end(text, 0) == len(text)


def _final_channel(text: str) -> AnswerPart:
    """Return the last final message of gpt-oss' channels, else a call to a tool as it is written."""
    parts = [m for p in text.split(_CHANNEL)[1:] if (m := _CHANNEL_PART.match(p)) is not None]
    finals = [m for m in parts if m["channel"] == "final"]
    if finals:
        return AnswerPart(text=finals[-1]["body"].strip())
    calls = [m for m in parts if m["channel"] == "commentary" and "to=" in m["header"]]
    if calls:
        return AnswerPart(text="\n".join(_CHANNEL + m.group() for m in calls))
    return AnswerPart(text="", unfinished=True)


_STATEMENT = re.compile(
    r"(?P<corrected>\b(?:corrected|correction|korrigiert|korrektur)\b[^:\n{\[]{0,30}:)"
    r"|(?P<boxed>\\boxed\s*\{)"
    r"|(?P<final>\bfinal(?:e)?[ _*]{1,3}(?:answer|result|output|label|json|antwort)\b"
    r"[\"'*_` ]{0,4}(?:is\b|are\b|:|=)|\bfinal[*_ ]{0,3}:)"
    r"|(?P<plain>\b(?:the (?:correct |right )?answer (?:is|would be)\b"
    r"|(?:answer|antwort)[\"'*_` ]{0,4}(?::|=)))",
    re.IGNORECASE,
)
"""How people and models announce what they settle on, in English and German, from the strongest kind on."""


_MOST_STATEMENTS = 100
"""A text with more statements than that settles on nothing."""
_LONGEST_BOXED = 20_000
"""Characters of a boxed statement that are read; a longer one states nothing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One final statement: where what it says begins and ends, and whether it is a strong one."""

    start: int
    end: int
    strong: bool
    """Whether it is a correction, boxed, or says "final"."""


def final_statements(text: str) -> tuple[str, ...]:
    """Return what the clear final statements of an answer say; empty when it makes none.

    The rule, in all families: a correction ("Corrected: …") overrules all before it. Of what is left, the
    strongest kind counts: `\\boxed{…}` and "Final answer: …" before "Answer: …" and "the answer is …".
    They decide only when all of them say the same, which the caller checks by reading each.

    Each statement runs up to the next one or the text's end; a boxed one to its closing brace.
    """
    return tuple(text[s.start : s.end].strip() for s in find_statements(text))


def find_statements(text: str, also: re.Pattern[str] | None = None) -> tuple[Statement, ...]:
    """Return the places of the `final_statements` of an answer.

    Args:
        text: The answer.
        also: What announces a plain statement besides, as a family's own "Label:" does; no named groups.
    """
    # One more than the most shows that there are too many, without looking through the rest.
    every = list(islice(_STATEMENT.finditer(text), _MOST_STATEMENTS + 1))
    if also is not None:
        known = [m.span() for m in every]
        also_found = islice(also.finditer(text), 2 * _MOST_STATEMENTS + 1)
        own = [m for m in also_found if not any(s < m.end() and m.start() < e for s, e in known)]
        every = sorted((*every, *own), key=lambda m: m.start())
    ends = {m: after.start() for m, after in pairwise(every)}
    found = every if len(every) <= _MOST_STATEMENTS else []
    corrections = [i for i, m in enumerate(found) if m.lastgroup == "corrected"]
    if corrections:
        # What the correction itself says, and whatever is stated behind it.
        found = found[corrections[-1] :]
    else:
        strongest = any(m.lastgroup in ("final", "boxed") for m in found)
        found = [m for m in found if not strongest or m.lastgroup not in ("plain", None)]
    return tuple(
        Statement(
            m.end(),
            _closing_brace(text, m.end()) if m.lastgroup == "boxed" else ends.get(m, len(text)),
            m.lastgroup not in ("plain", None),
        )
        for m in found
    )


def _closing_brace(text: str, start: int) -> int:
    """Return where the brace stands that closes the one before `start`; `start` itself where none does."""
    depth = 1
    for at in range(start, min(len(text), start + _LONGEST_BOXED)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return start
