"""A manifest as rows of the tables runs, candidates and suites: column -> value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from evalkit.records import LeftOut, Manifest, SampleKey, clean_json, to_plain


def run_row(manifest: Manifest, folder: str, state: tuple[int, int, int]) -> dict[str, Any]:
    """The run itself, with the folder's name and its state when it was read."""
    return {
        "run_id": manifest.run_id,
        "folder": folder,
        "status": manifest.status,
        "created_at": _utc(manifest.created_at),
        "finished_at": _utc(manifest.finished_at) if manifest.finished_at else None,
        "partial_reason": manifest.partial_reason,
        "note": manifest.note,
        "seed": manifest.seed,
        "repeats": manifest.repeats,
        "samples_planned": manifest.samples_planned,
        "load": manifest.load,
        "command": manifest.command,
        "versions": _json(manifest.versions),
        "machine": _json(manifest.machine),
        "journal_bytes": state[0],
        "journal_mtime_ns": state[1],
        "manifest_mtime_ns": state[2],
        "sequence": manifest.sequence,
    }


def candidate_rows(manifest: Manifest) -> list[dict[str, Any]]:
    """The candidates, in the run's order."""
    rows = []
    for position, entry in enumerate(manifest.candidates):
        candidate = entry.candidate
        rows.append(
            {
                "run_id": manifest.run_id,
                "candidate": candidate.name,
                "position": position,
                "tier": candidate.tier,
                "backend": candidate.backend,
                "model": candidate.model,
                "base": candidate.base,
                "base_url": candidate.base_url,
                "api_key_env": candidate.api_key_env,
                "prompt": candidate.prompt,
                "output_mode": candidate.output,
                "requested_fingerprint": entry.requested_fingerprint,
                "simulated": entry.simulated,
                "hardware": candidate.hardware,
                "concurrency": candidate.concurrency,
                "timeout_s": candidate.timeout_s,
                "max_attempts": candidate.max_attempts,
                "decoding": _json(candidate.decoding),
                "price": _json(candidate.price),
                "options": _json(candidate.options),
                "runtime": _json(entry.runtime),
            }
        )
    return rows


def suite_rows(manifest: Manifest) -> list[dict[str, Any]]:
    """The suites with their stakes, in the run's order."""
    return [
        {
            "run_id": manifest.run_id,
            "suite": entry.name,
            "position": position,
            "suite_version": entry.suite_version,
            "family": entry.family,
            "description": entry.description,
            **to_plain(entry.stakes),
            "items_total": entry.items_total,
            "items_planned": entry.items_planned,
            "scorer_hash": entry.scorer_hash,
            "contract": _json(entry.contract),
            "scorer": _json(entry.scorer),
            "prompts": _json(entry.prompts),
            "card": entry.card,
        }
        for position, entry in enumerate(manifest.suites)
    ]


def left_out_rows(
    run_id: str, left_out: Iterable[LeftOut], missing: Iterable[SampleKey]
) -> list[dict[str, Any]]:
    """What is damaged, line by line, and then the samples that are lost with it."""
    lost = "no sample is left of it"
    rows = [*left_out, *(LeftOut(file="journal.jsonl", reason=lost, key=key) for key in missing)]
    columns = ("run_id", "file", "line", "field", "reason", "suite", "item_id", "candidate", "repeat")
    return [
        dict(zip(columns, (run_id, n.file, n.line, n.field, n.reason, *(n.key or (None,) * 4)), strict=True))
        for n in rows
    ]


def _json(value: Any) -> str:
    return json.dumps(clean_json(to_plain(value)), ensure_ascii=False)


def _utc(text: str) -> datetime:
    """The moment without its zone, in UTC, as the store's TIMESTAMP columns hold it."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
