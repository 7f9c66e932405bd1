"""Server-sent events: bytes in, the data of whole events out, wherever the network cuts them."""

from __future__ import annotations

import codecs

MOST_STRAY_BYTES = 1 << 16
"""Bytes that are kept of lines that are no fields, for the words of an error."""
_FIELDS = (b":", b"event", b"id", b"retry")


class EventDecoder:
    """Collects the `data` of each event; other fields and comments (keep-alive pings) are passed over.

    Line ends may be LF, CRLF or CR, and a byte order mark may stand first, as the specification allows.
    Lines that are no fields count as one event where nothing else comes: servers answer with an error's JSON
    under the type of a stream. llama.cpp has sent errors in a field `error`.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        self._stray: list[bytes] = []
        self._stray_bytes = 0
        self._first = True
        """Whether no line has been read yet."""
        self._spoke = False
        """Whether an event has come."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that this chunk completes, in order."""
        if b"\n" not in chunk and b"\r" not in chunk and not (self._rest and self._rest[-1].endswith(b"\r")):
            self._rest.append(chunk)  # joined once: a long line in small pieces would be copied at each
            return []
        text = b"".join([*self._rest, chunk])
        if b"\r" in text:
            # A CR at the very end may be half of a CRLF: it waits for the next chunk.
            held = b"\r" if text.endswith(b"\r") else b""
            text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held
        lines = text.split(b"\n")
        self._rest = [lines.pop()]
        return [event for line in lines if (event := self._line(line)) is not None]

    def finish(self) -> list[bytes]:
        """The last event of a stream that ends without a blank line, as some servers end it."""
        events = self.feed(b"\n\n")
        self._rest = []
        return events or ([b"\n".join(self._stray)] if self._stray and not self._spoke else [])

    def _line(self, line: bytes) -> bytes | None:
        if self._first:
            self._first, line = False, line.removeprefix(codecs.BOM_UTF8)
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif not line:
            return self._event()
        elif line.startswith(b"error:"):
            self._data.append(line[6:])
        elif not self._spoke and not line.startswith(_FIELDS) and self._stray_bytes < MOST_STRAY_BYTES:
            self._stray.append(line[:MOST_STRAY_BYTES])
            self._stray_bytes += len(line)
        return None

    def _event(self) -> bytes | None:
        if not self._data:
            return None
        event, self._data = b"\n".join(self._data), []
        self._spoke = True
        return event
