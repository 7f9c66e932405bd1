"""The queue of a message from its text alone: what is quoted, planted, put off or denied is cut, cues decide.

Shares nothing with the generator: a lexicon of its own, a speller of its own for mistyped words. A message that has
no cue, or as many for two queues, is not judged (None), and then someone must read it.
"""

from __future__ import annotations

import re
from functools import cache

from suites.making import Item

CUES: dict[str, tuple[tuple[int, str], ...]] = {
    "billing": (
        (3, r"charged? (you |me )?twice|two (charges|debits|payments)|double charge|twice this month"),
        (4, r"\binvoices?\b(?!.*attached)|\brechnung\b|\bfacture\b"),
        (3, r"on (my|the) (\w+ )?(statement|bill)\b|my bill|the visa bill|card statement|the statement says"),
        (3, r"you (took|booked)|from my card|out of my account|direct debit|kreditkarte|abgebucht|extracto|cargo de"),
        (4, r"my card expires|old card|monthly payment|pay the plan|paid for\b.*no idea|pobrano mi z karty"),
        (2, r"\bvat\b(?! gb)|tva|what is the [\d.]+|which line"),
    ),
    "refund": (
        (4, r"money.back|get my [\d.]+ back|her [\d.]+ back|geld zur(ü|u)ck|geld terug|rembours|devuelven|pay it out"),
        (3, r"\breturn(ed)?\b(?! to)|r(ü|u)cksendung|renvoy|devolver|teruggestuurd|paid back|refunded"),
        (4, r"\b(send|sent|hand) (the |it )?([\w ]+ )?back\b|i sent back|go back for the money"),
        (2, r"still waiting for the [\d.]+|money for the|voucher|shop credit|label.*printer|parcel received"),
    ),
    "delivery": (
        (3, r"\b(parcel|paket|pacco|paczka|courier|repartidor|depot|verteilzentrum)\b|sendungsverfolgung"),
        (3, r"should have been here|turn up|tracking (page|says)|signed for|delivered, left|handed the|le suivi indique"),
        (3, r"days for my|nobody handed|in pieces|soaked|has a crack|glass everywhere|zersprungen|not in the box"),
        (3, r"missing from|mounting kit|i ordered an? .* unpacked|you sent the .* in black|on its way to|\blivré\b"),
        (2, r"not in the box|on the slip|have it brought|left at the|ten(í|i)a que llegar|mia(ł|l)a by(ć|c)|manca una"),
    ),
    "account_access": (
        (4, r"log ?in to the app|wrong password|new password|(the )?login wants|code app|text message with the code"),
        (4, r"account (is )?(locked|suspended|bloqu)|locked for your safety|unlock it|i'?m blocked|signed in to my account"),
        (4, r"e-?mail address|mail address|address to a new name|account still knows|on my account that is not mine"),
        (4, r"my login was changed|his login|last tenant'?s account|can'?t sign in|button to appeal"),
        (4, r"in mein konto|passwort|compte est bloqu|iniciar sesi|accedere|password nuova"),
    ),
    "bug_report": (
        (4, r"shuts itself|white page|freezes|st(ü|u)rzt|se cierra sola|crash|drops off the network|not found"),
        (4, r"goes offline|minus \d+|counts every .* twice|reports movement|runs an hour late|come on at|hub light is"),
        (4, r"ends after one day|no sign of life|clicks like|does nothing any more|as nan|finds nothing|jumps back"),
        (4, r"toutes les deux minutes|slaat .* aan terwijl"),
    ),
    "product_question": (
        (3, r"^(\W*\w+\W+){0,14}?(will|does|is|are|can|do) (the|there|one|i|you|teachers) .*\?"),
        (3, r"\bfree plan doesn'?t|family price for plus\?|days of video|what does (the|plus)|how long does|what happens"),
        (3, r"passt der|supporte-t-il|werkt de|in stock\?|get on with hubs|discount|if one takes"),
        (1, r"still make|near leeds|upside down|cable|mounted|without the bulb|let guests"),
        (2, r"how many days|take ten"),
    ),
    "cancellation": (
        (4, r"(end|close down) (my|her|the) plus|giving notice|get out of plus|don'?t want another one|don'?t renew"),
        (4, r"plus renews by itself|stop order|before it goes out|don'?t send it|call off|free month of plus|trial ends|should stop with"),
        (4, r"pre[- ]?order|let it end|stornieren|r(é|e)silier|dar de baja|disdire"),
    ),
    "out_of_scope": (
        (5, r"cardboard|keywords|represent a fund|lucky visitor|washing machine|broadband|umbrella|waiter|\bsoup\b"),
        (5, r"apprentices|thesis|local radio|nicest i ever|merry christmas|nice weekend|team do you think|recipe"),
        (5, r"translate|poem|red wine|see below|out of the office|test test|aushilfen"),
    ),
}  # fmt: skip
"""Queue -> (weight, pattern of lower-case text)."""

