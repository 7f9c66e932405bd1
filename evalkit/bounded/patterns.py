"""Patterns of users and suites on texts of models: compiled, matched and probed here and nowhere else.

On a pattern such as `^(a+)+$`, Python's `re` takes hours for forty letters and a sign, and no signal ends it.
Both sides may be hostile: the pattern comes with a suite, the text from a model.

The engine is `regex` with its time limit, and not `google-re2`, whose time is linear:

- It reads what suites hold today. RE2 refuses look-around and back references, repeats at most 1,000 times,
  and reads `\\d`, `\\w` and `\\b` as ASCII where Python and this engine read Unicode.
- It has wheels for Python 3.11 to 3.14 on Linux from glibc 2.17 and on macOS; google-re2's for 3.14 need
  glibc 2.28. Licences: Apache-2.0 and CNRI-Python; RE2's is BSD.
- Its limit counts the processor time of this process, not the clock: a busy machine turns no good pattern
  into a slow one.
- It lets other threads run while it matches, if asked to.

What it reads in another way than `re` is rewritten first (`x{e}` is a fuzzy match here, and text in `re`).
It reads more than `re`: `\\p{L}`, which JSON Schema's patterns may hold. It writes repetitions out when it
compiles, so that `a{99999999}` would take gigabytes: that is refused.
"""

from __future__ import annotations

import math
import re
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import regex

from evalkit.bounded.scan import Scanned, scan

MATCH_LIMIT_S = 0.25
"""Processor seconds for one match. A sound pattern takes microseconds, and milliseconds on a text of 100,000
characters; the limit is far from both, so that the same answer is always scored alike."""

ANSWER_LIMIT_S = 1.0
"""Processor seconds for all matches of one answer: each of a list of a thousand texts may stay below."""

PROBE_LIMIT_S = 0.025
"""Processor seconds for one probe of `explodes_on`."""

LONGEST_PATTERN = 30_000
"""Characters. An alternation of two thousand names has fewer; compiling this many takes about a second."""

LARGEST_PATTERN = 100_000
"""Atoms with all least repetitions written out, as the engine does: about 50 MB."""

_QUICK_S = 0.002
"""Within this no other thread is let in, since letting one in costs more than most matches take."""

_PROBE_LENGTHS = (40, 3_000)
"""Characters of the probes: short for what is exponential, long for what is a power of the length. What takes
`PROBE_LIMIT_S` on 3,000 in the square of the length takes more than `MATCH_LIMIT_S` on 10,000."""

_ALL_PROBES_S = 0.5


_MULTILINE = re.compile(r"\(\?[a-zA-Z]*m")


