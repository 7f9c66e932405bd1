"""A Python function of the team's own as the candidate: `module:function`, plain or async."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import platform
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.options import read_options
from evalkit.backends.plain import plain_request, read_answer
from evalkit.backends.secrets import Secrets, read_key, secrets_around
from evalkit.errors import ConfigError, UnavailableError, near_names
from evalkit.records import Answer, Candidate, Fault, Request, content_hash

OPTIONS = {"stays_local": (bool,), "arguments": (dict,)}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""


class PythonFunction:
    """Serves one candidate by calling a function with each request."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._options = read_options(candidate, OPTIONS)
        self._root = (stage.root or Path.cwd()).resolve()
        self._where = f"candidates.{candidate.name}.model"
        self._module, _, self._name = candidate.model.partition(":")
        if not self._module or not self._name:
            raise ConfigError(
                f"model must name a function as module:function, not {candidate.model!r}",
                where=self._where,
                hint="such as `model: triage.router:answer`",
            )
        self._function: Callable[..., Any] | None = None
        self._secrets = Secrets()

    @property
    def capabilities(self) -> Capabilities:
        """Whatever the function can do; it is not known."""
        return Capabilities(streaming=False)

    async def start(self) -> Mapping[str, Any]:
        """Imports the module, with the project's folder on the path, in a thread: it may load weights."""
        key = read_key(self.candidate.api_key_env, where=f"candidates.{self.candidate.name}.api_key_env")
        self._secrets = Secrets([key, *secrets_around()])
        self._function = await asyncio.to_thread(self._find_function)
        return {"function": self.candidate.model, "source_hash": self._source_hash(), **_python()}

    async def ask(self, request: Request) -> Answer:
        """One call. A plain function runs in a thread of its own; past the time limit it is left behind.

        Raises:
            Fault: The function raised, or gave back what is no answer.
        """
        if self._function is None:
            raise Fault("connection_failed", "the backend is not started")
        asked = plain_request(request, self.candidate)
        began = time.perf_counter()
        try:
            given = await self._called(asked)
            answer = read_answer(given, latency_s=time.perf_counter() - began)
        except Fault as fault:
            raise self._secrets.mask_fault(fault) from fault.__cause__
        except TimeoutError as error:
            raise Fault("timed_out", self._secrets.mask(str(error))) from error
        except Exception as error:  # a team's own code raises what it likes
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise Fault("crashed", self._secrets.mask(told)[:300]) from error
        return self._secrets.mask_answer(answer)

    async def close(self) -> None:
        """Lets go of the function."""
        self._function = None

    async def _called(self, asked: dict[str, Any]) -> Any:
        assert self._function is not None  # noqa: S101 - ask has looked
        more = self._options.get("arguments", {})
        if inspect.iscoroutinefunction(self._function):
            return await self._function(asked, **more)
        given = await _in_thread(self._function, asked, more)
        return await given if inspect.isawaitable(given) else given

    def _find_function(self) -> Callable[..., Any]:
        if str(self._root) not in sys.path:
            sys.path.insert(0, str(self._root))
        try:
            module = importlib.import_module(self._module)
        except Exception as error:  # a module runs code of its own when it is imported
            told = self._secrets.mask(f"{type(error).__name__}: {error}")
            raise UnavailableError(
                f"the module {self._module!r} cannot be imported: {told}",
                where=self._where,
                hint=f"it is looked for in {self._root} and in the environment",
            ) from error
        target: Any = module
        for part in self._name.split("."):
            if not hasattr(target, part):
                hint = near_names(part, [n for n in vars(target) if not n.startswith("_")])
                raise ConfigError(f"{self._module!r} has no {part!r}", where=self._where, hint=hint)
            target = getattr(target, part)
        if not callable(target):
            raise ConfigError(f"{self.candidate.model!r} cannot be called", where=self._where)
        return target  # type: ignore[no-any-return]  # foreign objects enter here

    def _source_hash(self) -> str | None:
        """Of the module's file: it tells two states of a team's system apart, in the manifest."""
        file = getattr(sys.modules.get(self._module), "__file__", None)
        try:
            return content_hash(Path(file).read_text(encoding="utf-8")) if file else None
        except (OSError, UnicodeDecodeError):
            return None


async def _in_thread(function: Callable[..., Any], asked: dict[str, Any], more: Mapping[str, Any]) -> Any:
    """The function's result from a daemon thread: one that hangs must not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        elif isinstance(error, Exception) and not isinstance(error, StopIteration):
            future.set_exception(error)
        else:  # a future takes no StopIteration, and SystemExit would end the run
            future.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))

    def work() -> None:
        result, error = None, None
        try:
            result = context.run(function, asked, **more)
        except BaseException as raised:  # noqa: BLE001 - handed to the loop's thread
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True).start()
    return await future


def _python() -> dict[str, str]:
    return {"python": platform.python_version()}
