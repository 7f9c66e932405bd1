"""Server-sent events are read the same wherever the network cuts them."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.sse import EventDecoder

payloads = st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1), max_size=5)


def events(chunks: list[bytes]) -> list[bytes]:
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.finish()


@given(data=st.data(), payloads=payloads, line_end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_split_of_the_bytes_gives_the_same_events(data, payloads, line_end):
    """A network cuts where it likes, in the middle of a character or of a line end too."""
    stream = "".join(f"data: {p}{line_end}{line_end}" for p in payloads).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events(chunks) == [p.encode() for p in payloads]


def test_a_long_line_in_small_pieces_is_read_in_good_time():
    """A line that was copied at each piece would hold up every other request."""
    pieces = [b"x" * 250] * 20_000
    began = time.process_time()
    assert events([b"data: ", *pieces, b"\n\n"]) == [b"".join(pieces)]
    assert time.process_time() - began < 1.0


def test_comments_and_other_fields_are_passed_over():
    """Gateways send keep-alive comments while a model thinks; they are no answer."""
    assert events([b": ping\n\nevent: x\nid: 3\ndata: {}\n\n"]) == [b"{}"]


def test_several_data_lines_are_one_event():
    """The specification joins them with a line feed."""
    assert events([b"data: a\ndata: b\n\n"]) == [b"a\nb"]


def test_a_last_event_without_its_blank_line_counts():
    """Some servers end the stream right behind the last line."""
    assert events([b"data: a\n\ndata: [DONE]"]) == [b"a", b"[DONE]"]
