"""Confidence held against success: label probabilities, calibration error, a reliability curve."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evalkit.records import Answer, Score, probability_of


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelProbabilities:
    """How a model's probability lies over the labels."""

    probabilities: Mapping[str, float]
    """Label -> probability, renormalised over the label set; sums to 1."""
    outside: float
    """Probability of everything that is no label of the set, before renormalising; a fraction in [0, 1]."""
    method: str
    """How the labels' log-probabilities were made."""

    @property
    def best(self) -> str:
        """The most probable label; of equals the first declared."""
        return max(self.probabilities, key=lambda label: self.probabilities[label])


def label_probabilities(
    logprobs: Mapping[str, float], *, terminated: bool = True
) -> LabelProbabilities | None:
    """Probabilities over the label set from whole-label log-probabilities.

    Args:
        logprobs: Label -> natural log of its probability, all its tokens multiplied. First tokens would not
            do: labels share prefixes.
        terminated: Whether each includes the end of the answer. If not, "refund" also holds the mass of
            "refund_status"; the mass of the labels that go on from it is then taken off, never below zero.

    Returns:
        None when no label has any mass, or when one label's is not known: the others' shares would be too
        large.
    """
    known = {label: probability_of(logprob) for label, logprob in logprobs.items()}
    mass = {label: probability for label, probability in known.items() if probability is not None}
    if len(mass) < len(known):
        return None
    if not terminated:
        mass = _without_longer(mass)
    total = math.fsum(mass.values())
    if total <= 0.0:
        return None
    return LabelProbabilities(
        probabilities={label: m / total for label, m in mass.items()},
        outside=max(0.0, 1.0 - total),
        method="whole_label" if terminated else "whole_label_less_longer_ones",
    )


def with_confidence(answer: Answer, score: Score) -> Answer:
    """The answer with the share of its label among all labels as its confidence, where each one's is known.

    Which label an answer means is the scorer's to say: "Refund." is `refund`. An answer that is none of the
    labels keeps what the backend said of it.
    """
    method = answer.confidence_method or ""
    if not answer.label_logprobs or not method.startswith("label_"):
        return answer
    found = label_probabilities(answer.label_logprobs, terminated=not method.endswith("_open"))
    if found is None:
        return answer
    chosen = score.parsed if isinstance(score.parsed, str) else None
    confidence = answer.confidence if chosen is None else found.probabilities.get(chosen, answer.confidence)
    return replace(answer, confidence=confidence, label_mass_outside=found.outside)


def confidence_source(methods: Iterable[str | None], outside: Iterable[float | None]) -> dict[str, Any]:
    """How the confidences were made and how much of the probability lay outside the labels, for reports."""
    known = [float(o) for o in outside if o is not None and o == o]
    return {
        "methods": dict(Counter(m for m in methods if isinstance(m, str)).most_common()),
        "mean_mass_outside": math.fsum(known) / len(known) if known else None,
    }


def calibration(
    confidence: Iterable[float], success: Iterable[bool], *, bins: int = 10
) -> dict[str, Any] | None:
    """Expected calibration error, Brier score and the reliability curve; None without a sample.

    Bins of equal width over [0, 1], the last one closed; the error is the mean distance between confidence
    and success rate over bins, weighted by their samples (Naeini et al. 2015, "Obtaining well calibrated
    probabilities using Bayesian binning").
    """
    pairs = [(float(c), bool(s)) for c, s in zip(confidence, success, strict=True)]
    if not pairs:
        return None
    filled: dict[int, list[tuple[float, bool]]] = {}
    for c, s in pairs:
        filled.setdefault(min(bins - 1, int(c * bins)), []).append((c, s))
    curve = [_bin(number, filled[number], bins) for number in sorted(filled)]
    gap = math.fsum(b["count"] * abs(b["confidence"] - b["success_rate"]) for b in curve)
    return {
        "count": len(pairs),
        "expected_calibration_error": gap / len(pairs),
        "brier": math.fsum((c - s) ** 2 for c, s in pairs) / len(pairs),
        "bins": curve,
    }


def _bin(number: int, pairs: list[tuple[float, bool]], bins: int) -> dict[str, Any]:
    return {
        "low": number / bins,
        "high": (number + 1) / bins,
        "count": len(pairs),
        "confidence": math.fsum(c for c, _ in pairs) / len(pairs),
        "success_rate": sum(s for _, s in pairs) / len(pairs),
    }


def _without_longer(mass: Mapping[str, float]) -> dict[str, float]:
    """Each label's mass less that of the nearest longer labels, which hold the still longer ones."""
    alone = {}
    for label, held in mass.items():
        longer = [n for n in mass if n != label and n.startswith(label)]
        nearest = [n for n in longer if not any(n != m and n.startswith(m) for m in longer)]
        alone[label] = max(0.0, held - math.fsum(mass[n] for n in nearest))
    return alone
