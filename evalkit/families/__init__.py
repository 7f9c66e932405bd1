"""Families: kinds of work, each with its own prompt contract, scorer and error kinds."""

from evalkit.families.failures import fault_score, general_failure, primary_kind
from evalkit.families.interface import GENERAL_ERROR_KINDS, Family, Problem, Prompter, Scorer
from evalkit.families.registry import (
    compile_prompter,
    compile_scorer,
    family_names,
    get_family,
    scorer_for,
    scorer_hash,
)

__all__ = [
    "GENERAL_ERROR_KINDS",
    "Family",
    "Problem",
    "Prompter",
    "Scorer",
    "compile_prompter",
    "compile_scorer",
    "family_names",
    "fault_score",
    "general_failure",
    "get_family",
    "primary_kind",
    "scorer_for",
    "scorer_hash",
]
