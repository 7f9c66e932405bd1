"""routes.yaml: read with its lines, and written so that what changes in it is what changed of a route."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from evalkit.documents import YamlDumper, read_marked_yaml, read_shipped_schema, shape_problems
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Tier, clean_json
from evalkit.routes.decide import FORM, OPS, dotted, faults, read_scalar, text_of
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Signal, Step
from evalkit.routes.wording import with_words

_HEAD = """\
# Which candidate serves which work. Written by `evalkit routes apply`; read by evalkit.routes.decide.
# Each suite: branches are tried in order, the first whose conditions all hold serves the item.
# yaml-language-server: $schema=.evalkit/routes.schema.json
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pinned:
    """A candidate as it was measured; a route holds for this fingerprint and no other."""

    tier: Tier
    fingerprint: str
    backend: str = ""
    model: str = ""
    by_suite: Mapping[str, str] = field(default_factory=dict)
    """Suite -> fingerprint there, where the candidate has settings by suite."""

    def fingerprint_at(self, suite: str) -> str:
        """Return the fingerprint that the candidate was measured with at a suite."""
        return self.by_suite.get(suite, self.fingerprint)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteEvidence:
    """What a route was judged by; None where it is not known."""

    runs: tuple[str, ...] = ()
    """Ids of the runs."""
    suite_version: str = ""
    items: int = 0
    success: float | None = None
    """Share of items that end well."""
    success_at_least: float | None = None
    """Its certified lower bound; None without a certificate."""
    confidence: float | None = None
    """Of that bound, corrected for all that was brought to certification."""
    usd_per_success: float | None = None
    """Calls and reviews over successes, in US dollars; infinite at no success."""
    latency_p95_s: float | None = None
    simulated: bool = False
    """Whether any answer behind it is made up."""

    def round_evidence(self) -> RouteEvidence:
        """With four significant digits, as people read and compare it."""
        return replace(
            self,
            success=_round(self.success),
            success_at_least=_round(self.success_at_least),
            confidence=_round(self.confidence),
            usd_per_success=_round(self.usd_per_success),
            latency_p95_s=_round(self.latency_p95_s),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """Who accepted a route, and until when it holds."""

    by: str
    since: date
    why: str
    until: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """The route of one suite."""

    policy: RoutePolicy
    certified: bool = False
    promise: str = ""
    """What the certificate says, or why there is none."""
    evidence: RouteEvidence = RouteEvidence()
    accepted: Acceptance | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteFile:
    """The whole file."""

    revision: int = 0
    """Grows by one with each change that is applied; 0 for a file that was never written."""
    candidates: Mapping[str, Pinned] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    """By suite."""

    def policy(self, suite: str) -> RoutePolicy | None:
        """The policy of a suite; None when it has no route."""
        route = self.routes.get(suite)
        return None if route is None else route.policy

    def to_json(self) -> dict[str, Any]:
        """The plain form, with each policy in words."""
        plain: dict[str, Any] = clean_json(with_words(self))
        return plain

    def replace_routes(self, routes: Mapping[str, Route], pinned: Mapping[str, Pinned]) -> RouteFile:
        """The file with these routes in place of what it says of their suites, one revision on.

        Candidates that no route names any more leave it. The same file comes back when nothing changes.
        """
        together = {**self.routes, **routes}
        used = {name for route in together.values() for name in route.policy.candidates}
        candidates = {n: p for n, p in {**self.candidates, **pinned}.items() if n in used}
        if together == dict(self.routes) and candidates == dict(self.candidates):
            return self
        return replace(self, revision=self.revision + 1, candidates=candidates, routes=together)


def read_route_file(path: Path, *, missing_ok: bool = False, pinned: bool = True) -> RouteFile:
    """The routes of that file.

    Args:
        path: The file.
        missing_ok: A file that is not there is one without routes.
        pinned: Whether every candidate must be pinned; what is only tried out need not be.

    Raises:
        ConfigError: It is missing or wrong; names file, line, key and the near names.
    """
    if not path.is_file():
        if missing_ok:
            return RouteFile()
        raise ConfigError("there is no such file of routes", where=str(path), hint="`evalkit routes apply`")
    read = read_marked_yaml(path)
    found = [*read.problems] or [*shape_problems(read, path.name, read_shipped_schema("routes"))]
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ConfigError(found[0].message + more, where=found[0].where, hint=found[0].hint or None)
    plain = read.value
    if pinned:
        plain = {"candidates": {}, **plain}
    else:
        plain = {key: value for key, value in plain.items() if key != "candidates"}
    for place, fault in (*faults(plain), *_unknown_numbers(plain)):
        where = f"{path.name}:{read.line(*place)}, key {dotted(place)!r}"
        raise ConfigError(fault, where=where)
    return route_file_from(read.value)


def _unknown_numbers(plain: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Evidence that is not a number, which the schema cannot say."""
    for suite, route in plain["routes"].items():
        for key, value in (route.get("evidence") or {}).items():
            if isinstance(value, float) and math.isnan(value):
                yield (
                    ("routes", suite, "evidence", key),
                    "NaN is not evidence: write null where it is unknown",
                )


def route_file_from(plain: Mapping[str, Any]) -> RouteFile:
    """The file's records from its checked values."""
    return RouteFile(
        revision=int(plain.get("revision", 1)),
        candidates={name: Pinned(**given) for name, given in (plain.get("candidates") or {}).items()},
        routes={suite: _route(suite, given) for suite, given in plain["routes"].items()},
    )


def route_file_text(found: RouteFile) -> str:
    """The file as text: suites and candidates sorted, keys in one order, one line for each small thing."""
    plain = {
        "form": FORM,
        "revision": found.revision,
        "candidates": {
            name: _small(_pin_signal(found.candidates[name])) for name in sorted(found.candidates)
        },
        "routes": {suite: _plain_route(found.routes[suite]) for suite in sorted(found.routes)},
    }
    text = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return _HEAD + text


def write_route_file(path: Path, found: RouteFile) -> None:
    """Writes the file, whole or not at all.

    Raises:
        UnavailableError: It cannot be written.
    """
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(route_file_text(found), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UnavailableError(f"cannot be written: {error.strerror}", where=str(path)) from error


def _round(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


class _Flow(dict[str, Any]):
    """A mapping that is written in one line."""


class _Dumper(YamlDumper):
    """Block style but for `_Flow`."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Quoted where a reader of YAML 1.2 would take it for another thing (`1e3`), and in double quotes where
    PyYAML would fold a U+0085 into a space."""
    style = '"' if "\x85" in text else None if read_scalar(text) == text else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)


def _small(plain: Mapping[str, Any]) -> _Flow:
    return _Flow(plain)


def _pin_signal(one: Pinned) -> dict[str, Any]:
    plain = {
        "tier": one.tier,
        "backend": one.backend,
        "model": one.model,
        "fingerprint": one.fingerprint,
        "by_suite": dict(one.by_suite),
    }
    return {key: value for key, value in plain.items() if value}


def _plain_route(route: Route) -> dict[str, Any]:
    evidence, accepted = route.evidence, route.accepted
    plain: dict[str, Any] = {
        "in_words": route.policy.in_words,
        "branches": [plain_branch(branch) for branch in route.policy.branches],
        "certified": route.certified,
        "promise": route.promise,
        "evidence": {
            "runs": list(evidence.runs),
            "suite_version": evidence.suite_version,
            "items": evidence.items,
            "success": evidence.success,
            "success_at_least": evidence.success_at_least,
            "confidence": evidence.confidence,
            "usd_per_success": evidence.usd_per_success,
            "latency_p95_s": evidence.latency_p95_s,
            "simulated": evidence.simulated,
        },
    }
    if accepted is not None:
        plain["accepted"] = {
            "by": accepted.by, "since": accepted.since.isoformat(), "why": accepted.why,
            "until": accepted.until.isoformat(),
        }  # fmt: skip
    return plain


def plain_branch(branch: Branch) -> dict[str, Any]:
    """A branch as the file says it."""
    plain: dict[str, Any] = {}
    if branch.when:
        plain["when"] = [_small({"feature": c.feature, c.op: c.value}) for c in branch.when]
    plain["ask"] = [_small(_plain_step(step)) for step in branch.steps]
    return plain | ({"review": True} if branch.review else {})


def _plain_step(step: Step) -> dict[str, Any]:
    signal = step.escalate_on
    if signal is None:
        return {"candidate": step.candidate}
    detail = {"below": signal.below, "repeats": signal.repeats}
    shown = {"signal": signal.kind, **{key: value for key, value in detail.items() if value is not None}}
    return {"candidate": step.candidate, "escalate_on": _small(shown)}


def _route(suite: str, plain: Mapping[str, Any]) -> Route:
    evidence = dict(plain.get("evidence") or {})
    accepted = plain.get("accepted")
    return Route(
        policy=RoutePolicy(suite=suite, branches=tuple(map(_branch, plain["branches"]))),
        certified=plain.get("certified", False),
        promise=plain.get("promise", ""),
        evidence=RouteEvidence(**{**evidence, "runs": tuple(evidence.get("runs", ()))}),
        accepted=None if accepted is None else _acceptance(accepted),
    )


def _acceptance(plain: Mapping[str, str]) -> Acceptance:
    return Acceptance(
        by=plain["by"],
        since=date.fromisoformat(plain["since"]),
        why=plain["why"],
        until=date.fromisoformat(plain["until"]),
    )


def _branch(plain: Mapping[str, Any]) -> Branch:
    return Branch(
        when=tuple(map(_condition, plain.get("when") or ())),
        steps=tuple(map(_step, plain["ask"])),
        review=plain.get("review", False),
    )


def _condition(plain: Mapping[str, Any]) -> Condition:
    op = next(op for op in OPS if op in plain)
    value = text_of(plain[op]) if op.startswith("is") else plain[op]
    return Condition(feature=plain["feature"], op=op, value=value)  # type: ignore[arg-type]  # one of OPS


def _step(plain: Mapping[str, Any]) -> Step:
    given = plain.get("escalate_on")
    signal = None
    if given is not None:
        signal = Signal(kind=given["signal"], below=given.get("below"), repeats=given.get("repeats"))
    return Step(candidate=plain["candidate"], escalate_on=signal)


__all__ = [
    "REVIEW",
    "Acceptance",
    "Pinned",
    "Route",
    "RouteEvidence",
    "RouteFile",
    "read_route_file",
    "route_file_from",
    "route_file_text",
    "write_route_file",
]
