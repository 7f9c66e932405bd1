"""What a run would ask, cost and take, from the plan and from what earlier runs have shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evalkit.api.projects import open_project
from evalkit.api.running import RunRequest
from evalkit.backends import Stage, with_file_hashes
from evalkit.config import Project
from evalkit.errors import StoreError
from evalkit.runner import Estimate, Past, earlier_answers, estimate

_PAST = """
    SELECT requested_fingerprint, suite, avg(input_tokens) AS input_tokens,
        avg(output_tokens) AS output_tokens, avg(latency_s) AS latency_s
    FROM samples
    WHERE status = 'answered' AND reused_from IS NULL
    GROUP BY requested_fingerprint, suite
"""


def estimate_run(request: RunRequest, *, project: Project | Path | str | None = None) -> tuple[Estimate, ...]:
    """Return what the run would ask of each candidate; nothing is asked.

    Raises:
        UsageError: A name, suite or setting is wrong.
    """
    home = open_project(project)
    plan = request.plan(home)
    plan = replace(plan, candidates=with_file_hashes(plan.candidates, Stage(root=home.root)))
    return estimate(plan, _history(home), earlier_answers(home.runs, plan) if request.reuse else None)


def _history(home: Project) -> dict[tuple[str, str], Past]:
    """Means by candidate and suite over the project's store; none where no store can be read."""
    from evalkit.store import Store

    try:
        rows = Store(home.store, wait_s=1.0).sql(_PAST).to_pylist() if home.store.exists() else []
    except StoreError:
        return {}
    return {(row.pop("requested_fingerprint"), row.pop("suite")): Past(**row) for row in rows}
