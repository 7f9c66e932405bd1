"""What an exported suite's Python file hands to lm-eval: its task class, its documents and evalkit's scorer.

Imported by lm-eval alone, which is there when this is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lm_eval.api.task import ConfigurableTask

from evalkit.families import compile_scorer
from evalkit.lm_eval_bridge.models import turns_as_text
from evalkit.records import Answer, Suite, from_plain

Judge = Callable[[Mapping[str, Any], list[Any]], Mapping[str, float]]


class ExportedTask(ConfigurableTask):  # type: ignore[misc]  # lm-eval ships no types
    """A task whose prompt is the chat that evalkit would send: earlier turns and examples are turns."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config={key: value for key, value in config.items() if key != "class"})

    def fewshot_context(
        self,
        doc: Mapping[str, Any],
        num_fewshot: int = 0,
        system_instruction: str | None = None,
        apply_chat_template: bool = False,
        fewshot_as_multiturn: bool = True,
        chat_template: Callable[..., Any] | None = None,
        gen_prefix: str | None = None,
    ) -> Any:
        """The document's messages, by the model's chat template or as text.

        The examples are the suite's own; lm-eval's settings for them change nothing.
        """
        messages = json.loads(doc["messages"])
        if system_instruction:
            messages = _with_instruction(system_instruction, messages)
        if apply_chat_template and chat_template is not None:
            return chat_template(messages)
        return turns_as_text(messages)


def open_export(folder: Path, name: str) -> tuple[type[ExportedTask], Callable[..., Any], Judge]:
    """The task class, the documents and the judge of the suite of that name in the folder."""
    suite = from_plain(Suite, json.loads((folder / f"{name}.suite.json").read_text(encoding="utf-8")))
    score = compile_scorer(suite)
    items = {item.id: item for item in suite.items}

    def documents(**_settings: Any) -> Mapping[str, Any]:
        from datasets import Dataset

        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
        return {"test": Dataset.from_list([json.loads(line) for line in lines if line])}

    def judge(doc: Mapping[str, Any], results: list[Any]) -> Mapping[str, float]:
        judged = score(items[doc["id"]], Answer(text=str(results[0])))
        return {
            "success": float(judged.success),
            "score": judged.score,
            "format_valid": float(judged.format_valid),
        }

    return ExportedTask, documents, judge


def _with_instruction(instruction: str, messages: list[Any]) -> list[Any]:
    """The instruction above the suite's own system message, as lm-eval puts it above a description."""
    first, rest = (messages[0], messages[1:]) if messages[0]["role"] == "system" else (None, messages)
    text = f"{instruction}\n\n{first['content']}" if first else instruction
    return [{"role": "system", "content": text}, *rest]
