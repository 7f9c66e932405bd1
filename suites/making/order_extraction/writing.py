"""How sums, days, numbers and lists of goods are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from suites.making.draws import Draw
from suites.making.order_extraction.facts import Line, Order
from suites.making.order_extraction.phrases import MONTHS, WORDS

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "Fr. "}
_NAMES = {"EUR": "euros", "USD": "dollars", "GBP": "pounds", "CHF": "francs"}
_SMALL = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 8: "eight", 9: "nine", 10: "ten", 12: "twelve",
          14: "fourteen", 15: "fifteen", 16: "sixteen", 18: "eighteen", 20: "twenty", 24: "twenty four",
          25: "twenty five", 30: "thirty", 36: "thirty six", 40: "forty", 45: "forty five", 60: "sixty",
          75: "seventy five", 120: "one hundred and twenty", 150: "one hundred and fifty"}  # fmt: skip
_DOZENS = {6: "half a dozen", 12: "a dozen", 24: "two dozen", 36: "three dozen"}


def money(style: int, cents: int, currency: str) -> str:
    """A sum in one of four ways: sign first, code after, as on the continent, code first."""
    thousands = "'" if currency == "CHF" else ","
    plain = f"{cents / 100:,.2f}".replace(",", thousands)
    if style == 0:
        return f"{_SIGNS[currency]}{plain}"
    if style == 1:
        return f"{plain} {currency}"
    if style == 2 and currency == "EUR":
        return f"{cents / 100:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".") + " €"
    if style == 2 and cents % 100 == 0:
        return f"{cents // 100} {_NAMES[currency]}"
    return f"{currency} {plain}"


def day_of(draw: Draw, day: date, *, year: bool) -> str:
    """A day with its year, or without where a date line gives it."""
    month = MONTHS["en"][day.month - 1]
    if not year:
        return draw.one((f"{day.day} {month}", f"{month} {day.day}", f"{day.day} {month[:3]}"))
    forms = (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.isoformat())
    dotted = f"{day.day:02}.{day.month:02}.{day.year}"
    return draw.one((*forms, f"{day.day} {month} {day.year}", dotted))


def number(draw: Draw, quantity: int) -> str:
    """A quantity as digits, a word, or dozens."""
    if quantity in _DOZENS and draw.chance(0.3):
        return _DOZENS[quantity]
    if quantity in _SMALL and quantity <= 20 and draw.chance(0.22):
        return _SMALL[quantity]
    return str(quantity)


def in_full(quantity: int) -> str:
    """A quantity as it is spoken."""
    return _SMALL[quantity]


def listed(draw: Draw, order: Order, *, bullets: bool = False, corrected: str = "") -> str:
    """The goods, in a sentence or one a line; with a quantity that is taken back, where `corrected` says how."""
    english = order.lang == "en"
    style = draw.number(0, 4)
    each = _each(draw, order)
    lines = [_line(draw, line, style if english else 0, each) for line in order.lines]
    if corrected:
        line = order.lines[0]
        wrong = line.quantity + draw.one((1, 2, 5, 10))
        said = corrected.format(wrong=wrong, right=line.quantity, product=_packed(line))
        lines[0] = said + each(line)
    if bullets:
        mark = draw.one(("- ", "* ", ""))
        return "\n".join(f"{mark}{line}" for line in lines)
    and_ = "and" if english else str(WORDS[order.lang]["and"])
    if len(lines) == 1:
        return lines[0]
    if draw.chance(0.25) and english:
        return ", ".join(lines)
    return f"{', '.join(lines[:-1])} {and_} {lines[-1]}"


def _line(draw: Draw, line: Line, style: int, each: Callable[[Line], str]) -> str:
    price = each(line)
    if style == 3:
        return f"{line.quantity} x {_packed(line)}{price}"
    if style == 4 and not line.packaging:
        return f"{line.product} ({line.quantity} pcs){price}"
    quantity = number(draw, line.quantity) if style in (1, 2) else str(line.quantity)
    if line.packaging and "dozen" in quantity:
        quantity = str(line.quantity)
    return f"{quantity} {_packed(line)}{price}"


def _packed(line: Line) -> str:
    return f"{line.packaging} {line.product}" if line.packaging else line.product


def _each(draw: Draw, order: Order) -> Callable[[Line], str]:
    """How each line names its price, if it does."""
    if not order.unit_prices:
        return lambda line: ""
    if order.lang != "en":
        form = " " + str(WORDS[order.lang]["each"])
        return lambda line: form.format(m=money(2, line.unit_cents, order.currency))
    form, style = draw.one((" at {m} each", " ({m} each)", " @ {m}", " at {m}")), draw.number(0, 1)
    return lambda line: form.format(m=money(style, line.unit_cents, order.currency))
