"""What a GGUF file says of itself before its numbers: fields, and the tensors' names and shapes.

The `gguf` package takes seconds to read the same of a vocabulary of 50,000 words, too long for a check before
a run.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalkit.errors import UnavailableError

KNOWN_VERSIONS = (2, 3)
MOST_DIMENSIONS = 4
"""As many as the runtime has."""

_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")
_SCALARS = {
    kind: struct.Struct(f"<{form}") for kind, form in zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True)
}
"""Number of a kind of value in the file -> its form."""
_TEXT, _LIST = 8, 9
_BLOCKS = {0: (1, 4), 1: (1, 2), 8: (32, 34), 30: (1, 2)}
"""Kind of tensor -> numbers of one block and its bytes: F32, F16, Q8_0 and BF16, the forms of adapters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GgufHeader:
    """The head of one file."""

    fields: Mapping[str, Any]
    """Numbers and texts by name; lists are passed over."""
    tensors: Mapping[str, tuple[int, ...]]
    """Name -> shape, the fastest axis first."""
    least_bytes: int
    """The file is cut off when it has fewer bytes."""

    def count(self, name: str, default: int) -> int:
        """A field that is a count; the default where it is none."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and value > 0 else default


def read_header(path: Path) -> GgufHeader:
    """The head of a GGUF file.

    Raises:
        UnavailableError: It cannot be read, is cut off, or is of an unknown version.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _Reading(data).header()
            size = len(data)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from error
    except (struct.error, OverflowError) as error:
        raise UnavailableError(f"{path} ends within its head", hint="is the file whole?") from error
    except ValueError as error:
        raise UnavailableError(
            f"{path} cannot be read as GGUF: {error}", hint="is the file whole?"
        ) from error
    if size < found.least_bytes:
        message = f"{path} is cut off: it has {size} bytes of at least {found.least_bytes}"
        raise UnavailableError(message, hint="bring the file again")
    return found


class _Reading:
    """One pass over the bytes of a head; what it raises on a damaged one is its caller's to say."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def header(self) -> GgufHeader:
        if self._data[:4] != b"GGUF":
            raise ValueError("it is not a GGUF file")
        self._at = 4
        version = self._number(_U32)
        if version not in KNOWN_VERSIONS:
            raise ValueError(f"GGUF of version {version} is not known")
        n_tensors, n_fields = self._number(_U64), self._number(_U64)
        fields = dict(self._field() for _ in range(n_fields))
        tensors, ends = {}, [0]
        for _ in range(n_tensors):
            name, shape, end = self._tensor()
            tensors[name] = shape
            ends.append(end)
        known = {name: value for name, value in fields.items() if value is not None}
        found = GgufHeader(fields=known, tensors=tensors, least_bytes=0)
        alignment = found.count("general.alignment", 32)
        start = -(-self._at // alignment) * alignment
        return replace(found, least_bytes=start + max(ends))

    def _field(self) -> tuple[str, Any]:
        return self._text(), self._value(self._number(_U32))

    def _value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self._text()
        if kind != _LIST:
            return self._number(_form(kind))
        inner, length = self._number(_U32), self._number(_U64)
        if inner == _TEXT:
            for _ in range(length):
                text_bytes = self._number(_U64)
                self._at += text_bytes
        else:
            self._at += length * _form(inner).size
        return None

    def _tensor(self) -> tuple[str, tuple[int, ...], int]:
        """Name, shape, and where its numbers end, counted from where the first ones begin."""
        name, dimensions = self._text(), self._number(_U32)
        if dimensions > MOST_DIMENSIONS:
            raise ValueError(f"the tensor {name!r} has {dimensions} dimensions")
        shape = tuple(self._number(_U64) for _ in range(dimensions))
        kind, offset = self._number(_U32), self._number(_U64)
        block, size = _BLOCKS.get(kind, (1, 0))
        count = 1
        for length in shape:
            count *= length
        return name, shape, offset + count // block * size

    def _number(self, form: struct.Struct) -> Any:
        (value,) = form.unpack_from(self._data, self._at)
        self._at += form.size
        return value

    def _text(self) -> str:
        length = self._number(_U64)
        if length > len(self._data) - self._at:
            raise ValueError("it ends within a text")
        start, self._at = self._at, self._at + length
        return self._data[start : self._at].decode("utf-8")


def _form(kind: int) -> struct.Struct:
    if kind not in _SCALARS:
        raise ValueError(f"it has a value of the unknown kind {kind}")
    return _SCALARS[kind]
