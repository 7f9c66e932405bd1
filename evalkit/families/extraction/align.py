"""Which item of an answer's list answers which item of the target's list: the best assignment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import perm

Pairs = list[tuple[int, int]]

_FEW = 24
"""Assignments that are quicker tried one by one than handed to the solver."""


def best_assignment(gains: Sequence[Sequence[int]]) -> Pairs:
    """The pairs (row, column) with the largest total gain; each row and column at most once.

    Among equal totals the one that keeps the items nearest to their positions. Pairs without gain are left
    out. Exact: all assignments are tried where they are few, else scipy's solver of the linear sum
    assignment problem (Crouse 2016).

    Args:
        gains: `(n_expected, n_got)`, whole numbers from 0 up.
    """
    rows, columns = len(gains), len(gains[0]) if gains else 0
    if not rows or not columns:
        return []
    worth = _with_positions(gains, rows, columns)
    few = perm(max(rows, columns), min(rows, columns)) <= _FEW if min(rows, columns) <= 4 else False
    pairs = _by_trying(worth, rows, columns) if few else _by_solver(worth)
    return [(i, j) for i, j in pairs if gains[i][j] > 0]


def _with_positions(gains: Sequence[Sequence[int]], rows: int, columns: int) -> list[list[float]]:
    """Less than one gain in all goes to closeness, so that it only decides between equal totals."""
    step = 0.5 / (min(rows, columns) * max(rows, columns))
    return [[gain - abs(i - j) * step for j, gain in enumerate(row)] for i, row in enumerate(gains)]


def _by_trying(worth: Sequence[Sequence[float]], rows: int, columns: int) -> Pairs:
    if rows <= columns:
        tries = [list(enumerate(chosen)) for chosen in permutations(range(columns), rows)]
    else:
        tries = [[(i, j) for j, i in enumerate(chosen)] for chosen in permutations(range(rows), columns)]
    return max(tries, key=lambda pairs: sum(worth[i][j] for i, j in pairs))


def _by_solver(worth: Sequence[Sequence[float]]) -> Pairs:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.asarray(worth), maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
