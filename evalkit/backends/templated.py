"""Any HTTP endpoint that takes and gives JSON: a templated body, and paths into the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import TemplateError, meta

from evalkit.backends import endpoint
from evalkit.backends.endpoint import Endpoint
from evalkit.backends.http import Server
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.json_bodies import read_json
from evalkit.backends.options import read_options
from evalkit.backends.plain import plain_request, read_answer
from evalkit.bounded.templates import BoundedEnvironment, check_source, render, rendering
from evalkit.errors import ConfigError, near_names
from evalkit.records import Answer, Candidate, Fault, Request, Usage

OPTIONS = {
    **{name: kinds for name, kinds in endpoint.OPTIONS.items() if name != "probe"},
    "method": (str,),
    "body": (dict, list, str),
    "answer": (str, list),
    "tool_calls": (str, list),
    "fields": (dict,),
    "key_header": (str,),
}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""

FIELDS = (
    "refusal", "finish_reason", "model_reported", "confidence", "confidence_method", "label_logprobs",
    "label_mass_outside", "cost_usd", "error",
    "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip
"""What `fields` can name a path for, besides the answer itself."""

VARIABLES = frozenset(
    {
        "suite", "item_id", "repeat", "messages", "prompt", "system", "tools", "tool_choice", "constraint",
        "decoding", "want_logprobs", "prompt_hash", "request_hash", "model", "candidate",
    }
)  # fmt: skip
"""What a template can use; `prompt` is the last message's text, `system` the system messages'."""

_ONE_EXPRESSION = re.compile(r"\A\s*\{\{((?:(?!\{\{|\}\}).)*)\}\}\s*\Z", re.DOTALL)

_METHOD = re.compile(r"[A-Z]+")
_WITHOUT_ANSWER = frozenset({"HEAD", "CONNECT"})

Render = Callable[[Mapping[str, Any]], Any]
Path = tuple[str, ...]


class Templated:
    """Serves one candidate from an HTTP endpoint of the team's own."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._options = read_options(candidate, OPTIONS)
        self._where = f"candidates.{candidate.name}.options"
        self._endpoint = Endpoint(candidate, self._options, stage)
        self._render = self._compile()
        self._paths = self._read_paths()
        self._method = self._read_method()
        self._server: Server | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Whatever stands behind the endpoint; it is not known."""
        return Capabilities(streaming=False)

    async def start(self) -> Mapping[str, Any]:
        """Reads the keys and opens the session; there is no request that would be safe to try."""
        await self._endpoint.check()
        header = self._options.get("key_header", "Authorization")
        bearer = "Bearer " if header == "Authorization" else ""
        keys = self._endpoint.keys({header: self.candidate.api_key_env})
        headers = {name: bearer + key for name, key in keys.items()}
        self._server = self._endpoint.open(Server, headers)
        return {"client": self._server.client, "base_url": self._endpoint.base_url}

    async def ask(self, request: Request) -> Answer:
        """One request; what the paths find in its answer."""
        if self._server is None:
            raise Fault("connection_failed", "the backend is not started")
        try:
            body = self.body(request)
            json.dumps(body)
        except (TemplateError, TypeError, ValueError) as error:
            raise Fault("rejected", f"the body cannot be made: {error}") from error
        if isinstance(body, dict):
            body = {**body, **self._endpoint.body_keys}
        reply = await self._server.send("", body, Whole(), method=self._method)
        given = {name: value_at(reply.assembly.value, path) for name, path in self._paths.items()}
        if given.get("text") is None and not given.get("tool_calls") and not given.get("error"):
            raise Fault("malformed_response", f"nothing at {'.'.join(self._paths.get('text', ('',)))!r}")
        answer = read_answer(_without_none(given), latency_s=reply.latency_s)
        return self._endpoint.secrets.mask_answer(answer)

    def body(self, request: Request) -> Any:
        """The JSON body that is sent for a request."""
        return self._render(_context(request, self.candidate))

    async def close(self) -> None:
        """Closes every connection."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.close()

    def _compile(self) -> Render:
        if "body" not in self._options:
            hint = 'such as `body: {question: "{{ prompt }}"}`'
            raise ConfigError("body is missing", where=self._where, hint=hint)
        where = f"{self._where}.body"
        try:
            render = compile_body(self._options["body"])
            unknown = variables_of(self._options["body"]) - VARIABLES
        except (TemplateError, RecursionError) as error:
            raise ConfigError(f"the template is wrong: {error}", where=where) from error
        if unknown:
            name = min(unknown)
            raise ConfigError(f"there is no variable {name!r}", where=where, hint=near_names(name, VARIABLES))
        return render

    def _read_method(self) -> str:
        method = str(self._options.get("method", "POST")).upper()
        if not _METHOD.fullmatch(method) or method in _WITHOUT_ANSWER:
            message = f"there is no answer to a request by the method {method!r}"
            raise ConfigError(message, where=f"{self._where}.method", hint="such as POST")
        return method

    def _read_paths(self) -> dict[str, Path]:
        named = {"text": "answer", "tool_calls": "tool_calls"}
        paths = {f: _path(self._options[o]) for f, o in named.items() if o in self._options}
        if not paths:
            hint = "such as `answer: result.choices.0.text`"
            raise ConfigError("answer is missing, the path to the text", where=self._where, hint=hint)
        for name, path in self._options.get("fields", {}).items():
            if name not in FIELDS:
                known = ", ".join(FIELDS)
                place = f"{self._where}.fields"
                raise ConfigError(f"there is no field {name!r}", where=place, hint=f"known: {known}")
            paths[name] = _path(path)
        return paths


