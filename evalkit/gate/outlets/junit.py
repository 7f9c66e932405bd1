"""The verdict as JUnit XML: a test case for each rule and each critical item."""

from __future__ import annotations

from xml.etree import ElementTree

from evalkit.gate.records import CaseVerdict, GateVerdict, RuleResult
from evalkit.gate.wording import RULE, flip_words, flips_command, more_words, safe


def to_junit(verdict: GateVerdict) -> str:
    """One test suite for each suite × candidate. A rule that stops the gate is a failure (an error, when it
    could not be judged); an advisory or tolerated one that does not pass is skipped with its reason."""
    root = ElementTree.Element("testsuites", name="evalkit gate")
    for case in verdict.cases:
        _suite(root, case, verdict)
    for rule in verdict.together:
        _together(root, rule, verdict)
    if not verdict.cases:
        suite = ElementTree.SubElement(root, "testsuite", name="gate", tests="1", errors="1", failures="0")
        test = ElementTree.SubElement(suite, "testcase", classname="gate", name="evidence")
        ElementTree.SubElement(test, "error", message=verdict.headline)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, case: CaseVerdict, verdict: GateVerdict) -> None:
    name = ".".join(safe(part) for part in (case.suite, case.candidate) if part) or "gate"
    suite = ElementTree.SubElement(root, "testsuite", name=name)
    for rule in case.rules:
        test = ElementTree.SubElement(suite, "testcase", classname=name, name=_name(rule))
        _outcome(test, rule, case, verdict)
    critical = case.rule("critical")
    for item in case.critical_items if critical else ():
        test = ElementTree.SubElement(suite, "testcase", classname=name, name=f"critical item {safe(item)}")
        if critical and item in critical.items:
            _outcome(test, critical, case, verdict)
    _count(suite)


def _together(root: ElementTree.Element, rule: RuleResult, verdict: GateVerdict) -> None:
    """One test suite for a candidate over its suites; only its fail counts."""
    name = f"{safe(rule.candidate)}.all suites"
    suite = ElementTree.SubElement(root, "testsuite", name=name)
    test = ElementTree.SubElement(suite, "testcase", classname=name, name=RULE[rule.rule])
    if rule.outcome == "fail":
        message = safe(f"fail: asked {rule.asked}; found {rule.found}; {rule.sure}", 500)
        ElementTree.SubElement(test, "skipped" if rule.advisory else "failure", message=message)
    _count(suite)


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite)))
    for tag, word in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(word, str(sum(test.find(tag) is not None for test in suite)))


def _name(rule: RuleResult) -> str:
    # One rule can be asked several times: of each error kind.
    return f"{RULE[rule.rule]}: {safe(rule.asked)}" if rule.rule == "error_kinds" else RULE[rule.rule]


def _outcome(test: ElementTree.Element, rule: RuleResult, case: CaseVerdict, verdict: GateVerdict) -> None:
    if rule.outcome == "pass":
        return
    tolerated = rule.outcome == "inconclusive" and verdict.inconclusive == "warn"
    tag = "error" if rule.outcome == "not_judged" else "failure"
    tag = "skipped" if rule.advisory or tolerated else tag
    prefix = "advisory: " if rule.advisory else ""
    message = safe(f"{prefix}{rule.outcome}: asked {rule.asked}; found {rule.found}", 500)
    node = ElementTree.SubElement(test, tag, message=message)
    if tag != "skipped":
        node.set("type", rule.outcome)
    lines = [f"asked: {rule.asked}", f"found: {rule.found}", f"sure: {rule.sure}", more_words(rule)]
    lines += [f"broken: {flip_words(flip)}" for flip in rule.flips]
    lines += [flips_command(case)] if rule.flips else []
    node.text = "\n".join(safe(line, 500) for line in lines if line)
