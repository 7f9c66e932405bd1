"""The head of a GGUF file: read as the `gguf` package reads it, and never trusted."""

from __future__ import annotations

import random
from pathlib import Path

import gguf
import pytest

from evalkit.errors import UnavailableError
from evalkit.models.gguf_header import read_header
from tests.backends.lora import write_adapter, write_model

SHAPES = {"blk.0.attn_q.weight": (16, 8), "blk.0.attn_v.weight": (16, 4)}


@pytest.mark.parametrize("write", [write_adapter, write_model])
def test_fields_and_shapes_are_those_that_the_gguf_package_reads(write, tmp_path: Path) -> None:
    """It is the format's own reader, and too slow to be asked before every run."""
    path = write(tmp_path / "a.gguf", SHAPES)
    found, reader = read_header(path), gguf.GGUFReader(path)
    assert found.tensors == {t.name: tuple(map(int, t.shape)) for t in reader.tensors}
    told = {n: f.contents() for n, f in reader.fields.items() if not n.startswith("GGUF.")}
    assert found.fields == {n: v for n, v in told.items() if not isinstance(v, list)}
    assert 0 <= path.stat().st_size - found.least_bytes < 32, "the last tensor is padded, no more"


def test_a_file_cut_anywhere_is_said_to_be_and_nothing_else(tmp_path: Path) -> None:
    """A broken download ends where it likes."""
    whole = write_adapter(tmp_path / "whole.gguf", SHAPES)
    data, cut = whole.read_bytes(), tmp_path / "cut.gguf"
    for length in range(0, read_header(whole).least_bytes, 3):
        cut.write_bytes(data[:length])
        with pytest.raises(UnavailableError, match=r"cut\.gguf"):
            read_header(cut)


def test_a_head_with_flipped_bits_is_read_or_refused(tmp_path: Path) -> None:
    """A file from anywhere must not bring the program down, nor keep it busy for ever."""
    data = write_model(tmp_path / "whole.gguf", SHAPES).read_bytes()
    rng, broken = random.Random(5), tmp_path / "broken.gguf"
    refused = 0
    for _ in range(600):
        flipped = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            flipped[rng.randrange(4, 400)] ^= 1 << rng.randrange(8)
        broken.write_bytes(flipped)
        try:
            read_header(broken)
        except UnavailableError:
            refused += 1
    assert 100 < refused < 600


def test_a_version_that_is_not_known_is_said(tmp_path: Path) -> None:
    """A later format may have another head: what is read of it would be made up."""
    path = write_adapter(tmp_path / "a.gguf", SHAPES)
    data = bytearray(path.read_bytes())
    data[4] = 9
    path.write_bytes(data)
    with pytest.raises(UnavailableError, match="version 9 is not known"):
        read_header(path)
