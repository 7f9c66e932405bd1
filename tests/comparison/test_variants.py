"""Variants of one model: what each costs, saves, and in what it differs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evalkit import api
from evalkit.cli.compare import command
from evalkit.comparison import Variants, compare_variants
from evalkit.comparison.variants import differences
from evalkit.errors import UsageError
from evalkit.records import Candidate, Decoding, Manifest
from tests.economics.frames import make_manifest, make_samples
from tests.projects import simulated, write_project

HELP: Any = {"help_option_names": ["-h", "--help"]}
"""As the whole command line has it: a command keeps the options that it was first called with."""

WHOLE = np.arange(300) % 10 != 0
LOSSY = WHOLE & ~((np.arange(300) % 3 == 1) & (np.arange(300) % 2 == 0))
"""Every second German item is lost."""


def samples() -> pd.DataFrame:
    parts = [
        make_samples(WHOLE, candidate="m-q8", latency_s=2.0, cost_usd=0.002),
        make_samples(LOSSY, candidate="m-q4", latency_s=1.0, cost_usd=0.001),
        make_samples(WHOLE, candidate="other", latency_s=1.0),
    ]
    return pd.concat(parts, ignore_index=True)


def manifest(**bases: str | None) -> Manifest:
    made = make_manifest(samples())
    bases = {"m-q8": "m", "m-q4": "m", **bases}
    memory = {"m-q8": 290.0, "m-q4": 210.5}
    entries = tuple(
        replace(
            entry,
            candidate=replace(entry.candidate, base=bases.get(entry.candidate.name)),
            runtime={"peak_memory_mib": memory[entry.candidate.name]}
            if entry.candidate.name in memory
            else {},
        )
        for entry in made.candidates
    )
    return replace(made, candidates=entries)


def found(**changes: Any) -> Variants:
    return compare_variants(samples(), manifest(), "m", **changes)


def test_a_variant_says_what_it_costs_in_success_and_saves_in_time_money_and_memory() -> None:
    """That is the question behind every quantization."""
    (four,) = found().variants
    (suite,) = four.comparison.suites
    assert (found().reference, four.candidate) == ("m-q8", "m-q4")
    assert suite.overall.difference.difference == pytest.approx(LOSSY.mean() - WHOLE.mean())
    assert suite.overall.judgement.outcome == "fail"
    assert suite.service_s.change is not None
    assert suite.service_s.change.estimate == pytest.approx(0.5)
    assert (found().peak_memory_mib, four.peak_memory_mib) == (290.0, 210.5)
    assert json.dumps(found().to_json())


def test_the_slice_that_pays_for_it_stands_out() -> None:
    """4 bits may keep the mean and lose a language."""
    slices = {s.name: s for s in found().variants[0].comparison.suites[0].slices}
    assert slices["lang=de"].difference.difference < -0.3
    assert slices["lang=en"].difference.difference == 0


def test_the_reference_is_the_one_named_as_the_base_unless_another_is_asked_for() -> None:
    """`base: m` on the variants of a candidate `m` reads as: these are held against it."""
    named = compare_variants(samples(), manifest(**{"m-q8": "m-q4", "m-q4": "m-q4"}), "m-q4")
    assert named.reference == "m-q4"
    assert found(reference="m-q4").variants[0].candidate == "m-q8"
    with pytest.raises(UsageError, match="no variant of 'm'"):
        found(reference="other")


def test_a_base_that_says_nothing_to_compare_is_refused_with_what_there_is() -> None:
    """A misspelt base must not look like a model without variants."""
    with pytest.raises(UsageError, match="has the base 'n'") as missing:
        compare_variants(samples(), manifest(), "n")
    assert "'m'" in (missing.value.hint or "") or "m" in (missing.value.hint or "")
    with pytest.raises(UsageError, match="only one candidate"):
        compare_variants(samples(), manifest(**{"m-q4": None}), "m")


def test_settings_that_differ_are_named_by_their_own_names() -> None:
    """The table must say what was varied; names, tiers and prices are no settings."""
    a = Candidate(name="a", tier="slim", backend="llamacpp", model="m-q8", options={"slots": 2})
    b = replace(
        a, name="b", tier="mid", model="m-q4", prompt="short", options={"slots": 2, "adapters": ["x"]}
    )
    b = replace(b, decoding=Decoding(max_tokens=8))
    assert differences(a, a) == {}
    assert differences(a, b) == {
        "model": ("m-q8", "m-q4"),
        "prompt": ("default", "short"),
        "adapters": (None, ["x"]),
        "max_tokens": (256, 8),
    }


def test_variants_are_compared_from_the_command_line(tmp_path: Path) -> None:
    """What differs, the verdict and where most was lost, of the latest run."""
    whole = {**simulated(accuracy=0.95, latency_s=1.0), "base": "m"}
    lossy = {**simulated(accuracy=0.5, latency_s=0.4), "base": "m", "output": "plain"}
    file = write_project(tmp_path, {"m": whole, "m-small": lossy}, n_items=80)
    api.run(project=file)
    told = CliRunner().invoke(command, ["--base", "m", "--project", str(file)], standalone_mode=False, **HELP)
    assert told.exception is None
    assert "m: variants against m" in told.output
    assert "FAIL" in told.output
    assert "×0.4" in told.output
    assert "m-small: accuracy 0.95 → 0.5, latency_s 1.0 → 0.4, output native → plain" in told.output
    assert "plants, lost most in: parity=" in told.output
    assert told.output.count("m-small, all suites: ") == told.output.count("m-small, ") > 0
    assert "simulated" in told.output


@pytest.mark.parametrize("arguments", [("a",), ("a", "b", "--base", "m"), (), ("a", "b", "--against", "a")])
def test_two_sides_or_a_base_are_needed(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Half a question has no answer."""
    done = CliRunner().invoke(command, [*arguments, "--project", str(tmp_path)], **HELP)
    assert isinstance(done.exception, UsageError)
