"""One act said once: a sentence of its bank with title, people, day and time in one of their forms."""

from __future__ import annotations

from datetime import date
from typing import Any

from suites.making.calendar_tools import days, wording
from suites.making.calendar_tools.facts import TODAY, Act, Acts
from suites.making.draws import Deck, Draw

_Dealt = tuple[str, ...]


class Sayings:
    """Deals sentences, so that each bank is used up before one of it comes again."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.acts = Acts(draw)
        self._decks: dict[_Dealt, Deck[str]] = {}

    def said(self, act: Act, *, inline: bool = False, length: bool = True) -> str:
        """The act as a sentence or two."""
        facts = act.facts if length else {**act.facts, "minutes": None}
        while "\n" in (phrase := self._deal(_bank(act))) and inline:
            pass
        return self._fill(phrase, facts)

    def _fill(self, phrase: str, facts: dict[str, Any]) -> str:
        words = dict.fromkeys(("dur", "with_", "inv", "length_line", "people_line", "t"), "")
        if "date" in facts:
            words["day"], words["on"] = days.day_words(self.draw, facts["date"])
            words["On"] = _upper(words["on"])
            ago = (TODAY - facts["date"]).days
            words["when"] = ("today", "yesterday")[ago] if ago in (0, 1) else ""
        if "start" in facts:
            words |= self._start(facts)
        if "title" in facts:
            words |= self._event(facts, dict(words))
        if "email" in facts:
            words["how"] = self.draw.one((", ", " and ")).join(
                v for v in (facts["email"], facts["phone"]) if v
            )
        named = {
            "name": facts.get("name"),
            "co": facts.get("company"),
            "who": facts.get("person") or facts.get("name"),
        }
        return phrase.format(**words, **{k: v for k, v in named.items() if v})

    def _start(self, facts: dict[str, Any]) -> dict[str, str]:
        words = {"t": days.time_words(self.draw, facts["start"])}
        if minutes := facts["minutes"]:
            length = days.length_words(self.draw, minutes)
            end = days.end_of(facts["start"], minutes)
            words["dur"] = self.draw.one((f" for {length}", f", {length}", f" until {end}"))
            words["length_line"] = self.draw.one((f"\nLength: {length}", f"\nEnd: {end}"))
        if people := facts["people"]:
            both = " and ".join(people)
            words["with_"] = f" with {both}"
            words["inv"] = self.draw.one(
                (f", invite {both}", f", with {both}", f", and please invite {both}")
            )
            words["people_line"] = f"\nPeople: {', '.join(people)}"
        return words

    def _event(self, facts: dict[str, Any], words: dict[str, str]) -> dict[str, str]:
        title = facts["title"]
        if "days" in words["day"] or "weeks" in words["day"]:  # "the Retro in two weeks" reads badly
            words["day"], words["on"] = days.day_words(self.draw, facts["date"], full=True)
        ref = f"the {title} {words['on']}"
        if words["day"] == "tomorrow" or (words["day"].endswith("day") and " " not in words["day"]):
            ref = self.draw.one((ref, f"{words['day']}'s {title}", f"{words['day']}'s {title}"))
        found = {"title": title, "ref": ref, "Ref": _upper(ref)}
        if "new_date" in facts:
            found["new"] = self._new(facts["date"], facts["new_date"], facts["new_start"])
        return found

    def _new(self, old: date, new: date, start: str | None) -> str:
        time = days.time_words(self.draw, start) if start else ""
        if new == old:
            return self.draw.one((f"{time} the same day", f"{time}, same day", f"{time} on that day"))
        day = days.day_words(self.draw, new, full=True)[0]
        if time:
            return self.draw.one((f"{day} at {time}", f"{day}, {time}"))
        return self.draw.one((day, f"{day}, same time", f"{day} at the same time"))

    def _deal(self, bank: _Dealt) -> str:
        return self._decks.setdefault(bank, Deck(self.draw, bank)).deal()


def _bank(act: Act) -> _Dealt:
    match act.tool:
        case "set_stage":
            return wording.STAGE[act.facts["stage"]]
        case "log_call":
            return wording.LOG[act.facts["outcome"]]
        case "find_events":
            return wording.FIND_PERSON if act.facts["person"] else wording.FIND
    return {"create_event": wording.CREATE, "move_event": wording.MOVE, "cancel_event": wording.CANCEL,
            "find_contact": wording.FIND_CONTACT, "add_contact": wording.ADD_CONTACT}[act.tool]  # fmt: skip


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
