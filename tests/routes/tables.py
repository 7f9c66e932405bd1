"""Small suite tables for tests: successes, costs and times as given, the rest as if nothing went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalkit.records import Stakes
from evalkit.routes.decide import faults
from evalkit.routes.file import plain_branch
from evalkit.routes.policy import RoutePolicy
from evalkit.routes.table import SuiteTable

TIERS = {"slim": "slim", "mid": "mid", "frontier": "frontier"}


def table(
    success: Mapping[str, Sequence[int]],
    *,
    cost_usd: Mapping[str, Any] | None = None,
    latency_s: Mapping[str, Any] | None = None,
    confidence: Mapping[str, Any] | None = None,
    clusters: Sequence[str | None] | None = None,
    weights: Sequence[float] | None = None,
    features: Mapping[str, Sequence[Any]] | None = None,
    stakes: Stakes | None = None,
    **more: Any,
) -> SuiteTable:
    """Candidate -> successes; other mappings may leave candidates out."""
    names = tuple(success)
    n = len(next(iter(success.values())))
    shape = (len(names), n)

    def matrix(given: Mapping[str, Any] | None, default: float) -> np.ndarray:
        given = given or {}
        return np.array([np.broadcast_to(given.get(name, default), n) for name in names], dtype=float)

    cluster_names = np.empty(n, dtype=object)
    cluster_names[:] = clusters if clusters is not None else [None] * n
    known = {name: i for i, name in enumerate(dict.fromkeys(c for c in cluster_names if c is not None))}
    return SuiteTable(
        suite=more.pop("suite", "s"),
        suite_version="1",
        stakes=stakes or Stakes(),
        ids=np.array([f"i{i}" for i in range(n)], dtype=object),
        cluster=np.array(
            [n + i if c is None else known[c] for i, c in enumerate(cluster_names)], dtype=np.intp
        ),
        cluster_names=cluster_names,
        weight=np.ones(n) if weights is None else np.array(weights, dtype=float),
        features={
            name: np.array(values, dtype=object if any(isinstance(v, str) for v in values) else float)
            for name, values in (features or {}).items()
        },
        names=names,
        tiers=tuple(TIERS.get(name, "mid") for name in names),
        fingerprints=tuple(f"f-{name}" for name in names),
        run_ids=(("run",),) * len(names),
        simulated=np.zeros(len(names), dtype=bool),
        success=np.array([success[name] for name in names], dtype=bool).reshape(shape),
        answered=more.pop("answered", np.ones(shape, dtype=bool)),
        cost_usd=matrix(cost_usd, 0.001),
        latency_s=matrix(latency_s, 1.0),
        confidence=matrix(confidence, np.nan),
        format_valid=more.pop("format_valid", np.ones(shape, dtype=bool)),
        no_call=more.pop("no_call", np.zeros(shape, dtype=bool)),
        out_of_scope=more.pop("out_of_scope", np.zeros(shape, dtype=bool)),
        **more,
    )


def faults_of(policy: RoutePolicy) -> tuple[str, ...]:
    """What keeps a policy from being followed, as a service would see it in the file."""
    branches = [plain_branch(branch) for branch in policy.branches]
    plain = {"form": 1, "routes": {policy.suite: {"branches": branches}}}
    return tuple(fault for _, fault in faults(plain))
