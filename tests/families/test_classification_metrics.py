"""Classification figures against their definitions, counted by hand here without scikit-learn."""

from __future__ import annotations

import json
import math
import random
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.families import get_family
from evalkit.families.classification import calibration, label_probabilities
from evalkit.families.classification.metrics import NO_LABEL
from evalkit.records import Answer, Contract, Item, Suite

FAMILY = get_family("classification")
LABELS = ("a1", "b2", "c3", "d4")


def figures(pairs, labels=LABELS, *, multi=False, out_of_scope=None):
    """The family's figures for (target, answered text) pairs."""
    contract = Contract(labels=dict.fromkeys(labels, ""), multi_label=multi, out_of_scope=out_of_scope)
    suite = Suite(name="s", family="classification", version="1", contract=contract)
    score = FAMILY.scorer(suite)
    items = [Item(id=str(n), input="x", target=t) for n, (t, _) in enumerate(pairs)]
    return FAMILY.metrics(
        suite, ((i, score(i, Answer(text=text))) for i, (_, text) in zip(items, pairs, strict=True))
    )


def ratio(part, whole):
    return part / whole if whole else 0.0


def f1(pairs, label):
    true = sum(t == p == label for t, p in pairs)
    return ratio(2 * true, sum(t == label for t, _ in pairs) + sum(p == label for _, p in pairs))


def kappa(pairs):
    n = len(pairs)
    observed = sum(t == p for t, p in pairs) / n
    left, right = Counter(t for t, _ in pairs), Counter(p for _, p in pairs)
    chance = sum(left[k] * right[k] for k in left) / n**2
    return (observed - chance) / (1 - chance) if chance < 1 else None


one_label = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, NO_LABEL])), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)  # the first call imports scikit-learn
@given(one_label)
def test_figures_of_one_label_follow_their_definitions(pairs):
    """They decide which label a team works on; a wrong average would point elsewhere."""
    got = figures([(t, p if p != NO_LABEL else "zzz") for t, p in pairs])
    seen = [n for n in LABELS if any(n in pair for pair in pairs)]
    assert got["accuracy"] == pytest.approx(sum(t == p for t, p in pairs) / len(pairs))
    assert got["macro_f1"] == pytest.approx(sum(f1(pairs, n) for n in seen) / len(seen))
    support = Counter(t for t, _ in pairs)
    assert got["weighted_f1"] == pytest.approx(sum(f1(pairs, n) * support[n] for n in seen) / len(pairs))
    assert got["cohen_kappa"] == (pytest.approx(kappa(pairs)) if len({*sum(pairs, ())}) > 1 else None)
    for name in seen:
        hits = sum(t == p == name for t, p in pairs)
        own = got["labels"][name]
        assert own["precision"] == pytest.approx(ratio(hits, sum(p == name for _, p in pairs)))
        assert own["recall"] == pytest.approx(ratio(hits, support[name]))
        assert own["support"] == support[name]
    names, counts = got["confusion"]["labels"], got["confusion"]["counts"]
    assert {
        (t, p): counts[i][j] for i, t in enumerate(names) for j, p in enumerate(names) if counts[i][j]
    } == Counter(pairs)
    assert {(c["expected"], c["got"]): c["count"] for c in got["confused"]} == Counter(
        (t, p) for t, p in pairs if t != p
    )
    json.dumps(got, allow_nan=False)


@settings(max_examples=60, deadline=None)  # the first call imports scikit-learn
@given(
    st.lists(
        st.tuples(*[st.lists(st.sampled_from(LABELS), unique=True).map(sorted)] * 2), min_size=1, max_size=20
    )
)
@example([([], []), ([], ["a1"])])
@example([([], [])])
def test_figures_of_several_labels_follow_their_definitions(pairs):
    """Sets are easily averaged in three ways, and each says another thing."""
    got = figures([(t, json.dumps(p)) for t, p in pairs], multi=True)

    def counted(label):
        true = sum(label in t and label in p for t, p in pairs)
        return true, sum(label in t for t, _ in pairs), sum(label in p for _, p in pairs)

    seen = [n for n in LABELS if any(n in t or n in p for t, p in pairs)]
    each = {n: ratio(2 * counted(n)[0], counted(n)[1] + counted(n)[2]) for n in seen}
    support = {n: counted(n)[1] for n in seen}
    sums = [sum(column) for column in zip(*(counted(n) for n in seen), strict=True)] or [0, 0, 0]
    assert got["accuracy"] == pytest.approx(sum(t == p for t, p in pairs) / len(pairs))
    jaccard = [ratio(len({*t} & {*p}), len({*t} | {*p})) if t or p else 1.0 for t, p in pairs]
    assert got["mean_jaccard"] == pytest.approx(sum(jaccard) / len(pairs))
    if not seen:
        assert (got["micro_f1"], got["macro_f1"], got["weighted_f1"]) == (None, None, None)
    else:
        assert got["micro_f1"] == pytest.approx(ratio(2 * sums[0], sums[1] + sums[2]))
        assert got["macro_f1"] == pytest.approx(sum(each.values()) / len(seen))
        total = sum(support.values())
        weighted = sum(each[n] * support[n] for n in seen) / total if total else None
        assert got["weighted_f1"] == (None if weighted is None else pytest.approx(weighted))
    assert {n: v["f1"] for n, v in got["labels"].items()} == pytest.approx(each)
    json.dumps(got, allow_nan=False)


