"""The facts of one order: who orders what, what it costs, when it is needed, and what makes it hard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from suites.making.draws import Deck, Draw
from suites.making.order_extraction.goods import FIRMS, GOODS, PACKAGING, PACKED, PEOPLE

CHANNELS = {"email": 52.0, "form": 14.0, "chat": 14.0, "scan": 11.0, "voicemail": 9.0}
TRAPS = {
    "none": 26.0,
    "distractor": 17.0,
    "unit_price": 11.0,
    "correction": 9.0,
    "negation": 9.0,
    "two_parties": 8.0,
    "year_end": 8.0,
    "two_requests": 6.0,
    "injection": 4.0,
    "no_order": 3.0,
}
CURRENCIES = {"EUR": 4.0, "USD": 2.0, "GBP": 3.0, "CHF": 1.0}
_FIRST, _LAST = date(2025, 11, 3), date(2026, 10, 30)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an order."""

    product: str
    quantity: int
    unit_cents: int
    packaging: str | None = None
    """"boxes of", where the goods come so."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Everything that a message says, before it is put into words."""

    received: date
    lang: str
    channel: str
    trap: str
    firm: str | None
    person: str
    lines: tuple[Line, ...]
    other: Line
    """Goods that are named and not ordered."""
    other_firm: str
    currency: str
    total_cents: int | None
    """What is to be paid, where the message says it."""
    unit_prices: bool
    """Whether each line names its price."""
    needed: date | None

    @property
    def customer(self) -> str:
        """The firm, or the person who orders for themselves."""
        return self.firm or self.person

    @property
    def priced(self) -> bool:
        """Whether any price of the order is named."""
        return self.total_cents is not None or self.unit_prices

    @property
    def target(self) -> dict[str, object]:
        """What is right."""
        spoken = self.channel == "voicemail"
        total = None if self.total_cents is None else self.total_cents / 100
        return {
            "customer": self.customer.lower() if spoken else self.customer,
            "items": [
                {"product": line.product.lower() if spoken else line.product, "quantity": line.quantity}
                for line in self.lines
            ],
            "total": int(total) if total is not None and total == int(total) else total,
            "currency": self.currency if self.priced else None,
            "needed_by": self.needed.isoformat() if self.needed else None,
        }


class Decks:
    """What is dealt without repetition, so that orders differ."""

    def __init__(self, draw: Draw, lang: str) -> None:
        self.goods = Deck(draw, GOODS[lang])
        self.packed = Deck(draw, PACKED)
        self.firms = Deck(draw, FIRMS[lang])
        self.people = Deck(draw, PEOPLE)


def order(draw: Draw, decks: Decks, lang: str) -> Order:
    """One drawn order."""
    trap = (
        draw.weighted(TRAPS)
        if lang == "en"
        else draw.weighted({"none": 5.0, "unit_price": 1.0, "year_end": 1.0})
    )
    channel = draw.weighted(CHANNELS) if lang == "en" else "email"
    if channel in ("scan", "form", "voicemail") and trap in ("injection", "correction", "no_order"):
        channel = "email"
    if channel == "voicemail" and trap != "two_requests":
        trap = "none"
    currency = draw.weighted(CURRENCIES) if lang == "en" else "EUR"
    lines = () if trap == "no_order" else _lines(draw, decks, lang, spoken=channel == "voicemail")
    stated = trap not in ("unit_price", "no_order") and channel != "voicemail" and draw.chance(0.72)
    received = _day_of_message(draw, trap)
    return Order(
        received=received,
        lang=lang,
        channel=channel,
        trap=trap,
        firm=None if trap != "two_parties" and lang == "en" and draw.chance(0.12) else decks.firms.deal(),
        person=decks.people.deal(),
        lines=lines,
        other=_line(draw, decks, lang),
        other_firm=decks.firms.deal() if trap == "two_parties" else "",
        currency=currency,
        total_cents=_total(draw, lines) if stated else None,
        unit_prices=trap == "unit_price" or (stated and len(lines) < 3 and draw.chance(0.25)),
        needed=_needed(draw, received, trap),
    )


def _lines(draw: Draw, decks: Decks, lang: str, *, spoken: bool) -> tuple[Line, ...]:
    count = draw.weighted({1: 34.0, 2: 34.0, 3: 20.0, 4: 9.0, 5: 3.0})
    drawn = {
        line.product: line
        for line in (_line(draw, decks, lang) for _ in range(min(count, 2) if spoken else count))
    }
    return tuple(drawn.values())


def _line(draw: Draw, decks: Decks, lang: str) -> Line:
    quantity = draw.one(
        (2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 24, 25, 30, 36, 40, 45, 60, 75, 120, 150)
    )
    unit = draw.number(8, 480) * draw.one((5, 10, 25))
    if lang == "en" and draw.chance(0.13):
        return Line(
            product=decks.packed.deal(), quantity=quantity, unit_cents=unit, packaging=draw.one(PACKAGING)
        )
    return Line(product=decks.goods.deal(), quantity=quantity, unit_cents=unit)


def _total(draw: Draw, lines: tuple[Line, ...]) -> int:
    total = sum(line.quantity * line.unit_cents for line in lines)
    return total // 100 * 100 if draw.chance(0.3) else total


def _needed(draw: Draw, received: date, trap: str) -> date | None:
    if trap == "year_end":
        return date(received.year + 1, 1, 2) + timedelta(draw.number(0, 45))
    return received + timedelta(draw.number(6, 80)) if trap != "no_order" and draw.chance(0.55) else None


def _day_of_message(draw: Draw, trap: str) -> date:
    if trap == "year_end":
        return date(2025, 12, 8) + timedelta(draw.number(0, 23))
    return _FIRST + timedelta(draw.number(0, (_LAST - _FIRST).days))
