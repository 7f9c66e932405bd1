"""Claims about how a verdict is said: all outlets tell the same, and hostile text breaks none of them."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.baseline import load_baseline, promote
from evalkit.gate import GateVerdict, LeftAside, gate, read_policy
from evalkit.gate.outlets import MARKER, to_annotations, to_json, to_junit, to_markdown, to_text
from evalkit.gate.outlets.markdown import escape
from evalkit.gate.wording import flips_command, safe
from tests.economics.frames import make_evidence, make_manifest, make_samples
from tests.run_folders import HOSTILE_TEXTS

N = 250


def parsed(xml: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 - our own output, made in this test


def verdict_of(
    folder: Path, *, ids: list[str] | None = None, policy: dict[str, object] | None = None
) -> GateVerdict:
    before = np.ones(N, dtype=bool)
    before[200:] = False
    after = before.copy()
    after[:30] = False
    columns: dict[str, object] = {"critical": [k in (0, 100) for k in range(N)]}
    if ids is not None:
        columns["item_id"] = ids
    baseline = make_samples(before, **columns)
    promote(folder, baseline, make_manifest(baseline), who="A", why="w", when="2026-11-01T00:00:00+00:00")
    run = make_samples(after, **columns)
    return gate(make_evidence(run, [load_baseline(folder, "triage", "slim")]), read_policy(policy))


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> GateVerdict:
    return verdict_of(tmp_path_factory.mktemp("baselines"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> GateVerdict:
    ids = [f"{safe(HOSTILE_TEXTS[k])} ]]> \x07 {k}" if k < len(HOSTILE_TEXTS) else f"i{k}" for k in range(N)]
    verdict = verdict_of(tmp_path_factory.mktemp("baselines"), ids=ids)
    aside = tuple(LeftAside(candidate=text, reason=text) for text in HOSTILE_TEXTS)
    return replace(verdict, left_aside=aside, notes=HOSTILE_TEXTS)


def test_the_screen_says_asked_found_sure_flips_and_the_command(failed: GateVerdict) -> None:
    """One screen must be enough to know what to do."""
    text = to_text(failed)
    assert text.startswith("gate FAIL")
    for part in (
        "asked: at most 5 points worse",
        "found: 80.0% → 68.0%: 30 broken, 0 fixed of 250",
        "sure:  worse for certain: −16.6 to −8.5 (at 95% confidence; McNemar p",
        "!i00000 (confused_label)",
        "and 25 more",
        "evalkit compare baseline:slim run-1/slim --suites triage",
    ):
        assert part in text
    assert len(text.splitlines()) <= 24
    assert len(to_text(failed, every_rule=False)) < len(text)


def test_every_outlet_tells_the_same_outcome(failed: GateVerdict) -> None:
    """A comment that says otherwise than the exit code is worse than none."""
    assert json.loads(to_json(failed))["outcome"] == "fail"
    assert json.loads(to_json(failed))["exit_code"] == 3
    assert "evalkit gate: FAIL" in to_markdown(failed)
    assert "::error title=triage · slim%3A no regression fail::" in to_annotations(failed)
    assert parsed(to_junit(failed)).get("failures") == "3"


def test_junit_has_a_case_for_each_rule_and_critical_item(failed: GateVerdict) -> None:
    """CI systems list them by name."""
    root = parsed(to_junit(failed))
    cases = {case.get("name"): case.find("failure") is not None for case in root.iter("testcase")}
    assert cases == {
        "evidence": False, "availability": False, "no regression": True, "critical items": True,
        "critical item i00000": True, "critical item i00100": False,
    }  # fmt: skip
    assert root.get("tests") == "6"


def test_what_decides_nothing_is_skipped_not_failed(tmp_path: Path) -> None:
    """An advisory rule must not turn a CI page red."""
    verdict = verdict_of(tmp_path, policy={"advisory": ["no_regression", "critical"]})
    assert verdict.passed
    root = parsed(to_junit(verdict))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert int(root.get("skipped") or 0) == 3
    assert "::error" not in to_annotations(verdict)
    assert to_annotations(verdict).count("::warning") == 2


def test_what_could_not_be_judged_is_an_error_in_junit() -> None:
    """Neither passed nor failed."""
    samples = make_samples([True])
    root = parsed(to_junit(gate(make_evidence(samples))))
    assert root.get("errors") == "1"
    empty = parsed(to_junit(gate(make_evidence(samples.head(0)))))
    assert empty.get("errors") == "1"


def test_hostile_names_break_no_outlet(hostile: GateVerdict) -> None:
    """Item ids and notes come from files, error kinds from answers: they are text, never format."""
    parsed(to_junit(hostile).encode())
    json.loads(to_json(hostile))
    text = to_text(hostile)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
    markdown = to_markdown(hostile)
    assert "<script" not in markdown
    assert "<img" not in markdown
    assert "](javascript" not in markdown.replace("\\\\", "")
    lines = to_annotations(hostile).splitlines()
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)


def test_a_command_can_be_pasted_whatever_the_names(failed: GateVerdict) -> None:
    """A suite called `x; rm -rf ~` must not run when its flips are looked at."""
    case = replace(failed.cases[0], suite="x; rm -rf ~", slot="$(id)", run_id="run 1")
    assert shlex.split(flips_command(case)) == [
        "evalkit", "compare", "baseline:$(id)", "run 1/slim", "--suites", "x; rm -rf ~",
    ]  # fmt: skip


def test_a_comment_can_be_found_again(failed: GateVerdict) -> None:
    """The next run replaces it instead of adding one more."""
    assert to_markdown(failed).startswith(MARKER)


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_escaped_markdown_holds_no_format_of_its_own(text: str) -> None:
    """No cell ends, no link, image, mention or tag begins."""
    line = escape(text)
    assert "\n" not in line
    assert "<" not in line
    assert not re.search(r"(?<!\\)(\\\\)*[|\[\]`*_!]", line)
    assert not re.search(r"@[A-Za-z]", line)
    assert "://" not in line


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_safe_text_is_one_line_that_xml_can_hold(text: str) -> None:
    """XML has no form at all for most control characters."""
    line = safe(text)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    root = ElementTree.Element("x", y=line)
    assert parsed(ElementTree.tostring(root)).get("y") == line
    line.encode("utf-8")


def test_a_passed_gate_is_short(tmp_path: Path) -> None:
    """Good news needs one line a rule."""
    samples = make_samples([True] * N)
    promote(tmp_path, samples, make_manifest(samples), who="A", why="w", when="2026-11-01T00:00:00+00:00")
    verdict = gate(make_evidence(samples, [load_baseline(tmp_path, "triage", "slim")]))
    text = to_text(verdict)
    assert text.startswith("gate pass")
    assert "identical byte for byte" in text
    assert len(text.splitlines()) == 7


def test_repeated_rules_have_names_of_their_own(tmp_path: Path) -> None:
    """Two cases of one name are merged by some CI systems."""
    verdict = verdict_of(tmp_path, policy={"error_kinds": ["confused_label", "refused"]})
    names = [c.get("name") for c in parsed(to_junit(verdict)).iter("testcase")]
    assert len(names) == len(set(names))
    assert isinstance(pd.Series(names).iloc[0], str)


def test_ten_lines_tell_what_failed_how_sure_and_the_first_broken_items(failed: GateVerdict) -> None:
    """A red build is understood from the log's end, without opening a page."""
    text = to_text(failed, every_rule=False)
    lines = text.splitlines()
    assert len(lines) <= 11
    assert lines[0].startswith("gate FAIL")
    assert lines[1].startswith("FAIL  triage · slim: ")
    assert "30 broken, 0 fixed" in lines[1]
    assert re.search(r"−\d+\.\d points \(−\d+\.\d to −\d+\.\d\)", lines[1])
    assert lines[2].strip().startswith("broken: !i00000 (confused_label)")
    assert lines[2].endswith("and 27 more")
    assert "evalkit compare baseline:slim" in lines[-1]
    comment = to_markdown(failed)
    assert comment.index("30 broken, 0 fixed") < comment.index("<details>")


def test_many_failed_pairs_are_named_within_ten_lines(failed: GateVerdict) -> None:
    """Thirty failed pairs must not push the first ones off the screen."""
    many = replace(failed, cases=tuple(replace(failed.cases[0], suite=f"s{k}") for k in range(30)))
    lines = to_text(many, every_rule=False).splitlines()
    assert len(lines) <= 11
    assert any(line.startswith("also  FAIL s3 · slim") and line.endswith("and 24 more") for line in lines)
