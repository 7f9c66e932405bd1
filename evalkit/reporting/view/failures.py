"""The failures of a suite as data: each item with its input, its target and every candidate's answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.reporting.frames import Frames, missing, number, plain, tags, text
from evalkit.reporting.hostile import Cut, cut, one_line, slug
from evalkit.reporting.inputs import ReportOptions
from evalkit.reporting.view.marked import Segment, marked_json
from evalkit.reporting.view.turns import json_words, listed, words_of
from evalkit.wording import seconds, usd

_COLUMNS = (
    "item_id", "candidate", "tier", "simulated", "critical", "tags", "status", "success", "error_kind",
    "output", "parsed", "tool_calls", "diff", "e2e_latency_s", "ttft_s", "input_tokens", "output_tokens",
    "cost_usd", "attempts", "finish_reason", "reused_from",
)  # fmt: skip

Ending = Literal["right", "wrong", "no answer", "not asked"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One message of an input, or one passage of its context."""

    role: str
    text: Cut


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One place where an answer departs from its target; both sides as short JSON."""

    path: str
    kind: str
    expected: str
    got: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownAnswer:
    """What one candidate answered to one item."""

    candidate: str
    tier: str
    simulated: bool
    ending: Ending
    error_kind: str | None
    repeats: int
    """Samples of this item by this candidate; a failed one is shown when there is one."""
    repeats_failed: int
    output: Cut | None
    """The text as it came; None when there was none or it may not be shown."""
    parsed: tuple[Segment, ...]
    """The answer as it was read, differences marked; empty when nothing was read."""
    parsed_dropped: int
    differences: tuple[Difference, ...]
    telemetry: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An item that at least one candidate failed."""

    item_id: str
    anchor: str
    critical: bool
    tags: Mapping[str, str]
    failed_by: tuple[str, ...]
    error_kinds: tuple[str, ...]
    gist: str
    """The start of its input, in one line."""
    turns: tuple[Turn, ...]
    target: tuple[Segment, ...]
    target_dropped: int
    answers: tuple[ShownAnswer, ...]

    @property
    def tag_pairs(self) -> tuple[str, ...]:
        """Its tags as `tag=value`, for the filter."""
        return tuple(f"{tag}={value}" for tag, value in self.tags.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureList:
    """The failures that a page shows."""

    shown: tuple[Failure, ...] = ()
    total: int = 0
    """Failed items, shown or not."""
    with_content: bool = True

    @property
    def anchors(self) -> frozenset[str]:
        """The anchors that a link on the page can lead to."""
        return frozenset(failure.anchor for failure in self.shown)


def build_failures(
    frames: Frames, suite: str, candidates: Sequence[str], options: ReportOptions
) -> FailureList:
    """The failed items of a suite: critical ones first, then those that most candidates fail."""
    samples = frames.of(suite, ("item_id", "candidate", "status", "success", "critical"))
    failed = samples[~samples["success"] & (samples["status"] != "not_asked")]
    by_item = failed.groupby("item_id", sort=True)["candidate"].nunique()
    critical = set(samples.loc[samples["critical"], "item_id"])
    order = sorted(by_item.index, key=lambda i: (i not in critical, -int(by_item[i]), str(i)))
    kept = order[: options.most_failures]
    grouped: dict[str, list[dict[str, Any]]] = {}
    shown = frames.samples.loc[samples.index[samples["item_id"].isin(kept)], list(_COLUMNS)]
    for record in shown.to_dict("records"):
        grouped.setdefault(record["item_id"], []).append({str(k): v for k, v in record.items()})
    return FailureList(
        shown=tuple(
            _failure(item_id, grouped[item_id], frames.items.get((suite, item_id), {}), candidates, options)
            for item_id in kept
        ),
        total=len(order),
        with_content=options.with_content,
    )


def _failure(
    item_id: str,
    records: Sequence[dict[str, Any]],
    item: Mapping[str, Any],
    candidates: Sequence[str],
    options: ReportOptions,
) -> Failure:
    by_candidate: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_candidate.setdefault(str(record["candidate"]), []).append(record)
    answers = tuple(_answer(by_candidate[name], options) for name in candidates if name in by_candidate)
    failed = [a for a in answers if a.repeats_failed]
    most = options.most_characters
    spoken = words_of(item) if options.with_content else ()
    turns = tuple(Turn(role=role, text=cut(words, most)) for role, words in spoken)
    target, dropped = _target(item, options)
    return Failure(
        item_id=item_id,
        anchor=f"item-{slug(item_id)}",
        critical=any(record["critical"] for record in records),
        tags=tags(records[0]["tags"]),
        failed_by=tuple(a.candidate for a in failed),
        error_kinds=tuple(dict.fromkeys(a.error_kind for a in failed if a.error_kind)),
        gist=one_line(turns[-1].text.text, 110) if turns else "",
        turns=turns,
        target=target,
        target_dropped=dropped,
        answers=answers,
    )


def _target(item: Mapping[str, Any], options: ReportOptions) -> tuple[tuple[Segment, ...], int]:
    if not options.with_content or "target" not in item:
        return (), 0
    return marked_json(item["target"], (), options.most_characters)


def _answer(records: Sequence[dict[str, Any]], options: ReportOptions) -> ShownAnswer:
    failed = [r for r in records if not r["success"] and r["status"] != "not_asked"]
    record = (failed or records)[0]
    differences = _differences(record["diff"]) if options.with_content else ()
    parsed = _answer_value(record)
    segments: tuple[Segment, ...] = ()
    dropped = 0
    if options.with_content and parsed is not None:
        segments, dropped = marked_json(parsed, {d.path for d in differences}, options.most_characters)
    output = text(record["output"])
    return ShownAnswer(
        candidate=str(record["candidate"]),
        tier=str(record["tier"]),
        simulated=bool(record["simulated"]),
        ending=_ending(record),
        error_kind=text(record["error_kind"]) or None,
        repeats=len(records),
        repeats_failed=len(failed),
        output=cut(output, options.most_characters) if output is not None and options.with_content else None,
        parsed=segments,
        parsed_dropped=dropped,
        differences=differences,
        telemetry=tuple(_telemetry(record)),
    )


def _answer_value(record: dict[str, Any]) -> Any:
    """What was read from the answer; the calls as sent when nothing was read."""
    parsed = plain(record["parsed"])
    return parsed if parsed is not None else (plain(record["tool_calls"]) or None)


def _ending(record: dict[str, Any]) -> Ending:
    if record["status"] == "not_asked":
        return "not asked"
    if record["status"] == "faulted":
        return "no answer"
    return "right" if record["success"] else "wrong"


def _differences(cell: Any) -> tuple[Difference, ...]:
    found = []
    for entry in listed(plain(cell)):
        if isinstance(entry, Mapping):
            found.append(
                Difference(
                    path=str(entry.get("path", "$")),
                    kind=str(entry.get("kind", "")),
                    expected=_short(entry.get("expected")),
                    got=_short(entry.get("got")),
                )
            )
    return tuple(found[:50])


def _telemetry(record: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for label, column in (("end to end", "e2e_latency_s"), ("first token", "ttft_s")):
        value = number(record[column])
        if value is not None:
            yield label, seconds(value)
    tokens_in, tokens_out = number(record["input_tokens"]), number(record["output_tokens"])
    if tokens_in is not None or tokens_out is not None:
        sides = [f"{t:,.0f}" if t is not None else "?" for t in (tokens_in, tokens_out)]
        yield "tokens in, out", f"{sides[0]}, {sides[1]}"
    cost = number(record["cost_usd"])
    yield "cost", usd(cost) if cost is not None else "unknown"
    attempts = number(record["attempts"])
    if attempts is not None and attempts > 1:
        yield "attempts", f"{attempts:.0f}"
    finish = text(record["finish_reason"])
    if finish:
        yield "finish", one_line(finish, 40)
    if not missing(record["reused_from"]):
        yield "reused from", one_line(str(record["reused_from"]), 60)


def _short(value: Any) -> str:
    return one_line("nothing" if value is None else json_words(value), 160)
