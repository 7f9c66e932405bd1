"""A request in words: which sentences, in which order, under which header, with which noise."""

from __future__ import annotations

from datetime import date, timedelta

from suites.making import noise
from suites.making.appointment_extraction import fragments as say
from suites.making.appointment_extraction.days import Said
from suites.making.appointment_extraction.facts import Request
from suites.making.appointment_extraction.frames import FRAMES, HEADERS, JOINED, WITH
from suites.making.appointment_extraction.tongues import TONGUES
from suites.making.draws import Deck, Draw


def _words(line: str) -> list[str]:
    return line.split()


_COMMA_KINDS = {"weekday_week", "in_weeks", "around", "month_end"}
_REASON_WORDS = ("knee", "check-up", "blood", "filling", "jab", "stitches", "flu shot", "shoulder", "rash", "cough",
                 "pain")  # fmt: skip
_SHORT_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Phrasebook:
    """Every bank of sentences, each dealt without repetition."""

    def __init__(self, draw: Draw) -> None:
        banks: dict[str, tuple[str, ...]] = {n: b for n, b in vars(say).items() if isinstance(b, tuple)}
        self._decks = {name: Deck(draw, bank) for name, bank in banks.items()}
        self._frames = {(lang, a): Deck(draw, b) for lang, banks in FRAMES.items() for a, b in banks.items()}

    def deal(self, bank: str) -> str:
        """The next sentence of a bank."""
        return self._decks[bank].deal()

    def frame(self, lang: str, action: str) -> tuple[str, str]:
        """The next whole message of another language, with its trap."""
        return self._frames[lang, action].deal()


def in_words(draw: Draw, book: Phrasebook, request: Request) -> tuple[str, dict[str, str]]:
    """The message with its header, and the tags that only its wording decides."""
    if request.lang != "en":
        return _foreign(draw, book, request)
    if request.channel == "form":
        return _form(draw, book, request), {"noise": "none"}
    if request.channel == "voicemail":
        return _voicemail(draw, book, request), {"noise": "transcript"}
    if request.channel == "note":
        return _note(draw, book, request), {"noise": "none"}
    if request.channel == "chat":
        return _chat(draw, book, request)
    return _email(draw, book, request)


def slot(draw: Draw, request: Request) -> tuple[str, str]:
    """The wanted day and time, joined in one of several ways: with its preposition, and without."""
    if request.day is None:
        return (draw.one(say.VAGUE),) * 2
    day, time = request.day, request.time
    if time is None:
        part = f" {draw.one(say.DAY_PARTS)}" if draw.chance(0.5) else ""
        return day.text + part, _bare(day) + part
    if request.trap == "correction":
        return _corrected(draw, request)
    if day.kind in _COMMA_KINDS:
        return f"{day.text}, {time.text}", f"{_bare(day)}, {time.text}"
    return draw.one(
        (
            (f"{day.text} {time.text}", f"{_bare(day)} {time.text}"),
            (f"{day.text} {time.text}", f"{_bare(day)}, {time.bare}"),
            (f"{time.text} {day.text}", f"{_bare(day)} {time.text}"),
            (f"{day.text}, {time.bare}", f"{_bare(day)}, {time.bare}"),
        )
    )


def _corrected(draw: Draw, request: Request) -> tuple[str, str]:
    """A time, or a day, that is taken back in the same breath."""
    if request.day is None or request.time is None:
        raise ValueError("a correction needs day and time")
    form = draw.one(say.CORRECTIONS)
    if draw.chance(0.5):
        right = f"{request.day.text} {request.time.text}"
        firsts = request.old.text, _bare(request.old)
    else:
        right = request.time.bare
        firsts = (
            f"{request.day.text} at {request.wrong.bare}",
            f"{_bare(request.day)} at {request.wrong.bare}",
        )
    return form.format(wrong=firsts[0], right=right), form.format(wrong=firsts[1], right=right)


def _bare(day: Said) -> str:
    return day.text.removeprefix("on ")


