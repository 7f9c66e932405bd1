"""The calls of a message to the panel, read from its text alone with a lexicon and rules of its own.

Nothing of the generator is imported. A message is cut into sentences; one that is quoted, later, already done or
forbidden asks for nothing; in the others each device named with a room and a value is a call.
"""

from __future__ import annotations

import re
from typing import Any

_ROOM = (
    ("meeting_1", r"(?:big|large|larger) meeting room|meeting room (?:1|one)\b"),
    ("meeting_2", r"(?:small|smal|little) meeting room|meeting room (?:2|two)\b"),
    ("lobby", r"\blobby\b|\breception\b"),
    ("office", r"\boff?ice\b"),
    ("kitchen", r"\bkitchen\b"),
    ("workshop", r"\bworkshop\b"),
    ("store", r"\bstore\b(?! door)|\bstock room\b"),
    ("all", (r"\ball (?:the )?(?:rooms|blinds|fans|lights)\b|\ball of them|\bevery (?:room|light)\b|\beverywhere\b|"
            r"\b(?:whole|entire) building\b|\ball lights\b")),
)  # fmt: skip
_DEVICE = (
    ("door", r"\bdoor\b"),
    ("scene", r"\bscene\b"),
    ("blinds", r"\bblinds\b"),
    ("fan", r"\bfans?\b|\bventilation\b"),
    ("sensor", r"\bco2\b|\bhumid|\bdamp\b"),
    ("light", r"\blights?\b|\blamps\b|\blighting\b|\bbrightness\b|\bdim\b"),
    ("heat", r"\bheat|\bwarm\b|\bthermostat\b|\bradiators\b|\btemperature\b|\bdegrees\b|°|\bfahrenheit\b|\bthermometer\b"),
)  # fmt: skip
_LATER = re.compile(
    r"\bat \d\d:\d\d\b|\bat (?:half past|six|nine|ten)\b|\btomorrow\b|\bonce the\b|\bas soon as\b|\bwhen (?:the|it|nobody|we|you)\b|"
    r"\bin a quarter of an hour|\bin ten minutes|\bafter lunch|\bnext monday|\bevery monday|\bbefore the\b|\bif (?:it|nobody)\b|"
    r"\btonight\b|\bwhenever\b|\bunless\b|\bon thursday\b|\bnot before\b"
)
_NO = re.compile(
    r"\b(?:don't|do not|leave|keep your hands off|not a word|nothing changes|isn't for|already|taken care of|never mind|nobody asked|"
    r"only testing|no action|remember to do this)\b"
)
_BACK = re.compile(
    r"^(?:.*\b(?:scrap that|forget it|correction|i meant|instead)\b:?|strike that|.*ignore that one)", re.I
)
_SIGNED = re.compile(r"\n\n(?:best|regards|kind regards|t\. okafor)\b.*", re.I | re.S)
_SMALL = dict(zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"], range(20), strict=True))  # fmt: skip
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)")
_WORDED = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:[- ]({'|'.join(list(_SMALL)[1:10])}))?|({'|'.join(_SMALL)})|a (hundred))( point five)?\b"
)


