"""Makes right and wrong answers to items of extraction; imports no scorer, comparator nor reader.

What is right follows from how an answer is made: a right one holds the target, each value written in a way
that its comparator documents, as its one answer. A wrong one holds one value that says something else, or holds
the target where it is no answer: in unfinished reasoning, inside of broken JSON, beside another answer, denied,
taken back.
"""

# ruff: noqa: E501 - lists of texts are read side by side

from __future__ import annotations

import datetime
import json
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.credit_case import REASONING, Case

Variant = tuple[str, Any]
"""Way of being right or wrong, and the value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of field: its comparator, its targets, and how they are said rightly and wrongly."""

    comparator: Any
    target: Callable[[random.Random], Any]
    right: Callable[[random.Random, Any], Variant]
    wrong: Callable[[random.Random, Any], Variant]
    schema: Any = True


class Raw(str):
    """A number as it is written into the JSON text."""


NAMES = (
    "Acme Ltd", "Größe 12", "Rösterei Falk", "INV-0042", "0042", "C++", "C#", "-1", "007 Bond", "naïve café", "Zoë O'Neil",
    "ดีมาก", "कल की बात", "हिंदी 12", "محمد علي", "北京 12号", "Привет мир", "Łódź", "São Paulo", "İstanbul", "ΑΒΓ 3", "+49 30 1234",
    "bolt M8 x 40", "a/b test", 'say "hi"', "x {y} [z]", "back\\slash", "</think> b", "Answer: 5", "👍🏽 ok", "null", "true", "N/A", "12.50",
)  # fmt: skip
WORDS = ("Ulm", "Köln", "zeta", "11", "दिन", "東京", "Ωmega")
NOTHINGS: tuple[Any, ...] = ("", "N/A", "null", "none", "-", 0, False, "unknown")


def _exactly(_rng: random.Random, target: Any) -> Variant:
    return "as it is", target


def _bare_marks(text: str) -> str:
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))


def _changed_texts(rng: random.Random, text: str) -> list[Variant]:
    """Texts that differ whatever letter case, white space and composition."""
    at = rng.randrange(len(text))
    digits = [i for i, c in enumerate(text) if c.isdecimal()]
    ways: list[Variant] = [
        ("letter dropped", text[:at] + text[at + 1 :]),
        ("letter doubled", text[: at + 1] + text[at:]),
        ("letter changed", text[:at] + rng.choice("qxjЖ7") + text[at + 1 :]),
        ("word added", f"{text} {rng.choice(WORDS)}"),
        ("word before", f"not {text}"),
        ("sign before", f"-{text}"),
        ("other text", rng.choice(WORDS)),
        ("marks dropped", _bare_marks(text)),
        ("mark added", f"{text}\u0301"),
        ("zero before", f"0{text}"),
        ("zeros dropped", text.lstrip("0")),
        ("look-alike", text.replace("A", "\u0391").replace("o", "\u043e").replace("c", "\u0441")),
        ("nothing", rng.choice(NOTHINGS)),
        ("in a list", [text]),
        ("in an object", {"value": text}),
    ]
    if digits:
        i = rng.choice(digits)
        ways.append(
            ("digit changed", text[:i] + str((int(text[i]) + rng.randint(1, 9)) % 10) + text[i + 1 :])
        )
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        ways.append(("number for text", float(text)))
    return ways


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _wrong_by(same: Callable[[str], str]) -> Callable[[random.Random, Any], Variant]:
    def wrong(rng: random.Random, target: Any) -> Variant:
        ways = _changed_texts(rng, target)
        if same is str:
            ways += [
                ("case changed", target.swapcase()),
                ("space added", f" {target}"),
                ("space inside", target + "  "),
            ]
        if same is _space:
            ways += [("case changed", target.swapcase())] * 3
        fitting = [(w, v) for w, v in ways if not isinstance(v, str) or same(v) != same(target)]
        return rng.choice(fitting)

    return wrong


