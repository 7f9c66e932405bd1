"""Where two sides agree: both right, one alone right, wrong alike, wrong each in its own way."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evalkit.comparison.pairs import RIGHT_ABOVE, Pairs, Side
from evalkit.economics.evidence import BoolArray
from evalkit.stats import Interval, cohens_kappa, rate_interval
from evalkit.wording import percent, percent_span

if TYPE_CHECKING:
    import pandas as pd

AgreementKind = Literal["both_right", "only_a_right", "only_b_right", "wrong_alike", "wrong_apart"]
KINDS: tuple[AgreementKind, ...] = (
    "both_right",
    "only_a_right",
    "only_b_right",
    "wrong_alike",
    "wrong_apart",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementShare:
    """The items of one kind; the kinds share out all pairs."""

    kind: AgreementKind
    items: int
    share: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How two sides agree on the items that both answered."""

    shares: tuple[AgreementShare, ...]
    kappa: Interval
    """Of rightness: 1 when the same items are right, 0 when no more are than the two rates make by chance."""

    def items(self, kind: AgreementKind) -> int:
        """Return the number of items of one kind."""
        return next(share.items for share in self.shares if share.kind == kind)


def agreement(pairs: Pairs, confidence: float = 0.95) -> Agreement:
    """Return where the two sides agree.

    An item is right on a side where more than half of its answered repeats are. Two wrong answers are alike
    when the families read the same in them; where nothing could be read, when text and calls are the same.
    """
    a, b = pairs.success_a > RIGHT_ABOVE, pairs.success_b > RIGHT_ABOVE
    alike = _wrong_alike(pairs) & ~a & ~b
    members: dict[AgreementKind, BoolArray] = {
        "both_right": a & b,
        "only_a_right": a & ~b,
        "only_b_right": ~a & b,
        "wrong_alike": alike,
        "wrong_apart": ~a & ~b & ~alike,
    }
    design = {"clusters": pairs.clusters, "weights": pairs.weights}
    return Agreement(
        shares=tuple(
            AgreementShare(
                kind=kind,
                items=int(members[kind].sum()),
                share=rate_interval(members[kind], confidence=confidence, **design),
            )
            for kind in KINDS
        ),
        kappa=cohens_kappa(a, b, confidence=confidence, **design),
    )


def agreement_words(found: Agreement, a: str, b: str) -> str:
    """Return what there is to say of it in one sentence; empty without any pair."""
    if not found.kappa.n:
        return ""
    names = {
        "both_right": "both right",
        "only_a_right": f"only {a} right",
        "only_b_right": f"only {b} right",
        "wrong_alike": "wrong alike",
        "wrong_apart": "wrong each in its own way",
    }
    shares = ", ".join(
        f"{names[kind]} {one.items} ({percent(share.estimate, share.n)}, {percent_span(share)})"
        for one in found.shares
        for kind, share in ((one.kind, one.share),)
    )
    kappa = found.kappa
    if np.isnan(kappa.estimate):
        return shares
    return f"{shares}; kappa {kappa.estimate:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"


def _wrong_alike(pairs: Pairs) -> BoolArray:
    """(n_pairs,) whether a wrong answer of one side is one of the other's too."""
    first, second = _wrong_answers(pairs.a), _wrong_answers(pairs.b)
    nothing: set[Hashable] = set()
    shared = [
        bool(first.get(int(i), nothing) & second.get(int(j), nothing))
        for i, j in zip(pairs.at_a, pairs.at_b, strict=True)
    ]
    return np.array(shared, dtype=bool)


def _wrong_answers(one: Side) -> dict[int, set[Hashable]]:
    """Place of an item in the side's table -> its wrong answers."""
    wrong = one.rows["answered"].to_numpy(dtype=bool) & ~one.rows["success"].to_numpy(dtype=bool)
    found: dict[int, set[Hashable]] = {}
    for item, answer in zip(one.table.codes[wrong], _read(one.rows[wrong]), strict=True):
        found.setdefault(int(item), set()).add(answer)
    return found


def _read(rows: pd.DataFrame) -> list[Hashable]:
    answers = rows[["parsed", "output", "tool_calls"]].itertuples(index=False, name=None)
    return [
        parsed if parsed is not None else (None, (text or "").strip(), calls)
        for parsed, text, calls in answers
    ]
