"""`python -m suites.making NAME [--check | --audit]`: write, check or print a suite."""

from __future__ import annotations

import argparse
import sys

from suites.making.audit import write_audit
from suites.making.check import faults, second_readings
from suites.making.overlap import near_share
from suites.making.write import all_items, items_file, lines


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; 1 when a check finds faults."""
    parser = argparse.ArgumentParser(prog="python -m suites.making", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help="a suite, such as support-triage")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="change nothing, name what does not hold")
    what.add_argument("--audit", action="store_true", help="print twenty items into AUDIT.md")
    parser.add_argument("--seed", default="1", help="seed of the audit [1]")
    given = parser.parse_args(arguments)
    found = [line for name in given.names for line in _one(name, given)]
    print("\n".join(found))
    return 1 if given.check and any(": sound" not in line for line in found) else 0


def _one(name: str, given: argparse.Namespace) -> list[str]:
    items = all_items(name)
    if given.audit:
        return [str(write_audit(name, items, seed=given.seed))]
    if given.check:
        by_hand, by_code = second_readings(name, items)
        said = f"{name}: sound: {len(items)} items, second targets {by_hand} by hand and {by_code} by code, "
        return [f"{name}: {f}" for f in faults(name)] or [f"{said}{near_share(items):.1%} near-duplicates"]
    items_file(name).write_text(lines(items), encoding="utf-8")
    return [f"{items_file(name)}: {len(items)} items"]


if __name__ == "__main__":
    sys.exit(main())
