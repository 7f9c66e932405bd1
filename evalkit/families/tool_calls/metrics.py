"""The family's own figures: success by number of calls, which tool for which, argument errors, abstention."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from evalkit.families.tool_calls.reading import Call
from evalkit.families.tool_calls.scoring import Cases
from evalkit.records import Item, Score, Suite

NO_CALL = "(no call)"
UNREADABLE = "(unreadable)"
_NONE, _ONE, _SEVERAL = "none", "one", "several"


def suite_metrics(suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
    """Figures over answered samples, as plain JSON values; a rate over nothing is None."""
    tally = _Tally(Cases(suite))
    for item, score in rows:
        tally.add(item, score)
    return tally.figures()


@dataclass(slots=True)
class _Tally:
    """Counts row by row."""

    cases: Cases
    by_calls: dict[str, list[int]] = field(
        default_factory=lambda: {k: [0, 0] for k in (_NONE, _ONE, _SEVERAL)}
    )
    confusion: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    arguments: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    parsers: Counter[str] = field(default_factory=Counter)
    abstained: int = 0
    abstained_rightly: int = 0
    argument_score: float = 0.0
    rows: int = 0

    def add(self, item: Item, score: Score) -> None:
        case = self.cases.of(item)
        expected = case.acceptable[0]
        counts = self.by_calls[_ONE if len(expected) == 1 else _SEVERAL if expected else _NONE]
        counts[0] += 1
        counts[1] += score.success
        self.rows += 1
        self.argument_score += score.score
        self.parsers[score.parser or "none"] += 1
        if score.parsed is None:
            for tool in [c.tool for c in expected] or [NO_CALL]:
                self.confusion[tool][UNREADABLE] += 1
            return
        if not score.parsed:
            self.abstained += 1
            self.abstained_rightly += score.success
        calls = tuple(Call(name=c["name"], arguments=c["arguments"]) for c in score.parsed)
        judgement = self.cases.judge(case, calls)
        for wanted, called in judgement.pairs:
            self.confusion[wanted or NO_CALL][called or NO_CALL] += 1
        for tool, argument, kind in judgement.faults:
            self.arguments[tool][argument][kind] += 1

    def figures(self) -> dict[str, Any]:
        no_call_items, no_call_right = self.by_calls[_NONE]
        return {
            "success_by_calls": {
                name: {"n": n, "successes": k, "success": _share(k, n)}
                for name, (n, k) in self.by_calls.items()
            },
            "argument_score": _share(self.argument_score, self.rows),
            "tool_confusion": {t: dict(sorted(c.items())) for t, c in sorted(self.confusion.items())},
            "argument_errors": {
                t: {a: dict(sorted(k.items())) for a, k in sorted(by.items())}
                for t, by in sorted(self.arguments.items())
            },
            "abstention": {
                "precision": _share(self.abstained_rightly, self.abstained),
                "recall": _share(no_call_right, no_call_items),
                "abstained": self.abstained,
                "no_call_items": no_call_items,
            },
            "parsers": {p: _share(n, self.rows) for p, n in self.parsers.most_common()},
        }


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
