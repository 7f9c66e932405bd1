"""Suites in words for the terminal: a list's lines, what `show` tells, what a draft found."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from evalkit.records import Problem, Stakes, to_plain
from evalkit.reporting.hostile import one_line
from evalkit.wording import count, percent, point_size

if TYPE_CHECKING:
    from evalkit.api.suites import SuiteSummary
    from evalkit.suites.contamination import Contamination
    from evalkit.suites.draft import Draft

MOST_LABELS = 6


def summary_lines(one: SuiteSummary) -> Iterator[str]:
    """A suite in a list: family, size, contract, stakes, what it can show."""
    critical = f", {one.critical_items} critical" if one.critical_items else ""
    train = f", {one.train_items} train items" if one.train_items else ""
    yield f"{one.name}  {one.family}  {one.test_items} test items{critical}{train}  {one.suite_version}"
    if one.description:
        yield f"    {one_line(one.description)}"
    yield f"    contract: {one_line(one.contract)}"
    yield f"    stakes: {stakes_words(one.stakes)}"
    yield f"    {detectable_words(one)}"


def stakes_words(stakes: Stakes) -> str:
    """What is known of the stakes; what is not is left out."""
    said = {k: v for k, v in to_plain(stakes).items() if v is not None and (k, v) != ("privacy", "any")}
    return ", ".join(f"{k} {v}" for k, v in said.items())


def detectable_words(one: SuiteSummary) -> str:
    """The smallest drop that the suite's items can show, with what that takes for granted."""
    assumed = f"if {percent(one.discordance)} of the items change sides"
    if one.detectable_drop is None:
        return f"{one.test_items} items cannot show any drop at 80% power {assumed}: add items"
    clusters = f" (a larger one: items share {one.clusters} clusters)" if _is_clustered(one) else ""
    return f"detects a drop of {point_size(one.detectable_drop)} points at 80% power {assumed}{clusters}"


def problem_lines(problems: Iterable[Problem], place: str) -> Iterator[str]:
    """Each fault with its place and the fix."""
    for problem in problems:
        hint = f" ({problem.hint})" if problem.hint else ""
        yield "  " + one_line(f"{problem.where or place}: {problem.message}{hint}", 500)


def contamination_lines(found: Contamination) -> Iterator[str]:
    """What was looked for where, then each item that was found, critical ones said."""
    read = f"{found.training_words} words in {found.texts} texts of {count(len(found.files), 'file')}"
    yield f"{found.suite}: {len(found.found)} of {found.test_items} test items found in {read}"
    for one in found.found:
        share = "the whole text" if one.kind == "exact" else f"{percent(one.share)} of its runs"
        place = f"{one.file}:{one.line}" + (f", {one.field}" if one.field else "")
        others = f" and at {one.places - 1} more" if one.places > 1 else ""
        critical = " (critical)" if one.critical else ""
        yield "  " + one_line(f"{one.item_id}{critical}: {share} at {place}{others}", 300)
    if found.compared_whole:
        yield f"  {found.compared_whole} items of fewer than 5 words were compared as whole texts alone"


def draft_lines(draft: Draft, said: Mapping[str, str], *, name: str) -> Iterator[str]:
    """What was written and found, and the next commands, which call the suite `name`."""
    suite, found, name = draft.suite, draft.survey, shlex.quote(name)
    splits = ", ".join(f"{n} {split}" for split, n in found.splits.items())
    yield f"wrote {suite.path}: {len(suite.items)} items ({splits})"
    yield "  columns: " + ", ".join(_column(ours, c, said) for ours, c in draft.fields.items())
    if "id" not in draft.fields:
        yield f"  ids: {draft.ids}"
    yield f"  tags: {one_line(', '.join(draft.tags)) or 'none'}"
    if draft.left_out:
        yield f"  left out: {one_line(', '.join(draft.left_out))}"
    yield f"  contract read off the targets: {one_line(_balance(found.balance))}"
    yield "  length of the input in characters: " + ", ".join(f"{k} {v}" for k, v in found.lengths.items())
    if suite.scorer.get("target_format") == "bfcl":
        yield "  targets of BFCL's form: scored by its rules (`profile: bfcl`; delete it for `strict`)"
    yield from _doubts(draft)
    if draft.problems:
        yield f"to be mended ({len(draft.problems)}):"
        yield from problem_lines(draft.problems[:12], str(suite.path))
    yield "next:"
    yield f"  read {suite.path}/CARD.md and suite.yaml, and write what only you know"
    yield f"  evalkit suites validate {name}"
    yield f"  evalkit suites show {name} --item {shlex.quote(one_line(suite.items[0].id))}"
    yield f"  evalkit run --suites {name} --limit 20"


def _doubts(draft: Draft) -> Iterator[str]:
    found = draft.survey
    for n, what in (
        (len(found.exact_duplicates), "groups of the same input"),
        (len(found.conflicting), "of them with different targets"),
        (len(found.near_duplicates), "pairs of nearly the same input"),
        (len(found.leaking), "duplicates across the test split and the examples"),
        (len(found.no_target), "items without a target, kept out of the test split"),
        (len(found.empty_target), "items whose target is empty"),
    ):
        if n:
            yield f"  {n} {what}"


def _column(ours: str, column: str, said: Mapping[str, str]) -> str:
    return f"{ours} ← {one_line(column)}" + ("" if ours in said else " (guessed)")


def _balance(balance: Mapping[str, int]) -> str:
    first = ", ".join(f"{word} {n}" for word, n in list(balance.items())[:MOST_LABELS])
    more = f" and {len(balance) - MOST_LABELS} more" if len(balance) > MOST_LABELS else ""
    return first + more


def _is_clustered(one: SuiteSummary) -> bool:
    return one.clusters < one.test_items


def draft_plain(draft: Draft, said: Mapping[str, str]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "name": draft.suite.name,
        "folder": draft.suite.path,
        "suite_version": draft.suite.suite_version,
        "fields": dict(draft.fields),
        "guessed": [ours for ours in draft.fields if ours not in said],
        "tags": list(draft.tags),
        "left_out": list(draft.left_out),
        "survey": to_plain(draft.survey),
        "problems": to_plain(draft.problems),
    }
