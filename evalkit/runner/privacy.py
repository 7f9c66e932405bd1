"""Which candidates may see a `local_only` suite: endpoints on this machine or listed as private."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from evalkit.errors import ConfigError
from evalkit.prices import LOCAL_BACKENDS
from evalkit.records import Candidate, Suite

_STAYS_HERE = LOCAL_BACKENDS | {"replay", "simulated"}


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
                f"suite {guarded[0]!r} is local_only, and {candidate.base_url or 'a hosted API'} is not private",
                where=f"candidates.{candidate.name}",
                hint="leave the candidate or the suite out, or list the host under private_hosts",
            )


def stays_private(candidate: Candidate, private_hosts: Sequence[str] = ()) -> bool:
    """Whether what is sent to the candidate stays on this machine or a host listed as private.

    A name is never resolved here: only `localhost` and literal loopback addresses are this machine.
    """
    if candidate.backend in _STAYS_HERE:
        return True
    host = urlsplit(candidate.base_url or "").hostname
    if not host:
        return False
    return host in private_hosts or host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
