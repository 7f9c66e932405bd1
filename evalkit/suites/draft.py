"""A suite folder drafted from someone else's data: items, a first contract, and a card."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalkit.documents import dump_yaml
from evalkit.errors import SuiteError, near_names
from evalkit.records import Item, Problem, Suite
from evalkit.suites.card import card_text
from evalkit.suites.columns import Rows, guess_fields, tag_columns
from evalkit.suites.contract import SUITE_FILE
from evalkit.suites.fields import ITEM_FIELDS, field_mapper
from evalkit.suites.infer import infer_contract
from evalkit.suites.items import SPLITS, read_item
from evalkit.suites.load import load_suite, problem_error
from evalkit.suites.source import source_rows
from evalkit.suites.survey import Survey, survey

Check = Callable[[Suite], Iterable[Problem]]
"""A family's check; handed in, because suites know no family."""

_SPLIT_WORDS = {"training": "train", "validation": "dev", "valid": "dev", "val": "dev", "eval": "test"}
_ITEMS = "items.jsonl"
_COMMENTS = """\
# Drafted from {source}: read it, then make it yours. The card says what was found in the items.
# columns: {columns}
# ids: {ids}
# left out: {left_out}
"""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was written."""

    suite: Suite
    fields: Mapping[str, str]
    """Our field -> the source's column."""
    tags: tuple[str, ...]
    """Columns kept as tags."""
    left_out: tuple[str, ...]
    """Columns that no item keeps."""
    survey: Survey
    problems: tuple[Problem, ...]
    """What the family finds wrong with the draft; empty when it can run as it is."""

    @property
    def ids(self) -> str:
        """Where the items' ids come from, in words."""
        return _ids_from(self.fields)


def draft_suite(
    source: Path,
    folder: Path,
    *,
    name: str,
    family: str,
    fields: Mapping[str, str] | None = None,
    contract: Mapping[str, Any] | None = None,
    check: Check | None = None,
) -> Draft:
    """Writes `suite.yaml`, the items and `CARD.md` into a new folder.

    Args:
        source: A CSV, JSON, JSONL or Parquet file, or a folder that Hugging Face `datasets` saved.
        folder: Where the suite goes; must not hold one yet.
        name: Name of the suite.
        family: Its family.
        fields: Our field -> the source's column, where a guess would be wrong.
        contract: Keys of suite.yaml to take instead of inferring them (`labels`, `schema`, `tools`).
        check: The family's check, for the card.

    Raises:
        SuiteError: The source cannot be read, no column fits, or the folder holds a suite.
    """
    if (folder / SUITE_FILE).exists():
        raise SuiteError(
            "there is a suite already", where=str(folder / SUITE_FILE), hint="choose another name"
        )
    rows = source_rows(source)
    mapping = _mapping(rows, family, fields or {}, source)
    tags = tag_columns(rows, {p.split(".")[0] for p in mapping.values()})
    items = _items(rows, {**mapping, **{f"tags.{t}": t for t in tags}}, name, source)
    inferred = infer_contract(family, (i.target for i in items), (i.tools for i in items))
    keys = {"name": name, "family": family, "version": "1", **inferred, **(contract or {})}
    columns = dict.fromkeys(c for row in rows for c in row)
    left_out = tuple(
        c for c in columns if c not in tags and c not in {p.split(".")[0] for p in mapping.values()}
    )
    _write(folder, keys, items, mapping, tags, left_out, source)
    suite = load_suite(folder)
    found = survey(suite.items)
    problems = tuple(check(suite)) if check else ()
    draft = Draft(
        suite=suite, fields=mapping, tags=tuple(tags), left_out=left_out, survey=found, problems=problems
    )
    card = card_text(suite, found, problems, source=source.name, left_out=left_out)
    (folder / "CARD.md").write_text(card, encoding="utf-8")
    return draft


