"""Replay: recorded outputs come back as they were recorded, and a damaged record says where it is."""

from __future__ import annotations

import asyncio
import json

import pytest

from evalkit.backends import Stage, open_backend
from evalkit.errors import ConfigError, UnavailableError, UsageError
from evalkit.records import Answer, Attempt, Fault, Sample, ToolCall, Usage, to_plain
from tests.backends.asking import ask, candidate, request


@pytest.fixture
def recording(tmp_path):
    """Writes lines to a file; returns a candidate that replays it."""

    def write(*lines, name="outputs.jsonl", **options):
        path = tmp_path / name
        path.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines), "utf-8")
        return candidate("replay", options={"path": str(path), **options})

    return write


def test_a_relative_path_begins_at_the_project_s_folder(recording, tmp_path):
    """The same file is meant wherever the command is called."""
    recording({"id": "i1", "output": "billing"})
    made = candidate("replay", options={"path": "outputs.jsonl"})

    async def use():
        served = open_backend(made, Stage(root=tmp_path))
        await served.start()
        return await served.ask(request("i1"))

    assert asyncio.run(use()).text == "billing"


def test_a_line_comes_back_with_its_telemetry(recording):
    """Another system's latency, tokens and cost count as it recorded them."""
    line = {"id": "i1", "output": "billing", "finish_reason": "stop", "confidence": 0.9, "cost_usd": 0.01}
    line |= {"latency_s": 1.5, "ttft_s": 0.5, "input_tokens": 10, "output_tokens": 2}
    assert ask(recording(line), request("i1")) == Answer(
        text="billing",
        latency_s=1.5,
        ttft_s=0.5,
        usage=Usage(input_tokens=10, output_tokens=2),
        cost_usd=0.01,
        finish_reason="stop",
        confidence=0.9,
    )


def test_what_a_line_does_not_tell_is_unknown(recording):
    """A NaN that another system wrote for a missing number is no number either."""
    line = {
        "id": "i1",
        "output": "x",
        "confidence": float("nan"),
        "cost_usd": float("nan"),
        "latency_s": None,
    }
    assert ask(recording(line), request("i1")) == Answer(text="x")


@pytest.mark.parametrize(
    "call",
    [
        {"name": "refund", "arguments": {"amount": 3}},
        {"id": "c1", "type": "function", "function": {"name": "refund", "arguments": '{"amount": 3}'}},
    ],
    ids=["plain", "openai"],
)
def test_calls_are_read_in_both_forms(recording, call):
    """Logs of OpenAI clients can be replayed as they are."""
    answer = ask(recording({"id": "i1", "tool_calls": [call]}), request("i1"))
    assert answer.tool_calls == (ToolCall(name="refund", arguments={"amount": 3}),)


def test_arguments_that_do_not_parse_are_kept_as_sent(recording):
    """The model's mistake is scored, not the reader's."""
    call = {"function": {"name": "refund", "arguments": '{"amount":'}}
    answer = ask(recording({"id": "i1", "tool_calls": [call]}), request("i1"))
    assert answer.tool_calls == (ToolCall(name="refund", raw='{"amount":'),)


def test_an_object_as_output_becomes_its_json(recording):
    """An extraction may be recorded as the object itself."""
    assert ask(recording({"id": "i1", "output": {"a": "é"}}), request("i1")).text == '{"a": "é"}'


@pytest.mark.parametrize(("repeat", "text"), [(0, "first"), (1, "second")])
def test_repeats_are_told_apart(recording, repeat, text):
    """Flakiness is measured on what each repeat said."""
    lines = [{"id": "i1", "repeat": 0, "output": "first"}, {"id": "i1", "repeat": 1, "output": "second"}]
    assert ask(recording(*lines), request("i1", repeat=repeat)).text == text


def test_a_record_without_repeat_or_suite_serves_any(recording):
    """The shortest file that is useful: id and output."""
    assert ask(recording({"id": "i1", "output": "x"}), request("i1", suite="any", repeat=4)).text == "x"


def test_a_record_that_names_the_suite_wins(recording):
    """Ids are unique in a suite, not among suites."""
    lines = [{"id": "i1", "output": "any"}, {"id": "i1", "suite": "s", "output": "ours"}]
    assert ask(recording(*lines), request("i1", suite="s")).text == "ours"


