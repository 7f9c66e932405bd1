"""Comparison of two candidates, runs or a baseline, item by item."""

from evalkit.comparison.agreement import Agreement, AgreementShare, agreement_words
from evalkit.comparison.caveats import OF_THE_CANDIDATE, Caveat, CaveatKind, caveats, foreign_hardware
from evalkit.comparison.changes import Change, ErrorKindChange, error_kind_change
from evalkit.comparison.compare import DEFAULT_MARGIN, Comparison, SuiteComparison, compare, compare_pairs
from evalkit.comparison.forms import FormChange, find_shifted_forms, form_changes
from evalkit.comparison.groups import GroupComparison
from evalkit.comparison.marks import Marks, is_local, marks, partial_reason, suite_entry
from evalkit.comparison.pairs import Flip, Pairs, Side, flips, pair, side
from evalkit.comparison.steadiness import Noise, Steadiness, noise, noise_words
from evalkit.comparison.variants import Variant, Variants, compare_variants

__all__ = [
    "DEFAULT_MARGIN",
    "OF_THE_CANDIDATE",
    "Agreement",
    "AgreementShare",
    "Caveat",
    "CaveatKind",
    "Change",
    "Comparison",
    "ErrorKindChange",
    "Flip",
    "FormChange",
    "GroupComparison",
    "Marks",
    "Noise",
    "Pairs",
    "Side",
    "Steadiness",
    "SuiteComparison",
    "Variant",
    "Variants",
    "agreement_words",
    "caveats",
    "compare",
    "compare_pairs",
    "compare_variants",
    "error_kind_change",
    "find_shifted_forms",
    "flips",
    "foreign_hardware",
    "form_changes",
    "is_local",
    "marks",
    "noise",
    "noise_words",
    "pair",
    "partial_reason",
    "side",
    "suite_entry",
]
