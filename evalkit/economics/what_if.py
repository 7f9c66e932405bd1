"""What if prices, volumes or stakes were others: stored tokens and times priced anew, no model asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.errors import UsageError, near_names
from evalkit.prices import price_answer
from evalkit.records import Candidate, Manifest, Price, Stakes, Usage

if TYPE_CHECKING:
    import pandas as pd

_TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
_PRICE_ID = "what-if"


def with_prices(
    samples: pd.DataFrame, manifests: Sequence[Manifest], prices: Mapping[str, Mapping[str, Any]]
) -> tuple[pd.DataFrame, tuple[Manifest, ...]]:
    """The samples and manifests as if these candidates had these prices.

    What a sample cost is reckoned from its stored tokens (all attempts together) and service time by the
    arithmetic of `evalkit.prices`; a price for each request counts once an attempt. Charges that came with
    the answers are replaced too. A sample whose tokens are not known has an unknown cost, as ever. A field
    that is not given stays as declared; token prices given for a machine replace its hourly price, and the
    other way round.

    Args:
        samples: Rows of the flat view.
        manifests: The runs they come from, newest first.
        prices: Candidate -> fields of `Price`.

    Raises:
        UsageError: A candidate or a field is unknown; names the near ones.
    """
    known = {e.candidate.name: e.candidate for m in reversed(manifests) for e in m.candidates}
    for name in prices:
        if name not in known:
            raise UsageError(f"unknown candidate {name!r}", hint=near_names(name, known))
    changed = {n: replace(known[n], price=_price(known[n].price, given)) for n, given in prices.items()}
    repriced = samples.copy()
    repriced["cost_usd"] = samples["cost_usd"].astype("float64")
    if "price_id" in samples.columns:
        repriced["price_id"] = samples["price_id"].astype(object)
    for name, candidate in changed.items():
        rows = (samples["candidate"] == name).to_numpy(dtype=bool)
        repriced.loc[rows, "cost_usd"] = _costs(samples[rows], candidate)
        repriced.loc[rows, "price_id"] = _PRICE_ID
    return repriced, tuple(_with_candidates(m, changed) for m in manifests)


def with_stakes(
    manifests: Sequence[Manifest], changes: Mapping[str, Mapping[str, Any]]
) -> tuple[Manifest, ...]:
    """The manifests as if these suites had these stakes.

    Args:
        manifests: The runs.
        changes: Suite -> fields of `Stakes`, such as `volume_per_month`.

    Raises:
        UsageError: A suite or a field is unknown; names the near ones.
    """
    suites = {entry.name for m in manifests for entry in m.suites}
    for name, given in changes.items():
        if name not in suites:
            raise UsageError(f"unknown suite {name!r}", hint=near_names(name, suites))
        _check_fields(given, Stakes, "stake")
        for field in ("quality_floor", "margin"):
            if not 0 <= (given.get(field) or 0) <= 1:
                raise UsageError(f"{given[field]!r} is no fraction from 0 to 1", where=f"{name}.{field}")
    return tuple(
        replace(
            m,
            suites=tuple(
                replace(e, stakes=replace(e.stakes, **changes[e.name])) if e.name in changes else e
                for e in m.suites
            ),
        )
        for m in manifests
    )


def _price(declared: Price, given: Mapping[str, Any]) -> Price:
    _check_fields(given, Price, "price")
    by_machine = any(name.startswith("machine_") for name in given)
    by_token = any(name.startswith(("input_", "output_", "usd_")) for name in given)
    if by_token and not by_machine:
        declared = replace(declared, machine_usd_per_hour=None, machine_requests_per_s=None)
    return replace(declared, **given)


def _check_fields(given: Mapping[str, Any], kind: type[Any], what: str) -> None:
    known = [f.name for f in fields(kind)]
    for name in given:
        if name not in known:
            raise UsageError(f"there is no {what} {name!r}", hint=near_names(name, known))


def _costs(rows: pd.DataFrame, candidate: Candidate) -> list[float]:
    """The cost of each sample, NaN where it is not known; a sample that was not asked costs nothing."""
    columns = [_column(rows, name) for name in (*_TOKENS, "latency_s", "attempts")]
    asked = (rows["status"] != "not_asked").to_numpy(dtype=bool)
    # A request's own price counts for each attempt, while tokens are of all attempts already.
    by_token = replace(candidate, price=replace(candidate.price, usd_per_request=None))
    flat, tokenless = _flat(candidate.price)
    found = []
    for was_asked, *tokens, latency, attempts in zip(asked, *columns, strict=True):
        tries = 1.0 if np.isnan(attempts) else attempts
        rest = 0.0 if tokenless or not was_asked else _cost(by_token, tokens, latency, tries)
        found.append(rest + flat * tries if was_asked else 0.0)
    return found


def _flat(price: Price) -> tuple[float, bool]:
    """What each attempt costs whatever its tokens, and whether nothing else is paid for."""
    if price.machine_usd_per_hour is not None or price.usd_per_request is None:
        return 0.0, False
    tokenless = price.input_usd_per_mtok is None and price.output_usd_per_mtok is None
    return price.usd_per_request * (1 - price.discount), tokenless


def _cost(candidate: Candidate, tokens: Sequence[float], latency_s: float, attempts: float) -> float:
    usage = Usage(**{n: None if np.isnan(t) else int(t) for n, t in zip(_TOKENS, tokens, strict=True)})
    spent = None if np.isnan(latency_s) else latency_s
    cost = price_answer(candidate, usage, spent).cost_usd
    if cost is None:
        return float("nan")
    # Tokens are of all attempts already; a machine's share is of one.
    return cost * attempts if candidate.price.machine_usd_per_hour is not None else cost


def _column(rows: pd.DataFrame, name: str) -> Any:
    if name not in rows.columns:
        return np.full(len(rows), np.nan)
    import pandas as pd

    return pd.to_numeric(rows[name]).to_numpy(dtype=np.float64, na_value=np.nan)


def _with_candidates(manifest: Manifest, changed: Mapping[str, Candidate]) -> Manifest:
    entries = tuple(
        replace(e, candidate=changed[e.candidate.name]) if e.candidate.name in changed else e
        for e in manifest.candidates
    )
    return replace(manifest, candidates=entries)