@pytest.mark.parametrize(
    ("line", "match"),
    [({"id": "i1", "error": "HTTP 500"}, "HTTP 500"), ({"id": "i2", "output": "x"}, "no recorded answer")],
)
def test_a_recorded_error_and_a_missing_record_are_faults(recording, line, match):
    """Neither is a wrong answer of the model, and asking again would not help."""
    with pytest.raises(Fault, match=match) as raised:
        ask(recording(line), request("i1"))
    assert raised.value.kind == "recorded"
    assert not raised.value.retryable


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ({"output": "x"}, "needs `id`"),
        ({"id": 3, "output": "x"}, "needs `id`"),
        ({"id": "i1"}, "needs `output`"),
        ({"id": "i1", "output": "x", "latency": 1}, "did you mean 'latency_s'"),
        ({"id": "i1", "output": "x", "latency_s": "fast"}, "latency_s must be a number"),
        ({"id": "i1", "output": "x", "input_tokens": 1.5}, "input_tokens must be a number"),
        ({"id": "i1", "output": "x", "cost_usd": -1}, "cost_usd must be a number"),
        ({"id": "i1", "output": "x", "latency_s": float("inf")}, "latency_s must be a number"),
        ({"id": "i1", "output": "x", "confidence": 90}, "fraction"),
        ({"id": "i1", "output": "x", "repeat": "0"}, "repeat must be a whole number"),
        ({"id": "i1", "tool_calls": [{"arguments": {}}]}, 'needs "name"'),
        ({"id": "i0", "output": "again"}, "a second record of 'i0'"),
    ],
)
def test_a_wrong_line_says_file_and_line(recording, line, match):
    """Not a traceback: the place and what is wrong there."""
    with pytest.raises(UsageError, match=match) as raised:
        ask(recording({"id": "i0", "output": "fine"}, line), request("i1"))
    assert raised.value.where is not None
    assert raised.value.where.endswith("outputs.jsonl:2")


def test_a_recording_that_is_not_there_says_so(tmp_path):
    """And a candidate without a path says what it needs."""
    with pytest.raises(UnavailableError, match="is not there"):
        ask(candidate("replay", options={"path": str(tmp_path / "none.jsonl")}), request())
    with pytest.raises(ConfigError, match="needs the path"):
        ask(candidate("replay"), request())


def sample(**fields):
    return {"kind": "sample", **to_plain(Sample(**{"suite": "s", "suite_version": "1", "item_id": "i1",
            "candidate": "slim", "status": "answered", "output": "x"} | fields))}  # fmt: skip


def attempt():
    made = Attempt(
        suite="s", item_id="i1", candidate="slim", repeat=0, attempt=1, status="answered", started_at=""
    )
    return {"kind": "attempt", **to_plain(made)}


def test_a_run_folder_is_replayed_from_its_journal(recording, tmp_path):
    """The last sample of a key counts, as in a resumed run; a torn tail is no error."""
    lines = [
        attempt(),
        sample(status="faulted", fault="timed_out", output=None),
        sample(simulated=True),
        '{"torn',
    ]
    made = recording(*lines, name="journal.jsonl")
    journal = tmp_path / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").rstrip("\n"), "utf-8")
    answer = ask(candidate("replay", options={"path": str(tmp_path)}), request("i1"))
    assert (answer.text, answer.simulated) == ("x", True)
    assert ask(made, request("i1")) == answer


def test_a_faulted_sample_replays_as_a_fault(recording):
    """A fault of then is no answer of now."""
    with pytest.raises(Fault, match="timed_out"):
        ask(
            recording(sample(status="faulted", fault="timed_out", output=None), name="journal.jsonl"),
            request("i1"),
        )


@pytest.mark.parametrize(
    ("options", "match"), [({}, "several candidates"), ({"candidate": "slin"}, "did you mean 'slim'")]
)
def test_a_run_of_several_candidates_wants_one_named(recording, options, match):
    """Two models' answers must never be mixed."""
    lines = [sample(), sample(candidate="mid")]
    with pytest.raises(ConfigError, match=match):
        ask(recording(*lines, name="journal.jsonl", **options), request("i1"))
    assert ask(recording(*lines, name="journal.jsonl", candidate="mid"), request("i1")).text == "x"
