"""The gate: pass, fail or inconclusive, from samples, baselines and a policy."""

from evalkit.gate.policy import ADMISSIONS, RULES, Limits, Policy, RuleName, read_policy
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
    "Limits",
    "Policy",
    "RuleName",
    "RuleResult",
    "gate",
    "read_policy",
]
