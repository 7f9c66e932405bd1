"""Report inputs for tests, from run folders as the runner leaves them, without a store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit.comparison import Caveat, compare
from evalkit.economics import CandidateFigures
from evalkit.economics import figures as all_figures
from evalkit.gate import EXIT_CODES, CaseVerdict, GateVerdict, RuleResult
from evalkit.gate.facts import PairFacts, RateFacts
from evalkit.gate.records import worst
from evalkit.records import Manifest, Prompt, clean_text, from_plain, to_plain
from evalkit.reporting import Compared, ReportInput
from evalkit.reporting.charts import Pictures
from evalkit.reporting.charts.beside import Drawing
from evalkit.reporting.inputs import SAMPLE_COLUMNS
from evalkit.reporting.view import Figure
from evalkit.stats import Interval
from tests.run_folders import (
    CANDIDATES,
    HOSTILE_TEXTS,
    SUITES,
    journal_lines,
    make_suite,
    write_run_folder,
)

CREATED = "2026-11-20T08:10:00+00:00"
USAGE = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
SCORE = ("parsed", "format_valid", "success", "score", "error_kind", "diff")


class NoPictures(Drawing):
    """In place of drawing, for tests of what is not drawn."""

    def add(self, figures: Sequence[Figure]) -> None:
        """Draws nothing."""

    def pictures(self, figure: Figure) -> Pictures:
        """Empty ones."""
        return Pictures(wide="", narrow="")


def report_input(folder: Path, **arguments: Any) -> ReportInput:
    """The inputs of a report over one made-up run; `arguments` go to `write_run_folder`."""
    manifest = write_run_folder(folder, **arguments)
    samples, items = frames(folder, manifest)
    return ReportInput(
        samples=samples,
        items=items,
        manifests=(manifest,),
        figures=figures(samples),
        created_at=CREATED,
        gate=gate(samples),
        comparisons=comparisons(samples, manifest),
        family_metrics=family_metrics(samples),
        error_kinds={"wrong_value": "A field holds another value.", "backend_error": "The request failed."},
    )


def frames(folder: Path, manifest: Manifest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The flat view of the store and the items, straight from a run folder."""
    lines = [json.loads(line) for line in (folder / "items.jsonl").read_text("utf-8").split("\n") if line]
    items = {(line["suite"], line["item"]["id"]): line["item"] for line in lines}
    tiers = {entry.candidate.name: entry.candidate.tier for entry in manifest.candidates}
    families = {entry.name: entry.family for entry in manifest.suites}
    rows = []
    for line in journal_lines(folder):
        if line["kind"] != "sample":
            continue
        item, score, usage = items[line["suite"], line["item_id"]], line["score"] or {}, line["usage"]
        row = {
            **line,
            **{name: usage.get(name) for name in USAGE},
            **{name: score.get(name) for name in SCORE},
        }
        row.update(
            run_id=manifest.run_id,
            family=families[line["suite"]],
            tier=tiers[line["candidate"]],
            tags=item["tags"],
            critical=item["critical"],
            tool_calls=json.dumps(line["tool_calls"]),
            parsed=None if row["parsed"] is None else json.dumps(row["parsed"]),
            diff=json.dumps(row["diff"] or []),
        )
        rows.append({name: row[name] for name in SAMPLE_COLUMNS})
    found = [{"suite": s, "item_id": i, "item": json.dumps(item)} for (s, i), item in items.items()]
    return pd.DataFrame(rows, columns=list(SAMPLE_COLUMNS)), pd.DataFrame(found)


def figures(samples: pd.DataFrame) -> tuple[CandidateFigures, ...]:
    """The candidates' figures, faults for nothing: so every cost is known."""
    return all_figures(samples.assign(cost_usd=samples["cost_usd"].fillna(0.0)))


def gate(samples: pd.DataFrame) -> GateVerdict:
    """A verdict of each kind."""
    verdicts = []
    for (suite, outcome, change), k in zip(
        (
            ("support-triage", "fail", -0.2),
            ("order-extraction", "inconclusive", -0.02),
            ("calendar-tools", "pass", 0.01),
        ),
        range(3),
        strict=True,
    ):
        if suite not in set(samples["suite"]):
            continue
        ids = sorted(samples.loc[samples["suite"] == suite, "item_id"].unique())
        difference = Interval(
            estimate=change, low=change - 0.08, high=change + 0.08, confidence=0.95, n=20, method="Tango"
        )
        verdicts.append(
            case_verdict(
                suite, "slim-constrained", outcome,
                rule_result("no_regression", outcome, interval=difference, limit=0.05,
                            more_items=180 if outcome == "inconclusive" else None),
                rule_result("quality_floor", "pass", facts=RateFacts(n=20), limit=0.8, advisory=True),
                baseline="the baseline of 12 November", broken_items=tuple(ids[k : k + 4]),
                fixed_items=tuple(ids[k + 5 : k + 6]),
            )
        )  # fmt: skip
    return gate_verdict(*verdicts)


