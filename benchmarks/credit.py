"""Whether wrong answers are ever credited, and how many right ones are: counts by form.

Usage: python benchmarks/credit.py FAMILY [ANSWERS] [SEED]

`benchmarks/credit_FAMILY.py` makes the answers and imports no scorer nor reader: it knows which are right by
the way it made them. Its `make_case(rng, right=…)` makes one. ANSWERS (default 100,000) of each sort
are made. Prints the table of the family's page, then up to 20 miscredited answers of each sort; exits 1 when
a wrong one was credited or fewer than 99.9% of the right ones were.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.credit_case import Case
from evalkit.families import Scorer, get_family
from evalkit.records import Answer, Contract, Item, Suite, ToolCall

ANSWERS = 100_000
LEAST_CREDITED = 0.999
"""Share of the right answers that must be credited."""


@dataclass(kw_only=True)
class Credit:
    """What was made and what was credited, by form."""

    made: dict[bool, Counter[str]] = field(default_factory=lambda: {True: Counter(), False: Counter()})
    """Right or wrong -> form -> answers."""
    credited: dict[bool, Counter[str]] = field(default_factory=lambda: {True: Counter(), False: Counter()})
    missed: dict[bool, list[Case]] = field(default_factory=lambda: {True: [], False: []})
    """Right ones that were not credited, and wrong ones that were."""

    @property
    def holds(self) -> bool:
        """Whether no wrong answer was credited and enough right ones were."""
        enough = self.credited[True].total() >= LEAST_CREDITED * self.made[True].total()
        return enough and not self.credited[False].total()

    def table(self) -> str:
        """Return the counts by form as Markdown."""
        forms = sorted(self.made[True].keys() | self.made[False].keys())
        rows = [(f, *(c[r][f] for r in (True, False) for c in (self.made, self.credited))) for f in forms]
        total = ("all", *(c[r].total() for r in (True, False) for c in (self.made, self.credited)))
        head = ("form", "right", "credited", "wrong", "credited")
        lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|"]
        return "\n".join([*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in (*rows, total))])


def measure(family: str, answers: int, seed: int = 1) -> Credit:
    """Return how `answers` right and as many wrong answers of a family are credited."""
    make_case: Callable[..., Case] = import_module(f"benchmarks.credit_{family}").make_case
    scorer = cache(lambda made_of: _scorer(family, *json.loads(made_of)))
    found = Credit()
    for right in (True, False):
        rng = random.Random(f"{seed} {right}")
        for number in range(answers):
            case = make_case(rng, right=right)
            score = scorer(json.dumps([dict(case.contract), dict(case.scorer)]))
            item = Item(id=str(number), input=case.asked, target=case.target)
            calls = tuple(ToolCall(name=c["name"], arguments=c["arguments"]) for c in case.calls)
            success = score(item, Answer(text=case.text, tool_calls=calls, finish_reason="stop")).success
            found.made[right][case.form] += 1
            found.credited[right][case.form] += success
            if success is not right:
                found.missed[right].append(case)
    return found


def _scorer(family: str, contract: dict[str, object], options: dict[str, object]) -> Scorer:
    suite = Suite(name="credit", family=family, version="1", contract=Contract(**contract), scorer=options)  # type: ignore[arg-type]
    return get_family(family).scorer(suite)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> int:
    """Print the table and what was miscredited."""
    family = sys.argv[1]
    answers = int(sys.argv[2]) if len(sys.argv) > 2 else ANSWERS
    found = measure(family, answers, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    print(found.table())
    for right, word in ((False, "wrong, and credited"), (True, "right, and not credited")):
        for (form, way), count in Counter((c.form, c.way) for c in found.missed[right]).most_common(40):
            print(f"{word}: {count} × {form}, {way}")
        for case in found.missed[right][:20]:
            print(f"  {case.target!r}: {case.text!r}")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
