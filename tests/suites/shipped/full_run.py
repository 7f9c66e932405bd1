"""The tables of `docs/full_run.md`, computed by SQL from the stored run alone, without the report's code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.store import Store

CANDIDATES = ("slim-plain", "slim-constrained", "slim-plain-q4_0", "slim-constrained-q4_0")
LEAST_ITEMS = 15
"""Slices with fewer say little."""
LOWEST = 5

RESULTS = """
select suite, candidate, count(*) as items, avg(success::int) as success, avg(score) as score,
  avg(format_valid::int) as well_formed, median(latency_s) as p50, sum(latency_s) / 60 as minutes
from samples where not simulated group by all order by suite, candidate
"""
KINDS = """
select suite, error_kind, {counts}
from samples where not simulated and not success group by all order by suite, count(*) desc, error_kind
"""
SLICES = """
with tagged as (
  select suite, success, unnest(map_entries(tags)) as tag from samples where candidate = 'slim-constrained'
)
select suite, tag.key || '=' || tag.value as slice, count(*) as items, avg(success::int) as success
from tagged group by all having count(*) >= {least} order by suite, success, items desc, slice
"""
ANSWERS = """
select suite, candidate, coalesce(parsed ->> '$', 'no label') as answer, count(*) as n
from samples where family = 'classification' and not simulated
group by all order by suite, candidate, n desc, answer
"""
CALLS = """
with tagged as (
  select *, element_at(tags, 'calls')[1] as calls from samples where family = 'tool_calls' and not simulated
)
select suite, calls, count(*) // 4 as items, {rates} from tagged group by all order by suite, calls
"""


def tables(store: Store) -> dict[str, str]:
    """Name -> Markdown table."""
    return {
        "results": _table(_results(store)),
        "error kinds": _table(_kinds(store)),
        "slices": _table(_slices(store)),
        "answers": _table(_answers(store)),
        "calls": _table(_calls(store)),
    }


def with_tables(page: str, found: dict[str, str]) -> str:
    """The page with its marked tables made anew."""

    def made(mark: re.Match[str]) -> str:
        return f"{mark[1]}\n{found[mark[2]]}\n{mark[3]}"

    return re.sub(r"(<!-- table: ([a-z ]+) -->)\n.*?\n?(<!-- end -->)", made, page, flags=re.DOTALL)


def _rows(store: Store, query: str) -> list[dict[str, object]]:
    return store.sql(query).to_pylist()


def _results(store: Store) -> Iterator[tuple[object, ...]]:
    yield "suite", "candidate", "items", "success", "score", "well-formed", "median s", "minutes"
    for r in _rows(store, RESULTS):
        rates = (f"{r['success']:.1%}", f"{r['score']:.3f}", f"{r['well_formed']:.1%}")
        yield r["suite"], r["candidate"], r["items"], *rates, f"{r['p50']:.2f}", f"{r['minutes']:.1f}"


def _kinds(store: Store) -> Iterator[tuple[object, ...]]:
    yield "suite", "error kind", *CANDIDATES
    counts = ", ".join(f"count(*) filter (candidate = '{c}') as \"{c}\"" for c in CANDIDATES)
    for r in _rows(store, KINDS.format(counts=counts)):
        yield r["suite"], f"`{r['error_kind']}`", *(r[c] for c in CANDIDATES)


def _slices(store: Store) -> Iterator[tuple[object, ...]]:
    yield "suite", "lowest", "highest"
    found = _rows(store, SLICES.format(least=LEAST_ITEMS))
    for suite in dict.fromkeys(r["suite"] for r in found):
        own = [r for r in found if r["suite"] == suite]
        told = [f"`{r['slice']}` {r['success']:.0%} of {r['items']}" for r in own]
        if any(r["success"] for r in own):
            yield suite, ", ".join(told[:LOWEST]), ", ".join(told[: -3 - 1 : -1])
        else:
            yield suite, "every slice 0%", "–"


def _answers(store: Store) -> Iterator[tuple[object, ...]]:
    yield "suite", "candidate", "most frequent answers"
    found = _rows(store, ANSWERS)
    for key in dict.fromkeys((r["suite"], r["candidate"]) for r in found):
        own = [f"{r['answer']} {r['n']}" for r in found if (r["suite"], r["candidate"]) == key]
        yield *key, ", ".join(own[:4])


def _calls(store: Store) -> Iterator[tuple[object, ...]]:
    yield "suite", "calls wanted", "items", *CANDIDATES
    rates = ", ".join(f"avg(success::int) filter (candidate = '{c}') as \"{c}\"" for c in CANDIDATES)
    for r in _rows(store, CALLS.format(rates=rates)):
        yield r["suite"], r["calls"], r["items"], *(f"{r[c]:.0%}" for c in CANDIDATES)


def _table(rows: Iterator[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * (lines[0].count("|") - 1), *lines[1:]])