def _sentences(draw: Draw, book: Phrasebook, request: Request) -> list[str]:
    """The request and what stands around it, in the order in which it is written."""
    asked = _asked(draw, book, request)
    around = [book.deal("REASONS")] if draw.chance(0.5) and not _names_a_reason(asked) else []
    if request.trap == "distractor" or draw.chance(0.12):
        around.append(_distractor(draw, book, request))
    if request.trap == "two_parties" and draw.chance(0.6):
        around.append(book.deal("STAFF_LURES").format(lure=request.lure.said))
    if request.trap == "two_requests":
        return [*around, asked, book.deal("EXTRA_REQUESTS")]
    if request.trap == "injection":
        return [asked, *around, book.deal("INJECTIONS")]
    if request.trap == "negation":
        lure = request.old.text
        asked = f"{asked} {book.deal('NOT_THEN').format(Lure=_capital(lure), bare=_bare(request.old), Bare=_capital(_bare(request.old)))}"
    return [*around, asked] if draw.chance(0.4) else [asked, *around]


def _names_a_reason(asked: str) -> bool:
    return any(word in asked for word in _REASON_WORDS)


def _asked(draw: Draw, book: Phrasebook, request: Request) -> str:
    when, to = slot(draw, request)
    bank = {"move": "MOVE", "cancel": "CANCEL"}.get(request.action) or (
        "BOOK_FOR" if request.caller else "BOOK"
    )
    who = _whom(draw, request) if request.caller else ""
    said = book.deal(bank).format(
        slot=when,
        to=to,
        To=_capital(to),
        w=f" with {request.staff.said}" if request.staff else "",
        who=who,
        Who=_capital(who),
        old=request.old.text,
        oldbare=_bare(request.old),
    )
    if request.caller and bank != "BOOK_FOR":
        said = f"{said} The appointment is for {who}."
    return said


def _whom(draw: Draw, request: Request) -> str:
    return f"{draw.one(say.KIN['she' if request.woman else 'he'])} {request.name}"


def _distractor(draw: Draw, book: Phrasebook, request: Request) -> str:
    born = date(draw.number(1948, 2004), draw.number(1, 12), draw.number(1, 28))
    past = request.received - timedelta(draw.number(12, 120))
    later = request.received + timedelta(draw.number(70, 150))
    return book.deal("DISTRACTORS").format(born=_long(born, year=True), past=_long(past), later=_long(later))


