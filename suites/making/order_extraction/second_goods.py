"""Goods and quantities in an order: the second reading's own parser."""

from __future__ import annotations

import re
from typing import Any

from suites.making.order_extraction.second_sums import EACH, MONEY, MONTH, code_in


def _words(line: str) -> list[str]:
    return line.split()


_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_ONES = dict(
    zip(
        _words(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
            " nineteen"
        ),
        range(1, 20),
        strict=True,
    )
)
_WORD = "(?:" + "|".join([*_TENS, *_ONES]) + ")"
_NUMBER = rf"(?:\d+|half a dozen|a dozen|(?:two|three) dozen|one hundred and {_WORD}(?: {_WORD})?|{_WORD}(?: (?:{_WORD}))?)"
_PACK = r"(?:(?:boxes|packs|cartons|bags|cases) of )?"
_PRICE = re.sub(r"\?P<\w+>", "?:", MONEY.pattern)
_END = (
    r"(?=,(?! \d{4})|;| and | und | et | y | e | en (?=\d)|\.(?:\s|$)|\n|$|\?| \?| for | to | please| ready| für | an [A-Z§]| per §| pour | para "
    r"| per [A-Z]| voor | nodig| bitte|:| um | er | uh | so | well | you know | right | let me see| we need it| thank| bye| that's all"
    r"| (?:it's|this is) (?-i:[A-Z§])| (?-i:[A-Z§])[\w&]* ?.*here$)"
)
_PRICED = (
    rf"(?:,? ?[(@]?(?: ?(?:at|à|a) )?\(?@? ?(?:{_PRICE})(?: each| pièce| la unidad| al pezzo| per stuk)?\)?)?"
)
_LINE = re.compile(
    rf"(?<![\w.,'#-])(?P<n>{_NUMBER}) (?:x )?{_PACK}(?P<p>(?!SUM|DAY)[^\W\d_][^,;\n?.(@|:·]*?){_PRICED}{_END}",
    re.M | re.I,
)
_PIECES = re.compile(r"\b(?!and )(?P<p>[^\W\d_](?:(?! and )[^,;\n?.(@|:])*?) \((?P<n>\d+) pcs\)")
_ROW = re.compile(r"^(?:Item \d+: )(?P<p>.+?) \| Qty (?P<n>\d+)", re.M)
_COLON = re.compile(r"^(?!Order|PO|Web|Pos|New)(?P<p>[^\n:|]+): (?P<n>\d+)(?= at |$)", re.M)
_SHEET = re.compile(r"^(?:Pos\. \d+  |QTY )?(?P<n>\d+)(?: x |  +| )(?P<p>[^\n@]+?)(?: at .*|  @.*)?$", re.M)
_LABELS = re.compile(
    r"^(?:Total|To pay|Sum|Grand total|Needed by|Delivery|Wanted on|Remarks|Comment|Note|Order \d|PO \d|Web order)",
    re.I,
)
_BACK = (
    (re.compile(r"\b(?P<w>\d+), no, (?P<n>\d+) "), r"\g<n> "),
    (re.compile(r"\b(?P<w>\d+) (?P<p>[^\n(]+?) \(sorry, (?P<n>\d+)\)"), r"\g<n> \g<p>"),
    (re.compile(r"\bnot (?P<w>\d+) but (?P<n>\d+) "), r"\g<n> "),
    (re.compile(r"\b(?P<w>\d+)\.\.\. ?make that (?P<n>\d+) "), r"\g<n> "),
)


def goods_in(text: str, customer: str) -> tuple[list[dict[str, Any]], str | None]:
    """The lines of the order, and the currency of their prices where they have any."""
    for pattern, kept in _BACK:
        text = pattern.sub(kept, text)
    text = _without_days(text).replace("Nr. ", "Nr° ")
    bare = text.replace(customer, "§")
    if found := list(_ROW.finditer(bare)) or _sheet(bare):
        return [_good(m) for m in found], _price_code(bare)
    body = _rest(bare.replace("* ", "").replace("- ", ""))
    found = list(_PIECES.finditer(body)) + list(_LINE.finditer(_PIECES.sub(lambda m: "·" * len(m[0]), body)))
    found.sort(key=lambda m: m.start())
    return [_good(m) for m in found], _price_code(body)


def _sheet(text: str) -> list[re.Match[str]]:
    """The rows of a form or slip: it begins with a label or title, and its goods stand alone on their lines."""
    if not re.search(
        r"(?im)^(?:customer|company|ordered by|client|cust0mer|c1ient|cllent|0rdered by|[\w01]+ ?by)\b:? ",
        text.replace("lient", "lient"),
    ):
        return []
    lines = [
        m for p in (_COLON, _SHEET) for m in p.finditer(text) if not _LABELS.match(m[0]) and "§" not in m[0]
    ]
    return sorted(
        (m for m in lines if not re.match(r"(?:T0tal|Tota1|T0 pay)", m[0])), key=lambda m: m.start()
    )


def _good(match: re.Match[str]) -> dict[str, Any]:
    product = re.sub(rf"^{_PACK}", "", match["p"].strip())
    product = re.sub(r"^(?:and|und|et|y|e|en) ", "", product)
    return {"product": _cut(product).replace("Nr° ", "Nr. "), "quantity": _number(match["n"])}


def _cut(product: str) -> str:
    return re.sub(
        r"^.*\b(?:order|would like|down for|note down|put together|supply § with|needs?|send us|send|supply|list for this month|for|take|buy|have|ship|get|hereby order) (?=\S)",
        "",
        product,
    )


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    text = text.lower()
    dozens = {"half a dozen": 6, "a dozen": 12, "two dozen": 24, "three dozen": 36}
    if text in dozens:
        return dozens[text]
    total = 100 if "hundred" in text else 0
    for word in text.replace("one hundred and", "").split():
        total += _TENS.get(word) or _ONES[word]
    return total


def _without_days(text: str) -> str:
    text = re.sub(
        rf"(?i)\b\d{{1,2}}(?:\.|st|nd|rd|th)?(?: de| of)? {MONTH}(?:(?: de)? \d{{4}})?", "DAY", text
    )
    text = re.sub(rf"(?i)\b{MONTH} \d{{1,2}}(?:, \d{{4}})?(?!\d)", "DAY", text)
    return re.sub(r"\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}", "DAY", text)


def _rest(text: str) -> str:
    """Without the sum to pay, whose digits look like a quantity."""
    return re.sub(
        rf"(?<!at )(?<!@ )(?<!\()(?<!à )(?<! a )(?:{_PRICE})(?! each| pièce| la unidad| al pezzo| per stuk|\)|, \d+ | and \d+ )",
        "SUM",
        text,
    )


def _price_code(text: str) -> str | None:
    priced = EACH.search(text) or re.search(rf"(?:@|\bat|à) (?:{_PRICE})", text)
    return code_in(priced[0]) if priced else None
