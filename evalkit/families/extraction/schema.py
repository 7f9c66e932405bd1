"""JSON Schema, draft 2020-12, as evalkit uses it: compiled once, nothing fetched, formats if asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # ships no types
from referencing.jsonschema import EMPTY_REGISTRY, SchemaRegistry

from evalkit.bounded.json_schema import BoundedValidator, check_schema, format_checker
from evalkit.bounded.patterns import PatternLimit, value_budget
from evalkit.families.comparators.interface import frozen
from evalkit.families.extraction.paths import Place

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS = ("date", "email", "ipv4", "ipv6", "time", "uuid", "regex")
"""The formats that `assert_formats` asserts: those that need nothing beyond jsonschema itself."""

_MOST_VIOLATIONS = 5


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a value breaks the schema."""

    place: Place | None
    rule: Mapping[str, Any]
    """The keyword and what it asks for."""
    got: Any
    message: str


class CompiledSchema:
    """One schema, ready to check many values.

    References are looked up in the schema itself and the standard's own documents, never in the network.
    `format` is an annotation, as the standard has it, unless `assert_formats`.
    """

    def __init__(
        self, schema: Any, *, assert_formats: bool = False, registry: SchemaRegistry = EMPTY_REGISTRY
    ) -> None:
        checker = format_checker(*FORMATS) if assert_formats else None
        self._validator = _Validator(schema, format_checker=checker, registry=_with_standard(registry))

    def violations(self, value: Any) -> tuple[Violation, ...]:
        """The first few places where the value breaks the schema; none when it fits.

        Raises:
            PatternLimit: The schema or a pattern of it takes too long on the value; nothing else is raised.
        """
        try:
            with value_budget():
                errors = list(islice(self._validator.iter_errors(value), _MOST_VIOLATIONS))
        except PatternLimit:
            raise
        except Exception as error:  # noqa: BLE001 - unresolvable references, bad patterns, endless recursion
            return (Violation(None, {}, None, f"the schema cannot be applied: {error}"),)
        return tuple(_violation(e) for e in errors)

    def fits(self, value: Any) -> bool:
        """Whether the value fits."""
        return not self.violations(value)


def schema_fault(schema: Any) -> tuple[str, str] | None:
    """What makes it no schema of draft 2020-12, as place and message; None when it is one."""
    dialect = schema.get("$schema", DIALECT) if isinstance(schema, Mapping) else DIALECT
    if not isinstance(dialect, str) or dialect.rstrip("#") != DIALECT:
        return "$schema", f"schemas are read as draft 2020-12, and this one says {dialect!r}"
    try:
        check_schema(schema)
    except SchemaError as error:
        return "/".join(map(str, error.absolute_path)), error.message
    return None


def root_kinds(schema: Any) -> tuple[type, ...]:
    """Whether an answer is an object, a list, or may be either, by the schema's own word."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    kinds: dict[Any, tuple[type, ...]] = {"object": (dict,), "array": (list,)}
    return kinds.get(kind, (dict, list)) if isinstance(kind, str) else (dict, list)


def subschemas(root: Any, schema: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the schema and all that apply to the same value, each once: by reference, allOf, anyOf, if."""
    left, seen = [schema], set()
    while left:
        here = left.pop()
        if not isinstance(here, Mapping) or id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        inside = [here.get(keyword) for keyword in ("if", "then", "else")]
        for keyword in ("allOf", "anyOf", "oneOf"):
            parts = here.get(keyword)
            inside += parts if isinstance(parts, (list, tuple)) else ()
        if isinstance(here.get("$ref"), str):
            inside.append(_follow_pointer(root, here["$ref"]))
        left += reversed(inside)


def _follow_pointer(root: Any, reference: str) -> Any:
    """What a local pointer names; other references are left to the validator."""
    at = root
    for step in reference.removeprefix("#").split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        at = at.get(step) if isinstance(at, Mapping) else None
    return at if reference.startswith("#") else None


def _violation(error: ValidationError) -> Violation:
    place: Place | None = None
    for step in error.absolute_path:
        place = (place, step)
    return Violation(place, {str(error.validator): error.validator_value}, error.instance, error.message)


def _with_standard(registry: SchemaRegistry) -> SchemaRegistry:
    # jsonschema's own default registry would fetch unknown references over the network.
    combined: SchemaRegistry = registry.combine(REGISTRY)
    return combined


def _unique_items(
    validator: Any, unique: bool, instance: Any, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """`uniqueItems` in linear time: the library's takes quadratic time on lists of mixed types."""
    if unique and validator.is_type(instance, "array") and len(set(map(frozen, instance))) < len(instance):
        yield ValidationError("the list has equal items")


_Validator: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
    BoundedValidator, {"uniqueItems": _unique_items}
)
