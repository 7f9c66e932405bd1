"""Calls made against calls expected: the best pairing, what is right in it, and every place that is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.families.tool_calls.arguments import Pair, compare, step
from evalkit.families.tool_calls.reading import Call
from evalkit.families.tool_calls.targets import ExpectedCall
from evalkit.families.tool_calls.tools import Toolbox
from evalkit.families.tool_calls.values import Profile
from evalkit.records import Diff

_MOST_PAIRED = 256
"""Calls of one answer that are looked at for a pairing; what comes after them is extra."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallMatch:
    """What the calls of an answer are worth against one acceptable list."""

    score: float
    """Mean credit over the calls expected or made, whichever are more; a fraction in [0, 1]."""
    diffs: tuple[Diff, ...]
    """Every departure, in the target's order; empty exactly when all is right."""
    pairs: tuple[tuple[str | None, str | None], ...]
    """Tools expected and called: (right, called), (missing, None), (None, extra)."""
    faults: tuple[tuple[str, str, str], ...] = ()
    """Tool, argument and kind of each wrong argument."""


def judge(
    expected: Sequence[ExpectedCall],
    made: Sequence[Call],
    toolbox: Toolbox,
    profile: Profile,
    *,
    ordered: bool = False,
) -> CallMatch:
    """The made calls against the expected ones, paired so that the most is right."""
    if not expected:
        return _judge_needless(made)
    table = _Table(expected, made[:_MOST_PAIRED], toolbox, profile)
    matched = table.match_calls(ordered=ordered)
    if ordered and len(expected) == len(made) > 1 and table.out_of_order(matched):
        return _judge_order(expected, made)
    return _Findings(expected, made, toolbox, table).judgement(matched)


class _Table:
    """What each made call is worth for each expected one, computed once each and only when asked for."""

    def __init__(
        self, expected: Sequence[ExpectedCall], made: Sequence[Call], toolbox: Toolbox, profile: Profile
    ) -> None:
        self._expected = expected
        self._made = made
        self._toolbox = toolbox
        self._profile = profile
        self._pairs: dict[tuple[int, int], Pair | None] = {}

    def pair(self, i: int, j: int) -> Pair | None:
        """Expected call i against made call j; None when the tools differ."""
        if (i, j) not in self._pairs:
            expected, made = self._expected[i], self._made[j]
            self._pairs[i, j] = (
                compare(expected, made, self._toolbox.find(expected.tool), self._profile)
                if expected.tool == made.name
                else None
            )
        return self._pairs[i, j]

    def match_calls(self, *, ordered: bool) -> list[tuple[int, int]]:
        """The pairing of calls of the same tool with the highest credit."""
        if len(self._expected) == len(self._made):
            straight = [(i, i) for i in range(len(self._expected))]
            if all(p is not None and p.credit == 1.0 for p in (self.pair(i, j) for i, j in straight)):
                return straight
        if ordered:
            return self._align()
        if len(self._expected) == 1:
            return self._best_of_one()
        return self._assign()

    def out_of_order(self, matched: list[tuple[int, int]]) -> bool:
        """Whether all would be right but for the order."""
        if self._perfect(matched):
            return False
        return self._perfect(self._assign())

    def _perfect(self, matched: list[tuple[int, int]]) -> bool:
        return len(matched) == len(self._expected) and all(self._credit(i, j) == 1.0 for i, j in matched)

    def _credit(self, i: int, j: int) -> float:
        pair = self.pair(i, j)
        return 0.0 if pair is None else pair.credit

    def _best_of_one(self) -> list[tuple[int, int]]:
        worth = [self._credit(0, j) for j in range(len(self._made))]
        best = max(worth, default=0.0)
        return [(0, worth.index(best))] if best > 0.0 else []

    def _assign(self) -> list[tuple[int, int]]:
        # scipy is slow to import, and most answers hold one call.
        import numpy as np
        from scipy.optimize import linear_sum_assignment

        worth = np.array(
            [[self._credit(i, j) for j in range(len(self._made))] for i in range(len(self._expected))]
        ).reshape(len(self._expected), len(self._made))
        rows, columns = linear_sum_assignment(worth, maximize=True)
        return [
            (int(i), int(j)) for i, j in zip(rows, columns, strict=True) if self._credit(int(i), int(j)) > 0.0
        ]

    def _align(self) -> list[tuple[int, int]]:
        """The pairing without crossings of the highest credit, by dynamic programming from the end."""
        n, m = len(self._expected), len(self._made)
        best = [[0.0] * (m + 1) for _ in range(n + 1)]
        for i in reversed(range(n)):
            for j in reversed(range(m)):
                paired = self._credit(i, j) + best[i + 1][j + 1]
                best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
        matched, i, j = [], 0, 0
        while i < n and j < m:
            if self._credit(i, j) > 0.0 and best[i][j] == self._credit(i, j) + best[i + 1][j + 1]:
                matched.append((i, j))
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j]:
                i += 1
            else:
                j += 1
        return matched


