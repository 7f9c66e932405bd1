"""Targets as they are written, read into the calls that are expected.

Three forms: canonical `{tool, arguments: {name: {any_of, optional}}}`, plain `{name, arguments}`, and BFCL's
`{function: {argument: [accepted values]}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.errors import SuiteError
from evalkit.families.tool_calls.json_calls import UnreadableError, settle_value
from evalkit.families.tool_calls.schemas import schema_types
from evalkit.families.tool_calls.tools import Toolbox


@dataclass(frozen=True, slots=True)
class ExpectedArgument:
    """One argument and the values that are right for it."""

    any_of: tuple[Any, ...]
    """Accepted values: JSON values, or ObjectOf where each key of an object has its own."""
    optional: bool = False
    """Whether the call is right without it."""

    def shown(self) -> Any:
        """What a diff says was expected: the one value, or all of them."""
        values = [plain(v) for v in self.any_of]
        return values[0] if len(values) == 1 else {"any_of": values}


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An accepted object whose keys each have accepted values of their own (BFCL's nested form)."""

    fields: Mapping[str, ExpectedArgument]


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """One call that is right."""

    tool: str
    arguments: Mapping[str, ExpectedArgument]

    def shown(self) -> dict[str, Any]:
        """The call in canonical form."""
        return {
            "tool": self.tool,
            "arguments": {
                name: {"any_of": [plain(v) for v in a.any_of], **({"optional": True} if a.optional else {})}
                for name, a in self.arguments.items()
            },
        }


def read_target(target: Any, target_format: str, toolbox: Toolbox) -> tuple[ExpectedCall, ...]:
    """The expected calls of one target; none when no call is right.

    Raises:
        SuiteError: The target is not of the form.
    """
    if not isinstance(target, (list, tuple)):
        raise SuiteError("a target is a list of calls", hint='write "target": [] where no call is right')
    try:
        target = settle_value(target)  # as answers are, so that the two can be equal
    except UnreadableError as error:
        raise SuiteError(f"a target holds {error}") from error
    read = _read_bfcl if target_format == "bfcl" else _read_call
    return tuple(read(call, toolbox) for call in target)


def plain(value: Any) -> Any:
    """An accepted value as a JSON value: of nested alternatives the first."""
    if isinstance(value, ObjectOf):
        return {name: plain(a.any_of[0]) for name, a in value.fields.items() if not a.optional}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def _read_call(call: Any, toolbox: Toolbox) -> ExpectedCall:
    if not isinstance(call, Mapping):
        raise SuiteError(f"a call is an object, not {call!r}", hint='{"tool": …, "arguments": {…}}')
    arguments = call.get("arguments", {})
    if not isinstance(arguments, Mapping):
        raise SuiteError(f"arguments are an object, not {arguments!r}")
    if isinstance(call.get("tool"), str):
        return ExpectedCall(
            _known_name(call["tool"], toolbox), {n: _read_argument(n, a) for n, a in arguments.items()}
        )
    if isinstance(call.get("name"), str):
        return ExpectedCall(
            _known_name(call["name"], toolbox), {n: ExpectedArgument((v,)) for n, v in arguments.items()}
        )
    raise SuiteError(f"a call names its tool; this one has {sorted(map(str, call))}", hint='add "tool": NAME')


def _read_argument(name: str, argument: Any) -> ExpectedArgument:
    hint = f'{name!r}: {{"any_of": [values], "optional": true or false}}'
    if not isinstance(argument, Mapping) or "any_of" not in argument:
        raise SuiteError(f"argument {name!r} has no any_of", hint=hint)
    values, optional = argument["any_of"], argument.get("optional", False)
    if not isinstance(values, (list, tuple)) or not (values or optional):
        raise SuiteError(f"any_of of {name!r} is a list of at least one value", hint=hint)
    if not isinstance(optional, bool) or set(argument) - {"any_of", "optional"}:
        raise SuiteError(f"argument {name!r} has only any_of and optional (true or false)", hint=hint)
    return ExpectedArgument(tuple(values), optional)


def _read_bfcl(call: Any, toolbox: Toolbox) -> ExpectedCall:
    if not isinstance(call, Mapping) or len(call) != 1:
        raise SuiteError(f"a BFCL call is {{function: {{argument: [values]}}}}, not {call!r}")
    name, arguments = next(iter(call.items()))
    tool = toolbox.find(str(name))
    properties = tool.properties if tool else {}
    if not isinstance(arguments, Mapping):
        raise SuiteError(f"arguments are an object, not {arguments!r}")
    return ExpectedCall(
        _known_name(str(name), toolbox),
        {n: _read_bfcl_values(n, values, properties.get(n)) for n, values in arguments.items()},
    )


def _read_bfcl_values(name: str, values: Any, schema: Any) -> ExpectedArgument:
    """An `""` among the values says optional; for a free text argument it is an accepted value as well."""
    if not isinstance(values, (list, tuple)) or not values:
        raise SuiteError(f"argument {name!r} is a list of accepted values")
    optional = "" in values
    kept = [_nest(v) for v in values if v != ""]
    if optional and "string" in schema_types(schema) and "enum" not in schema:
        kept.append("")
    return ExpectedArgument(tuple(kept), optional)


def _nest(value: Any) -> Any:
    """An object of lists is read as alternatives for each key; anything else is a plain value."""
    if (
        isinstance(value, Mapping)
        and value
        and all(isinstance(v, (list, tuple)) and v for v in value.values())
    ):
        return ObjectOf({k: _read_bfcl_values(k, v, {"type": "string"}) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return [_nest(v) for v in value]
    return value


def _known_name(name: str, toolbox: Toolbox) -> str:
    """The tool's own name, where the target gives the one that is sent."""
    tool = toolbox.find(name)
    return tool.name if tool else name
