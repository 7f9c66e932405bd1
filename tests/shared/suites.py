"""The shared data files as suites, each in one call or ten lines, and their right outputs as a person would
write them: made from the files' own gold values, not by any scorer's code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evalkit import api
from evalkit.config import Project

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One suite over one shared file."""

    name: str
    file: str
    family: str
    items: int
    fields: Mapping[str, str] = field(default_factory=dict)
    contract: Mapping[str, Any] = field(default_factory=dict)
    written: str | None = None
    """suite.yaml of one's own, instead of a draft."""
    gold: str = "gold"
    """Column of the right answers."""

    def rows(self) -> list[dict[str, Any]]:
        with (SHARED / f"{self.file}.jsonl").open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


CASES = (
    Case(name="banking", file="cls_banking77_test770", family="classification", items=770),
    Case(name="clinc", file="cls_clinc150_oos_1200", family="classification", items=1200),
    Case(
        name="intents", file="ext_nlupp_hotels", family="classification", items=1009, gold="gold_intents",
        fields={"target": "gold_intents"},
    ),
    Case(name="slots", file="ext_nlupp_hotels", family="extraction", items=1009),
    Case(name="entities", file="ext_wnut17_dev", family="extraction", items=1009),
    Case(name="bfcl-one", file="tool_bfcl_v4_simple_multiple", family="tool_calls", items=600),
    Case(name="bfcl-several", file="tool_bfcl_v4_parallel", family="tool_calls", items=400),
    Case(name="bfcl-none", file="tool_bfcl_v4_irrelevance", family="tool_calls", items=240),
    Case(
        name="tooltalk", file="tool_tooltalk_easy", family="tool_calls", items=53,
        # The packaged prompt shows no context, and one target breaks the tools' own schema (an event that is
        # neither `meeting` nor `event`): the draft tells both, and this is what a person then writes.
        contract={
            "prompt": "{% for fact in context %}{{ fact.text }}\n{% endfor %}{{ input }}",
            "scorer": {"check_values": False},
        },
    ),
    Case(name="pubmed", file="rag_pubmedqa_250", family="classification", items=250),
    Case(
        name="banking-by-hand", file="cls_banking77_test770", family="classification", items=770, written="""\
name: banking-by-hand
family: classification
description: Questions of a bank's customers.
labels: {data}/cls_labels.json#/banking77
items: {data}/cls_banking77_test770.jsonl
fields: {{target: gold}}
""",
    ),
    Case(
        name="pubmed-by-hand", file="rag_pubmedqa_250", family="classification", items=250, written="""\
name: pubmed-by-hand
family: classification
labels: ["yes", "no", "maybe"]
items: {data}/rag_pubmedqa_250.jsonl
fields: {{target: gold, tags.year: year}}
prompt: |-
  {{% for p in context %}}{{{{ p.text }}}} {{% endfor %}}
  Question: {{{{ input }}}} Answer yes, no or maybe.
""",
    ),
    Case(
        name="bfcl-by-hand", file="tool_bfcl_v4_simple_multiple", family="tool_calls", items=600, written="""\
name: bfcl-by-hand
family: tool_calls
items: {data}/tool_bfcl_v4_simple_multiple.jsonl
fields: {{target: gold, tags.category: category}}
target_format: bfcl
scorer: {{profile: bfcl}}
""",
    ),
)  # fmt: skip


def make_suite(case: Case, home: Project) -> None:
    """The suite's folder in the project, drafted or written."""
    if case.written is not None:
        folder = home.suites[0] / case.name
        folder.mkdir(parents=True)
        (folder / "suite.yaml").write_text(case.written.format(data=SHARED))
        return
    contract = dict(case.contract)
    if case.name == "tooltalk":
        contract["tools"] = json.loads((SHARED / "tool_tooltalk_tools.json").read_text())
    draft = api.new_suite(
        case.name, SHARED / f"{case.file}.jsonl", family=case.family, fields=case.fields,
        contract=contract, project=home,
    )  # fmt: skip
    assert draft.problems == ()


def right_outputs(case: Case) -> Iterator[dict[str, Any]]:
    """A replay's lines that say the gold value of each item."""
    for row in case.rows():
        said = _said(case, row)
        yield {"suite": case.name, "id": row["id"], **said}


def _said(case: Case, row: Mapping[str, Any]) -> dict[str, Any]:
    gold = row[case.gold]
    if case.family == "tool_calls":
        tools = {t["name"]: t for t in row.get("tools", ())}
        calls = [call for c in gold for call in _calls(c, tools)]
        if calls:
            return {"tool_calls": calls}
        return {"output": "None of the tools that I have can do this."}
    return {"output": gold if isinstance(gold, str) else json.dumps(gold)}


def _calls(call: Mapping[str, Any], tools: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Plain calls as they are; of BFCL's accepted values the first of each argument that is not left out.

    A few keys leave out ("") what the tool requires, or give what it does not declare. The official checker
    goes by the tool, and so do these calls.
    """
    if "arguments" in call:
        yield {"name": call["name"], "arguments": call["arguments"]}
        return
    for name, arguments in call.items():
        schema = tools[name]["parameters"]
        given = {
            k: [v for v in values if v != ""] if k in schema.get("required", ()) else values
            for k, values in arguments.items()
            if k in schema["properties"]
        }
        yield {
            "name": name,
            "arguments": {k: _first(values) for k, values in given.items() if values[0] != ""},
        }


def _first(values: Any) -> Any:
    """The first accepted value, of nested objects the first of each key."""
    value = values[0]
    if isinstance(value, dict):
        return {k: _first(v) if isinstance(v, list) else v for k, v in value.items() if v != [""]}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [{k: _first(v) if isinstance(v, list) else v for k, v in o.items()} for o in value]
    return value


def write_project(folder: Path, candidates: Mapping[str, Any]) -> Path:
    """A project with all cases as suites."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suites").mkdir()
    file = folder / "evalkit.yaml"
    file.write_text(yaml.safe_dump({"suite_files": "anywhere", "candidates": dict(candidates)}))
    home = api.open_project(file)
    for case in CASES:
        make_suite(case, home)
    return file