def _space(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _casefold_right(rng: random.Random, target: Any) -> Variant:
    ways = [
        target,
        target.casefold(),
        target.replace(" ", "  \n"),
        f" {target}\u00a0",
        unicodedata.normalize("NFD", target),
    ]
    if target.isascii():
        ways += [target.upper(), target.swapcase()]
    return "folded", rng.choice(ways)


def _space_right(rng: random.Random, target: Any) -> Variant:
    return "spaced", rng.choice(
        [target, f"{target} ", target.replace(" ", "\u2003\t"), unicodedata.normalize("NFD", target)]
    )


def _integer(rng: random.Random) -> int:
    return rng.choice(
        [
            rng.randint(0, 9),
            rng.randint(-99, 999),
            rng.randint(10**12, 10**13),
            2**53 + rng.randint(-3, 9),
            rng.randint(10**17, 10**20),
            1,
            0,
        ]
    )


def _integer_right(rng: random.Random, target: int) -> Variant:
    return rng.choice(
        [("as it is", target), ("with .0", Raw(f"{target}.0")), ("with exponent", Raw(f"{target}.00e0"))]
    )


def _near_integers(rng: random.Random, target: int) -> list[Variant]:
    other = target + rng.choice([-1, 1, 2, -2, 10, 1000, target or 7])
    return [
        ("other integer", other),
        ("other integer with .0", Raw(f"{other}.0")),
        ("sign", -target if target else 5),
        ("half", Raw(f"{target}.5")),
        ("tiny fraction", Raw(f"{target}.{'0' * rng.randint(1, 25)}1")),
        ("times ten", target * 10 if target else 10),
        ("last digit", (target // 10) * 10 + (target + rng.randint(1, 9)) % 10),
        ("digit lost", Raw(f"{target}.0e1") if target else 1),
    ]


def _integer_wrong(rng: random.Random, target: int) -> Variant:
    ways = [
        *_near_integers(rng, target),
        ("text", str(target)),
        ("list", [target]),
        ("true", True),
        ("false", False),
        ("nothing", rng.choice(NOTHINGS[:5])),
    ]
    return rng.choice(ways)


def _digits(text: str, rng: random.Random) -> str:
    zero = rng.choice([0xFF10, 0x0660, 0x0966, 0x06F0, 0x0E50])
    return "".join(chr(zero + int(c)) if c in "0123456789" else c for c in text)


def _number_texts(rng: random.Random, text: str) -> list[str]:
    ways = [text, f" {text} ", text.replace("-", "\u2212"), _digits(text, rng)]
    if "." in text:
        ways += [text + "0", re.sub(r"^(-?)0\.", r"\1.", text)]
    return ways


def _number(rng: random.Random) -> int | float:
    return rng.choice([_integer(rng), rng.randint(-999, 99999) / 100, rng.randint(1, 99) / 100])


def _number_right(rng: random.Random, target: int | float) -> Variant:
    return rng.choice([("as it is", target), ("as text", rng.choice(_number_texts(rng, _plain(target))))])


def _plain(number: int | float) -> str:
    return str(number) if isinstance(number, int) or "e" not in str(number) else f"{number:.12f}".rstrip("0")


SPOILED = (
    "not {}", "max {}", "min. {}", "from {}", "at least {}", "up to {}", "approx. {}", "ca. {}", "~{}", "≈{}", "<{}", "> {}", "{}+", "{} or 6",
    "5 or {}", "{}-{}", "{} - 99", "{} to 99", "{}k", "{}%", "{} Mio", "{} mln", "{} million", "{}M", "{} off", "{} pcs", "{} kg", "{} each",
    "no {}", "{}²", "{}½", "{}/2", "{}:00", "#{}", "{}x", "x{}", "{} per month", "{}, 99", "{}; 99", "{} {}", "{}e", "0x{}", "{}!", "±{}", "--{}",
    "top {}", "all {}", "TOP {}", "ALL {}", "{} cup", "{} pen", "about {}", "nearly {}", "over {}", "{} and more", "({}", "{} und 5", "{} kr", "{} Rs",
    "{} XYZ", "{} ABC", "ABC {}", "{} EUR USD", "USD {} EUR", "€{}$", "{} p", "{} Pf", "{}\u20e3", "{}‰", "½{}", "{} ct", "- -{}",
)  # fmt: skip


def _number_wrong(rng: random.Random, target: int | float) -> Variant:
    text = _plain(target)
    if isinstance(target, int):
        way, other = rng.choice(_near_integers(rng, target))
    else:
        way, other = rng.choice(
            [
                ("other fraction", round(target + 0.01, 2)),
                ("sign", -target),
                ("times ten", round(target * 10, 3)),
                ("rounded", round(target) + 1),
            ]
        )
    said = other if isinstance(other, Raw) else _plain(other)
    return rng.choice(
        [
            (way, other),
            (f"{way} as text", rng.choice(_number_texts(rng, said))),
            ("spoiled", rng.choice(SPOILED).format(text, text)),
            ("zero before", f"0{text.lstrip('-')}"),
            ("true", True),
            ("nothing", rng.choice(("", "N/A", "null", None, "-", []))),
            ("digits of two scripts", f"1{_digits('1', rng)}"),
        ]
    )


def _tolerant(absolute: float) -> Kind:
    def right(rng: random.Random, target: float) -> Variant:
        off = rng.choice([0, absolute, -absolute, absolute / 2])
        return "within", Raw(f"{target + off:.4f}")

    def wrong(rng: random.Random, target: float) -> Variant:
        off = rng.choice([1, -1]) * (absolute + rng.choice([0.0001, 0.01, 1, 100]))
        return rng.choice(
            [("just beyond", Raw(f"{target + off:.4f}")), ("beyond as text", f"{target + off:.4f}")]
        )

    return Kind(
        comparator={"number": {"absolute": absolute}},
        target=lambda rng: rng.randint(-9999, 99999) / 100,
        right=right,
        wrong=wrong,
    )


SIGNS = {
    "EUR": ("€", "EUR", "eur", "euro"), "USD": ("$", "US$", "USD", "\\$", "dollars"), "GBP": ("£", "GBP", "pounds"), "CHF": ("CHF", "Fr.", "SFr."),
    "JPY": ("¥", "JPY", "円", "yen"), "INR": ("₹", "INR"), "PLN": ("zł", "PLN"), "CAD": ("CAD", "C$", "CA$"), "AUD": ("AUD", "A$"), "SEK": ("SEK",),
}  # fmt: skip


def _money(rng: random.Random) -> Any:
    cents = rng.choice([rng.randint(1, 99), rng.randint(100, 99_999), rng.randint(100_000, 10**9)])
    cents = cents if rng.random() < 0.7 else max(cents // 100, 1) * 100
    cents = -cents if rng.random() < 0.15 else cents
    if rng.random() < 0.5:
        return cents / 100 if cents % 100 else cents // 100
    return f"{rng.choice(sorted(SIGNS))} {cents / 100:.2f}"


def _parts(target: Any) -> tuple[int, str | None]:
    """Cents and currency of a target."""
    if isinstance(target, str):
        code, _, amount = target.partition(" ")
        return round(float(amount) * 100), code
    return round(target * 100), None


def _amount(rng: random.Random, cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    if rest == 0 and whole < 1000 and rng.random() < 0.5:
        said = str(whole)
    else:
        group, mark = rng.choice(
            [
                ("", "."),
                ("", ","),
                (",", "."),
                (".", ","),
                (" ", ","),
                ("'", "."),
                ("\u00a0", ","),
                ("\u202f", ","),
                ("’", "."),
            ]
        )
        said = f"{whole:,}".replace(",", group) + f"{mark}{rest:02d}"
        if whole == 0 and rng.random() < 0.3:
            said = said[1:]
    return _digits(said, rng) if rng.random() < 0.1 else said


def _said_money(rng: random.Random, cents: int, code: str | None) -> str:
    amount = _amount(rng, cents)
    sign = rng.choice(SIGNS[code]) if code else ""
    gap = rng.choice(["", " ", "\u00a0"]) if sign else ""
    gap = " " if sign and not amount[0].isdecimal() else gap
    said = rng.choice([f"{sign}{gap}{amount}", f"{amount}{gap}{sign}"])
    if cents < 0:
        said = rng.choice([f"-{said}", f"\u2212{said}", f"({said})"])
    return said


def _money_right(rng: random.Random, target: Any) -> Variant:
    cents, code = _parts(target)
    if code is None and rng.random() < 0.5:
        return "as it is", target
    return "said", _said_money(rng, cents, code or rng.choice([None, *SIGNS]))


def _money_wrong(rng: random.Random, target: Any) -> Variant:
    cents, code = _parts(target)
    shown = code or rng.choice([None, None, *SIGNS])
    other = rng.choice(
        [
            c
            for c in (cents + 1, cents - 1, cents + 100, cents * 10, cents * 100, -cents, cents + 10**6)
            if c not in (cents, 0)
        ]
    )
    ways: list[Variant] = [
        ("other amount", _said_money(rng, other, shown)),
        ("spoiled", rng.choice(SPOILED).format(_amount(rng, cents), _amount(rng, cents))),
        ("nothing", rng.choice(("", "N/A", None, "-", True))),
        ("other number", other / 100),
    ]
    if code:
        stranger = rng.choice([c for c in SIGNS if c != code])
        ways += [
            ("other currency", _said_money(rng, cents, stranger)),
            ("no currency", cents / 100),
            ("no currency", _amount(rng, cents)),
        ]
        ways += [("two currencies", f"{code} {_amount(rng, cents)} {stranger}")]
    return rng.choice(ways)


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "abbr": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}


def _said_date(rng: random.Random, day: datetime.date) -> str:
    language = rng.choice(list(MONTHS))
    month = MONTHS[language].split()[day.month - 1]
    d, m, y = day.day, day.month, day.year
    ordinal = "th" if 11 <= d <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
    ways = [
        day.isoformat(), f"{y}/{m}/{d}", f"{y}.{m:02d}.{d:02d}", f"{y}年{m}月{d}日", f"{y}년 {m}월 {d}일", f"{d} {month} {y}", f"{d}. {month} {y}",
        f"{month} {d}, {y}", f"{month} {d}{ordinal}, {y}", f"{d}-{month}-{y}", f"{d} de {month} de {y}", f"{month.upper()} {d} {y}",
        f"{day:%A}, {d} {month} {y}", f"{day.isoformat()}T23:59:00Z", f"{day.isoformat()} 10:00", f"{d} {month} {y}, 14:30", f"the {d}{ordinal} of {month} {y}",
        f"{day:%Y%m%d}", _digits(f"{y}-{m:02d}-{d:02d}", rng),
    ]  # fmt: skip
    if d > 12:
        ways += [f"{d}/{m}/{y}", f"{m:02d}/{d}/{y}", f"{d}.{m:02d}.{y}"]
    if 1970 <= y < 2068 and language == "en":
        ways += [f"{d} {month} {y % 100:02d}", f"{d}-{month}-'{y % 100:02d}"]
    return rng.choice(ways)


def _date(rng: random.Random) -> str:
    return str(datetime.date(2000, 1, 1) + datetime.timedelta(days=rng.randint(0, 15000)))


def _date_right(rng: random.Random, target: str) -> Variant:
    return "said", _said_date(rng, datetime.date.fromisoformat(target))


def _other_day(rng: random.Random, day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days=rng.choice([-1, 1, 7, -7, 30, 31, 365, -365, 366, 3652, -36524]))


NO_DAY = (
    "not {}", "before {}", "until {}", "after {}", "{} or {}", "{} - {}", "{}/{}", "around {}", "{} BC", "{} or later", "ca. {}", "{}?", "{} and {}",
    "{} to {}", "by {}", "{} + 1", "week of {}", "{} (?)", "{} not", "{};{}", "from {}", "no later than {}", "{} at the latest",
)  # fmt: skip


def _date_wrong(rng: random.Random, target: str) -> Variant:
    day = datetime.date.fromisoformat(target)
    other = _other_day(rng, day)
    month = MONTHS["en"].split()[day.month - 1]
    ways = [
        ("other day", _said_date(rng, other)),
        ("spoiled", rng.choice(NO_DAY).format(_said_date(rng, day), _said_date(rng, other))),
        ("year left out", f"{day.day} {month}"),
        ("day left out", f"{month} {day.year}"),
        (
            "other weekday",
            f"{other:%A}, {day.day} {month} {day.year}" if other.weekday() != day.weekday() else "Monday",
        ),
        ("range of days", f"{day.day}-{day.day + 1} {month} {day.year}"),
        ("range of days", f"{month} {day.day}-{day.year % 100:02d}"),
        ("range of days", f"{day.isoformat()}/{other.day:02d}"),
        ("nothing", rng.choice(("", "N/A", None, "-", "tomorrow", 20260101))),
    ]
    if day.day <= 12 and day.day != day.month:
        ways += [("day or month", f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year}") for mark in "/.-"]
        ways += [("month or day", f"{day.month}{mark}{day.day}{mark}{day.year}") for mark in "/."]
        ways += [("year, day, month", f"{day.year}-{day.day:02d}-{day.month:02d}")]
    return rng.choice(ways)


def _dayfirst_right(rng: random.Random, target: str) -> Variant:
    day = datetime.date.fromisoformat(target)
    return "day first", rng.choice(
        [f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}", target, f"{day:%Y/%m/%d}"]
    )


def _dayfirst_wrong(rng: random.Random, target: str) -> Variant:
    day = datetime.date.fromisoformat(target)
    ways = [("other day", f"{_other_day(rng, day):%d/%m/%Y}")]
    if day.day <= 12 and day.day != day.month:
        ways += [("month first", f"{day:%m/%d/%Y}"), ("year, day, month", f"{day:%Y-%d-%m}")]
    return rng.choice(ways)


TRUE, FALSE = (
    (True, 1, "yes", "Yes", "TRUE", "on", "y", "t", "1", " yes "),
    (False, 0, "no", "No", "FALSE", "off", "n", "f", "0"),
)


def _boolean_right(rng: random.Random, target: bool) -> Variant:
    return "word", rng.choice(TRUE if target else FALSE)


def _boolean_wrong(rng: random.Random, target: bool) -> Variant:
    ways = [
        *(FALSE if target else TRUE),
        "maybe",
        "not yes",
        "no yes",
        2,
        -1,
        "",
        None,
        "yes and no",
        "not no",
        [target],
        Raw("0.5"),
        Raw("1.0000000000000000000001"),
    ]
    return "other", rng.choice(ways)


def _invoice(rng: random.Random) -> str:
    return f"INV-{rng.randint(0, 9999):04d}"


def _invoice_right(rng: random.Random, target: str) -> Variant:
    return "within", rng.choice([target, f"no. {target} of May", f"({target})"])


def _invoice_wrong(rng: random.Random, target: str) -> Variant:
    other = f"INV-{(int(target[4:]) + rng.randint(1, 9998)) % 10_000:04d}"
    return rng.choice(
        [
            ("other", other),
            ("digit more", f"{target}1"),
            ("digits alone", target[4:]),
            ("zeros dropped", f"INV-0{target[4:]}"),
            ("case", target.lower()),
        ]
    )


def _list_of(make: Callable[[random.Random], Any]) -> Callable[[random.Random], list[Any]]:
    return lambda rng: [*dict.fromkeys(make(rng) for _ in range(rng.randint(2, 4))), "last"]


def _permuted(rng: random.Random, target: list[Any]) -> Variant:
    return "permuted", rng.sample(target, len(target))


def _set_right(rng: random.Random, target: list[Any]) -> Variant:
    return "permuted", [*rng.sample(target, len(target)), *rng.sample(target, rng.randint(0, 1))]


def _list_wrong(rng: random.Random, target: list[Any]) -> Variant:
    at = rng.randrange(len(target))
    rest = target[:at] + target[at + 1 :]
    changed = _wrong_by(str)(rng, target[at])
    return rng.choice(
        [
            ("item dropped", rest),
            ("item added", [*target, "one more"]),
            ("item changed", [*rest, changed[1]])
            if not isinstance(changed[1], str) or changed[1] not in target
            else ("item dropped", rest),
            ("nested", [target]),
            ("joined", ", ".join(target)),
            ("empty", []),
            ("item for list", target[0]),
        ]
    )


def _unset_wrong(rng: random.Random, target: list[Any]) -> Variant:
    return rng.choice([_list_wrong(rng, target), ("item twice", [*target, target[0]])])


def _order_wrong(rng: random.Random, target: list[Any]) -> Variant:
    return rng.choice(
        [_unset_wrong(rng, target), ("turned round", target[::-1]), ("first moved", [*target[1:], target[0]])]
    )


def _span(rng: random.Random) -> dict[str, Any]:
    start = rng.randint(0, 500)
    return {"text": rng.choice(NAMES), "start": start, "end": start + rng.randint(1, 40)}


def _span_right(rng: random.Random, target: dict[str, Any]) -> Variant:
    return "within the slack", {
        **target,
        "start": target["start"] + rng.randint(-1, 1),
        "end": target["end"] + rng.randint(-1, 1),
    }


def _span_wrong(rng: random.Random, target: dict[str, Any]) -> Variant:
    key = rng.choice(["start", "end"])
    return rng.choice(
        [
            ("beyond the slack", {**target, key: target[key] + rng.choice([-2, 2, 100])}),
            ("a little beyond", {**target, key: Raw(f"{target[key] + 1}.0000001")}),
            ("offset as text", {**target, key: str(target[key])}),
            ("offset left out", {k: v for k, v in target.items() if k != key}),
            ("offset true", {**target, key: True})
            if target[key] > 2
            else ("text left out", {**target, "text": None}),
            ("other text", {**target, "text": f"{target['text']}."}),
        ]
    )


def _absent_wrong(rng: random.Random, _target: None) -> Variant:
    return "invented", rng.choice([*NOTHINGS, [""], {"a": 0}, 5, "2026-01-01", [False]])


def _absent_right(rng: random.Random, _target: None) -> Variant:
    return "no value", rng.choice([None, [], {}, [None], {"a": None}])


def _enum_wrong(rng: random.Random, target: str) -> Variant:
    return "other", rng.choice(
        [e for e in ("book", "move", "cancel", "Book", "move ", "book, move", "", None, 0) if e != target]
    )


def _item(rng: random.Random) -> dict[str, Any]:
    return {"product": rng.choice(NAMES), "quantity": rng.randint(1, 99), "price": _money(rng)}


def _items(rng: random.Random) -> list[Any]:
    made = [_item(rng) for _ in range(rng.randint(1, 4))]
    return list({i["product"]: i for i in made}.values())


def _items_right(rng: random.Random, target: list[Any]) -> Variant:
    said = [
        {**i, "price": _money_right(rng, i["price"])[1], "product": _casefold_right(rng, i["product"])[1]}
        for i in target
    ]
    return _permuted(rng, said)


def _items_wrong(rng: random.Random, target: list[Any]) -> Variant:
    said = [dict(i) for i in target]
    at = rng.randrange(len(said))
    ways: list[Callable[[], Variant]] = [
        lambda: ("item dropped", said[:at] + said[at + 1 :]),
        lambda: ("item twice", [*said, said[at]]),
        lambda: (
            "quantity",
            [
                *said[:at],
                {**said[at], "quantity": _integer_wrong(rng, said[at]["quantity"])[1]},
                *said[at + 1 :],
            ],
        ),
        lambda: (
            "price",
            [*said[:at], {**said[at], "price": _money_wrong(rng, said[at]["price"])[1]}, *said[at + 1 :]],
        ),
        lambda: (
            "key dropped",
            [*said[:at], {k: v for k, v in said[at].items() if k != "quantity"}, *said[at + 1 :]],
        ),
        lambda: ("key added", [*said[:at], {**said[at], "colour": "red"}, *said[at + 1 :]]),
    ]
    if len(said) > 1 and said[0]["quantity"] != said[1]["quantity"]:
        swapped = [
            {**said[0], "quantity": said[1]["quantity"]},
            {**said[1], "quantity": said[0]["quantity"]},
            *said[2:],
        ]
        ways += [lambda: ("swapped between items", swapped)] * 3
    return rng.choice(ways)()


def _name(rng: random.Random) -> str:
    return rng.choice(NAMES)


KINDS = {
    "text": Kind(comparator=None, target=_name, right=_exactly, wrong=_wrong_by(str)),
    "folded": Kind(comparator="casefold", target=_name, right=_casefold_right, wrong=_wrong_by(_fold)),
    "spaced": Kind(comparator="whitespace", target=_name, right=_space_right, wrong=_wrong_by(_space)),
    "similar": Kind(
        comparator={"fuzzy": 0.9},
        target=lambda rng: f"{rng.choice(NAMES[:4])} nitrile gloves of size {rng.choice('SML')}",
        right=lambda rng, t: ("one letter", t[:-9] + t[-8:]),
        wrong=lambda rng, t: ("other", rng.choice([*WORDS, f"no {t[:9]}", t[::-1], "", 5])),
    ),
    "integer": Kind(comparator=None, target=_integer, right=_integer_right, wrong=_integer_wrong),
    "number": Kind(comparator="number", target=_number, right=_number_right, wrong=_number_wrong),
    "near": _tolerant(0.005),
    "nearer": _tolerant(0.5),
    "money": Kind(comparator="money", target=_money, right=_money_right, wrong=_money_wrong),
    "date": Kind(comparator="date", target=_date, right=_date_right, wrong=_date_wrong),
    "dayfirst": Kind(comparator={"date": {"dayfirst": True}}, target=_date, right=_dayfirst_right, wrong=_dayfirst_wrong),
    "truth": Kind(comparator="boolean", target=lambda rng: rng.random() < 0.5, right=_boolean_right, wrong=_boolean_wrong),
    "invoice": Kind(comparator={"regex": r"INV-(\d+)"}, target=_invoice, right=_invoice_right, wrong=_invoice_wrong),
    "pattern": Kind(
        comparator="regex",
        target=lambda rng: r"INV-\d{4}",
        right=lambda rng, t: ("matches", _invoice(rng)),
        wrong=lambda rng, t: ("does not match", rng.choice([_invoice(rng) + "0", "x" + _invoice(rng), "INV-", "", 5, _invoice(rng).lower()])),
    ),
    "set": Kind(comparator="set", target=_list_of(_name), right=_set_right, wrong=_list_wrong),
    "list": Kind(comparator=None, target=_list_of(_name), right=_permuted, wrong=_unset_wrong),
    "order": Kind(comparator="ordered", target=_list_of(_name), right=_exactly, wrong=_order_wrong),
    "span": Kind(comparator={"span": 1}, target=_span, right=_span_right, wrong=_span_wrong),
    "absent": Kind(comparator=None, target=lambda rng: None, right=_absent_right, wrong=_absent_wrong),
    "choice": Kind(
        comparator=None, target=lambda rng: rng.choice(["book", "move", "cancel"]), right=_exactly, wrong=_enum_wrong,
        schema={"enum": ["book", "move", "cancel", "Book", "move ", "book, move", "", None, 0]},
    ),
    "items": Kind(comparator=None, target=_items, right=_items_right, wrong=_items_wrong),
}  # fmt: skip
BELOW = {"items": {"[*].product": "casefold", "[*].price": "money"}}


@dataclass(frozen=True, slots=True)
class Form:
    """Fields of one suite: name -> kind, some of them in an object below."""

    top: tuple[str, ...]
    below: tuple[str, ...]

    def contract(self) -> dict[str, Any]:
        """Return the fields of the contract."""
        below = {"type": ["object", "null"], "properties": {k: KINDS[k].schema for k in self.below}}
        return {
            "schema": {
                "type": "object",
                "properties": {**{k: KINDS[k].schema for k in self.top}, "details": below},
            }
        }

    def scorer(self) -> dict[str, Any]:
        """Return the scorer's options."""
        places = {f"$.{k}": k for k in self.top} | {f"$.details.{k}": k for k in self.below}
        declared = {
            place: KINDS[k].comparator for place, k in places.items() if KINDS[k].comparator is not None
        }
        more = {f"{place}{tail}": c for place, k in places.items() for tail, c in BELOW.get(k, {}).items()}
        return {"comparators": declared | more}


def _forms() -> tuple[Form, ...]:
    rng = random.Random("forms")
    kinds = sorted(KINDS)
    made = [Form((k,), ()) for k in kinds]
    for _ in range(25):
        drawn = rng.sample(kinds, rng.randint(2, 6))
        cut = rng.randint(1, len(drawn))
        made.append(Form(tuple(drawn[:cut]), tuple(drawn[cut:])))
    return tuple(made)


FORMS = _forms()


def make_case(rng: random.Random, *, right: bool) -> Case:
    """Return one answer of a form drawn by chance."""
    form = rng.choice(FORMS)
    kinds = [*((k, ("top", k)) for k in form.top), *((k, ("below", k)) for k in form.below)]
    target = _built(form, {place: KINDS[k].target(rng) for k, place in kinds})
    values = _values(form, target)
    good = _built(form, {place: KINDS[k].right(rng, values[place])[1] for k, place in kinds})
    way, bad = _bad(rng, form, kinds, values)
    shape, how, text = (_right_text if right else _wrong_text)(rng, good, bad, way)
    return Case(form=shape, way=how, text=text, target=target, contract=form.contract(), scorer=form.scorer())


def _built(form: Form, values: dict[tuple[str, str], Any]) -> dict[str, Any]:
    made: dict[str, Any] = {k: values["top", k] for k in form.top}
    if form.below:
        made["details"] = {k: values["below", k] for k in form.below}
    return made


def _values(form: Form, target: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {("top", k): target[k] for k in form.top} | {
        ("below", k): target["details"][k] for k in form.below
    }


def _bad(
    rng: random.Random,
    form: Form,
    kinds: list[tuple[str, tuple[str, str]]],
    values: dict[tuple[str, str], Any],
) -> tuple[str, dict[str, Any]]:
    """Return an object with one value wrong, left out or invented."""
    said = {place: KINDS[k].right(rng, values[place])[1] for k, place in kinds}
    kind, place = rng.choice(kinds)
    if rng.random() < 0.85:
        way, said[place] = KINDS[kind].wrong(rng, values[place])
        return f"{kind}: {way}", _built(form, said)
    made = _built(form, said)
    holder = made if place[0] == "top" else made["details"]
    if rng.random() < 0.5 and kind != "absent":
        value = holder.pop(kind)
        if rng.random() < 0.5:
            holder[kind + rng.choice("s_2")] = value
            return f"{kind}: key renamed", made
        return f"{kind}: key left out", made
    holder["surplus"] = rng.choice([0, "", False, "x", [0]])
    return "key invented", made


def _dumped(rng: random.Random, value: Any) -> str:
    marked = json.dumps(
        _marked(value),
        ensure_ascii=rng.random() < 0.3,
        indent=rng.choice([None, None, 2]),
        separators=rng.choice([None, (",", ":")]),
    )
    return re.sub(r'"\\u0001(.*?)\\u0001"', r"\1", marked)


def _marked(value: Any) -> Any:
    if isinstance(value, Raw):
        return f"\x01{value}\x01"
    if isinstance(value, dict):
        return {k: _marked(v) for k, v in value.items()}
    return [_marked(v) for v in value] if isinstance(value, list) else value


PROSE = (
    "{}", "Here it is: {}", "Sure! {} Anything else?", "The order reads\n{}\nas asked.", "As [see below] says: {}", "Fill {{name}} and [x]. {}", "Per [1] and [2, 3]: {} [4]",
    "Hier ist das Ergebnis: {}", "Voici le résultat : {}", "结果如下：{}", "これが結果です: {} です。", "ผลลัพธ์คือ {}", "النتيجة: {}", "Вот результат: {}", "परिणाम: {}",
    "It isn't easy, but here: {}", "x = {};", "({})", "**{}**", "- {}", "> {}", "1. {}", "Result (see [link](there)): {}", "Nothing like {{}} here: {}", '"{}"', "'{}'", "`{}`",
    "The answer is {}", "Answer: {}", "Final answer: {}", "\\boxed{{{}}}", "$\\boxed{{\\text{{{}}}}}$", "Corrected: {}", "**Final Answer:** {}", "Antwort: {}",
)  # fmt: skip
FENCES = (
    "```json\n{}\n```",
    "```\n{}\n```",
    "```JSON\n{}\n```",
    "Here:\n```json\n{}\n```\nDone.",
    "```json\n{}",
    "```json5\n{}\n```",
    "Answer:\n```json\n{}\n```",
    "```json {} ```",
)
TAGS = (
    "<answer>{}</answer>",
    "<json>\n{}\n</json>",
    "So: <result>{}</result>",
    "<output> {} </output> ok",
    "<final_answer>{}</final_answer>",
)
OVERRULED = (
    "{1}\nFinal answer: {0}", "```json\n{1}\n```\nWait, that is wrong. Final:\n```json\n{0}\n```", "First {1}, but the answer is {0}", "{1} Corrected: {0}",
    "Answer: {1}\nFinal answer: {0}", "{1}\n\n\\boxed{{{0}}}", "Answer: {1}\nCorrected answer: {0}", "{1}? No. Answer: {0}", "Example: {1}\nAnswer: {0}",
    "It is not {1}. It is {0}.", "Final answer: {1} Correction: {0}", "```json\n{1}\n```\nAnswer:\n```json\n{0}\n```", "{1}\nFinal result: {0}\nBye.",
)  # fmt: skip
TWICE = (
    "{0}\n{0}",
    "{0}\n```json\n{0}\n```",
    "Draft: {0}. And formatted: {0}",
    "Answer: {0}\nFinal answer: {0}",
)
DRAFTS = (
    "",
    "Let me see.",
    "Perhaps {}.",
    "First {} or so, [but",
    "Answer: {}",
    "{} {{broken",
    '"{}"',
    "```json\n{}\n```",
    "{}\nFinal answer: {}",
)


def _wrapped(rng: random.Random, body: str, other: str, way: str) -> tuple[str, str, str]:
    """Return form, way and text of an answer that says `body`; `other` stands in drafts."""
    shape = rng.choice(
        [
            "bare",
            "fenced",
            "tagged",
            "in prose",
            "in prose",
            "after reasoning",
            "after reasoning",
            "final statement",
            "said twice",
        ]
    )
    if shape == "bare":
        return shape, way, rng.choice(["{}", " \n{}\n", "\ufeff{}"]).replace("{}", body)
    if shape == "fenced":
        return shape, way, rng.choice(FENCES).replace("{}", body)
    if shape == "tagged":
        return shape, way, rng.choice(TAGS).replace("{}", body)
    if shape == "in prose":
        return shape, way, rng.choice(PROSE).format(body)
    if shape == "after reasoning":
        opening, closing = rng.choice(REASONING)
        draft = rng.choice(DRAFTS).format(other, other)
        begun = opening if rng.random() < 0.8 or "channel" in opening else ""
        end = "<|return|>" if "channel" in opening and rng.random() < 0.5 else ""
        outer = rng.choice(["{}", "\n\n{}", "\n```json\n{}\n```", "So: {}"]).replace("{}", body)
        return f"after {opening}", way, f"{begun}{draft}{closing}{outer}{end}"
    if shape == "final statement":
        return shape, way, rng.choice(OVERRULED).format(body, other)
    return shape, way, rng.choice(TWICE).format(body)


def _right_text(rng: random.Random, good: Any, bad: Any, _way: str) -> tuple[str, str, str]:
    return _wrapped(rng, _dumped(rng, good), _dumped(rng, bad), "right")


TORN = (
    '{{"status": None, "order": {0}}}', "{{result: {0}}}", "{{ 'order': {0} }}", '{{"note": "he said "ok"", "order": {0}}}', '{{"orders": [{1},, {0}]}}',
    "[{0}, {{bro", "[{0}, {0},]", "[{0} {0}]", "[{0}, ...]", '{{ // }} the order\n"order": {0}}}', '{{/* {{ */ "order": {0}}}', '{{"order": {0},', '{{"order": {0}',
    '```json\n{{"order": {0},\n```', '```json\n{{"order": {0},', '"status": 1, "order": {0}}}', '{{"n": NaN, "order": {0}}}', '{{"n": 1e999, "order": {0}}}',
    "{{'note': '}}', \"order\": {0}}}", '{{"note": "}}" x, "order": {0}}}', "{{{{{0}}}}}", "{{{0}}}", '\\boxed{{"status": None, "order": {0}}}', "\\boxed{{{0}, {0}}}",
    "{{'a': 1}} {0}", "[{0}", "[1, {0}", "{{“note”: “}}”, “order”: {0}}}", '{{"a": True, "b": {0}}}', '{{"a": 1 "b": {0}}}', '{{"a" {0}}}', '{{"a": .5, "b": {0}}}',
    '{{"a": 0x10, "b": {0}}}', '{{"a": 007, "b": {0}}}', '{{"a": +1, "b": {0}}}', '{{"a": "tab\t", "b": {0}}}', '{{"a": undefined, "b": {0}}}', "{{a = {0}}}",
    '{{"a": "x\\q", "b": {0}}}', "{{order => {0}}}", "{{'a': \"it's }}\", 'b': {0}}}", '[[[{0}], {{"a": ]', '{{"a": [1, 2}}, "b": {0}}}', "{{% raw %}} {{{0}}}",
    '{{"a": {0}}} }}', "{0}}}", "{0}]", "[{0}]]", "{{{{ {0} }}}}", '{{"x": None}} {0} {{"y": None}}', "{{...}} {{'x': {0}}}", "{{'x': {{}}, 'order': {0}}}", '"order": {0}', '{0}, "n": 5', "{0}.update(n=5)", '{0}["n"]', '"order": {0}, "n": 5', 'f({0}, n=5)}}',
)  # fmt: skip
WITHIN = (
    '{{"result": {0}}}',
    "[{0}]",
    '{{"order": {0}, "ok": true}}',
    "[{0}, {0}]",
    "[[{0}]]",
    '{{"draft": {0}, "final": {1}}}',
    "It is [{0}].",
)
SEVERAL = (
    "{0}\n{1}", "{1}\n{0}", "{0} or {1}", "```json\n{0}\n```\n```json\n{1}\n```", "{1}, formatted:\n```json\n{0}\n```", "Answer: {0}\nAnswer: {1}",
    "Final answer: {0}. Or rather {1}", "Example: {1}\n{0}", "<answer>{0}</answer> <answer>{1}</answer>", "Final answer: {1}\n{0}", "{0}\nCorrected: {1}",
    "\\boxed{{{0}}} or \\boxed{{{1}}}", "{0}, {1}", "{0},\n{1}\n{0}", "The schema is {1}. {0}", "Answer: {0}\nFinal answer: {1}", "{0}\nwait\n{1}",
    "{0} {{'city': 'Ulm'}}", "{0}\n{{city: Ulm}}", '{0}\n[{{"city": "Ulm"}}]', '```json\n{{}}\n```\n{0}',
)  # fmt: skip
TAKEN_BACK = (
    "It is not {}", "This isn't {}", "Das ist nicht {}", "{}\nCorrected: I cannot tell.", "{}\nFinal answer: none", "Final answer: nothing. I had {} before that. Final answer: no",
    "{}\n\\boxed{{42}}", "never {}", "The wrong answer is {}", "Ignore this: {}", "{} is wrong.", "{}\nThat is wrong.", "~~{}~~", "<!-- {} -->", "<del>{}</del>", "{} is not the answer.", "not:\n```json\n{}\n```", "{}\nFinal: n/a", "Correction: {}\nCorrection: there is no order.",
)  # fmt: skip
NO_ANSWER = (
    "",
    "I cannot help with that.",
    "null",
    "[]",
    "{{}}",
    "42",
    "No order was found.",
    "true",
    "{{",
    "[",
    "```json\n```",
)


def _wrong_text(rng: random.Random, good: Any, bad: Any, way: str) -> tuple[str, str, str]:
    right, wrong = _dumped(rng, good), _dumped(rng, bad)
    if not good or rng.random() < 0.6:
        return _wrapped(rng, wrong, right, way)
    shape = rng.choice(
        [
            "torn",
            "torn",
            "inside another value",
            "several",
            "taken back",
            "unfinished",
            "near JSON",
            "no answer",
        ]
    )
    if shape == "unfinished":
        opening, closing = rng.choice(REASONING)
        ways = [
            f"{opening}{right}",
            f"{opening} The answer is {right}",
            f"{right}{opening}hm",
            f"{opening}a{closing}b{opening}{right}",
            f"{opening}\n```json\n{right}\n```",
        ]
        ways += [f"{opening.upper()}Final answer: {right}"] if "channel" not in opening else []
        return shape, opening, rng.choice(ways if "channel" not in opening else [ways[0], ways[1], ways[4]])
    if shape == "near JSON":
        plain = json.loads(right)
        ways = [
            repr(plain),
            right.replace('"', "'"),
            right[:-1],
            right[1:],
            right[:-1] + ",}",
            "{// x\n" + right[1:],
            right[: len(right) // 2],
        ]
        ways += [
            re.sub(r'"(\w+)":', r"\1:", right),
            json.dumps(right),
            right.replace('"', '\\"'),
            right.replace('"', "“"),
            right.replace(":", "=", 1),
        ]
        text = rng.choice(ways)
        return (
            shape,
            shape,
            rng.choice(["{}", "Here: {}", "```json\n{}\n```", "Final answer: {}"]).replace("{}", text),
        )
    chosen = {
        "torn": TORN,
        "inside another value": WITHIN,
        "several": SEVERAL,
        "taken back": TAKEN_BACK,
        "no answer": NO_ANSWER,
    }[shape]
    template = rng.choice(chosen)
    # An empty object answers where nothing is asked for, and is passed over as prose before another.
    if (not _holds_value(good) and shape in ("inside another value", "no answer")) or (
        not bad and shape == "several"
    ):
        return _wrapped(rng, wrong, right, way)
    text = template.format(right, wrong)
    return (
        shape,
        template,
        rng.choice(["{}", "{}", "Here:\n{}", "{}\nDone."]).replace("{}", text) if shape == "torn" else text,
    )


def _holds_value(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_value, value.values()))
    return any(map(_holds_value, value)) if isinstance(value, list) else value is not None
