"""Faults of a classification suite that only the family can see: labels, scorer options and targets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from evalkit.errors import near_names
from evalkit.families.classification.options import option_problems, read_options
from evalkit.families.classification.scoring import list_accepted
from evalkit.families.classification.spelling import Spelling
from evalkit.families.interface import Problem
from evalkit.records import Contract, Item, Suite


def contract_problems(suite: Suite) -> Iterator[Problem]:
    """Every fault of the labels and of the scorer options."""
    contract = suite.contract
    labels = contract.labels
    if len(labels) < (1 if contract.multi_label else 2):
        yield Problem(
            message="a classification needs labels to choose from", hint="labels: [a, b]", key="labels"
        )
    for label in labels:
        if not label.strip() or label != label.strip():
            yield Problem(message=f"the label {label!r} is blank or has blanks around it", key="labels")
    if contract.out_of_scope is not None and contract.out_of_scope not in labels:
        yield Problem(
            message=f"out_of_scope names {contract.out_of_scope!r}, which is no label",
            hint=near_names(contract.out_of_scope, labels),
            key="out_of_scope",
        )
    for key, value in (("schema", contract.schema), ("tools", contract.tools)):
        if value:
            yield Problem(message=f"a classification has no use for `{key}`", hint="remove it", key=key)
    yield from option_problems(suite.scorer, labels)
    if read_options(suite.scorer).normalise:
        yield from _alike(suite)


def target_problems(suite: Suite) -> Iterator[Problem]:
    """Every target, of every split, that is not what the contract allows."""
    contract = suite.contract
    near = cache(lambda label: near_names(label, contract.labels))
    for item in suite.items:
        if item.target is None:
            continue  # told by the loader where it matters
        for target in list_accepted(item):
            message, label = _target_fault(target, contract)
            if message:
                yield _problem(item, message, near(label) if label is not None else _form(contract))


def _target_fault(target: Any, contract: Contract) -> tuple[str, str | None]:
    """What is wrong with a target, and the label that is unknown if that is it; empty when nothing is."""
    if contract.multi_label:
        if not isinstance(target, list):
            return f"the target {target!r} is not a list of labels", None
        if len(set(target)) < len(target):
            return f"the target {target!r} names a label twice", None
    elif isinstance(target, list):
        return f"the target {target!r} is a list, and one label is asked for", None
    names = target if isinstance(target, list) else [target]
    for name in names:
        if name not in contract.labels:
            return f"the target {name!r} is no label of the suite", name
    return "", None


def _alike(suite: Suite) -> Iterator[Problem]:
    """Labels and aliases that are spelt the same: only letter case, blanks or sentence punctuation differ."""
    seen: dict[str, tuple[str, str]] = {}
    aliases = read_options(suite.scorer).aliases
    texts = [(n, n, "labels") for n in suite.contract.labels]
    texts += [(a, label, "scorer.aliases") for label, all_ in aliases.items() for a in all_]
    spelling = Spelling(suite.contract.labels)
    for text, label, key in texts:
        spoken = spelling.key(text)
        other, text_before = seen.setdefault(spoken, (label, text))
        if spoken and other != label:
            yield Problem(
                message=f"{text!r} and {text_before!r} differ only in letter case or punctuation",
                hint="rename one, or set `normalise: false` under `scorer:`",
                key=key,
            )


def _form(contract: Contract) -> str:
    return (
        'write a list: ["a", "b"]' if contract.multi_label else "write one label, or set `multi_label: true`"
    )


def _problem(item: Item, message: str, hint: str) -> Problem:
    return Problem(message=message, hint=hint, item_id=item.id, line=item.line)
