"""A hundred made-up projects: each fact is said alike by every outlet that says it (docs/reports.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
import pytest

from evalkit.api.reports import against_baselines
from evalkit.evidence import Evidence
from evalkit.gate import Policy, gate, read_policy
from evalkit.records import Stakes
from evalkit.reporting import ReportInput
from evalkit.reporting.inputs import EARLIER_COLUMNS
from tests.economics.frames import make_baseline, make_evidence, make_manifest, make_samples
from tests.reporting.outlets_read import read_facts, read_gate, read_site

BASELINES = ("required", "optional")
PROJECTS = 100
OUTLETS = {
    "terminal", "ten lines", "Markdown", "JUnit", "annotations", "JSON", "index.html", "regressions.html",
    "errors.html", "cost.html", "suites", "summary.md", "pages.json",
}  # fmt: skip
"""Those of which every one must have said something."""
FACTS = ("judged", "fail", "not_judged", "inconclusive", "pass", "word", "success", "cost", "broken", "fixed",
         "new failures", "lead's success", "saving")  # fmt: skip


def make_project(seed: int) -> tuple[Evidence, Policy]:
    """Some suites and candidates: some worse than their baseline, some the same, some without one."""
    luck = np.random.default_rng(seed)
    runs, baselines = [], []
    for suite in ("triage", "orders", "tools")[: 1 + (luck.random() < 0.3)]:
        n, floor = int(luck.integers(12, 60)), float(luck.choice([0.5, 0.6, 0.925]))
        for candidate, tier in (("small", "slim"), ("large", "frontier"))[: luck.integers(1, 3)]:
            before = luck.random(n) < luck.uniform(0.3, 1)
            after = before.copy()
            changed = luck.random(n) < luck.choice([0.0, 0.03, 0.2])
            after[changed] = luck.random(int(changed.sum())) < 0.3
            cost = None if luck.random() < 0.1 else float(luck.uniform(1e-5, 0.02))
            columns = {
                "suite": suite, "candidate": candidate, "tier": tier, "cost_usd": cost,
                "critical": luck.random(n) < luck.choice([0.0, 0.05]),
            }  # fmt: skip
            runs.append(make_samples(after, **columns))
            if luck.random() < 0.85:
                accepted = make_samples(before, run_id="run-0", **columns)
                manifest = make_manifest(accepted, run_id="run-0")
                baselines.append(make_baseline(accepted, manifest=manifest))
    samples = pd.concat(runs, ignore_index=True)
    stakes = Stakes(quality_floor=floor, error_cost_usd=1.0, volume_per_month=10_000)
    policy = read_policy({"baseline": str(luck.choice(BASELINES))})
    return make_evidence(samples, baselines, stakes=stakes), policy


def report_of(evidence: Evidence, policy: Policy) -> ReportInput:
    """The report on the evidence, as `api.reports` puts it together, without routes."""
    verdict = gate(evidence, policy)
    earlier = [
        b.accepted.samples.assign(source="the baseline", fault=None)[list(EARLIER_COLUMNS)].astype(object)
        for b in evidence.baselines.values()
    ]
    nothing = pd.DataFrame(columns=list(EARLIER_COLUMNS))
    items = evidence.samples[["suite", "item_id"]].drop_duplicates().assign(item="{}")
    return ReportInput(
        samples=evidence.samples.assign(fault=None),
        items=items,
        manifests=evidence.manifests,
        figures=evidence.figures,
        created_at="2026-11-20T08:10:00+00:00",
        gate=verdict,
        comparisons=tuple(against_baselines(evidence, policy, verdict)),
        earlier=pd.concat([nothing, *earlier], ignore_index=True),
    )


@cache
def texts_of(seed: int) -> Mapping[str, str]:
    """Each outlet of a project as text."""
    evidence, policy = make_project(seed)
    inputs = report_of(evidence, policy)
    assert inputs.gate is not None
    return read_gate(inputs.gate) | read_site(inputs)[1]


def said_by(texts: Mapping[str, str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Fact -> outlet -> what it says."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for outlet, text in texts.items():
        for fact, said in read_facts(outlet, text).items():
            found.setdefault(fact, {})[outlet] = said
    return found


def disagreements(texts: Mapping[str, str]) -> dict[tuple[str, ...], dict[str, str]]:
    """The facts that two outlets say differently."""
    return {fact: said for fact, said in said_by(texts).items() if len(set(said.values())) > 1}


@pytest.fixture(scope="module")
def said() -> dict[int, dict[tuple[str, ...], dict[str, str]]]:
    """What each project's outlets say, by its seed."""
    return {seed: said_by(texts_of(seed)) for seed in range(PROJECTS)}


def test_every_outlet_says_each_fact_alike(said: dict[int, dict[tuple[str, ...], dict[str, str]]]) -> None:
    """One count, one word, one number for a fact, wherever a reader meets it."""
    wrong = {
        (seed, *fact): outlets
        for seed, facts in said.items()
        for fact, outlets in facts.items()
        if len(set(outlets.values())) > 1
    }
    assert wrong == {}


def test_the_projects_show_every_fact_in_several_outlets(
    said: dict[int, dict[tuple[str, ...], dict[str, str]]],
) -> None:
    """A reader that finds nothing agrees with everything."""
    outlets: dict[str, set[str]] = {}
    words: dict[str, int] = {}
    for facts in said.values():
        for fact, by_outlet in facts.items():
            outlets.setdefault(fact[0], set()).update(by_outlet)
            if fact[0] == "word":
                word = next(iter(by_outlet.values()))
                words[word] = words.get(word, 0) + 1
    assert set(outlets) == set(FACTS)
    assert {name.split("/")[0] for names in outlets.values() for name in names} == OUTLETS
    assert all(len(names) >= 2 for names in outlets.values()), outlets
    assert min(words.values()) >= 10, words
    assert len(words) == 4


@pytest.mark.parametrize(
    ("outlet", "pattern", "instead"),
    [
        ("terminal", r"(?<=: )\d+(?= of \d+ pairs?)", "77"),
        ("ten lines", r"(?<=: )\d+(?= of \d+ pairs?)", "77"),
        ("Markdown", r"\d+ broken", "77 broken"),
        ("JUnit", r"found: [^:]*: \d+ broken", "found: 77 broken"),
        ("JSON", r'"fail": \d+', '"fail": 77'),
        ("annotations", r"\d+ of \d+ pair", "77 of 78 pair"),
        ("index.html", r"<strong>[\d.]+%</strong>", "<strong>77%</strong>"),
        ("regressions.html", r"\d+ broken", "77 broken"),
        ("errors.html", r'</strong></td>\s*<td class="num">\d+', '</strong></td><td class="num">77'),
        ("suites/triage.html", r"<strong>[\d.]+%</strong>", "<strong>77%</strong>"),
        ("summary.md", r"\d+(?=\\?% \|)", "77"),
        ("pages.json", r'"new_failures":\d+', '"new_failures":77'),
    ],
)
def test_a_planted_disagreement_is_found(outlet: str, pattern: str, instead: str) -> None:
    """The readers above see a single number that is changed in a single outlet."""
    seed = next(seed for seed in range(PROJECTS) if re.search(pattern, texts_of(seed).get(outlet, "")))
    texts = texts_of(seed)
    changed = re.sub(pattern, instead, texts[outlet], count=1)
    assert changed != texts[outlet]
    assert disagreements({**texts, outlet: changed})
