"""Who is to be seen and by whom, from the text alone: the second reading's own patterns."""

from __future__ import annotations

import re

_BIG = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+"
_NAME = rf"({_BIG} {_BIG})"
_LOW = r"([a-z]+ [a-z]+)"
_KIN = (
    r"(?:my|our|mein(?:en)?|unser|mon|mi|mio|mijn) (?:son|daughter|mother|father|husband|wife|neighbour|grandson|grandmother|aunt"
    r"|uncle|flatmate|youngest|eldest|vater|sohn|père|hijo|nonno|zoon),?"
)
_SAID = (
    rf"(?:[Mm]y name is|[Tt]his is|[Ii]t's|I'm|remember me,|[Hh]ier(?: ist)?|soy|sono|met|Terminwunsch von|Termin für|streichen Sie) {_NAME}",
    rf"on behalf of {_NAME}",
    rf"{_NAME} (?:here|speaking|btw|à l'appareil)\b",
)
_SPOKEN = (
    rf"(?:my name is|this is|it's) (?!the |about |my |only )(?!not ){_LOW}",
    rf"(?:^|hello |hi |um |uh |er |so |well ){_LOW} speaking",
)
_STAFF = (
    rf"\b[Ww]ith:? (?:Dr\.|Mr|Ms)? ?({_BIG})",
    rf"\b(?:bei|avec|con|bij) (?:(?:le|el|il) )?(?:Dr\.?|dott\.|dokter)? ?({_BIG})",
)
_NOBODY = {"With", "Dr", "JSON"}


def patient(body: str) -> str | None:
    """The patient: a label, a relative, a name that is said, else the last one signed."""
    text = _own_words(body)
    if label := re.search(r"^(?:Patient|Name|Name of patient|For): (.+)$", text, re.M):
        return label[1].strip()
    if _is_transcript(text):
        return _first((rf"{_KIN} (?!goes ){_LOW}", *_SPOKEN), text)
    if kin := re.search(rf"(?i:{_KIN}) {_NAME}", text):
        return kin[1]
    return _first(_SAID, text) or _noted(text) or _signed(text)


def staff(body: str) -> str | None:
    """The doctor or therapist who is wanted, without title."""
    text = _own_words(body)
    if _is_transcript(text):
        wanted = re.findall(
            r"\bwith (doctor )?(\w+)(?! again)", re.sub(r"not with (?:doctor )?\w+ again", "", text)
        )
        names = [n for title, n in wanted if title or n not in _SPOKEN_STOPS]
        return names[0] if names else None
    text = re.sub(r"not with (?:Dr\. )?\w+ again", "", text)
    text = re.sub(r"(?:Mit freundlichen|Met vriendelijke|Viele|Beste) \w+", "", text)
    for pattern in _STAFF:
        for match in re.finditer(pattern, text):
            if match[1] not in _NOBODY:
                return match[1]
    return None


_SPOKEN_STOPS = {"you", "the", "a", "me", "my", "thanks", "him", "her"}


def _own_words(body: str) -> str:
    """Without quoted lines and without what stands below a signature line."""
    body = re.sub(r"^>.*$", "", body, flags=re.M)
    body = re.sub(r"\n--\n.*", "", body, flags=re.S)
    small = r"^(?:Sent from my|This message may|Get the app).*$"
    return re.sub(small, "", body, flags=re.M).strip()


def _is_transcript(text: str) -> bool:
    return text == text.lower() and not re.search(r"[.!?]", text) and len(text.split()) > 8


def _first(patterns: tuple[str, ...], text: str) -> str | None:
    for pattern in patterns:
        if match := re.search(pattern, text):
            return match[1]
    return None


def _noted(text: str) -> str | None:
    verbs = "wants|asks|would come|cannot|moves|cancels|will not"
    match = re.match(rf"{_NAME} (?:{verbs})", text)
    return match[1] if match else None


def _signed(text: str) -> str | None:
    names = re.findall(_NAME, re.sub(r"(?:Kind|Best|Many|Viele|Beste|Met|Mit) \w+|\bLG\b", "", text))
    return names[-1] if names else None
