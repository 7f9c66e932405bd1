"""lm-eval's model objects, asked one batch at a time, their failures translated into our faults."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.backends.chat import Assembly
from evalkit.backends.constraints import Binding
from evalkit.backends.dialects import DIALECTS
from evalkit.backends.failures import fault_of_status
from evalkit.lm_eval_bridge.labels import LabelLikelihoods
from evalkit.lm_eval_bridge.likelihood import answer_of, goes_on_from_text
from evalkit.records import Answer, Candidate, Fault, Request, Usage

_UNBOUND = Binding(body={}, enforced="none")


class Model:
    """One lm-eval model.

    Models behind an HTTP API (lm-eval's `TemplateAPI`) are asked request by request, in as many threads as
    there are requests in flight; all others are asked in batches, by one thread.
    """

    def __init__(self, candidate: Candidate, handle: Any, *, remote: bool, chat: bool) -> None:
        self.candidate = candidate
        self.remote = remote
        """Whether it is asked over HTTP."""
        self._handle = handle
        self._chat = chat
        self._heard = threading.local()
        self._labels = None if chat else LabelLikelihoods(handle, self._likelihoods)
        if chat:
            self._listen()

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """An answer to each request, in their order: written, or chosen by log-likelihood where so asked.

        Raises:
            Fault: The model failed, or cannot do what was asked.
        """
        chosen = [r for r in requests if goes_on_from_text(r)]
        written = [r for r in requests if not goes_on_from_text(r)]
        choosing = iter(self._choose(chosen) if chosen else ())
        writing = iter(self._generate(written) if written else ())
        return [next(choosing if goes_on_from_text(r) else writing) for r in requests]

    def _choose(self, requests: Sequence[Request]) -> list[Answer]:
        """The likeliest choice of each request; each one's latency is that of the whole call."""
        asked = [
            (str(r.messages[0]["content"]), choice)
            for r in requests
            for choice in dict.fromkeys(r.constraint.choices)
        ]
        began = time.monotonic()
        try:
            pairs = iter(self._likelihoods(asked))
        except NotImplementedError as error:
            raise Fault(
                "unsupported",
                f"lm-eval's model {self.candidate.model!r} has no log-likelihoods: "
                "`model: hf` and `model: vllm` have",
            ) from error
        except Exception as error:  # lm-eval's models raise what they like
            raise self._fault(error) from error
        latency_s = time.monotonic() - began
        return [self._make_choice(r, pairs, latency_s) for r in requests]

    def _make_choice(self, request: Request, pairs: Iterator[Any], latency_s: float) -> Answer:
        choices = dict.fromkeys(request.constraint.choices)
        found = {c: (float(p[0]), bool(p[1])) for c, p in zip(choices, pairs, strict=False)}
        if len(found) < len(choices) or not all(math.isfinite(value) for value, _ in found.values()):
            raise Fault("malformed_response", "lm-eval's model gave no log-likelihood of some choice")
        text = str(request.messages[0]["content"])
        usage = Usage() if self.remote else self._count(text, "".join(choices))
        # Nothing is written: all that the model reads is input.
        read = [n for n in (usage.input_tokens, usage.output_tokens) if n is not None]
        usage = Usage(input_tokens=sum(read), output_tokens=0) if read else usage
        return replace(answer_of(found), usage=usage, latency_s=latency_s)

    def _generate(self, requests: Sequence[Request]) -> list[Answer]:
        """A written answer to each request; each one's latency is that of the whole call."""
        contexts = [self._context(request) for request in requests]
        began = time.monotonic()
        try:
            asked = [(c, self._kwargs(r)) for c, r in zip(contexts, requests, strict=True)]
            texts = list(self._handle.generate_until(_instances("generate_until", asked), disable_tqdm=True))
        except Exception as error:  # lm-eval's models raise what they like
            raise self._fault(error) from error
        latency_s = time.monotonic() - began
        if len(texts) != len(requests) or any(text is None for text in texts):
            raise Fault("malformed_response", "lm-eval's model gave no text")
        answers = [self._answer(c, t, latency_s) for c, t in zip(contexts, texts, strict=True)]
        return self._with_labels(requests, contexts, answers)

    def _with_labels(
        self, requests: Sequence[Request], contexts: Sequence[Any], answers: list[Answer]
    ) -> list[Answer]:
        """The answers with the labels' probabilities, where they were asked for; they count without, too."""
        asked = [n for n, r in enumerate(requests) if r.labels and type(contexts[n]) is str]
        if not asked or self._labels is None:
            return answers
        began = time.monotonic()
        try:
            found = self._labels.logprobs([(requests[n], contexts[n]) for n in asked])
        except NotImplementedError:
            self._labels = None
            return answers
        except Exception:  # noqa: BLE001 - an answer is not lost for want of a confidence
            return answers
        took_s = time.monotonic() - began
        for n, logprobs in zip(asked, found, strict=True):
            if logprobs is None:
                continue
            answers[n] = replace(
                answers[n],
                label_logprobs=logprobs,
                confidence_method=self._labels.method,
                latency_s=(answers[n].latency_s or 0.0) + took_s,
            )
        return answers

    def _likelihoods(self, asked: list[tuple[str, str]]) -> list[Any]:
        return list(self._handle.loglikelihood(_instances("loglikelihood", asked), disable_tqdm=True))

    def _context(self, request: Request) -> Any:
        """The chat as the model wants it; one without a chat template gets the turns as text."""
        messages = [dict(m) for m in request.messages]
        if self.remote and self._chat:
            return self._handle.apply_chat_template(messages)
        turns = [{"role": m["role"], "content": m.get("content") or ""} for m in messages]
        try:
            made = self._handle.apply_chat_template(turns)
        except (NotImplementedError, ValueError):
            made = None
        # A completions API without a tokenizer hands the turns back, wrapped for a chat API that it is not.
        templated = type(made) is str or (made is not None and not self.remote)
        return made if templated else turns_as_text(turns)

    def _kwargs(self, request: Request) -> dict[str, Any]:
        decoding = request.decoding
        temperature = decoding.temperature or 0.0
        kwargs: dict[str, Any] = {
            "until": list(decoding.stop),
            "do_sample": temperature > 0,
            "temperature": temperature,
            **decoding.extra,
        }
        optional = {
            "max_gen_toks": decoding.max_tokens,
            "top_p": decoding.top_p,
            "seed": decoding.seed if self.remote else None,  # local ones take no seed for a single answer
        }
        return {**kwargs, **{name: value for name, value in optional.items() if value is not None}}

    def _answer(self, context: Any, text: str, latency_s: float) -> Answer:
        if not self._chat:
            usage = Usage() if self.remote else self._count(context, text)
            return Answer(text=text, usage=usage, latency_s=latency_s, enforced="none")
        heard: Assembly = self._heard.assembly
        told = heard.answer(_UNBOUND, DIALECTS["generic"], latency_s=latency_s, ttft_s=None)
        # The text is lm-eval's, which may have taken a model's thinking off (`think_end_token`).
        return Answer(
            text=text,
            refusal=told.refusal,
            finish_reason=told.finish_reason,
            usage=told.usage,
            latency_s=latency_s,
            model_reported=told.model_reported,
            system_fingerprint=told.system_fingerprint,
            enforced="none",
            cost_usd=told.cost_usd,
            server_metrics=told.server_metrics,
        )

    def _listen(self) -> None:
        """Reads each response on its way into lm-eval, which keeps the text alone and hides errors in it."""
        parse = self._handle.parse_generations

        def catch_output(outputs: Any, **kwargs: Any) -> Any:
            self._heard.assembly = Assembly()
            self._heard.assembly.feed(json.dumps(outputs).encode())
            if not outputs.get("choices"):
                raise Fault("empty_response", "the response has no choices")
            return parse(outputs=outputs, **kwargs)

        self._handle.parse_generations = catch_output

    def _count(self, context: Any, text: str) -> Usage:
        """Token counts by the model's own tokenizer, where it has one that counts."""
        try:
            asked, said = self._handle.tok_encode(context), self._handle.tok_encode(text)
        except Exception:  # noqa: BLE001 - a count that cannot be had is unknown, never an error
            return Usage()
        if not isinstance(asked, list) or not isinstance(said, list):
            return Usage()
        return Usage(input_tokens=len(asked), output_tokens=len(said))

    def _fault(self, error: Exception) -> Fault:
        if isinstance(error, Fault):
            return error
        if not self.remote:
            return Fault("crashed", words(error))
        import requests

        if isinstance(error, requests.HTTPError) and error.response is not None:
            return self._fault_of_response(error.response)
        if isinstance(error, requests.Timeout):
            return Fault("timed_out", words(error))
        if isinstance(error, requests.JSONDecodeError):
            return Fault("malformed_response", words(error))
        if isinstance(error, requests.RequestException):
            return Fault("connection_failed", words(error))
        return Fault("malformed_response", words(error))

    def _fault_of_response(self, response: Any) -> Fault:
        said = str(response.text)[:300]
        key = os.environ.get(self.candidate.api_key_env or "OPENAI_API_KEY")
        if key:
            said = said.replace(key, "***")
        wait = response.headers.get("Retry-After", "")
        return fault_of_status(response.status_code, said, float(wait) if wait.isdecimal() else None)


def _instances(kind: Any, asked: Sequence[tuple[Any, Any]]) -> list[Any]:
    """lm-eval's form of requests of one kind, from their two arguments."""
    from lm_eval.api.instance import Instance

    return [
        Instance(request_type=kind, doc={}, arguments=pair, idx=0, metadata=("evalkit", index, 1))
        for index, pair in enumerate(asked)
    ]


def turns_as_text(turns: Sequence[Mapping[str, Any]]) -> str:
    """A chat for a model without a chat template."""
    return "\n\n".join(str(m.get("content") or "") for m in turns)


def words(error: Exception) -> str:
    """An error of any library in one line."""
    return f"{type(error).__name__}: {error}"[:300]
