"""What is true of a piece of contract post before it is worded: owner, form, channel, language, noise, trap, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from suites.making.clause_routing.wording import (
    CITIES,
    CLAUSES,
    FIRMS,
    FOREIGN,
    NAMES,
    OUT_OF_SCOPE,
    PARTIES,
    QUESTIONS,
    UNITS,
)
from suites.making.draws import Draw

SEED = "clause-routing/1"
EACH = 13
"""Generated test items of an owner."""
OWNERS = (*CLAUSES, "out_of_scope")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """The facts of one clause, question or neither."""

    number: int
    owner: str
    form: str
    """`clause`, `question` or `neither`."""
    core: str
    """What it says; no two pieces share one."""
    lang: str
    channel: str
    noise: str
    trap: str
    other: str
    """The owner that a trap brings in, or the owner itself."""


def pieces() -> Iterator[Piece]:
    """The facts of every generated item, owners taking turns."""
    rows = {owner: list(_of(owner)) for owner in OWNERS}
    for turn in range(EACH):
        for place, owner in enumerate(OWNERS):
            yield _piece(turn * len(OWNERS) + place, owner, *rows[owner][turn])


def _of(owner: str) -> list[tuple[str, str, str]]:
    """(form, core, language) of an owner's pieces."""
    draw = Draw(SEED, owner)
    if owner == "out_of_scope":
        return [("neither", core, "en") for core in draw.some(OUT_OF_SCOPE, EACH)]
    rows = [
        ("question" if "?" in said[owner] else "clause", said[owner], lang)
        for lang, said in FOREIGN.items()
        if owner in said
    ]
    clauses, questions = draw.shuffled(CLAUSES[owner]), draw.shuffled(QUESTIONS[owner])
    while len(rows) < EACH:
        # Clauses and questions in turn, as far as both last.
        takes_clause = bool(clauses) and (len(clauses) >= len(questions) or not questions)
        rows.append(("clause", clauses.pop(), "en") if takes_clause else ("question", questions.pop(), "en"))
    return draw.shuffled(rows)


def _piece(number: int, owner: str, form: str, core: str, lang: str) -> Piece:
    draw = Draw(SEED, number)
    bare = owner == "out_of_scope" and core.startswith(("[", "Table", "Draft"))
    channel = "contract" if bare else draw.weighted(_CHANNELS[form])
    trap = "none" if bare or lang != "en" else draw.weighted(_TRAPS[form])
    if trap == "heading" and channel == "chat":
        trap = "none"
    return Piece(
        number=number, owner=owner, form=form, core=core, lang=lang, channel=channel,
        noise=_noise(draw, channel, lang), trap=trap,
        other=draw.one([o for o in CLAUSES if o != owner]) if trap != "none" else owner,
    )  # fmt: skip


_CHANNELS = {
    "clause": {"contract": 4.0, "scan": 2.0, "email": 2.0, "chat": 1.0},
    "question": {"email": 3.0, "chat": 3.0},
    "neither": {"email": 1.0, "chat": 2.0},
}
_TRAPS = {
    "clause": {"none": 5.0, "heading": 3.0, "injection": 0.9},
    "question": {"none": 4.0, "settled": 2.5, "injection": 0.4},
    "neither": {"none": 5.0, "injection": 1.0},
}


def _noise(draw: Draw, channel: str, lang: str) -> str:
    if channel == "scan":
        return "scan"
    return "typos" if channel == "chat" and lang == "en" and draw.chance(0.5) else "none"


def numbers(piece: Piece) -> dict[str, str]:
    """Parties, amounts, periods and names of a piece."""
    draw = Draw(SEED, "numbers", piece.number)
    firm = draw.number(0, len(FIRMS) - 1)
    # One contract with each firm, in which the parties are called the same throughout.
    supplier, customer = PARTIES[firm % len(PARTIES)]
    thousands = draw.one((5, 25, 50, 250, 500, 1000, 2500, 5000))
    return {
        "S": supplier, "C": customer, "S_start": _capital(supplier), "C_start": _capital(customer), "firm": FIRMS[firm], "ref": f"K-{2041 + 13 * firm}",
        "n": str(draw.one((6, 12, 18, 24, 36))), "h": str(draw.one((24, 36, 48, 72))),
        "m": str(draw.one((2, 3, 6))), "w": str(draw.number(4, 12)), "days": str(draw.one((10, 14, 21, 30, 45, 60, 90))),
        "pct": str(draw.one((2, 3, 5, 7.5, 10))), "pct2": str(draw.one((99, 99.5, 99.8, 99.9))),
        "amount": _amount(draw, piece.lang, thousands),
        "big": _amount(draw, piece.lang, 1000 * draw.one((1, 2, 3, 5, 10))), "small": f"EUR {draw.number(3, 18) * 50}", "city": draw.one(CITIES), "name": draw.one(NAMES),
        "unit": draw.one(UNITS), "date": f"{draw.number(1, 28)} {draw.one(_MONTHS)}",
    }  # fmt: skip


_MONTHS = ("January", "March", "April", "June", "July", "September", "October", "November", "December")


def _capital(party: str) -> str:
    return party[0].upper() + party[1:]


def _amount(draw: Draw, lang: str, thousands: int) -> str:
    if lang != "en":
        return f"{thousands * 1000:,}".replace(",", ".")
    return draw.one(("EUR {:,}", "GBP {:,}", "£{:,}", "€{:,}")).format(thousands * 1000)
