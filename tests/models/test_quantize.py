"""Variants of weights: real files at other precisions, close to their source, whole or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.errors import EvalkitError, MissingPackageError, UnavailableError
from evalkit.models import pull
from evalkit.models.quantize import form_of, quantize


@pytest.fixture
def source(tmp_path):
    """A tiny GGUF with one matrix, one norm and some metadata."""
    gguf = pytest.importorskip("gguf", reason="making variants needs the gguf package")
    path = tmp_path / "source.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.name", "tiny")
    writer.add_uint32("general.file_type", int(gguf.LlamaFileType.ALL_F32))
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "é"])
    values = np.random.default_rng(0).normal(size=(8, 64)).astype(np.float32)
    writer.add_tensor("blk.0.weight", values)
    writer.add_tensor("blk.0.odd", np.ones((2, 33), dtype=np.float32))
    writer.add_tensor("blk.0.norm", np.ones(64, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path, values


@pytest.mark.parametrize(("form", "tolerance"), [("F16", 1e-3), ("Q8_0", 0.02), ("Q4_0", 0.3)])
def test_a_variant_holds_the_same_values_as_far_as_its_form_can(source, tmp_path, form, tolerance):
    """Read back and dequantized; the norm keeps its 32 bits, the metadata its words."""
    import gguf

    path, values = source
    reader = gguf.GGUFReader(quantize(path, tmp_path / "variant.gguf", form))
    matrix, odd, norm = reader.tensors
    read = gguf.quants.dequantize(matrix.data, matrix.tensor_type).reshape(values.shape)
    assert np.abs(read - values).max() < tolerance
    assert [t.tensor_type.name for t in (matrix, odd, norm)] == [form, "F16", "F32"]
    assert reader.fields["general.name"].contents() == "tiny"
    assert reader.fields["tokenizer.ggml.tokens"].contents() == ["a", "b", "é"]
    assert gguf.LlamaFileType(reader.fields["general.file_type"].contents()).name == f"MOSTLY_{form}"


def test_a_file_that_is_not_gguf_is_refused_and_nothing_is_left(tmp_path):
    """No half variant may be taken for a whole one later."""
    pytest.importorskip("gguf", reason="making variants needs the gguf package")
    bad = tmp_path / "bad.gguf"
    bad.write_text("hello")
    with pytest.raises(UnavailableError, match="not a GGUF file"):
        quantize(bad, tmp_path / "variant.gguf", "Q8_0")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.gguf"]


def test_a_cut_off_file_is_said_to_be_damaged(source, tmp_path):
    """A download that was cut still begins with the right word."""
    path, _ = source
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(UnavailableError, match="is damaged"):
        quantize(cut, tmp_path / "variant.gguf", "Q8_0")


def test_a_file_says_in_which_form_it_is(source, tmp_path):
    """Whoever requantizes a quantized file should be told that no precision comes back."""
    path, _ = source
    assert form_of(path) == "ALL_F32"
    assert form_of(quantize(path, tmp_path / "variant.gguf", "Q4_0")) == "MOSTLY_Q4_0"


def test_a_missing_package_names_the_install_command(tmp_path, monkeypatch):
    """The one thing that needs it says so."""
    monkeypatch.setitem(__import__("sys").modules, "gguf", None)
    with pytest.raises(MissingPackageError, match="pip install 'gguf>="):
        quantize(tmp_path / "x", tmp_path / "y", "Q8_0")


@pytest.mark.model
def test_the_second_real_quantization_is_made_and_answers(tmp_path):
    """The demo's 8-bit variant of the slim weights is a model that the runtime serves."""
    pytest.importorskip("gguf", reason="making variants needs the gguf package")
    from tests.backends.asking import ask, candidate, request

    try:
        pull("smollm2-135m-q8_0")
    except EvalkitError as error:
        pytest.skip(str(error))
    assert ask(candidate("llamacpp", model="smollm2-135m-q8_0", concurrency=1), request()).text
