"""Score the stored answers of baselines anew: the same answers, read as the families read them now."""

from __future__ import annotations

import getpass
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from evalkit.api.projects import open_project
from evalkit.api.suites import load_suites
from evalkit.baseline import list_baselines, load_baseline
from evalkit.baseline import promote as write_baseline
from evalkit.config import Project
from evalkit.errors import BaselineError, UsageError, near_names
from evalkit.families import compile_scorer, scorer_for, scorer_hash
from evalkit.records import Answer, Candidate, Score, Suite, ToolCall, canonical_json, from_plain, to_plain

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.baseline import Accepted, Mark


@dataclass(frozen=True, kw_only=True, slots=True)
class RescoredBaseline:
    """One baseline under its stored scores and the present ones."""

    suite: str
    slot: str
    answers: int
    """Answers scored anew."""
    changed: int
    """Scores that differ in success, score or error kind."""
    right_now: tuple[str, ...]
    """Items of answers that were wrong."""
    wrong_now: tuple[str, ...]
    """Items of answers that were right."""
    success_before: float | None
    success_after: float | None
    is_stale: bool
    """Whether the stored scores were made by another version of the family."""
    written: bool


def rescore_baselines(
    *,
    suites: Iterable[str] = (),
    why: str = "",
    who: str | None = None,
    dry_run: bool = False,
    project: Project | Path | str | None = None,
) -> tuple[RescoredBaseline, ...]:
    """Score the stored answers of the project's baselines anew, anchors included; ask no model.

    A baseline whose scores and scorer are the present ones is left as it is.

    Args:
        suites: Only baselines of these suites; none means all.
        why: The reason, for those who read the log; needed to write.
        who: Who accepts; None takes the user.
        dry_run: Whether to tell what would change and write nothing.
        project: Where baselines and suites are; None finds `evalkit.yaml`.

    Raises:
        UsageError: No reason was given, or no baseline is of a suite named.
        BaselineError: A suite is not the one that its baseline was accepted for, or a file is damaged.
        SuiteError: A suite is unknown or has faults.
    """
    if not dry_run and not why.strip():
        raise UsageError("a baseline needs a reason", hint="say it with --why TEXT, or look first: --dry-run")
    home, wanted = open_project(project), tuple(suites)
    names = [n for n in list_baselines(home.baselines) if not wanted or n.suite in wanted]
    for missing in set(wanted) - {n.suite for n in names}:
        known = {n.suite for n in list_baselines(home.baselines)}
        raise UsageError(f"no baseline of suite {missing!r}", hint=near_names(missing, known))
    present = {s.name: s for s in load_suites(home, sorted({n.suite for n in names}))}
    found = []
    for name in names:
        baseline, suite = load_baseline(home.baselines, name.suite, name.slot), present[name.suite]
        kinds = [(baseline.accepted, why)]
        if not baseline.anchored:
            kinds.insert(0, (baseline.anchor, f"{why} (the anchor)"))
        scored = [(accepted, reason, _rescore(accepted, suite)) for accepted, reason in kinds]
        results = [_compare(name.slot, accepted, new, suite) for accepted, _, new in scored]
        to_write = not dry_run and any(r["changed"] or r["is_stale"] for r in results)
        for accepted, reason, new in scored if to_write else ():
            write_baseline(
                home.baselines,
                new,
                accepted.manifest,
                who=who or getpass.getuser(),
                why=reason,
                when=datetime.now(UTC).isoformat(timespec="seconds"),
                slot=name.slot,
                failed="failed" in accepted.summary.marks,
                allow=cast("Collection[Mark]", accepted.summary.marks),
                re_anchor=accepted.digest == baseline.anchor.digest,
            )
        found.append(RescoredBaseline(**results[-1], written=to_write))
    return tuple(found)


def _rescore(accepted: Accepted, suite: Suite) -> pd.DataFrame:
    """Return the samples with the scores that the suite's family gives their answers now."""
    summary = accepted.summary
    if summary.suite_version != suite.suite_version:
        raise BaselineError(
            f"the suite {suite.name!r} is {suite.suite_version}, and the baseline of {summary.slot!r} was"
            f" accepted for {summary.suite_version}",
            hint="run the suite and promote that run; `--suites` leaves it out",
        )
    candidate: Candidate = accepted.manifest.candidates[0].candidate
    score = scorer_for(compile_scorer(suite), candidate)
    items, fresh = {i.id: i for i in suite.items}, scorer_hash(suite)
    frame = accepted.samples.copy()
    answered = (frame["status"] == "answered").to_numpy()
    rows = cast("list[dict[str, Any]]", frame.to_dict("records"))
    new = [
        _columns(score(items[str(row["item_id"])], _answer(row)), fresh) if is_answered else None
        for row, is_answered in zip(rows, answered, strict=True)
    ]
    for column in _SCORED:
        if column in frame.columns:
            kept = frame[column].tolist()
            values = [o if n is None else n[column] for o, n in zip(kept, new, strict=True)]
            frame[column] = type(frame[column])(values, index=frame.index, dtype=frame[column].dtype)
    frame["scorer_hash"] = fresh
    return frame


_SCORED = ("success", "score", "error_kind", "format_valid", "parsed", "diff", "form")


def _columns(score: Score, fresh: str) -> Mapping[str, Any]:
    """Return what the flat view holds of a score."""
    return {
        "success": score.success,
        "score": score.score,
        "error_kind": score.error_kind,
        "format_valid": score.format_valid,
        "parsed": None if score.parsed is None else canonical_json(score.parsed),
        "diff": json.dumps(to_plain(score.diff), ensure_ascii=False, separators=(",", ":")),
        "form": score.form,
    }


def _answer(row: Mapping[str, Any]) -> Answer:
    def text(name: str) -> str | None:
        value = row.get(name)
        return value if isinstance(value, str) else None

    calls = json.loads(text("tool_calls") or "[]")
    return Answer(
        text=text("output"),
        tool_calls=tuple(from_plain(ToolCall, c) for c in calls),
        finish_reason=text("finish_reason"),
        refusal=text("refusal"),
    )


def _compare(slot: str, accepted: Accepted, new: pd.DataFrame, suite: Suite) -> dict[str, Any]:
    old = accepted.samples
    pairs = [
        (str(i), bool(a), bool(b), (sa, ka) != (sb, kb))
        for i, status, a, b, sa, sb, ka, kb in zip(
            old["item_id"], old["status"], old["success"], new["success"], old["score"], new["score"],
            old["error_kind"].where(old["error_kind"].notna(), None),
            new["error_kind"].where(new["error_kind"].notna(), None),
            strict=True,
        )
        if status == "answered"
    ]  # fmt: skip
    return {
        "suite": suite.name,
        "slot": slot,
        "answers": len(pairs),
        "changed": sum(differs or a is not b for _, a, b, differs in pairs),
        "right_now": tuple(_unique(i for i, a, b, _ in pairs if b and not a)),
        "wrong_now": tuple(_unique(i for i, a, b, _ in pairs if a and not b)),
        "success_before": sum(a for _, a, _, _ in pairs) / len(pairs) if pairs else None,
        "success_after": sum(b for _, _, b, _ in pairs) / len(pairs) if pairs else None,
        "is_stale": accepted.summary.scorer_hash != scorer_hash(suite),
    }


def _unique(names: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(names)
