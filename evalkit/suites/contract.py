"""suite.yaml made into a suite without items, with every fault of its meaning."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evalkit.documents import (
    MarkedYaml,
    dotted,
    read_document,
    read_marked_yaml,
    read_shipped_schema,
    shape_problems,
)
from evalkit.errors import near_names
from evalkit.records import Contract, Problem, Prompt, Stakes, Suite
from evalkit.suites.inside import HINT, is_inside

SUITE_FILE = "suite.yaml"
ITEM_FILES = ("items.jsonl", "items.csv", "items.parquet")
"""Where items are looked for, in this order, when suite.yaml names no file."""

TASK_FILES = (".yaml", ".yml")
"""How the name of an lm-eval task's file ends; any other name is of a task that lm-eval ships."""

LM_EVAL = "lm_eval"
"""The family of suites that are lm-eval tasks."""

_NOT_WITH_A_TASK = frozenset(
    {
        "items",
        "labels",
        "multi_label",
        "out_of_scope",
        "prompt",
        "prompts",
        "schema",
        "scorer",
        "target_format",
        "tools",
    }
)
"""Keys that an lm-eval task answers itself."""


_APART = frozenset({"description", "version", "stakes", "scorer", "prompt", "prompts"})
"""Keys that have no part in what an item or its target must be like."""


@dataclass(frozen=True, kw_only=True)
class SuiteFile:
    """What suite.yaml says."""

    suite: Suite | None
    """The suite without its items; None when the file is too broken to say."""
    items_path: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    yaml: MarkedYaml
    problems: tuple[Problem, ...] = ()


def read_suite_file(folder: Path, *, anywhere: bool = False) -> SuiteFile:
    """The contract of the suite in this folder, with every fault of suite.yaml.

    Args:
        folder: The suite's folder.
        anywhere: Whether its files may lie outside of it.
    """
    path = folder / SUITE_FILE
    if not anywhere and not is_inside(folder, SUITE_FILE):
        away = Problem(message="this link leads out of the suite's folder", hint=HINT, file=str(path))
        return SuiteFile(suite=None, yaml=MarkedYaml(value=None), problems=(away,))
    read = read_marked_yaml(path)
    if read.problems and read.value is None:
        return SuiteFile(suite=None, yaml=read, problems=read.problems)
    if not isinstance(read.value, Mapping):
        empty = Problem(
            message="a suite is a mapping of keys",
            hint="start with `name:` and `family:`",
            file=str(path),
            line=1,
        )
        return SuiteFile(suite=None, yaml=read, problems=(empty,))
    problems = [*read.problems, *shape_problems(read, str(path), read_shipped_schema("suite"))]
    sound = None if read.problems else _apart_from(problems, read.value)
    if sound is None:
        return SuiteFile(suite=None, yaml=read, problems=tuple(problems))
    reader = _SuiteBuilder(folder, replace(read, value=sound), anywhere=anywhere)
    suite = reader.suite()
    items_path = reader.items_path()
    return SuiteFile(
        suite=suite,
        items_path=items_path,
        fields=read.value.get("fields", {}),
        yaml=read,
        problems=(*problems, *reader.problems),
    )


