"""Which lm-eval tasks cannot be suites, and why: told from the task's file, before its data is fetched.

A task whose success would mean something else here than in lm-eval is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from evalkit.errors import SuiteError
from evalkit.lm_eval_bridge.likelihood import OUTPUT_TYPES

Keys = Mapping[str, Any]
"""A task's configuration, by lm-eval's names."""


def refuse(keys: Keys, source: str) -> None:
    """Nothing, where a task of these keys can be a suite.

    Raises:
        SuiteError: It cannot; says why, and what runs it.
    """
    for reason, hint in _refusals(keys):
        raise SuiteError(reason, where=source, hint=hint)


def refuse_group(names: Iterable[str], source: str) -> NoReturn:
    """Says which tasks a group holds.

    Raises:
        SuiteError: Always: a suite is one task.
    """
    listed = sorted(names)
    raise SuiteError(
        f"this names a group of {len(listed)} tasks, and a suite is one",
        where=source,
        hint="name one of them: " + ", ".join(listed[:8]) + (", …" if len(listed) > 8 else ""),
    )


def group_members(keys: Keys) -> tuple[str, ...] | None:
    """The tasks of a group's file; None for a single task's."""
    if "group" not in keys or not isinstance(keys.get("task"), list):
        return None
    return tuple(m if isinstance(m, str) else str(m.get("task") or m.get("group")) for m in keys["task"])


def _refusals(keys: Keys) -> Iterator[tuple[str, str]]:
    name, output = keys.get("task"), keys.get("output_type") or "generate_until"
    if output != "generate_until" and output not in OUTPUT_TYPES:
        yield (
            f"the task {name!r} needs {output}: it measures how likely whole texts are, and judges no answer",
            f"`lm-eval run --model hf --model_args pretrained=… --tasks {name}` runs it (vllm too)",
        )
    if keys.get("doc_to_image") or keys.get("doc_to_audio"):
        yield f"the task {name!r} shows images or sounds, and evalkit sends text", "choose a text task"
    if keys.get("unsafe_code"):
        yield (
            f"the task {name!r} executes what the model writes, and evalkit never does",
            "run it with lm-eval itself, in a sandbox",
        )
    if (keys.get("repeats") or 1) > 1:
        yield (
            f"the task {name!r} scores {keys['repeats']} answers together, and evalkit each by itself",
            "set `repeats: 1` in a copy of the task, and ask evalkit for repeats",
        )
