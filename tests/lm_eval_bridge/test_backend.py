"""lm-eval's models as candidates: scores as through our own backend, and faults that cost one sample."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.backends import Stage
from evalkit.errors import ConfigError, UnavailableError
from evalkit.lm_eval_bridge.backend import LmEvalModel
from evalkit.records import Answer, Candidate, Fault, Request, Sample, from_plain
from evalkit.runner.privacy import why_not_private
from evalkit.suites import load_suite
from tests.lm_eval_bridge.tasks import chat_model, run, some_right
from tests.projects import SUITE, answer_rightly, served
from tests.servers.stand_in import Said, StandIn, always, first_times

SHIPPED = Path(__file__).parents[2] / "suites"
FAMILIES = ("support-triage", "order-extraction", "calendar-tools")
N_ITEMS = 20


@pytest.fixture(scope="module")
def knowing() -> Iterator[StandIn]:
    """A server that answers a part of the shipped suites' items rightly, others nearly or not at all."""
    suites = [load_suite(SHIPPED / name) for name in FAMILIES]
    with StandIn(answer=some_right(suites)).in_thread() as server:
        yield server


@pytest.mark.parametrize("name", FAMILIES)
def test_a_suite_scores_the_same_through_lm_eval(name: str, knowing: StandIn, tmp_path: Path) -> None:
    """Whoever reaches a model through lm-eval must not be judged otherwise."""
    ours = served(knowing.base_url, output="plain")
    theirs = chat_model(knowing.base_url)
    samples = run(tmp_path, [name], {"ours": ours, "theirs": theirs}, suites=[str(SHIPPED)], limit=N_ITEMS)
    by_candidate = {c: {s.item_id: s for s in samples if s.candidate == c} for c in ("ours", "theirs")}
    assert len(by_candidate["ours"]) == N_ITEMS
    assert _judged(by_candidate["theirs"]) == _judged(by_candidate["ours"])
    successes = sum(s.score.success for s in by_candidate["theirs"].values() if s.score)
    assert 0 < successes < N_ITEMS


def test_tokens_finish_reason_and_time_are_the_servers(tmp_path: Path) -> None:
    """lm-eval drops them; without them a truncated answer looks like a mistake and nothing has a price."""
    said = Said(text="fruit", finish_reason="length")
    with StandIn(answer=lambda _: said).in_thread() as server:
        price = {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}
        samples = run(tmp_path, [SUITE], {"m": chat_model(server.base_url, price=price)})
    assert {(s.usage.input_tokens, s.usage.output_tokens) for s in samples} == {(7, 1)}
    assert {s.finish_reason for s in samples} == {"length"}
    assert {s.score.error_kind for s in samples if s.score} == {None, "truncated"}
    assert all(s.cost_usd == pytest.approx(9e-6) for s in samples)
    assert all(s.latency_s is not None and s.constraint_enforced == "none" for s in samples)


def test_decoding_settings_arrive(tmp_path: Path) -> None:
    """A setting that is dropped on the way makes two candidates one."""
    decoding = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 5, "seed": 7, "stop": ["\n"]}
    with StandIn(answer=answer_rightly).in_thread() as server:
        run(tmp_path, [SUITE], {"m": chat_model(server.base_url, decoding=decoding)}, n_items=1)
        body = server.asked[0].body
    sent = {k: body[k] for k in ("temperature", "top_p", "max_tokens", "seed", "stop", "model")}
    assert sent == {**decoding, "model": "stand-in"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("500", "server_error"), ("429", "rate_limited"), ("401", "unauthorized"), ("400", "rejected"),
        ("drop", "connection_failed"), ("malformed", "malformed_response"),
        ("not_object", "malformed_response"), ("error_in_200", "server_error"),
        ("no_choices", "empty_response"), ("null", "empty_response"),
    ],
)  # fmt: skip
def test_a_servers_failing_is_a_fault_of_its_kind(fault: str, kind: str, tmp_path: Path) -> None:
    """lm-eval reads several of them as an empty answer, which would blame the model."""
    with StandIn(fault=always(fault)).in_thread() as server:
        samples = run(tmp_path, [SUITE], {"m": chat_model(server.base_url)}, n_items=2)
    assert [(s.status, s.fault) for s in samples] == [("faulted", kind)] * 2


def test_a_server_that_is_down_faults_each_sample(tmp_path: Path) -> None:
    """An evaluation of many hours must outlive one candidate."""
    samples = run(tmp_path, [SUITE], {"m": chat_model("http://127.0.0.1:9/v1")}, n_items=3)
    assert [(s.status, s.fault) for s in samples] == [("faulted", "connection_failed")] * 3


def test_our_retry_is_the_one(tmp_path: Path) -> None:
    """Retries within lm-eval would be neither counted nor recorded, and would multiply ours."""
    flaky = StandIn(answer=answer_rightly, fault=first_times("429"))
    with flaky.in_thread() as server:
        samples = run(tmp_path, [SUITE], {"m": chat_model(server.base_url, max_attempts=2)}, n_items=3)
        assert len(server.asked) == 6
    assert [(s.status, s.attempts) for s in samples] == [("answered", 2)] * 3