class PatternLimit(Exception):  # noqa: N818 - a limit that was reached; it decides a score
    """A pattern took too long on a text, so that nobody knows whether it matches."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"the pattern {show_pattern(pattern)} takes too long on this answer")
        self.pattern = pattern


class SchemaLimit(PatternLimit):
    """A schema took too long on a value, so that nobody knows whether it fits."""

    def __init__(self) -> None:
        Exception.__init__(self, "the schema takes too long on this value")
        self.pattern = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. A method raises `PatternLimit` where the match takes too long."""

    text: str
    """As its author wrote it."""
    _engine: Any
    _scanned: Scanned

    def search(self, text: str) -> Any:
        """The first match in the text, or None.

        Raises:
            PatternLimit: It takes too long.
        """
        return self._run_bounded(self._engine.search, text)

    def fullmatch(self, text: str) -> Any:
        """The match of the whole text, or None.

        Raises:
            PatternLimit: It takes too long.
        """
        return self._run_bounded(self._engine.fullmatch, text)

    def findall(self, text: str) -> list[Any]:
        """All matches as `re.findall` gives them.

        Raises:
            PatternLimit: It takes too long.
        """
        found: list[Any] = self._run_bounded(self._engine.findall, text)
        return found

    def sub(self, repl: Any, text: str, count: int = 0) -> str:
        """The text with its matches replaced, as `re.sub` does it.

        Raises:
            PatternLimit: It takes too long.
        """
        replaced: str = self._run_bounded(partial(self._engine.sub, repl, count=count), text)
        return replaced

    def explodes_on(self) -> str | None:
        """A text, made from the pattern's own parts, on which it takes longer than a probe may; or None."""
        began_s = time.thread_time()
        sample = self._scanned.sample  # an engine gives up at once where a text lacks what a pattern asks for
        for length in _PROBE_LENGTHS:
            for prefix, pump in self._scanned.pumps:
                for end in ("\x00", sample + "\x00", "\x00" + sample):
                    text = prefix + pump * max(2, length // len(pump)) + end
                    if self._is_slow(text):
                        return text
                    if time.thread_time() - began_s > _ALL_PROBES_S:
                        return None
        return None

    def _is_slow(self, text: str) -> bool:
        try:
            self._engine.search(text, timeout=PROBE_LIMIT_S, concurrent=True)
        except (TimeoutError, MemoryError):
            return True
        return False

    def _run_bounded(self, match: Any, text: str) -> Any:
        left_s: float = getattr(_budget, "left_s", MATCH_LIMIT_S)
        began_s = time.thread_time()
        try:
            try:
                return match(text, timeout=_QUICK_S)
            except TimeoutError:
                if left_s <= 0:
                    raise
                return match(text, timeout=min(left_s, MATCH_LIMIT_S), concurrent=True)
        except (TimeoutError, MemoryError) as error:
            raise PatternLimit(self.text) from error
        finally:
            if hasattr(_budget, "left_s"):
                _budget.left_s = left_s - (time.thread_time() - began_s)


_budget = threading.local()


@contextmanager
def answer_budget() -> Iterator[None]:
    """Give all matches and schemas within the block, on this thread, `ANSWER_LIMIT_S` together."""
    _budget.left_s = ANSWER_LIMIT_S
    try:
        with value_budget():
            yield
    finally:
        del _budget.left_s


@contextmanager
def value_budget() -> Iterator[None]:
    """Give the schemas within the block, on this thread, `ANSWER_LIMIT_S`, or what a block around it left."""
    before_s = getattr(_budget, "until_s", math.inf)
    _budget.until_s = min(before_s, time.thread_time() + ANSWER_LIMIT_S)
    try:
        yield
    finally:
        _budget.until_s = before_s


def check_time() -> None:
    """Raise SchemaLimit if the block's time is spent."""
    if time.thread_time() > getattr(_budget, "until_s", math.inf):
        raise SchemaLimit


def compile_pattern(pattern: str, *, ignore_case: bool = False, ecma: bool = False) -> Pattern:
    """The pattern, ready to match.

    Args:
        pattern: A regular expression as Python's `re` reads it.
        ignore_case: Whether case does not matter.
        ecma: Whether `$` is the end of the text alone, as in JSON Schema, not before a last line feed too.

    Raises:
        ValueError: It is not a regular expression, or one too large to compile; says why.
    """
    if not isinstance(pattern, str):
        raise ValueError(f"a regular expression is text, not {pattern!r}")
    return _compile_cached(pattern, ignore_case, ecma)


def show_pattern(pattern: str) -> str:
    """The pattern in quotes, cut where it is long."""
    return repr(pattern if len(pattern) <= 80 else pattern[:80] + "…")


@lru_cache(maxsize=1024)
def _compile_cached(pattern: str, ignore_case: bool, ecma: bool) -> Pattern:
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a regular expression has at most {LONGEST_PATTERN:,} characters")
    scanned = scan(pattern, ecma=ecma and not _MULTILINE.search(pattern), matches=_atom_matches)
    if scanned.size > LARGEST_PATTERN:
        raise ValueError(
            f"{show_pattern(pattern)} repeats too much: {LARGEST_PATTERN:,} atoms at most, written out"
        )
    try:
        engine = _compile(scanned.rewritten, regex.IGNORECASE if ignore_case else 0)
    except (regex.error, ValueError, OverflowError, MemoryError) as error:
        raise ValueError(f"{show_pattern(pattern)} is not a regular expression: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{show_pattern(pattern)} is nested too deeply for a regular expression") from error
    return Pattern(pattern, engine, scanned)


def _compile(pattern: str, flags: int = 0) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sets that a later version may read otherwise
        return regex.compile(pattern, flags | regex.VERSION0)


def _atom_matches(atom: str, character: str) -> bool:
    compiled = _compile_atom(atom)
    return compiled is not None and compiled.fullmatch(character, timeout=PROBE_LIMIT_S) is not None


@lru_cache(maxsize=1024)
def _compile_atom(atom: str) -> Any:
    try:
        return _compile(atom)
    except (regex.error, ValueError, OverflowError, RecursionError):
        return None
