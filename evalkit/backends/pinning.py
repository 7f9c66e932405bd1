"""Holds a server's connections to addresses that were checked: its name is resolved once and never again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from evalkit.backends.private import Guard, bare_host
from evalkit.errors import ConfigError, UnavailableError


class PinnedResolver(AbstractResolver):
    """Gives the addresses that were checked, for the one host that they were checked for."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        self._host = host
        self._addresses = tuple(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the checked addresses; no name service is asked.

        Raises:
            OSError: It is another host.
        """
        if bare_host(host) != bare_host(self._host):
            raise OSError(f"{host} is not the host that was checked")
        return [_resolve(host, address, port) for address in self._addresses]

    async def close(self) -> None:
        """Do nothing: it holds nothing."""


async def pin(url: str, guard: Guard, *, where: str) -> PinnedResolver:
    """A resolver for the host of this address, held to what it resolves to now.

    Raises:
        ConfigError: An address is not private; nothing has been sent but the question to the name service.
        UnavailableError: The name does not resolve.
    """
    parsed = urlsplit(url)
    host = ascii_host(parsed.hostname)
    if not guard.names(host):
        raise ConfigError(f"a local_only suite may not be sent to {host!r}", where=where, hint=_HINT)
    addresses = await _addresses(host, parsed.port or 0, where)
    for address in addresses:
        if not guard.admits(host, address):
            raise ConfigError(
                f"a local_only suite may not be sent to {host!r}: {address}, its address, is not private",
                where=where,
                hint="if that address is yours, list it under private_hosts too",
            )
    return PinnedResolver(host, addresses)


_HINT = "leave the candidate or the suite out, or list the host under private_hosts"


async def _addresses(host: str, port: int, where: str) -> tuple[str, ...]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnavailableError(
            f"{host} does not resolve: {error.strerror or error}", where=where, hint="is the name right?"
        ) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _resolve(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


def ascii_host(host: str | None) -> str:
    """A host's name as name services and servers know it."""
    host = host or ""
    return host if host.isascii() else host.encode("idna").decode()
