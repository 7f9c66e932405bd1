"""The gate's policy: what is asked, of which suites, how strictly; the `gate:` section of evalkit.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from evalkit.errors import ConfigError, near_names
from evalkit.records import Stakes

RuleName = Literal[
    "evidence",
    "baseline",
    "availability",
    "no_regression",
    "no_slide",
    "critical",
    "error_kinds",
    "quality_floor",
    "format_valid",
    "forms",
    "cost_per_success",
    "latency_p95",
]
RULES: Mapping[RuleName, str] = {
    "evidence": "The evidence is whole, real, fresh and from the same kind of machine.",
    "baseline": "There is a baseline, and samples to hold against it.",
    "availability": "Few enough samples were lost to faults.",
    "no_regression": "Not worse than the last accepted baseline, by the margin.",
    "no_slide": "Not worse than the fixed anchor, by the margin.",
    "critical": "The items that the team insists on pass.",
    "error_kinds": "The error kinds named do not happen more often.",
    "quality_floor": "The success rate is not below the floor.",
    "format_valid": "Answers fit their form often enough.",
    "forms": "Answers stand in the forms in which the baseline's stood: bare, fenced, in prose.",
    "cost_per_success": "A success does not cost more than the limit.",
    "latency_p95": "95% of the answers come within the limit.",
}
"""Every rule, with what it asks."""

Admission = Literal["simulated", "partial", "reused", "foreign_hardware", "stale"]
ADMISSIONS: tuple[Admission, ...] = ("simulated", "partial", "reused", "foreign_hardware", "stale")
"""Kinds of evidence that are refused unless allowed."""

FormsMode = Literal["say", "must_not_shift", "ignore"]
CriticalMode = Literal["must_pass", "must_not_break", "ignore"]
Inconclusive = Literal["stop", "fail", "warn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteLimits:
    """What is asked of one suite."""

    margin: float = 0.05
    """The loss of success that still counts as no worse, a fraction."""
    confidence: float = 0.95
    """Of each two-sided interval; a false fail among all that changed has at most half the rest."""
    max_faulted: float = 0.01
    """Share of samples that may be lost to faults, a fraction."""
    quality_floor: float | None = None
    """The least success rate, a fraction."""
    min_format_valid: float | None = None
    """The least rate of answers that fit their form, a fraction."""
    max_cost_per_success_usd: float | None = None
    max_latency_p95_s: float | None = None
    """End-to-end, in seconds."""
    critical: CriticalMode = "must_not_break"
    """`must_pass`: every critical item. `must_not_break`: those that passed in the baseline."""
    error_kinds: tuple[str, ...] = ()
    """Error kinds that must not happen more often than in the baseline."""
    forms: FormsMode = "say"
    """What a shift of the forms of answers does: it is said, or it stops the gate."""
    advisory: frozenset[str] = frozenset()
    """Rules that are said and decide nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The whole policy."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Limits` given for all suites."""
    risk: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Risk class -> fields that replace them."""
    suites: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Suite -> fields that replace those."""
    inconclusive: Inconclusive = "stop"
    """What an inconclusive rule does: `stop` (exit 4), `fail` (exit 3), or `warn` (said, passes)."""
    allow: frozenset[str] = frozenset()
    """Kinds of evidence that are admitted, and named: `simulated`, `partial`, `reused`, `foreign_hardware`,
    `stale`."""
    baseline: Literal["required", "optional"] = "required"
    """Whether a suite × candidate without a baseline can pass on floors alone."""
    anchor: bool = True
    """Whether the fixed anchor is tested too."""
    candidates: tuple[str, ...] = ()
    """The candidates that must be judged; empty: all that are not simulated."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> the slot whose baseline it is held against; its own name unless given."""
    max_age_days: int | None = None
    """A baseline older than this is said to be stale."""

    def limits(self, suite: str, stakes: Stakes | None = None) -> SuiteLimits:
        """What is asked of a suite: its own entry, else its stakes, else its risk class, else the defaults.

        A floor or a latency limit that only the stakes declare is advisory: they say what the work needs,
        while the policy says what stops a build.
        """
        stakes = stakes or Stakes()
        given = {**self.defaults, **self.risk.get(stakes.risk, {})}
        own = self.suites.get(suite, {})
        if stakes.margin is not None:
            given["margin"] = stakes.margin
        limits = SuiteLimits(**{**given, **own})
        declared: tuple[tuple[str, str, float | None], ...] = (
            ("quality_floor", "quality_floor", stakes.quality_floor),
            ("max_latency_p95_s", "latency_p95", stakes.latency_slo_s),
        )
        for name, rule, value in declared:
            if value is not None and getattr(limits, name) is None:
                advisory = limits.advisory | {rule}
                limits = replace(limits, **{name: value}, advisory=advisory)  # type: ignore[arg-type]
        return limits

    def slot(self, candidate: str) -> str:
        """The slot that a candidate stands for."""
        return self.slots.get(candidate, candidate)

    def gates(self, candidate: str) -> bool:
        """Whether the policy asks for this candidate."""
        return not self.candidates or candidate in self.candidates

    def asks_for_slot(self, slot: str) -> bool:
        """Whether a baseline of this slot wants samples: that of no asked candidate does not."""
        return not self.candidates or slot in {self.slot(name) for name in self.candidates}


