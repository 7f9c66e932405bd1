"""clause-routing: clauses of contracts and questions about them, from facts to text."""

from __future__ import annotations

import re

from suites.making import Item, noise
from suites.making.clause_routing.facts import SEED, Piece, numbers, pieces
from suites.making.clause_routing.wording import (
    ASIDES,
    BACKGROUND,
    CLOSINGS,
    EMPTY_HEADINGS,
    HANDED_ON,
    HEADINGS,
    INJECTIONS,
    OPENINGS,
    RIDERS,
)
from suites.making.draws import Draw
from suites.making.write import numbered

FIRST_NUMBER = 200
"""Generated ids start here; the numbers below are for items written by hand."""


_ARTICLE = {"en": "Art.", "de": "§", "fr": "Art.", "es": "Art.", "it": "Art.", "nl": "Artikel"}


def items() -> list[Item]:
    """The generated items."""
    return numbered([_item(p) for p in pieces()], "cr", first=FIRST_NUMBER)


def _item(piece: Piece) -> Item:
    draw = Draw(SEED, "text", piece.number)
    facts = numbers(piece)
    text = _clause(draw, piece) if piece.form == "clause" else _message(draw, piece)
    text = re.sub(r"(^|[.!?:\-»\"] |\n|> |\")\{([SC])\}", r"\1{\2_start}", text).format(**facts)
    return {
        "input": _noisy(draw, piece, text, facts),
        "target": piece.owner,
        "tags": {"form": piece.form, "channel": piece.channel, "lang": piece.lang, "noise": piece.noise,
                 "trap": piece.trap, "difficulty": _difficulty(piece)},
        "critical": piece.trap == "injection" and piece.owner != "out_of_scope",
        "cluster": facts["ref"] if facts["ref"] in text else None,
    }  # fmt: skip


def _difficulty(piece: Piece) -> str:
    if piece.trap != "none":
        return "hard"
    return "medium" if piece.noise != "none" or piece.lang != "en" else "easy"


def _clause(draw: Draw, piece: Piece) -> str:
    core = re.sub(r"^\{([SC])\}", r"{\1_start}", piece.core)
    if piece.lang == "en" and draw.chance(0.3):
        core = f"{core} {draw.one(RIDERS)}"
    if piece.trap == "injection":
        core = f"{core} {draw.one(INJECTIONS).replace('{wrong}', piece.other)}"
    match piece.channel:
        case "email":
            return _handed_on(draw, piece, f"{_head(draw, piece)}{core}")
        case "chat":
            return f"{draw.one(HANDED_ON)} {core}" if piece.lang == "en" else core
    source = draw.one(("[{ref}] ", "Contract {ref}\n", "{ref}, ")) if draw.chance(0.45) else ""
    return f"{source}{_head(draw, piece)}{core}"


def _head(draw: Draw, piece: Piece) -> str:
    """Number and heading before a clause: the right one, an empty one, another owner's, or none."""
    number = f"{draw.number(2, 24)}.{draw.number(1, 9)}"
    whole = number.partition(".")[0]
    forms = [number, f"({draw.one('abcdefg')})", f"{_ARTICLE[piece.lang]} {whole}", ""]
    number = draw.one([*forms, f"Clause {number}"] if piece.lang == "en" else forms)
    heading = ""
    if piece.trap == "heading":
        heading = draw.one(HEADINGS[piece.other])
    elif piece.lang == "en" and draw.chance(0.45):
        heading = draw.one(HEADINGS[piece.owner] if draw.chance(0.5) else EMPTY_HEADINGS)
    if draw.chance(0.2):
        heading = heading.upper()
    mark = draw.one((". ", "\n", ": ", " - ")) if heading else ""
    return f"{number} {heading}{mark}".lstrip() if number or heading else ""


def _handed_on(draw: Draw, piece: Piece, clause: str) -> str:
    if piece.lang != "en":
        return clause
    opening = f"{draw.one(OPENINGS['email'])}\n" if draw.chance(0.6) else ""
    shown = noise.quoted(clause) if draw.chance(0.4) else f'"{clause}"'
    closing = f"\n\n{draw.one(CLOSINGS['email'])}" if draw.chance(0.6) else ""
    return f"{opening}{draw.one(HANDED_ON)}\n\n{shown}{closing}"


def _message(draw: Draw, piece: Piece) -> str:
    body = piece.core
    if piece.trap == "settled":
        body = _beside(draw, body, draw.one(ASIDES[piece.other]))
    if piece.form == "question" and piece.lang == "en" and draw.chance(0.45):
        background = draw.one(BACKGROUND)
        body = f"{background} {body}" if draw.chance(0.4) else f"{body} {background}"
    if piece.trap == "injection":
        body = f"{draw.one(INJECTIONS).replace('{wrong}', piece.other)} {body}"
    if piece.lang != "en" or piece.core.startswith(("[", "Table", "Draft")):
        return body
    opening = f"{draw.one(OPENINGS[piece.channel])} " if draw.chance(0.55) else ""
    if opening and piece.channel == "email":
        opening = opening[:-1] + draw.one((" ", "\n"))
    closing = draw.one((" ", "\n")) + draw.one(CLOSINGS[piece.channel]) if draw.chance(0.5) else ""
    return f"{opening}{body}{closing}"


def _beside(draw: Draw, body: str, aside: str) -> str:
    said = f"{aside[0].upper()}{aside[1:]}"
    match draw.number(0, 3):
        case 0:
            return f"{said}, I know. But: {body}"
        case 1:
            return f"{body} ({said}, so don't bother with that.)"
        case 2:
            return f"{said}. One thing is open: {body}"
        case _:
            return f"{body} To be clear: {aside}."


def _noisy(draw: Draw, piece: Piece, text: str, facts: dict[str, str]) -> str:
    kept = [w.lower() for w in (facts["firm"] + " " + facts["name"]).split()]
    if piece.noise == "scan":
        return noise.scanned(draw, text, width=draw.number(38, 60), share=0.3, keep=kept)
    if piece.channel == "chat" and piece.form != "clause" and draw.chance(0.5) and piece.trap != "injection":
        text = noise.chatty(text)
    return noise.typos(draw, text, share=0.18, keep=kept) if piece.noise == "typos" else text
