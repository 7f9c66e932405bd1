"""The slices of a suite's page: the largest values each, the others together, and no tag dropped unsaid."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.reporting.view.slices import MOST_VALUES, build_slices


def samples(values: list[str], tag: str = "task") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": [f"i{k}" for k in range(len(values))], "tags": [{tag: v} for v in values],
            "candidate": "slim", "answered": True, "success": [k % 2 == 0 for k in range(len(values))],
        }
    )  # fmt: skip


@pytest.mark.parametrize(("values", "others"), [(MOST_VALUES, 0), (MOST_VALUES + 1, 2), (100, 77)])
def test_a_tag_with_more_values_than_rows_groups_the_smallest(values: int, others: int) -> None:
    """It was dropped whole, with all that it told."""
    told = [f"t{k:03d}" for k in range(values) for _ in range(2 + (values - k))]
    (table,) = build_slices(samples(told), ["slim"]).tables
    assert len(table.rows) == min(values, MOST_VALUES)
    assert sum(row.items for row in table.rows) == len(told)
    assert [row.value for row in table.rows if row.value.startswith("(")] == (
        [f"({others} other values)"] if others else []
    )


def test_a_tag_that_names_each_item_is_left_out_by_name() -> None:
    """One item with the same name as another makes it a tag again."""
    names = [f"T{k}" for k in range(40)]
    assert build_slices(samples(names), ["slim"]).left_out == ("task",)
    found = build_slices(samples([*names, "T0"]), ["slim"])
    assert (found.left_out, len(found.tables)) == ((), 1)
