"""HTTP/1.1 answers without the network (RFC 9112): bytes in, a head and a body out.

Written out because a request costs less than half of what it does through a general client (docs/running.md),
and a run is made of nothing but requests. What is not plainly HTTP/1.1 is refused, not guessed at.
"""

from __future__ import annotations

import re
import zlib

MOST_HEAD_BYTES = 65_536
"""Most bytes of an answer's head, or of a chunk's size and the trailers behind the last one."""

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_VALUE = re.compile(r"[\0\r\n]")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?")
_NO_BODY = frozenset({204, 304})
_BEGINNING = b"HTTP/1."
_MOST_DIGITS = 18
"""Of a length; no body is longer, and Python reads no number of thousands of digits."""


class NotHttpError(ConnectionError):
    """What came is not an answer in HTTP/1.1."""


class ResponseParser:
    """One answer as it comes in: fed with whatever the network brings."""

    def __init__(self) -> None:
        self.status = 0
        """The final status; 0 until the whole head is there."""
        self.headers: dict[str, str] = {}
        """Fields by name in small letters; repeated ones are joined by a comma."""
        self.complete = False
        """Whether all of it is there."""
        self.reusable = False
        """Whether the connection can serve another request once it is complete."""
        self._rest = b""
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._left: int | None = None
        """Bytes left of the body, or of the present chunk; None: until the connection ends."""
        self._chunked = False
        self._trailing = False

    def take(self) -> bytes:
        """What has come of the body since the last call."""
        if not self._body:
            return b""
        data = b"".join(self._body)
        self._body.clear()
        return data

    def feed(self, data: bytes) -> None:
        """Takes in more bytes.

        Raises:
            NotHttpError: They are no answer.
        """
        if self.complete:
            self.reusable = self.reusable and not data  # else the server says more than it was asked
            return
        if not self.status:
            data = self._head(self._rest + data)
        if self.status and (data or self._left == 0):
            self._chunks(data) if self._chunked else self._plain(data)

    def end(self) -> None:
        """The connection has ended; an answer without a length ends with it."""
        self.reusable = False
        if self.status and self._left is None and not self._chunked:
            self.complete = True

    def _head(self, data: bytes) -> bytes:
        """Reads the head when it is whole, interim ones passed over; returns what is left of the data."""
        while not self.status:
            if not data.startswith(_BEGINNING[: len(data)]):  # else a mail server is waited for to say more
                line = data.partition(b"\n")[0].decode("latin-1").strip()
                raise NotHttpError(f"no status line of HTTP/1.1: {line}")
            end = data.find(b"\r\n\r\n")
            if self._head_bytes + (len(data) if end < 0 else end) > MOST_HEAD_BYTES:
                raise NotHttpError("the head of the answer has no end")
            if end < 0:
                if b"\n\n" in data:
                    raise NotHttpError("the lines of the answer's head end without a carriage return")
                self._rest = data
                return b""
            self._head_bytes += end + 4
            head, data = data[:end], data[end + 4 :]
            self._read_head(head.decode("latin-1").split("\r\n"))
        self._rest = b""
        return data

    def _read_head(self, lines: list[str]) -> None:
        found = _STATUS_LINE.fullmatch(lines[0])
        if found is None:
            # Uncut: half a key that is quoted here would not be found when keys are masked.
            raise NotHttpError(f"no status line of HTTP/1.1: {lines[0]}")
        status = int(found[2])
        if status == 101:
            raise NotHttpError("the server changes the protocol")
        if status < 200:
            return
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not (colon and _NAME.fullmatch(name)) or _NO_VALUE.search(value):
                raise NotHttpError("the head of the answer has a line that is no field")
            name, value = name.lower(), value.strip(" \t")
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self._frame(status, is_1_1=found[1] == "1")

    def _frame(self, status: int, *, is_1_1: bool) -> None:
        """How long the body is, and whether the connection outlives it."""
        coding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        said = {option.strip().lower() for option in self.headers.get("connection", "").split(",")}
        self.reusable = "close" not in said and (is_1_1 or "keep-alive" in said)
        if status in _NO_BODY:
            self._left = 0
            # Some servers send what they announce all the same.
            self.reusable = self.reusable and coding is None and length in (None, "0")
        elif coding is not None:
            if coding.lower() != "chunked":
                raise NotHttpError(f"a transfer coding that was not asked for: {coding}")
            self._chunked = True
            # With both, or in HTTP/1.0, someone in between may have counted otherwise: nothing else is read.
            self.reusable = self.reusable and length is None and is_1_1
        elif length is not None:
            self._left = _length(length)
        else:
            self.reusable = False
        self.status = status  # last: what is refused has none

    def _plain(self, data: bytes) -> None:
        if self._left is None:
            self._body.append(data)
            return
        if len(data) > self._left:
            self.reusable = False
            data = data[: self._left]
        self._left -= len(data)
        if data:
            self._body.append(data)
        self.complete = self._left == 0

    def _chunks(self, data: bytes) -> None:
        data, place = self._rest + data, 0
        while not self.complete:
            if self._left:
                part = data[place : place + self._left]
                if not part:
                    break
                self._body.append(part)
                place, self._left = place + len(part), self._left - len(part)
                continue
            end = data.find(b"\r\n", place)
            if end < 0:
                break
            self._line(data[place:end])
            place = end + 2
        self._rest = data[place:]
        if len(self._rest) > MOST_HEAD_BYTES:
            raise NotHttpError("a chunk's size has no end")
        if self.complete and self._rest:
            self.reusable = False

    def _line(self, line: bytes) -> None:
        """A line between chunks: the end of one, the size of the next, or a trailer behind the last."""
        if self._trailing:
            self.complete = not line
        elif self._left == 0:
            if line:
                raise NotHttpError("a chunk is longer than its size")
            self._left = None
        else:
            found = _SIZE.fullmatch(line)
            if found is None:
                raise NotHttpError("a chunk without its size")
            self._left = int(found[1], 16) or None
            self._trailing = self._left is None


def _length(text: str) -> int:
    lengths = {part.strip() for part in text.split(",")}
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdecimal() and len(length) <= _MOST_DIGITS):
        raise NotHttpError(f"a length that is none: {text}")
    return int(length)


def decompressor(headers: dict[str, str], most_bytes: int) -> Decompressor | None:
    """What undoes the body's content coding; None where there is none.

    Raises:
        NotHttpError: A coding that was not asked for and is not known.
    """
    said = headers.get("content-encoding", "identity")
    coding = said.lower()
    if coding in ("identity", ""):
        return None
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise NotHttpError(f"a content coding that was not asked for: {said}")
    return Decompressor(most_bytes)


class Decompressor:
    """Unpacks gzip and deflate, up to a size: a small answer can unpack to any."""

    def __init__(self, most_bytes: int) -> None:
        self._unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        self._most = most_bytes

    def __call__(self, data: bytes) -> bytes:
        """The next part of the body.

        Raises:
            NotHttpError: It is not packed as it says.
        """
        try:
            return self._unpack.decompress(data, self._most + 1)
        except zlib.error as error:
            raise NotHttpError(f"the body is not packed as it says: {error}") from error
