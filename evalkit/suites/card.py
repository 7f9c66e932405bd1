"""The text of a drafted suite's CARD.md: what was found, and what a person has still to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.records import Problem, Suite
from evalkit.suites.survey import Survey

_SHOWN = 20


def card_text(
    suite: Suite, found: Survey, problems: Sequence[Problem], *, source: str, left_out: Sequence[str]
) -> str:
    """The card, in Markdown."""
    lines = [f"# {suite.name}", "", f"Family: {suite.family}. Drafted from `{source}`.", ""]
    lines += [
        "To be written: where the items come from, under which licence, who labelled them, what is missing.",
        "",
    ]
    lines += ["## What was found", ""]
    lines += [*_facts(found), ""]
    if suite.scorer.get("profile") == "bfcl":
        lines += ["Targets are of BFCL's form, and scored by its rules (`profile: bfcl`).", ""]
    if left_out:
        lines += [f"Columns left out: {', '.join(f'`{_plain(c)}`' for c in left_out)}.", ""]
    lines += ["## Balance", "", "| target | items |", "|---|---:|", *_balance(found), ""]
    lines += _listed("Same input, different target", [", ".join(g) for g in found.conflicting])
    lines += _listed("Same input twice", [", ".join(g) for g in found.exact_duplicates])
    lines += _listed("Nearly the same input", [f"{a}, {b}" for a, b in found.near_duplicates])
    lines += _listed("In the test split and an example as well", [f"{a}, {b}" for a, b in found.leaking])
    lines += _listed("No target (kept out of the test split)", list(found.no_target))
    lines += _listed("To be mended", [_problem(p) for p in problems])
    return "\n".join(lines).rstrip() + "\n"


def _facts(found: Survey) -> Iterator[str]:
    splits = ", ".join(f"{n} {split}" for split, n in found.splits.items())
    yield f"- Items: {sum(found.splits.values())} ({splits})"
    lengths = ", ".join(f"{name} {n}" for name, n in found.lengths.items())
    yield f"- Length of the input in characters: {lengths}"
    yield f"- Different targets, labels, keys or tools: {len(found.balance)}"
    yield f"- Items without a target: {len(found.no_target)}; with an empty one: {len(found.empty_target)}"
    yield (
        f"- Groups with the same input: {len(found.exact_duplicates)}, of which the targets differ in"
        f" {len(found.conflicting)}; pairs nearly the same: {len(found.near_duplicates)}"
    )


def _balance(found: Survey) -> Iterator[str]:
    for word, count in list(found.balance.items())[:_SHOWN]:
        yield f"| {_plain(word)} | {count} |"
    rest = list(found.balance.values())[_SHOWN:]
    if rest:
        yield f"| {len(rest)} more, of {min(rest)} to {max(rest)} items each | {sum(rest)} |"


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"- and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [f"## {title}", "", *(f"- {_plain(line)}" for line in lines[:_SHOWN]), *more, ""]


def _problem(problem: Problem) -> str:
    place = f"{problem.where}: " if problem.where else ""
    return place + problem.message + (f" ({problem.hint})" if problem.hint else "")


def _plain(text: str) -> str:
    """Foreign text in one cell of Markdown: no line break, no bar, no tag."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").replace("`", "'").split())[:200]
