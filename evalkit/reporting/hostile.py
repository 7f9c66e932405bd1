"""Makes foreign text safe to look at: invisible and order-changing characters shown, long text cut.

Escaping for HTML is the template engine's; this is about what escaping lets through. Model output can hide
words with zero-width characters, turn their order with bidirectional controls, or blank a terminal.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from evalkit.records import clean_text

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control codes but tab and newline; ESC opens terminal sequences
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # soft hyphen, joiners and fillers without a shape
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, bidirectional controls
    "\u3164\ufeff\uffa0\ufff9-\ufffc"
    "\U000e0000-\U000e0fff"  # tags and variation selectors that can carry hidden text
    "]"
    # Joiners shape emoji and some scripts; beside ASCII they only hide.
    "|(?<=[\\x20-\\x7e])[\u200c\u200d]|[\u200c\u200d](?=[\\x20-\\x7e])"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A text as far as it is shown."""

    text: str
    dropped: int = 0
    """Characters left out at the end."""


def cut(text: str, most: int) -> Cut:
    """The text, at most `most` characters of it."""
    return Cut(text=text[:most], dropped=max(0, len(text) - most))


def shown(text: str) -> str:
    """The text with each invisible character spelled out, such as ⟨U+202E⟩; fit for any output."""
    return "".join(f"⟨{part}⟩" if hidden else part for part, hidden in parts(text))


def one_line(text: str, most: int = 200) -> str:
    """The text in one line, spelled out and cut, for tables, terminals and Markdown."""
    flat = " ".join(shown(text[: 2 * most]).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def parts(text: str) -> list[tuple[str, bool]]:
    """The text in order as (plain text, False) and (code point of an invisible character, True)."""
    text = clean_text(text.replace("\r\n", "\n"))
    found: list[tuple[str, bool]] = []
    last = 0
    for match in _INVISIBLE.finditer(text):
        if match.start() > last:
            found.append((text[last : match.start()], False))
        found.append((f"U+{ord(match.group()):04X}", True))
        last = match.end()
    if last < len(text):
        found.append((text[last:], False))
    return found


_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_TAKEN = re.compile(r".*-[0-9a-f]{8}|con|prn|aux|nul|com\d|lpt\d")


def slug(name: str) -> str:
    """A file name for any name: readable, lower case ASCII, and never the same for two names.

    A name that is already such a file name is kept; any other gets a hash of itself, so that `a/b` and
    `a-b` do not meet in one file, nor `A` and `a` on a file system that folds case.
    """
    if _FILE_NAME.fullmatch(name) and not _TAKEN.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else f"x-{mark}"