class Whole:
    """Takes in one JSON answer."""

    began = False
    ended = False
    finish_reason: str | None = None
    usage = Usage()

    def __init__(self) -> None:
        self.value: Any = None

    def feed(self, data: bytes) -> None:
        """The whole body.

        Raises:
            Fault: It is not JSON.
        """
        self.value = read_json(data)


def compile_body(body: Any) -> Render:
    """A function from the request's fields to the body.

    A text that is one `{{ expression }}` becomes its value, a list or an object too; another text is
    rendered. A body that is a text as a whole is rendered, and has to be JSON then. Item texts are values
    here, never templates; the templates are the user's own and run in a sandbox all the same.
    """
    environment = BoundedEnvironment()
    if isinstance(body, str):
        check_source(body)
        template = environment.from_string(body)
        return lambda context: json.loads(render(template, context))
    return _compile(body, environment)


def variables_of(body: Any) -> set[str]:
    """The variables that the texts of a body name."""
    if isinstance(body, Mapping):
        return set().union(*map(variables_of, body.values())) if body else set()
    if isinstance(body, list):
        return set().union(*map(variables_of, body)) if body else set()
    if not isinstance(body, str):
        return set()
    return set(meta.find_undeclared_variables(BoundedEnvironment().parse(body)))


def value_at(value: Any, path: Sequence[str]) -> Any:
    """What stands at the path, numbers counting list positions; None where there is nothing."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif (
            isinstance(value, list) and step.lstrip("-").isdecimal() and -len(value) <= int(step) < len(value)
        ):
            value = value[int(step)]
        else:
            return None
    return value


def _compile(part: Any, environment: BoundedEnvironment) -> Render:
    if isinstance(part, Mapping):
        inner = {str(key): _compile(value, environment) for key, value in part.items()}
        return lambda context: {key: render(context) for key, render in inner.items()}
    if isinstance(part, list):
        parts = [_compile(value, environment) for value in part]
        return lambda context: [render(context) for render in parts]
    if not isinstance(part, str) or "{" not in part:
        return lambda _context: part
    check_source(part)
    if one := _ONE_EXPRESSION.match(part):
        expression = environment.compile_expression(one.group(1), undefined_to_none=False)

        def evaluate(context: Mapping[str, Any]) -> Any:
            with rendering():
                return expression(**context)

        return evaluate
    template = environment.from_string(part)
    return lambda context: render(template, context)


def _context(request: Request, candidate: Candidate) -> dict[str, Any]:
    """The request's fields, and the last message's text as `prompt`."""
    plain = plain_request(request, candidate)
    content = plain["messages"][-1].get("content") if plain["messages"] else ""
    system = [str(m["content"]) for m in plain["messages"] if m["role"] == "system"]
    return {**plain, "prompt": content, "system": "\n\n".join(system)}


def _path(given: Any) -> Path:
    parts = given.split(".") if isinstance(given, str) else given
    return tuple(str(part) for part in parts if str(part) not in ("", "$"))


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
