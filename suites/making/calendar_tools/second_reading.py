"""The calls of a message to the assistant, read from its text alone with patterns and tables of its own.

Nothing of the generator is imported. A message is cut into sentences; what is quoted, left alone or lacks a day
or time asks for nothing; each other sentence that names an event, a person or a customer with something to do
is a call. A sentence that only gives another day or time corrects the call before it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

_NOW = date(2025, 12, 17)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {"dec": 12, "jan": 1, "feb": 2, "mar": 3}
_COUNTS = {
    w: n
    for n, w in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}
_HEADS = (
    "review|training|briefing|photo|workshop|call|critique|tour|panel|clean-up|kickoff|talk|club|planning|visit|check|hall|update|"
    "drill|signing|coffee|forum|fair|lesson|triage|council|day|shoot|hour|meeting"
)  # fmt: skip
_TITLE = re.compile(
    rf"\b((?!The |Put |Move |Block |Cancel |Drop |Scrap |Swap |Take |Create )[A-Z][a-z]+ (?:{_HEADS})\b|Onboarding|Physio|Handover|Rehearsal)"
)
_NAME = r"[A-Z][\wáéíóúãõ]+(?: (?!and\b)[A-Z][\wáéíóúãõ]+)?"
_DAY = re.compile(
    rf"(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<eve>new year's eve|last day of the year)|(?P<tom>tomorrow)|(?P<yes>yesterday)|(?P<tod>\btoday\b)|"
    rf"(?P<rel>\b(?:{'|'.join(_COUNTS)})) (?P<unit>days|weeks)(?: from (?:now|today))?|"
    r"(?:\b(?P<d1>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<m1>dec|jan|feb|mar)[a-z]*)|(?:\b(?P<m2>dec|jan|feb|mar)[a-z]* (?P<d2>\d{1,2})\b(?!:))|"
    rf"\bthe (?P<nth>\d{{1,2}})(?:st|nd|rd|th)\b(?! of)|\b(?P<wd>{'|'.join(_WEEKDAYS)})(?!,? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b(?! ?(?:noon|am|pm|minutes|hours)|[:.]\d))"
)
_TIME = re.compile(
    r"(?<![\d-])(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))?\s?(?P<half>am|pm)\b|(?<![\d-])(?P<h24>\d{1,2}):(?P<m24>\d\d)(?!\d)|(?P<noon>\bnoon\b)|"
    rf"\b(?:(?P<past>quarter|half) past )?(?P<word>{'|'.join(_COUNTS)}) in the (?P<part>morning|afternoon)"
)
_LENGTH = (
    (r"an hour and a half|1\.5 hours", 90), (r"three quarters of an hour", 45), (r"a quarter of an hour", 15),
    (r"half an hour", 30), (r"(?:an|one) hour\b", 60), (r"(?:two|2) hours", 120), (r"(?:three|3) hours", 180),
    (r"\b(\d+) minutes", 0), (r"twenty minutes", 20),
)  # fmt: skip
_ASKS_NOTHING = re.compile(
    r"\b(?:stays|leave|don't touch|nothing changes|mind you|the time i'll tell|sometime|don't know yet)\b",
    re.I,
)
_MAILS = re.compile(r"[\w.]+@[\w.]+\.example")
_PHONES = re.compile(r"(?:\+\d\d\d? )?\b555[- ]\d{4}\b")
_SIGNED = re.compile(r"\n\n(?:Best|Regards|Kind regards)\n.*", re.S)


def read(item: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The calls that the text asks for."""
    if "input" not in item:
        return None  # earlier turns are read by eye
    text = re.sub(r'"[^"]*"', " ", _SIGNED.sub("", str(item["input"])))
    text = re.sub(r"(?m)^>.*", "", text)
    text = re.sub(r"\nDay: (.*)\nStart: (.*)", r", \1, \2", text)
    text = re.sub(
        r"\n(?:Length|People): |\nEnd: ", lambda m: {"L": ", ", "P": ", with ", "E": " until "}[m[0][1]], text
    )
    text = text.replace("Title: ", "New entry: ")
    calls: list[dict[str, Any]] = []
    sentences = re.split(r"(?<=[.?!])\s+|\n", text)
    for number, sentence in enumerate(sentences):
        after = sentences[number + 1] if number + 1 < len(sentences) else ""
        if _ASKS_NOTHING.search(sentence):
            continue
        call = _call(sentence, after)
        if call:
            calls.append(call)
        elif (
            calls
            and calls[-1]["tool"] == "create_event"
            and re.match(r"(?:No|Sorry|Correction|Wait|Ah no)\b", sentence)
        ):
            _correct(calls[-1]["arguments"], sentence)
    return calls


