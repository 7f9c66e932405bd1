"""Serves recorded outputs: from a JSONL file of any system's answers, or from a run folder's journal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.options import path_under, read_options
from evalkit.backends.plain import read_logprobs
from evalkit.backends.usage import read_cost, read_count, read_number
from evalkit.errors import ConfigError, UnavailableError, UsageError, near_names
from evalkit.records import (
    Answer,
    Candidate,
    Fault,
    Request,
    Sample,
    SampleKey,
    ToolCall,
    Usage,
    from_plain,
    read_line,
)

OPTIONS = {"path": (str,), "candidate": (str,)}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""

_TELEMETRY = ("latency_s", "ttft_s", "cost_usd", "confidence", "label_mass_outside")
_TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
_SAID = (
    "output", "tool_calls", "refusal", "error", "finish_reason", "model", "simulated", "confidence_method",
    "label_logprobs",
)  # fmt: skip
FIELDS = frozenset(("id", "suite", "repeat", *_SAID, *_TELEMETRY, *_TOKENS))
"""What a line may say."""

JOURNAL = "journal.jsonl"

Recorded = Answer | Fault
Key = tuple[str | None, str, int | None]
"""Suite, item and repeat; None fits any."""


class Replay:
    """Serves recorded answers by item id, and by suite and repeat where the record names them."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._options = read_options(candidate, OPTIONS)
        where = f"candidates.{candidate.name}.options.path"
        if "path" not in self._options:
            raise ConfigError("a replay needs the path of a JSONL file or a run folder", where=where)
        self._where = where
        self._path = path_under(stage.root or Path.cwd(), self._options["path"])
        self._recorded: dict[Key, Recorded] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """A recording can do what was recorded, and its own times are not the model's."""
        return Capabilities(timed=False)

    async def start(self) -> Mapping[str, Any]:
        """Reads the recording."""
        source = self._path / JOURNAL if self._path.is_dir() else self._path
        if not source.is_file():
            raise UnavailableError(
                f"{source} is not there", where=self._where, hint="give a file or a run folder"
            )
        if source.name == JOURNAL:
            self._recorded = read_journal_answers(source, self._options.get("candidate"))
        else:
            self._recorded = read_answers(source)
        return {"recording": source.name, "recorded": len(self._recorded)}

    async def ask(self, request: Request) -> Answer:
        """The recorded answer, or the recorded fault."""
        found = self._find(request)
        if found is None:
            raise Fault("recorded", f"no recorded answer for {request.item_id!r} (repeat {request.repeat})")
        if isinstance(found, Fault):
            # A fresh one each time: a raised exception keeps its traceback.
            raise Fault(found.kind, found.message, usage=found.usage)
        return found

    async def close(self) -> None:
        """Lets go of the recording."""
        self._recorded = None

    def _find(self, request: Request) -> Recorded | None:
        recorded = self._recorded or {}
        for suite in (request.suite, None):
            for repeat in (request.repeat, None):
                found = recorded.get((suite, request.item_id, repeat))
                if found is not None:
                    return found
        return None


def read_answers(path: Path) -> dict[Key, Recorded]:
    """The answers of a JSONL file.

    Raises:
        UsageError: A line is not a record; names file and line.
    """
    recorded: dict[Key, Recorded] = {}
    for where, line in _lines(path):
        unknown = line.keys() - FIELDS
        if unknown:
            name = min(unknown)
            raise UsageError(f"unknown field {name!r}", where=where, hint=near_names(name, FIELDS))
        key = _key(line, where)
        if key in recorded:
            raise UsageError(
                f"a second record of {line['id']!r}", where=where, hint="number repeats with `repeat`, from 0"
            )
        recorded[key] = _record(line, where)
    return recorded


def read_journal_answers(path: Path, candidate: str | None) -> dict[Key, Recorded]:
    """The last sample of each key in a run's journal, of the one candidate; damaged lines are left out.

    Raises:
        ConfigError: An unknown candidate, or several and none is named.
    """
    samples: dict[SampleKey, Sample] = {}
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            entry = read_line(raw, number).entry if raw.endswith(b"\n") else None
            if entry is not None and entry["kind"] == "sample":
                sample = from_plain(Sample, entry)
                samples[sample.key] = sample
    name = _one_candidate({s.candidate for s in samples.values()}, candidate, path)
    return {(s.suite, s.item_id, s.repeat): _of_sample(s) for s in samples.values() if s.candidate == name}


