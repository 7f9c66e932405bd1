"""A program of the team's own as the candidate: long-lived processes, one JSON line in, one JSON line out."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.backends.command_child import CommandProcess, Died
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.options import read_options
from evalkit.backends.plain import plain_request, read_answer
from evalkit.backends.secrets import Secrets, read_key, secrets_around
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Candidate, Fault, Request

OPTIONS = {
    "command": (str, list),
    "cwd": (str,),
    "env": (dict,),
    "stays_local": (bool,),
}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""

SETTLE_S = 0.05
"""How long a fresh process is watched for dying at once, in seconds."""
MOST_FAILED_STARTS = 5
"""Processes in a row that die before they answer anything; a program that does so is broken, not unlucky."""


class Command:
    """Serves one candidate by as many processes as requests may be in flight."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._options = read_options(candidate, OPTIONS)
        self._stage = stage
        self._where = f"candidates.{candidate.name}.options.command"
        self._arguments = self._check_command()
        self._root = ((stage.root or Path.cwd()) / self._options.get("cwd", ".")).resolve()
        self._secrets = Secrets()
        self._idle: list[CommandProcess] = []
        self._all: set[CommandProcess] = set()
        self._started = False
        self._failed_starts = 0

    @property
    def capabilities(self) -> Capabilities:
        """Whatever the program can do; it is not known."""
        return Capabilities(streaming=False)

    async def start(self) -> Mapping[str, Any]:
        """Starts one process and sees that it does not die at once; others follow as they are needed."""
        key = read_key(self.candidate.api_key_env, where=f"candidates.{self.candidate.name}.api_key_env")
        self._secrets = Secrets([key, *secrets_around()])
        if not self._root.is_dir():
            place = f"candidates.{self.candidate.name}.options.cwd"
            raise UnavailableError(f"there is no folder {self._root}", where=place)
        first = await self._launch()
        await asyncio.sleep(SETTLE_S)
        if first.ended:
            said = await first.last_words()
            await self.close()
            raise UnavailableError(f"the program ends at once: {said}", where=self._where)
        self._idle.append(first)
        self._started = True
        return {"command": self._secrets.mask(shlex.join(self._arguments)), "one_request_per_process": True}

    async def ask(self, request: Request) -> Answer:
        """One line to an idle process, one line back. A process that fails in any way is not used again.

        Raises:
            Fault: The process died (`crashed`), or gave back what is no answer.
        """
        if not self._started:
            raise Fault("connection_failed", "the backend is not started")
        child = await self._take_process()
        began = time.perf_counter()
        try:
            given = await child.exchange(plain_request(request, self.candidate))
        except Died as error:
            await self._drop_process(child)
            self._failed_starts += not child.answered
            raise Fault("crashed", await child.last_words()) from error
        except BaseException:
            # Cancelled, out of time or out of step: a late answer would be taken for the next request's.
            await self._drop_process(child)
            raise
        self._failed_starts = 0
        self._idle.append(child)
        try:
            answer = read_answer(given, latency_s=time.perf_counter() - began)
        except Fault as fault:
            raise self._secrets.mask_fault(fault) from None
        return self._secrets.mask_answer(answer)

    async def close(self) -> None:
        """Ends every process: end of its input first, then the signals."""
        self._started = False
        children, self._all, self._idle = self._all, set(), []
        await asyncio.gather(*(child.stop() for child in children))

    async def _take_process(self) -> CommandProcess:
        while self._idle:
            child = self._idle.pop()
            if not child.ended:
                return child
            await self._drop_process(child)
        if self._failed_starts >= MOST_FAILED_STARTS:
            raise Fault(
                "rejected", f"the program died {self._failed_starts} times before any answer: given up"
            )
        try:
            return await self._launch()
        except UnavailableError as error:
            raise Fault("crashed", error.message) from error

    async def _drop_process(self, child: CommandProcess) -> None:
        self._all.discard(child)
        await child.stop(patient=False)

    async def _launch(self) -> CommandProcess:
        log = self._stage.log_dir / f"{self.candidate.name}.log" if self._stage.log_dir else None
        try:
            child = await CommandProcess.launch(
                self._arguments, self._root, self._options.get("env", {}), self._secrets, log
            )
        except OSError as error:
            raise UnavailableError(
                f"{self._arguments[0]} cannot be started: {error.strerror}", where=self._where
            ) from error
        self._all.add(child)
        return child

    def _check_command(self) -> list[str]:
        given = self._options.get("command")
        try:
            arguments = shlex.split(given) if isinstance(given, str) else [str(part) for part in given or ()]
        except ValueError as error:
            raise ConfigError(f"the command cannot be read: {error}", where=self._where) from error
        if not arguments:
            raise ConfigError(
                "command is missing", where=self._where, hint="such as `command: [python, router.py]`"
            )
        if not Path(arguments[0]).parent.name and shutil.which(arguments[0]) is None:
            raise ConfigError(
                f"there is no program {arguments[0]!r} on the path",
                where=self._where,
                hint="is it installed?",
            )
        return arguments
