"""A regular expression, read far enough to rewrite it, to weigh it and to make texts to try it on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_HEADS = ("(?P<", "(?<=", "(?<!", "(?P=", "(?P>", "(?:", "(?=", "(?!", "(?>", "(?|", "(?<")
_NAMED = frozenset({"(?P<", "(?<", "(?P=", "(?P>"})
_LOOKS = frozenset({"(?=", "(?!", "(?<=", "(?<!"})
_ZERO_WIDTH = frozenset("AZzbBGmMK")
_SAMPLES = "aA1 _-./:,@#\"'()[]{}+*?$\\\n\té中!~=<>%&;|^`"
_MOST_PUMPS = 60
_LONGEST_SAMPLE = 2_000


@dataclass(slots=True)
class Scanned:
    """What was found in a pattern."""

    rewritten: str
    """The same pattern as the engine must be given it to mean what Python's `re` means."""
    size: int
    """Atoms after each least repetition is written out: what compiling costs."""
    pumps: tuple[tuple[str, str], ...]
    """For each repeated part a text that leads to it and one that it matches."""
    sample: str
    """A text that has what the pattern asks for, or most of it."""


@dataclass(slots=True)
class _Group:
    head: str = ""
    prefix: str = ""
    """A text that leads to the group."""
    branch: str = ""
    """A text that the current alternative matches, as far as it was read."""
    branches: list[str] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True)
class _Atom:
    samples: list[str]
    size: int
    prefix: str


def scan(pattern: str, *, ecma: bool, matches: Callable[[str, str], bool]) -> Scanned:
    """Read a pattern once from left to right.

    Args:
        pattern: The pattern, valid or not; what cannot be understood is kept as it is.
        ecma: Whether `$` means the end of the text only, as JSON Schema has it.
        matches: Whether an atom (`\\d`, `[^a]`) matches a character.
    """
    return _Scan(pattern, ecma, matches).run()