_PUT_OFF = re.compile(
    r"can (wait|follow later|come whenever)|not urgent|no hurry[.]?$|another (day|story)|some other time|"
    r"whenever you like|for next year|decide later|when you have time"
)
_DENIED = re.compile(
    r"no quarrel|bill is right|isn'?t about the|don'?t want my money|^no refund|not returning anything|no complaint|"
    r"nothing was broken|i can sign in|it'?s not the password|my login works|isn'?t faulty|nothing is wrong|"
    r"^no, it'?s not broken|needn'?t explain|don'?t need advice|no question about it|not leaving you|"
    r"don'?t want to cancel|don'?t end my subscription over"
)
_PLANTED = re.compile(
    r"\[\[.*?\]\]|system note:[^.\n]*[.]?|ignore the list[^.\n]*[.\"]?|### new instruction:[^.\n]*[.]?|"
    r"\(to the machine[^)]*\)"
)


def read(item: Item) -> str | None:
    """The queue, or None where the cues do not decide."""
    text = _spelled(_own_words(str(item["input"])).lower())
    text = _PLANTED.sub(" ", text)
    kept = [s for s in _sentences(text) if not _PUT_OFF.search(s) and not _DENIED.search(s)]
    left = " ".join(kept)
    scores = {queue: sum(w for w, cue in cues if _cue(cue).search(left)) for queue, cues in CUES.items()}
    best, second = sorted(scores, key=lambda q: -scores[q])[:2]
    return best if scores[best] > scores[second] else None


def _own_words(text: str) -> str:
    """The message without what it quotes, and without the line that says who is quoted."""
    lines = text.splitlines()
    return "\n".join(
        line
        for n, line in enumerate(lines)
        if not line.startswith(">") and not (n + 1 < len(lines) and lines[n + 1].startswith(">"))
        and not line.startswith(("From: Tarnlight", "Subject:"))
    )  # fmt: skip


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in re.split(r"(?<=[.!?:;])\s+|\n+", text) if s.strip()]


@cache
def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


@cache
def _words() -> frozenset[str]:
    """Words of the lexicon, four letters and longer: what a mistyped word may be meant for."""
    patterns = [cue for cues in CUES.values() for _, cue in cues] + [_PUT_OFF.pattern, _DENIED.pattern]
    return frozenset(w for p in patterns for w in re.findall(r"(?<!\\)[a-z]{4,}", p))


def _spelled(text: str) -> str:
    return re.sub(r"[a-z]{4,}", lambda m: _meant(m[0]), text)


@cache
def _meant(word: str) -> str:
    from rapidfuzz.distance import OSA

    if word in _words():
        return word
    near = [w for w in sorted(_words()) if w[0] == word[0] and OSA.distance(w, word, score_cutoff=1) <= 1]
    # A longer form (returned for return) is a word of its own, not a slip.
    return near[0] if near and not word.startswith(near[0]) and not near[0].startswith(word) else word