def read_policy(plain: Mapping[str, Any] | None) -> Policy:
    """The policy from the plain `gate:` section; None and {} take every default.

    Raises:
        ConfigError: A key is unknown (with the near name) or a value is not allowed; `where` is the key.
    """
    plain = dict(plain or {})
    known = (*_LIMITS, *_WHOLE)
    for key in plain:
        _known(key, known, "gate")
    allow = {*_names(plain, "allow", ADMISSIONS, "gate")}
    allow |= {kind for kind in ADMISSIONS if _flag(plain, f"allow_{kind}", "gate")}
    return Policy(
        defaults=_limits({k: v for k, v in plain.items() if k in _LIMITS}, "gate"),
        risk={k: _limits(v, f"gate.risk.{k}") for k, v in _sections(plain, "risk", _RISKS)},
        suites={k: _limits(v, f"gate.suites.{k}") for k, v in _sections(plain, "suites", None)},
        inconclusive=_choice(plain, "inconclusive", ("stop", "fail", "warn"), "gate"),
        allow=frozenset(allow),
        baseline=_choice(plain, "baseline", ("required", "optional"), "gate"),
        anchor=bool(_flag(plain, "anchor", "gate", default=True)),
        candidates=_texts(plain.get("candidates", ()), "gate.candidates"),
        slots=_slots(plain.get("slots", {})),
        max_age_days=_days(plain.get("max_age_days")),
    )


_RISKS = ("low", "medium", "high")


def _fraction(value: Any, where: str) -> float:
    return _number(value, where, lambda v: 0 <= v <= 1, "a fraction from 0 to 1, such as 0.05")


def _inner_fraction(value: Any, where: str) -> float:
    return _number(value, where, lambda v: 0 < v < 1, "a fraction between 0 and 1, such as 0.95")


def _amount(value: Any, where: str) -> float:
    return _number(value, where, lambda v: v > 0, "a number above 0")


def _critical(value: Any, where: str) -> str:
    return _one_of(value, where, ("must_pass", "must_not_break", "ignore"))


def _forms(value: Any, where: str) -> str:
    return _one_of(value, where, ("say", "must_not_shift", "ignore"))


def _one_of(value: Any, where: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ConfigError(f"{value!r} is not allowed", where=where, hint=near_names(str(value), choices))
    return str(value)


def _advisory(value: Any, where: str) -> frozenset[str]:
    names = _texts(value, where)
    for name in names:
        if name not in RULES:
            raise ConfigError(f"there is no rule {name!r}", where=where, hint=near_names(name, RULES))
    return frozenset(names)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(v, str) for v in values):
        raise ConfigError("this must be a list of names", where=where)
    return tuple(values)


_LIMITS: Mapping[str, Callable[[Any, str], Any]] = {
    "margin": _fraction,
    "confidence": _inner_fraction,
    "max_faulted": _fraction,
    "quality_floor": _fraction,
    "min_format_valid": _fraction,
    "max_cost_per_success_usd": _amount,
    "max_latency_p95_s": _amount,
    "critical": _critical,
    "error_kinds": _texts,
    "forms": _forms,
    "advisory": _advisory,
}
"""Keys that may stand at the top, under `risk:` and under `suites:`."""

_WHOLE = (
    "inconclusive", "allow", *(f"allow_{kind}" for kind in ADMISSIONS), "baseline", "anchor", "candidates",
    "slots", "max_age_days", "risk", "suites",
)  # fmt: skip


def _limits(plain: Any, where: str) -> dict[str, Any]:
    if not isinstance(plain, Mapping):
        raise ConfigError("this must be a mapping of limits", where=where)
    found = {}
    for key, value in plain.items():
        _known(key, tuple(_LIMITS), where)
        if value is not None:
            found[key] = _LIMITS[key](value, f"{where}.{key}")
    return found


def _known(key: Any, known: tuple[str, ...], where: str) -> None:
    if key not in known:
        raise ConfigError(f"unknown key {key!r}", where=f"{where}.{key}", hint=near_names(str(key), known))


def _number(value: Any, where: str, allowed: Callable[[float], bool], meant: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not allowed(value):
        raise ConfigError(f"{value!r} is not {meant}", where=where)
    return float(value)


def _choice(plain: Mapping[str, Any], key: str, choices: tuple[Any, ...], where: str) -> Any:
    value = plain.get(key, choices[0])
    if value not in choices:
        raise ConfigError(
            f"{value!r} is not allowed", where=f"{where}.{key}", hint=near_names(str(value), choices)
        )
    return value


def _names(plain: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str) -> tuple[str, ...]:
    names = _texts(plain.get(key, ()), f"{where}.{key}")
    for name in names:
        _choice({key: name}, key, choices, where)
    return names


def _flag(plain: Mapping[str, Any], key: str, where: str, *, default: bool = False) -> bool:
    value = plain.get(key, default)
    if not isinstance(value, bool):
        raise ConfigError(f"{value!r} is not true or false", where=f"{where}.{key}")
    return value


def _sections(plain: Mapping[str, Any], key: str, choices: tuple[str, ...] | None) -> list[tuple[str, Any]]:
    sections = plain.get(key) or {}
    if not isinstance(sections, Mapping):
        raise ConfigError("this must be a mapping", where=f"gate.{key}")
    for name in sections:
        if choices is not None:
            _known(name, choices, f"gate.{key}")
    return [(str(name), value) for name, value in sections.items()]


def _slots(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise ConfigError("this must map a candidate to a slot", where="gate.slots")
    return {str(k): v for k, v in value.items()}


def _days(value: Any) -> int | None:
    if value is None:
        return None
    return int(_number(value, "gate.max_age_days", lambda v: v >= 1, "a number of days, 1 or more"))
