"""The files that a vLLM candidate names: weights, a LoRA adapter, a chat template."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from evalkit.backends.files import SHIPPED_TEMPLATES, hash_of
from evalkit.backends.interface import Stage
from evalkit.backends.options import path_under
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Candidate, content_hash

ADAPTER_CONFIG = "adapter_config.json"
"""What PEFT writes beside an adapter's weights."""
RANKS = (16, 32, 64, 128, 256, 320, 512)
"""The bounds that vLLM knows for an adapter's rank; the first is what it takes unasked."""
ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
_DECIDES_NOTHING = (".md", ".gitattributes", ".gitignore", ".lock", ".metadata")
"""Ends of the names of files beside weights that change no answer."""


class VllmFiles:
    """Paths of one candidate; relative ones begin at the project's folder."""

    def __init__(self, candidate: Candidate, stage: Stage, options: Mapping[str, Any]) -> None:
        self._candidate = candidate
        self._options = options
        self._root = stage.root or Path.cwd()
        self._cache_dir = stage.cache_dir

    @property
    def model(self) -> str:
        """The path of the weights where they are, else the name that the settings give."""
        path = path_under(self._root, self._candidate.model)
        return str(path) if path.exists() else self._candidate.model

    @property
    def template(self) -> str:
        """The path of the chat template; empty takes the model's own.

        Raises:
            ConfigError: There is no such file.
        """
        name = self._options.get("chat_template", "model")
        if name == "model":
            return ""
        if name == "tools":
            return str(files("evalkit.backends").joinpath("tool_chat.jinja"))
        path = path_under(self._root, name)
        if not path.is_file():
            raise ConfigError(
                f"the chat template {name!r} cannot be read",
                where=self._where("options.chat_template"),
                hint="`model`, `tools`, or the path of a jinja file",
            )
        return str(path)

    @property
    def adapter(self) -> str | None:
        """The folder of the adapter."""
        name = self._options.get("adapter")
        return None if name is None else str(path_under(self._root, name))

    @property
    def adapter_rank(self) -> int:
        """The least bound of vLLM's that admits the adapter's rank.

        Raises:
            UnavailableError: The folder is not there, or holds no LoRA adapter that vLLM can serve.
        """
        folder = Path(self.adapter or "")
        where = self._where("options.adapter")
        hint = f"the folder that PEFT writes, with {ADAPTER_CONFIG} in it"
        try:
            told = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
            kind, rank = told["peft_type"], max([told["r"], *(told.get("rank_pattern") or {}).values()])
        except OSError as error:
            raise UnavailableError(
                f"{folder} is no adapter: {ADAPTER_CONFIG} cannot be read ({error.strerror})",
                where=where,
                hint=hint,
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnavailableError(
                f"{folder / ADAPTER_CONFIG} does not say `peft_type` and `r`", where=where, hint=hint
            ) from error
        bound = next((known for known in RANKS if isinstance(rank, int) and 0 < rank <= known), None)
        if not any((folder / name).is_file() for name in ADAPTER_WEIGHTS):
            raise UnavailableError(
                f"{folder} holds no weights of an adapter: {' or '.join(ADAPTER_WEIGHTS)}",
                where=where,
                hint=hint,
            )
        if kind != "LORA" or bound is None:
            raise UnavailableError(
                f"vLLM cannot serve the adapter {folder}: peft_type {kind!r} with rank {rank!r}",
                where=where,
                hint=f"a LoRA adapter of rank {RANKS[-1]} at most",
            )
        return bound

    def check(self) -> None:
        """All that is named is there.

        Raises:
            UnavailableError: Weights or adapter are not.
            ConfigError: The chat template cannot be read.
        """
        self._check_model()
        _ = self.template
        if self.adapter is not None:
            _ = self.adapter_rank

    def hashes(self) -> Mapping[str, str]:
        """Content hashes of weights, adapter and the user's template, by the names that the settings have."""
        names = [self._candidate.model, self._options.get("adapter"), self._options.get("chat_template")]
        paths = {n: path_under(self._root, n) for n in names if n is not None and n not in SHIPPED_TEMPLATES}
        return {name: self._hash(path) for name, path in paths.items() if path.exists()}

    def _hash(self, path: Path) -> str:
        """Of a file, or of a folder's files and those below it; one that cannot be read counts as such."""
        inside = [path] if path.is_file() else sorted(p for p in path.rglob("*") if not p.is_dir())
        kept = [p for p in inside if not p.name.endswith(_DECIDES_NOTHING) and ".git" not in p.parts]
        return content_hash([(str(p.relative_to(path)), hash_of(p, self._cache_dir)) for p in kept])

    def _check_model(self) -> None:
        named = self._candidate.model
        folder = path_under(self._root, named)
        where = self._where("model")
        if folder.is_dir() and not (folder / "config.json").is_file():
            raise UnavailableError(
                f"{folder} holds no config.json",
                where=where,
                hint="the folder of a model as Hugging Face lays it out",
            )
        looks_like_path = Path(named).is_absolute() or named.startswith((".", "~"))
        if looks_like_path and not folder.exists():
            raise UnavailableError(
                f"there is no folder of weights at {named!r}", where=where, hint="check the path"
            )
        if not folder.exists() and not self._options.get("download") and not _in_hub_cache(named):
            hint = "`options: {download: true}` lets vLLM fetch it; a folder is taken as it is"
            raise UnavailableError(f"the weights {named!r} are not on this machine", where=where, hint=hint)

    def _where(self, setting: str) -> str:
        return f"candidates.{self._candidate.name}.{setting}"


def _in_hub_cache(name: str) -> bool:
    """Whether the hub's cache on this machine holds a model of that name."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    return (cache / f"models--{name.replace('/', '--')}").is_dir()
