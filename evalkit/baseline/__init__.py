"""Baselines: accepted samples of a suite for a candidate slot, kept in git under `baselines/`."""

from evalkit.baseline.promote import promote
from evalkit.baseline.records import Accepted, Baseline, BaselineSummary, LogEntry, Mark
from evalkit.baseline.store import (
    BaselineName,
    list_baselines,
    load_baseline,
    load_log,
    load_summary,
    slot_folder,
    verify,
)

__all__ = [
    "Accepted",
    "Baseline",
    "BaselineName",
    "BaselineSummary",
    "LogEntry",
    "Mark",
    "list_baselines",
    "load_baseline",
    "load_log",
    "load_summary",
    "promote",
    "slot_folder",
    "verify",
]
