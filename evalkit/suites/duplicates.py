"""Near duplicates among texts by min-hashing: pairs that share most of their pieces, in linear time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

PIECE = 4
"""Characters of a piece: words of a sentence still match when one letter is mistyped."""
_BANDS, _ROWS = 32, 4
"""32 bands of 4 hashes find a pair of similarity 0.8 with probability 1 − (1 − 0.8⁴)³² > 0.9999."""
_CROWD = 200
"""A band shared by more texts than this is boilerplate; comparing all of them would be quadratic."""


def near_pairs(texts: Sequence[str], *, similarity: float = 0.8) -> list[tuple[int, int]]:
    """Index pairs whose sets of pieces have at least this Jaccard similarity, in order.

    Candidates by locality-sensitive hashing (Broder 1997, "On the resemblance and containment of documents"),
    each then compared exactly, so that no pair is reported wrongly; one may be missed with the probability
    that `_BANDS` states.
    """
    pieces = [_pieces(t) for t in texts]
    found = []
    for a, b in sorted(set(_candidates([_signature(p) for p in pieces]))):
        if _jaccard(pieces[a], pieces[b]) >= similarity:
            found.append((a, b))
    return found


def resemblance(a: str, b: str) -> float:
    """Return the Jaccard similarity of two texts' sets of pieces, a fraction; 0 where a text has none."""
    return _jaccard(_pieces(a), _pieces(b))


def _jaccard(a: frozenset[int], b: frozenset[int]) -> float:
    shared = len(a & b)
    return shared / len(a | b) if shared else 0.0


def _pieces(text: str) -> frozenset[int]:
    words = " ".join(text.casefold().split())
    if len(words) < PIECE:
        return frozenset()
    data = words.encode("utf-8", "replace")
    return frozenset(zlib.crc32(data[i : i + PIECE]) for i in range(len(data) - PIECE + 1))


def _multipliers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    rng = np.random.default_rng(20261)
    count = _BANDS * _ROWS
    odd = rng.integers(0, 1 << 63, count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return odd, rng.integers(0, 1 << 63, count, dtype=np.uint64)


_A, _B = _multipliers()


def _signature(pieces: frozenset[int]) -> NDArray[np.uint64] | None:
    """The least hash of the pieces under each of the hash functions, `(n_hashes,)`."""
    if not pieces:
        return None
    values = np.fromiter(pieces, dtype=np.uint64, count=len(pieces))
    # Multiply-shift: odd 64-bit multipliers, overflow wanted, the high half kept.
    hashed = (values[:, None] * _A[None, :] + _B[None, :]) >> np.uint64(32)
    least: NDArray[np.uint64] = hashed.min(axis=0)
    return least


def _candidates(signatures: Sequence[NDArray[np.uint64] | None]) -> Iterator[tuple[int, int]]:
    for band in range(_BANDS):
        buckets: dict[bytes, list[int]] = {}
        for number, signature in enumerate(signatures):
            if signature is not None:
                part = signature[band * _ROWS : (band + 1) * _ROWS].tobytes()
                buckets.setdefault(part, []).append(number)
        for members in buckets.values():
            yield from combinations(members[:_CROWD], 2)
