"""A corpus of broken routes.yaml: each is refused when it is loaded, in one line that names the place."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalkit.errors import ConfigError
from evalkit.routes.decide import (
    DEEPEST,
    MOST_BYTES,
    MOST_REPEATS,
    MOST_VALUES,
    RouteError,
    load,
    read_scalar,
)
from evalkit.routes.file import read_route_file

SOUND = """\
form: 1
candidates:
  slim: {tier: slim, fingerprint: f1}
  mid: {tier: mid, fingerprint: f2}
  frontier: {tier: frontier, fingerprint: f3}
routes:
  triage:
    branches:
    - when:
      - {feature: language, is: de}
      ask:
      - {candidate: frontier}
    - ask:
      - {candidate: slim, escalate_on: {signal: low_confidence, below: 0.8}}
      - {candidate: mid, escalate_on: {signal: disagreement, repeats: 3}}
      - {candidate: review}
      review: true
    accepted: {by: ada, since: '2026-11-22', why: agreed, until: '2027-02-20'}
"""
LOW = "escalate_on: {signal: low_confidence, below: 0.8}"
FIRST = f"      - {{candidate: slim, {LOW}}}\n"
BRANCHES = SOUND[SOUND.index("    branches:") : SOUND.index("    accepted:")]

BROKEN = [
    # missing keys
    ("form: 1\n", "", "form"),
    ("candidate: slim, ", "", "candidate"),
    ("feature: language, ", "", "feature"),
    (", is: de", "", "is"),
    ("signal: low_confidence, ", "", "signal"),
    (", below: 0.8", "", "below"),
    (", repeats: 3", "", "repeats"),
    (f", {LOW}", "", "slim"),
    (BRANCHES, "", "branches"),
    (SOUND[SOUND.index("routes:") :], "", "routes"),
    # wrong types
    ("form: 1", "form: '1'", "form"),
    ("form: 1", "form: true", "form"),
    ("form: 1", "form: 2", "form"),
    (SOUND[SOUND.index("routes:") :], "routes: []\n", "routes"),
    (SOUND[SOUND.index("routes:") :], "routes:\n", "routes"),
    (SOUND[SOUND.index("routes:") :], "routes: {triage: slim}\n", "triage"),
    (BRANCHES, "    branches: {ask: [{candidate: slim}]}\n", "branches"),
    (BRANCHES, "    branches: slim\n", "branches"),
    (FIRST, "      - slim\n", "ask[0]"),
    (FIRST, f"      - {{candidate: [slim], {LOW}}}\n", "candidate"),
    (FIRST, f"      - {{candidate: 3, {LOW}}}\n", "candidate"),
    (LOW, "escalate_on: low_confidence", "escalate_on"),
    (LOW, "escalate_on: [low_confidence]", "escalate_on"),
    ("below: 0.8", "below: high", "below"),
    ("below: 0.8", "below: '0.8'", "below"),
    ("below: 0.8", "below: true", "below"),
    ("below: 0.8", "below: null", "below"),
    ("below: 0.8", "below: 80", "below"),
    ("below: 0.8", "below: -0.1", "below"),
    ("repeats: 3", "repeats: 1", "repeats"),
    ("repeats: 3", "repeats: 2.5", "repeats"),
    ("repeats: 3", f"repeats: {MOST_REPEATS + 1}", "repeats"),
    ("repeats: 3", "repeats: " + "9" * 400, "repeats"),
    ("review: true", "review: 'no'", "review"),
    ("is: de", "is: [de]", "is"),
    ("is: de", "is: true", "is"),
    ("is: de", "at_least: many", "at_least"),
    ("is: de", "at_least: 1, below: 2", "when[0]"),
    ("      - {feature: language, is: de}\n", "      - language\n", "when[0]"),
    ("    - when:\n      - {feature: language, is: de}\n", "    - when: {feature: x, is: y}\n", "when"),
    ("until: '2027-02-20'", "until: '2027-02-30'", "until"),
    ("until: '2027-02-20'", "until: soon", "until"),
    ("accepted: {", "accepted: [{", "YAML"),
    # NaN and infinity
    ("below: 0.8", "below: .nan", "below"),
    ("is: de", "at_least: .nan", "at_least"),
    ("is: de", "below: .inf", "below"),
    # cycles and dead ends
    ("candidate: mid, ", "candidate: slim, ", "asked twice"),
    ("candidate: review}", f"candidate: frontier, {LOW}}}", "nobody"),
    (FIRST, f"      - {{candidate: review, {LOW}}}\n", "review"),
    ("    - ask:\n", "    - when: [{feature: a, is: b}]\n      ask:\n", "no branch takes"),
    ("    - when:\n      - {feature: language, is: de}\n      ask:", "    - ask:", "never reached"),
    ("    - when:\n      - {feature: language, is: de}\n", "    - when: []\n", "never reached"),
    # unknown names
    ("candidate: slim", "candidate: slimm", "slim"),
    ("signal: low_confidence", "signal: low_confidense", "low_confidence"),
    ("review: true", "reviw: true", "review"),
    ("escalate_on: {signal: dis", "escalate: {signal: dis", "escalate_on"),
    (", below: 0.8", ", bellow: 0.8", "below"),
    # empty lists
    (BRANCHES, "    branches: []\n", "branches"),
    (BRANCHES, "    branches: [{ask: []}]\n", "ask"),
    (BRANCHES, "    branches: [{}]\n", "ask"),
    (BRANCHES, "    branches: [null]\n", "branches"),
    (BRANCHES, "    branches:\n", "branches"),
    # names that are there twice
    ("  triage:\n", "  triage: {branches: [{ask: [{candidate: slim}]}]}\n  triage:\n", "triage"),
    ("  slim: {", "  slim: {tier: slim, fingerprint: f}\n  slim: {", "slim"),
    ("candidate: slim, ", "candidate: slim, candidate: mid, ", "candidate"),
    # hostile YAML
    (SOUND, "", "form"),
    (SOUND, "[" * (DEEPEST + 5), ""),
    (SOUND, "a: " * 3, "YAML"),
    (SOUND, "{a: " * (DEEPEST + 5), ""),
    (SOUND, "- " * (DEEPEST + 5), ""),
    (SOUND, "form: 1\nroutes: &r\n  triage: *r\n", "triage"),
    (SOUND, "form: 1\nroutes: &r [*r]\n", ""),
    (SOUND, "form: 1\nroutes: !!python/object/apply:os.system ['true']\n", "tag"),
    (SOUND, "form: 1\nroutes: {? [a, b] : {branches: []}}\n", "key"),
    (SOUND, f"{SOUND}---\n{SOUND}", ""),
    (SOUND, SOUND.replace("form: 1", "form: 1\n\x07"), "YAML"),
    ("below: 0.8", "below: 0.8\t\u2028:", ""),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_a_broken_file_is_refused_at_load_by_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A service that loads it must stop there, not fail at each request, at night; so must evalkit itself."""
    assert SOUND.count(old) >= 1
    path = tmp_path / "routes.yaml"
    path.write_text(SOUND.replace(old, new, 1), encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(RouteError) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert len(str(caught.value).replace(str(path), "")) < 300
    with pytest.raises(ConfigError):
        read_route_file(path)
    assert time.monotonic() - began < 2


def test_the_sound_one_is_read_by_both(tmp_path: Path) -> None:
    """Else the corpus would show nothing."""
    path = tmp_path / "routes.yaml"
    path.write_text(SOUND)
    assert load(path).first("triage", {"language": "en"}).candidate == "slim"
    policy = read_route_file(path).policy("triage")
    assert policy is not None
    assert policy.candidates == ("frontier", "slim", "mid")
    path.write_text(SOUND.replace("repeats: 3", f"repeats: {MOST_REPEATS}").replace("0.8", "1"))
    load(path)
    read_route_file(path)


def test_a_fault_names_its_line(tmp_path: Path) -> None:
    """Line 14 is where to look, not "somewhere in the file"."""
    path = tmp_path / "routes.yaml"
    path.write_text(SOUND.replace("below: 0.8", "below: .nan"))
    place = "routes.triage.branches[1].ask[0].escalate_on"
    with pytest.raises(RouteError) as caught:
        load(path)
    assert f"{path}:14: {place}: low_confidence needs `below`" in str(caught.value)


HUGE = {
    "bytes": "form: 1\nroutes: {}\n" + "#" * MOST_BYTES,
    "values": "form: 1\nroutes:\n  a: {branches: [" + "x, " * MOST_VALUES + "]}\n",
    "nesting": "[" * 900_000,
    "nested mappings": "{a: " * 250_000,
    "nested keys": "? " * 500_000,
    "laughter": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    ),
    "merges": "a: &a {x: 1}\n"
    + "".join(
        f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "anchors": "".join(f"k{i}: &a{i} v\n" for i in range(60_000)),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_file_is_refused_soon(tmp_path: Path, name: str) -> None:
    """In a process of its own: PyYAML's C part crashes the whole process on deep nesting."""
    path = tmp_path / "routes.yaml"
    path.write_text(HUGE[name])
    program = (
        "import sys, time; from evalkit.routes import decide\n"
        "began = time.process_time()\n"
        "try: decide.load(sys.argv[1])\n"
        "except decide.RouteError as error: print(len(str(error)), time.process_time() - began)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    length, seconds = done.stdout.split()
    assert int(length) < 300 + len(str(path))
    assert float(seconds) < 2


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00f", b"\x00\x01\x02", b"form: 1\nroutes: \xc3\x28\n"])
def test_what_is_not_text_is_refused(tmp_path: Path, raw: bytes) -> None:
    """Such as a file of another encoding."""
    path = tmp_path / "routes.yaml"
    path.write_bytes(raw)
    with pytest.raises(RouteError):
        load(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"), ("010", "010"), ("1_000", "1_000"), ("no", "no"), ("on", "on"), ("0x1f", "0x1f"),
        ("2027-01-31", "2027-01-31"), ("=", "="), ("<<", "<<"), ("1e3", 1000.0), ("-.5", -0.5), ("7", 7),
        ("true", True), ("~", None), ("1.", 1.0), ("9" * 301, "9" * 301), (".inf", float("inf")),
    ],
)  # fmt: skip
def test_plain_words_are_read_as_yaml_1_2_reads_them(text: str, value: object) -> None:
    """A time of day is not a number of base 60, and a Norwegian is not false."""
    assert read_scalar(text) == value
