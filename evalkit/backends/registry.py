"""Backends by name, imported only when used; plug-ins come by the entry point group `evalkit.backends`."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points

from evalkit.backends.interface import Backend, Stage
from evalkit.credentials import refuse_keys
from evalkit.errors import ConfigError, near_names
from evalkit.records import Candidate

_SHIPPED = {
    "anthropic": "evalkit.backends.anthropic:Anthropic",
    "baseline": "evalkit.backends.baseline:Baseline",
    "command": "evalkit.backends.command:Command",
    "http": "evalkit.backends.templated:Templated",
    "llamacpp": "evalkit.backends.llamacpp:LlamaCpp",
    "lm_eval": "evalkit.lm_eval_bridge.backend:LmEvalModel",
    "openai": "evalkit.backends.openai:OpenAI",
    "python": "evalkit.backends.python:PythonFunction",
    "replay": "evalkit.backends.replay:Replay",
    "simulated": "evalkit.backends.simulated:Simulated",
    "vllm": "evalkit.backends.vllm:Vllm",
    "vllm_batch": "evalkit.backends.vllm_batch:VllmBatch",
}


def backend_names() -> tuple[str, ...]:
    """Every backend that a candidate can name, sorted."""
    plugins = {e.name for e in entry_points(group="evalkit.backends")}
    return tuple(sorted(plugins | set(_SHIPPED)))


def check_ready(candidates: Iterable[Candidate], stage: Stage) -> None:
    """Asks every backend that can tell, without starting it, whether what it needs is there.

    Raises:
        UnavailableError: Something is missing; says how to bring it.
        ConfigError: A backend or one of its options is unknown.
    """
    for candidate in candidates:
        ready = getattr(open_backend(candidate, stage), "ready", None)
        if ready is not None:
            ready()


def open_backend(candidate: Candidate, stage: Stage) -> Backend:
    """The backend that serves the candidate, not yet started.

    Raises:
        ConfigError: No such backend, or a key stands in the candidate's settings.
    """
    refuse_keys(candidate)
    name = candidate.backend
    for plugin in entry_points(group="evalkit.backends", name=name):
        return plugin.load()(candidate, stage)  # type: ignore[no-any-return]  # foreign objects enter here
    if name not in _SHIPPED:
        raise ConfigError(
            f"unknown backend {name!r}",
            where=f"candidates.{candidate.name}.backend",
            hint=near_names(name, backend_names()),
        )
    module, _, attribute = _SHIPPED[name].partition(":")
    return getattr(import_module(module), attribute)(candidate, stage)  # type: ignore[no-any-return]
