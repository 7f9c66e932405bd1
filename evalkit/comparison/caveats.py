"""What is not comparable between two sides, said before any number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.comparison.marks import Marks
from evalkit.comparison.pairs import Pairs
from evalkit.comparison.settings import setting_changes
from evalkit.wording import count, listed

CaveatKind = Literal[
    "suite_version",  # items, contract or scorer options changed
    "scorer",  # the same answer may be scored otherwise
    "item_set",  # items on one side only
    "input_changed",  # items of the same id whose input differs: not compared
    "renamed",  # items that kept their input under another id: compared
    "simulated",
    "partial",
    "reused",
    "hardware",
    "load",
    "repeats",
    "model",
    "quantization",
    "adapter",
    "prompt",
    "decoding",
    "setting",  # any other setting of the candidate: backend, address, an option
    "fingerprint",  # what no setting tells: the content of files, what the server says it is
    "suite",  # a suite on one side only
]

OF_THE_CANDIDATE: frozenset[CaveatKind] = frozenset(
    {"model", "quantization", "adapter", "prompt", "decoding", "setting", "fingerprint"}
)
"""Kinds that say in what the candidate itself differs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caveat:
    """One thing that differs, or that must be known, beside what is compared."""

    kind: CaveatKind
    suite: str | None
    message: str
    """One sentence for a person."""
    a: str = ""
    """What it is on the first side."""
    b: str = ""
    """What it is on the second."""

    @property
    def note(self) -> str:
        """The sentence, with what it is on both sides where that is known."""
        return f"{self.message} ({self.a} → {self.b})" if self.a or self.b else self.message


def caveats(suite: str, a: Marks, b: Marks, pairs: Pairs) -> tuple[Caveat, ...]:
    """All that keeps two sides of one suite from being compared as they are."""
    return (
        *_find_changes(suite, a, b),
        *_items(suite, pairs),
        *_weak(suite, a, b),
        *_circumstances(suite, a, b),
    )


def _find_changes(suite: str, a: Marks, b: Marks) -> Iterator[Caveat]:
    wording: tuple[tuple[CaveatKind, str, str], ...] = (
        ("suite_version", "suite_versions", "the suite's content differs"),
        ("scorer", "scorer_hashes", "the scorer differs: the same answer may count otherwise"),
    )
    for kind, name, message in wording:
        before, after = getattr(a, name), getattr(b, name)
        if before != after:
            yield Caveat(kind=kind, suite=suite, message=message, a=_listed(before), b=_listed(after))
    yield from _of_the_candidate(suite, a, b)
    seen_a, seen_b = a.observed_fingerprints, b.observed_fingerprints
    if seen_a and seen_b and seen_a != seen_b:
        yield Caveat(
            kind="fingerprint", suite=suite, message="the server says that it is another one",
            a=_listed(seen_a), b=_listed(seen_b),
        )  # fmt: skip


def _of_the_candidate(suite: str, a: Marks, b: Marks) -> Iterator[Caveat]:
    """What was asked for otherwise, setting by setting; hashes only where no setting tells it."""
    changes = () if a.candidate is None or b.candidate is None else setting_changes(a.candidate, b.candidate)
    for change in changes:
        yield Caveat(
            kind=change.kind, suite=suite, message=f"the {change.name} differs", a=change.a, b=change.b
        )
    if a.prompt_hashes != b.prompt_hashes and "prompt" not in {c.kind for c in changes}:
        yield Caveat(
            kind="prompt", suite=suite, message="the text of the prompt differs",
            a=_listed(a.prompt_hashes), b=_listed(b.prompt_hashes),
        )  # fmt: skip
    shared = sorted(a.file_hashes.keys() & b.file_hashes.keys())
    files = [name for name in shared if a.file_hashes[name] != b.file_hashes[name]]
    for name in files:
        yield Caveat(
            kind="fingerprint", suite=suite, message=f"the content of {name} differs",
            a=a.file_hashes[name], b=b.file_hashes[name],
        )  # fmt: skip
    if a.requested_fingerprints != b.requested_fingerprints and not (changes or files):
        yield Caveat(
            kind="fingerprint", suite=suite,
            message="what was asked of the candidate differs, and only its hash is known",
            a=_listed(a.requested_fingerprints), b=_listed(b.requested_fingerprints),
        )  # fmt: skip


def _items(suite: str, pairs: Pairs) -> Iterator[Caveat]:
    if pairs.only_a or pairs.only_b:
        yield Caveat(
            kind="item_set", suite=suite,
            message=f"{len(pairs.only_a)} items stand on the first side only, {len(pairs.only_b)} on the "
            "second; only shared ones are compared",
            a=_listed(pairs.only_a), b=_listed(pairs.only_b),
        )  # fmt: skip
    if pairs.changed:
        yield Caveat(
            kind="input_changed", suite=suite,
            message=f"the input of {count(len(pairs.changed), 'item')} changed ({_listed(pairs.changed)}): "
            "not compared",
        )  # fmt: skip
    if pairs.renamed:
        names = tuple(f"{before} → {now}" for before, now in pairs.renamed.items())
        yield Caveat(
            kind="renamed", suite=suite,
            message=f"{count(len(names), 'item')} kept the same input under another id ({_listed(names)}): "
            "compared under the newer id",
        )  # fmt: skip


def _weak(suite: str, a: Marks, b: Marks) -> Iterator[Caveat]:
    if a.simulated or b.simulated:
        yield Caveat(
            kind="simulated", suite=suite, message="answers are simulated",
            a=_count(a.simulated), b=_count(b.simulated),
        )  # fmt: skip
    if a.partial or b.partial:
        yield Caveat(
            kind="partial", suite=suite, message="not the whole suite was asked",
            a=a.partial or "whole", b=b.partial or "whole",
        )  # fmt: skip
    if a.reused or b.reused:
        yield Caveat(
            kind="reused", suite=suite, message="answers are taken from other runs",
            a=_count(a.reused), b=_count(b.reused),
        )  # fmt: skip


def _circumstances(suite: str, a: Marks, b: Marks) -> Iterator[Caveat]:
    if a.hardware and b.hardware and a.hardware != b.hardware:
        effect = "answers and times" if a.local or b.local else "times, as the client saw them,"
        yield Caveat(
            kind="hardware", suite=suite, message=f"the machine differs: {effect} may differ for that alone",
            a=_facts(a.hardware, b.hardware), b=_facts(b.hardware, a.hardware),
        )  # fmt: skip
    if a.loads != b.loads:
        yield Caveat(
            kind="load", suite=suite, message="times were taken at other loads",
            a=_listed(a.loads), b=_listed(b.loads),
        )  # fmt: skip
    if a.repeats != b.repeats:
        yield Caveat(
            kind="repeats", suite=suite, message="one side was repeated more often",
            a=str(a.repeats), b=str(b.repeats),
        )  # fmt: skip


def foreign_hardware(a: Marks, b: Marks) -> bool:
    """Whether a local model was measured on another machine on each side."""
    return bool((a.local or b.local) and a.hardware and b.hardware and a.hardware != b.hardware)


def _listed(values: tuple[str, ...], most: int = 3) -> str:
    return listed(values, most + 1) or "none"


def _count(samples: int) -> str:
    return count(samples, "sample") if samples else "none"


def _facts(facts: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    """The facts that the other side does not share."""
    return ", ".join(f"{k} {v}" for k, v in sorted(facts.items()) if others.get(k) != v) or "not said"
