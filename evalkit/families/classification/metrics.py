"""The family's figures over answered samples, by scikit-learn, as plain JSON values.

An answer from which no label could be read counts as the prediction of a label of its own, `NO_LABEL`, that
is never right: it lowers recall, and agreement by chance knows of it. An accepted alternative counts as the
target.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from evalkit.families.classification.scoring import list_accepted
from evalkit.records import Item, Score, Suite

NO_LABEL = "(no label)"
"""Stands for an answer outside the label set."""

_MATRIX_AT_MOST = 40
"""Labels up to which the whole confusion matrix is given; above, the confused pairs say more."""
_PAIRS = 50


def metrics(suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
    """Figures over the samples; `{"count": 0}` when there are none."""
    rows = list(rows)
    if not rows:
        return {"count": 0}
    shared = {
        "count": len(rows),
        "accuracy": sum(s.success for _, s in rows) / len(rows),
        "format_valid_rate": sum(s.format_valid for _, s in rows) / len(rows),
        "parsers": dict(Counter(s.parser or "none" for _, s in rows).most_common()),
    }
    own = _set_metrics(suite, rows) if suite.contract.multi_label else _one_metrics(suite, rows)
    return {**shared, **own}


def _one_metrics(suite: Suite, rows: list[tuple[Item, Score]]) -> dict[str, Any]:
    import numpy as np
    from sklearn.metrics import precision_recall_fscore_support

    labels = list(suite.contract.labels)
    true, predicted = _one_pairs(rows, set(labels))
    seen = set(true) | set(predicted)
    used = [n for n in labels if n in seen]
    names = [*used, *sorted(seen.difference(used, {NO_LABEL})), *({NO_LABEL} & seen)]
    # Numbers, because scikit-learn is slow on arrays of text.
    code = {n: i for i, n in enumerate(names)}
    coded = [np.fromiter((code[n] for n in side), dtype=np.int64) for side in (true, predicted)]
    each = (
        precision_recall_fscore_support(*coded, labels=range(len(used)), zero_division=0)
        if used
        else [()] * 4
    )
    return {
        "macro_f1": _mean(each[2]),
        "weighted_f1": _mean(each[2], each[3]),
        "cohen_kappa": _kappa(*coded),
        "labels": {
            n: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
            for n, p, r, f, s in zip(used, *each, strict=True)
        },
        "confusion": _matrix(names, *coded) if len(names) <= _MATRIX_AT_MOST else None,
        "confused": _count_confusions(true, predicted),
        **_out_of_scope(suite.contract.out_of_scope, true, predicted),
    }


def _one_pairs(rows: list[tuple[Item, Score]], labels: set[str]) -> tuple[list[str], list[str]]:
    true, predicted = [], []
    for item, score in rows:
        targets = list_accepted(item)
        got = score.parsed if isinstance(score.parsed, str) and score.parsed in labels else NO_LABEL
        true.append(got if score.success and got in targets else str(targets[0]))
        predicted.append(got)
    return true, predicted


def _kappa(true: Any, predicted: Any) -> float | None:
    """Cohen's kappa; None where both raters know a single label only, and chance explains everything."""
    from sklearn.metrics import cohen_kappa_score

    if len({*true.tolist(), *predicted.tolist()}) < 2:
        return None
    value = float(cohen_kappa_score(true, predicted))
    return value if math.isfinite(value) else None


def _matrix(names: list[str], true: Any, predicted: Any) -> dict[str, Any]:
    """Counts with targets as rows; counted here because scikit-learn warns at a single label."""
    import numpy as np

    size = len(names)
    counts = np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)
    return {"labels": names, "counts": counts.tolist()}


def _count_confusions(true: list[str], predicted: list[str]) -> list[dict[str, Any]]:
    pairs = Counter((t, p) for t, p in zip(true, predicted, strict=True) if t != p)
    ranked = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:_PAIRS]
    return [{"expected": t, "got": p, "count": n} for (t, p), n in ranked]


def _out_of_scope(label: str | None, true: list[str], predicted: list[str]) -> dict[str, Any]:
    if label is None:
        return {}
    hits = sum(t == p == label for t, p in zip(true, predicted, strict=True))
    return {
        "out_of_scope_recall": _share(hits, true.count(label)),
        "out_of_scope_precision": _share(hits, predicted.count(label)),
    }


def _set_metrics(suite: Suite, rows: list[tuple[Item, Score]]) -> dict[str, Any]:
    import numpy as np
    from sklearn.metrics import precision_recall_fscore_support

    labels = list(suite.contract.labels)
    place = {n: i for i, n in enumerate(labels)}
    # One blank column more: scikit-learn takes a single one for a yes-or-no task and averages otherwise.
    true, predicted = (np.zeros((len(rows), len(labels) + 1), dtype=np.int8) for _ in range(2))
    for row, (item, score) in enumerate(rows):
        got = score.parsed if isinstance(score.parsed, list) else []
        want = next(
            (t for t in list_accepted(item) if score.success and set(t) == set(got)), list_accepted(item)[0]
        )
        for names, matrix in ((want, true), (got, predicted)):
            matrix[row, [place[n] for n in names if n in place]] = 1
    used = [i for i in range(len(labels)) if true[:, i].any() or predicted[:, i].any()]
    each = (
        precision_recall_fscore_support(true, predicted, labels=used, zero_division=0) if used else [()] * 4
    )
    return {
        "micro_f1": _micro_f1(true, predicted),
        "macro_f1": _mean(each[2]),
        "weighted_f1": _mean(each[2], each[3]),
        "mean_jaccard": math.fsum(s.score for _, s in rows) / len(rows),
        "labels": {
            labels[i]: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
            for i, p, r, f, s in zip(used, *each, strict=True)
        },
        **_set_out_of_scope(suite.contract.out_of_scope, true, predicted, place),
    }


def _micro_f1(true: Any, predicted: Any) -> float | None:
    from sklearn.metrics import f1_score

    seen = true.any() or predicted.any()
    return float(f1_score(true, predicted, average="micro", zero_division=0)) if seen else None


def _set_out_of_scope(
    label: str | None, true: Any, predicted: Any, place: Mapping[str, int]
) -> dict[str, Any]:
    if label is None or label not in place:
        return {}
    want, got = true[:, place[label]], predicted[:, place[label]]
    hits = int((want & got).sum())
    return {
        "out_of_scope_recall": _share(hits, int(want.sum())),
        "out_of_scope_precision": _share(hits, int(got.sum())),
    }


def _mean(values: Any, weights: Any = None) -> float | None:
    """The (weighted) mean; None where nothing has any weight."""
    weights = [1.0] * len(values) if weights is None else weights
    total = float(sum(weights))
    return (
        math.fsum(float(v) * float(w) for v, w in zip(values, weights, strict=True)) / total
        if total
        else None
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
