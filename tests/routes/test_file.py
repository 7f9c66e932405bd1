"""Claims about routes.yaml: what is written is read again, stays stable, and faults name their line."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.documents import read_shipped_schema
from evalkit.errors import ConfigError
from evalkit.routes.file import (
    Acceptance,
    Pinned,
    Route,
    RouteEvidence,
    RouteFile,
    read_route_file,
    route_file_text,
    write_route_file,
)
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Signal, Step, single
from tests.routes.tables import faults_of
from tests.run_folders import HOSTILE_TEXTS

PINNED = {
    name: Pinned(tier=tier, fingerprint="f" * 16, backend="openai", model=f"model-{name}")  # type: ignore[arg-type]
    for name, tier in (("slim", "slim"), ("mid", "mid"), ("frontier", "frontier"))
}
SIGNALS = st.one_of(
    st.sampled_from([Signal(kind=k) for k in ("format_invalid", "no_call", "out_of_scope")]),  # type: ignore[arg-type]
    st.floats(0, 1).map(lambda below: Signal(kind="low_confidence", below=below)),
    st.integers(2, 5).map(lambda repeats: Signal(kind="disagreement", repeats=repeats)),
)
WORDS = st.one_of(
    st.text(min_size=1, max_size=12), st.sampled_from(["no", "on", "2026-01-02", "1e3", "~", "true"])
)
CONDITIONS = st.one_of(
    st.builds(Condition, feature=WORDS, op=st.sampled_from(["is", "is_not"]), value=WORDS),
    st.builds(Condition, feature=WORDS, op=st.sampled_from(["at_least", "below"]),
              value=st.floats(-1e6, 1e6).map(lambda v: round(v, 3))),
)  # fmt: skip


@st.composite
def branches(draw: st.DrawFn, when: bool = True) -> Branch:
    names = draw(st.permutations(["slim", "mid", "frontier"]))[: draw(st.integers(1, 3))]
    names = [*names, REVIEW] if draw(st.booleans()) else list(names)
    steps = [Step(candidate=n, escalate_on=draw(SIGNALS)) for n in names[:-1]]
    conditions = draw(st.lists(CONDITIONS, min_size=1, max_size=2)) if when else []
    return Branch(
        when=tuple(conditions), steps=(*steps, Step(candidate=names[-1])), review=draw(st.booleans())
    )


@st.composite
def policies(draw: st.DrawFn) -> RoutePolicy:
    earlier = draw(st.lists(branches(), max_size=2))
    return RoutePolicy(suite="triage", branches=(*earlier, draw(branches(when=False))))


def accepted(**changes: Any) -> Acceptance:
    plain = {"by": "ada", "since": date(2026, 11, 22), "why": "first", "until": date(2027, 2, 20), **changes}
    return Acceptance(**plain)


def route_file(policy: RoutePolicy, **evidence: Any) -> RouteFile:
    route = Route(
        policy=policy, certified=True, promise="it holds", accepted=accepted(),
        evidence=RouteEvidence(runs=("r1",), suite_version="1+abc", items=120, **evidence),
    )  # fmt: skip
    return RouteFile().replace_routes({policy.suite: route}, PINNED)


@settings(deadline=None, max_examples=60)
@given(policies())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, policy: RoutePolicy) -> None:
    """Whatever the features and values are called: YAML's own words among them."""
    assert faults_of(policy) == ()
    path = tmp_path_factory.mktemp("routes") / "routes.yaml"
    written = route_file(policy, success=0.9, usd_per_success=math.inf, latency_p95_s=None)
    write_route_file(path, written)
    assert read_route_file(path) == written
    assert route_file_text(read_route_file(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [t for t in HOSTILE_TEXTS if "\ud800" not in t])
def test_a_hostile_tag_neither_breaks_the_file_nor_leaves_its_value(tmp_path: Path, text: str) -> None:
    """Tags come from files of others; a line break in one must not become a key."""
    branch = Branch(when=(Condition(feature="note", op="is", value=text),), steps=(Step(candidate="mid"),))
    policy = RoutePolicy(suite="triage", branches=(branch, *single("triage", "slim").branches))
    write_route_file(tmp_path / "routes.yaml", route_file(policy))
    assert read_route_file(tmp_path / "routes.yaml").policy("triage") == policy


def test_the_text_is_for_readers() -> None:
    """Names are sorted, small things stand in one line, and the same records give the same bytes."""
    cascade = Branch(
        when=(Condition(feature="language", op="is", value="de"),),
        steps=(Step(candidate="slim", escalate_on=Signal(kind="low_confidence", below=0.8)),
               Step(candidate="frontier")),
    )  # fmt: skip
    found = route_file(RoutePolicy(suite="triage", branches=(cascade, *single("triage", "slim").branches)))
    text = route_file_text(found)
    assert "- {feature: language, is: de}\n" in text
    assert "- {candidate: slim, escalate_on: {signal: low_confidence, below: 0.8}}\n" in text
    assert "mid" not in found.candidates, "a candidate that no route names is not pinned"
    assert text.index("frontier: {tier") < text.index("slim: {tier")
    assert yaml.safe_load(text)["routes"]["triage"]["in_words"] == (
        "when language is de: slim, then frontier when confidence below 0.8; else slim"
    )


def test_a_change_of_one_route_leaves_the_others_lines_alone() -> None:
    """A review of routes.yaml shows what was decided, and nothing else."""
    first = route_file(single("triage", "slim"))
    other = Route(policy=single("orders", "mid"), accepted=accepted())
    both = first.replace_routes({"orders": other}, PINNED)
    before, after = (set(route_file_text(f).splitlines()) for f in (first, both))
    assert before - after == {"revision: 1"}
    assert both.revision == 2


def test_applying_the_same_again_changes_nothing() -> None:
    """Otherwise each week's job would make a commit."""
    first = route_file(single("triage", "slim"))
    assert first.replace_routes(dict(first.routes), PINNED) is first


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("certified:", "certifed:", "certified"),
        ("candidate: slim}", "candidate: slimm}", "'slim'"),
        ("signal: low_confidence", "signal: low_confidense", "low_confidence"),
        (", below: 0.8", "", "below"),
        ("since: '2026-11-22'", "since: '2026-13-22'", "not a valid date"),
        ("- {feature: language, is: de}", "- {feature: language}", "language"),
        ("form: 1", "form: 2", "1"),
    ],
)
def test_a_fault_in_the_file_names_its_line_and_what_was_meant(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """People edit this file; a typo must not quietly send work elsewhere."""
    cascade = Branch(
        when=(Condition(feature="language", op="is", value="de"),),
        steps=(Step(candidate="slim", escalate_on=Signal(kind="low_confidence", below=0.8)),
               Step(candidate="frontier")),
    )  # fmt: skip
    found = route_file(RoutePolicy(suite="triage", branches=(cascade, *single("triage", "slim").branches)))
    text = route_file_text(found)
    assert old in text
    path = tmp_path / "routes.yaml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        read_route_file(path)
    assert said in str(caught.value)
    assert "routes.yaml:" in str(caught.value)


def test_a_missing_file_is_an_empty_one_only_where_that_is_meant(tmp_path: Path) -> None:
    """The first proposal of a project has no routes yet; a decision needs them."""
    assert read_route_file(tmp_path / "routes.yaml", missing_ok=True) == RouteFile()
    with pytest.raises(ConfigError, match="apply"):
        read_route_file(tmp_path / "routes.yaml")


def test_the_shipped_schema_explains_every_part() -> None:
    """An editor shows it beside the file."""
    schema = read_shipped_schema("routes")
    undescribed = [
        name
        for part in ("route", "branch", "evidence")
        for name, rule in schema["$defs"][part]["properties"].items()
        if "description" not in rule and "$ref" not in rule
    ]
    assert undescribed == ["items"]


def test_a_line_break_that_yaml_would_fold_comes_back() -> None:
    """A condition on a tag's value must hold for the same value after the file was read."""
    value = "a\x85b"
    last = Branch(steps=(Step(candidate="slim"),))
    policy = RoutePolicy(
        suite="triage",
        branches=(Branch(when=(Condition(feature="x", op="is", value=value),), steps=last.steps), last),
    )
    assert yaml.safe_load(route_file_text(route_file(policy)))["routes"]["triage"]["branches"][0]["when"] == [
        {"feature": "x", "is": value}
    ]
