"""How steady each side is over equal repeats, and how much of a difference is noise of repeating."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np

from evalkit.comparison.pairs import Pairs, Side
from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.stats import difference_noise_share, flakiness
from evalkit.wording import percent, tenths


@dataclass(frozen=True, kw_only=True, slots=True)
class Steadiness:
    """One side over its repeats; nothing changed between them."""

    items: int
    """Items whose every repeat was answered."""
    repeats: int
    """Repeats of each, 2 or more."""
    flipping: tuple[str, ...]
    """Items that both succeeded and failed."""
    self_discordance: float
    """The chance that two attempts at the same item differ in success."""
    pass_hat: tuple[float, ...]
    """pass^j for j = 1 to k: the chance that j attempts at an item all succeed."""
    pass_at: tuple[float, ...]
    """pass@j for j = 1 to k: the chance that one of j attempts succeeds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """What repeating alone does to a paired difference."""

    a: Steadiness | None
    """The first side; None when it was not repeated."""
    b: Steadiness | None
    share: float | None
    """Share of the variance of the difference that is noise of repeating; the rest comes from the choice of
    items. None unless both sides were repeated and something varies."""
    discordance_of_one: float | None
    """The chance that one attempt of each side differ in success at the same item; to be held against
    `self_discordance`, which it has without any change."""


def noise(pairs: Pairs) -> Noise | None:
    """The noise of a pair of sides; None when neither was repeated."""
    if max(_repeats(pairs.a), _repeats(pairs.b)) < 2:
        return None
    whole_a, whole_b = _whole(pairs.a)[pairs.at_a], _whole(pairs.b)[pairs.at_b]
    both = whole_a & whole_b
    share = discordance = None
    if both.any() and min(_repeats(pairs.a), _repeats(pairs.b)) > 1:
        a = _by_repeat(pairs.a, pairs.at_a[both])
        b = _by_repeat(pairs.b, pairs.at_b[both])
        share = _none_if_nan(difference_noise_share(a, b))
        before, after = a.mean(axis=1), b.mean(axis=1)
        discordance = float(np.mean(before * (1 - after) + after * (1 - before)))
    return Noise(
        a=_steadiness(pairs.a, pairs.at_a[whole_a]),
        b=_steadiness(pairs.b, pairs.at_b[whole_b]),
        share=share,
        discordance_of_one=discordance,
    )


def noise_words(found: Noise) -> tuple[str, ...]:
    """What there is to say of it, in sentences for a person."""
    told = []
    for name, one in (("A", found.a), ("B", found.b)):
        if one is not None:
            told.append(
                f"{name}, {one.repeats} repeats: two attempts at an item differ on "
                f"{tenths(one.self_discordance)} without any change; "
                f"{len(one.flipping)} of {one.items} items flip; "
                f"pass^{one.repeats} {tenths(one.pass_hat[-1])}, pass@{one.repeats} {tenths(one.pass_at[-1])}"
            )
    if found.discordance_of_one is not None:
        told.append(f"one attempt of A and one of B differ on {tenths(found.discordance_of_one)}")
    if found.share is not None:
        told.append(
            f"{percent(found.share)} of the difference's variance is noise of repeating: more repeats can "
            f"narrow its interval by {percent(1 - (1 - found.share) ** 0.5)} at most, "
            "the rest takes more items"
        )
    return tuple(told)


def _steadiness(one: Side, items: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Steadiness | None:
    if _repeats(one) < 2 or not len(items):
        return None
    found = flakiness(_by_repeat(one, items))
    return Steadiness(
        items=found.n_items,
        repeats=found.k,
        flipping=tuple(str(i) for i in one.table.ids[items][list(found.flipping)]),
        self_discordance=found.self_discordance,
        pass_hat=found.pass_hat,
        pass_at=found.pass_at,
    )


def _repeats(one: Side) -> int:
    """Most repeats of one item."""
    return int(one.table.answered.max(initial=0))


def _whole(one: Side) -> BoolArray:
    """(n_items,) which items have every repeat answered: equal repeats are what the measures need."""
    whole: BoolArray = one.table.answered == _repeats(one)
    return whole


def _by_repeat(one: Side, items: np.ndarray[tuple[int], np.dtype[np.intp]]) -> FloatArray:
    """(len(items), k) successes of items that are whole."""
    place = np.full(len(one.table.ids), -1)
    place[items] = np.arange(len(items))
    position = place[one.table.codes]
    use = (position >= 0) & one.rows["answered"].to_numpy(dtype=bool)
    order = np.argsort(position[use], kind="stable")
    success = one.rows["success"].to_numpy(dtype=np.float64)[use][order]
    table: FloatArray = success.reshape(len(items), -1)
    return table


def _none_if_nan(share: float) -> float | None:
    return None if isnan(share) else share
