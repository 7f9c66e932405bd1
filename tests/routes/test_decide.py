"""Claims about following routes.yaml in a service: alone, and just as a simulation said it would go."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.records import Stakes
from evalkit.routes import decide
from evalkit.routes.decide import Decision, RouteError, Routes, known, load
from evalkit.routes.file import route_file_text, write_route_file
from evalkit.routes.outcome import NOBODY, outcome
from evalkit.routes.policy import Branch, Condition, RoutePolicy, Signal, Step, single
from evalkit.routes.table import Repeats, SuiteTable
from tests.routes.test_file import policies, route_file

NAMES = ("slim", "mid", "frontier")


def table(seed: int, n: int = 40) -> SuiteTable:
    """Three candidates with every signal at random, over items with texts and numbers as features."""
    rng = np.random.default_rng(seed)
    shape = (3, n)

    def flags(chance: float) -> np.ndarray:
        return rng.random(shape) < chance

    answered = flags(0.9)
    valid = flags(0.9) & answered
    language = np.array([("de", "en", None)[k] for k in rng.integers(3, size=n)], dtype=object)
    return SuiteTable(
        suite="triage", suite_version="1", stakes=Stakes(), ids=np.array([str(k) for k in range(n)], object),
        cluster=np.arange(n), cluster_names=np.full(n, None, dtype=object), weight=np.ones(n),
        features={"language": language, "no": np.where(rng.random(n) < 0.2, np.nan, rng.integers(-5, 5, n))},
        names=NAMES, tiers=NAMES, fingerprints=("f",) * 3, run_ids=(("r",),) * 3,
        simulated=np.zeros(3, dtype=bool), success=flags(0.7) & valid, answered=answered,
        cost_usd=np.ones(shape), latency_s=np.ones(shape),
        confidence=np.where(flags(0.8) & answered, rng.random(shape), np.nan),
        format_valid=valid, no_call=flags(0.2) & answered,
        out_of_scope=flags(0.2) & answered,
        repeats={
            k: Repeats(agree=flags(0.7), cost_usd=np.full(shape, float(k)), latency_s=np.ones(shape),
                       complete=np.ones(3, dtype=bool))
            for k in (2, 3, 4, 5)
        },
    )  # fmt: skip


def follow(routes: Routes, made: SuiteTable, item: int) -> tuple[Decision, list[str]]:
    """What a service would do with one item, and whom it would ask."""
    features = {name: values[item] for name, values in made.features.items()}
    features = {n: v for n, v in features.items() if v is not None and v == v}
    step, asked = routes.first("triage", features), []
    while step.action == "ask":
        asked.append(step.candidate)
        row = made.row(step.candidate)
        sure = made.confidence[row, item]
        step = routes.after(
            step,
            faulted=not made.answered[row, item],
            format_valid=bool(made.format_valid[row, item]),
            confidence=None if np.isnan(sure) else float(sure),
            agree=bool(made.repeats[step.ask_times].agree[row, item]) if step.ask_times > 1 else None,
            called=not made.no_call[row, item],
            out_of_scope=bool(made.out_of_scope[row, item]),
        )
    return step, asked


LIVELY = st.builds(
    lambda policy, feature: RoutePolicy(
        suite="triage",
        branches=(
            replace(policy.branches[0], when=(feature, *policy.branches[0].when[:1])),
            *policy.branches,
        ),
    ),
    policies(),
    st.sampled_from([
        Condition(feature="language", op="is", value="de"), Condition(feature="no", op="below", value=1.0),
        Condition(feature="language", op="is_not", value="en"), Condition(feature="no", op="is", value="3"),
        Condition(feature="no", op="at_least", value=-2.0),
    ]),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(LIVELY, st.integers(0, 3))
def test_a_service_does_what_the_simulation_said(policy: RoutePolicy, seed: int) -> None:
    """The certificate is about what happens, not about another reading of the same file."""
    made = table(seed)
    routes = Routes(yaml.safe_load(route_file_text(route_file(policy))))
    found = outcome(policy, made)
    for item in range(made.n_items):
        end, asked = follow(routes, made, item)
        assert end.branch == found.branch[item]
        assert len(asked) == made_calls(found.calls_usd[item], policy, end.branch, len(asked))
        assert (end.action == "review" or end.review) == bool(found.reviewed[item])
        if end.action == "serve":
            assert found.served_by[item] == made.row(end.candidate)
            assert found.unaided[item] == made.success[made.row(end.candidate), item]
        if end.action == "failed":
            assert not found.success[item], "what a service does not serve is no success"
        if end.action == "review" and not policy.branches[end.branch].review:
            assert found.served_by[item] == NOBODY


def made_calls(paid: float, policy: RoutePolicy, branch: int, asked: int) -> int:
    """How many steps a bill of one dollar a call stands for."""
    steps, spent = 0, 0.0
    for step in policy.branches[branch].steps[:asked]:
        spent += float((step.escalate_on.repeats or 1) if step.escalate_on else 1)
        steps += 1
    assert spent == pytest.approx(paid)
    return steps


def test_the_module_imports_nothing_but_the_standard_library_and_a_yaml_reader() -> None:
    """A service takes the one file along, or the package without its weight."""
    program = textwrap.dedent("""
        import importlib.util, sys
        class Guard:
            def find_spec(self, name, path=None, target=None):
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in ("yaml", "_yaml"):
                    raise ImportError(f"{name} is neither the standard library nor a YAML reader")
        sys.meta_path.insert(0, Guard())
        spec = importlib.util.spec_from_file_location("alone", sys.argv[1])
        alone = importlib.util.module_from_spec(spec)
        sys.modules["alone"] = alone
        spec.loader.exec_module(alone)
        print(alone.known("one two")["input_words"])
    """)
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(decide.__file__)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("2.0\n", "")


def test_inside_the_package_it_brings_no_library_either() -> None:
    """`import evalkit.routes.decide` costs what its one file costs."""
    program = (
        "import sys, evalkit.routes.decide as d\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'duckdb', 'jsonschema', 'click'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def routes_with(branch: dict[str, Any], **more: Any) -> Routes:
    return Routes({"form": 1, "routes": {"triage": {"branches": [branch], **more}}})


def test_an_answer_that_does_not_parse_goes_up_under_every_signal() -> None:
    """There is nothing to serve."""
    signal = {"signal": "out_of_scope"}
    routes = routes_with({"ask": [{"candidate": "slim", "escalate_on": signal}, {"candidate": "frontier"}]})
    first = routes.first("triage")
    assert routes.after(first, format_valid=False, out_of_scope=False).candidate == "frontier"
    assert routes.after(first, faulted=True).why == "no answer"
    assert routes.after(first, format_valid=True, out_of_scope=True).candidate == "frontier"
    assert routes.after(first, format_valid=True, out_of_scope=False).action == "serve"


def test_what_a_service_does_not_tell_goes_up() -> None:
    """A forgotten check costs a dearer call, never a bad answer."""
    signal = {"signal": "out_of_scope"}
    routes = routes_with({"ask": [{"candidate": "slim", "escalate_on": signal}, {"candidate": "frontier"}]})
    first = routes.first("triage")
    assert routes.after(first).candidate == "frontier"
    assert routes.after(first, format_valid=True).candidate == "frontier"


@pytest.mark.parametrize("told", [{"faulted": True}, {"format_valid": False}, {}, {"confidence": 0.99}])
def test_nobody_left_to_ask_is_said_and_not_served(told: dict[str, Any]) -> None:
    """Neither a missing answer, nor one that does not parse, nor one of which nothing was told is served; a
    person decides where the branch has one."""
    alone = routes_with({"ask": [{"candidate": "slim"}]})
    assert alone.after(alone.first("triage"), **told).action == "failed"
    assert alone.after(alone.first("triage"), format_valid=True).action == "serve"
    checked = routes_with({"ask": [{"candidate": "slim"}], "review": True})
    end = checked.after(checked.first("triage"), **told)
    assert (end.action, end.review) == ("review", True)
    signal = {"signal": "low_confidence", "below": 0.5}
    two = routes_with({"ask": [{"candidate": "slim", "escalate_on": signal}, {"candidate": "mid"}]})
    assert two.after(two.after(two.first("triage")), **told).action == "failed"


@pytest.mark.parametrize(
    ("confidence", "action"),
    [
        (0.8, "serve"), (np.float64(0.9), "serve"), (1.0, "serve"), (1, "serve"), (1 + 1e-9, "serve"),
        (0.7999, "ask"), (float("nan"), "ask"), (np.float64("nan"), "ask"), (float("inf"), "ask"),
        (-0.0001, "ask"), (1.01, "ask"), (80, "ask"), (True, "ask"), ("0.9", "ask"), (None, "ask"),
        (10**400, "ask"),
    ],
)  # fmt: skip
def test_only_a_probability_that_reaches_the_threshold_is_served(confidence: Any, action: str) -> None:
    """NaN is neither below nor above anything: it must not pass for sure."""
    signal = {"signal": "low_confidence", "below": 0.8}
    routes = routes_with({"ask": [{"candidate": "slim", "escalate_on": signal}, {"candidate": "mid"}]})
    assert routes.after(routes.first("triage"), format_valid=True, confidence=confidence).action == action


def test_a_threshold_of_zero_still_wants_a_confidence() -> None:
    """ "Any confidence" is not "none"."""
    signal = {"signal": "low_confidence", "below": 0}
    routes = routes_with({"ask": [{"candidate": "slim", "escalate_on": signal}, {"candidate": "mid"}]})
    first = routes.first("triage")
    assert routes.after(first, format_valid=True, confidence=0.0).action == "serve"
    assert routes.after(first, format_valid=True, confidence=-1e-9).action == "ask"
    assert routes.after(first, format_valid=True, confidence=float("nan")).action == "ask"


def test_a_decision_that_asked_nobody_is_not_gone_on_from() -> None:
    """After a hand-over to a person nothing is served; after the file was loaded anew one begins again."""
    signal = {"signal": "out_of_scope"}
    routes = routes_with({"ask": [{"candidate": "slim", "escalate_on": signal}, {"candidate": "review"}]})
    end = routes.after(routes.first("triage"))
    assert end.action == "review"
    with pytest.raises(RouteError, match="nobody was asked"):
        routes.after(end, format_valid=True)
    asked = routes.first("triage")
    for other in ({"ask": [{"candidate": "mid"}]}, {"ask": [{"candidate": "review"}]}):
        with pytest.raises(RouteError, match="another file"):
            routes_with(other).after(asked, format_valid=True)
    with pytest.raises(RouteError, match="another file"):
        routes.after(replace(asked, branch=1), format_valid=True)


def test_values_of_features_are_compared_as_they_are() -> None:
    """Whole numbers are not cut to six digits, and a number that no float holds meets no bound."""
    branches = [
        {"when": [{"feature": "account", "is": 1234567}], "ask": [{"candidate": "slim"}]},
        {"when": [{"feature": "account", "at_least": 5e6}], "ask": [{"candidate": "mid"}]},
        {"ask": [{"candidate": "frontier"}]},
    ]
    routes = Routes({"form": 1, "routes": {"triage": {"branches": branches}}})
    for value, wanted in [
        (1234567, "slim"), (1234567.0, "slim"), ("1234567", "slim"), (1234568.0, "frontier"),
        (5e6, "mid"), (10**400, "frontier"), (float("nan"), "frontier"),
    ]:  # fmt: skip
        assert routes.first("triage", {"account": value}).candidate == wanted, value


def test_words_that_yaml_takes_for_other_things_stay_words(tmp_path: Path) -> None:
    """`no` is a language, and a day is a text."""
    path = tmp_path / "routes.yaml"
    path.write_text(
        "form: 1\nroutes:\n  triage:\n    accepted: {until: 2027-01-31}\n    branches:\n"
        "    - when: [{feature: language, is: no}]\n      ask: [{candidate: mid}]\n"
        "    - ask: [{candidate: slim}]\n"
    )
    routes = load(path)
    assert routes.first("triage", {"language": "no"}).candidate == "mid"
    assert not routes.expired("triage", date(2027, 1, 31))
    assert routes.expired("triage", date(2027, 2, 1))


def test_a_route_without_a_last_day_does_not_expire() -> None:
    """A hand-written file need not say who accepted it."""
    assert not routes_with({"ask": [{"candidate": "slim"}]}).expired("triage", date(2100, 1, 1))


def test_unknown_suites_and_foreign_files_are_said_plainly(tmp_path: Path) -> None:
    """A service must not guess where work goes."""
    write_route_file(tmp_path / "routes.yaml", route_file(single("triage", "slim")))
    with pytest.raises(RouteError, match="triage"):
        load(tmp_path / "routes.yaml").first("triag")
    for text in ("[1, 2]", "form: 9", "a: [", ""):
        (tmp_path / "other.yaml").write_text(text)
        with pytest.raises(RouteError):
            load(tmp_path / "other.yaml")
    conditional = {"when": [{"feature": "language", "is": "de"}], "ask": [{"candidate": "slim"}]}
    with pytest.raises(RouteError, match="no branch"):
        routes_with(conditional).first("triage", {"language": "en"})


def test_a_chat_counts_what_the_user_says() -> None:
    """The same words whether text or messages, parts or not."""
    chat = [
        {"role": "system", "content": "be brief and kind"},
        {"role": "user", "content": "one two"},
        {"role": "assistant", "content": "hm"},
        {"role": "user", "content": [{"type": "text", "text": "three"}, {"type": "image_url"}]},
    ]
    assert known(messages=chat) == {"input_words": 3.0, "turns": 2.0, "context_words": 0.0}
    assert known("one two three", context=["a b"], tools=4) == {
        "input_words": 3.0, "turns": 1.0, "context_words": 2.0, "tools": 4.0,
    }  # fmt: skip


def test_repeats_are_asked_at_once_and_paid() -> None:
    """Disagreement is a signal that costs its own price; a service has to know how often to ask."""
    signal = Signal(kind="disagreement", repeats=3)
    branch = Branch(steps=(Step(candidate="slim", escalate_on=signal), Step(candidate="frontier")))
    text = route_file_text(route_file(RoutePolicy(suite="triage", branches=(branch,))))
    routes = Routes(yaml.safe_load(text))
    first = routes.first("triage")
    assert first.ask_times == 3
    assert routes.after(first, format_valid=True, agree=True).action == "serve"
    assert routes.after(first, format_valid=True, agree=False).candidate == "frontier"
    assert routes.after(first, format_valid=True).candidate == "frontier", "not looked at is not agreed"
