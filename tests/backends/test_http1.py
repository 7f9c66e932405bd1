"""HTTP/1.1 answers: the same however the network cuts them, and nothing guessed at."""

from __future__ import annotations

import gzip
import time
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.http1 import MOST_HEAD_BYTES, NotHttpError, ResponseParser, decompressor

OK = b"HTTP/1.1 200 OK\r\n"
INTERIM = (b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103\r\nLink: </a>\r\n\r\n")


def read(*pieces: bytes, ended: bool = False) -> tuple[ResponseParser, bytes]:
    parser, body = ResponseParser(), b""
    for piece in pieces:
        parser.feed(piece)
        body += parser.take()
    if ended:
        parser.end()
    return parser, body


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A whole answer on a lasting connection, and its body."""
    body = draw(st.binary(max_size=60))
    interim = draw(st.sampled_from(INTERIM))
    if draw(st.booleans()):
        return interim + OK + b"content-LENGTH:  %d \r\nX: a:b\r\n\r\n" % len(body) + body, body
    cuts = [0, *sorted(draw(st.lists(st.integers(0, len(body)), max_size=3))), len(body)]
    chunks = [body[a:b] for a, b in pairwise(cuts) if b > a]
    extension, trailer = draw(st.sampled_from([b"", b" ; a=b"])), draw(st.sampled_from([b"", b"Sum: 1\r\n"]))
    coded = (
        b"".join(b"%X%b\r\n%b\r\n" % (len(c), extension, c) for c in chunks) + b"0\r\n" + trailer + b"\r\n"
    )
    return interim + OK + b"Transfer-Encoding: Chunked\r\n\r\n" + coded, body


@given(answers(), st.lists(st.integers(0, 400), max_size=8))
def test_an_answer_is_the_same_however_it_is_cut(answer: tuple[bytes, bytes], at: list[int]) -> None:
    """Networks cut anywhere: in a line end, in a chunk's size, behind the last byte."""
    raw, body = answer
    cuts = [0, *sorted(min(c, len(raw)) for c in at), len(raw)]
    parser, got = read(*(raw[a:b] for a, b in pairwise(cuts)))
    assert (parser.status, parser.complete, parser.reusable, got) == (200, True, True, body)


@given(answers(), st.integers(1, 30))
def test_an_answer_that_is_cut_off_is_never_whole(answer: tuple[bytes, bytes], lost: int) -> None:
    """Half an answer that passes for a whole one would be scored."""
    parser, _ = read(answer[0][:-lost], ended=True)
    assert not parser.complete


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Whatever listens on a port: an answer, not yet one, or a clear refusal."""
    for data in (raw, OK + raw, OK + b"Transfer-Encoding: chunked\r\n\r\n" + raw):
        try:
            read(data, ended=True)
        except NotHttpError:
            continue


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    """HTTP/1.0 servers and some streams end so."""
    parser, body = read(OK + b"\r\nhel", b"lo")
    assert not parser.complete
    parser.end()
    assert (parser.complete, parser.reusable, body) == (True, False, b"hello")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    """It would be waited for until the time limit."""
    assert read(b"HTTP/1.1 %d Nothing\r\n\r\n" % status)[0].complete


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (OK, True),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.1 204 No Content\r\n", True),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
        (OK + b"Connection: foo, CLOSE\r\n", False),
    ],
)
def test_a_connection_is_kept_only_where_the_server_keeps_it(head: bytes, reusable: bool) -> None:
    """A request on a connection that is being closed is lost."""
    parser, _ = read(head + b"Content-Length: 0\r\n\r\n")
    assert (parser.complete, parser.reusable) == (True, reusable)


@pytest.mark.parametrize("surplus", [b"x", b"HTTP/1.1 200 OK\r\n\r\n"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_server_that_says_more_than_it_was_asked_loses_its_connection(
    surplus: bytes, at_once: bool
) -> None:
    """Or its second answer would pass for that of the next request."""
    whole = OK + b"Content-Length: 2\r\n\r\nok"
    parser, body = read(whole + surplus) if at_once else read(whole, surplus)
    assert (parser.complete, parser.reusable, body) == (True, False, b"ok")


def test_a_length_beside_chunks_is_passed_over_and_the_connection_given_up() -> None:
    """RFC 9112, 6.1: somebody in between may have counted by the other one."""
    parser, body = read(OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")
    assert (parser.complete, parser.reusable, body) == (True, False, b"a")


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 099 No\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        OK + b"no field\r\n\r\n",
        OK + b"A : space before the colon\r\n\r\n",
        OK + b"A: 1\r\n folded\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1_0\r\n\r\n",
        OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        OK + b"A: 1\nB: 2\r\n\r\n",
        OK + b"A: 1\0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * (MOST_HEAD_BYTES // 20),
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        OK + b"X: " + b"a" * (MOST_HEAD_BYTES + 9),
        OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * (MOST_HEAD_BYTES + 9),
    ],
)
def test_what_is_not_plainly_http_is_refused(raw: bytes) -> None:
    """A guess at a broken answer could give one request the answer of another."""
    with pytest.raises(NotHttpError):
        read(raw)


def test_a_head_of_blanks_is_read_at_once() -> None:
    """A pattern that tries every blank as the last one held the whole run up for half a minute."""
    began = time.process_time()
    parser, _ = read(OK + b"X: a" + b" " * 60_000 + b"b \t\r\nContent-Length: 0\r\n\r\n")
    assert parser.headers["x"] == "a" + " " * 60_000 + "b"
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("field", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_a_body_that_is_announced_where_none_can_be_costs_the_connection(field: bytes) -> None:
    """It may come all the same, and would be read as the next request's answer."""
    parser, body = read(b"HTTP/1.1 204 No Content\r\n%b\r\n\r\n" % field)
    assert (parser.complete, parser.reusable, body) == (True, False, b"")


def test_chunks_in_http_1_0_are_read_and_the_connection_given_up() -> None:
    """RFC 9112, 6.1: its framing counts as faulty."""
    parser, body = read(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
    )
    assert (parser.complete, parser.reusable, body) == (True, False, b"a")


def test_a_line_that_is_quoted_is_quoted_whole() -> None:
    """Keys are masked in the message: one that was cut in half would not be found."""
    with pytest.raises(NotHttpError, match="sk-" + "k" * 200):
        read(b"HTTP/1.1 " + b"x" * 70 + b"sk-" + b"k" * 200 + b"\r\n\r\n")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_body_is_unpacked_though_it_was_not_asked_for(coding: str) -> None:
    """Some gateways pack whatever the request says."""
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b"hello" * 100)
    unpack = decompressor({"content-encoding": coding}, 10_000)
    assert unpack is not None
    assert b"".join(unpack(packed[n : n + 1]) for n in range(len(packed))) == b"hello" * 100


def test_a_small_body_that_unpacks_to_a_huge_one_is_cut() -> None:
    """A megabyte of zeros fits a kilobyte."""
    unpack = decompressor({"content-encoding": "gzip"}, 1_000)
    assert unpack is not None
    assert len(unpack(gzip.compress(b"\0" * 1_000_000))) == 1_001


@pytest.mark.parametrize(("coding", "body"), [("br", b""), ("gzip", b"no gzip")])
def test_a_body_that_cannot_be_unpacked_is_refused(coding: str, body: bytes) -> None:
    """Its bytes would be read as an answer that is not the protocol's."""
    with pytest.raises(NotHttpError):
        (decompressor({"content-encoding": coding}, 1_000) or bytes)(body)
