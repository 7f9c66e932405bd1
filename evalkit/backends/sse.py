"""Server-sent events: bytes in, the data of whole events out, wherever the network cuts them."""

from __future__ import annotations


class EventDecoder:
    """Collects the `data` of each event; other fields and comments (keep-alive pings) are passed over.

    Line ends may be LF, CRLF or CR, as the specification allows.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []

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
        return events

    def _line(self, line: bytes) -> bytes | None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif not line and self._data:
            event, self._data = b"\n".join(self._data), []
            return event
        return None
