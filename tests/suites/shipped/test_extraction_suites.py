"""What must hold of `order-extraction` and `appointment-extraction`, and of their making."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.api.previews import preview_request
from evalkit.api.suites import validate_suite
from evalkit.records import Candidate
from evalkit.suites import load_suite
from suites.making import Item
from suites.making.appointment_extraction.days import KINDS, say_day, say_time
from suites.making.appointment_extraction.second_days import days_in
from suites.making.appointment_extraction.second_times import times_in
from suites.making.appointment_extraction.tongues import TONGUES
from suites.making.audit import audited
from suites.making.check import blind, disagreements, faults
from suites.making.draws import Draw
from suites.making.order_extraction.second_sums import sum_to_pay
from suites.making.order_extraction.writing import money
from suites.making.overlap import text_of
from suites.making.write import SUITES, all_items, maker, making

NAMES = ("order-extraction", "appointment-extraction")
each_suite = pytest.mark.parametrize("name", NAMES)


@cache
def _items(name: str) -> tuple[Item, ...]:
    return tuple(all_items(name))


def _test_items(name: str) -> list[Item]:
    return [i for i in _items(name) if i["split"] == "test"]


@each_suite
def test_the_committed_items_are_what_the_generator_writes_and_a_second_reading_finds(name: str) -> None:
    """A file that was mended by hand, a target that only its author believes, or copies would go unseen."""
    assert faults(name) == []


@each_suite
def test_the_suite_is_valid(name: str) -> None:
    """A shipped suite is the first thing that a newcomer validates."""
    assert validate_suite(SUITES / name) == []


@each_suite
def test_the_suite_is_large_enough_for_a_verdict_and_hard_in_each_way(name: str) -> None:
    """250 items are what a 5-point margin needs; clean English texts alone would flatter every model."""
    test = _test_items(name)
    tags = [i["tags"] for i in test]
    assert 250 <= len(test) <= 260
    assert len(_items(name)) - len(test) >= 12
    assert 10 <= sum(i.get("critical", False) for i in test) <= 20
    assert sum(t["lang"] != "en" for t in tags) >= 40
    assert sum(t["noise"] != "none" for t in tags) >= 40
    assert sum(t["trap"] != "none" for t in tags) >= 100
    assert sum(t["origin"] == "written" for t in tags) >= 60


@each_suite
def test_no_customer_stands_in_both_splits(name: str) -> None:
    """An example that shares its customer with a measured item gives part of the answer away."""
    key = {"order-extraction": "customer", "appointment-extraction": "name"}[name]
    test, dev = ({i["target"][key].lower() for i in _items(name) if i["split"] == s} for s in ("test", "dev"))
    assert not test & dev


def test_the_examples_of_appointments_show_each_action_and_a_vague_day() -> None:
    """An action without an example is guessed less often, and nobody sees why."""
    suite = load_suite(SUITES / "appointment-extraction")
    candidate = Candidate(name="preview", tier="slim", backend="simulated")
    request = preview_request(suite, suite.test_items[0].id, candidate)["request"]
    shown = [m["content"] for m in request["messages"] if m["role"] == "assistant"]
    for part in ('"book"', '"move"', '"cancel"', '"date": null'):
        assert any(part in s for s in shown)


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("order-extraction", "customer", "Somebody Else"),
        ("order-extraction", "items", [{"product": "gift cards", "quantity": 999}]),
        ("order-extraction", "total", 0.01),
        ("order-extraction", "needed_by", "2031-01-01"),
        ("appointment-extraction", "action", "ask"),
        ("appointment-extraction", "name", "Somebody Else"),
        ("appointment-extraction", "with", "Nobody"),
        ("appointment-extraction", "date", "2031-01-01"),
        ("appointment-extraction", "time", "03:03"),
    ],
)
def test_a_wrong_field_is_found_by_the_second_reading(name: str, field: str, wrong: object) -> None:
    """The second derivation is worth something only if it can disagree: every planted slip is named."""
    items = _items(name)[::5]
    assert len(disagreements(name, [{**i, "target": {**i["target"], field: wrong}} for i in items])) == len(
        items
    )


@each_suite
def test_the_second_reading_imports_nothing_of_the_generator(name: str) -> None:
    """Shared tables would repeat the generator's mistakes instead of finding them."""
    package = f"suites.making.{name.replace('-', '_')}"
    names = {
        m for path in sorted(making(name).glob("second_*.py")) for m in _imported(path.read_text("utf-8"))
    }
    assert not {n for n in names if n.startswith("suites.") and not n.startswith(f"{package}.second_")}
    assert {k for i in _items(name) for k in blind(i)} == {"id", "input"}


