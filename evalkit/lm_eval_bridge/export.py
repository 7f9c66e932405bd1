"""A suite written as a folder that plain `lm-eval run` runs, scored by evalkit inside lm-eval.

lm-eval itself is not needed to write it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.records import Candidate, Decoding, Request, Suite, to_plain
from evalkit.suites.contract import LM_EVAL

MARK = "# Written by evalkit"
"""How a task file of ours begins; any other is never replaced."""

METRICS = ("success", "score", "format_valid")
"""What each answer is measured by, each averaged over the documents."""

_FUNCTIONS = {"class": "Task", "custom_dataset": "documents", "process_results": "judge"}
"""Key of the task file -> name in its Python file."""

_PYTHON = '''\
"""What lm-eval calls to run the suite {name}: evalkit must be importable."""

from pathlib import Path

try:
    from evalkit.lm_eval_bridge.exported import open_export
except ImportError as error:
    raise ImportError("the task {name} is scored by evalkit, which is not installed here") from error

Task, documents, judge = open_export(Path(__file__).parent, "{name}")
'''


def write_export(suite: Suite, folder: Path, *, prompt: str = "default", max_tokens: int = 256) -> Path:
    """Writes the suite's test items with their prompts, and returns the task file.

    Args:
        suite: The suite; its few-shot examples become turns of each prompt.
        folder: For lm-eval's `--include_path`; several suites may share it.
        prompt: The prompt variant.
        max_tokens: Most tokens of one answer.

    Raises:
        SuiteError: It is an lm-eval task already, needs more than text, or a file of that name is not ours.
    """
    if suite.family == LM_EVAL:
        raise SuiteError(
            f"the suite {suite.name!r} is an lm-eval task already",
            where=suite.path,
            hint=f"`lm-eval run --tasks` takes {suite.scorer['task']!r} as it is",
        )
    module = re.sub(r"\W", "_", suite.name) + "_evalkit"
    task_file = folder / f"{suite.name}.yaml"
    documents = [_document(suite, request) for request in _requests(suite, prompt)]
    _keep_foreign(task_file)
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(d, ensure_ascii=False) for d in documents)
    _write(folder / f"{suite.name}.jsonl", "".join(f"{line}\n" for line in lines))
    whole = json.dumps(to_plain(replace(suite, path=None)), ensure_ascii=False, indent=1)
    _write(folder / f"{suite.name}.suite.json", whole + "\n")
    _write(folder / f"{module}.py", _PYTHON.format(name=suite.name))
    _write(task_file, _task_text(suite, folder, module, max_tokens))
    return task_file


def _requests(suite: Suite, prompt: str) -> list[Request]:
    """Each test item's request as text alone: tools and schema stand in the prompt."""
    asking = Candidate(
        name="export", tier="slim", backend=LM_EVAL, prompt=prompt, output="plain", decoding=Decoding()
    )
    ask = get_family(suite.family).prompter(suite, asking)
    requests = [ask(item, 0) for item in suite.test_items]
    if any(r.tools for r in requests):
        raise SuiteError(
            f"the family {suite.family!r} sends tools even in plain output, and lm-eval sends text",
            where=suite.path,
        )
    return requests


def _document(suite: Suite, request: Request) -> Mapping[str, str]:
    """Texts only: `datasets` wants the same columns of the same type in every row."""
    target = next(i.target for i in suite.test_items if i.id == request.item_id)
    return {
        "id": request.item_id,
        "question": str(request.messages[-1].get("content") or "") if request.messages else "",
        "target": json.dumps(to_plain(target), ensure_ascii=False),
        "messages": json.dumps(to_plain(request.messages), ensure_ascii=False),
    }


def _task_text(suite: Suite, folder: Path, module: str, max_tokens: int) -> str:
    plain: dict[str, Any] = {
        "task": suite.name,
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "question",
        "doc_to_target": "target",
        "num_fewshot": 0,
        "generation_kwargs": {
            "until": [],
            "do_sample": False,
            "temperature": 0.0,
            "max_gen_toks": max_tokens,
        },
        "metric_list": [{"metric": m, "aggregation": "mean", "higher_is_better": True} for m in METRICS],
        "metadata": {"version": suite.suite_version, "evalkit_family": suite.family},
    }
    functions = "".join(f"{key}: !function {module}.{name}\n" for key, name in _FUNCTIONS.items())
    return (
        f"{MARK} from the suite {suite.name} {suite.suite_version}.\n"
        "# evalkit must be importable: it makes the prompts' chat and scores the answers.\n"
        f"#   lm-eval run --include_path {folder.name} --tasks {suite.name} --apply_chat_template \\\n"
        "#     --model local-chat-completions --model_args base_url=http://…/v1/chat/completions,model=…\n"
        f"{yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)}{functions}"
    )


def _keep_foreign(task_file: Path) -> None:
    if task_file.exists() and not task_file.read_text("utf-8", "replace").startswith(MARK):
        raise SuiteError(
            "this task file was not written by evalkit, and is not replaced",
            where=str(task_file),
            hint="choose another folder",
        )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
