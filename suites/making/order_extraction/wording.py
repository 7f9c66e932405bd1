"""An order in words: which sentences in which order, how amounts and days are written, with which noise."""

from __future__ import annotations

from datetime import date, timedelta

from suites.making import noise
from suites.making.draws import Deck, Draw
from suites.making.order_extraction import phrases as say
from suites.making.order_extraction.facts import Order
from suites.making.order_extraction.sheets import form, scan, spoken
from suites.making.order_extraction.writing import day_of, listed, money


def _words(line: str) -> list[str]:
    return line.split()


class Phrasebook:
    """Every bank of sentences, each dealt without repetition."""

    def __init__(self, draw: Draw) -> None:
        banks: dict[str, tuple[str, ...]] = {n: b for n, b in vars(say).items() if isinstance(b, tuple)}
        self._decks = {name: Deck(draw, bank) for name, bank in banks.items()}
        self._whole = {lang: Deck(draw, bank) for lang, bank in say.WHOLE.items()}

    def deal(self, bank: str) -> str:
        """The next sentence of a bank."""
        return self._decks[bank].deal()

    def whole(self, lang: str) -> str:
        """The next whole message of another language."""
        return self._whole[lang].deal()


def in_words(draw: Draw, book: Phrasebook, order: Order) -> tuple[str, str]:
    """The message, and the noise that it has."""
    if order.lang != "en":
        return _foreign(draw, book, order), "none"
    if order.channel == "voicemail":
        return spoken(draw, order), "transcript"
    if order.channel == "form":
        return form(draw, order, _lures(draw, book, order)), "none"
    if order.channel == "scan":
        return scan(draw, order, _lures(draw, book, order)), "ocr"
    if order.trap == "no_order":
        filled = book.deal("NO_ORDER").format(x=order.other.product, p=order.person, c=order.customer)
        return filled.replace(f"{order.person}, {order.person}", order.person).replace(
            f"{order.person}\n{order.person}", order.person
        ), "none"
    if order.channel == "chat":
        return _chat(draw, book, order)
    return _email(draw, book, order)


def _sentences(draw: Draw, book: Phrasebook, order: Order, *, named: bool, year: bool) -> list[str]:
    asked = book.deal("ORDER_NAMED" if named else "ORDER")
    bullets = "{bullets}" in asked
    goods = listed(
        draw, order, bullets=bullets, corrected=book.deal("CORRECTED") if order.trap == "correction" else ""
    )
    asked = asked.format(list=goods, List=goods[:1].upper() + goods[1:], bullets=goods, c=order.customer)
    rest = [_price(draw, book, order), _day(draw, book, order, year=year)]
    if draw.chance(0.4):
        rest.reverse()
    rest += _lures(draw, book, order)
    if bullets:
        return [asked + "\n" + " ".join(r for r in rest if r)]
    return [asked, *(r for r in rest if r)]


