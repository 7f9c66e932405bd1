"""Failures that are alike in their inputs: a long list as a few things to talk about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SPLIT_FROM = 8
"""Fewer items are read one by one sooner than sorted."""
MOST_PARTS = 4
_WORD = r"(?u)\b[^\W\d_]{4,}\b"
LEAST_IN_PART = 3
MOST_COMMON = 0.6
"""A word on a larger share of the texts sets none apart; two topics of equal size must stay below."""
MOST_COMPARED = 2_000
"""Items beyond which no likeness is sought: all pairs are compared."""
LEAST_SILHOUETTE = 0.02
"""Mean silhouette (Rousseeuw 1987) below which inputs form no parts. Chosen by hand on the full run."""
TAG_SHARE, TAG_LIFT = 0.6, 1.5
"""A tag names a group where it is on this share of its items and this many times as often as in its suite."""


def split_by_likeness(texts: Sequence[str]) -> list[tuple[list[int], tuple[str, ...]]]:
    """Return the places of texts that are alike, largest part first, each with the terms that set it apart.

    TF-IDF of words and pairs of words; k-means on unit vectors, which is by cosine, into two to `MOST_PARTS`
    parts, the number with the best mean silhouette; one part without name when none separates.
    """
    whole: list[tuple[list[int], tuple[str, ...]]] = [(list(range(len(texts))), ())]
    if not SPLIT_FROM <= len(texts) <= MOST_COMPARED:
        return whole
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import silhouette_score

    # Short words and those on many of the texts set nothing apart, in any language.
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, max_df=MOST_COMMON, token_pattern=_WORD
    )
    try:
        vectors: Any = vectorizer.fit_transform(texts).toarray()
    except ValueError:  # no word is left
        return whole
    if len(np.unique(vectors, axis=0)) <= MOST_PARTS or not vectors.any(axis=1).all():
        return whole
    tried = []
    for parts in range(2, MOST_PARTS + 1):
        labels = KMeans(parts, n_init=1, random_state=0).fit_predict(vectors)
        if np.bincount(labels).min() >= LEAST_IN_PART and len(np.unique(labels)) == parts:
            tried.append((float(silhouette_score(vectors, labels, metric="cosine")), -parts, labels))
    if not tried or max(tried, key=lambda one: one[:2])[0] < LEAST_SILHOUETTE:
        return whole
    labels = max(tried, key=lambda one: one[:2])[2]
    words = vectorizer.get_feature_names_out()
    found = []
    for part in np.unique(labels):
        inside = labels == part
        lead = vectors[inside].mean(axis=0) - vectors[~inside].mean(axis=0)
        found.append((np.flatnonzero(inside).tolist(), _top_terms(words, lead)))
    return sorted(found, key=lambda one: (-len(one[0]), one[0]))


def telling_tags(
    chosen: Sequence[Mapping[str, str]], all_items: Sequence[Mapping[str, str]]
) -> tuple[str, ...]:
    """Return the tags, as `tag=value`, that are common in a group and less so in its suite."""
    inside = Counter(pair for tags in chosen for pair in tags.items())
    outside = Counter(pair for tags in all_items for pair in tags.items())
    found = []
    for pair, n in inside.items():
        share = n / len(chosen)
        lift = share / (outside[pair] / len(all_items)) if outside[pair] else 1.0
        if n > 1 and share >= TAG_SHARE and lift >= TAG_LIFT:
            found.append((-lift, f"{pair[0]}={pair[1]}"))
    return tuple(name for _, name in sorted(found)[:3])


def _top_terms(words: Any, lead: Any, most: int = 3) -> tuple[str, ...]:
    """The terms that lead most, none of them a part of another."""
    found: list[str] = []
    for place in np.argsort(-lead, kind="stable")[: 4 * most]:
        term = str(words[place])
        if lead[place] > 0 and not any(set(term.split()) & set(other.split()) for other in found):
            found.append(term)
    return tuple(found[:most])
