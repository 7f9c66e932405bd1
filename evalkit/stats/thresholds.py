"""Where a condition that is false below a number and true from it on begins to hold."""

from __future__ import annotations

from collections.abc import Callable


def least_enough(
    enough: Callable[[int], bool], *, low: int = 0, high: int = 1, most: int | None = None, within: int = 0
) -> int | None:
    """Return the least number above ``low`` that is ``enough``, by doubling ``high`` and then bisection.

    ``low`` is taken as not enough and never tried. Once doubled above ``most``: ``None``. With
    ``within`` the result may be too large by one part in so many.
    """
    while not enough(high):
        low, high = high, 2 * high
        if most is not None and high > most:
            return None
    while high - low > max(1, high // within if within else 1):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def bracket(holds: Callable[[float], bool], low: float, high: float, *, steps: int) -> tuple[float, float]:
    """Return two numbers between which ``holds`` begins, by halving ``low`` to ``high`` so many times.

    ``holds`` is taken as false at ``low`` and true at ``high``; neither is tried.
    """
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low, high
