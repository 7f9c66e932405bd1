"""Spells texts so that those that say the same label are equal, and those that do not are not.

Unicode's rules decide: compatibility forms, letter case and digits of all scripts are one (NFKC, case
folding), invisible characters are nothing. Letters, numbers and combining marks are kept, and so are signs
and symbols that touch a word: `-1` is not `1`, `C++` is not `C`, `👍` is not `👎`. White space, underscores,
hyphens between words, quotes, brackets and sentence punctuation only part words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

_SENTENCE_MARKS = {
    "。": ".", "।": ".", "॥": ".", "۔": ".", "՝": ",", "、": ",", "،": ",", "؛": ";",
    "’": "'", "ʼ": "'", "‘": "'", "′": "ʹ", "—": "—", "―": "—", "−": "-", "…": ".", "\n": "\n", "\t": " ",
}  # fmt: skip
_NEVER_KEPT = frozenset(".,;:'\"()[]{}_-—`|\n ")
_BULLETS = frozenset("→➔➜⇒►▶▪■●○◦➤")
_UNTICKED = re.compile(r"\[\s*\]|\(\s*\)|☐|□")
_SPACED_SIGN = re.compile(r"(?<![^\s(\[{'\"*`:])-\s+\d")
_PRIMED = re.compile(r"(?<!\w)([^\W_]|\d+(?:[.,]\d+)?)(?:'|(?<!\d)\*|(?<=\d)\")(?![\w*'\"])")
"""A letter or a number with a mark behind: `A*` and `A'` are not A, `5'` and `5"` are not 5."""
_SIGNS = {"*": "⋆", "'": "ʹ", '"': "ʺ"}
_OPENED = {m: re.compile(r"\*" if m == "*" else rf"(?<!\w){m}+(?=\w)") for m in _SIGNS}
_GREEK_QUESTION = re.compile(r"(?<=[\u0370-\u03ff\u1f00-\u1fff]);(?=\s*(?:\n|\Z))")
_TOKEN = re.compile(
    r"(?<![^ \n])[wd]+(?=[ \n]|\Z)|"  # a plain word, which most are
    r"(?:(?<![wds-])[-!]+(?=[wds.\\])|(?<![wd])[.](?=d)|[s@\\]|[#]+(?=[wds]))*"  # signs before
    r"[wd]+(?:(?:(?<=[wd])'(?=w)|(?<=d)[.,:](?=d))[wd]+)*"
    r"(?:[s#@%]|-+(?![wds-]))*"  # signs behind
    r"|(?<![wds-])[!-]*[s@]+|[s@]+|[&/%]"
)


class _Folding(dict[int, "str | int | None"]):
    """Character -> what it is read as, worked out when it is first met."""

    def __missing__(self, code: int) -> str | int | None:
        self[code] = found = self._read(chr(code), code)
        return found

    @staticmethod
    def _read(char: str, code: int) -> str | int | None:
        if char in _SENTENCE_MARKS:
            return _SENTENCE_MARKS[char]
        category = unicodedata.category(char)
        is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
        if is_selector or (category == "Cf" and not 0xE0020 <= code <= 0xE007F):
            return None
        if category[0] in "ZC":
            return " "
        if category == "Nd":
            return str(unicodedata.decimal(char))
        if category == "Pd":
            return "-"
        # Of every script; the inverted ones open a question.
        return "?" if category == "Po" and "QUESTION MARK" in unicodedata.name(char, "") else code


class _Classes(dict[int, "str | int"]):
    """Character -> its class: `w` a letter or mark, `d` a digit, `s` a symbol that counts, else itself."""

    def __init__(self, kept: Collection[str]) -> None:
        super().__init__({ord(c): "s" for c in kept})

    def __missing__(self, code: int) -> str | int:
        category = unicodedata.category(chr(code))
        kinds = {"L": "w", "M": "w", "N": "d" if chr(code) in "0123456789" else "w", "S": "s"}
        self[code] = found = code if chr(code) in "`|´¨" else kinds.get(category[0], code)
        return found


class Token(NamedTuple):
    """A word of a text with the signs that touch it."""

    text: str
    start: int
    end: int


class Spelling:
    """Spells the texts of one set of labels."""

    def __init__(self, labels: Iterable[str]) -> None:
        labels = list(labels)
        # Where a label is written in Turkish, capitals are read as Turkish pairs them: I is ı, İ is i.
        self._turkish = any("ı" in n or "İ" in n for n in labels)
        self._asked = any("?" in n for n in labels)
        self._classes = _Classes(())
        counts = Counter(map(self.key, labels))
        alike = [n for n in labels if not self.key(n) or counts[self.key(n)] > 1]
        # Punctuation counts where nothing else tells two labels apart: `5*` and `5**`, `!` and `?`.
        kept = {c for n in alike for c in self.fold(n) if unicodedata.category(c)[0] == "P"} - _NEVER_KEPT
        self._classes = _Classes(kept)
        self._bullets = _BULLETS - {c for n in labels for c in n}
        self._signed = any(n.startswith("-") for n in map(self.fold, labels))

    def fold(self, text: str, *, case: bool = False) -> str:
        """Return the text as it is compared, its punctuation left; with `case`, letter case too."""
        if self._turkish:
            text = text.replace("I", "ı").replace("İ", "i")
        if text.isascii() and not case:
            return _prime(text.lower().translate(_FOLDING))
        text = unicodedata.normalize("NFKC", text.replace("\u037e", "?"))
        text = _GREEK_QUESTION.sub("?", text)
        if not case:
            text = unicodedata.normalize("NFKC", text.casefold()).replace("i\u0307", "i")
        return _prime(text.translate(_FOLDING))

    def key(self, text: str) -> str:
        """Return what two texts that are the same label have in common: `Card_Arrival.` is `card arrival`."""
        folded = self.fold(text)
        found = [t.text for t in self.tokens(folded)]
        return " ".join(found)

    def answer_key(self, text: str) -> str:
        """Return the key of a text that answers; empty where it asks, ticks nothing or leaves a sign open."""
        folded = self.fold(text)
        if ("?" in folded and not self._asked) or self.is_open(folded):
            return ""
        found = [t.text for t in self.tokens(folded)]
        if len(found) > 1 and found[0] in self._bullets:
            del found[0]
        return " ".join(found)

    def is_open(self, folded: str) -> bool:
        """Tell whether a box is left without its tick, or a dash may be a bullet as well as a minus sign."""
        return bool(_UNTICKED.search(folded) or (self._signed and _SPACED_SIGN.search(folded)))

    def tokens(self, folded: str) -> list[Token]:
        """Return the words of a folded text."""
        spans = [m.span() for m in _TOKEN.finditer(folded.translate(self._classes))]
        return [Token(folded[start:end], start, end) for start, end in spans]


def _prime(text: str) -> str:
    """Return the text with marks behind a letter or number as signs, where no mark before opens a pair."""
    opened: dict[str, int] = {}

    def as_sign(found: re.Match[str]) -> str:
        mark = found[0][-1]
        if mark not in opened:
            opening = _OPENED[mark].search(text)
            opened[mark] = opening.start() if opening else len(text)
        return found[0] if opened[mark] < found.start() else found[1] + _SIGNS[mark]

    return _PRIMED.sub(as_sign, text)


_FOLDING = _Folding()
