"""Claims about the policy: precedence, and errors that name the key and the near one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.config import load_project
from evalkit.errors import ConfigError
from evalkit.gate import ADMISSIONS, RULES, Policy, SuiteLimits, read_policy
from evalkit.records import Stakes

SCHEMA = Path(evalkit.__file__).parent / "schemas" / "gate.schema.json"


def test_nothing_said_takes_every_default() -> None:
    """A gate must work before anyone has written a policy."""
    assert read_policy(None) == read_policy({}) == Policy()
    assert Policy().limits("any") == SuiteLimits()


def test_a_suites_entry_comes_before_stakes_risk_and_defaults() -> None:
    """The nearest word counts."""
    policy = read_policy(
        {"margin": 0.1, "risk": {"high": {"margin": 0.02}}, "suites": {"own": {"margin": 0.03}}}
    )
    assert policy.limits("x").margin == 0.1
    assert policy.limits("x", Stakes(risk="high")).margin == 0.02
    assert policy.limits("x", Stakes(risk="high", margin=0.04)).margin == 0.04
    assert policy.limits("own", Stakes(risk="high", margin=0.04)).margin == 0.03


def test_a_floor_of_the_policy_blocks_and_one_of_the_stakes_advises() -> None:
    """A suite's wish does not stop a build until the policy says so."""
    assert "quality_floor" in Policy().limits("x", Stakes(quality_floor=0.9)).advisory
    said = read_policy({"quality_floor": 0.8}).limits("x", Stakes(quality_floor=0.9))
    assert (said.quality_floor, said.advisory) == (0.8, frozenset())


@pytest.mark.parametrize(
    ("plain", "where", "hint"),
    [
        ({"magrin": 0.1}, "gate.magrin", "'margin'"),
        ({"margin": "5%"}, "gate.margin", ""),
        ({"margin": 5}, "gate.margin", ""),
        ({"margin": True}, "gate.margin", ""),
        ({"confidence": 1}, "gate.confidence", ""),
        ({"critical": "must_pas"}, "gate.critical", "must_pass"),
        ({"advisory": ["latency"]}, "gate.advisory", "latency_p95"),
        ({"allow": ["simulatd"]}, "gate.allow", "simulated"),
        ({"allow_partial": "yes"}, "gate.allow_partial", ""),
        ({"inconclusive": "pass"}, "gate.inconclusive", "known: "),
        ({"risk": {"hihg": {}}}, "gate.risk.hihg", "'high'"),
        ({"suites": {"a": {"margin": -1}}}, "gate.suites.a.margin", ""),
        ({"suites": {"a": {"allow": []}}}, "gate.suites.a.allow", ""),
        ({"suites": ["a"]}, "gate.suites", ""),
        ({"slots": ["a"]}, "gate.slots", ""),
        ({"max_age_days": 0}, "gate.max_age_days", ""),
        ({"candidates": [1]}, "gate.candidates", ""),
    ],
)
def test_a_wrong_policy_names_the_key(plain: dict[str, Any], where: str, hint: str) -> None:
    """A misspelt limit that is passed over is a gate that stands open."""
    with pytest.raises(ConfigError) as caught:
        read_policy(plain)
    assert caught.value.where == where
    assert hint in (caught.value.hint or "")


def test_both_ways_to_allow_mean_the_same() -> None:
    """A flag of the command line sets one key; a file lists several."""
    assert read_policy({"allow_partial": True}) == read_policy({"allow": ["partial"]})
    assert read_policy({"allow": list(ADMISSIONS)}).allow == frozenset(ADMISSIONS)


def test_the_schema_knows_the_same_keys() -> None:
    """Editors complete by the schema; it may not lag behind."""
    schema = json.loads(SCHEMA.read_text())
    for key in schema["properties"]:
        with pytest.raises(ConfigError) as caught:
            read_policy({key: object()})
        assert "unknown key" not in caught.value.message
    limits = schema["$defs"]["limits"]["properties"]
    assert set(limits) < set(schema["properties"]) | set(limits)
    assert set(schema["$defs"]["rule"]["enum"]) == set(RULES)
    with pytest.raises(ConfigError) as caught:
        read_policy({"?": 0})
    hinted = caught.value.hint or ""
    assert hinted.startswith("known: ")


@pytest.mark.parametrize(
    ("section", "line", "near"),
    [
        ("  magrin: 0.1", 3, "'margin'"),
        ("  margin: 0.1\n  suites:\n    plants: {quality_flor: 0.9}", 5, "'quality_floor'"),
        ("  risk: {hihg: {margin: 0.1}}", 3, "'high'"),
        ("  allow: [simulatd]", 3, "'simulated'"),
        ("  advisory: [latency]", 3, "latency_p95"),
        ("  margin: 5%", 3, "0.05 unless given"),
    ],
)
def test_a_wrong_key_in_the_project_file_names_its_line(
    tmp_path: Path, section: str, line: int, near: str
) -> None:
    """The project file is long and is read by whoever broke it, not by who wrote it."""
    file = tmp_path / "evalkit.yaml"
    file.write_text(f"candidates: {{}}\ngate:\n{section}\n")
    with pytest.raises(ConfigError) as caught:
        load_project(file)
    assert (caught.value.where or "").startswith(f"evalkit.yaml:{line}, key 'gate.")
    assert near in (caught.value.hint or "")


def test_a_right_policy_is_read_from_the_project_file(tmp_path: Path) -> None:
    """The schema inside the schema is found without a network or another file."""
    file = tmp_path / "evalkit.yaml"
    file.write_text("gate:\n  margin: 0.03\n  risk: {high: {margin: 0.01}}\n")
    policy = read_policy(load_project(file).gate)
    assert policy.limits("x", Stakes(risk="high")).margin == 0.01


def test_the_schema_accepts_a_full_policy_and_refuses_a_misspelt_key() -> None:
    """The same policy is right for both readers."""
    import jsonschema

    full = {
        "margin": 0.03, "confidence": 0.95, "max_faulted": 0.02, "quality_floor": 0.8,
        "min_format_valid": 0.95, "max_cost_per_success_usd": 0.01, "max_latency_p95_s": 5,
        "critical": "must_pass", "error_kinds": ["wrong_tool"], "forms": "must_not_shift",
        "advisory": ["latency_p95"], "inconclusive": "warn", "allow": ["partial"], "allow_simulated": True,
        "baseline": "optional", "anchor": False, "candidates": ["slim"], "slots": {"new": "slim"},
        "max_age_days": 30,
        "risk": {"high": {"margin": 0.01}}, "suites": {"a": {"quality_floor": 0.9}},
    }  # fmt: skip
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(full, schema)
    assert read_policy(full).limits("a").quality_floor == 0.9
    assert set(full) | {f"allow_{k}" for k in ADMISSIONS} == set(schema["properties"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"magrin": 0.1}, schema)
