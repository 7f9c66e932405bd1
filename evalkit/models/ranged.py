"""A file over HTTP that goes on where it was cut: what came is a part, the rest is asked for by range."""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.request import OpenerDirector, Request, build_opener

BLOCK = 1 << 20
PATIENCE_S = 30.0
"""How long a server may be silent, in seconds."""

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where the bytes of one file come from."""

    url: str
    """Without credentials: an error may show it."""
    size: int | None = None
    """Of the whole, in bytes; None where only the answer says it."""
    authorization: str | None = field(default=None, repr=False)
    """Value of that header; it goes to the address above and follows no redirect."""
    opener: OpenerDirector = field(default_factory=build_opener, repr=False)
    """Proxies and certificates."""


def part_of(path: Path, sha256: str) -> Path:
    """Where the part of a file lies: beside it, under the hash of the whole, so that two wholes never mix."""
    return path.with_name(f".{sha256[:16]}.part")


def append(source: Source, part: Path, progress: Progress) -> None:
    """Fetches what is missing of the part; an answer with the whole file starts it anew.

    Raises:
        OSError, http.client.HTTPException: No connection, a refusal, or a cut; what came stays in the part.
    """
    have = size_of(part)
    if source.size is not None and have >= source.size:
        return
    try:
        response = source.opener.open(_request(source, have), timeout=PATIENCE_S)
    except urllib.error.HTTPError as answer:
        if have and answer.code == 416:
            # Nothing lies beyond what is here: the hash says whether it is the whole.
            answer.close()
            return
        raise
    with response:
        goes_on = have > 0 and response.status == 206
        size = source.size or _whole(response)
        if goes_on:
            progress(f"going on at {have / 1e6:.0f}{_of(size)} MB")
        with part.open("ab" if goes_on else "wb") as out:
            _copy(response, out, size, progress)
    if size and size_of(part) < size:
        raise ConnectionError(f"the connection was cut at {size_of(part) / 1e6:.0f}{_of(size)} MB")


def size_of(part: Path) -> int:
    """What has come of it, in bytes."""
    return part.stat().st_size if part.exists() else 0


def _request(source: Source, have: int) -> Request:
    request = Request(source.url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - callers' own
    if source.authorization:
        request.add_unredirected_header("Authorization", source.authorization)
    return request


def _whole(response: Any) -> int | None:
    """The size of the whole file in bytes, as the answer tells it."""
    if response.status == 206:
        told = re.search(r"/(\d+)$", response.headers.get("Content-Range") or "")
        return int(told[1]) if told else None
    length = response.headers.get("Content-Length") or ""
    return int(length) if length.isdecimal() else None


def _copy(response: Any, out: IO[bytes], size: int | None, progress: Progress) -> None:
    done, told = out.tell(), 0
    # `read1` and `flush`: what has come is on the disk when the connection is cut or this process is killed.
    while block := response.read1(BLOCK):
        out.write(block)
        out.flush()
        done += len(block)
        if size and (tenths := 10 * done // size) > told:
            told = tenths
            progress(f"{done / 1e6:.0f}{_of(size)} MB")


def _of(size: int | None) -> str:
    return f" of {size / 1e6:.0f}" if size else ""
