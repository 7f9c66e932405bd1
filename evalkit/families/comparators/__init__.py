"""When two JSON values say the same: comparators by name, shipped ones and plug-ins."""

from evalkit.families.comparators.interface import Comparator, Same, has_value, json_type, same_json
from evalkit.families.comparators.numbers import read_float, same_number
from evalkit.families.comparators.registry import EXACT, comparator_names, compile_comparator

__all__ = [
    "EXACT",
    "Comparator",
    "Same",
    "comparator_names",
    "compile_comparator",
    "has_value",
    "json_type",
    "read_float",
    "same_json",
    "same_number",
]
