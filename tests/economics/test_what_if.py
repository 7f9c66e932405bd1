"""Claims about other prices and volumes: stored tokens priced anew, by the same arithmetic as a run's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.economics import figures
from evalkit.economics.what_if import with_prices, with_stakes
from evalkit.errors import UsageError
from evalkit.records import Price
from tests.economics.frames import make_manifest, make_samples, with_faults


def test_stored_tokens_are_priced_anew() -> None:
    """100 tokens in at $2 and 10 out at $10 the million: 3 hundred-millionths of a hundred dollars."""
    samples = make_samples([True] * 5)
    manifest = make_manifest(samples, price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=2.0))
    found, manifests = with_prices(
        samples, [manifest], {"slim": {"input_usd_per_mtok": 2.0, "output_usd_per_mtok": 10.0}}
    )
    assert found["cost_usd"].tolist() == pytest.approx([0.0003] * 5)
    assert manifests[0].candidates[0].candidate.price.output_usd_per_mtok == 10.0
    assert samples["cost_usd"].tolist() == [0.001] * 5


def test_what_is_not_given_stays_as_declared() -> None:
    """Asking what a cheaper input brings leaves the output's price alone."""
    samples = make_samples([True])
    manifest = make_manifest(samples, price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=2.0))
    found, _ = with_prices(samples, [manifest], {"slim": {"input_usd_per_mtok": 0.0}})
    assert found["cost_usd"].tolist() == pytest.approx([10 * 2e-6])


def test_a_price_for_each_request_counts_once_an_attempt() -> None:
    """A retry is paid for too."""
    samples = make_samples([True, True], attempts=[1, 3])
    found, _ = with_prices(samples, [make_manifest(samples)], {"slim": {"usd_per_request": 0.01}})
    assert found["cost_usd"].tolist() == pytest.approx([0.01, 0.03])


def test_unknown_tokens_stay_an_unknown_cost() -> None:
    """A lower price does not make a number out of nothing."""
    samples = make_samples([True, True], input_tokens=pd.array([100, None], dtype="Int64"))
    manifest = make_manifest(samples, price=Price(input_usd_per_mtok=1.0))
    found, manifests = with_prices(samples, [manifest], {"slim": {"input_usd_per_mtok": 2.0}})
    assert np.isnan(found["cost_usd"].iloc[1])
    assert figures(found, manifests=manifests)[0].cost.total_usd is None


def test_a_machine_by_the_hour_replaces_token_prices_and_back() -> None:
    """What if we hosted it: one second of machine at four answers a second."""
    samples = make_samples([True] * 2)
    manifest = make_manifest(samples, price=Price(input_usd_per_mtok=1.0))
    hosted = {"slim": {"machine_usd_per_hour": 3.6, "machine_requests_per_s": 4.0}}
    found, manifests = with_prices(samples, [manifest], hosted)
    assert found["cost_usd"].tolist() == pytest.approx([0.00025] * 2)
    back, _ = with_prices(found, manifests, {"slim": {"input_usd_per_mtok": 1.0}})
    assert back["cost_usd"].tolist() == pytest.approx([0.0001] * 2)


def test_a_faulted_sample_with_known_tokens_still_costs() -> None:
    """Failures are paid for."""
    samples = with_faults(make_samples([True, True]), [0])
    manifest = make_manifest(samples, price=Price(input_usd_per_mtok=1.0))
    found, _ = with_prices(samples, [manifest], {"slim": {"input_usd_per_mtok": 1.0}})
    assert found["cost_usd"].tolist() == pytest.approx([0.0001] * 2)


def test_another_volume_changes_the_months_bill_alone() -> None:
    """Volume is a stake: no sample knows of it."""
    samples = make_samples([True] * 20)
    manifests = with_stakes([make_manifest(samples)], {"triage": {"volume_per_month": 5_000}})
    month = figures(samples, manifests=manifests)[0].cost.month_usd
    assert month is not None
    assert month.estimate == pytest.approx(5.0)


def test_misspelt_names_are_met_with_the_near_ones() -> None:
    """A what-if that silently changed nothing would be believed."""
    samples = make_samples([True])
    manifest = make_manifest(samples)
    with pytest.raises(UsageError, match="slim"):
        with_prices(samples, [manifest], {"slmi": {}})
    with pytest.raises(UsageError, match="input_usd_per_mtok"):
        with_prices(samples, [manifest], {"slim": {"input_usd": 1.0}})
    with pytest.raises(UsageError, match="triage"):
        with_stakes([manifest], {"triag": {}})
    with pytest.raises(UsageError, match="volume_per_month"):
        with_stakes([manifest], {"triage": {"volume": 3}})
