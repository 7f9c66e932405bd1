"""A small lm-eval task of sums, and lm-eval's own judgement of a stand-in server's answers to it."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from evalkit import api
from evalkit.families import get_family
from evalkit.records import Candidate, Sample, Suite
from evalkit.runner.folder import RunFolder
from evalkit.runner.journal import read_finished_samples
from tests.projects import write_project
from tests.servers.stand_in import Body

ADDENDS = [(n, 2 * n + 1) for n in range(1, 13)]


def write_task(folder: Path, *, name: str = "sums", n_docs: int = 12, **changes: Any) -> Path:
    """A generation task with few-shot examples, a filter and two metrics; returns its YAML file."""
    folder.mkdir(parents=True, exist_ok=True)
    data, shots = folder / f"{name}.jsonl", folder / f"{name}_shots.jsonl"
    data.write_text("".join(json.dumps(_doc(a, b)) + "\n" for a, b in ADDENDS[:n_docs]))
    shots.write_text("".join(json.dumps(_doc(a, a)) + "\n" for a in range(50, 58)))
    plain = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data), "train": str(shots)}},
        "test_split": "test",
        "fewshot_split": "train",
        "num_fewshot": 2,
        "output_type": "generate_until",
        "description": "Add the two numbers.",
        "doc_to_text": "{{a}} + {{b}} =",
        "doc_to_target": "{{total}}",
        "generation_kwargs": {"until": ["\n\n"], "do_sample": False, "temperature": 0.0, "max_gen_toks": 16},
        "filter_list": [
            {"name": "whole", "filter": [{"function": "take_first"}]},
            {
                "name": "number",
                "filter": [
                    {"function": "regex", "regex_pattern": r"(-?\d+)(?!.*\d)"},
                    {"function": "take_first"},
                ],
            },
        ],
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 3},
        **changes,
    }
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump({k: v for k, v in plain.items() if v is not None}, sort_keys=False))
    return file


def _doc(a: int, b: int) -> dict[str, Any]:
    return {"a": a, "b": b, "total": str(a + b), "parity": "odd" if (a + b) % 2 else "even", "sheet": a // 4}


def add(body: Mapping[str, Any]) -> str:
    """What a model says that chats, drops a digit now and then, and sometimes says nothing of use."""
    a, b = (int(n) for n in re.findall(r"\d+", str(body["messages"][-1]["content"])))
    return (str(a + b), f"The answer is {a + b}.", str(a + b + 1), "I would rather not.")[a % 4]


def some_right(suites: Iterable[Suite]) -> Callable[[Body], str]:
    """What a model says that knows most of the suites' items, some nearly or in half, others not at all."""
    answers: dict[str, str] = {}
    for suite in suites:
        family, asking = get_family(suite.family), in_plain_output()
        ask = family.prompter(suite, asking)
        for item in suite.test_items:
            right = family.right_answer(suite, item, asking).text or "nothing"
            near = family.wrong_answer(suite, item, asking, random.Random(item.id)).text or "nothing"
            words = (right, right, right, near, "I cannot say.", right[: len(right) // 2])
            draw = hashlib.sha256(item.id.encode()).digest()[0] % len(words)
            answers[str(ask(item, 0).messages)] = words[draw]
    return lambda body: answers[str(tuple(body["messages"]))]


def chat_model(base_url: str, **changes: Any) -> dict[str, Any]:
    """A candidate of lm-eval's `local-chat-completions`, as evalkit.yaml has it."""
    return {
        "tier": "mid",
        "backend": "lm_eval",
        "model": "local-chat-completions",
        "base_url": base_url,
        "output": "plain",
        "max_attempts": 1,
        "options": {"model_args": {"model": "stand-in"}},
        **changes,
    }


def run(
    folder: Path,
    wanted: Sequence[str | Suite],
    candidates: Mapping[str, Mapping[str, Any]],
    *,
    limit: int | None = None,
    **more: Any,
) -> list[Sample]:
    """Every sample of one run in a project of its own."""
    result = api.run(wanted, project=write_project(folder, candidates, **more), limit=limit)
    return list(read_finished_samples(RunFolder(result.folder).journal_path).values())


def by_lm_eval(task: Path, name: str, base_url: str, **more: Any) -> list[dict[str, Any]]:
    """What lm-eval's own evaluator says of each document, under each filter."""
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.tasks import TaskManager

    results = simple_evaluate(
        model="local-chat-completions",
        model_args={"base_url": f"{base_url}/chat/completions", "model": "stand-in", "max_retries": 1},
        tasks=[name],
        task_manager=TaskManager(include_path=str(task.parent), include_defaults=False),
        apply_chat_template=True,
        bootstrap_iters=0,
        **more,
    )
    assert results is not None
    samples: list[dict[str, Any]] = results["samples"][name]
    return samples


def in_plain_output(name: str = "any") -> Candidate:
    return Candidate(name=name, tier="mid", backend="lm_eval", output="plain")
