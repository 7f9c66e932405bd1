"""Orders that are no letters: web forms, scanned slips, voicemails."""

from __future__ import annotations

from collections.abc import Sequence

from suites.making import noise
from suites.making.draws import Draw
from suites.making.order_extraction.facts import Order
from suites.making.order_extraction.phrases import MONTHS
from suites.making.order_extraction.writing import day_of, in_full, money

_GARBLED = (("o", "0"), ("O", "0"), ("l", "1"), ("i", "l"))


def form(draw: Draw, order: Order, remarks: Sequence[str]) -> str:
    """A web form or a purchase order, one field a line."""
    lines = [
        _title(draw, order),
        f"{draw.one(('Customer', 'Company', 'Ordered by', 'Client'))}: {order.customer}",
    ]
    if order.firm and draw.chance(0.5):
        lines.append(f"{draw.one(('Contact', 'Name of contact'))}: {order.person}")
    lines += _rows(draw, order)
    if order.total_cents is not None:
        lines.append(f"{draw.one(('Total', 'To pay', 'Sum', 'Grand total'))}: {_sum(draw, order)}")
    if order.needed:
        lines.append(
            f"{draw.one(('Needed by', 'Delivery', 'Wanted on'))}: {day_of(draw, order.needed, year=True)}"
        )
    elif draw.chance(0.5):
        lines.append("Delivery: open")
    lines += [f"{draw.one(('Remarks', 'Comment', 'Note'))}: {r}" for r in remarks]
    return "\n".join(line for line in lines if line)


def scan(draw: Draw, order: Order, remarks: Sequence[str]) -> str:
    """A slip of paper as a scanner reads it: letters of the labels garbled, never the data."""

    def label(*texts: str) -> str:
        return _garbled(draw, draw.one(texts))

    lines = [label("ORDER FORM", "Purchase order", "DELIVERY ORDER", "Order slip")]
    lines.append(f"{label('Customer', 'Client', 'Ordered by')}  {_broken(draw, order.customer)}")
    for line in order.lines:
        quantity, product = line.quantity, f"{line.packaging or ''} {line.product}".strip()
        price = f"  @ {money(1, line.unit_cents, order.currency)}" if order.unit_prices else ""
        row = draw.one((f"{quantity}   {product}", f"QTY {quantity}  {product}", f"{quantity} x {product}"))
        lines.append(row + price)
    if order.total_cents is not None:
        lines.append(f"{label('TOTAL', 'To pay', 'Total sum')}   {_sum(draw, order)}")
    if order.needed:
        lines.append(
            f"{label('Deliver by', 'Date wanted', 'Needed by')}  {day_of(draw, order.needed, year=True)}"
        )
    return "\n".join([*lines, *remarks])


def spoken(draw: Draw, order: Order) -> str:
    """A voicemail as a machine writes it down, numbers in words."""
    goods = [f"{in_full(line.quantity)} {line.packaging or ''} {line.product}" for line in order.lines]
    who = f"{order.person} from {order.customer}" if order.firm and draw.chance(0.6) else order.customer
    opening = draw.one(("Hello, this is {}.", "Hi, {} here.", "Good morning, it's {}.", "Yes, {} speaking."))
    asked = draw.one(("We need {}.", "Could we have {}, please.", "I'd like to order {}.", "Please send {}."))
    said = [opening.format(who), asked.format(" and ".join(goods))]
    if order.trap == "two_requests":
        said.append("And could somebody call me back about the last bill.")
    if order.needed:
        said.append(
            f"We need it by the {_ordinal(order.needed.day)} of {MONTHS['en'][order.needed.month - 1]} {order.needed.year}."
        )
    said.append(draw.one(("Thank you.", "Bye.", "That's all.", "Thanks, bye bye.")))
    return noise.transcript(draw, " ".join(" ".join(said).split()), fillers=0.35)


def _title(draw: Draw, order: Order) -> str:
    number = draw.number(1000, 9899)
    return draw.one((f"Order {number}", f"PO {number}", f"Web order no. {number}", "New order", ""))


def _rows(draw: Draw, order: Order) -> list[str]:
    style = draw.number(0, 3)
    rows = []
    for n, line in enumerate(order.lines, 1):
        product = f"{line.packaging or ''} {line.product}".strip()
        price = f" at {money(1, line.unit_cents, order.currency)}" if order.unit_prices else ""
        rows.append(
            (
                f"{line.quantity} x {product}{price}",
                f"Item {n}: {product} | Qty {line.quantity}{price}",
                f"{product}: {line.quantity}{price}",
                f"Pos. {n}  {line.quantity} {product}{price}",
            )[style]
        )
    return rows


def _sum(draw: Draw, order: Order) -> str:
    return money(draw.one((0, 1, 3)), order.total_cents or 0, order.currency)


def _garbled(draw: Draw, label: str) -> str:
    right, wrong = draw.one(_GARBLED)
    return label.replace(right, wrong) if draw.chance(0.7) else label


def _broken(draw: Draw, name: str) -> str:
    """Now and then a name runs over the margin."""
    head, space, last = name.rpartition(" ")
    return f"{head}\n{last}" if space and draw.chance(0.2) else name


def _ordinal(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
