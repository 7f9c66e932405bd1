"""An lm-eval model made from a candidate: its class, its arguments, and what is refused among them."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any

from evalkit.errors import ConfigError, UnavailableError, near_names
from evalkit.lm_eval_bridge.loading import hush
from evalkit.lm_eval_bridge.models import Model, words
from evalkit.records import Candidate

NOT_AN_ARGUMENT: Mapping[str, str] = {
    "api_key": "keys never stand in a file: name the environment variable in `api_key_env`",
    "auth_token": "keys never stand in a file: name the environment variable in `api_key_env`",
    "header": "keys never stand in a file: name the environment variable in `api_key_env`",
    "num_concurrent": "set the candidate's `concurrency`: each request is then timed by itself",
}
"""Arguments of lm-eval's models that evalkit sets itself, with what to write instead."""


def build(candidate: Candidate) -> Model:
    """The candidate's lm-eval model; it may load weights.

    Raises:
        UnavailableError: lm-eval has no such model, or cannot build it.
    """
    import lm_eval.models  # noqa: F401 - fills the registry
    from lm_eval.api.registry import MODEL_REGISTRY, get_model

    hush()
    where = f"candidates.{candidate.name}"
    try:
        kind = get_model(candidate.model)
    except (KeyError, ValueError) as error:
        raise UnavailableError(
            f"lm-eval has no model {candidate.model!r}",
            where=f"{where}.model",
            hint=near_names(candidate.model, list(MODEL_REGISTRY)),
        ) from error
    except ImportError as error:  # a model's own libraries, such as torch for `hf`
        raise UnavailableError(
            f"lm-eval's model {candidate.model!r} needs a library that is not installed: {error}",
            where=f"{where}.model",
            hint=f"pip install {error.name or 'it'}",
        ) from error
    remote, chat = _kind(kind)
    arguments = _arguments(candidate, remote=remote, chat=chat)
    try:
        handle = kind.create_from_arg_obj(arguments, {"batch_size": candidate.options.get("batch_size", 1)})
    except Exception as error:  # lm-eval's models raise what they like
        raise UnavailableError(
            f"lm-eval could not build {candidate.model!r}: {words(error)}",
            where=where,
            hint="check options.model_args",
        ) from error
    return Model(candidate, handle, remote=remote, chat=chat)


def check_arguments(candidate: Candidate) -> None:
    """Refuses what would put a key into a file, or is set elsewhere.

    Raises:
        ConfigError: Such an argument.
    """
    for name in candidate.options.get("model_args", {}):
        if name in NOT_AN_ARGUMENT:
            raise ConfigError(
                f"model_args.{name} is not taken",
                where=f"candidates.{candidate.name}.options",
                hint=NOT_AN_ARGUMENT[name],
            )


def _kind(kind: Any) -> tuple[bool, bool]:
    """Whether the model is asked over HTTP, and whether in the chat protocol."""
    try:
        from lm_eval.models import api_models, openai_completions
    except ImportError:  # lm-eval without its `api` extra has local models only
        return False, False
    if issubclass(kind, api_models.TemplateAPI):
        # These bars cannot be turned off by an argument, and would tear our own progress apart.
        api_models.tqdm = functools.partial(_bar(api_models), disable=True)
        return True, issubclass(kind, openai_completions.LocalChatCompletion)
    return False, False


def _bar(module: Any) -> Any:
    return getattr(module.tqdm, "func", module.tqdm)


def _arguments(candidate: Candidate, *, remote: bool, chat: bool) -> dict[str, Any]:
    given = dict(candidate.options.get("model_args", {}))
    if candidate.base_url:
        given.setdefault("base_url", _whole_url(candidate.base_url, chat) if remote else candidate.base_url)
    if remote:
        # Our own retry is the one, or a fault's attempts would neither be counted nor recorded.
        given.setdefault("max_retries", 1)
        given.setdefault("timeout", max(1, round(candidate.timeout_s)))
        if candidate.api_key_env:
            given["header"] = {"Authorization": f"Bearer {_key(candidate)}"}
    return given


def _whole_url(base_url: str, chat: bool) -> str:
    """lm-eval wants the whole address of the endpoint, every other backend of ours its base."""
    if base_url.rstrip("/").endswith("/completions"):
        return base_url
    return base_url.rstrip("/") + ("/chat/completions" if chat else "/completions")


def _key(candidate: Candidate) -> str:
    name = str(candidate.api_key_env)
    key = os.environ.get(name)
    if not key:
        raise UnavailableError(
            f"the environment variable {name} is not set",
            where=f"candidates.{candidate.name}.api_key_env",
            hint=f"export {name}=…",
        )
    return key
