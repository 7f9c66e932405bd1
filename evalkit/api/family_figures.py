"""Each family's own figures over stored samples, with the calibration of their confidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from evalkit.families import get_family
from evalkit.records import Diff, Item, Score, Suite

if TYPE_CHECKING:
    import pandas as pd


def family_metrics(
    samples: pd.DataFrame, suites: Mapping[str, Suite]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The family's own figures for each suite × candidate, over answered samples."""
    answered = samples[samples["status"] == "answered"]
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for (suite_name, candidate), group in answered.groupby(["suite", "candidate"], sort=False):
        suite = suites.get(str(suite_name))
        if suite is not None:
            rows = list(_iterate_scored(group, {i.id: i for i in suite.items}))
            metrics = dict(get_family(suite.family).metrics(suite, rows))
            if reliability := _calibration(group):
                metrics["calibration"] = reliability
            found[str(suite_name), str(candidate)] = metrics
    return found


def _calibration(group: pd.DataFrame) -> dict[str, Any] | None:
    """Calibration error and reliability curve over the samples that came with a confidence."""
    from evalkit.families.classification.calibration import calibration, confidence_source

    sure = group[group["confidence"].notna()]
    found = calibration(sure["confidence"], sure["success"].astype(bool))
    source = confidence_source(sure["confidence_method"], sure["label_mass_outside"])
    return None if found is None else {**found, **source}


def _iterate_scored(group: pd.DataFrame, items: Mapping[str, Item]) -> Iterator[tuple[Item, Score]]:
    columns = ("item_id", "success", "score", "format_valid", "error_kind", "parsed", "diff", "parser")
    for item_id, success, score, valid, kind, parsed, diff, parser in group[list(columns)].itertuples(
        index=False
    ):
        if item_id in items:
            yield (
                items[item_id],
                Score(
                    success=bool(success),
                    score=float(score),
                    format_valid=bool(valid),
                    error_kind=_text(kind),
                    parsed=_from_json(parsed),
                    diff=tuple(Diff(**d) for d in _from_json(diff) or ()),
                    parser=_text(parser),
                ),
            )


def _from_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
