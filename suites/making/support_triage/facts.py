"""What is true of a message before anybody words it: queue, situation, channel, language, noise, trap, names, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from suites.making.draws import Deck, Draw
from suites.making.support_triage.wording import FOREIGN, PEOPLE, SITUATIONS

SEED = "support-triage/2"
EACH = 16
"""Generated test items of a queue."""
_CONFUSED = {
    "billing": ("refund", "cancellation"),
    "refund": ("cancellation", "delivery"),
    "delivery": ("refund", "cancellation"),
    "account_access": ("cancellation", "billing"),
    "bug_report": ("account_access", "delivery", "product_question"),
    "product_question": ("bug_report", "cancellation"),
    "cancellation": ("bug_report",),
}
_DENIABLE = {"cancellation": ("end_plan", "no_renewal", "trial")}
"""Situations that a denial leaves consistent, where not all are."""
_BARE = {"spam": "form", "small_talk": "chat", "empty": "email"}
"""Situations whose texts come without greeting, closing or noise, and their channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """The facts of one message."""

    number: int
    queue: str
    situation: str
    """Empty for foreign messages, whose bank is by queue alone."""
    core: str
    """The way to say it; no two messages share one."""
    lang: str
    channel: str
    noise: str
    trap: str
    other: str
    """The queue that a trap brings in, or the queue itself."""
    name: str


def messages() -> Iterator[Message]:
    """The facts of every generated message, queue by queue in turn."""
    by_queue = [list(_of(queue)) for queue in SITUATIONS]
    for number, group in enumerate(zip(*by_queue, strict=True)):
        for place, make in enumerate(group):
            yield _message(number * len(by_queue) + place, *make)


def _of(queue: str) -> Iterator[tuple[str, str, str, str, str]]:
    """(queue, situation, core, language, trap) of a queue's messages, each core once."""
    draw = Draw(SEED, queue)
    foreign = [(lang, core) for lang, queues in FOREIGN.items() for core in queues.get(queue, ())]
    cores = _dealt(draw, queue)
    rows = [(queue, "", core, lang, "none") for lang, core in foreign]
    traps = _traps(queue)
    while len(rows) < EACH:
        situation, core = next(cores)
        fits = [t for t in traps if t != "negation" or situation in _DENIABLE.get(queue, (situation,))]
        trap = fits[0] if fits else "none"
        traps = [t for n, t in enumerate(traps) if n != (traps.index(trap) if trap in traps else -1)]
        rows.append((queue, situation, core, "en", trap))
    yield from draw.shuffled(rows)


def _dealt(draw: Draw, queue: str) -> Iterator[tuple[str, str]]:
    """Cores in such an order that situations take turns."""
    left = {s: draw.shuffled(ways) for s, (ways, _) in SITUATIONS[queue].items()}
    while any(left.values()):
        for situation in draw.shuffled([s for s, ways in left.items() if ways]):
            yield situation, left[situation].pop()


def _traps(queue: str) -> list[str]:
    if queue == "out_of_scope":
        return ["injection", "injection"]
    return ["two_requests", "negation", "two_requests", "negation", "injection"]


def _message(number: int, queue: str, situation: str, core: str, lang: str, trap: str) -> Message:
    draw = Draw(SEED, number)
    if situation in _BARE:
        return Message(
            number=number, queue=queue, situation=situation, core=core, lang=lang, channel=_BARE[situation],
            noise="none", trap=trap, other=draw.one(tuple(_CONFUSED)) if trap != "none" else queue, name="",
        )  # fmt: skip
    channel = draw.weighted(
        {"email": 4.0, "chat": 3.0, "form": 2.0, "voicemail": 0.0 if lang != "en" or trap != "none" else 1.6}
    )
    noise = "transcript" if channel == "voicemail" else _noise(draw, channel, lang)
    confused = _CONFUSED.get(queue, tuple(_CONFUSED))
    other = draw.one(confused if trap == "negation" else [q for q in _CONFUSED if q != queue])
    return Message(
        number=number, queue=queue, situation=situation, core=core, lang=lang, channel=channel, noise=noise,
        trap=trap, other=other if trap != "none" else queue, name=draw.one(PEOPLE),
    )  # fmt: skip


def _noise(draw: Draw, channel: str, lang: str) -> str:
    if channel == "chat":
        return "typos" if lang == "en" and draw.chance(0.5) else "none"
    if channel == "email":
        return draw.weighted(
            {
                "none": 5.0,
                "signature": 2.0 if lang == "en" else 0.0,
                "quoted_thread": 1.6 if lang == "en" else 0.0,
                "typos": 0.6 if lang == "en" else 0,
            }
        )
    return "none"


def numbers(message: Message) -> dict[str, str]:
    """Amounts, dates and ids of a message."""
    from suites.making.support_triage.wording import PRODUCTS, ROOMS

    draw = Draw(SEED, "numbers", message.number)
    cents = draw.one((0, 50, 90, 95, 99, 20, 45))
    amount = f"{draw.number(4, 220)}.{cents:02d}"
    day, month = draw.number(1, 28), draw.number(1, 12)
    deck = Deck(draw, PRODUCTS)
    return {
        "product": deck.deal(), "room": draw.one(ROOMS), "order": str(draw.number(60100, 69900)),
        "amount": amount if message.lang == "en" else amount.replace(".", ","),
        "date": _date(draw, message.lang, day, month), "days": str(draw.number(6, 23)), "name": message.name,
    }  # fmt: skip


_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
}


def _date(draw: Draw, lang: str, day: int, month: int) -> str:
    if lang == "de":
        return f"{day}.{month}."
    name = _MONTHS[lang].split()[month - 1]
    if lang == "es":
        return f"{day} de {name}"
    if lang == "en":
        return draw.one(
            (f"{day} {name}", f"{name} {day}", f"the {_ordinal(day)} of {name}", f"{day} {name[:3]}")
        )
    return f"{day} {name}"


def _ordinal(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day not in (11, 12, 13) else 0, "th")
    return f"{day}{ending}"