def _apart_from(problems: Sequence[Problem], value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The value without its faulty keys, so that the items' faults are told in the same breath.

    None where a faulty key may decide what the items must be like: their faults would be made-up ones.
    """
    known = set(read_shipped_schema("suite")["properties"])
    faulty = {(problem.key or "").partition(".")[0] for problem in problems}
    for key in faulty:
        meant = set(difflib.get_close_matches(key, known - _APART - value.keys(), n=1))
        if key not in value or meant or (key in known and key not in _APART):
            return None
    return {key: told for key, told in value.items() if key not in faulty}


class _SuiteBuilder:
    """Builds the suite from a value that fits the schema; what only meaning can tell is noted as it goes."""

    def __init__(self, folder: Path, read: MarkedYaml, *, anywhere: bool) -> None:
        self.problems: list[Problem] = []
        self._folder = folder
        self._anywhere = anywhere
        self._read = read
        self._value: Mapping[str, Any] = read.value

    def suite(self) -> Suite:
        value = self._value
        card = self._folder / "CARD.md"
        has_card = card.is_file() and self._may_read("CARD.md", "name")
        return Suite(
            name=value["name"],
            family=value["family"],
            version=str(value.get("version", "1")),
            description=value.get("description", ""),
            contract=Contract(
                labels=self._labels(),
                multi_label=value.get("multi_label", False),
                out_of_scope=value.get("out_of_scope"),
                schema=self._referred("schema", dict),
                tools=tuple(self._referred("tools", list) or ()),
            ),
            scorer=self._scorer(),
            prompts=self._prompts(),
            stakes=Stakes(**value.get("stakes", {})),
            card=card.read_text(encoding="utf-8", errors="replace") if has_card else "",
            path=str(self._folder),
        )

    def items_path(self) -> Path | None:
        """The items file, when it is there; an lm-eval task brings its own items."""
        if "lm_eval_task" in self._value:
            return None
        named: str | None = self._value.get("items")
        if named is None:
            for name in ITEM_FILES:
                if (self._folder / name).is_file():
                    return self._folder / name if self._may_read(name, "items") else None
            self._note(
                "there is no items file", "items", hint=f"write {ITEM_FILES[0]}, one JSON object a line"
            )
            return None
        if not self._may_read(named, "items"):
            return None
        path = self._folder / named
        if path.is_file():
            return path
        beside = (p.name for p in self._folder.iterdir() if p.is_file())
        self._note(f"the items file {named!r} is not there", "items", hint=near_names(named, beside))
        return None

    def _labels(self) -> dict[str, str]:
        labels = self._referred("labels", list, dict)
        if isinstance(labels, dict):
            return {str(k): v or "" for k, v in labels.items()}
        names = [json.dumps(n) if isinstance(n, bool) else str(n) for n in labels or ()]
        for name in sorted({n for n in names if names.count(n) > 1}):
            self._note(f"the label {name!r} stands twice", "labels", hint="remove one of them")
        return dict.fromkeys(names, "")

    def _scorer(self) -> dict[str, Any]:
        if "lm_eval_task" in self._value:
            return self._lm_eval_task()
        scorer = dict(self._value.get("scorer", {}))
        if "target_format" in self._value:
            # It changes how targets are read, so it belongs to what is hashed as the scorer.
            scorer.setdefault("target_format", self._value["target_format"])
        return scorer

    def _lm_eval_task(self) -> dict[str, Any]:
        """The task and how its metric is judged; the bridge fills the suite with the task's items."""
        if self._value["family"] != LM_EVAL:
            self._note(
                f"an lm-eval task is a suite of the family {LM_EVAL!r}", "family", hint=f"write {LM_EVAL}"
            )
        for key in sorted(_NOT_WITH_A_TASK & self._value.keys()):
            self._note(f"{key!r} says nothing here: the lm-eval task brings its own", key, hint="remove it")
        for ours in self._value.get("fields", {}):
            if ours != "cluster" and not ours.startswith("tags."):
                self._note(
                    f"of a task's documents only tags and the cluster are taken, not {ours!r}",
                    "fields",
                    ours,
                    hint="use `tags.NAME` or `cluster`",
                )
        declared = self._value["lm_eval_task"]
        task = {"task": declared} if isinstance(declared, str) else dict(declared)
        if task["task"].endswith(TASK_FILES):
            self._may_read(task["task"], "lm_eval_task")
        fields = self._value.get("fields")
        return {**task, "fields": dict(fields)} if fields else task

    def _prompts(self) -> dict[str, Prompt]:
        """The default prompt and its variants; a variant takes from the default what it leaves out."""
        declared = {name: _prompt_keys(p) for name, p in self._value.get("prompts", {}).items()}
        default = self._value.get("prompt")
        if default is not None:
            if "default" in declared:
                self._note(
                    "the default prompt is declared twice, as `prompt` and as `prompts.default`",
                    "prompts",
                    "default",
                    hint="keep `prompt`",
                )
            declared["default"] = _prompt_keys(default)
        base = declared.get("default", {})
        for name, keys in declared.items():
            if not base and not {"system", "user"} & set(keys):
                self._note(
                    "this variant has neither system nor user, and there is no `prompt` to take them from",
                    "prompts",
                    name,
                    hint="write its `user` template",
                )
        order = sorted(declared, key=lambda n: n != "default")
        return {name: Prompt(**{**base, **declared[name]}) for name in order}

    def _referred(self, key: str, *kinds: type) -> Any:
        """The value of a key, read from the file that it names when it is text."""
        value = self._value.get(key)
        if not isinstance(value, str):
            return value
        name, _, part = value.partition("#/")
        if not self._may_read(name, key):
            return None
        path = self._folder / name
        if not path.is_file():
            self._note(
                f"the file {name!r} is not there", key, hint="its name is relative to the suite's folder"
            )
            return None
        content = read_document(path)
        self.problems.extend(content.problems)
        found = content.value
        for step in filter(None, part.split("/")):
            found = found.get(step) if isinstance(found, Mapping) else None
        if not content.problems and not isinstance(found, kinds):
            wanted = " or ".join(_KINDS[k] for k in kinds)
            self._note(
                f"{value!r} does not hold {wanted}", key, hint="look at the file and the part after '#/'"
            )
            return None
        return found if isinstance(found, kinds) else None

    def _may_read(self, name: str, key: str) -> bool:
        """Whether the file may be read; notes it when it lies outside."""
        if self._anywhere or is_inside(self._folder, name):
            return True
        self._note(f"the file {name!r} lies outside of the suite's folder", key, hint=HINT)
        return False

    def _note(self, message: str, *path: str, hint: str = "") -> None:
        self.problems.append(
            Problem(
                message=message,
                hint=hint,
                file=str(self._folder / SUITE_FILE),
                line=self._read.line(*path),
                key=dotted(path),
            )
        )


_KINDS: Mapping[type, str] = {list: "a list", dict: "a mapping"}


def _prompt_keys(prompt: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"user": prompt} if isinstance(prompt, str) else prompt
