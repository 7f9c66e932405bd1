"""Real variants of a GGUF file at other precisions, made on this machine with the `gguf` package.

A variant of a quantized file has no more precision than its source: it shows what size and arithmetic do, and
what a coarser form loses, never what the original weights would have done.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from evalkit.errors import MissingPackageError, UnavailableError
from evalkit.models.cache import is_gguf

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter, ReaderTensor

Quantization = Literal["F16", "Q8_0", "Q4_0"]
"""The forms that the `gguf` package can write."""
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)
WHOLE = frozenset({"ALL_F32", "MOSTLY_F16", "MOSTLY_BF16"})
"""What a file that was never quantized says of itself."""


def quantize(
    source: Path,
    target: Path,
    quantization: Quantization,
    progress: Callable[[str], None] = lambda _line: None,
) -> Path:
    """Writes `source` in another precision to `target`, whole or not at all.

    Norms and other one-dimensional tensors stay in 32 bits, as llama.cpp keeps them; rows that do not fill
    whole blocks become 16 bits.

    Raises:
        UnavailableError: The source is no whole GGUF file or holds a form that cannot be read, or there is no
            `gguf` package.
    """
    gguf = _gguf()
    reader = _reader(gguf, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".quantize-", dir=target.parent)
    os.close(handle)
    try:
        _write(gguf, reader, Path(part), quantization, progress)
        Path(part).chmod(0o644)
        Path(part).replace(target)
    except NotImplementedError as error:
        raise UnavailableError(f"{source} holds tensors that cannot be requantized: {error}") from error
    finally:
        Path(part).unlink(missing_ok=True)
    return target


def form_of(source: Path) -> str | None:
    """The form that a GGUF file says it is in, such as `MOSTLY_Q4_1`; None where it does not say.

    Raises:
        UnavailableError: It is no whole GGUF file, or there is no `gguf` package.
    """
    gguf = _gguf()
    told = _reader(gguf, source).fields.get("general.file_type")
    try:
        return None if told is None else str(gguf.LlamaFileType(told.contents()).name)
    except ValueError:  # a form that this version of the package does not know
        return None


def _gguf() -> Any:
    try:
        import gguf
        import gguf.quants
    except ImportError as error:
        raise MissingPackageError("gguf", needed_for="making variants of weights") from error
    return gguf


def _reader(gguf: Any, source: Path) -> GGUFReader:
    if not source.is_file() or not is_gguf(source):
        raise UnavailableError(f"{source} is not a GGUF file")
    try:
        reader: GGUFReader = gguf.GGUFReader(source)
    except Exception as error:
        raise UnavailableError(
            f"{source} is damaged: {type(error).__name__}: {error}", hint="is the file whole?"
        ) from error
    return reader


def _write(
    gguf: Any, reader: GGUFReader, part: Path, quantization: Quantization, progress: Callable[[str], None]
) -> None:
    writer = gguf.GGUFWriter(part, reader.fields["general.architecture"].contents())
    try:
        _copy_fields(gguf, reader, writer, quantization)
        for done, tensor in enumerate(reader.tensors, 1):
            _add(gguf, writer, tensor, quantization)
            progress(f"{tensor.name} ({done} of {len(reader.tensors)})")
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _copy_fields(gguf: Any, reader: GGUFReader, writer: GGUFWriter, quantization: Quantization) -> None:
    """Every metadata field as it is, the file type aside."""
    file_types = {"F16": "MOSTLY_F16", "Q8_0": "MOSTLY_Q8_0", "Q4_0": "MOSTLY_Q4_0"}
    for name, kept in reader.fields.items():
        # The writer itself makes the header's fields and the architecture.
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value, kind = kept.contents(), kept.types[0]
        if name == "general.file_type":
            value = int(gguf.LlamaFileType[file_types[quantization]])
        inner = kept.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, kind, inner)


def _add(gguf: Any, writer: GGUFWriter, tensor: ReaderTensor, quantization: Quantization) -> None:
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    # The file's shape runs fastest axis first, numpy's last.
    values = np.asarray(values, dtype=np.float32).reshape(tuple(int(n) for n in reversed(tensor.shape)))
    kind = gguf.GGMLQuantizationType[quantization]
    block, _ = gguf.GGML_QUANT_SIZES[kind]
    if values.ndim < 2:
        writer.add_tensor(tensor.name, values)
    elif quantization == "F16" or values.shape[-1] % block:
        writer.add_tensor(tensor.name, values.astype(np.float16))
    else:
        writer.add_tensor(tensor.name, gguf.quants.quantize(values, kind), raw_dtype=kind)
