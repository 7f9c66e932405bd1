"""The learning curve: success against training examples, and whether the style or the task was learnt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit.comparison import Change, GroupComparison, compare_pairs, marks, pair
from evalkit.economics.evidence import BoolArray, FloatArray, some_clusters, tags_of, uneven
from evalkit.errors import UsageError, near_names
from evalkit.records import Candidate, clean_json, to_plain
from evalkit.stats import Interval, LearningFit, PairedDifference, fit_learning, rate_interval
from evalkit.wording import percent, point_span, points, span, tenths

if TYPE_CHECKING:
    from evalkit.evidence import Cell, Evidence

Learnt = Literal["task", "style", "open", "unknown"]
OTHER_STYLE = "origin=written"
"""The slice of another style than that of most training items, in the shipped suites."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """One model on one slice."""

    candidate: str
    examples: int
    """Training examples that it saw; 0 for the untrained model."""
    simulated: bool
    success: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceCurve:
    """The models on one slice, those with the fewest examples first."""

    name: str
    """`tag=value`, or the suite."""
    items: int
    points: tuple[CurvePoint, ...]
    fit: LearningFit | None
    """None where there are too few sizes or items."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StyleOrTask:
    """What changed from the model with the fewest examples to the one with the most."""

    learnt: Learnt
    """`task`: success in the other style rose for certain. `style`: it did not, and form or length changed
    for certain. `open`: neither is shown. `unknown`: no item is of another style."""
    first: str
    last: str
    format_valid: PairedDifference
    """Answers that fit their form: labels of the suite, the schema, calls of its tools."""
    output_tokens: Change
    other_style: GroupComparison | None
    other_name: str

    @property
    def in_words(self) -> str:
        """The finding in one sentence."""
        if self.other_style is None:
            return f"style or task: unknown, no item is of the slice {self.other_name}"
        change = self.other_style.difference
        moved = f"success on {self.other_name} {_points(change.interval)} from {self.first} to {self.last}"
        form = f"answers in form {_points(self.format_valid.interval)}"
        said = {
            "task": "the task was learnt, not the style alone",
            "style": "the style was learnt; that the task was is not shown",
            "open": "neither style nor task is shown to be learnt",
        }
        return f"{said[self.learnt]}: {moved}, {form}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteCurve:
    """The curve on one suite."""

    suite: str
    whole: SliceCurve
    slices: tuple[SliceCurve, ...]
    style_or_task: StyleOrTask

    @property
    def in_words(self) -> str:
        """What the next doubling is likely to bring, in one sentence."""
        fit, last = self.whole.fit, self.whole.points[-1]
        if fit is None:
            sizes = len({p.examples for p in self.whole.points if p.examples})
            return f"the next doubling: not foretold, too few sizes of training sets ({sizes}; 3 are needed)"
        ahead = fit.next_success
        return (
            f"a doubling brought {_points(fit.per_doubling)}; at {fit.next_size:,} examples one more model "
            f"is expected at {tenths(ahead.estimate)} ({span(ahead, tenths)}), "
            f"now {tenths(last.success.estimate)}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCurve:
    """The models of one base on every suite that two or more of them answered."""

    base: str
    suites: tuple[SuiteCurve, ...]

    def to_json(self) -> dict[str, Any]:
        """The plain form, with each finding in words."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        for told, one in zip(plain["suites"], self.suites, strict=True):
            told["in_words"] = [one.in_words, one.style_or_task.in_words]
        return plain


def learning_curve(
    evidence: Evidence,
    base: str,
    declared: Mapping[str, Candidate] | None = None,
    *,
    suites: Sequence[str] = (),
    other_style: str = OTHER_STYLE,
    confidence: float = 0.95,
) -> LearningCurve:
    """Return success against training examples of the candidates that share `base` and say `trained_on`.

    Args:
        evidence: Of each suite and candidate the latest whole run.
        base: What the candidates share.
        declared: The project's candidates: what they say of their training goes before the run's word.
        suites: Only these suites; none means all.
        other_style: The slice, `tag=value`, whose items have another style than the training's.
        confidence: Of each interval.

    Raises:
        UsageError: On no suite have two candidates of this base said how many examples they saw.
    """
    found = []
    by_suite: dict[str, list[tuple[int, Cell]]] = {}
    bases: set[str] = set()
    for cell in evidence.cells:
        candidate = (declared or {}).get(cell.candidate, cell.setting)
        if candidate is None or (suites and cell.suite not in suites):
            continue
        bases |= {candidate.base} if candidate.base else set()
        trained = candidate.at(cell.suite).trained_on
        if candidate.base == base and trained is not None:
            by_suite.setdefault(cell.suite, []).append((trained.examples, cell))
    for models in by_suite.values():
        models.sort(key=lambda one: (one[0], one[1].candidate))
        if len({examples for examples, _ in models}) > 1:
            found.append(_suite_curve(models, other_style, confidence))
    if not found:
        raise UsageError(
            f"on no suite have two candidates of the base {base!r} said how many examples they saw",
            hint=near_names(base, bases)
            if base not in bases
            else "trained_on: {examples: 200} in each candidate",
        )
    return LearningCurve(base=base, suites=tuple(found))


def learning_curves(evidence: Evidence, declared: Mapping[str, Candidate]) -> tuple[LearningCurve, ...]:
    """Return the curve of every base that has one."""
    found = []
    settings = [(declared.get(cell.candidate, cell.setting), cell.suite) for cell in evidence.cells]
    bases = [c.base for c, suite in settings if c and c.base and c.at(suite).trained_on is not None]
    for base in dict.fromkeys(bases):
        with suppress(UsageError):  # one size alone is no curve
            found.append(learning_curve(evidence, base, declared))
    return tuple(found)


def _suite_curve(models: Sequence[tuple[int, Cell]], other_style: str, confidence: float) -> SuiteCurve:
    places = _shared_items([cell for _, cell in models])
    last = models[-1][1].side
    at = places[:, -1]
    success = np.column_stack([c.side.table.success[places[:, k]] for k, (_, c) in enumerate(models)])
    clusters, weights = last.table.cluster[at], last.table.weight[at]
    cells = last.rows["tags"].to_numpy(dtype=object)[last.table.first[at]]

    def curve(name: str, keep: BoolArray) -> SliceCurve:
        return _slice_curve(name, models, success[keep], clusters[keep], weights[keep], confidence)

    members: dict[str, BoolArray] = {}
    for n, cell in enumerate(cells):
        for tag, value in tags_of(cell).items():
            members.setdefault(f"{tag}={value}", np.zeros(len(cells), dtype=bool))[n] = True
    suite = models[0][1].suite
    return SuiteCurve(
        suite=suite,
        whole=curve(suite, np.ones(len(cells), dtype=bool)),
        slices=tuple(curve(name, members[name]) for name in sorted(members)),
        style_or_task=_style_or_task(models[0][1], models[-1][1], other_style, confidence),
    )


def _slice_curve(
    name: str,
    models: Sequence[tuple[int, Cell]],
    success: FloatArray,
    clusters: np.ndarray[Any, Any],
    weights: FloatArray,
    confidence: float,
) -> SliceCurve:
    design: dict[str, Any] = {
        "clusters": some_clusters(clusters),
        "weights": uneven(weights),
        "confidence": confidence,
    }
    trained = [k for k, (examples, _) in enumerate(models) if examples]
    fit = fit_learning([models[k][0] for k in trained], success[:, trained], **design) if trained else None
    return SliceCurve(
        name=name,
        items=len(success),
        points=tuple(
            CurvePoint(
                candidate=cell.candidate,
                examples=examples,
                simulated=cell.marks.simulated > 0,
                success=rate_interval(success[:, k], **design),
            )
            for k, (examples, cell) in enumerate(models)
        ),
        fit=fit,
    )


def _shared_items(cells: Sequence[Cell]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """(n_items, n_models) the places of the items that all models answered, input for input."""
    tables = [cell.side.table for cell in cells]
    known = [
        {(i, h): n for n, (i, h, a) in enumerate(zip(t.ids, t.input_hash, t.answered, strict=True)) if a}
        for t in tables
    ]
    shared = [key for key in known[-1] if all(key in one for one in known)]
    return np.array([[one[key] for one in known] for key in shared], dtype=np.intp).reshape(-1, len(cells))


def _style_or_task(first: Cell, last: Cell, other_style: str, confidence: float) -> StyleOrTask:
    pairs = pair(first.side, last.side)
    found = compare_pairs(
        pairs,
        (marks(first.rows, first.manifest), marks(last.rows, last.manifest)),
        (first.manifest, last.manifest),
        margin=0.0,
        confidence=confidence,
    )
    other = next((s for s in found.slices if s.name == other_style and s.difference.n_pairs), None)
    return StyleOrTask(
        learnt=_learnt(found.format_valid.interval, found.output_tokens.change, other),
        first=first.candidate,
        last=last.candidate,
        format_valid=found.format_valid,
        output_tokens=found.output_tokens,
        other_style=other,
        other_name=other_style,
    )


def _learnt(form: Interval, length: Interval | None, other: GroupComparison | None) -> Learnt:
    if other is None:
        return "unknown"
    if other.difference.interval.low > 0:
        return "task"
    changed = form.low > 0 or (length is not None and (length.low > 0 or length.high < 0))
    return "style" if changed else "open"


def curve_rows(one: SuiteCurve) -> Iterator[dict[str, str]]:
    """Return the suite's table: a row for all items and each slice, a column for each model."""
    for part in (one.whole, *one.slices):
        row = {one.suite: "all items" if part is one.whole else part.name, "items": str(part.items)}
        for point in part.points:
            bounds = span(point.success, percent)
            mark = ", SIMULATED" if point.simulated else ""
            row[f"{point.examples:,} ({point.candidate}{mark})"] = (
                f"{tenths(point.success.estimate)} ({bounds})"
            )
        row["a doubling"] = "" if part.fit is None else _points(part.fit.per_doubling)
        yield row


def _points(change: Interval) -> str:
    return f"{points(change.estimate)} points ({point_span(change)})"
