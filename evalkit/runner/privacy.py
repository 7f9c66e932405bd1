"""Which candidates may see a `local_only` suite: endpoints on this machine or listed as private."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from evalkit.errors import ConfigError
from evalkit.prices import LOCAL_BACKENDS
from evalkit.records import Candidate, Suite

_STAYS_HERE = (LOCAL_BACKENDS | {"replay", "simulated"}) - {"lm_eval"}

_LM_EVAL_IN_PROCESS = frozenset(
    {"dummy", "hf", "hf-auto", "hf-multimodal", "huggingface", "sglang", "vllm", "vllm-vlm"}
)
"""lm-eval's models that run in this process; any other may ask a server, and is judged by its address."""


def check_privacy(
    suites: Iterable[Suite], candidates: Iterable[Candidate], private_hosts: Sequence[str] = ()
) -> None:
    """Refuses before anything is sent.

    Raises:
        ConfigError: A `local_only` suite would be sent to an endpoint that is neither loopback nor private.
    """
    guarded = [s.name for s in suites if s.stakes.privacy == "local_only"]
    for candidate in candidates if guarded else ():
        if not stays_private(candidate, private_hosts):
            raise ConfigError(
                f"suite {guarded[0]!r} is local_only, and {_address(candidate) or 'a hosted API'} is not private",
                where=f"candidates.{candidate.name}",
                hint="leave the candidate or the suite out, or list the host under private_hosts",
            )


def stays_private(candidate: Candidate, private_hosts: Sequence[str] = ()) -> bool:
    """Whether what is sent to the candidate stays on this machine or a host listed as private.

    A name is never resolved here: only `localhost` and literal loopback addresses are this machine.
    """
    if candidate.backend in _STAYS_HERE:
        return True
    if candidate.backend == "lm_eval" and candidate.model in _LM_EVAL_IN_PROCESS:
        return True
    host = urlsplit(_address(candidate)).hostname
    if not host:
        return False
    return host in private_hosts or host == "localhost" or _is_loopback(host)


def _address(candidate: Candidate) -> str:
    """Where it is asked: an lm-eval model's own argument comes before the candidate's."""
    arguments = candidate.options.get("model_args") if candidate.backend == "lm_eval" else None
    named = arguments.get("base_url") if isinstance(arguments, Mapping) else None
    return str(named or candidate.base_url or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