def test_out_of_scope_recall_counts_what_was_turned_away():
    """A model that never declines looks good on accuracy alone."""
    pairs = [("d4", "d4"), ("d4", "a1"), ("d4", "b2"), ("d4", "zzz"), ("a1", "d4"), ("b2", "b2")]
    got = figures(pairs, out_of_scope="d4")
    assert (got["out_of_scope_recall"], got["out_of_scope_precision"]) == (1 / 4, 1 / 2)
    none = figures([("a1", "a1")], out_of_scope="d4")
    assert (none["out_of_scope_recall"], none["out_of_scope_precision"]) == (None, None)
    several = figures([(["d4"], '["d4"]'), (["d4"], '["a1"]')], multi=True, out_of_scope="d4")
    assert several["out_of_scope_recall"] == 1 / 2


def test_no_sample_gives_no_figure():
    """An empty slice is not a perfect one."""
    assert figures([]) == {"count": 0}


def test_large_label_sets_give_pairs_instead_of_a_matrix():
    """A matrix of 150 by 150 is no figure that anyone reads, and megabytes on a page."""
    labels = [f"l{n}" for n in range(150)]
    rng = random.Random(0)
    got = figures([(n, rng.choice(labels)) for n in labels * 3], labels)
    assert got["confusion"] is None
    assert 0 < len(got["confused"]) <= 50


def test_calibration_is_the_mean_gap_between_confidence_and_success():
    """Counted by hand: 0.95 twice, right once; 0.55 once, right."""
    got = calibration([0.95, 0.95, 0.55], [True, False, True])
    assert got["expected_calibration_error"] == pytest.approx((2 * 0.45 + 1 * 0.45) / 3)
    assert got["brier"] == pytest.approx((0.05**2 + 0.95**2 + 0.45**2) / 3)
    assert [(b["low"], b["count"], b["success_rate"]) for b in got["bins"]] == [(0.5, 1, 1.0), (0.9, 2, 0.5)]
    assert calibration([], []) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_stays_within_its_bounds(pairs):
    """A confidence of exactly 1 belongs to the last bin, not to one beyond."""
    got = calibration(*zip(*pairs, strict=True))
    assert 0 <= got["expected_calibration_error"] <= 1 + 1e-9
    assert sum(b["count"] for b in got["bins"]) == len(pairs)
    assert all(
        b["low"] <= b["confidence"] + 1e-9 and b["confidence"] <= b["high"] + 1e-9 for b in got["bins"]
    )


def test_label_probabilities_are_renormalised_and_the_rest_is_recorded():
    """Mass outside the labels says that the model wanted to say something else."""
    got = label_probabilities({"a": math.log(0.3), "b": math.log(0.1), "c": -math.inf})
    assert got.probabilities == pytest.approx({"a": 0.75, "b": 0.25, "c": 0.0})
    assert got.outside == pytest.approx(0.6)
    assert (got.best, got.method) == ("a", "whole_label")
    assert label_probabilities({"a": -math.inf}) is None


def test_labels_that_go_on_from_another_take_their_mass_with_them():
    """Without an end of answer, "refund" holds all of "refund_status", and would win every time."""
    logs = {"refund": math.log(0.6), "refund_status": math.log(0.5), "refund_status_x": math.log(0.1)}
    got = label_probabilities(logs, terminated=False)
    assert got.best == "refund_status"
    assert got.probabilities == pytest.approx(
        {"refund": 0.1 / 0.6, "refund_status": 0.4 / 0.6, "refund_status_x": 1 / 6}
    )
    assert got.method == "whole_label_less_longer_ones"


def test_figures_equal_scikit_learns_on_random_label_sets():
    """The library's own words on the same pairs, texts instead of codes."""
    from sklearn import metrics as sk

    rng = random.Random(3)
    for size in (2, 5, 30):
        labels = [f"l{n}" for n in range(size)]
        pairs = [
            (t := rng.choice(labels), t if rng.random() < 0.6 else rng.choice(labels)) for _ in range(300)
        ]
        got = figures(pairs, labels)
        true, predicted = zip(*pairs, strict=True)
        assert got["macro_f1"] == pytest.approx(sk.f1_score(true, predicted, average="macro"))
        assert got["weighted_f1"] == pytest.approx(sk.f1_score(true, predicted, average="weighted"))
        assert got["cohen_kappa"] == pytest.approx(sk.cohen_kappa_score(true, predicted))
