"""Which hosts and addresses a `local_only` suite may be sent to.

A listed name vouches for addresses of private networks alone: one that turns out to be public has to be
listed as an address or a network of its own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: carriers and overlay networks
        "169.254.0.0/16", "fe80::/10",  # link-local
        "fc00::/7",  # RFC 4193
    )
)  # fmt: skip


_MAPPED_BITS = 96
"""Bits before the IPv4 address in an IPv6 address that maps one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """Where a run with a `local_only` suite may connect to: this machine, and what is listed."""

    private_hosts: tuple[str, ...] = ()
    """Host names, addresses, or networks such as `10.1.0.0/16`, as the project lists them."""

    def names(self, host: str | None) -> bool:
        """Whether the host may be resolved at all: this machine, or listed."""
        if not host:
            return False
        address = _address(host)
        if address is not None:
            return address.is_loopback or self._lists(address)
        return bare_host(host) == "localhost" or bare_host(host) in map(bare_host, self.private_hosts)

    def admits(self, host: str, text: str) -> bool:
        """Whether a connection may go to this address, as one that the host's name gave."""
        address = _address(text)
        if address is None or not self.names(host):
            return False
        if address.is_loopback or self._lists(address):
            return True
        return bare_host(host) != "localhost" and _is_within(address, _PRIVATE_NETWORKS)

    def _lists(self, address: IpAddress) -> bool:
        return _is_within(address, [n for n in map(_network, self.private_hosts) if n is not None])


def bare_host(host: str) -> str:
    """The host as it is compared: without case and without a closing dot."""
    return host.rstrip(".").lower()


def _address(text: str) -> IpAddress | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(text: str) -> IpNetwork | None:
    try:
        network = ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:
        return ipaddress.ip_network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _is_within(address: IpAddress, networks: Sequence[IpNetwork]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
