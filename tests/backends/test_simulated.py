"""The simulated backend: what is declared is what comes, whatever the order, and always marked."""

from __future__ import annotations

import asyncio
import random
import statistics

import pytest

from evalkit.backends import Stage
from evalkit.backends.simulated import Simulated
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Fault
from tests.backends.asking import candidate, request

ITEMS = [f"item-{n}" for n in range(600)]


def rehearse(what, right, seed):
    return Answer(text=f"{'right' if right else 'wrong'} {seed}")


def said(requests, name="c", **options):
    """The answer, or the fault's kind, for each request in the order given."""

    async def whole():
        backend = Simulated(candidate("simulated", name=name, options=options), Stage(rehearse=rehearse))
        await backend.start()
        out = []
        for what in requests:
            try:
                out.append(await backend.ask(what))
            except Fault as fault:
                out.append(fault.kind)
        return out

    return asyncio.run(whole())


def right_items(**options):
    answers = said([request(i) for i in ITEMS], **options)
    return {i for i, a in zip(ITEMS, answers, strict=True) if a.text.startswith("right")}


def test_the_order_of_asking_changes_nothing():
    """A resumed run asks in another order and must get the same answers."""
    requests = [request(i, repeat=r) for i in ITEMS[:50] for r in (0, 1)]
    shuffled = random.Random(3).sample(requests, len(requests))
    by_key = {(w.item_id, w.repeat): a for w, a in zip(shuffled, said(shuffled), strict=True)}
    assert [by_key[(w.item_id, w.repeat)] for w in requests] == said(requests)


@pytest.mark.parametrize("accuracy", [0.0, 0.3, 0.9, 1.0])
def test_the_share_of_right_answers_is_the_declared_one(accuracy):
    """Within four standard errors of 600 draws."""
    share = len(right_items(accuracy=accuracy)) / len(ITEMS)
    assert share == pytest.approx(accuracy, abs=4 * (accuracy * (1 - accuracy) / len(ITEMS)) ** 0.5)


def test_accuracy_may_differ_by_suite():
    """A tier is good at one work and bad at another."""
    answers = said(
        [request("i", suite=s) for s in ("good", "bad", "other")],
        accuracy={"good": 1, "bad": 0, "default": 1},
    )
    assert [a.text.split()[0] for a in answers] == ["right", "wrong", "right"]


def test_one_seed_gives_nested_luck_and_two_give_independent_luck():
    """A planted regression is then exactly the items between the two accuracies."""
    better, worse = right_items(seed=1, accuracy=0.9), right_items(seed=1, accuracy=0.6)
    assert worse < better
    assert not right_items(seed=2, accuracy=0.6) < better


def test_repeats_differ_only_by_the_declared_flakiness():
    """A stable model says the same twice."""
    requests = [request(i, repeat=r) for i in ITEMS for r in (0, 1)]

    def flips(**options):
        rights = [a.text.startswith("right") for a in said(requests, accuracy=0.5, **options)]
        return sum(a != b for a, b in zip(rights[::2], rights[1::2], strict=True))

    assert flips() == 0
    assert 60 < flips(flakiness=0.5) < 240  # half of the repeats drawn anew, half of those flip: 150 expected


def test_every_answer_is_marked_and_has_its_telemetry():
    """Simulated evidence must be told from real evidence wherever it goes."""
    answers = said([request(i) for i in ITEMS], latency_s=2.0, latency_sigma=0.5, ttft_share=0.25)
    assert all(a.simulated for a in answers)
    assert statistics.median(a.latency_s for a in answers) == pytest.approx(2.0, rel=0.15)
    assert all(a.ttft_s == pytest.approx(a.latency_s / 4) for a in answers)
    assert all(a.usage.input_tokens and a.usage.output_tokens for a in answers)


def test_declared_tokens_are_reported():
    """Reasoning tokens are among the output tokens."""
    (answer,) = said([request()], output_tokens=10, reasoning_tokens=5)
    assert (answer.usage.output_tokens, answer.usage.reasoning_tokens) == (15, 5)


def test_faults_come_at_their_rate_and_may_pass_when_asked_again():
    """A retry meets new luck; otherwise a fault rate would mean lost items for ever."""
    first = said([request(i) for i in ITEMS], fault_rate=0.2)
    assert 80 < first.count("server_error") < 160
    asked_twice = said([request(i) for i in ITEMS for _ in (0, 1)], fault_rate=0.2)
    assert asked_twice[::2] == first
    recovered = [b for a, b in zip(asked_twice[::2], asked_twice[1::2], strict=True) if a == "server_error"]
    assert any(isinstance(b, Answer) for b in recovered)


@pytest.mark.parametrize("options", [{"accuracy": 90}, {"accuracy": {"s": "high"}}, {"fault_rate": -0.1}])
def test_a_fraction_outside_of_0_and_1_is_refused(options):
    """90 is not 90%."""
    with pytest.raises(ConfigError, match="fraction"):
        said([], **options)


def test_without_the_suites_it_says_what_is_missing():
    """Only a run knows the targets; a check of the candidate alone gets a plain word."""
    backend = Simulated(candidate("simulated"), Stage())
    with pytest.raises(UnavailableError, match="targets"):
        asyncio.run(backend.start())
