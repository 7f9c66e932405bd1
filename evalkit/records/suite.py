"""What is asked: a suite of items with its contract, prompts and stakes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, overload

from evalkit.records.codec import content_hash, to_plain

RiskClass = Literal["low", "medium", "high"]
Privacy = Literal["any", "local_only"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stakes:
    """What the work is worth and what a mistake costs; unknown amounts are None, never zero."""

    risk: RiskClass = "medium"
    """How bad a wrong answer is."""
    complexity: RiskClass = "medium"
    """How hard the work is, as the team sees it."""
    privacy: Privacy = "any"
    """`local_only`: no input may leave for an endpoint that is not loopback or listed as private."""
    volume_per_month: int | None = None
    """Requests a month."""
    quality_floor: float | None = None
    """The least acceptable success rate, a fraction in [0, 1]."""
    margin: float | None = None
    """The drop in success that still counts as no worse, a fraction; None takes the gate's."""
    latency_slo_s: float | None = None
    """The longest acceptable end-to-end latency, in seconds."""
    error_cost_usd: float | None = None
    """What one wrong answer costs, in US dollars."""
    review_cost_usd: float | None = None
    """What one human review costs, in US dollars."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """What an answer must look like: labels, a JSON Schema or tools, by family."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Label -> what belongs there (may be empty text), in the declared order."""
    multi_label: bool = False
    """Whether a target is a set of labels."""
    out_of_scope: str | None = None
    """The label that means 'none of the others', when there is one."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema (draft 2020-12) of an extraction."""
    tools: tuple[Mapping[str, Any], ...] = ()
    """OpenAI-style tool definitions; an item's own tools replace them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """One prompt variant: jinja2 templates over input, messages, context, labels, schema and tools."""

    system: str = ""
    """Template of the system message; empty for none."""
    user: str = "{{ input }}"
    """Template of the last user message."""
    few_shot: int = 0
    """Examples drawn from the `train` or `dev` split, never from `test`."""
    few_shot_seed: int = 0
    """Seed of that draw."""
    append: bool = True
    """Whether the family's own words (the tools, the answer's form) go below the system text."""

    @property
    def hash(self) -> str:
        """Content hash of the variant."""
        # A variant that appends keeps the hash that earlier samples know it by.
        return content_hash({k: v for k, v in to_plain(self).items() if k != "append" or not v})


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One decision to make: an input and its target."""

    id: str
    """Unique in its suite."""
    input: str | None = None
    """The text to work on, when the item is not a chat."""
    messages: tuple[Mapping[str, Any], ...] = ()
    """Chat messages, earlier turns included, when the item is a chat."""
    context: tuple[Mapping[str, Any], ...] = ()
    """Passages `{id, text}` that come with the input."""
    target: Any = None
    """The right answer in its family's form."""
    alternatives: tuple[Any, ...] = ()
    """Further acceptable targets."""
    tools: tuple[Mapping[str, Any], ...] | None = None
    """The tools of this item alone; None takes the contract's."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag -> value; they place the item in slices."""
    weight: float = 1.0
    """How much the item counts in a weighted rate."""
    critical: bool = False
    """Whether the team insists on this item."""
    cluster: str | None = None
    """Items that share a document or customer share this name; None stands alone."""
    split: str = "test"
    """`test` is measured; `train` and `dev` serve few-shot examples."""
    line: int | None = None
    """Line in the items file, for error messages; not part of any hash."""


def part_of(items: Sequence[Item], places: Iterable[int]) -> Sequence[Item]:
    """The items at these places, in this order: a tuple of a tuple, else nothing is copied."""
    return tuple(items[p] for p in places) if isinstance(items, tuple) else _ItemsSlice(items, places)


class _ItemsSlice(Sequence[Item]):
    """Some of many items, as their places."""

    def __init__(self, items: Sequence[Item], places: Iterable[int]) -> None:
        self._items = items
        self._places = array("L", places)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Item]:
        return map(self._items.__getitem__, self._places)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return _ItemsSlice(self._items, self._places[place])
        return self._items[self._places[place]]


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A versioned set of items of one family, with its contract and its stakes."""

    name: str
    family: str
    version: str
    """As the author numbers it."""
    description: str = ""
    contract: Contract = Contract()
    scorer: Mapping[str, Any] = field(default_factory=dict)
    """Scorer options of the family: comparators, aliases, profile."""
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    """Variant -> prompt; `default` is what `prompt:` declares."""
    stakes: Stakes = Stakes()
    items: Sequence[Item] = ()
    """All splits, in file order; many are read where they are kept, each time they are wanted."""
    card: str = ""
    """The text of CARD.md."""
    path: str | None = None
    """The folder that it was read from; not part of any hash."""

    @cached_property
    def test_items(self) -> Sequence[Item]:
        """The items that are measured."""
        return part_of(self.items, [n for n, item in enumerate(self.items) if item.split == "test"])

    @cached_property
    def content_hash(self) -> str:
        """Hash of family, contract, scorer options and items: equal hashes may be compared."""
        return content_hash(self.family, self.contract, self.scorer, map(_item_content, self.items))

    @property
    def suite_version(self) -> str:
        """The author's version with the content hash, such as `1+5f2c…`."""
        return f"{self.version}+{self.content_hash}"


def _item_content(item: Item) -> list[Any]:
    return [
        item.id, item.input, item.messages, item.context, item.target, item.alternatives, item.tools,
        item.tags, item.weight, item.critical, item.cluster, item.split,
    ]  # fmt: skip
