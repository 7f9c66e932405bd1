"""What a run will ask: candidates × items × repeats, in a seeded order of which any part is a fair sample."""

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from evalkit.errors import RunError
from evalkit.records import Candidate, Item, OpenLoop, Suite, content_hash, part_of


@dataclass(frozen=True, slots=True)
class Task:
    """One sample to make."""

    candidate: str
    suite: str
    item: Item
    repeat: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """As `Sample.key`: suite, item, candidate, repeat."""
        return (self.suite, self.item.id, self.candidate, self.repeat)


@dataclass(frozen=True, slots=True)
class Part:
    """The suites that one candidate serves by the same model and options."""

    candidate: Candidate
    """With the settings of these suites."""
    suites: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that a run will ask."""

    suites: tuple[Suite, ...]
    candidates: tuple[Candidate, ...]
    items: Mapping[str, Sequence[Item]]
    """Suite -> the test items that are asked, in the order in which they are asked."""
    repeats: int = 1
    seed: int = 0
    partial_reason: str | None = None
    """Why this is less than the whole suites; None when it is the whole."""
    open_loop: OpenLoop | None = None
    """Set where requests are sent at a rate, whatever is in flight."""

    @property
    def samples_planned(self) -> int:
        """Samples that the run owes."""
        return len(self.candidates) * self.repeats * sum(len(i) for i in self.items.values())

    def parts(self, candidate: Candidate) -> tuple[Part, ...]:
        """Return how the candidate is served: one part, or with settings by suite one after the other."""
        found: dict[str, tuple[Candidate, list[str]]] = {}
        for suite in self.suites:
            at = candidate.at(suite.name)
            found.setdefault(content_hash(at.model, at.options), (at, []))[1].append(suite.name)
        return tuple(Part(at, frozenset(suites)) for at, suites in found.values())

    def tasks(self, candidate: Candidate) -> Iterator[Task]:
        """The candidate's tasks.

        One suite after the other where the candidate has its own hardware, since servers keep shared prefixes
        in a cache; otherwise mixed, so that a run that is stopped early has a part of each suite. An open
        loop mixes them too, as they come in real life.
        """
        # Places instead of tasks: a hundred thousand of them are shuffled in less than a megabyte.
        places = array("I", range(self.samples_planned // max(1, len(self.candidates))))
        if candidate.hardware is None or self.open_loop is not None:
            random.Random(f"{self.seed}/order").shuffle(places)  # noqa: S311 - an order, not a secret
        starts = list(accumulate((len(self.items[s.name]) for s in self.suites), initial=0))
        for place in places:
            repeat, within = divmod(place, starts[-1])
            which = bisect_right(starts, within) - 1
            suite = self.suites[which].name
            yield Task(candidate.name, suite, self.items[suite][within - starts[which]], repeat)


def make_plan(
    suites: Sequence[Suite],
    candidates: Sequence[Candidate],
    *,
    repeats: int = 1,
    seed: int = 0,
    limit: int | None = None,
    slices: Mapping[str, str] | None = None,
    open_loop: OpenLoop | None = None,
) -> Plan:
    """The plan of a run.

    Args:
        suites: Whole suites; only their test items are asked.
        candidates: Who is asked.
        repeats: Samples for each candidate and item.
        seed: Seed of the order and of the part taken.
        limit: At most this many items of each suite, a stratified part.
        slices: Only items whose tags have these values.
        open_loop: Send requests at this rate, not as fast as `concurrency` allows.

    Raises:
        RunError: Nothing is left to ask.
    """
    chosen: dict[str, Sequence[Item]] = {}
    left_out = False
    for suite in suites:
        whole = suite.test_items
        part = part_of(whole, _within(whole, slices)) if slices else whole
        rng = random.Random(f"{seed}/{suite.name}")  # noqa: S311 - a draw, not a secret
        taken = stratified_part(part, limit, rng)
        left_out = left_out or len(taken) < len(whole)
        chosen[suite.name] = taken
    if not candidates or not any(chosen.values()):
        raise RunError("nothing to ask: no candidate or no test item is left", hint="widen the filters")
    reason = _part_in_words(limit, slices) if left_out else None
    return Plan(
        suites=tuple(suites),
        candidates=tuple(candidates),
        items=chosen,
        repeats=repeats,
        seed=seed,
        partial_reason=reason,
        open_loop=open_loop,
    )


def stratified_part(items: Sequence[Item], limit: int | None, rng: random.Random) -> Sequence[Item]:
    """At most `limit` items in random order, each kind of target in its share.

    The first items of the result are a fair sample too: strata take turns in proportion to their size.
    """
    strata: dict[str, array[int]] = defaultdict(lambda: array("L"))
    for place, item in enumerate(items):
        strata[_stratum(item)].append(place)
    # Each item gets a rank in [0, 1), spread evenly in its stratum; sorting by rank interleaves the strata.
    ranked: list[tuple[float, float, int]] = []
    for name in sorted(strata):
        members = strata[name]
        rng.shuffle(members)
        offset = rng.random()
        ranked += [((n + offset) / len(members), rng.random(), place) for n, place in enumerate(members)]
    ranked.sort()
    return part_of(items, (place for _, _, place in ranked[:limit]))


def _within(items: Sequence[Item], slices: Mapping[str, str]) -> Iterator[int]:
    """The places of the items whose tags have these values."""
    for place, item in enumerate(items):
        if all(item.tags.get(tag) == value for tag, value in slices.items()):
            yield place


def _stratum(item: Item) -> str:
    """What kind of target it is: the label, the number of calls, or how many fields are filled."""
    target: Any = item.target
    if isinstance(target, (list, tuple)):
        return f"{len(target)} parts"
    if isinstance(target, Mapping):
        return f"{sum(v is not None for v in target.values())} fields"
    return str(target)


def _part_in_words(limit: int | None, slices: Mapping[str, str] | None) -> str:
    parts: Iterable[str] = [f"{t}={v}" for t, v in (slices or {}).items()]
    if limit is not None:
        parts = [*parts, f"at most {limit} items of each suite"]
    return ", ".join(parts)
