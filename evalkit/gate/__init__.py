"""The gate: pass, fail or inconclusive, from samples, baselines and a policy."""

from evalkit.gate.policy import ADMISSIONS, RULES, Policy, RuleName, SuiteLimits, read_policy
from evalkit.gate.records import CaseVerdict, GateOutcome, GateVerdict, LeftAside, RuleResult
from evalkit.gate.verdict import EXIT_CODES, gate

__all__ = [
    "ADMISSIONS",
    "EXIT_CODES",
    "RULES",
    "CaseVerdict",
    "GateOutcome",
    "GateVerdict",
    "LeftAside",
    "Policy",
    "RuleName",
    "RuleResult",
    "SuiteLimits",
    "gate",
    "read_policy",
]
