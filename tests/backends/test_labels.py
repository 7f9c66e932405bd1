"""Label probabilities against their definition: every letter of every label, one after the other."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.http import Server, Transport
from evalkit.backends.label_reading import beside, post, with_label_logprobs
from evalkit.backends.label_trie import NEGLIGIBLE, label_logprobs, tree_of
from evalkit.backends.llamacpp_labels import LlamaCppLabels
from evalkit.backends.vllm_labels import VllmLabels
from evalkit.records import Answer, Fault
from tests.backends.asking import request
from tests.backends.next_tokens import ServedByLlamaCpp, ServedByVllm, templated, whole_logprob

LABELS = ("refund", "refund_status", "billing", "bill", "other")
QUESTION = ({"role": "user", "content": "where is my refund?"},)

labels = st.lists(st.text("abr_", min_size=1, max_size=5), min_size=2, max_size=6, unique=True)
words = st.text("abc ", min_size=1, max_size=20)


def both() -> list[Any]:
    return [LlamaCppLabels(ServedByLlamaCpp()), VllmLabels(ServedByVllm(), "m")]  # type: ignore[arg-type]


def read(reader: Any, labels: tuple[str, ...], text: str = "where is my refund?") -> dict[str, float]:
    asked = request(messages=({"role": "user", "content": text},), labels=labels)
    found: dict[str, float] = asyncio.run(reader.logprobs(asked))
    return found


@given(labels, words)
def test_each_whole_label_has_the_product_of_its_tokens_and_of_the_end(labels: list[str], text: str) -> None:
    """Labels share prefixes: first tokens, or labels without an end, would mix up what is whose."""
    prompt = templated([{"role": "user", "content": text}], open_answer=True)
    for reader in both():
        found = read(reader, tuple(labels), text)
        assert set(found) == set(labels)
        for label in labels:
            exact = whole_logprob(prompt, label)
            if exact > math.log(NEGLIGIBLE):
                assert found[label] == pytest.approx(exact, abs=1e-5)
            else:
                # What is told of a branch that was not followed is an upper bound.
                assert exact - 1e-5 <= found[label] <= math.log(NEGLIGIBLE) + 1e-5
        assert math.fsum(map(math.exp, found.values())) <= 1 + len(labels) * NEGLIGIBLE


def test_both_servers_are_read_alike() -> None:
    """A model must not become surer by being served by another program."""
    ours, theirs = (read(reader, LABELS) for reader in both())
    assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_label_is_not_credited_with_the_longer_ones_that_it_begins() -> None:
    """The end of the answer counts: the two are apart although one begins the other."""
    for reader in both():
        alone, beside = read(reader, ("refund", "billing")), read(reader, LABELS)
        assert alone["refund"] == pytest.approx(beside["refund"], abs=1e-5)


def test_labels_are_cut_into_tokens_once() -> None:
    """A thousand items of a hundred labels would else ask a hundred thousand times the same."""
    server = ServedByLlamaCpp()
    reader = LlamaCppLabels(server)  # type: ignore[arg-type]
    read(reader, LABELS)
    first = sum(path.endswith("/tokenize") for path, _ in server.asked)
    read(reader, LABELS)
    assert sum(path.endswith("/tokenize") for path, _ in server.asked) == first + 1


def test_probabilities_after_constraints_are_not_taken_for_the_models() -> None:
    """A server that tells what its masks leave would call every label certain."""
    reader = VllmLabels(ServedByVllm(raw=False), "m")  # type: ignore[arg-type]
    answer, heard = told(reader)
    assert answer == Answer(text="refund", confidence=0.5, latency_s=1.0)
    assert "raw" in heard[0]


@pytest.mark.parametrize(
    "reader",
    [
        LlamaCppLabels(ServedByLlamaCpp(lacks="/apply-template")),  # type: ignore[arg-type]
        VllmLabels(ServedByVllm(lacks="/tokenize"), "m"),  # type: ignore[arg-type]
    ],
)
def test_a_server_without_these_endpoints_costs_no_answer(reader: Any) -> None:
    """A gateway in between may let the chat protocol through and nothing else."""
    answer, heard = told(reader)
    assert answer == Answer(text="refund", confidence=0.5, latency_s=1.0)
    assert "no such endpoint" in heard[0]


def test_the_time_that_it_takes_is_part_of_the_answers() -> None:
    """Who decides by a confidence waits for it."""
    answer, heard = told(both()[0])
    assert heard == []
    assert (answer.text, answer.confidence_method, answer.confidence) == ("refund", "label_trie", None)
    assert set(answer.label_logprobs or ()) == set(LABELS)
    assert answer.latency_s is not None
    assert answer.latency_s > 1.0


def test_nothing_is_asked_where_no_labels_are_wanted() -> None:
    """Other families, and suites that do not ask, pay nothing."""
    server = ServedByLlamaCpp()
    reader = LlamaCppLabels(server)  # type: ignore[arg-type]
    given = Answer(text="refund")
    assert asyncio.run(with_label_logprobs(given, request(), reader, told=print)) is given
    assert server.asked == []


@pytest.mark.parametrize("broken", [math.nan, 0.5])
def test_a_token_without_a_log_probability_tells_nothing_of_any_label(broken: float) -> None:
    """Rounded like the others, NaN became 0: a probability of 1."""
    place = tree_of({"a": [1], "b": [2]})

    async def look(so_far: Sequence[int], wanted: frozenset[int], enough: float) -> dict[int, float]:
        return {1: -0.5, 2: broken} if not so_far else {9: -0.1}

    with pytest.raises(Fault, match="log-probability"):
        asyncio.run(label_logprobs(place, frozenset({9}), look))


@pytest.mark.parametrize("trust_env", [False, True])
def test_a_servers_own_endpoints_are_asked_for_beside_v1(trust_env: bool) -> None:
    """Servers do not bring `/v1/../tokenize` into its normal form; they know no such place."""

    async def asked() -> bytes:
        lines: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            lines.append(await reader.readline())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            server = Server(f"http://127.0.0.1:{port}/own/v1", route=Transport(trust_env=trust_env))
            assert await post(server, f"{beside(server)}/tokenize", {}) == {}
            await server.close()
        return lines[0]

    assert asyncio.run(asked()) == b"POST /own/tokenize HTTP/1.1\r\n"


def told(reader: Any) -> tuple[Answer, list[str]]:
    """What becomes of an answer, and what was said meanwhile."""
    heard: list[str] = []
    given = Answer(text="refund", confidence=0.5, latency_s=1.0)
    asked = request(messages=QUESTION, labels=LABELS)
    return asyncio.run(with_label_logprobs(given, asked, reader, told=heard.append)), heard