def _call(sentence: str, after: str) -> dict[str, Any] | None:
    low = sentence.lower()
    title = _TITLE.search(sentence)
    if (
        re.search(
            r"\b(?:signed|stage|deal|at lead|to (?:lead|offer)|as lost|our offer|mark it won|is ours|said no)\b",
            low,
        )
        and not title
    ):
        return _stage(sentence, low, after)
    if (
        re.search(r"\b(?:log|phone|rang|called|phoned|voicemail)\b", low)
        and not re.search(r"number|e-mail", low)
        and not title
    ):
        return _log(sentence, low)
    if _MAILS.search(sentence) or _PHONES.search(sentence) or re.search(r"is new here|could you store", low):
        return _new_contact(sentence, after)
    if title:
        return _event(sentence, low, title[1], after)
    asked = re.search(
        rf"(?:reach|number of|look up|Look up|address for|find) ({_NAME})|(?:Give me|find) ({_NAME})'s",
        sentence,
    )
    if asked and re.search(r"reach|number|e-mail|contact|address", low):
        return _made("find_contact", name=(asked[1] or asked[2]).strip())
    return _looked_up(sentence, low)


def _stage(sentence: str, low: str, after: str) -> dict[str, Any] | None:
    company = re.search(
        r"((?!(?:The|Good|Deal|Stage|Set|Mark|Move|We|Back|Champagne|Put|They|And|Also|Then|While)\b)[A-Z]\w+(?: (?:&|[A-Z])[\w]*)*(?: Co\b)?)",
        sentence,
    )
    stage = re.search(r"\b(lead|offer|won|lost)\b", f"{low} {after.lower()}")
    if "said no" in low or "signed" in low or re.search(r"is ours", low):
        stage = re.search(r"\b(won|lost)\b", after.lower())
    return _made("set_stage", company=company[1], stage=stage[1]) if company and stage else None


def _log(sentence: str, low: str) -> dict[str, Any] | None:
    when = _days(low)
    names = [n for n in re.findall(r"[A-Z][\wáéíóúãõ]+", sentence)
             if n not in ("Log", "Phone", "Spoke", "Called", "Please", "Also", "Then", "And", "While", "Note")]  # fmt: skip
    outcome = "reached"
    if "voicemail" in low:
        outcome = "voicemail"
    elif re.search(r"no answer|nobody|didn't answer", low):
        outcome = "no_answer"
    return (
        _made("log_call", name=names[0], date=when[0].isoformat(), outcome=outcome)
        if names and when
        else None
    )


def _new_contact(sentence: str, after: str) -> dict[str, Any] | None:
    whole = f"{sentence} {after}" if not (_MAILS.search(sentence) or _PHONES.search(sentence)) else sentence
    name = re.search(
        r"(?:Save|contact:|add|Put|store|card from|^|it: |one more: |- |Then: |Also: )\s?([A-Z][a-z]+ [A-Z][a-z]+)",
        sentence,
    )
    mail, phone = _MAILS.search(whole), _PHONES.search(whole)
    if not name or not (mail or phone):
        return None
    values = {"email": mail[0].rstrip(".") if mail else None, "phone": phone[0] if phone else None}
    return _made("add_contact", name=name[1], **{k: v for k, v in values.items() if v})


def _event(sentence: str, low: str, title: str, after: str) -> dict[str, Any] | None:
    if re.search(r"\b(?:cancel|off|delete|drop|remove|scrap|rid of|gone from|strike)\b", low):
        day = _days(low)
        return _made("cancel_event", title=title, date=day[0].isoformat()) if day else None
    if re.search(
        r"\b(?:move|push|has to go|shift|reschedule|becomes|moved|swap|instead|doesn't work any more)\b", low
    ):
        return _moved(low, title)
    if "add" in low and not _days(low):
        sentence = f"{sentence} {after}"
    return _created(sentence, title)


def _moved(low: str, title: str) -> dict[str, Any] | None:
    days, times = _days(low), _times(low)
    stays = re.search(r"same day|on that day", low)
    if not days or not (stays or len(days) > 1):
        return None
    start = {"new_start": times[-1]} if times else {}
    return _made("move_event", title=title, new_date=days[-1].isoformat(), **start)


