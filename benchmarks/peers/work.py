"""The same work for every contender: about 60 words a ticket, four labels, one prompt; and its files."""

from __future__ import annotations

import json
import random
from pathlib import Path

import yaml

from benchmarks.peers.server import LABELS, label_of

WORDS = 60
SYSTEM = "Answer with one label: " + ", ".join(LABELS) + "."
_VOCABULARY = """
the order parcel invoice account password courier refund charge week since morning please still never arrived
broken twice screen login address bank card number customer service promised reply nobody again support link
email changed wrong colour size exchange label printer box damaged missing item second time
"""


def items(n: int) -> list[dict[str, str]]:
    """Tickets with id, input and target; the prompt is what the model is shown, by whatever contender."""
    rng, words = random.Random(0), _VOCABULARY.split()
    rows = []
    for number in range(n):
        text = f"ticket {number} " + " ".join(rng.choices(words, k=WORDS - 2))
        rows.append({"id": f"t-{number:06d}", "input": text, "target": label_of(number)})
    return rows


def write_evalkit(folder: Path, n: int, base_url: str, concurrency: int, *, stream: bool) -> None:
    """A project with one suite and one candidate."""
    suite = folder / "suites" / "tickets"
    suite.mkdir(parents=True)
    plain = {
        "name": "tickets",
        "family": "classification",
        "version": "1",
        "labels": list(LABELS),
        "prompt": {"system": SYSTEM, "user": "{{ input }}"},
    }
    (suite / "suite.yaml").write_text(yaml.safe_dump(plain))
    (suite / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in items(n)))
    candidate = {
        "tier": "slim",
        "backend": "openai",
        "model": "stand-in",
        "base_url": base_url,
        "concurrency": concurrency,
        "decoding": {"max_tokens": 16},
        "price": {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0},
        "options": {"stream": stream},
    }
    (folder / "evalkit.yaml").write_text(yaml.safe_dump({"candidates": {"stand-in": candidate}}))


def write_items(folder: Path, n: int) -> Path:
    """One JSON line an item, with the whole prompt in one text."""
    path = folder / "items.jsonl"
    rows = ({**row, "prompt": f"{SYSTEM}\n\n{row['input']}"} for row in items(n))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_lm_eval(folder: Path, n: int) -> None:
    """A task folder of lm-eval's over a JSON file."""
    data = write_items(folder, n)
    task = {
        "task": "tickets",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "{{target}}",
        "generation_kwargs": {"max_gen_toks": 16, "temperature": 0, "until": ["\n"]},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }
    (folder / "tickets.yaml").write_text(yaml.safe_dump(task))


_INSPECT = """
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import exact
from inspect_ai.solver import generate


@task
def tickets():
    return Task(
        dataset=json_dataset("items.jsonl", FieldSpec(input="prompt", target="target", id="id")),
        solver=generate(),
        scorer=exact(),
    )
"""


def write_inspect(folder: Path, n: int) -> None:
    """A task file of inspect-ai's over a JSON file."""
    write_items(folder, n)
    (folder / "tickets.py").write_text(_INSPECT)


def write_promptfoo(folder: Path, n: int, base_url: str) -> None:
    """A configuration of promptfoo's with one test an item."""
    rows = [json.loads(line) for line in write_items(folder, n).read_text().splitlines()]
    provider = {
        "id": "openai:chat:stand-in",
        "config": {"apiBaseUrl": base_url, "apiKey": "none", "temperature": 0, "max_tokens": 16},
    }
    config = {
        "prompts": ["{{prompt}}"],
        "providers": [provider],
        "tests": [
            {"vars": {"prompt": row["prompt"]}, "assert": [{"type": "equals", "value": row["target"]}]}
            for row in rows
        ],
    }
    (folder / "promptfooconfig.yaml").write_text(yaml.safe_dump(config))
