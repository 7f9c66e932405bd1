"""Twenty seeded items of a suite, printed for a reader, who writes one line of judgement under each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from suites.making import Item
from suites.making.draws import Draw
from suites.making.overlap import text_of
from suites.making.write import SUITES

COUNT = 20
OPEN = "**Judgement:** (to be read)"
_PART = re.compile(r"^## (\S+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def audited(items: Sequence[Item], *, seed: str = "1", count: int = COUNT) -> list[Item]:
    """The test items to read: drawn by the seed, the generated ones first in number (three of four)."""
    draw = Draw("audit", seed)
    test = [i for i in items if i["split"] == "test"]
    generated = draw.some([i for i in test if i["tags"]["origin"] == "generated"], count * 3 // 4)
    written = draw.some([i for i in test if i["tags"]["origin"] == "written"], count - len(generated))
    return [*generated, *written]


def write_audit(name: str, items: Sequence[Item], *, seed: str = "1") -> Path:
    """Write the suite's `AUDIT.md`; judgements that stand under an unchanged item are kept."""
    path = SUITES / name / "AUDIT.md"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = dict(_PART.findall(old))
    head = old.partition("\n## ")[0].rstrip() if old else f"# {name}: {COUNT} items read (seed {seed})"
    parts = []
    for item in audited(items, seed=seed):
        part = _shown(item)
        before = kept.get(item["id"], "")
        parts.append(before.rstrip() if before.strip().startswith(part.strip()) else f"{part}\n\n{OPEN}")
    text = "\n\n".join(
        [
            head,
            *(f"## {i['id']}\n\n{p.strip()}" for i, p in zip(audited(items, seed=seed), parts, strict=True)),
        ]
    )
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _shown(item: Item) -> str:
    fence = "~~~"
    tags = ", ".join(f"{k} {v}" for k, v in item["tags"].items())
    target = json.dumps(item["target"], ensure_ascii=False)
    return f"{fence}\n{text_of(item)}\n{fence}\n\nTarget: `{target}`\nTags: {tags}"
