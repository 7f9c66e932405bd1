"""The pace: what begins it, what lowers it, and when it is dropped, on both sides of each limit."""

from __future__ import annotations

import pytest

from evalkit.runner import pace
from evalkit.runner.pace import Pace


def heard(refused: int, of: int, *, at: int = 1) -> Pace:
    """A pace after `of` results, `refused` of them refused, each `at`-th in the end."""
    made = Pace()
    for number in range(of):
        made.take(0.0)
        made.hear(
            sent_s=0.0, refused=(of - number - 1) % at == 0 and (of - number - 1) // at < refused, now=0.05
        )
    return made


@pytest.mark.parametrize(("refused", "kept"), [(pace.MANY - 1, False), (pace.MANY, True)])
def test_a_fifth_of_the_last_results_begins_a_pace(refused: int, kept: bool) -> None:
    """Fewer are chance."""
    assert heard(refused, pace.AMONG, at=4).is_kept is kept


@pytest.mark.parametrize(("refused", "kept"), [(pace.LASTING - 1, False), (pace.LASTING, True)])
def test_so_do_fewer_that_last(refused: int, kept: bool) -> None:
    """A limit that is only just exceeded refuses a few of each hundred, for ever."""
    assert heard(refused, pace.AMONG_LASTING, at=16).is_kept is kept


@pytest.mark.parametrize(("of", "kept"), [(pace.LEAST_RESULTS - 1, False), (pace.LEAST_RESULTS, True)])
def test_a_pace_does_not_begin_with_the_first_results(of: int, kept: bool) -> None:
    """A burst is answered in any order."""
    assert heard(of, of).is_kept is kept


def kept_pace() -> Pace:
    """One that began at time 0.05 and asks 1,000 a second or so."""
    made = heard(pace.MANY, pace.AMONG)
    assert made.is_kept
    return made


def gap_s(made: Pace, now: float) -> float:
    """Seconds from one turn to the next."""
    made.take(now)
    first = made.turn_s(now)
    made.take(now)
    return made.turn_s(now) - first


@pytest.mark.parametrize(("refused", "lowered"), [(pace.AGAIN - 1, False), (pace.AGAIN, True)])
def test_a_pace_is_lowered_when_it_is_refused_again(refused: int, lowered: bool) -> None:
    """By no more than a half, and by no less than 8%."""
    made = kept_pace()
    before_s = gap_s(made, 1.0)
    for number in range(pace.AMONG_AGAIN):
        made.hear(sent_s=0.9, refused=number >= pace.AMONG_AGAIN - refused, now=1.0)
    ratio = before_s / gap_s(made, 1.0)
    assert (pace.LARGEST_DECREASE - 1e-9 <= ratio <= pace.DECREASE + 1e-9) is lowered
    assert (ratio == pytest.approx(1.0)) is not lowered


def test_what_was_sent_at_the_pace_before_says_nothing_of_this_one() -> None:
    """Sixty-four requests are refused together; that is one refusal of one pace."""
    made = kept_pace()
    before_s = gap_s(made, 1.0)
    for _ in range(64):
        made.hear(sent_s=0.04, refused=True, now=1.0)
    assert gap_s(made, 1.0) == pytest.approx(before_s)


def test_a_pace_that_is_not_refused_grows_and_is_dropped() -> None:
    """The first is a guess and doubles each second; at four times the guess nothing is left of it."""
    made = kept_pace()
    before_s = gap_s(made, 0.05)
    assert gap_s(made, 1.05) == pytest.approx(before_s / pace.SEARCHING)
    made.take(2.04)
    assert made.is_kept
    made.take(2.06)
    assert not made.is_kept
    assert made.turn_s(3.0) == 3.0


def test_results_that_are_neither_taken_nor_refused_change_nothing() -> None:
    """A broken connection says nothing of a rate."""
    made = Pace()
    for _ in range(200):
        made.take(0.0)
        made.hear(sent_s=0.0, refused=None, now=0.05)
    assert not made.is_kept
