"""What happens to texts on their way in: typos, quoted threads, scanned breaks, voicemail transcripts.

Words that hold a digit, an @ or a capital inside are never changed: amounts, dates and ids stay readable, so
that noise makes an item harder and never its target wrong. `keep` protects further words.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from suites.making.draws import Draw

_NEAR = {
    "a": "s",
    "e": "r",
    "i": "o",
    "o": "p",
    "n": "m",
    "t": "r",
    "s": "d",
    "l": "k",
    "u": "y",
    "h": "j",
    "r": "t",
}
_SHORT = {"you": "u", "please": "pls", "because": "bc", "are": "r", "thanks": "thx", "tomorrow": "tmrw",
          "your": "ur", "with": "w/", "about": "abt", "message": "msg"}  # fmt: skip
_FILLERS = ("um", "uh", "er", "so", "well", "you know", "right", "let me see")
_LOOKALIKE = (("rn", "m"), ("m", "rn"), ("cl", "d"), ("li", "h"), ("ii", "u"))


def typos(draw: Draw, text: str, *, share: float = 0.12, keep: Collection[str] = ()) -> str:
    """Letters dropped, doubled, swapped or hit beside in this share of the words; a few chat spellings."""
    words = re.split(r"(\s+)", text)
    return "".join(_mistyped(draw, w, keep) if draw.chance(share) else w for w in words)


def chatty(text: str) -> str:
    """Lower case without a final stop, as typed on a phone; words of capitals stay."""
    small = re.sub(
        r"\b\w[\w'’]*\b", lambda m: m[0] if m[0].isupper() and len(m[0]) > 1 else m[0].lower(), text
    )
    return small.rstrip(".")


def quoted(lines: str, header: str = "") -> str:
    """An earlier message as mail programs quote it, with an optional line on who wrote."""
    return "\n".join(f"> {line}".rstrip() for line in [*([header] if header else []), *lines.splitlines()])


def scanned(
    draw: Draw, text: str, *, width: int = 46, share: float = 0.06, keep: Collection[str] = ()
) -> str:
    """A scanned sheet: hard line breaks, words broken at the margin, a few look-alike letters."""
    lines, line = [], ""
    for word in text.split():
        word = _misread(draw, word, keep) if draw.chance(share) else word
        if line and len(line) + 1 + len(word) > width:
            if len(word) > 8 and word.isalpha() and word.lower() not in keep and draw.chance(0.3):
                lines.append(f"{line} {word[:4]}-")
                line = word[4:]
                continue
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def transcript(draw: Draw, text: str, *, fillers: float = 0.5) -> str:
    """A voicemail as a machine writes it down: no capitals, no stops, a filler between some sentences.

    Write the text as it is spoken (times and amounts in words where these should not keep their digits).
    """
    sentences = [s for s in re.split(r"(?<=[.!?;:])\s+", text.strip()) if s]
    spoken = []
    for number, sentence in enumerate(sentences):
        if number and draw.chance(fillers):
            spoken.append(draw.one(_FILLERS))
        # A stop or comma between digits is part of an amount or time.
        spoken.append(re.sub(r"(?<!\d)[.,](?!\d)|[.,](?!\d)|[!?;\"()–]|(?<!\d):(?!\d)", "", sentence))
    return " ".join(" ".join(spoken).lower().split())


def _fixed(word: str, keep: Collection[str]) -> bool:
    bare = word.strip(".,!?;:()\"'").lower()
    return len(bare) < 4 or bare in keep or not word[1:].islower() or not bare.isalpha() or not bare.isascii()


def _mistyped(draw: Draw, word: str, keep: Collection[str]) -> str:
    short = _SHORT.get(word.lower())
    if short and draw.chance(0.5) and word.lower() not in keep:
        return short
    if _fixed(word, keep):
        return word
    at = draw.number(1, len(word.rstrip(".,!?;:")) - 2)
    match draw.number(0, 3):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            return word[:at] + _NEAR.get(word[at], word[at]) + word[at + 1 :]


def _misread(draw: Draw, word: str, keep: Collection[str]) -> str:
    if _fixed(word, keep):
        return word
    fits = [(a, b) for a, b in _LOOKALIKE if a in word]
    if not fits:
        return word
    a, b = draw.one(fits)
    return word.replace(a, b, 1)
