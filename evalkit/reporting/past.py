"""The last report's facts, kept beside it so that the next one into that folder can say what changed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.records import clean_text
from evalkit.reporting.inputs import PastCell, PastReport

FILE = "data/last.json"
"""Where the facts lie, from the report's folder."""


def read_past(folder: Path, runs: tuple[str, ...]) -> PastReport | None:
    """The last report in the folder that was of other runs; None: there is none that can be read.

    A report that is made anew of the same runs must say the same, so it passes over itself.
    """
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(kept, Mapping):
        return None
    now = _report(kept.get("now"))
    return _report(kept.get("before")) if now is not None and now.runs == runs else now


def past_json(now: PastReport, before: PastReport | None) -> str:
    """The facts as JSON text."""
    return json.dumps({"now": _plain(now), "before": _plain(before)}, indent=1, sort_keys=True) + "\n"


def _plain(report: PastReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "created_at": clean_text(report.created_at),
        "runs": [clean_text(run) for run in report.runs],
        "cells": [
            {
                "suite": clean_text(c.suite),
                "candidate": clean_text(c.candidate),
                "success": c.success,
                "low": c.low,
                "high": c.high,
                "n": c.n,
                "floor": c.floor,
                "verdict": c.verdict,
            }
            for c in report.cells
        ],
    }


def _report(plain: Any) -> PastReport | None:
    """A report's facts from plain values that anybody may have written; None where they are no such facts."""
    try:
        return PastReport(
            created_at=_text(plain["created_at"]),
            runs=tuple(_text(run) for run in plain["runs"]),
            cells=tuple(_cell(cell) for cell in plain["cells"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _cell(plain: Any) -> PastCell:
    return PastCell(
        suite=_text(plain["suite"]),
        candidate=_text(plain["candidate"]),
        success=_share(plain["success"]),
        low=_share(plain["low"]),
        high=_share(plain["high"]),
        n=int(plain["n"]),
        floor=_text(plain["floor"]),
        verdict=None if plain["verdict"] is None else _text(plain["verdict"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _share(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number
