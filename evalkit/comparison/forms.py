"""How the mix of forms changed on the same pairs: bare answers that came in fences break a strict decoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.comparison.pairs import Pairs, Side
from evalkit.economics.evidence import FloatArray, item_sums
from evalkit.families.forms import FORMS
from evalkit.stats import PairedDifference, holm, one_sided_fail_p, paired_difference

__all__ = ["FormChange", "find_shifted_forms", "form_changes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FormChange:
    """How often answers stood in one form on each side, over the pairs."""

    form: str
    a: int
    """Answers of the first side in this form, right or wrong."""
    b: int
    difference: PairedDifference
    """Second minus first, of the share of the items' answers in this form."""
    p: float
    """Two-sided, of "its share is the same": twice the smaller of the two one-sided paired tests'."""
    p_adjusted: float
    """By Holm, over all forms that either side shows."""


def form_changes(pairs: Pairs, confidence: float = 0.95) -> tuple[FormChange, ...]:
    """Return the change of every form that either side shows, as `FORMS` has them in order.

    Empty where a side has right answers of unknown form: scores of before forms were recorded, a family or a
    parser that says none. Pairs, clusters, weights and repeats count as in the difference of success.
    """
    if not len(pairs) or not (_has_forms(pairs.a) and _has_forms(pairs.b)):
        return ()
    counts = {
        form: (_counts(pairs.a, form)[pairs.at_a], _counts(pairs.b, form)[pairs.at_b]) for form in FORMS
    }
    shown = {form: (a, b) for form, (a, b) in counts.items() if a.any() or b.any()}
    found = []
    for form, (a, b) in shown.items():
        before = a / pairs.a.table.answered[pairs.at_a]
        after = b / pairs.b.table.answered[pairs.at_b]
        grew = paired_difference(
            before, after, clusters=pairs.clusters, weights=pairs.weights, confidence=confidence
        )
        shrank = paired_difference(after, before, clusters=pairs.clusters, weights=pairs.weights)
        p = min(1.0, 2 * min(one_sided_fail_p(grew), one_sided_fail_p(shrank)))
        found.append((form, int(a.sum()), int(b.sum()), grew, p))
    adjusted = holm([p for *_, p in found]) if found else ()
    return tuple(
        FormChange(form=form, a=a, b=b, difference=difference, p=p, p_adjusted=float(q))
        for (form, a, b, difference, p), q in zip(found, adjusted, strict=True)
    )


def find_shifted_forms(changes: tuple[FormChange, ...], chance: float) -> tuple[FormChange, ...]:
    """Return the forms whose share changed for certain: any false one comes with at most this chance."""
    return tuple(c for c in changes if c.p_adjusted < chance)


def _has_forms(one: Side) -> bool:
    rows = one.rows
    return not bool((rows["answered"] & rows["success"] & rows["form"].isna()).any())


def _counts(one: Side, form: str) -> FloatArray:
    hit = ((one.rows["form"] == form) & one.rows["answered"]).to_numpy(dtype=np.float64)
    return item_sums(one.table, hit)
