"""Claims about power statements: repeats help against noise alone, and a promise is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats import judge, paired_difference, repeats_effect, state_power


@given(
    items=st.integers(10, 2000),
    discordance=st.floats(0.02, 0.4),
    noise=st.floats(0, 1),
    repeats=st.integers(1, 20),
)
@settings(max_examples=30, deadline=None)
def test_repeats_never_hurt_and_help_only_against_noise(
    items: int, discordance: float, noise: float, repeats: int
) -> None:
    """Asking a steady model again buys nothing, and the statement must not sell it."""
    once = state_power(items, margin=0.05, discordance=discordance)
    often = state_power(items, margin=0.05, discordance=discordance, repeats=repeats, noise_share=noise)
    assert often.design_effect <= once.design_effect
    assert (often.items_to_pass or 0) <= (once.items_to_pass or 0)
    steady = state_power(items, margin=0.05, discordance=discordance, repeats=repeats)
    assert (steady.smallest_drop, steady.items_to_pass) == (once.smallest_drop, once.items_to_pass)


def test_the_items_it_asks_for_keep_the_promise() -> None:
    """Stated before a run and simulated after it: as many unchanged candidates pass as were promised."""
    said = state_power(250, margin=0.05, discordance=0.1, repeats=3, noise_share=0.5)
    assert said.items_to_pass is not None
    n, rng, passed, rounds = said.items_to_pass, np.random.default_rng(3), 0, 400
    for _ in range(rounds):
        # One attempt of each side differs on 10%; half of that variance is noise, the other half is a flip
        # of the item itself: 5% of the items flip for good, and a tenth waver with a chance of a half.
        flipped = rng.random(n)
        base = rng.random(n) < 0.5
        new = np.where(flipped < 0.05, ~base, base)
        wavering = rng.random(n) < 0.1
        draws_a, draws_b = rng.random((2, n, 3)) < 0.5
        a = np.where(wavering[:, None], draws_a, base[:, None]).mean(axis=1)
        b = np.where(wavering[:, None], draws_b, new[:, None]).mean(axis=1)
        passed += judge(paired_difference(a, b).interval, 0.05).outcome == "pass"
    assert passed / rounds == pytest.approx(said.power, abs=0.08)


def test_what_cannot_be_had_is_said_as_none() -> None:
    """Two items fail nothing, and no number of them proves that there is no loss at all."""
    said = state_power(2, margin=0.0, discordance=0.1)
    assert (said.smallest_drop, said.items_to_pass, said.more_items) == (None, None, 0)


def test_wrong_repeats_are_refused() -> None:
    """A share above 1 would promise a variance below 0."""
    for repeats, share in ((0, 0.5), (2, 1.5), (2, -0.1)):
        with pytest.raises(ValueError, match="repeats"):
            repeats_effect(repeats, share)
