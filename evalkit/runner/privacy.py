"""Which candidates may be asked a `local_only` suite: those that stay on this machine or on private hosts.

This is the first of two lines and asks no name service. The second is the `Guard` that it gives: backends
that connect anywhere check each address against it when they start, and connect to no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from evalkit.backends import Guard
from evalkit.errors import ConfigError
from evalkit.prices import LOCAL_BACKENDS
from evalkit.records import Candidate, Stakes

_STAYS_HERE = (LOCAL_BACKENDS | {"replay", "simulated"}) - {"lm_eval"}

_HELD_TO_ADDRESSES = frozenset({"anthropic", "http", "openai"})
"""Backends that connect through our own client, which is held to the addresses that the guard admits."""

_LM_EVAL_IN_PROCESS = frozenset(
    {"dummy", "hf", "hf-auto", "hf-multimodal", "huggingface", "sglang", "vllm", "vllm-vlm"}
)
"""lm-eval's models that run in this process; any other may ask a server, through a client of lm-eval's that
follows redirects and reads proxy variables."""


class Guarded(Protocol):
    """A suite, or what a manifest keeps of one."""

    @property
    def name(self) -> str:
        """The suite's name."""
        ...

    @property
    def stakes(self) -> Stakes:
        """Its stakes."""
        ...


def check_privacy(
    suites: Iterable[Guarded], candidates: Iterable[Candidate], private_hosts: Sequence[str] = ()
) -> Guard | None:
    """Refuses before anything is sent; gives the guard that backends are held to, where one is needed.

    Raises:
        ConfigError: A `local_only` suite would be sent to a candidate that is not private.
    """
    guarded = [s.name for s in suites if s.stakes.privacy == "local_only"]
    if not guarded:
        return None
    for candidate in candidates:
        for suite in guarded:
            if reason := why_not_private(candidate.at(suite), private_hosts):
                message, hint = reason
                raise ConfigError(
                    f"suite {suite!r} is local_only, and {message}",
                    where=f"candidates.{candidate.name}",
                    hint=hint,
                )
    return Guard(private_hosts=tuple(private_hosts))


def why_not_private(candidate: Candidate, private_hosts: Sequence[str] = ()) -> tuple[str, str] | None:
    """Why the candidate may not be asked, and what to do; None where it may.

    No name is resolved here: a name that is neither `localhost` nor listed is refused unresolved.
    """
    backend = candidate.backend
    if backend in _STAYS_HERE or (backend == "lm_eval" and candidate.model in _LM_EVAL_IN_PROCESS):
        return None
    if backend == "lm_eval":
        return (
            f"lm-eval's model {candidate.model!r} may ask a server in ways that cannot be checked",
            "serve the model yourself and use the openai backend with its address",
        )
    if backend not in _HELD_TO_ADDRESSES:
        return _unless_vouched_for(candidate)
    if candidate.options.get("trust_env"):
        return (
            "the option trust_env lets proxy variables lead anywhere",
            "leave the option out for this candidate",
        )
    if not Guard(private_hosts=tuple(private_hosts)).names(_host(candidate)):
        return (
            f"{candidate.base_url or 'a hosted API'} is not private",
            "leave the candidate or the suite out, or list the host under private_hosts",
        )
    return None


def _unless_vouched_for(candidate: Candidate) -> tuple[str, str] | None:
    """A function or a program can send what it is given anywhere: only its owner can say that it does not."""
    if candidate.options.get("stays_local") is True:
        return None
    return (
        f"what the backend {candidate.backend!r} does with an input is not known",
        "if it keeps inputs on this machine or on private hosts, say so: options: {stays_local: true}",
    )


def _host(candidate: Candidate) -> str | None:
    try:
        return urlsplit(candidate.base_url or "").hostname
    except ValueError:
        return None
