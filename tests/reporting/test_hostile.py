"""Foreign text made safe to look at."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from evalkit.reporting.hostile import cut, one_line, parts, shown, slug

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)


@given(ANY_TEXT)
def test_no_control_or_order_changing_character_is_left(text: str) -> None:
    """What a reader sees must be what is there."""
    left = {unicodedata.bidirectional(c) for c in shown(text)}
    assert not left & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in shown(text))


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=60))
def test_plain_text_is_left_alone(text: str) -> None:
    """Marks must not be put where there is nothing to mark."""
    assert shown(text) == text
    assert parts(text) == ([(text, False)] if text else [])


def test_emoji_and_scripts_that_need_joiners_are_kept() -> None:
    """A joiner is hidden text beside ASCII, and spelling elsewhere."""
    assert shown("👩‍👩‍👧") == "👩‍👩‍👧"
    assert shown("می‌خواهم") == "می‌خواهم"
    assert shown("pass\u200dword") == "pass⟨U+200D⟩word"


def test_a_cut_says_how_much_is_left_out() -> None:
    """A reader must know that a megabyte was not a sentence."""
    assert cut("x" * 10, 4).text == "xxxx"
    assert cut("x" * 10, 4).dropped == 6
    assert cut("xx", 4).dropped == 0


@given(ANY_TEXT, st.integers(min_value=2, max_value=50))
def test_one_line_is_one_line_and_no_longer_than_asked(text: str, most: int) -> None:
    """Tables and terminals have one line for a name."""
    assert len(one_line(text, most)) <= most
    assert "\n" not in one_line(text, most)


@given(ANY_TEXT)
def test_a_slug_is_a_harmless_file_name(name: str) -> None:
    """A name may be a path, a device or nothing at all."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", slug(name))
    assert slug(name) not in ("con", "nul", "aux", "prn")


@given(st.lists(ANY_TEXT, unique=True, max_size=8))
def test_two_names_never_share_a_file(names: list[str]) -> None:
    """`A` and `a`, `a/b` and `a-b` are different suites."""
    assert len({slug(name) for name in names}) == len(names)


def test_a_good_name_is_its_own_slug() -> None:
    """Links to a suite should be guessable."""
    assert slug("support-triage") == "support-triage"
