"""Claims about routes over the committed baselines: a 135M model's real answers, too weak to be let alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evalkit.baseline import list_baselines, load_baseline
from evalkit.economics import figures, trade_offs
from evalkit.economics.evidence import read_samples, tags_of
from evalkit.records import Stakes
from evalkit.routes.advice import advise
from evalkit.routes.figures import route_figures
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import single
from evalkit.routes.proposal import propose
from evalkit.routes.slices import find_slices, rules_worth_a_branch
from evalkit.routes.table import suite_table

BASELINES = Path(__file__).parents[2] / "baselines"
SUITES = sorted({name.suite for name in list_baselines(BASELINES)})


def accepted(suite: str) -> tuple[pd.DataFrame, Stakes]:
    """The accepted samples of every slot, and the suite's stakes."""
    found = [load_baseline(BASELINES, n.suite, n.slot).accepted for n in list_baselines(BASELINES)
             if n.suite == suite]  # fmt: skip
    samples = pd.concat([a.samples for a in found], ignore_index=True)
    return samples, found[0].manifest.suites[0].stakes


def known(samples: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Item -> the tags that a service knows before the call; the others say what is in the item."""
    tags = dict(zip(samples["item_id"], samples["tags"].map(tags_of), strict=True))
    return {item: {k: v for k, v in own.items() if k in ("channel", "lang")} for item, own in tags.items()}


@pytest.mark.parametrize("suite", SUITES)
def test_a_weak_model_is_never_proposed_and_the_advice_says_why(suite: str) -> None:
    """Far below its floor on real answers: no candidate holds it, with the rate."""
    samples, stakes = accepted(suite)
    table = suite_table(samples, stakes=stakes, features=known(samples))
    proposal = propose([table], find_rules=rules_worth_a_branch)[0]
    assert proposal.proposed is None
    advice = advise(table, proposal, find_slices(table))
    assert [a.move for a in advice][:1] == ["none_holds"]
    assert "holds the floor" in advice[0].reason
    assert advice[0].then is None
    assert advice[0].certificate is not None
    assert advice[0].certificate.rate < advice[0].certificate.floor


@pytest.mark.parametrize("suite", SUITES)
def test_a_candidate_alone_costs_and_succeeds_as_pandas_says(suite: str) -> None:
    """The table, the outcome and the figures agree with direct sums over the rows."""
    samples, stakes = accepted(suite)
    table = suite_table(samples, stakes=stakes)
    rows = read_samples(samples)
    points = {p.candidate: p for p in trade_offs(rows, figures(rows)).front.points}
    for name, group in samples[samples["item_id"].isin(table.ids)].groupby("candidate"):
        found = route_figures(outcome(single(suite, str(name)), table), table)
        right = group["success"].fillna(value=False).astype(float)
        assert found.success.estimate == pytest.approx(
            (right * group["weight"]).sum() / group["weight"].sum()
        )
        assert set(points) == set(table.names)
        if found.per_success_usd is not None and right.sum():
            paid = (group["cost_usd"] * group["weight"]).sum() / (right * group["weight"]).sum()
            assert found.per_success_usd.estimate == pytest.approx(paid)
