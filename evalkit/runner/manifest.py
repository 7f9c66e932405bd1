"""What a run's manifest says: suites, candidates, versions and the machine."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from evalkit.families import scorer_hash
from evalkit.records import CandidateEntry, Manifest, Purpose, SuiteEntry
from evalkit.runner.plan import Plan

_RECORDED_PACKAGES = (
    "aiohttp",
    "genai-prices",
    "jinja2",
    "jsonschema",
    "rapidfuzz",
    "scikit-learn",
    "xllamacpp",
    "lm-eval",
    "vllm",
)


def open_manifest(
    plan: Plan,
    run_id: str,
    *,
    sequence: int,
    note: str = "",
    command: str = "",
    reuse: bool = False,
    purpose: Purpose = "measurement",
) -> Manifest:
    """The manifest of a run that is about to begin."""
    return Manifest(
        run_id=run_id,
        created_at=utc_now(),
        sequence=sequence,
        note=note,
        purpose=purpose,
        seed=plan.seed,
        repeats=plan.repeats,
        reuse=reuse,
        samples_planned=plan.samples_planned,
        part=plan.partial_reason,
        suites=tuple(
            SuiteEntry(
                name=s.name,
                family=s.family,
                suite_version=s.suite_version,
                description=s.description,
                contract=s.contract,
                scorer=s.scorer,
                scorer_hash=scorer_hash(s),
                prompts=s.prompts,
                stakes=s.stakes,
                items_total=len(s.test_items),
                items_planned=len(plan.items[s.name]),
                card=s.card,
                path=s.path,
            )
            for s in plan.suites
        ),
        candidates=tuple(
            CandidateEntry(
                candidate=c,
                requested_fingerprint=c.requested_fingerprint,
                simulated=c.simulated,
                suite_fingerprints={s.name: c.at(s.name).requested_fingerprint for s in plan.suites}
                if c.by_suite
                else {},
            )
            for c in plan.candidates
        ),
        load=None if plan.open_loop is None else plan.open_loop.load,
        open_loop=plan.open_loop,
        versions=_versions(),
        machine=_machine(),
        command=command,
    )


def utc_now() -> str:
    """The time now, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    from evalkit import __version__

    found = {"evalkit": __version__, "python": platform.python_version()}
    for name in _RECORDED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _machine() -> dict[str, Any]:
    memory_b = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_b / 2**30, 1),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