def rule_result(rule: Any, outcome: Any, **fields: Any) -> RuleResult:
    """A rule's result with what a test cares for."""
    facts = PairFacts(against="baseline", confidence=0.95, n=20, rate_a=0.8, rate_b=0.6)
    plain = {"suite": "s", "candidate": "c", "kind": "statistical", "facts": facts}
    return RuleResult(rule=rule, outcome=outcome, **(plain | fields))


def hostile_facts(text: str) -> PairFacts:
    """Facts whose only text is hostile."""
    return PairFacts(against=text, confidence=0.95, n=20)


def case_verdict(suite: str, candidate: str, outcome: Any, *rules: RuleResult, **fields: Any) -> CaseVerdict:
    """A verdict on one candidate at one suite; with one rule of its outcome when none is given."""
    rules = rules or (rule_result("no_regression", outcome),)
    return CaseVerdict(
        suite=suite, candidate=candidate, slot=candidate, outcome=outcome, rules=rules, **fields
    )


def gate_verdict(*cases: CaseVerdict, notes: tuple[str, ...] = ()) -> GateVerdict:
    """The gate's verdict on these cases."""
    outcome = worst(case.outcome for case in cases)
    return GateVerdict(
        run_id="run-1", runs=("run-1",), outcome=outcome, exit_code=EXIT_CODES[outcome],
        cases=cases, notes=notes,
    )  # fmt: skip


def comparisons(samples: pd.DataFrame, manifest: Manifest) -> tuple[Compared, ...]:
    """A slim candidate of every suite against a time when three failures were right and a success wrong."""
    found = []
    slim = samples[samples["tier"] == "slim"]
    for _, suite in slim.groupby("suite", sort=False):
        rows = suite[suite["candidate"] == suite["candidate"].iloc[0]]
        before, rows = rows.astype(object), rows.astype(object)
        answered = before[before["status"] == "answered"]
        won = answered.index[answered["success"].astype(bool)][:1]
        lost = answered.index[~answered["success"].astype(bool)][:3]
        before.loc[lost, ["success", "error_kind", "output"]] = [True, None, "as it was"]
        before.loc[won, ["success", "error_kind", "output"]] = [False, "wrong_value", "as it was"]
        one = compare(
            before, rows, label_a="baseline", manifest_a=replace(manifest, machine={"system": "Other"}),
            manifest_b=manifest,
        )  # fmt: skip
        found.append(Compared(against="baseline of 12 November", found=one.suites[0], caveats=one.caveats))
    return tuple(found)


