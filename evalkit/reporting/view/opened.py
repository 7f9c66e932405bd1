"""Samples to be opened: an item with every candidate's answer, as the plain JSON values that a page loads.

Values are passed on as the store holds them, JSON text as text: the page reads it only when a reader opens
the sample, so that a hundred thousand are written in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from evalkit.records import Request, to_plain
from evalkit.reporting.frames import plain_cells
from evalkit.reporting.hostile import one_line
from evalkit.reporting.view.listing import Listed
from evalkit.reporting.view.pages import Context
from evalkit.reporting.view.turns import json_words, message_words, words, words_of
from evalkit.wording import seconds, usd

if TYPE_CHECKING:
    import pandas as pd

CHUNK_CHARACTERS = 400_000
"""About how much stands in one chunk: loaded at once from a disk, and in a moment from a server."""

TELEMETRY = (
    "end to end", "first attempt", "first token", "tokens in, out", "cost", "attempts", "finish",
    "confidence", "reused from", "run",
)  # fmt: skip
"""What the values of an answer's `telemetry` are, in their order; an empty one is not known."""

_COLUMNS = (
    "candidate", "repeat", "status", "success", "error_kind", "output", "parsed", "tool_calls", "diff",
    "e2e_latency_s", "latency_s", "ttft_s", "input_tokens", "output_tokens", "cost_usd", "attempts",
    "finish_reason", "confidence", "reused_from", "run_id", "request_hash",
)  # fmt: skip


_NUMBERS = frozenset(
    {
        "e2e_latency_s",
        "latency_s",
        "ttft_s",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "attempts",
        "confidence",
    }
)


@dataclass(slots=True)
class Chunk:
    """Some items in a row, as plain values."""

    items: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Texts that several items share, such as a system message; named by their position."""
    characters: int = 0
    """About how long it is."""
    names: list[tuple[str, str]] = field(default_factory=list)
    """Suite and id of its items."""

    def places(self, number: int) -> dict[tuple[str, str], tuple[int, int]]:
        """Suite and item -> this chunk's number, and the item's place in it."""
        return {name: (number, place) for place, name in enumerate(self.names)}


def chunks(context: Context, listed: Sequence[Listed]) -> Iterator[Chunk]:
    """The listed items in chunks, in their order."""
    rows = _Rows(context)
    chunk, known = Chunk(), dict[str, int]()
    for item in listed:
        value = _item(context, rows, item, known)
        chunk.items.append(value)
        chunk.names.append((item.suite, item.item_id))
        chunk.characters += _length(value)
        if chunk.characters + sum(map(len, known)) >= CHUNK_CHARACTERS:
            chunk.texts = list(known)
            yield chunk
            chunk, known = Chunk(), {}
    if chunk.items:
        chunk.texts = list(known)
        yield chunk


class _Rows:
    """The samples by item, as columns of plain values."""

    def __init__(self, context: Context) -> None:
        samples = context.frames.samples
        columns = (_plain(samples[name]) for name in _COLUMNS)
        self.rows = list(zip(*columns, strict=True))
        self.by_item: dict[tuple[str, str], list[int]] = {}
        places = zip(samples["suite"].tolist(), samples["item_id"].tolist(), strict=True)
        for position, place in enumerate(places):
            self.by_item.setdefault(place, []).append(position)
        self.place = {c.candidate: n for n, c in enumerate(_in_order(context))}

    def of(self, suite: str, item: str) -> list[list[dict[str, Any]]]:
        """The samples of an item: a list for each candidate, in the report's order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for position in self.by_item[suite, item]:
            row = dict(zip(_COLUMNS, self.rows[position], strict=True))
            found.setdefault(row["candidate"], []).append(row)
        return [found[name] for name in sorted(found, key=self.place.__getitem__)]


def _plain(column: pd.Series) -> list[Any]:
    """A column with None where a cell is empty, and its numbers as floats."""
    cells = plain_cells(column)
    if column.name in _NUMBERS:
        return [None if cell is None else float(cell) for cell in cells]
    return cells


def _in_order(context: Context) -> list[Any]:
    return list({c.candidate: c for c in context.cells.all()}.values())


def _item(context: Context, rows: _Rows, listed: Listed, known: dict[str, int]) -> dict[str, Any]:
    options = context.inputs.options
    item = context.frames.items.get((listed.suite, listed.item_id), {})
    most = options.most_characters
    by_candidate = rows.of(listed.suite, listed.item_id)
    value: dict[str, Any] = {"answers": [_answer(own, most, options.with_content) for own in by_candidate]}
    if not options.with_content:
        return value
    value["turns"] = [[role, *_cut(words, most)] for role, words in words_of(item)]
    if "target" in item:
        value["target"] = _cut(json_words(item["target"]), most)
        value["alternatives"] = [_cut(json_words(a), most)[0] for a in item.get("alternatives") or ()][:8]
    if context.inputs.asked_for is not None:
        _add_requests(context.inputs.asked_for, listed, by_candidate, value, known)
    return value