def _price(draw: Draw, book: Phrasebook, order: Order) -> str:
    if order.total_cents is None:
        return "" if order.unit_prices and draw.chance(0.5) else book.deal("NO_PRICE")
    style = draw.number(0, 3)
    total = money(style, order.total_cents, order.currency)
    if order.trap == "distractor" and draw.chance(0.6):
        other = order.total_cents * draw.one((8, 9, 11, 12, 13)) // 10
        said = book.deal("TOTAL_LURES")
        if "shipping" in said or "express" in said:
            other = min(draw.number(8, 60) * 100, order.total_cents // 5)
        elif "Net it is" in said:
            other = order.total_cents * 10 // 12
        elif "list price" in said:
            other = order.total_cents * 11 // 10
        return said.format(m=total, o=money(style, other, order.currency))
    return book.deal("TOTAL").format(m=total)


def _day(draw: Draw, book: Phrasebook, order: Order, *, year: bool) -> str:
    if order.needed is None:
        return book.deal("ANY_DAY")
    return book.deal("NEEDED").format(d=day_of(draw, order.needed, year=year))


def _lures(draw: Draw, book: Phrasebook, order: Order) -> list[str]:
    """Sentences that name what is not part of the order."""
    bank = {
        "negation": "NOT_WANTED",
        "two_requests": "ALSO",
        "two_parties": "PARTIES",
        "injection": "INJECTIONS",
    }.get(order.trap)
    if order.trap == "distractor":
        bank = draw.one(("MONEY_LURES", "DAY_LURES"))
    if bank is None:
        return []
    past = order.received - timedelta(draw.number(10, 200))
    other = draw.number(60, 2500) * 100
    return [
        book.deal(bank).format(
            x=order.other.product,
            n=order.other.quantity,
            f=order.other_firm,
            past=day_of(draw, past, year=True),
            o=money(draw.number(0, 3), other, order.currency),
        )
    ]


def _email(draw: Draw, book: Phrasebook, order: Order) -> tuple[str, str]:
    dated = order.trap == "year_end" or draw.chance(0.3)
    named = order.firm is not None and draw.chance(0.45)
    body = " ".join(_sentences(draw, book, order, named=named, year=not dated))
    opener = book.deal("OPENERS")
    body = f"{opener}\n{body}" if opener else body
    kind = "none"
    if draw.chance(0.1) and "\n-" not in body:
        body, kind = noise.typos(draw, body, keep=_kept(order)), "typos"
    text = f"{body}\n{_signed(draw, book.deal('CLOSERS'), order, named=named)}".rstrip()
    if dated:
        text = f"Date: {_header(order.received)}\n\n{text}"
    if draw.chance(0.12) and kind == "none":
        return f"{text}\n--\n{book.deal('SMALL_PRINT')}", "signature"
    if draw.chance(0.1) and kind == "none":
        past = order.received - timedelta(draw.number(10, 100))
        filled = book.deal("QUOTED").format(
            n=order.other.quantity,
            x=order.other.product,
            past=_header(past),
            o=money(1, 41900, order.currency),
        )
        return f"{text}\n\n{filled}", "quoted_thread"
    return text, kind


def _signed(draw: Draw, closer: str, order: Order, *, named: bool) -> str:
    start = f"{closer},\n" if closer else "\n"
    if order.firm is None:
        return start + order.person
    if named:
        return start + draw.one((order.person, order.firm))
    return start + draw.one((f"{order.person}\n{order.firm}", f"{order.person}, {order.firm}", order.firm))


def _chat(draw: Draw, book: Phrasebook, order: Order) -> tuple[str, str]:
    sentences = _sentences(draw, book, order, named=False, year=True)
    text = " ".join(sentences)
    me = draw.one(("{} here", "this is {}", "it's {}")).format(order.customer)
    text = f"{me}. {text}" if draw.chance(0.5) else f"{text} {me}"
    if draw.chance(0.45):
        return noise.typos(draw, text, share=0.15, keep=_kept(order)), "typos"
    return text, "none"


def _kept(order: Order) -> set[str]:
    """Words that a typo must not touch: names, goods, months and what turns the meaning."""
    parts = [order.customer, order.person, order.other_firm, order.other.product]
    parts += [line.product for line in order.lines] + [line.packaging or "" for line in order.lines]
    words = {w.strip(".,()'").lower() for p in parts for w in p.split()}
    return (
        words
        | {m.lower() for m in say.MONTHS["en"]}
        | set(
            _words(
                "here this for please deliver each total invoice euros dollars pounds francs dozen half twelve and to make that sorry purchase budget invoice credit express shipping"
            )
        )
    )


def _header(day: date) -> str:
    return f"{day.day} {say.MONTHS['en'][day.month - 1][:3]} {day.year}"


def _foreign(draw: Draw, book: Phrasebook, order: Order) -> str:
    words = say.WORDS[order.lang]
    said = book.whole(order.lang)
    goods = listed(draw, order, bullets="{bullets}" in said)
    total = needed = ""
    if order.total_cents is not None:
        total = draw.one(words["total"]).format(m=money(2, order.total_cents, order.currency))
    dated = order.trap == "year_end"
    if order.needed is not None:
        month = say.MONTHS[order.lang][order.needed.month - 1]
        stop, of = ("." if order.lang == "de" else ""), (" de" if order.lang == "es" else "")
        plain = f"{order.needed.day}{stop}{of} {month}"
        needed = draw.one(words["needed"]).format(d=plain if dated else f"{plain}{of} {order.needed.year}")
    text = said.format(list=goods, bullets=goods, c=order.customer, Total=total, Needed=needed)
    text = "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()
    return f"{str(words['head']).format(f'{order.received:%d.%m.%Y}')}\n{text}" if dated else text