def family_metrics(samples: pd.DataFrame) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Figures in the shapes that the shipped families give."""
    rng = np.random.default_rng(5)
    labels = ["refund", "delivery", "account", "out_of_scope"]
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for candidate in samples["candidate"].unique():
        counts = rng.integers(0, 4, (4, 4)) + 6 * np.eye(4, dtype=int)
        found["support-triage", candidate] = {
            "accuracy": 0.71, "macro_f1": 0.664, "confusion": {"labels": labels, "counts": counts.tolist()},
            "labels": {label: {"precision": 0.5, "recall": 0.75, "support": 12} for label in labels},
            "calibration": {
                "count": 20, "expected_calibration_error": 0.12, "brier": 0.08, "mean_mass_outside": 0.03,
                "methods": {"label_tokens": 20}, "bins": [
                    {"low": 0.5, "high": 0.6, "count": 8, "confidence": 0.55, "success_rate": 0.25},
                    {"low": 0.9, "high": 1.0, "count": 12, "confidence": 0.95, "success_rate": 0.75}]},
        }  # fmt: skip
        found["order-extraction", candidate] = {
            "exact_objects": 0.55,
            "fields": {
                "$.customer": {"precision": 0.9, "recall": 0.8, "f1": 0.85, "missed": 1, "hallucinated": 0,
                               "target_values": 10},
                "$.total": {"precision": 0.4, "recall": None, "f1": 0.4, "missed": 0, "hallucinated": 6,
                            "target_values": 0}},
        }  # fmt: skip
        found["calendar-tools", candidate] = {
            "argument_score": 0.8,
            "tool_confusion": {"create_event": {"create_event": 5, "(no call)": 2}},
            "argument_errors": {"create_event": {"date": {"wrong_argument_value": 2}}},
        }
    return {key: value for key, value in found.items() if key[0] in SUITES}


ATTACKS = (
    *HOSTILE_TEXTS,
    "<svg/onload=document.title='owned'>",
    "' autofocus onfocus=document.title='owned' x='",
    "</style></title></textarea></script><script>document.title='owned'</script>",
    "{{ cycler.__init__.__globals__ }}{% for x in y %}",
    '=HYPERLINK("http://example.invalid")',
    "../../index",
    "$\\alpha_{x}$ \\usepackage",
)
"""Hostile texts for any field."""


def hostile_input(folder: Path) -> ReportInput:
    """The inputs of a report with hostile text in every field that is text, names among them."""
    suites = tuple(
        replace(
            make_suite(f"{ATTACKS[k]} {family}", family, 8),
            description=" ".join(ATTACKS),
            card="\n".join(ATTACKS),
            prompts={"default": Prompt(), ATTACKS[k]: Prompt(system=ATTACKS[k + 1], user=ATTACKS[k + 2])},
        )
        for k, family in enumerate(SUITES.values())
    )
    candidates = tuple(
        replace(candidate, name=f"{candidate.name} {ATTACKS[k]}", model=ATTACKS[k + 1])
        for k, candidate in enumerate(CANDIDATES)
    )
    manifest = write_run_folder(folder, suites=clean(suites), candidates=clean(candidates))
    samples, items = frames(folder, manifest)
    samples = samples.astype(object).where(samples.notna(), None)
    for k, name in enumerate(("output", "error_kind", "finish_reason", "load", "reused_from")):
        samples[name] = poisoned(samples[name], k)
    ids = {item: f"{item} {ATTACKS[k % len(ATTACKS)]}" for k, item in enumerate(items["item_id"])}
    samples["item_id"] = pd.Series([ids[item] for item in samples["item_id"]], dtype=object)
    items["item_id"] = pd.Series([ids[item] for item in items["item_id"]], dtype=object)
    items["item"] = json.dumps({"messages": [{"role": a, "content": a} for a in ATTACKS], "target": ATTACKS})
    samples["tags"] = [{ATTACKS[i % 3]: ATTACKS[i % 5], "k": str(i % 4)} for i in range(len(samples))]
    samples["diff"] = json.dumps([{"path": a, "kind": a, "expected": a, "got": {a: [a]}} for a in ATTACKS])
    samples["parsed"] = json.dumps({a: [a, {a: a}] for a in ATTACKS})
    samples.loc[0, "output"] = "<b>" + "x" * 1_000_000
    assert any("\ud800" in text for text in samples["output"]), "lone surrogates reach the report"
    manifest = replace(
        manifest, note=ATTACKS[0], command=" ".join(ATTACKS), partial_reason=ATTACKS[1], status="partial",
        versions={a: a for a in ATTACKS}, machine={a: [a] for a in ATTACKS},
    )  # fmt: skip
    given = figures(samples)
    verdicts = tuple(
        case_verdict(
            f.suite, f.candidate, "fail",
            *(rule_result("no_regression", "fail", facts=hostile_facts(a)) for a in ATTACKS),
            baseline=ATTACKS[2], broken_items=ATTACKS, fixed_items=ATTACKS, notes=ATTACKS,
            new_error_kinds=ATTACKS,
        )
        for f in given
    )  # fmt: skip
    confusion = {"labels": list(ATTACKS), "counts": np.eye(len(ATTACKS), dtype=int).tolist()}
    return ReportInput(
        samples=samples,
        items=items,
        manifests=(manifest,),
        figures=given,
        created_at=ATTACKS[0],
        title=ATTACKS[1],
        gate=gate_verdict(*verdicts, notes=ATTACKS),
        comparisons=hostile_comparisons(samples, manifest),
        family_metrics={
            (f.suite, f.candidate): {
                "confusion": confusion,
                ATTACKS[0]: 1.5,
                "tools": {a: {a: 1} for a in ATTACKS},
            }
            for f in given
        },
        error_kinds={a: a for a in ATTACKS},
        notes=ATTACKS,
    )


def hostile_comparisons(samples: pd.DataFrame, manifest: Manifest) -> tuple[Compared, ...]:
    """Comparisons that name attacks; the store gives statistics plain text, so no lone surrogate is in it."""
    plain = samples.copy()
    for name in ("suite", "candidate", "item_id", "error_kind", "output"):
        plain[name] = [value if value is None else clean_text(value) for value in plain[name]]
    plain["tags"] = [{clean_text(k): clean_text(v) for k, v in tags.items()} for tags in plain["tags"]]
    caveats = tuple(Caveat(kind="prompt", suite=a, message=a, a=a, b=f"{a} now") for a in ATTACKS)
    return tuple(
        replace(one, against=" ".join(ATTACKS), caveats=caveats) for one in comparisons(plain, manifest)
    )


def poisoned(values: Any, first: int) -> Any:
    """A column with an attack behind each value; objects, since pandas' own text refuses lone surrogates."""
    attacked = [f"{value} {ATTACKS[(i + first) % len(ATTACKS)]}" for i, value in enumerate(values)]
    return pd.Series(attacked, dtype=object)


def clean(records: tuple[Any, ...]) -> tuple[Any, ...]:
    """The records with what a file cannot hold replaced, as the runner writes them."""
    return tuple(
        from_plain(type(record), json.loads(clean_text(json.dumps(to_plain(record), ensure_ascii=False))))
        for record in records
    )
