"""How the shipped suites are made: seeded generators, hand-written items, second readings and audits.

A suite's folder here (`support_triage` for `support-triage`) holds

- `written.jsonl`: items written by hand, whole, in the order in which they shall stand;
- `__init__.py` with `items() -> list[Item]`: the generated items, from the suite's own facts and wordings;
- `second_reading.py` with `read(item) -> target | None`: the target from the rendered text alone, by code
  that imports nothing of the generator (it is handed the item without its target and tags); None where it
  does not judge; and, where targets may differ in form alone, `agrees(target, second) -> bool`;
- `second_annotation.jsonl`, `{"id", "target"}` a line: a second reading by eye, without sight of the
  targets, for items that `read` does not judge.

`python -m suites.making NAME` writes the suite's `items.jsonl`; `--check` fails when the file differs, an
item has no second target or another one, or too many items are alike; `--audit` prints twenty items into
`AUDIT.md`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Item: TypeAlias = dict[str, Any]
"""One item as a JSON object."""
