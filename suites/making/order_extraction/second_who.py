"""Who orders, from the text alone: the second reading's own patterns."""

from __future__ import annotations

import re

_W = r"[A-ZÀ-ÖØ-Þ][\w'’À-ÿ-]*"
_JOIN = r"(?: (?:&|and|of|De|de|du|La|Les|Dr\.|St\.|B&B|Co) | )"
_FIRM = rf"({_W}(?:(?: & | de | du | De | La | Dr\. | )(?:{_W}|&))+)"
_PATTERNS = (
    rf"(?:New order for|Order from|Order by|order by|On behalf of|on behalf of|Customer is|Bill to|Another order from us,|We at|Bestellung für) {_FIRM}",
    rf"\b(?:order for|ordering for|supply|reserve .*? for|to|put together .*? for|^For) {_FIRM}",
    rf"^{_FIRM} (?:would like|needs|here\b|bestellt)",
    rf"\b(?:pour|para|per|voor|für|an|Pedido de|Commande de|Ordine di|Bestelling van) {_FIRM}",
    rf"(?:[Ii]t's|[Tt]his is) {_FIRM}",
    rf"{_FIRM} here\b",
)
_LABEL = re.compile(
    r"^(?:Customer|Company|Ordered by|Client|Cust0mer|C1ient|Cllent|0rdered by|Ordered by|[\w01]+ ?by)(?:: |  )(.+(?:\n(?:[A-Z][\w&]*)$)?)",
    re.M,
)
_OWN_FORMS = re.compile(r"\b(?:Dear|Hello|Hi|Good|To whom|Guten|Buenos|Sehr) .*?(?:,|\n)")


def customer(text: str) -> str | None:
    """The firm or the person who orders."""
    if label := _LABEL.search(text):
        return " ".join(label[1].split())
    if text == text.lower():
        return _spoken(text)
    body = _OWN_FORMS.sub("", text).strip()
    body = re.sub(
        r"(?m)^(?:Kind regards|Best wishes|Many thanks|With best regards|Thank you|All the best|Thanks|Regards|Cheers|Yours),?$",
        "",
        body,
    )
    for pattern in _PATTERNS:
        if match := re.search(pattern, body, re.M):
            return _clean(match[1])
    return _signed(body)


def _clean(name: str) -> str:
    return re.sub(r" (?:I|We|Please|Total|Could|The)$", "", name).strip(" .,")


def _signed(body: str) -> str | None:
    last = body.strip().splitlines()[-1].strip()
    names = re.findall(_FIRM, last)
    return _clean(names[-1]) if names else None


def _spoken(text: str) -> str | None:
    said = re.search(
        r"(?:this is|it's|hi|hello|yes) (?!this|it)(.+?)(?: here| speaking)?(?: (?:um|uh|er|so|well|you know|right|let me see))?"
        r" (?:we need|could we|i'd like|please send)",
        text,
    )
    if not said:
        return None
    name = re.sub(r"^(?:this is|it's) ", "", said[1])
    name = re.sub(r" (?:um|uh|er|so|well|you know|right|let me see)$", "", name)
    name = re.sub(r" (?:here|speaking)$", "", name)
    return name.rpartition(" from ")[2]