class _Scan:
    def __init__(self, pattern: str, ecma: bool, matches: Callable[[str, str], bool]) -> None:
        self._text = pattern
        self._ecma = ecma
        self._matches = matches
        self._at = 0
        self._out: list[str] = []
        self._open = [_Group()]
        self._last: _Atom | None = None
        self._pumps: dict[tuple[str, str], None] = {}

    def run(self) -> Scanned:
        while self._at < len(self._text):
            self._step(self._text[self._at])
        while len(self._open) > 1:
            self._close()
        self._place()
        return Scanned("".join(self._out), self._open[0].size, tuple(self._pumps), self._open[0].branch)

    def _step(self, character: str) -> None:
        if character == "\\":
            self._escape()
        elif character == "[":
            self._class()
        elif character == "(":
            self._group()
        elif character == ")":
            self._take(1)
            self._close()
        elif character == "|":
            self._take(1)
            self._place()
            self._open[-1].branches.append(self._open[-1].branch)
            self._open[-1].branch = ""
        elif character in "*+?{":
            self._quantifier()
        elif character in "^$":
            self._place()
            self._at += 1
            self._out.append(r"\Z" if character == "$" and self._ecma else character)
        else:
            self._atom(self._take(1))

    def _take(self, length: int) -> str:
        taken = self._text[self._at : self._at + length]
        self._at += len(taken)
        self._out.append(taken)
        return taken

    def _place(self) -> None:
        """Puts the last atom, which no quantifier follows any more, into its alternative."""
        if self._last is not None:
            self._grow(self._last.samples[0])
            self._open[-1].size += self._last.size
            self._last = None

    def _grow(self, sample: str) -> None:
        group = self._open[-1]
        group.branch = (group.branch + sample)[:_LONGEST_SAMPLE]

    def _atom(self, source: str) -> None:
        self._place()
        if len(source) == 1 and source != ".":
            samples = [source]
        else:
            samples = [c for c in _SAMPLES if self._matches(source, c)][:2] or [source[-1]]
        self._last = _Atom(samples, 1, self._open[-1].prefix + self._open[-1].branch)

    def _escape(self) -> None:
        letter = self._text[self._at + 1 : self._at + 2]
        length = 2
        if letter in ("p", "P", "N") and self._text[self._at + 2 : self._at + 3] == "{":
            length = self._text.find("}", self._at) + 1 - self._at
        elif letter in ("x", "u", "U"):
            length += {"x": 2, "u": 4, "U": 8}[letter]
        source = self._take(max(length, 2))
        if letter in _ZERO_WIDTH:
            self._place()
        else:
            self._atom(source)

    def _class(self) -> None:
        end = self._at + 1
        end += self._text[end : end + 1] == "^"
        end += self._text[end : end + 1] == "]"
        while end < len(self._text) and self._text[end] != "]":
            end += 2 if self._text[end] == "\\" else 1
        taken = self._text[self._at : end + 1]
        self._at = end + 1
        # In a set, `[` is text in `re`; here `[:alpha:]` would be a set of its own.
        source = "[" + re.sub(r"(\\.)|\[", lambda m: m[1] or r"\[", taken[1:], flags=re.DOTALL)
        self._out.append(source)
        self._atom(source)

    def _group(self) -> None:
        self._place()
        prefix = self._open[-1].prefix + self._open[-1].branch
        head = next((h for h in _HEADS if self._text.startswith(h, self._at)), "")
        if not head and self._text.startswith("(?", self._at):  # flags, comments, conditions
            end = self._at + 2
            while end < len(self._text) and self._text[end] not in ":)":
                end += 1
            head = self._take(end + 1 - self._at)
            if not head.endswith(")"):
                self._open.append(_Group(head, prefix))
            return
        self._take(len(head) or 1)
        if head in _NAMED:
            end = self._text.find(")" if "P=" in head or "P>" in head else ">", self._at)
            self._take((end if end >= 0 else len(self._text)) + 1 - self._at)
            if head in ("(?P=", "(?P>"):
                self._last = _Atom([""], 1, prefix)
                return
        self._open.append(_Group(head, prefix))

    def _close(self) -> None:
        self._place()
        if len(self._open) == 1:
            return  # one bracket too many: the engine says so
        group = self._open.pop()
        samples = [b for b in (*group.branches, group.branch) if b] or [""]
        if group.head in _LOOKS:
            samples = [""]
        self._last = _Atom(samples, group.size, group.prefix)

    def _quantifier(self) -> None:
        bounds = self._bounds()
        if bounds is None:
            self._at += 1
            self._out.append(r"\{")  # what repeats nothing is text in `re`, and a fuzzy match here
            self._place()
            self._last = _Atom(["{"], 1, self._open[-1].prefix + self._open[-1].branch)
            return
        least, most, length = bounds
        self._take(length)
        if self._text[self._at : self._at + 1] in ("?", "+"):
            self._take(1)
        atom, self._last = self._last, None
        if atom is None:
            return
        if most is None or most > 1:
            self._pump(atom)
        self._grow(atom.samples[0] * min(max(least, 1), 50))
        self._open[-1].size += atom.size * max(least, 1)

    def _pump(self, atom: _Atom) -> None:
        whole = "".join(atom.samples)
        for text in (*atom.samples, whole):
            if text and len(self._pumps) < _MOST_PUMPS:
                self._pumps[atom.prefix, text] = None

    def _bounds(self) -> tuple[int, int | None, int] | None:
        """Least and most times, and the length of what says so; None for a brace that is text."""
        character = self._text[self._at]
        if character != "{":
            return {"*": (0, None, 1), "+": (1, None, 1), "?": (0, 1, 1)}[character]
        end = self._text.find("}", self._at)
        inner = self._text[self._at + 1 : end] if end >= 0 else ""
        least, comma, most = inner.partition(",")
        if not (least.isdecimal() or (comma and not least)) or not (most.isdecimal() or not most):
            return None
        if comma and not least and not most:
            return None
        if len(inner) > 20:
            return 10**9, None, end + 1 - self._at
        low = int(least or 0)
        high = int(most) if most else (None if comma else low)
        return low, high, end + 1 - self._at
