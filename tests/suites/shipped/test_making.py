"""The parts that all shipped suites are made with: draws, noise, near-duplicates, checks and audits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.making import Item, audit, check, noise, write
from suites.making.draws import Deck, Draw
from suites.making.overlap import near_pairs, near_share

SEEDS = st.integers(0, 10_000)
TEXTS = st.text("abcdefghij ,.AB12@", max_size=80)


def _item(number: int, text: str, **more: object) -> Item:
    return {"id": f"x-{number}", "input": text, "target": "a", "tags": {}, "split": "test", **more}


def test_the_same_seed_draws_the_same() -> None:
    """A suite must come out the same on every machine: these are the first draws of one seed, for ever."""
    draw = Draw("suite", 7)
    assert [draw.number(1, 6) for _ in range(8)] == [5, 1, 1, 4, 3, 3, 6, 2]
    assert Draw("a", "b").shuffled("abcd") == Draw("a/b").shuffled("abcd")


@given(SEEDS, st.lists(st.integers(), min_size=1, max_size=8))
def test_draws_stay_within_what_is_given(seed: int, of: list[int]) -> None:
    """A choice outside of the bank would be an item that nobody wrote."""
    draw = Draw(seed)
    assert draw.one(of) in of
    assert draw.weighted(dict.fromkeys(of, 1.0)) in of
    assert Counter(draw.shuffled(of)) == Counter(of)
    assert len(draw.some(of, 3)) == min(3, len(of))


@given(SEEDS)
def test_a_deck_repeats_nothing_until_all_is_dealt(seed: int) -> None:
    """Repetition is what makes generated items alike."""
    deck = Deck(Draw(seed), range(5))
    assert sorted(deck.deal() for _ in range(5)) == [0, 1, 2, 3, 4]
    assert sorted(deck.deal() for _ in range(5)) == [0, 1, 2, 3, 4]


@given(SEEDS, TEXTS)
def test_typos_leave_amounts_dates_and_names_alone(seed: int, text: str) -> None:
    """Noise may make an item harder, never its target wrong."""
    fixed = [w for w in text.split() if any(c.isdigit() or c == "@" for c in w)]
    assert [w for w in noise.typos(Draw(seed), text, share=1.0).split() if w in fixed] == fixed


@given(SEEDS, st.lists(st.text("abcdefghijklm", min_size=1, max_size=12), max_size=20))
def test_a_scan_breaks_lines_and_loses_nothing(seed: int, words: list[str]) -> None:
    """Words broken at the margin are found again by joining the lines."""
    page = noise.scanned(Draw(seed), " ".join(words), width=20, share=0.0)
    assert page.replace("-\n", "").split() == words
    assert max(map(len, page.split("\n"))) <= 20 + len(" abcd-")


def test_a_transcript_has_no_stops_but_keeps_times() -> None:
    """A voicemail is written down as one breath; 3:30 stays a time and 12.50 an amount."""
    spoken = noise.transcript(Draw(1), "Hello, it's Ann. Move it to 3:30, please! I paid 12.50.", fillers=0)
    assert spoken == "hello it's ann move it to 3:30 please i paid 12.50"


def test_a_quoted_thread_marks_every_line() -> None:
    """An unmarked line of an old message would count as the customer's own."""
    assert noise.quoted("a\n\nb", "X wrote:") == "> X wrote:\n> a\n>\n> b"


def test_items_that_differ_in_numbers_alone_are_near() -> None:
    """A template with other numbers is one item twice, whatever an edit distance says."""
    items = [_item(1, "Where is order 60177?"), _item(2, "Where is order 91?"), _item(3, "Thanks, bye!")]
    assert [(a, b) for a, b, _ in near_pairs(items)] == [("x-1", "x-2")]
    assert near_share(items) == pytest.approx(1 / 3)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    """A small suite `toy` whose generator, second reading and file are the test's own."""
    items = [_item(1, "one fine day"), _item(2, "two red apples"), _item(3, "three")]

    class Toy:
        items = staticmethod(lambda: items)
        read = staticmethod(lambda item: "a" if item["id"] != "x-3" else None)

    (tmp_path / "making").mkdir()
    monkeypatch.setattr(write, "SUITES", tmp_path)
    monkeypatch.setattr(audit, "SUITES", tmp_path)
    for module in (write, check):
        monkeypatch.setattr(module, "making", lambda name: tmp_path / "making")
        monkeypatch.setattr(module, "maker", lambda name, part="": Toy)
    (tmp_path / "making" / "second_annotation.jsonl").write_text('{"id": "x-3", "target": "a"}\n')
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "items.jsonl").write_text(write.lines(write.all_items("toy")))
    return items


def test_a_sound_suite_has_no_fault(made: list[Item]) -> None:
    """The check must be able to pass, or its failing says nothing."""
    assert check.faults("toy") == []
    assert check.second_readings("toy", made) == (1, 2)


def test_every_kind_of_fault_is_named(made: list[Item]) -> None:
    """A file mended by hand, a wrong target by code or by hand, one without a second target, and copies."""
    made[0]["target"] = "b"
    made[2]["target"] = "c"
    made.append(_item(4, "one fine day"))
    made.append(_item(3, "three ways", id="x-33", target="a"))
    found = "\n".join(check.faults("toy"))
    assert "items.jsonl differs" in found
    assert "x-1: target 'b', read a second time 'a'" in found
    assert "x-3: target 'c', read a second time 'a'" in found
    assert "x-1~x-4" in found
    made[3]["id"] = "x-1"
    with pytest.raises(ValueError, match="x-1"):
        write.all_items("toy")


def test_a_key_that_no_item_has_is_refused(made: list[Item]) -> None:
    """A misspelt `critical` would be lost without a word."""
    made[0]["critcal"] = True
    with pytest.raises(ValueError, match="critcal"):
        write.all_items("toy")


def test_an_audit_keeps_judgements_of_unchanged_items_alone(made: list[Item], tmp_path: Path) -> None:
    """A judgement under a text that it was not made of would be a false witness."""
    items = write.all_items("toy")
    path = audit.write_audit("toy", items)
    path.write_text(path.read_text().replace(audit.OPEN, "**Judgement:** right."))
    items[0]["input"] = "one grey day"
    text = audit.write_audit("toy", items).read_text()
    assert text.count("right.") == 2
    assert text.count(audit.OPEN) == 1
    assert text.index("one grey day") < text.index(audit.OPEN)


def test_ids_run_on_and_given_ones_stay() -> None:
    """Ids are what results are compared by: they may not shift when an item brings its own."""
    items = [{"input": "a"}, {"id": "st-own", "input": "b"}, {"input": "c"}, {"input": "d", "split": "dev"}]
    named = write.numbered(items, "st", first=200)
    assert [i["id"] for i in named] == ["st-200", "st-own", "st-201", "st-dev-001"]
