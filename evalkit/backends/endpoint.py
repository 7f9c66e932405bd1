"""A candidate's endpoint: checked address, key, how it is reached, and what to say when it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from evalkit.backends.http import ConnectionLimits, Server, Transport
from evalkit.backends.interface import Stage
from evalkit.backends.options import Kinds
from evalkit.backends.pinning import PinnedResolver, ascii_host, pin
from evalkit.backends.secrets import Secrets, proxy_passwords, read_key
from evalkit.backends.wire import check_headers
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Candidate, Fault

OPTIONS: dict[str, Kinds] = {
    "headers": (dict,),
    "headers_env": (dict,),
    "body_env": (dict,),
    "connect_timeout_s": (int, float),
    "first_token_timeout_s": (int, float, type(None)),
    "trust_env": (bool,),
    "ca_file": (str,),
    "probe": (bool,),
}
"""Option -> allowed kinds, for every backend that asks a server of the user's."""

_NO_HOST = re.compile(r"[\s\x00-\x20\x7f]")

S = TypeVar("S", bound=Server)


class Endpoint:
    """What a candidate and its options say of its server."""

    def __init__(
        self,
        candidate: Candidate,
        options: Mapping[str, Any],
        stage: Stage,
        *,
        default_url: str | None = None,
    ) -> None:
        self.candidate = candidate
        self.secrets = Secrets(proxy_passwords() if options.get("trust_env") else ())
        self.body_keys: Mapping[str, str] = {}
        """Fields of the body that hold keys; read when the server is opened."""
        self._options = options
        self._stage = stage
        self._resolver: PinnedResolver | None = None
        self.base_url = _check_url(candidate, default_url)
        self._plain_headers = _check_headers(candidate, options.get("headers", {}))

    def keys(
        self, header_variables: Mapping[str, str | None], *, where: str = "api_key_env"
    ) -> dict[str, str]:
        """The values of the named environment variables by header; they are masked from now on.

        Raises:
            UnavailableError: A variable is not set.
            ConfigError: A value cannot stand in a header.
        """
        found = self._values(header_variables, where)
        check_headers(found, where=f"candidates.{self.candidate.name}.{where}")
        return found

    def _values(self, variables: Mapping[str, str | None], where: str) -> dict[str, str]:
        place = f"candidates.{self.candidate.name}.{where}"
        found = {name: read_key(variable, where=place) for name, variable in variables.items()}
        self.secrets = Secrets([*self.secrets.values, *found.values()])
        return {name: key for name, key in found.items() if key is not None}

    async def check(self) -> None:
        """Resolves and checks the host where a `local_only` suite is asked; before anything is opened.

        Raises:
            ConfigError: The host is not private, or proxy variables would be read.
            UnavailableError: The host does not resolve.
        """
        guard = self._stage.guard
        if guard is None:
            return
        if self._options.get("trust_env"):
            raise ConfigError(
                "a local_only suite is not sent through proxies",
                where=f"candidates.{self.candidate.name}.options.trust_env",
                hint="leave the option out for this candidate",
            )
        self._resolver = await pin(self.base_url, guard, where=f"candidates.{self.candidate.name}.base_url")

    def open(self, kind: type[S], headers: Mapping[str, str], *, reuse: bool = True) -> S:
        """A client of the server; `check` comes first.

        Raises:
            UnavailableError: A variable that holds a key is not set.
        """
        options = self._options
        in_headers = self.keys(_names(options.get("headers_env", {})), where="options.headers_env")
        self.body_keys = self._values(_names(options.get("body_env", {})), "options.body_env")
        limits = ConnectionLimits(
            whole_s=self.candidate.timeout_s,
            connect_s=options.get("connect_timeout_s", 10.0),
            first_token_s=options.get("first_token_timeout_s"),
            connections=self._stage.connections(self.candidate),
            reuse=reuse,
        )
        route = Transport(
            trust_env=options.get("trust_env", False),
            ca_file=options.get("ca_file"),
            resolver=self._resolver,
        )
        return kind(
            self.base_url,
            headers={**self._plain_headers, **headers, **in_headers},
            secrets=self.secrets,
            limits=limits,
            route=route,
        )

    def unreachable(self, fault: Fault, hint: str) -> UnavailableError:
        """What to say when nothing answers: host and port, why, and the next step."""
        return UnavailableError(
            f"{place_of(self.base_url)} cannot be reached: {fault.message}",
            where=f"candidates.{self.candidate.name}.base_url",
            hint=hint,
        )

    def key_refused(self, status: int) -> UnavailableError:
        """What to say when the key is not taken."""
        variable = self.candidate.api_key_env
        hint = (
            f"check the value of {variable}"
            if variable
            else "name the environment variable that holds the key in api_key_env"
        )
        return UnavailableError(
            f"{self.base_url} refuses the key (HTTP {status})",
            where=f"candidates.{self.candidate.name}.base_url",
            hint=hint,
        )


def place_of(url: str) -> str:
    """Host and port of an address, as one would look for them."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{port}"


def _names(variables: Mapping[str, Any]) -> dict[str, str | None]:
    return {str(name): str(variable) for name, variable in variables.items()}


def _check_url(candidate: Candidate, default: str | None) -> str:
    where = f"candidates.{candidate.name}.base_url"
    url = candidate.base_url or default
    if not url:
        raise ConfigError("base_url is missing", where=where, hint="such as https://api.openai.com/v1")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where the port is no number
        ascii_host(parts.hostname).encode("idna")  # raises where no name service would be asked for it
    except ValueError as error:
        raise ConfigError(f"{url!r} is no http address: {error}", where=where) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or _NO_HOST.search(parts.hostname):
        raise ConfigError(f"{url!r} is no http address", where=where)
    return url.rstrip("/")


def _check_headers(candidate: Candidate, headers: Mapping[str, Any]) -> dict[str, str]:
    plain = {str(name): str(value) for name, value in headers.items()}
    check_headers(plain, where=f"candidates.{candidate.name}.options.headers")
    return plain
