"""Samples as Parquet that git likes: columns of the flat view, sorted, compressed, the same bytes for equal
input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evalkit.economics.evidence import tags_of
from evalkit.records import canonical_json, clean_text

if TYPE_CHECKING:
    import pandas as pd

_TEXT, _FLAG, _WHOLE, _NUMBER = "string", "bool", "int64", "float64"

_NEEDED = ("suite", "item_id", "candidate", "status", "success")

COLUMNS: Mapping[str, str] = {
    "run_id": _TEXT, "suite": _TEXT, "suite_version": _TEXT, "family": _TEXT, "item_id": _TEXT,
    "tags": _TEXT, "cluster": _TEXT, "weight": _NUMBER, "critical": _FLAG, "candidate": _TEXT, "tier": _TEXT,
    "requested_fingerprint": _TEXT, "observed_fingerprint": _TEXT, "prompt_hash": _TEXT,
    "request_hash": _TEXT, "scorer_hash": _TEXT, "repeat": _WHOLE, "seed": _WHOLE, "status": _TEXT,
    "output": _TEXT, "tool_calls": _TEXT, "parsed": _TEXT, "format_valid": _FLAG, "success": _FLAG,
    "score": _NUMBER, "error_kind": _TEXT, "diff": _TEXT, "finish_reason": _TEXT, "confidence": _NUMBER,
    "input_tokens": _WHOLE, "cached_input_tokens": _WHOLE, "output_tokens": _WHOLE,
    "reasoning_tokens": _WHOLE, "cost_usd": _NUMBER, "price_id": _TEXT, "latency_s": _NUMBER,
    "e2e_latency_s": _NUMBER, "ttft_s": _NUMBER, "attempts": _WHOLE, "load": _TEXT, "reused_from": _TEXT,
    "simulated": _FLAG, "started_at": _TEXT, "fault": _TEXT, "refusal": _TEXT, "base": _TEXT,
    "confidence_method": _TEXT, "label_mass_outside": _NUMBER, "form": _TEXT,
    "input_hash": _TEXT,
}  # fmt: skip
"""Column -> type. `tags` are JSON text; what is no column of the view yet is left out."""


def to_parquet(samples: pd.DataFrame) -> bytes:
    """The samples as bytes of a Parquet file, by item and repeat."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ordered = samples.sort_values(["item_id", "repeat"], kind="stable")
    arrays = {
        name: pa.array(_cells(ordered[name], name, kind), type=getattr(pa, _ARROW[kind])())
        for name, kind in COLUMNS.items()
        if name in ordered.columns
    }
    buffer = pa.BufferOutputStream()
    # No pandas metadata: it names library versions, and equal samples would make other bytes.
    pq.write_table(pa.table(arrays), buffer, compression="zstd", compression_level=9, version="2.6")
    return bytes(buffer.getvalue())


def from_parquet(data: bytes) -> pd.DataFrame:
    """The samples as a frame of the flat view, tags as mappings.

    Raises:
        ValueError: The bytes are no Parquet file, or lack a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # In one thread and from a buffer of Arrow's: threads that read a Python file object may still hold it
        # when the interpreter ends, which aborted 5 of 64 processes under load.
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            table = file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error
    absent = [
        n for n in ("suite", "item_id", "candidate", "status", "success") if n not in table.column_names
    ]
    if absent:
        raise ValueError(f"it has no column {', '.join(absent)}")
    frame: pd.DataFrame = table.to_pandas(types_mapper=_nullable, use_threads=False)
    if "tags" in frame.columns:
        tags: list[Any] = [tags_of(cell) for cell in frame["tags"]]
        frame["tags"] = tags
    return frame


_ARROW = {_TEXT: "string", _FLAG: "bool_", _WHOLE: "int64", _NUMBER: "float64"}


def _nullable(kind: Any) -> Any:
    import pandas as pd

    return {"int64": pd.Int64Dtype(), "bool": pd.BooleanDtype()}.get(str(kind))


def _cells(column: pd.Series[Any], name: str, kind: str) -> list[Any]:
    values, missing = column.to_numpy(dtype=object), column.isna().to_numpy()
    return [None if empty else _cell(v, name, kind) for v, empty in zip(values, missing, strict=True)]


def _cell(value: Any, name: str, kind: str) -> Any:
    if name == "tags":
        return canonical_json(tags_of(value))
    if kind == _FLAG:
        return bool(value)
    if kind == _WHOLE:
        return int(value)
    if kind == _NUMBER:
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return clean_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