def _created(sentence: str, title: str) -> dict[str, Any] | None:
    low = sentence.lower()
    body, _, end = low.partition(" until ")
    days, times = _days(low), _times(body)
    if not days or not times:
        return None
    minutes = _minutes(low)
    if end and _times(end):
        minutes = _clock(_times(end)[0]) - _clock(times[0])
    people = re.search(rf"\b(?:with|invite) ({_NAME})(?:(?: and |, )({_NAME}))?", sentence)
    return _made("create_event", title=title, date=days[0].isoformat(), start=times[0], minutes=minutes,
                 people=[p for p in people.groups() if p] if people else [])  # fmt: skip


def _looked_up(sentence: str, low: str) -> dict[str, Any] | None:
    asks = re.search(
        r"\?|^(?:\W|\d\.|also: |then: |.*it: |.*more: )*(?:show|list|read me|i need to catch)", low
    )
    days = _days(low)
    if not asks or not days:
        return None
    person = re.search(
        r"(?:What's|Is|Does|what|like for|Show me|Has|catch|Would) (?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|[A-Z][a-z]+day)\b)([A-Z][\wáéíóúãõ]+)\b",
        sentence,
    )
    return _made("find_events", date=days[0].isoformat(), **({"person": person[1]} if person else {}))


def _correct(arguments: dict[str, Any], sentence: str) -> None:
    days, times = _days(sentence.lower()), _times(sentence.lower())
    if days:
        arguments["date"] = days[0].isoformat()
    if times:
        arguments["start"] = times[0]


def _days(low: str) -> list[date]:
    return [_day(m.groupdict()) for m in _DAY.finditer(low)]


def _day(m: dict[str, str | None]) -> date:
    if m["iso"]:
        return date.fromisoformat(m["iso"])
    if m["eve"]:
        return date(2025, 12, 31)
    if m["tom"] or m["tod"] or m["yes"]:
        return _NOW + timedelta(1 if m["tom"] else -1 if m["yes"] else 0)
    if m["rel"]:
        return _NOW + timedelta(_COUNTS[m["rel"]] * (7 if m["unit"] == "weeks" else 1))
    if m["wd"]:
        return _NOW + timedelta((_WEEKDAYS.index(m["wd"]) - _NOW.weekday() - 1) % 7 + 1)
    if m["nth"]:
        day = int(m["nth"])
        return date(2025, 12, day) if day > _NOW.day else date(2026, 1, day)
    month = _MONTHS[m["m1"] or m["m2"] or ""]
    return date(2025 if month == 12 else 2026, month, int(m["d1"] or m["d2"] or 0))


def _times(low: str) -> list[str]:
    return [_time(m.groupdict()) for m in _TIME.finditer(re.sub(r"\d+(?:st|nd|rd|th)\b", " ", low))]


def _time(m: dict[str, str | None]) -> str:
    if m["noon"]:
        return "12:00"
    if m["h24"]:
        return f"{int(m['h24']):02d}:{m['m24']}"
    if m["word"]:
        minute = {"quarter": 15, "half": 30}.get(m["past"] or "", 0)
        return f"{_COUNTS[m['word']] % 12 + (12 if m['part'] == 'afternoon' else 0):02d}:{minute:02d}"
    hour = int(m["h"] or 0) % 12 + (12 if m["half"] == "pm" else 0)
    return f"{hour:02d}:{m['m'] or '00'}"


def _minutes(low: str) -> int | None:
    for words, minutes in _LENGTH:
        found = re.search(words, low)
        if found:
            return minutes or int(found[1])
    return None


def _clock(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _made(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"tool": tool, "arguments": arguments}


def agrees(target: list[Any], second: list[Any]) -> bool:
    """Whether the second reading's calls are those of the target, one by one in any order.

    A length or people that the second reading does not find must be optional in the target.
    """
    left = list(second)
    for call in target:
        match = next((c for c in left if _fits(call, c)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _fits(call: dict[str, Any], made: dict[str, Any]) -> bool:
    wanted = {k: v if isinstance(v, dict) else {"any_of": [v]} for k, v in call["arguments"].items()}
    given = {k: v for k, v in made["arguments"].items() if v not in (None, [])}
    if call.get("tool", call.get("name")) != made["tool"] or set(given) - set(wanted):
        return False
    return all(given[k] in w["any_of"] if k in given else w.get("optional", False) for k, w in wanted.items())
