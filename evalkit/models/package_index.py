"""Where a wheel lies on the user's own package index, so that it can be fetched by range.

The catalogue pins the wheel's hash, so nothing has to be resolved: whichever index has that file will do.
Where this module finds nothing, the package client fetches in its own way: an index in a folder, `.netrc`, a
keyring and client certificates are known to it alone.
"""

from __future__ import annotations

import ast
import http.client
import importlib.util
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from evalkit.models.catalogue import Wheel
from evalkit.models.ranged import PATIENCE_S, Source

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
"""The simple repository API: PEP 691 where the index has it, else the pages of PEP 503."""
_FALSE = {"", "0", "false", "no", "off", "n", "f"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What pip's files and variables say of the index."""

    indexes: tuple[str, ...] = field(default=(), repr=False)
    """Addresses in pip's order, with the credentials that stand in them."""
    proxy: str | None = field(default=None, repr=False)
    """None takes those of the environment."""
    certificates: str | None = None
    """File or folder of trusted authorities; None takes the system's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One file of a package, as an index lists it."""

    name: str
    url: str
    sha256: str | None
    """None where the index does not say it."""
    size: int | None
    """In bytes."""


def find(wheel: Wheel) -> Source | None:
    """Where the wheel can be had over HTTP; None where that cannot be learnt."""
    if importlib.util.find_spec("pip"):
        return _on_indexes(wheel, pip_settings())
    if uv := shutil.which("uv"):
        return _by_uv(wheel, uv)
    return None


def without_credentials(text: str) -> str:
    """The text with the user's part of every address in it left out."""
    bare = re.sub(r"://\S*@", "://", text)
    return re.sub(r"(?<![\w/:.])[^\s:/@]+:[^\s@/]+@", "", bare)  # without a scheme, as a proxy may be given


def pip_settings() -> Settings:
    """What pip itself says of its files and variables: environment before `download` before `global`."""
    values: dict[str, str] = {}
    for line in _said([sys.executable, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        if value.startswith(("'", '"')):
            values[name] = str(ast.literal_eval(value))

    def of(option: str) -> str:
        names = (f":env:.{option}", f"download.{option}", f"global.{option}")
        return next((values[n] for n in names if n in values), "").strip()

    if of("no-index").lower() not in _FALSE:
        return Settings()
    first = of("index-url") or _default_index()
    return Settings(
        indexes=(*first.split(), *of("extra-index-url").split()),
        proxy=of("proxy") or None,
        certificates=of("cert") or None,
    )


def _default_index() -> str:
    """What pip takes when nothing is set: distributions of Python change it, so its own help is asked."""
    wide = {**os.environ, "COLUMNS": "1000"}
    told = _said([sys.executable, "-m", "pip", "download", "--help"], environment=wide)
    found = re.search(r"--index-url <url>\s.*?\(default (\S+)\)", told)
    return found[1] if found else ""


def _on_indexes(wheel: Wheel, settings: Settings) -> Source | None:
    for address in settings.indexes:
        try:
            if urlsplit(address).scheme not in ("http", "https"):
                continue
            opener = _opener(settings)
            if (found := _on_index(wheel, address, opener)) is not None:
                return found
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
            continue  # the next one may have it; else the package client says what is wrong
    return None


def _on_index(wheel: Wheel, address: str, opener: urllib.request.OpenerDirector) -> Source | None:
    project = re.sub(r"[-_.]+", "-", wheel.package).lower()
    url, authorization = _split(f"{address.rstrip('/')}/{project}/")
    request = urllib.request.Request(url, headers={"Accept": ACCEPT})  # noqa: S310 - http(s), as the user set it
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    with opener.open(request, timeout=PATIENCE_S) as page:
        text, base = page.read().decode("utf-8"), page.url
        listed = _of_json(text, base) if "json" in page.headers.get_content_type() else _of_page(text, base)
    link = _pick(list(listed), wheel)
    if link is None or urlsplit(link.url).scheme not in ("http", "https"):
        return None
    where, own = _split(link.url)
    # As pip does: what opens the index opens the files beside it, and goes to no other host.
    beside = urlsplit(where)[:2] == urlsplit(url)[:2]
    return Source(
        url=where, size=link.size, authorization=own or (authorization if beside else None), opener=opener
    )


def _pick(links: list[Link], wheel: Wheel) -> Link | None:
    """The one with the hash, else the only one of that version whose hash is not said."""
    stem = f"{re.sub('[-_.]+', '_', wheel.package).lower()}-{wheel.version}-"
    exact = [link for link in links if link.sha256 == wheel.sha256]
    unsaid = [
        n for n in links if not n.sha256 and n.name.lower().startswith(stem) and n.name.endswith(".whl")
    ]
    if exact:
        return exact[0]
    return unsaid[0] if len(unsaid) == 1 else None


def _of_json(text: str, base: str) -> Iterator[Link]:
    for file in json.loads(text)["files"]:
        yield Link(
            name=file["filename"],
            url=urljoin(base, file["url"]),
            sha256=file.get("hashes", {}).get("sha256"),
            size=file.get("size"),
        )


def _of_page(text: str, base: str) -> Iterator[Link]:
    page = _Page()
    page.feed(text)
    for address in page.addresses:
        url, _, fragment = urljoin(base, address).partition("#")
        hashed = re.fullmatch("sha256=([0-9a-f]{64})", fragment)
        name = unquote(urlsplit(url).path).rpartition("/")[2]
        yield Link(name=name, url=url, sha256=hashed[1] if hashed else None, size=None)


class _Page(HTMLParser):
    """The addresses that a page of PEP 503 links to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes the address of an anchor."""
        if tag == "a" and (address := dict(attrs).get("href")):
            self.addresses.append(address)


def _by_uv(wheel: Wheel, uv: str) -> Source | None:
    """By uv's lock of that one package, which says address, hash and size; a uv before 2025 writes none."""
    options = ["--no-deps", "--no-header", "--quiet", "--format", "pylock.toml", "--python", sys.executable]
    lock = _said([uv, "pip", "compile", *options, "-"], given=f"{wheel.package}=={wheel.version}\n")
    try:
        listed = [file for package in tomllib.loads(lock)["packages"] for file in package["wheels"]]
        found: Mapping[str, Any] = next(f for f in listed if f["hashes"].get("sha256") == wheel.sha256)
        url, authorization = _split(found["url"])
    except (ValueError, KeyError, StopIteration):
        return None
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    return Source(url=url, size=found.get("size"), authorization=authorization)


def _split(address: str) -> tuple[str, str | None]:
    """The address without credentials, and the header that they make."""
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, None
    name, _, password = user.partition(":")
    pair = f"{unquote(name)}:{unquote(password)}".encode()
    return urlunsplit(parts._replace(netloc=host)), f"Basic {b64encode(pair).decode()}"


def _opener(settings: Settings) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = []
    if settings.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": settings.proxy, "https": settings.proxy}))
    if settings.certificates:
        trusted = Path(settings.certificates).expanduser()
        context = (
            ssl.create_default_context(capath=trusted)
            if trusted.is_dir()
            else ssl.create_default_context(cafile=trusted)
        )
        handlers.append(urllib.request.HTTPSHandler(context=context))
    return urllib.request.build_opener(*handlers)


def _said(command: list[str], *, given: str = "", environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; empty where it fails."""
    done = subprocess.run(  # noqa: S603 - fixed words
        command, input=given, capture_output=True, text=True, check=False, env=environment
    )
    return "" if done.returncode else done.stdout
