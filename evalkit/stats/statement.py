"""What a comparison of a given size can show, stated before a run or after one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.stats.power import chance_of_pass, items_needed, smallest_detectable_drop


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerStatement:
    """What so many items can show, at the discordance, clustering and repeats given."""

    items: int
    repeats: int
    """Samples of each item."""
    margin: float
    """The loss that still counts as no worse, a fraction."""
    power: float
    """The chance that a verdict shall have."""
    confidence: float
    """Of the interval."""
    discordance: float
    """Share of the items that the two sides judge differently, a fraction (one attempt each)."""
    noise_share: float
    """Share of the variance of one attempt's difference that is noise of repeating: what repeats reduce."""
    design_effect: float
    """Variance of the difference over that of as many items that stand alone and are asked once: above 1 by
    clusters, below 1 by repeats."""
    items_per_cluster: float
    """Items over effective clusters; 1 when every item stands alone."""
    smallest_drop: float | None
    """The smallest true drop that fails with that chance, a fraction; None when none does."""
    pass_chance: float
    """The chance that a candidate which is no worse passes with the items given."""
    items_to_pass: int | None
    """Items with which it passes with that chance; None with a margin of 0, where no number is enough."""

    @property
    def more_items(self) -> int:
        """How many more items that takes; 0 when there are enough or no number would do."""
        return max(0, (self.items_to_pass or 0) - self.items)


def state_power(
    items: int,
    *,
    margin: float,
    discordance: float,
    design_effect: float = 1.0,
    items_per_cluster: float = 1.0,
    repeats: int = 1,
    noise_share: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> PowerStatement:
    """State what ``items`` can show at ``margin``.

    ``design_effect`` is that of the clusters, for items asked once. ``repeats`` leave 1 - noise_share of the
    variance as it is and divide the rest (Miller 2024, section 3.1). Estimators and assumptions: those of
    ``chance_of_fail`` and ``chance_of_pass``.
    """
    effect = design_effect * repeats_effect(repeats, noise_share)
    clusters = items / items_per_cluster
    drop = smallest_detectable_drop(
        items,
        discordance=discordance,
        margin=margin,
        power=power,
        confidence=confidence,
        design_effect=effect,
        clusters=clusters,
    )
    return PowerStatement(
        items=items,
        repeats=repeats,
        margin=margin,
        power=power,
        confidence=confidence,
        discordance=discordance,
        noise_share=noise_share,
        design_effect=effect,
        items_per_cluster=items_per_cluster,
        smallest_drop=None if math.isinf(drop) else drop,
        pass_chance=chance_of_pass(
            items, margin=margin, discordance=discordance, confidence=confidence, design_effect=effect,
            clusters=clusters,
        ),
        items_to_pass=items_needed(
            margin=margin, discordance=discordance, power=power, confidence=confidence,
            design_effect=effect, items_per_cluster=items_per_cluster,
        ) if margin > 0 else None,
    )  # fmt: skip


def repeats_effect(repeats: int, noise_share: float) -> float:
    """Return the variance with ``repeats`` over that with one, when ``noise_share`` of that one is noise."""
    if repeats < 1 or not 0 <= noise_share <= 1:
        raise ValueError(f"repeats {repeats!r} must be 1 or more, noise_share {noise_share!r} in [0, 1]")
    return max(1 - noise_share * (1 - 1 / repeats), 1e-6)