def _imported(source: str) -> set[str]:
    tree = ast.parse(source)
    names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    return names | {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}


@given(st.integers(0, 2**32), st.integers(0, 410), st.sampled_from(sorted(TONGUES)), st.sampled_from(KINDS))
def test_a_day_that_is_said_is_worked_out_again(seed: int, ahead: int, lang: str, kind: str) -> None:
    """Two calendars that share no line agree on every way to say a day, the turn of the year included."""
    received = date(2025, 11, 3) + timedelta(ahead)
    try:
        said = say_day(Draw(seed), received, lang, kind)
    except ValueError:  # the last day of this month is a Sunday
        return
    assert [f.day.isoformat() for f in days_in(f"… {said.text}, …", received)] == [said.value]


@given(st.integers(0, 2**32), st.sampled_from(sorted(TONGUES)))
def test_a_clock_time_that_is_said_is_read_again(seed: int, lang: str) -> None:
    """ "halb drei" is half past two, and two o'clock is in the afternoon where doors open at eight."""
    said = say_time(Draw(seed), lang)
    assert [clock for _, _, clock in times_in(f"§ {said.text}, …")] == [said.value]


@given(st.integers(0, 3), st.integers(100, 2_000_000), st.sampled_from(("EUR", "USD", "GBP", "CHF")))
def test_a_sum_that_is_written_is_read_again(style: int, cents: int, currency: str) -> None:
    """1.204,50 and 1,204.50 and 1'204.50 are one amount: a target must not hang on the way it is written."""
    assert sum_to_pay(f"Total {money(style, cents, currency)}.") == (cents / 100, currency)


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        (
            "Date: Wed, 31 Dec 2025\n\nIt's Ada Low. Could I come tomorrow at noon?",
            "2026-01-01",
            "12:00",
        ),
        (
            "Date: Thu, 1 Oct 2026\n\nIt's Ada Low. Book me in next Monday at half past two.",
            "2026-10-05",
            "14:30",
        ),
        ("Date: Fri, 2 Oct 2026\n\nIt's Ada Low. Book me in on Friday at 9.", "2026-10-09", "09:00"),
        ("Date: Fri, 2 Oct 2026\n\nIt's Ada Low. Book me in some time next week.", None, None),
    ],
)
def test_the_second_reading_of_appointments_knows_the_rules(
    text: str, day: str | None, time: str | None
) -> None:
    """A weekday on its own day means the next one, and a vague week is no day."""
    target = maker("appointment-extraction", "second_reading").read({"id": "x", "input": text})
    assert (target["date"], target["time"]) == (day, time)


def test_orders_of_the_first_version_are_kept() -> None:
    """Results of version 1 are compared by id: an item that changes under its id makes them lie."""
    items = {i["id"]: i for i in _items("order-extraction")}
    first = [f"oe-{n:03d}" for n in range(1, 72)] + [f"oe-dev-{n:03d}" for n in range(1, 7)]
    assert {items[i]["tags"]["origin"] for i in first} == {"written"}
    assert [i["id"] for i in _test_items("order-extraction")][:71] == first[:71]
    assert items["oe-011"]["target"] == {
        "customer": "Gallery Oyelaran",
        "items": [{"product": "picture frames", "quantity": 7}],
        "total": None,
        "currency": "USD",
        "needed_by": None,
    }


@each_suite
def test_the_audit_shows_items_as_they_are_with_a_judgement_each(name: str) -> None:
    """An audit of texts that have changed since, or one that nobody filled in, proves nothing."""
    parts = (SUITES / name / "AUDIT.md").read_text(encoding="utf-8").split("\n## ")[1:]
    drawn = audited(_items(name))
    assert [p.split("\n", 1)[0] for p in parts] == [i["id"] for i in drawn]
    for part, item in zip(parts, drawn, strict=True):
        assert f"~~~\n{text_of(item)}\n~~~" in part
        assert part.rpartition("**Judgement:**")[2].strip().startswith("right")


@each_suite
def test_the_card_counts_what_is_there(name: str) -> None:
    """A card with the figures of another version misleads whoever reads it first."""
    card = (SUITES / name / "CARD.md").read_text(encoding="utf-8")
    test = _test_items(name)
    assert f"| {len(test)} test, {len(_items(name)) - len(test)} dev" in card
    assert f"{sum(i.get('critical', False) for i in test)} critical" in card
    for tag in ("channel", "noise", "trap"):
        counts = Counter(i["tags"][tag] for i in test)
        assert ", ".join(f"{n} {value.replace('_', ' ')}" for value, n in counts.most_common()) in card