def _answer(samples: Sequence[Mapping[str, Any]], most: int, with_content: bool) -> dict[str, Any]:
    failed = [s for s in samples if not s["success"] and s["status"] != "not_asked"]
    sample = (failed or samples)[0]
    answer: dict[str, Any] = {
        "candidate": sample["candidate"],
        "ending": _ending(sample),
        "kind": sample["error_kind"] or "",
        "failed": len(failed),
        "repeats": len(samples),
        "telemetry": _telemetry(sample),
    }
    if with_content:
        for name in ("output", "parsed", "diff", "tool_calls"):
            cell = sample[name]
            if cell is not None and cell not in ("", "[]"):
                answer[name] = _cut(words(cell), most)
    return answer


def _ending(sample: Mapping[str, Any]) -> str:
    if sample["status"] == "not_asked":
        return "not asked"
    if sample["status"] == "faulted":
        return "no answer"
    return "right" if sample["success"] else "wrong"


def _telemetry(sample: Mapping[str, Any]) -> list[str]:
    whole, first, ttft = sample["e2e_latency_s"], sample["latency_s"], sample["ttft_s"]
    tokens = sample["input_tokens"], sample["output_tokens"]
    cost, attempts, confidence = sample["cost_usd"], sample["attempts"], sample["confidence"]
    return [
        "" if whole is None else seconds(whole),
        # Answered at once, it would say the same thing twice.
        "" if first is None or first == whole else seconds(first),
        "" if ttft is None else seconds(ttft),
        "" if tokens == (None, None) else ", ".join("?" if t is None else f"{t:,.0f}" for t in tokens),
        "unknown" if cost is None else usd(cost),
        "" if attempts is None or attempts <= 1 else f"{attempts:.0f}",
        _name(sample["finish_reason"]),
        "" if confidence is None else f"{confidence:.3f}",
        _name(sample["reused_from"]),
        _name(sample["run_id"]),
    ]


@lru_cache(maxsize=1024)
def _name(cell: Any) -> str:
    return one_line(str(cell or ""), 60)


def _add_requests(
    asked_for: Any,
    listed: Listed,
    by_candidate: Sequence[Sequence[Mapping[str, Any]]],
    value: dict[str, Any],
    known: dict[str, int],
) -> None:
    """Each different request once; every answer names its own."""
    requests: list[dict[str, Any]] = []
    by_hash: dict[str, int] = {}
    for answer, samples in zip(value["answers"], by_candidate, strict=True):
        sent = samples[0]["request_hash"] or ""
        if not sent or sent not in by_hash:
            request = asked_for(listed.suite, listed.item_id, samples[0]["candidate"])
            if request is None:
                continue
            by_hash[sent] = len(requests)
            requests.append(_request(request, request.request_hash == sent, known))
        answer["request"] = by_hash[sent]
    value["requests"] = requests


def _request(request: Request, as_sent: bool, known: dict[str, int]) -> dict[str, Any]:
    plain: Mapping[str, Any] = to_plain(request)
    bound = plain["constraint"]
    return {
        "as_sent": as_sent,
        "messages": [
            [role, _shared(content, known)] for role, content in map(message_words, plain["messages"])
        ],
        "more": [
            [name, _shared(json_words(cell), known)]
            for name, cell in (
                ("tools", plain["tools"]),
                ("tool choice", plain["tool_choice"]),
                ("decoding bound to", bound if bound["kind"] != "none" else None),
                ("settings", {k: v for k, v in plain["decoding"].items() if v not in (None, [], {})}),
            )
            if cell
        ],
    }


def _shared(words: str, known: dict[str, int]) -> int:
    return known.setdefault(words, len(known))


def _cut(words: str, most: int) -> list[str | int]:
    """The text, and how many characters were left out at its end."""
    return [words[:most], max(0, len(words) - most)]


def _length(value: Mapping[str, Any]) -> int:
    """About how long a value is as JSON text."""
    size = 200
    for answer in value["answers"]:
        size += 250 + sum(len(answer[name][0]) for name in ("output", "parsed", "diff") if name in answer)
    return size + sum(len(turn[1]) for turn in value.get("turns", ()))
