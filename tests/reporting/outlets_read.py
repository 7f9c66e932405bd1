"""Reads a verdict and a report back from each outlet, as a reader would, to hold them against each other.

A fact is a key and a text. Every outlet gives the facts that it says; the same key must have the same text
wherever it is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from evalkit.gate import GateVerdict
from evalkit.gate.outlets import to_annotations, to_json, to_junit, to_markdown, to_text
from evalkit.reporting import ReportInput
from evalkit.reporting.outlets import pages_json
from evalkit.reporting.site import render
from evalkit.reporting.text import markdown_summary
from evalkit.reporting.view import Site, build_site
from tests.reporting.cases import NoPictures

Said = Iterator[tuple[tuple[str, ...], str]]
"""(fact, with suite and candidate where it is about a pair) and what is said of it."""
COUNTED = {"failed": "fail", "not judged": "not_judged", "inconclusive": "inconclusive", "passed": "pass"}
WORDS = {"FAIL": "fail", "NOT JUDGED": "not_judged", "inconclusive": "inconclusive", "pass": "pass"}
CHIPS = {
    "fail": "fail", "not judged": "not_judged", "inconclusive": "inconclusive", "no worse": "pass",
    "worse, within the margin": "pass",
}  # fmt: skip


def read_gate(verdict: GateVerdict) -> dict[str, str]:
    """Each outlet of the verdict as text."""
    return {
        "terminal": to_text(verdict),
        "ten lines": to_text(verdict, every_rule=False),
        "Markdown": to_markdown(verdict),
        "JUnit": to_junit(verdict),
        "annotations": to_annotations(verdict),
        "JSON": to_json(verdict),
    }


def read_site(inputs: ReportInput) -> tuple[Site, dict[str, str]]:
    """Each page of the report as text, with its Markdown and its JSON."""
    site = build_site(inputs)
    texts = {
        page.href: render(site, page, NoPictures()) for page in (site.front, *site.meeting, *site.suites)
    }
    return site, texts | {"summary.md": markdown_summary(site.front), "pages.json": pages_json(site)}


def read_facts(outlet: str, text: str) -> dict[tuple[str, ...], str]:
    """The facts that this outlet says."""
    name = "suites" if outlet.startswith("suites/") else outlet
    return dict(_READERS[name](text))


def _headline(text: str) -> Said:
    found = re.search(r"(\d+) of (\d+) pairs? ([^.\n<]*)", text)
    if found is None:
        return
    first, total, rest = found.groups()
    yield ("judged",), total
    counts = dict.fromkeys(COUNTED.values(), "0")
    for part in f"{first} {rest}".split(", "):
        n, _, word = part.strip().partition(" ")
        counts[COUNTED[word]] = n
    yield from (((outcome,), n) for outcome, n in counts.items())


def _plain_markdown(text: str) -> str:
    return re.sub(r"\\([\\`*_{}\[\]()#+!|~>])", r"\1", text)


def _terminal(text: str) -> Said:
    yield from _headline(text)
    pair: tuple[str, ...] = ()
    for line in text.splitlines():
        if found := re.match(r"(FAIL|NOT JUDGED|inconclusive|pass)\b.*  (\S+) · (\S+)$", line):
            pair = found.groups()[1:]
            yield ("word", *pair), WORDS[found[1]]
        yield from _rule_facts(pair, line)


def _rule_facts(pair: tuple[str, ...], line: str) -> Said:
    if pair and (found := re.search(r"(\d+) broken, (\d+) fixed\b", line)):
        yield ("broken", *pair), found[1]
        yield ("fixed", *pair), found[2]
    if pair and (found := re.search(r"found: +([\d.]+%) of \d+ items?", line) or _floor_passed(line)):
        yield ("success", *pair), found[1]


def _floor_passed(line: str) -> re.Match[str] | None:
    return re.search(r"quality floor +([\d.]+%) of", line)


def _ten_lines(text: str) -> Said:
    yield from _headline(text)
    for line in text.splitlines():
        if found := re.match(r"(FAIL|NOT JUDGED|inconclusive|pass)  (\S+) · (\S+): (.*)", line):
            yield ("word", found[2], found[3]), WORDS[found[1]]
            yield from _rule_facts((found[2], found[3]), found[4])


def _markdown(text: str) -> Said:
    text = _plain_markdown(text)
    yield from _headline(text)
    pair: tuple[str, ...] = ()
    brief: dict[tuple[str, ...], str] = {}
    for line in text.splitlines():
        if found := re.search(r"<b>(\S+) · (\S+)</b>: (FAIL|NOT JUDGED|inconclusive|pass)", line):
            pair = found.groups()[:2]
            yield ("word", *pair), WORDS[found[3]]
        if found := re.match(r"- (?:FAIL|NOT JUDGED|inconclusive|pass)  (\S+) · (\S+): (.*)", line):
            brief.update(_rule_facts((found[1], found[2]), found[3]))
        if line.startswith("| quality floor"):
            yield ("success", *pair), line.split("|")[4].split()[0]
        elif line.startswith("| no regression"):
            for fact, said in _rule_facts(pair, line):
                # Said twice in one comment: a brief line that differs from its table is told as such.
                yield fact, said if brief.get(fact, said) == said else f"{said}, above {brief[fact]}"


def _junit(text: str) -> Said:
    root = ElementTree.fromstring(text)  # noqa: S314 - our own output
    words = []
    for suite in root:
        name = suite.get("name", "")
        if name.endswith(".all suites"):
            continue
        words.append(_junit_word(suite))
        yield ("word", *name.split(".")), words[-1]
        for case in suite.iter("testcase"):
            for node in case:
                if case.get("name") == "no regression":
                    yield from _rule_facts(tuple(name.split(".")), node.text or "")
    yield ("judged",), str(len(words))
    yield from (((outcome,), str(words.count(outcome))) for outcome in COUNTED.values())


def _junit_word(suite: ElementTree.Element) -> str:
    kinds = {node.get("type") for node in suite.iter() if node.tag in ("failure", "error")}
    return next((o for o in ("fail", "not_judged", "inconclusive") if o in kinds), "pass")


def _json(text: str) -> Said:
    said = json.loads(text)
    yield from _headline(said["headline"])
    yield ("judged",), str(len(said["cases"]))
    yield from (((outcome,), str(n)) for outcome, n in said["counts"].items())
    for case in said["cases"]:
        pair = (case["suite"], case["candidate"])
        yield ("word", *pair), case["outcome"]
        for rule in case["rules"]:
            if rule["rule"] == "no_regression":
                yield from _rule_facts(pair, rule["found"])


class Table(HTMLParser):
    """Rows of cells of every table, with the page's heading; small print and charts are left out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.heading, self.rows, self.summaries = "", [], []
        self._into: list[str] | None = None
        self._aside = 0
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a row, a cell, a heading or an aside."""
        classes = dict(attrs).get("class") or ""
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th", "h1", "summary", "h3") and self._into is None:
            self._into, self._tag = [], tag
        elif self._aside or (tag in ("span", "small") and (tag == "small" or classes in _ASIDES)):
            self._aside += 1

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if self._into is not None and tag == self._tag:
            text = " ".join("".join(self._into).split())
            if tag == "h1":
                self.heading = text
            elif tag in ("summary", "h3"):
                self.summaries.append(text)
            elif self.rows:
                self.rows[-1].append(text)
            self._into = None
        elif self._aside:
            self._aside -= 1

    def handle_data(self, data: str) -> None:
        """Keep the text of what is open."""
        if self._into is not None and not self._aside:
            self._into.append(data)


_ASIDES = ("badge sim", "badge", "simnote", "badge critical")
_TIERS = re.compile(r"^(\S+) (?:slim|mid|frontier)\b")


def _results(rows: list[list[str]], suite: str, at: Mapping[str, int]) -> Said:
    """Rows of a table of candidates: `at` has the column of each fact."""
    for row in rows:
        if not row:
            continue
        if len(row) == 1:
            suite = row[0].split()[0]
        if len(row) <= max(at.values()) or not (found := _TIERS.match(row[0])):
            continue
        for fact, column in at.items():
            said = row[column]
            if fact == "word":
                said = next((o for chip, o in CHIPS.items() if f" {chip}" in f" {said}"), "")
            if said not in ("", "no answers", "not measured", "–"):
                yield (fact, suite, found[1]), said


def _index(text: str) -> Said:
    page = Table(text)
    yield from _headline(page.heading)
    yield from _results(page.rows, "", {"success": 1, "cost": 2, "word": 5})
    for row in page.rows:
        if len(row) == 8 and row[0] != "Suite":
            if row[7] != "–":
                yield ("new failures", row[0]), row[7]
            yield from _decision(row[0], row[4], row[5])


def _decision(suite: str, success: str, saving: str) -> Said:
    yield ("lead's success", suite), success
    yield ("saving", suite), saving


def _cost(text: str) -> Said:
    for row in Table(text).rows:
        if len(row) == 6 and row[0] not in ("Suite", "Way"):
            yield from _decision(row[0], row[3], row[4])


def _regressions(text: str) -> Said:
    page = Table(text)
    yield from _headline(page.heading)
    news: dict[str, int] = {}
    for line in page.summaries:
        if found := re.search(r"(\S+) on (\S+) .*?· (\d+) broken, (\d+) fixed", line):
            yield ("broken", found[2], found[1]), found[3]
            yield ("fixed", found[2], found[1]), found[4]
            news[found[2]] = news.get(found[2], 0) + int(found[3])
    yield from ((("new failures", suite), str(n)) for suite, n in news.items())


def _errors(text: str) -> Said:
    news: dict[str, int] = {}
    for row in Table(text).rows:
        if len(row) == 8 and row[0] != "Suite" and row[3].isdigit():
            news[row[0]] = news.get(row[0], 0) + int(row[3])
    yield from ((("new failures", suite), str(n)) for suite, n in news.items())


def _suites(text: str) -> Said:
    page = Table(text)
    suite = page.heading.split()[0]
    yield from _results(page.rows, suite, {"success": 1, "cost": 3, "word": 8})
    for line in page.summaries:
        if found := re.match(r"\S (fail|not judged|inconclusive|pass) (\S+) against", line):
            yield ("word", suite, found[2]), COUNTED.get(found[1], found[1].replace(" ", "_"))


def _summary(text: str) -> Said:
    text = _plain_markdown(text)
    yield from _headline(text)
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 9 and cells[1] in ("slim", "mid", "frontier"):
            pair = (cells[0], cells[2])
            yield ("success", *pair), cells[3]
            yield ("cost", *pair), cells[5]
            if cells[8] != "–":
                yield ("word", *pair), CHIPS[cells[8].split(" (")[0]]


def _pages(text: str) -> Said:
    front: Any = json.loads(text)["pages"]["index.html"]
    yield from _headline(front["headline"])
    for row in front["decisions"]:
        if row["new_failures"] is not None:
            yield ("new failures", row["suite"]), str(row["new_failures"])
    for suite in front["suites"]:
        for cell in suite["cells"]:
            if cell["verdict"]:
                yield ("word", cell["suite"], cell["candidate"]), cell["verdict"]["outcome"]


def _annotations(text: str) -> Said:
    yield from _headline(text.splitlines()[0])


_READERS: Mapping[str, Callable[[str], Said]] = {
    "terminal": _terminal,
    "ten lines": _ten_lines,
    "Markdown": _markdown,
    "JUnit": _junit,
    "annotations": _annotations,
    "JSON": _json,
    "index.html": _index,
    "cost.html": _cost,
    "routes.html": lambda _: iter(()),
    "regressions.html": _regressions,
    "errors.html": _errors,
    "suites": _suites,
    "summary.md": _summary,
    "pages.json": _pages,
}