def test_a_key_is_sent_and_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers repeat what they were sent in their errors, and lm-eval logs those."""
    monkeypatch.setenv("PLANTED_KEY", "sk-planted-secret")
    keyed = StandIn(answer=answer_rightly, key="sk-planted-secret", fault=first_times("400"))
    with keyed.in_thread() as server, caplog.at_level(logging.WARNING):
        candidate = chat_model(server.base_url, api_key_env="PLANTED_KEY")
        samples = run(tmp_path, [SUITE], {"m": candidate}, n_items=1)
        assert server.asked[0].headers["Authorization"] == "Bearer sk-planted-secret"
    assert samples[0].fault == "rejected"
    written = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert written
    assert [f for f in written if b"sk-planted-secret" in f.read_bytes()] == []
    assert "sk-planted-secret" not in caplog.text


@pytest.mark.parametrize("name", ["header", "auth_token", "api_key", "num_concurrent"])
def test_arguments_that_are_ours_to_set_are_refused(name: str) -> None:
    """A key in a file ends up in git; concurrency inside lm-eval would hide each request's latency."""
    with pytest.raises(ConfigError, match=f"model_args.{name} is not taken"):
        LmEvalModel(_candidate(options={"model_args": {name: "x"}}), Stage())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "local-chat-completion"}, "has no model 'local-chat-completion'"),
        ({"model": "no-library"}, "needs a library that is not installed: No module named 'absent'"),
        ({"options": {"model_args": {"max_length": "long"}}}, "could not build 'local-chat-completions'"),
        ({"api_key_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
    ],
    ids=["unknown", "no-library", "unbuildable", "no-key"],
)
def test_a_model_that_cannot_be_had_says_why(
    changes: Mapping[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the next step, whatever lm-eval raises."""
    from lm_eval.api import registry

    def get_model(name: str, known: Any = registry.get_model) -> Any:
        if name == "no-library":
            raise ModuleNotFoundError("No module named 'absent'", name="absent")
        return known(name)

    monkeypatch.setattr(registry, "get_model", get_model)
    with pytest.raises(UnavailableError, match=message) as refused:
        asyncio.run(LmEvalModel(_candidate(**changes), Stage()).start())
    assert refused.value.hint


class InProcess:
    """What a local model of lm-eval looks like from outside: no chat template, batches, sometimes a crash."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    @classmethod
    def create_from_arg_obj(cls, _arguments: Any, _more: Any) -> InProcess:
        return cls()

    def apply_chat_template(self, _turns: Any) -> str:
        raise NotImplementedError

    def tok_encode(self, text: str) -> list[int]:
        return list(range(len(text.split())))

    def generate_until(self, instances: Any, disable_tqdm: bool = False) -> list[str]:
        self.batches.append(len(instances))
        assert disable_tqdm
        if any("crash" in i.args[0] for i in instances):
            raise MemoryError("out of memory")
        return [i.args[0].upper() for i in instances]


def test_a_local_model_is_asked_in_batches_and_one_crash_costs_one_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Batches are why one runs a local model through lm-eval; a bad request must not fail its neighbours."""
    from lm_eval.api import registry

    monkeypatch.setattr(registry, "get_model", lambda _name: InProcess)
    backend = LmEvalModel(_candidate(model="in-process"), Stage())

    async def ask_all(*texts: str) -> list[Answer | BaseException]:
        await backend.start()
        answers = await asyncio.gather(*(backend.ask(_request(t)) for t in texts), return_exceptions=True)
        assert backend._model is not None
        assert backend._model._handle.batches[0] == len(texts)
        await backend.close()
        return answers

    first, crashed, last = asyncio.run(ask_all("one two", "crash now", "three"))
    assert isinstance(first, Answer)
    assert isinstance(last, Answer)
    assert (first.text, first.usage.input_tokens, last.text) == ("ONE TWO", 2, "THREE")
    assert isinstance(crashed, Fault)
    assert crashed.kind == "crashed"


def test_tools_are_refused_with_what_to_write() -> None:
    """A request without its tools would be another request."""
    tools = ({"type": "function", "function": {"name": "f"}},)
    request = Request(suite="s", item_id="1", messages=(), tools=tools)
    with pytest.raises(Fault, match="output: plain"):
        asyncio.run(LmEvalModel(_candidate(), Stage()).ask(request))


def _judged(samples: Mapping[str, Sample]) -> dict[str, Any]:
    return {i: (s.output, s.score, s.finish_reason, s.request_hash) for i, s in samples.items()}


def _candidate(**changes: Any) -> Candidate:
    return from_plain(Candidate, {"name": "m", **chat_model("http://127.0.0.1:9/v1"), **changes})


def _request(text: str) -> Request:
    return Request(suite="s", item_id=text, messages=({"role": "user", "content": text},))


@pytest.mark.parametrize(
    ("changes", "private"),
    [
        ({}, False),
        ({"model": "hf", "base_url": None}, True),
        ({"model": "openai-chat-completions", "base_url": None}, False),
        ({"base_url": "https://api.example.com/v1"}, False),
        ({"options": {"model_args": {"base_url": "https://api.example.com/v1/chat/completions"}}}, False),
    ],
)
def test_only_models_that_stay_here_see_a_local_only_suite(changes: Mapping[str, Any], private: bool) -> None:
    """lm-eval's own clients follow redirects and read proxy variables: no address is vouched for."""
    assert (why_not_private(_candidate(**changes)) is None) is private
