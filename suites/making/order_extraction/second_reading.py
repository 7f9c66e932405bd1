"""Reads an order from its text alone, without a line of what wrote it.

Sentences that speak of other goods, other sums and other days are cut away by their own words; goods, sums,
days and names are then read from what is left by regular expressions of this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from suites.making.order_extraction.second_goods import goods_in
from suites.making.order_extraction.second_sums import day_needed, sum_to_pay
from suites.making.order_extraction.second_who import customer

_ASIDE = re.compile(
    r"\b(this time\.$|any more|leave out|you can keep|do not send|would have liked|last month's|what would|catalogue|phone number"
    r"|came broken|do you still make|copy of the invoice|takes the parcel|recommended you|share a building|order of its own"
    r"|mix us up|gate 2|last invoice|our budget|another shop|credit note|in may were|purchase order is dated|your parcel of"
    r"|we spoke on|account no|system:|note to the program|ai agents|ignore the lines|new instructions|automatic systems"
    r"|last bill)",
    re.I,
)
"""Words of sentences that are no part of the order."""
_NOTHING = re.compile(
    r"only comparing|cancel our whole order|order nothing new|have to think about it|no order, just|no goods are needed",
    re.I,
)
_SMALL_PRINT = re.compile(r"\n--\n.*", re.S)


def read(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """The target as read a second time; None where this reading does not judge."""
    text = str(item["input"])
    own = _SMALL_PRINT.sub("", re.sub(r"(?m)^>.*\n?", "", text)).strip()
    spoken = own == own.lower()
    kept = own if spoken else "\n".join(_without_asides(line) for line in own.splitlines())
    name = customer(own if _NOTHING.search(own) else kept)
    if name is None:
        return None
    if _NOTHING.search(own):
        return {"customer": name, "items": [], "total": None, "currency": None, "needed_by": None}
    goods, price_code = goods_in(kept, name)
    total, code = sum_to_pay(kept)
    return {
        "customer": name,
        "items": goods,
        "total": total,
        "currency": code or price_code,
        "needed_by": day_needed(kept),
    }


def _without_asides(line: str) -> str:
    sentences = re.split(r"(?<=[.!?)])\s+(?=[A-Z(\-#]|it's |this is )", line)
    return " ".join(s for s in sentences if not _ASIDE.search(s))
