"""Fetches a public file of weights from the Hugging Face hub: goes on after a cut, and checks the hash.

No token is sent. The hash is the one that the hub announces of the file, so it finds a cut or damaged copy;
that the hub holds the right file is taken on trust.
"""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from evalkit.errors import UnavailableError
from evalkit.models.cache import digest
from evalkit.models.catalogue import Hub
from evalkit.models.ranged import PATIENCE_S, Progress, append, part_of

ENDPOINT_VARIABLE = "HF_ENDPOINT"
"""Environment variable that names a mirror, as Hugging Face's own tools read it."""
DEFAULT_ENDPOINT = "https://huggingface.co"


def fetch(origin: Hub, path: Path, progress: Progress) -> str:
    """Brings the file to `path`, whole or not at all; returns its SHA-256.

    What came before a cut is kept beside it, under the hash of the whole, and the next call goes on there.

    Raises:
        UnavailableError: The hub cannot be reached, or what came is not what it announced.
    """
    endpoint = os.environ.get(ENDPOINT_VARIABLE, DEFAULT_ENDPOINT).rstrip("/")
    url = f"{endpoint}/{origin.repository}/resolve/{origin.revision}/{origin.file_name}"
    try:
        sha256, size = _fetch_announced(url)
        part = part_of(path, sha256)
        append(url, size, part, progress)
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(
            f"{origin.file_name} cannot be fetched from {origin.repository}: {error}",
            hint="is there a connection? another pull goes on where this one ended",
        ) from error
    progress(f"checking {path.name}")
    found = digest(part)
    if found != sha256:
        part.unlink()
        raise UnavailableError(
            f"{origin.file_name} hashes to {found[:16]}…, not to what the hub announced",
            hint="what came was dropped; another pull starts anew",
        )
    part.replace(path)
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The hub announces hash and size in its redirect to where the bytes lie."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetch_announced(url: str) -> tuple[str, int]:
    """SHA-256 and size of the file, as the hub says."""
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - the hub's address, or the user's mirror
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE_S) as response:
            headers = response.headers
    except urllib.error.HTTPError as answer:
        if not 300 <= answer.code < 400:
            raise
        headers = answer.headers
    etag = (headers.get("X-Linked-Etag") or headers.get("ETag") or "").strip('"')
    size = headers.get("X-Linked-Size") or headers.get("Content-Length") or ""
    if not re.fullmatch("[0-9a-f]{64}", etag) or not size.isdecimal():
        raise UnavailableError(f"{url} announces no hash of its file", hint="fetch it by hand, name its path")
    return etag, int(size)