def read(item: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The calls that the text asks for."""
    text = _SIGNED.sub("", str(item["input"]))
    text = re.sub(r'"[^"]*"', " ", "\n".join(x for x in text.splitlines() if not x.startswith(">")))
    calls: list[dict[str, Any]] = []
    where: str | None = None
    put_off = False
    for sentence in re.split(r"[.!?;](?=\s|$)|\n", text.lower()):
        if _BACK.search(sentence.strip()):
            calls = calls[:-1]
            sentence = _BACK.sub("", sentence.strip())
        put_off = put_off or "remember to do this" in sentence or "don't do anything" in sentence
        if put_off or re.search(r"taken care|nothing to do:", sentence) or _LATER.search(sentence):
            continue
        found, where = _sentence(sentence, where)
        calls += found
    return calls


def _sentence(sentence: str, where: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """The calls of a sentence, and the room that it leaves open for the next."""
    pieces = [p for p in _pieces(sentence) if not _NO.search(p)]
    rooms = _rooms(" ".join(pieces))
    shared = rooms[0] if len(rooms) == 1 else None
    found = [_call(piece, next(iter(_rooms(piece)), shared or where)) for piece in pieces]
    return [c for c in found if c], shared or where


def _pieces(sentence: str) -> list[str]:
    """A sentence cut at commas and conjunctions, so that each piece names one device."""
    if len(_devices(sentence)) <= 1 and len(_rooms(sentence)) <= 1 and not _NO.search(sentence):
        return [sentence]
    joined: list[str] = []
    for part in re.split(r",(?!\d)\s*|\s(?:and|but|then)\s", sentence):
        last = joined[-1] if joined else ""
        kinds = _devices(part)
        own = _rooms(part) and _rooms(last)  # "…, lots of air in the kitchen" begins something new
        joins = not own and (not _devices(last) or not kinds or kinds == _devices(last))
        if last and joins and not _NO.search(part) and not _NO.search(last):
            joined[-1] = f"{last}, {part}"
        else:
            joined.append(part)
    return joined


def _devices(text: str) -> list[str]:
    text = re.sub(r"\bpower\b|day ?light", " ", text)
    return [name for name, words in _DEVICE if re.search(words, text)]


def _rooms(text: str) -> list[str]:
    return [name for name, words in _ROOM if re.search(words, text)]


def _call(piece: str, room: str | None) -> dict[str, Any] | None:
    device = next(iter(_devices(piece)), None)
    if device == "door":
        return _door(piece)
    if device == "scene":
        scene = re.search(r"\b(opening|cleaning|closing)\b", piece)
        return _made("run_scene", scene=scene[1]) if scene else None
    if device is None or room is None:
        return None
    if device == "light":
        level = _level(piece)
        return None if level is None or level > 100 else _made("set_light", room=room, level=level)
    if device == "blinds":
        position = _first(piece, (("half", r"\bhalf|\bmiddle\b"), ("open", r"\bopen\b|\bup\b|\braise\b"),
                                  ("closed", r"\bclos|\bshut\b|\bdown\b|\blower\b")))  # fmt: skip
        return _made("set_blinds", room=room, position=position) if position else None
    if device == "fan":
        speed = _first(piece, (("off", r"\boff\b|\bstop\b"), ("low", r"\blow\b"), ("high", r"\bhigh\b")))
        return _made("set_fan", room=room, speed=speed) if speed else None
    return _climate(piece, room)


def _climate(piece: str, room: str) -> dict[str, Any] | None:
    """A value that is to be read, or a temperature that is to be set."""
    clean = re.sub(r"co2|meeting room \w+|as cold", " ", piece)
    numbers = _numbers(clean)
    if re.search(r"\bco2\b", piece):
        return _made("read_sensor", room=room, sensor="co2")
    if re.search(r"\bhumid|\bdamp\b", piece):
        return _made("read_sensor", room=room, sensor="humidity")
    if not numbers:
        asks = re.search(r"\bhow\b|\bwhat\b|\bwhat's\b|\bread\b|\bcheck\b|\bcurrent\b", piece)
        return _made("read_sensor", room=room, sensor="temperature") if asks else None
    celsius = numbers[-1]
    if re.search(r"fahrenheit|°\s?f\b", piece):
        celsius = round((celsius - 32) / 1.8, 2)
    return _made("set_heating", room=room, celsius=celsius) if 16 <= celsius <= 24 else None


def _door(piece: str) -> dict[str, Any] | None:
    door = re.search(r"\b(front|yard|store) door|\bdoor to the (front|yard|store)", piece)
    state = _first(piece, (("unlock", r"\bunlock|\bbolt off\b"), ("lock", r"\block|\bbolt\b")))
    return _made("set_door", door=door[1] or door[2], state=state) if door and state else None


def _level(piece: str) -> int | None:
    numbers = _numbers(re.sub(r"meeting room \w+", " ", piece))
    if numbers:
        return int(numbers[-1])
    word = _first(piece, (("0", r"\boff\b|\bout\b|\bkill\b"), ("75", r"three quarters"), ("25", r"\ba quarter\b"), ("50", r"\bhalf\b"),
                          ("100", r"\bfull\b|\bmaximum\b|\ball the way up\b")))  # fmt: skip
    return None if word is None else int(word)


def _numbers(text: str) -> list[float]:
    """Amounts in digits or words, in their order."""
    found = [(m.start(), float(m[1])) for m in _AMOUNT.finditer(text)]
    for m in _WORDED.finditer(text):
        whole = _TENS[m[1]] + _SMALL.get(m[2] or "zero", 0) if m[1] else 100 if m[4] else _SMALL[m[3]]
        found.append((m.start(), whole + (0.5 if m[5] else 0.0)))
    return [value for _, value in sorted(found)]


def _first(text: str, words: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for name, pattern in words if re.search(pattern, text)), None)


def _made(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"name": tool, "arguments": arguments}


def agrees(target: list[Any], second: list[Any]) -> bool:
    """Whether the same calls are made, in whatever order."""
    return sorted(map(repr, map(_plain, target))) == sorted(map(repr, map(_plain, second)))


def _plain(call: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    values = {k: f"{v:g}" if isinstance(v, (int, float)) else str(v) for k, v in call["arguments"].items()}
    return call.get("name") or call["tool"], sorted(values.items())
