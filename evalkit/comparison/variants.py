"""Variants of one model (quantization, adapter, prompt) against one of them: what each costs and saves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.comparison.compare import Comparison, Margins, compare
from evalkit.errors import UsageError, near_names
from evalkit.records import Candidate, CandidateEntry, Manifest, clean_json, to_plain

if TYPE_CHECKING:
    import pandas as pd

_TELLS_NO_VARIANT = frozenset({"name", "base", "tier", "price", "harmless"})
"""Fields of a candidate in which variants differ anyway, and that change no answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One variant against the reference."""

    candidate: str
    differs: Mapping[str, tuple[Any, Any]]
    """Setting -> the reference's value and the variant's; options by their own names."""
    comparison: Comparison
    """The reference is its first side."""
    peak_memory_mib: float | None
    """The most memory that its server held; None where none of ours served it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variants:
    """All variants of one model in a run."""

    base: str
    reference: str
    peak_memory_mib: float | None
    """Of the reference."""
    variants: tuple[Variant, ...]

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def compare_variants(
    samples: pd.DataFrame,
    manifest: Manifest,
    base: str,
    *,
    reference: str | None = None,
    margin: Margins = None,
    confidence: float = 0.95,
) -> Variants:
    """Compares each candidate of the run that has this `base` with one of them.

    Args:
        samples: Rows of the flat view, of that run.
        manifest: The run.
        base: What the candidates share.
        reference: The candidate that the others are held against; None takes the one named as the base is,
            else the first.
        margin: As in `compare`.
        confidence: Of each interval.

    Raises:
        UsageError: No two candidates of the run share the base, or the reference is none of them.
    """
    entries = {e.candidate.name: e for e in manifest.candidates if e.candidate.base == base}
    _check(base, entries, manifest)
    reference = reference or (base if base in entries else next(iter(entries)))
    if reference not in entries:
        raise UsageError(f"{reference!r} is no variant of {base!r}", hint=near_names(reference, entries))
    of = dict(tuple(samples.groupby("candidate", sort=False)))
    known = entries.pop(reference)
    variants = []
    for name, entry in entries.items():
        found = compare(
            of.get(reference, samples[:0]),
            of.get(name, samples[:0]),
            label_a=reference,
            label_b=name,
            manifest_a=manifest,
            manifest_b=manifest,
            margin=margin,
            confidence=confidence,
        )
        variants.append(
            Variant(
                candidate=name,
                differs=differences(known.candidate, entry.candidate),
                comparison=found,
                peak_memory_mib=_memory(entry),
            )
        )
    return Variants(base=base, reference=reference, peak_memory_mib=_memory(known), variants=tuple(variants))


def differences(a: Candidate, b: Candidate) -> dict[str, tuple[Any, Any]]:
    """The settings in which two candidates differ and that can change an answer or its time."""
    flat_a, flat_b = _flat(a), _flat(b)
    names = sorted(flat_a.keys() | flat_b.keys())
    return {n: (flat_a.get(n), flat_b.get(n)) for n in names if flat_a.get(n) != flat_b.get(n)}


def _flat(candidate: Candidate) -> dict[str, Any]:
    plain = {k: v for k, v in to_plain(candidate).items() if k not in _TELLS_NO_VARIANT}
    contents = {f"content of {name}": known for name, known in plain.pop("file_hashes").items()}
    by_suite = {f"{suite}: {n}": v for suite, own in plain.pop("by_suite").items() for n, v in own.items()}
    return {**plain.pop("options"), **plain.pop("decoding"), **plain, **contents, **by_suite}


def _memory(entry: CandidateEntry) -> float | None:
    value = entry.runtime.get("peak_memory_mib")
    return None if value is None else float(value)


def _check(base: str, entries: Mapping[str, CandidateEntry], manifest: Manifest) -> None:
    if len(entries) > 1:
        return
    bases = [e.candidate.base for e in manifest.candidates if e.candidate.base]
    if not entries:
        raise UsageError(
            f"no candidate of run {manifest.run_id} has the base {base!r}", hint=_hint_at_bases(base, bases)
        )
    raise UsageError(
        f"run {manifest.run_id} has only one candidate of the base {base!r}: {next(iter(entries))}",
        hint="ask its variants in one run",
    )


def _hint_at_bases(base: str, bases: Sequence[str]) -> str:
    return near_names(base, set(bases)) if bases else "say `base: NAME` in each variant of evalkit.yaml"
