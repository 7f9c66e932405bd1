"""The verdict as JSON text, for programs."""

from __future__ import annotations

import json

from evalkit.gate.records import GateVerdict


def to_json(verdict: GateVerdict) -> str:
    """The verdict's plain form; numbers that JSON lacks stand as text (`inf`, `nan`)."""
    return json.dumps(verdict.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