def _one_candidate(names: set[str], wanted: str | None, path: Path) -> str | None:
    if wanted is None and len(names) > 1:
        hint = "set the option candidate to one of " + ", ".join(sorted(names))
        raise ConfigError("the run holds several candidates", where=str(path), hint=hint)
    if wanted is not None and wanted not in names:
        raise ConfigError(
            f"the run holds no candidate {wanted!r}", where=str(path), hint=near_names(wanted, names)
        )
    return wanted or next(iter(names), None)


def _of_sample(sample: Sample) -> Recorded:
    if sample.status != "answered":
        return Fault("recorded", sample.fault or sample.status, usage=sample.usage)
    return sample.answer


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Place and object of each line that is not blank."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            where = f"{path}:{number}"
            if not raw.strip():
                continue
            try:
                line = json.loads(raw)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"not JSON: {error}", where=where) from error
            if not isinstance(line, dict):
                raise UsageError("not a JSON object", where=where)
            yield where, line


def _key(line: Mapping[str, Any], where: str) -> Key:
    if not isinstance(line.get("id"), str):
        raise UsageError("a record needs `id`, the item's id, as text", where=where)
    repeat = line.get("repeat")
    if repeat is not None and (isinstance(repeat, bool) or not isinstance(repeat, int)):
        raise UsageError(f"repeat must be a whole number from 0, not {repeat!r}", where=where)
    return (line.get("suite"), line["id"], repeat)


def _record(line: Mapping[str, Any], where: str) -> Recorded:
    usage = Usage(**{name: _number(line, name, where, int) for name in _TOKENS})
    if line.get("error"):
        return Fault("recorded", str(line["error"]), usage=usage)
    if "output" not in line and "tool_calls" not in line and not line.get("refusal"):
        raise UsageError("a record needs `output`, `tool_calls`, `refusal` or `error`", where=where)
    logprobs = _logprobs(line.get("label_logprobs"), where)
    return Answer(
        text=_output(line.get("output")),
        tool_calls=tuple(_call(call, where) for call in line.get("tool_calls") or ()),
        refusal=line.get("refusal"),
        finish_reason=line.get("finish_reason"),
        usage=usage,
        model_reported=line.get("model"),
        simulated=bool(line.get("simulated", False)),
        label_logprobs=logprobs,
        confidence_method=_method(line, where) or (None if logprobs is None else "label_logprobs"),
        **{name: _number(line, name, where, float) for name in _TELEMETRY},
    )


def _logprobs(value: Any, where: str) -> dict[str, float] | None:
    try:
        return read_logprobs(value)
    except Fault as fault:
        raise UsageError(fault.message, where=where) from fault


def _method(line: Mapping[str, Any], where: str) -> str | None:
    method = line.get("confidence_method")
    if method is None or isinstance(method, str):
        return method
    raise UsageError(f"confidence_method is text, not {method!r}", where=where)


def _output(output: Any) -> str | None:
    """Text as it is; a label list or an object that a system wrote as JSON becomes JSON text."""
    return output if output is None or isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _call(call: Any, where: str) -> ToolCall:
    """`{"name", "arguments"}` or OpenAI's `{"function": {"name", "arguments": text}}`."""
    inner = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
        raise UsageError('a tool call needs "name" and "arguments"', where=where)
    arguments = inner.get("arguments", {})
    if not isinstance(arguments, str):
        return ToolCall(name=inner["name"], arguments=arguments)
    try:
        return ToolCall(name=inner["name"], arguments=json.loads(arguments) if arguments.strip() else {})
    except (ValueError, RecursionError):
        return ToolCall(name=inner["name"], raw=arguments)


def _number(line: Mapping[str, Any], name: str, where: str, kind: type) -> Any:
    value = line.get(name)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole or (kind is float and isinstance(value, float))) or not 0 <= value < math.inf:
        raise UsageError(f"{name} must be a number from 0, not {value!r}", where=where)
    if name in ("confidence", "label_mass_outside") and value > 1:
        raise UsageError(f"{name} is a fraction in [0, 1], not {value!r}", where=where)
    # NaN is how data frames write a missing figure; what cannot be is as unknown.
    read = read_count if kind is int else read_cost if name == "cost_usd" else read_number
    return read(value)