@dataclass(slots=True)
class _Findings:
    """Collects what a pairing leaves wrong."""

    expected: Sequence[ExpectedCall]
    made: Sequence[Call]
    toolbox: Toolbox
    table: _Table
    diffs: list[Diff] = field(default_factory=list)
    pairs: list[tuple[str | None, str | None]] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def judgement(self, matched: list[tuple[int, int]]) -> CallMatch:
        partner = dict(matched)
        taken = set(partner.values())
        spare = iter([j for j in range(len(self.made)) if j not in taken])
        credit = 0.0
        for i in range(len(self.expected)):
            if i in partner:
                credit += self._same_tool(i, partner[i])
            else:
                self._other_tool(i, next(spare, None))
        for k, j in enumerate(spare):
            self._extra(len(self.expected) + k, self.made[j])
        return CallMatch(
            score=credit / max(len(self.expected), len(self.made)),
            diffs=tuple(self.diffs),
            pairs=tuple(self.pairs),
            faults=tuple(self.faults),
        )

    def _same_tool(self, i: int, j: int) -> float:
        pair = self.table.pair(i, j)
        assert pair is not None  # noqa: S101 - only calls of the same tool are matched
        tool = self.expected[i].tool
        self.pairs.append((tool, tool))
        for argument, kind, expected, got in pair.faults:
            path = f"$[{i}].arguments{step(argument)}"
            self.diffs.append(Diff(path=path, kind=kind, expected=expected, got=got))
            self.faults.append((tool, argument, kind))
        return pair.credit

    def _other_tool(self, i: int, j: int | None) -> None:
        call = self.expected[i]
        if j is None:
            self.pairs.append((call.tool, None))
            self.diffs.append(Diff(path=f"$[{i}]", kind="missing_call", expected=call.shown()))
            return
        name = self.made[j].name
        self.pairs.append((call.tool, name))
        kind = "wrong_tool" if self.toolbox.find(name) else "unknown_tool"
        if name == call.tool:  # the same tool, left over by a pairing that keeps the order
            kind = "wrong_order"
        self.diffs.append(Diff(path=f"$[{i}].tool", kind=kind, expected=call.tool, got=name))

    def _extra(self, k: int, call: Call) -> None:
        kind = "extra_call" if self.toolbox.find(call.name) else "unknown_tool"
        self.pairs.append((None, call.name))
        self.diffs.append(Diff(path=f"$[{k}]", kind=kind, got=call.shown()))


def _judge_needless(made: Sequence[Call]) -> CallMatch:
    return CallMatch(
        score=0.0 if made else 1.0,
        diffs=tuple(Diff(path=f"$[{j}]", kind="unwanted_call", got=c.shown()) for j, c in enumerate(made)),
        pairs=tuple((None, c.name) for c in made) or ((None, None),),
    )


def _judge_order(expected: Sequence[ExpectedCall], made: Sequence[Call]) -> CallMatch:
    """All calls are right, in another order: half the credit, since the work is known and done wrongly."""
    return CallMatch(
        score=0.5,
        diffs=(
            Diff(
                path="$", kind="wrong_order", expected=[c.tool for c in expected], got=[c.name for c in made]
            ),
        ),
        pairs=tuple((c.tool, c.tool) for c in expected),
    )
