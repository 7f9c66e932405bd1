"""lm-eval's task objects, built without its index of all tasks where the name allows."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalkit.bounded.patterns import compile_pattern
from evalkit.errors import MissingPackageError, SuiteError, near_names
from evalkit.lm_eval_bridge.refusals import group_members, refuse, refuse_group
from evalkit.records import content_hash
from evalkit.suites.contract import TASK_FILES

FEW_SHOT_SEED = 1234
"""lm-eval's own default: the same examples are drawn as by `lm-eval run`."""

_NO_PART_OF_A_SCORE = frozenset(
    {"task", "task_alias", "tag", "metadata", "dataset_path", "dataset_name", "dataset_kwargs"}
)
"""Keys of a task that name or find it; what its documents hold is hashed itself."""


def require_lm_eval(needed_for: str) -> None:
    """Says what to install where lm-eval is not.

    Raises:
        MissingPackageError: lm-eval is not installed.
    """
    if importlib.util.find_spec("lm_eval") is None:
        raise MissingPackageError("lm_eval", needed_for=needed_for)


def hush() -> None:
    """Keeps lm-eval's advice out of our output, unless the user set its logging up.

    It warns of every failed request with the server's own words, which may repeat a key; our attempts record
    each failure once, without them.
    """
    logger = logging.getLogger("lm_eval")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.ERROR)


def locate(source: str, folder: Path | str | None = None) -> str:
    """The source as lm-eval is asked for it: a file's path from that folder, or a name as it is.

    Raises:
        SuiteError: There is no such file.
    """
    if not source.endswith(TASK_FILES):
        return source
    path = Path(folder or ".", source).expanduser().resolve()
    if not path.is_file():
        beside = (p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else ()
        raise SuiteError("there is no such task file", where=str(path), hint=near_names(path.name, beside))
    return str(path)


def load_task(source: str) -> Any:
    """The lm-eval task object of a suite.

    Raises:
        MissingPackageError: lm-eval is not installed.
        SuiteError: No such task, one that cannot be built, or one that is refused.
    """
    require_lm_eval(f"the lm-eval task {source!r}")
    changed_ns = Path(source).stat().st_mtime_ns if source.endswith(TASK_FILES) else 0
    return _load_cached(source, changed_ns)


@lru_cache(maxsize=16)
def _load_cached(source: str, _changed_ns: int) -> Any:
    """Built once, and again when its file changed."""
    task = _build_task(source)
    # A task that is a Python class says only now what it needs.
    refuse({**vars(task.config), "output_type": task.OUTPUT_TYPE}, source)
    return task


class _BoundedRe:
    """Python's `re` as a module sees it, what it matches by patterns of tasks kept within limits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(re, name)

    def compile(self, pattern: str, flags: int = 0) -> Any:
        inline = "".join(letter for letter, flag in _INLINE.items() if flags & flag)
        try:
            return compile_pattern(f"(?{inline}){pattern}" if inline else pattern)
        except ValueError:  # too large for the engine, or wrong: as lm-eval has it
            return re.compile(pattern, flags)

    def sub(self, pattern: str, repl: Any, text: str, count: int = 0, flags: int = 0) -> Any:
        return self.compile(pattern, flags).sub(repl, text, count)

    def findall(self, pattern: str, text: str, flags: int = 0) -> Any:
        return self.compile(pattern, flags).findall(text)

    def search(self, pattern: str, text: str, flags: int = 0) -> Any:
        return self.compile(pattern, flags).search(text)


_INLINE = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "a": re.ASCII}
_WITH_PATTERNS = ("lm_eval.filters.extraction", "lm_eval.filters.transformation", "lm_eval.api.metrics")


def bound_patterns() -> None:
    """Keep the patterns of lm-eval's filters and metrics within limits: a task may be anyone's.

    Python's `re` holds every thread while it matches, and no signal ends it.
    """
    for name in _WITH_PATTERNS:
        vars(importlib.import_module(name))["re"] = _BoundedRe()


def draw_anew(task: Any) -> None:
    """Sets the few-shot draw to its beginning, so that the same documents always get the same examples."""
    task.set_fewshot_seed(FEW_SHOT_SEED)


def definition(task: Any) -> str:
    """Hash of all that decides prompt and score: the task's keys, its functions' source and its documents."""
    config = {k: v for k, v in vars(task.config).items() if k not in _NO_PART_OF_A_SCORE and v is not None}
    return content_hash(_plain(config), [_plain(dict(doc)) for doc in task.eval_docs])


def _build_task(source: str) -> Any:
    from lm_eval.tasks import TaskManager

    hush()
    bound_patterns()
    file = source if source.endswith(TASK_FILES) else _shipped_file(source)
    manager = TaskManager(include_defaults=file is None)
    _check_keys(_keys(file, source) if file else _index_tasks(manager, source), source)
    try:
        with _no_bars():
            tasks = manager.load([file or source])["tasks"]
    except Exception as error:  # lm-eval, its tasks and their data loaders raise what they like
        raise SuiteError(f"lm-eval cannot build this task: {_short(error)}", where=source) from error
    if len(tasks) != 1:
        refuse_group(tasks, source)
    return next(iter(tasks.values()))


def _check_keys(keys: Mapping[str, Any], source: str) -> None:
    """Refuses what the file shows to be no suite, before its data is fetched."""
    members = group_members(keys)
    if members is not None:
        refuse_group(members, source)
    if "class" not in keys:
        refuse(keys, source)


def _keys(file: str, source: str) -> Mapping[str, Any]:
    from lm_eval.tasks._yaml_loader import load_yaml

    try:
        return dict(load_yaml(file, resolve_func=False))
    except Exception as error:  # broken YAML, a missing include
        raise SuiteError(f"lm-eval cannot read this task: {_short(error)}", where=source) from error


def _index_tasks(manager: Any, name: str) -> Mapping[str, Any]:
    entry = manager.task_index.get(name)
    if entry is None:
        raise SuiteError(f"lm-eval has no task {name!r}", hint=near_names(name, manager.all_tasks))
    if entry.kind.name == "TAG":
        refuse_group(entry.tags, name)
    return entry.cfg or {}


@contextmanager
def _no_bars() -> Iterator[None]:
    """Without the progress bars of `datasets`, which would tear our own apart."""
    import datasets

    if datasets.are_progress_bars_disabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()


def _shipped_file(name: str) -> str | None:
    """The file of that name among lm-eval's own tasks: most tasks stand in a file of their name."""
    import lm_eval.tasks

    found = Path(lm_eval.tasks.__path__[0]).rglob(f"{name}.yaml")
    naming = [file for file in found if _names(file, name)]
    return str(naming[0]) if len(naming) == 1 else None


def _names(file: Path, name: str) -> bool:
    return any(line.split("#")[0].strip() == f"task: {name}" for line in file.read_text("utf-8").splitlines())


def _plain(value: Any) -> Any:
    """JSON values, functions as their source: their address would differ with every start."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if callable(value):
        return _source(value)
    if hasattr(value, "__dataclass_fields__"):
        return _plain(vars(value))
    return _plain(list(value)) if isinstance(value, Iterable) else str(value)


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except (TypeError, OSError):
        return str(getattr(function, "__qualname__", type(function).__qualname__))


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