def _mapping(rows: Rows, family: str, fields: Mapping[str, str], source: Path) -> dict[str, str]:
    """What the user said, and guesses for the rest."""
    columns = list(dict.fromkeys(c for row in rows for c in row))
    for ours, column in fields.items():
        if ours not in ITEM_FIELDS and not ours.startswith("tags."):
            raise SuiteError(f"an item has no field {ours!r}", hint=near_names(ours, ITEM_FIELDS))
        if column not in columns and column.split(".")[0] not in columns:
            raise SuiteError(
                f"there is no column {column!r}", where=str(source), hint=near_names(column, columns)
            )
    taken = {c.split(".")[0] for c in fields.values()}
    rest = [{k: v for k, v in row.items() if k not in taken} for row in rows]
    guessed = {o: c for o, c in guess_fields(rest, family).items() if o not in fields}
    if "messages" in fields or "input" in fields:
        guessed = {o: c for o, c in guessed.items() if o not in ("messages", "input")}
    mapping = {**guessed, **fields}
    if "target" not in mapping:
        raise SuiteError(
            "no column looks like the right answer",
            where=str(source),
            hint=f"say which one: target=COLUMN; the columns: {', '.join(columns)}",
        )
    return {o: mapping[o] for o in (*ITEM_FIELDS, *mapping) if o in mapping}


def _items(rows: Rows, mapping: Mapping[str, str], name: str, source: Path) -> list[Item]:
    """Rows as items; every row must be one, and the first fault names how many there are."""
    mapped = field_mapper(mapping)
    own = {o for o in mapping if not o.startswith("tags.")} | {"tags"}
    items: list[Item] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=1):
        values = {k: v for k, v in mapped(row).items() if k in own and v not in (None, "")}
        values = {"id": f"{name}-{number:05}", **values}
        _smooth(values)
        if values.get("target") is None:
            values["split"] = "dev"  # it cannot be measured; the card counts it
        item, faults = read_item(values, line=number, file=str(source), textual=source.suffix == ".csv")
        problems.extend(faults)
        items.extend([] if item is None else [replace(item, line=None)])
    if problems:
        raise problem_error(problems)
    return items


def _smooth(item: dict[str, Any]) -> None:
    """Foreign habits made ours: names of splits, contexts that are one object of facts."""
    if "split" in item:
        split = str(item["split"]).casefold()
        item["split"] = _SPLIT_WORDS.get(split, split if split in SPLITS else "test")
    context = item.get("context")
    if isinstance(context, Mapping) and "text" not in context:
        item["context"] = [{"id": str(k), "text": f"{k}: {v}"} for k, v in context.items()]


def _write(
    folder: Path,
    keys: Mapping[str, Any],
    items: Sequence[Item],
    mapping: Mapping[str, str],
    tags: list[str],
    left_out: tuple[str, ...],
    source: Path,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    said = [f"{ours} from {column!r}" for ours, column in mapping.items()]
    said += [f"tag {tag!r}" for tag in tags]
    comments = _COMMENTS.format(
        source=source.name,
        columns=", ".join(said),
        ids=_ids_from(mapping),
        left_out=", ".join(left_out) or "nothing",
    )
    body = dump_yaml(dict(keys))
    (folder / SUITE_FILE).write_text(comments + body, encoding="utf-8")
    lines = (json.dumps(_plain(item), ensure_ascii=False, allow_nan=False) + "\n" for item in items)
    (folder / _ITEMS).write_text("".join(lines), encoding="utf-8")


def _ids_from(mapping: Mapping[str, str]) -> str:
    if "id" in mapping:
        return f"those of column {mapping['id']!r}"
    return "row numbers, since no column holds a unique id: they shift when a row is added or removed"


def _plain(item: Item) -> dict[str, Any]:
    """The item as a line of JSON holds it, without what every item is by default."""
    usual = Item(id="")
    return {n: getattr(item, n) for n in ITEM_FIELDS if getattr(item, n) != getattr(usual, n)}
