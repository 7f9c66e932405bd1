"""A file over HTTP that goes on where it was cut: what came is a part, the rest is asked for by range."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.request import Request, build_opener

BLOCK = 1 << 20
PATIENCE_S = 30.0
"""How long a server may be silent, in seconds."""

Progress = Callable[[str], None]


def part_of(path: Path, sha256: str) -> Path:
    """Where the part of a file lies: beside it, under the hash of the whole, so that two wholes never mix."""
    return path.with_name(f".{sha256[:16]}.part")


def append(url: str, size: int, part: Path, progress: Progress) -> None:
    """Fetch what is missing of a file of `size` bytes; an answer with the whole file starts it anew.

    Raises:
        OSError, http.client.HTTPException: No connection, a refusal, or a cut; what came stays in the part.
    """
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - callers' own
    # A new opener: the proxies are those that the environment names now.
    with build_opener().open(request, timeout=PATIENCE_S) as response:
        goes_on = have > 0 and response.status == 206
        if goes_on:
            progress(f"going on at {have / 1e6:.0f} of {size / 1e6:.0f} MB")
        with part.open("ab" if goes_on else "wb") as out:
            done = _copy(response, out, size, progress)
    if done < size:
        raise ConnectionError(f"the connection was cut at {done / 1e6:.0f} of {size / 1e6:.0f} MB")


def _copy(response: Any, out: IO[bytes], size: int, progress: Progress) -> int:
    """Append what comes and report each tenth; return the size of the part then, in bytes."""
    done, told = out.tell(), 0
    # `read1` and `flush`: what has come is on the disk when the connection is cut or this process is killed.
    while block := response.read1(BLOCK):
        out.write(block)
        out.flush()
        done += len(block)
        if (tenths := 10 * done // size) > told:
            told = tenths
            progress(f"{done / 1e6:.0f} of {size / 1e6:.0f} MB")
    return done
