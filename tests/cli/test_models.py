"""`evalkit models` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from evalkit.cli.models import command
from evalkit.errors import EvalkitError, UsageError
from tests.projects import served, simulated, write_project
from tests.servers.stand_in import StandIn, always

HELP: Any = {"help_option_names": ["-h", "--help"]}
"""As the whole command has it: click keeps the first answer in each command."""


def checked(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        command, ["check", "--project", str(folder), *arguments], standalone_mode=False, **HELP
    )
    assert done.exception is None, done.exception
    return int(done.return_value), done.output


def test_each_candidate_gets_its_lines_and_what_the_check_cost(tmp_path: Path) -> None:
    """One that fails does not hide the others, and the exit code says that one failed."""
    with (
        StandIn(answer=lambda _: "Blue\x1b[31m").in_thread() as server,
        StandIn(fault=always("404")).in_thread() as bad,
    ):
        misspelt = served("http://127.0.0.1:9/v1", options={"stram": True})
        candidates = {"fine": served(server.base_url), "bad": served(bad.base_url), "wrong": misspelt}
        write_project(tmp_path, {**candidates, "made-up": simulated()})
        code, output = checked(tmp_path, "fine", "made-up")
        assert code == 0
        assert "fine (slim, openai): answered 'Blue" in output
        assert "JSON Schema  no       accepted and not enforced" in output
        assert "model        stand-in" in output
        assert "requests, " in output
        assert "$0.0000" in output
        assert "\x1b[31m" not in output
        code, output = checked(tmp_path)
    assert code == 1
    assert "failed bad" in output
    assert "the model does not exist" in output
    assert "failed wrong" in output
    assert "made-up (mid, simulated): simulated" in output


def test_json_holds_every_finding(tmp_path: Path) -> None:
    """For a program that decides by it."""
    with StandIn(answer=lambda _: "Blue").in_thread() as server:
        write_project(tmp_path, {"fine": served(server.base_url)})
        code, output = checked(tmp_path, "--json")
    told = json.loads(output)["fine"]
    assert code == 0
    assert {f["name"] for f in told["findings"]} == {"tools", "json_schema", "logprobs", "seed", "streaming"}
    assert told["cost_usd"] > 0


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A tiny GGUF file in 32 bits."""
    gguf = pytest.importorskip("gguf")
    path = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint32("general.file_type", int(gguf.LlamaFileType.ALL_F32))
    writer.add_tensor("blk.0.weight", np.linspace(-1, 1, 8 * 64, dtype=np.float32).reshape(8, 64))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def quantized(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["quantize", *arguments], standalone_mode=False, **HELP)


def test_a_variant_is_made_beside_its_source_and_named_by_its_form(weights: Path) -> None:
    """The path that is printed is what a candidate takes as its model."""
    done = quantized(str(weights), "--to", "Q4_0")
    assert done.exception is None
    made = weights.with_name("tiny-Q4_0.gguf")
    assert done.stdout == f"{made}\n"
    assert made.stat().st_size < weights.stat().st_size
    again = quantized(str(made), "--to", "Q8_0", "--out", str(weights.with_name("up.gguf")))
    assert "no more precision than it has" in again.stderr


def test_nothing_is_replaced_unasked_and_the_source_never(weights: Path) -> None:
    """Weights take long to fetch."""
    there = weights.with_name("tiny-F16.gguf")
    there.write_text("mine")
    refused = quantized(str(weights), "--to", "F16")
    assert isinstance(refused.exception, UsageError)
    assert there.read_text() == "mine"
    assert quantized(str(weights), "--to", "F16", "--force").exception is None
    onto_itself = quantized(str(weights), "--to", "F16", "--out", str(weights), "--force")
    assert isinstance(onto_itself.exception, UsageError)


@pytest.mark.parametrize(
    ("source", "form", "told"),
    [
        ("tiny.gguf", "Q4_K", "Q4_0"),
        ("no.gguf", "Q8_0", "there is no file of weights"),
        ("smollm2-135m-q4", "Q8_0", "smollm2-135m-q4_1"),
    ],
)
def test_a_wrong_source_or_form_is_one_line_with_the_next_step(
    weights: Path, source: str, form: str, told: str
) -> None:
    """A misspelt form names those that can be made, a misspelt name those that are known."""
    there = str(weights.with_name(source)) if source.endswith(".gguf") else source
    done = quantized(there, "--to", form)
    assert isinstance(done.exception, EvalkitError)
    assert told in str(done.exception)