def _long(day: date, *, year: bool = False) -> str:
    return f"{day.day} {TONGUES['en'].months[day.month - 1]}" + (f" {day.year}" if year else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def header_day(draw: Draw, day: date) -> str:
    """The day of the message as programs write it; one in four without its weekday."""
    month = TONGUES["en"].months[day.month - 1]
    short, long = _SHORT_DAYS[day.weekday()], TONGUES["en"].weekdays[day.weekday()]
    return draw.one(
        (
            f"{short}, {day.day} {month[:3]} {day.year}",
            f"{long}, {day.day} {month} {day.year}",
            f"{day.isoformat()} ({short})",
            f"{day.day} {month} {day.year}",
            f"{long} {day.day} {month} {day.year}",
        )
    )


def _clock(draw: Draw, request: Request) -> str:
    """When it was sent: at seven in the morning where it asks for the same day."""
    last = 7 if request.day and request.day.kind == "today" else 22
    return f"{draw.number(7, last):02}:{draw.number(0, 59):02}"


def _email(draw: Draw, book: Phrasebook, request: Request) -> tuple[str, dict[str, str]]:
    writer = request.caller or request.name
    head = draw.one(("Date: {}", "Sent: {}", "Received: {}")).format(header_day(draw, request.received))
    sentences = _sentences(draw, book, request)
    opener, closer = book.deal("OPENERS"), book.deal("CLOSERS")
    signed = draw.chance(0.65)
    if not signed:
        sentences.insert(0, book.deal("INTRODUCTIONS").format(name=writer))
    body = " ".join(sentences)
    if opener:
        body = f"{opener}\n{body}" if draw.chance(0.6) else f"{opener} {body}"
    end = f"{closer}\n{writer}".strip() if signed else closer.rstrip(",")
    tags = {"noise": "none"}
    if draw.chance(0.16):
        body, tags = noise.typos(draw, body, keep=_kept(request)), {"noise": "typos"}
    text = f"{head}\n\n{body}\n{end}".rstrip()
    if tags["noise"] == "typos":
        return text, tags
    if draw.chance(0.14):
        text, tags = f"{text}\n{book.deal('SMALL_PRINT')}", {"noise": "signature"}
    elif draw.chance(0.12):
        past = _long(request.received - timedelta(draw.number(20, 90)))
        quoted = book.deal("QUOTED").format(lure=f"{request.old.bare} at 10:15", past=past)
        text, tags = f"{text}\n\n{quoted}", {"noise": "quoted_thread"}
    return text, tags


def _chat(draw: Draw, book: Phrasebook, request: Request) -> tuple[str, dict[str, str]]:
    writer = request.caller or request.name
    asked = _sentences(draw, book, request)
    me = draw.one(("{} here", "it's {}", "{} btw", "this is {}")).format(writer)
    parts = [f"{me}.", *asked] if draw.chance(0.5) else [*asked, f"{me}"]
    text = " ".join(parts)
    tags = {"noise": "none"}
    if draw.chance(0.4):
        text, tags = noise.typos(draw, text, share=0.16, keep=_kept(request)), {"noise": "typos"}
    if draw.chance(0.3) and request.trap != "injection":
        text = text[0].lower() + text[1:] if not text.startswith(writer.split()[0]) else text
    head = draw.one(("[{}, {}]", "{} {}", "SMS {} {}")).format(
        header_day(draw, request.received), _clock(draw, request)
    )
    return f"{head}\n{text}", tags


def _kept(request: Request) -> set[str]:
    """Words that a typo must not touch: names, days, times, and what turns the meaning."""
    parts = [request.name, request.caller or "", request.lure.said, request.old.text, request.wrong.text]
    parts += [p.text for p in (request.day, request.time) if p]
    parts += [request.staff.said if request.staff else "", *TONGUES["en"].weekdays, *TONGUES["en"].months]
    words = {w.strip(".,'").lower() for p in parts for w in p.split()}
    return words | set(
        _words(
            "cancel instead move next week last this coming with after before swap shift push eldest youngest daughter mother neighbour grandmother father husband grandson flatmate uncle aunt accident referral letter holiday abroad retired tablets last until appointment calling rebook postpone move booked here that make mean rather calling birth born since needed delete"
        )
    )


def _form(draw: Draw, book: Phrasebook, request: Request) -> str:
    kind = {
        "book": "new appointment",
        "move": "other day for an existing appointment",
        "cancel": "cancellation",
    }
    lines = [f"{draw.one(('Patient', 'Name', 'Name of patient', 'For'))}: {request.name}"]
    if request.caller:
        lines.insert(draw.number(0, 1), f"Filled in by: {request.caller}")
    lines.append(f"{draw.one(('Request', 'Concern', 'What'))}: {kind[request.action]}")
    if request.action == "move":
        lines.append(f"{draw.one(('Booked so far', 'Old day', 'Instead of'))}: {request.old.bare}")
    day = request.day.bare if request.day else draw.one(say.VAGUE)
    time = f"{request.time.bare}" if request.time else draw.one(("-", "any", "no matter"))
    if draw.chance(0.5):
        lines.append(f"{draw.one(('Day', 'Wanted day', 'When'))}: {day}")
        lines.append(f"{draw.one(('Time', 'Hour', 'Preferred time'))}: {time}")
    else:
        lines.append(f"When: {day}" + (f", {time}" if request.time else ""))
    lines.append(
        f"With: {request.staff.said if request.staff else draw.one(('-', 'no preference', 'anybody'))}"
    )
    if request.trap == "negation":
        lines.append(f"Not possible: {request.old.bare}")
    lines.append(f"Remarks: {_remark(draw, book, request)}")
    return f"Form of {header_day(draw, request.received)}\n" + "\n".join(lines)


def _remark(draw: Draw, book: Phrasebook, request: Request) -> str:
    if request.trap == "two_parties":
        return book.deal("STAFF_LURES").format(lure=request.lure.said)
    if request.trap == "distractor":
        return _distractor(draw, book, request)
    if request.trap == "two_requests":
        return book.deal("EXTRA_REQUESTS")
    return book.deal("REASONS")


def _voicemail(draw: Draw, book: Phrasebook, request: Request) -> str:
    writer = request.caller or request.name
    sentences = _sentences(draw, book, request)
    opening = draw.one(
        ("Hello, this is {}.", "Hi, {} speaking.", "Yes, hello, my name is {}.", "Good morning, it's {}.")
    )
    closing = draw.one(("Thank you, bye.", "OK, bye bye.", "You have my number.", "That's all, thanks.", ""))
    spoken = noise.transcript(
        draw, " ".join([opening.format(writer), *sentences, closing]).replace("Dr.", "Doctor"), fillers=0.25
    )
    return f"Voicemail, {header_day(draw, request.received)}\n{spoken}"


def _note(draw: Draw, book: Phrasebook, request: Request) -> str:
    """A note that the front desk took down from a call."""
    taker = draw.one(("Renate", "Tilda", "front desk", "M. at the desk"))
    when, to = slot(draw, request)
    with_ = f" with {request.staff.said}" if request.staff else ""
    writer = request.caller or request.name
    who = f" on behalf of {request.name}" if request.caller else ""
    wants = {
        "book": draw.one(
            (
                "wants an appointment{who}{w}: {to}",
                "asks for a visit{who}{w} {slot}",
                "would come {slot}{w}{who}",
            )
        ),
        "move": draw.one(
            ("cannot come {old}, wants to move{who}: {to}{w}", "moves from {oldbare} to {to}{w}{who}")
        ),
        "cancel": draw.one(("cancels{who}: {to}{w}", "will not come {slot}{w}, cancel{who}")),
    }[request.action].format(
        who=who, w=with_, slot=when, to=to, old=request.old.text, oldbare=_bare(request.old)
    )
    extra = [_distractor(draw, book, request)] if request.trap == "distractor" else []
    if request.trap == "negation":
        extra.append(f"Not {request.old.text}.")
    if request.trap in ("two_requests", "injection"):
        extra.append(book.deal({"two_requests": "EXTRA_REQUESTS", "injection": "INJECTIONS"}[request.trap]))
    if request.trap == "two_parties":
        extra.append(f"{request.lure.said} is the family's usual doctor.")
    elif draw.chance(0.6):
        extra.append(f'Said: "{book.deal("REASONS")}"')
    head = draw.one(("Phone note {}, {}", "Note of {}, taken by {}", "Call on {} ({})")).format(
        header_day(draw, request.received), taker
    )
    return f"{head}\n{writer} {wants}. {' '.join(extra)}".replace(",.", ".").rstrip()


def _foreign(draw: Draw, book: Phrasebook, request: Request) -> tuple[str, dict[str, str]]:
    if request.day is None or request.time is None:
        raise ValueError("a message of another language names day and time")
    when = f"{request.day.text} {request.time.text}"
    trap, frame = book.frame(request.lang, request.action)
    while trap == "two_parties" and request.woman:  # these speak of a man
        trap, frame = book.frame(request.lang, request.action)
    said = frame.format(
        slot=when,
        Slot=_capital(when),
        name=request.name,
        w=_with(request),
        old=request.old.text,
        Old=_capital(request.old.text),
    )
    weekday = TONGUES[request.lang].weekdays[request.received.weekday()]
    mark = "." if request.lang == "de" else "/"
    received = f"{weekday} {request.received:%d}{mark}{request.received:%m}{mark}{request.received:%Y}"
    for apart, joined in JOINED[request.lang]:
        said = said.replace(apart, joined)
    return f"{HEADERS[request.lang].format(received)}\n{said}", {"noise": "none", "trap": trap}


def _with(request: Request) -> str:
    if request.staff is None:
        return ""
    titled, plain = WITH[request.lang]
    return (titled if request.staff.said != request.staff.name else plain).format(request.staff.name)
