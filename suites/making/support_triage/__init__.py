"""support-triage: messages to a smart-home shop, from facts to text."""

from __future__ import annotations

import re

from suites.making import Item, noise
from suites.making.draws import Draw
from suites.making.support_triage.facts import SEED, Message, messages, numbers
from suites.making.support_triage.wording import (
    ASIDES,
    CLOSINGS,
    DENIED,
    FIRMS,
    FIRST,
    INJECTIONS,
    LATER,
    OPENINGS,
    SITUATIONS,
    THREADS,
)
from suites.making.write import numbered

FIRST_NUMBER, FIRST_DEV = 200, 21
"""Generated ids start here; the numbers below are for items written by hand."""


def items() -> list[Item]:
    """The generated items."""
    return numbered([_item(m) for m in messages()], "st", first=FIRST_NUMBER, first_dev=FIRST_DEV)


def _item(message: Message) -> Item:
    draw = Draw(SEED, "text", message.number)
    facts = numbers(message)
    firm = draw.number(0, len(FIRMS) - 1) if message.noise == "signature" else None
    body = _body(draw, message).format(**facts)
    if message.channel in ("email", "form") and message.noise != "typos" and message.lang == "en":
        body = re.sub(r"(^|(?<=[.!?] ))[a-z]", lambda m: m[0].upper(), body)
    text = _dressed(draw, message, body, facts, firm)
    return {
        "input": text,
        "target": message.queue,
        "tags": {"channel": message.channel, "lang": message.lang, "noise": message.noise, "trap": message.trap,
                 "difficulty": _difficulty(message)},
        "critical": (message.trap == "injection" and message.queue != "out_of_scope")
        or message.situation in ("stolen", "after_death"),
        "cluster": f"firm-{FIRMS[firm][0].split()[-1].lower()}" if firm is not None else None,
    }  # fmt: skip


def _difficulty(message: Message) -> str:
    if message.trap != "none":
        return "hard"
    return "medium" if message.noise != "none" or message.lang != "en" else "easy"


def _body(draw: Draw, message: Message) -> str:
    """The message itself, with its trap, before the channel has its way with it."""
    core = message.core
    further = SITUATIONS[message.queue][message.situation][1] if message.situation else ()
    if further and draw.chance(0.55):
        detail = draw.one(further)
        # A question is asked last as often as first; what is "it" must have been named before.
        core = f"{core} {detail}" if core[-1] in ".!?" else f"{core}. {detail}"
    match message.trap:
        case "two_requests":
            return _with_aside(draw, core, message.other)
        case "negation":
            denied = draw.one(DENIED[message.other])
            return f"{core} {denied}" if draw.chance(0.3) and core[-1] in ".!?" else f"{denied} {core}"
        case "injection":
            planted = draw.one(INJECTIONS).replace("{wrong}", message.other)
            return f"{planted} {core}" if draw.chance(0.5) else f"{core}\n{planted}"
    return core


def _with_aside(draw: Draw, core: str, other: str) -> str:
    aside = draw.one(ASIDES[other])
    if draw.chance(0.35):
        return f"{aside[0].upper()}{aside[1:]}. {draw.one(FIRST)} {core}"
    stop = "" if core[-1] in ".!?" else "."
    later = draw.one(LATER).replace("{aside}", aside)
    return f"{draw.one(FIRST)} {core}{stop} {later}" if draw.chance(0.7) else f"{core}{stop} {later}"


def _dressed(draw: Draw, message: Message, body: str, facts: dict[str, str], firm: int | None) -> str:
    if not message.name:
        return body
    match message.channel:
        case "voicemail":
            opening = draw.one(OPENINGS["voicemail"]).format(**facts)
            closing = draw.one(CLOSINGS["voicemail"]).format(**facts) if draw.chance(0.7) else ""
            return noise.transcript(draw, f"{opening} {body}{'' if body[-1] in '.!?' else '.'} {closing}")
        case "chat":
            return _chat(draw, message, body)
        case "form":
            return body
    return _mail(draw, message, body, facts, firm)


def _chat(draw: Draw, message: Message, body: str) -> str:
    if message.lang != "en":
        return f"{draw.one(OPENINGS[message.lang])} {body}" if draw.chance(0.4) else body
    text = f"{draw.one(OPENINGS['chat'])} {body}" if draw.chance(0.3) else body
    if draw.chance(0.25):
        text = f"{text} {draw.one(CLOSINGS['chat'])}"
    if message.trap != "injection" and (message.noise == "typos" or draw.chance(0.4)):
        text = noise.chatty(text)
    return noise.typos(draw, text, share=0.2) if message.noise == "typos" else text


def _mail(draw: Draw, message: Message, body: str, facts: dict[str, str], firm: int | None) -> str:
    bank = "email" if message.lang == "en" else message.lang
    gap = "\n" if draw.chance(0.6) else " "
    parts = [f"{draw.one(OPENINGS[bank])}{gap}{body}" if draw.chance(0.75) else body]
    if firm is not None:
        parts.append("\n\n" + "\n".join(FIRMS[firm]))
    elif draw.chance(0.65):
        parts.append(gap + draw.one(CLOSINGS[bank]).format(**facts))
    text = "".join(parts)
    if message.noise == "typos":
        text = noise.typos(draw, text, share=0.12, keep=[w.lower() for w in message.name.split()])
    if message.noise == "quoted_thread":
        header, lines = draw.one(THREADS)
        text += "\n\n" + noise.quoted(lines.format(**facts), header.format(**facts))
    return text
