"""Makes frames of the flat `samples` view, and manifests to them, for tests of all that reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from evalkit.baseline import Accepted, Baseline, BaselineSummary
from evalkit.evidence import Evidence
from evalkit.records import Candidate, CandidateEntry, Contract, Manifest, Price, Stakes, SuiteEntry


def make_samples(
    success: Sequence[bool] | np.ndarray,
    *,
    suite: str = "triage",
    candidate: str = "slim",
    repeats: int = 1,
    **columns: Any,
) -> pd.DataFrame:
    """One sample for each entry of `success`, `repeats` for each item; `columns` replace columns."""
    success = np.asarray(success, dtype=bool)
    n = len(success)
    item = np.arange(n) // repeats
    frame = pd.DataFrame(
        {
            "run_id": "run-1",
            "suite": suite,
            "suite_version": "1+aaaa",
            "family": "classification",
            "item_id": [f"i{k:05d}" for k in item],
            "tags": [{"lang": ("en", "de", "es")[k % 3]} for k in item],
            "cluster": None,
            "weight": 1.0,
            "critical": False,
            "candidate": candidate,
            "tier": "slim",
            "requested_fingerprint": "f1",
            "observed_fingerprint": None,
            "prompt_hash": "p1",
            "request_hash": [f"r{k}" for k in item],
            "scorer_hash": "s1",
            "repeat": np.arange(n) % repeats,
            "seed": pd.array([None] * n, dtype="Int64"),
            "status": "answered",
            "output": ["right" if s else f"wrong {k}" for k, s in enumerate(success)],
            "tool_calls": None,
            "parsed": None,
            "format_valid": True,
            "success": success,
            "score": success.astype(float),
            "error_kind": [None if s else "confused_label" for s in success],
            "diff": None,
            "finish_reason": "stop",
            "confidence": np.nan,
            "input_tokens": pd.array([100] * n, dtype="Int64"),
            "cached_input_tokens": pd.array([None] * n, dtype="Int64"),
            "output_tokens": pd.array([10] * n, dtype="Int64"),
            "reasoning_tokens": pd.array([None] * n, dtype="Int64"),
            "cost_usd": 0.001,
            "price_id": "config",
            "latency_s": 1.0,
            "e2e_latency_s": 1.5,
            "ttft_s": 0.5,
            "attempts": 1,
            "load": "concurrency=4",
            "reused_from": None,
            "simulated": False,
            "started_at": "2026-11-20T08:00:00.000000+00:00",
        }
    )
    for name, value in columns.items():
        frame[name] = value
    return frame


def with_faults(samples: pd.DataFrame, positions: Sequence[int], kind: str = "backend_error") -> pd.DataFrame:
    """The samples with those at `positions` turned into faults."""
    frame = samples.copy()
    rows = frame.index[list(positions)]
    frame.loc[rows, "status"] = "faulted"
    frame.loc[rows, ["success", "format_valid"]] = False
    frame.loc[rows, "score"] = 0.0
    frame.loc[rows, "error_kind"] = kind
    frame.loc[rows, "output"] = None
    return frame


def make_manifest(
    *samples: pd.DataFrame,
    stakes: Stakes | None = None,
    backend: str = "openai",
    price: Price | None = None,
    machine: dict[str, Any] | None = None,
    run_id: str = "run-1",
    **fields: Any,
) -> Manifest:
    """A manifest of a finished whole run of the suites and candidates in the samples."""
    frame = pd.concat(samples) if samples else make_samples([])
    suites = tuple(
        SuiteEntry(
            name=str(name), family="classification", suite_version=str(group["suite_version"].iloc[0]),
            description="", contract=Contract(), scorer={}, scorer_hash=str(group["scorer_hash"].iloc[0]),
            prompts={}, stakes=stakes or Stakes(), items_total=group["item_id"].nunique(),
            items_planned=group["item_id"].nunique(),
        )
        for name, group in frame.groupby("suite", sort=False)
    )  # fmt: skip
    candidates = tuple(
        CandidateEntry(
            candidate=Candidate(
                name=str(name),
                tier="slim",
                backend=backend,
                model="m",
                price=price or Price(),
                timeout_s=30.0,
            ),
            requested_fingerprint="f1",
            simulated=backend == "simulated",
        )
        for name in frame["candidate"].unique()
    )
    plain: dict[str, Any] = {
        "run_id": run_id, "created_at": "2026-11-20T08:00:00+00:00", "status": "done",
        "repeats": int(frame["repeat"].max()) + 1 if len(frame) else 1,
        "suites": suites, "candidates": candidates,
        "machine": machine or {"system": "Linux", "architecture": "x86_64", "processor": "cpu-1", "cores": 2},
    }  # fmt: skip
    return Manifest(**(plain | fields))


def make_evidence(
    samples: pd.DataFrame, baselines: Sequence[Baseline] = (), *, slots: Any = None, **manifest: Any
) -> Evidence:
    """The samples as evidence, with a manifest to them and these baselines."""
    return Evidence(
        samples=samples,
        manifests=(make_manifest(samples, **manifest),),
        baselines={(b.suite, b.slot): b for b in baselines},
        slots=slots or {},
    )


def make_baseline(
    samples: pd.DataFrame,
    *,
    slot: str | None = None,
    manifest: Manifest | None = None,
    anchor: Accepted | None = None,
) -> Baseline:
    """Samples as the accepted ones of a slot, without a file; they are the anchor too unless one is given.

    What promoting writes and reads back is tested in tests/baseline.
    """
    manifest = manifest or make_manifest(samples)
    first = samples.iloc[0]
    summary = BaselineSummary(
        suite=str(first["suite"]), slot=slot or str(first["candidate"]), candidate=str(first["candidate"]),
        tier=str(first["tier"]), accepted_at="2026-11-01T00:00:00+00:00", accepted_by="Ada", why="test",
        items=samples["item_id"].nunique(), samples=len(samples), repeats=manifest.repeats,
        faulted=int((samples["status"] == "faulted").sum()), success=float(samples["success"].mean()),
        success_low=0.0, success_high=1.0, confidence=0.95, cost_per_success_usd=None, latency_p95_s=None,
        run_id=manifest.run_id, run_created_at=manifest.created_at,
        suite_version=str(first["suite_version"]), scorer_hash=str(first["scorer_hash"]),
        prompt_hash=str(first["prompt_hash"]), requested_fingerprint=str(first["requested_fingerprint"]),
        samples_sha256=hashlib.sha256(samples.to_csv().encode()).hexdigest(), manifest_sha256="",
    )  # fmt: skip
    accepted = Accepted(summary=summary, manifest=manifest, samples=samples)
    return Baseline(suite=summary.suite, slot=summary.slot, accepted=accepted, anchor=anchor or accepted)
