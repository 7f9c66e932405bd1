"""JSON Schema as the scorer uses it agrees with the standard's required tests, and stays off the network."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012, SchemaRegistry

from evalkit.families.extraction.schema import CompiledSchema, schema_fault

REQUIRED_TESTS = Path(__file__).parents[3] / "shared" / "data" / "schema_jsts_draft2020-12.jsonl"
REMOTES = Path(__file__).with_name("json_schema_remotes.json")

NOT_SUPPORTED = {
    # jsonschema applies every keyword whatever vocabularies a metaschema of one's own leaves out; the suite
    # check refuses such a schema before it is used.
    ("vocabulary.json", "no validation: invalid number, but it still validates"),
}


@pytest.fixture
def remotes() -> SchemaRegistry:
    """The documents that some required tests refer to, as the test suite says they must be at hand."""
    documents = json.loads(REMOTES.read_text(encoding="utf-8"))["documents"].items()
    registry: SchemaRegistry = Registry()
    return registry.with_resources(
        (uri, Resource.from_contents(document, default_specification=DRAFT202012))
        for uri, document in documents
    )


@pytest.mark.shared
def test_every_required_test_of_the_standard_agrees(remotes: SchemaRegistry) -> None:
    """A home-made reading of JSON Schema would fail right answers; exceptions are named, none is silent."""
    disagreeing = set()
    ran = 0
    for group in _groups():
        schema = CompiledSchema(group["schema"], registry=remotes)
        for case in group["tests"]:
            ran += 1
            if schema.fits(case["data"]) != case["valid"]:
                disagreeing.add((group["file"], case["description"]))
    assert ran > 1_200
    assert disagreeing == NOT_SUPPORTED


def test_a_metaschema_that_is_not_the_standards_is_refused() -> None:
    """The one kind of schema whose required test disagrees cannot come into a suite unsaid."""
    fault = schema_fault({"$schema": "http://localhost:1234/draft2020-12/metaschema-no-validation.json"})
    assert fault is not None
    assert fault[0] == "$schema"


def test_an_unknown_reference_is_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves the machine unasked: the library's own default would open a connection here."""
    asked = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: asked.append(a))
    schema = CompiledSchema({"$ref": "http://schemas.example/order.json"})
    assert "cannot be applied" in schema.violations({})[0].message
    assert not asked


def test_the_standards_own_metaschema_is_at_hand() -> None:
    """A schema may refer to the metaschema without anything being fetched."""
    schema = CompiledSchema({"$ref": "https://json-schema.org/draft/2020-12/schema"})
    assert schema.fits({"minLength": 1})
    assert not schema.fits({"minLength": -1})


def test_formats_are_annotations_until_a_suite_asserts_them() -> None:
    """The standard's default; whoever wants ISO dates enforced says so in the suite."""
    date = {"type": "string", "format": "date"}
    assert CompiledSchema(date).fits("tomorrow")
    assert not CompiledSchema(date, assert_formats=True).fits("tomorrow")
    assert CompiledSchema(date, assert_formats=True).fits("2026-01-06")


def test_a_schema_that_refers_to_itself_for_ever_is_a_violation_not_a_crash() -> None:
    """Scoring never raises, also under a schema that no check has seen."""
    assert not CompiledSchema({"$ref": "#"}).fits({})


def test_unique_items_takes_linear_time_on_hostile_lists() -> None:
    """Mixed types make the library's own check quadratic: minutes for one answer."""
    mixed = [value for k in range(50_000) for value in (k, str(k))]
    schema = CompiledSchema({"uniqueItems": True})
    assert schema.fits(mixed)
    assert not schema.fits([*mixed, 7.0])
    assert schema.fits([1, True, "1", [1], {"a": 1}])


def _groups() -> Iterator[dict[str, Any]]:
    if not REQUIRED_TESTS.exists():
        pytest.skip(f"the shared data is not beside the checkout: {REQUIRED_TESTS.name}")
    with REQUIRED_TESTS.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
