"""Suites: loading, validation, field mapping, and where they are found."""

from evalkit.suites.contract import SUITE_FILE
from evalkit.suites.find import find_shipped_suites, find_suite, find_suites
from evalkit.suites.load import LoadedFolder, load_suite, locate_problem, problem_error, read_suite, validate

__all__ = [
    "SUITE_FILE",
    "LoadedFolder",
    "find_shipped_suites",
    "find_suite",
    "find_suites",
    "load_suite",
    "locate_problem",
    "problem_error",
    "read_suite",
    "validate",
]
