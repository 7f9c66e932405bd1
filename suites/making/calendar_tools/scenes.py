"""What a message is built like: one wish, several, a correction, and what makes it hard on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from suites.making import Item, noise
from suites.making.calendar_tools import days, wording
from suites.making.calendar_tools.facts import COMPANIES, FULL_NAMES, PEOPLE, TITLES, Act
from suites.making.calendar_tools.sayings import Sayings

_NAMES = (*TITLES, *PEOPLE, *COMPANIES, *(n for names in FULL_NAMES for n in names))
_KEEP = frozenset(w.lower().strip(".,") for text in _NAMES for w in text.split()) | frozenset([
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "december",
    "today", "tomorrow", "yesterday", "noon", "hour", "hours", "minutes", "half", "quarter", "quarters", "three",
    "days", "weeks", "nine", "twelve", "year", "last", "morning", "afternoon", "cancel", "delete", "drop", "scrap",
    "remove", "strike", "call", "gone", "move", "push", "shift", "reschedule", "swap", "change", "update", "becomes",
    "book", "schedule", "create", "enter", "block", "save", "store", "contact", "lead", "offer", "lost", "signed",
    "quoted", "voicemail", "answer", "reached", "talked", "spoke", "hold", "busy", "doing", "free", "number",
    "reach", "look", "address", "please", "with", "invite", "two", "four", "five", "seven", "eight", "ten", "eleven",
    "until",
])  # fmt: skip
"""Words that carry the meaning and are never mistyped; all others are."""


class Scenes(Sayings):
    """Makes one item after the other."""

    def single(self, tool: str) -> Item:
        """One wish with what may stand around it."""
        act = self.acts.act(tool)
        return self._letter([act], self.said(act))

    def distractor(self) -> Item:
        """A wish among amounts that have nothing to do with it."""
        act = self.acts.act(
            self.draw.one(("create_event", "create_event", "move_event", "add_contact", "find_events"))
        )
        parts = [self._deal(wording.NUMBERS), self.said(act)]
        text = " ".join(parts if self.draw.chance(0.6) else parts[::-1])
        return _item([act], text, trap="distractor", difficulty="hard")

    def typos(self) -> Item:
        """A wish typed in a hurry."""
        act = self.acts.act(self.draw.one(("create_event", "cancel_event", "find_events", "log_call")))
        text = noise.typos(
            self.draw, f"{self._deal(wording.REASONS)} {self.said(act)}", share=0.45, keep=_KEEP
        )
        return _item([act], text, noise="typos")

    def several(self, count: int) -> Item:
        """Two or three wishes of different kinds."""
        tools = self.draw.some(("create_event", "create_event", "cancel_event", "find_events", "move_event", "add_contact",
                                "find_contact", "set_stage", "log_call"), count)  # fmt: skip
        acts = [self.acts.act(t) for t in tools]
        said = [self.said(a, inline=True) for a in acts]
        numbered = "\n".join(f"{n}. {s}" for n, s in enumerate(said, 1))
        text = self.draw.one((
            " ".join(said), f"{said[0]} Also: {' '.join(said[1:])}", numbered, "A few things:\n" + "\n".join(f"- {s}" for s in said),
            f"{' '.join(said[:-1])} And one more: {said[-1]}", f"{said[0]} While you're at it: {' Then: '.join(said[1:])}",
        ))  # fmt: skip
        return self._letter(acts, text, difficulty="medium" if count == 2 else "hard")

    def negation(self) -> Item:
        """An event that is to be changed, and one that is not."""
        act = self.acts.act(self.draw.one(("cancel_event", "move_event")))
        leave = self._fill(self._deal(wording.LEAVE), self.acts.act("cancel_event").facts)
        text = f"{self.said(act)} {leave}" if self.draw.chance(0.6) else f"{leave} {self.said(act)}"
        return _item([act], text, trap="negation", difficulty="hard")

    def correction(self) -> Item:
        """A new event whose time or day is taken back in the next breath."""
        wrong = self.acts.act("create_event")
        while wrong.facts["minutes"] and not 30 <= wrong.facts["minutes"] <= 60:
            wrong = self.acts.act("create_event")
        said = self.said(wrong, inline=True, length=False)
        facts: dict[str, Any] = {**wrong.facts, "minutes": None}
        if self.draw.chance(0.5):
            while facts["start"] == wrong.facts["start"]:
                facts["start"] = self.acts.time()
            new = days.time_words(self.draw, facts["start"])
        else:
            while facts["date"] == wrong.facts["date"]:
                facts["date"] = self.acts.day()
            new = days.day_words(self.draw, facts["date"], full=True)[0]
        change = self._deal(
            (
                "No, make that {}.",
                "Sorry, I misread my notes: {}.",
                "Correction: {}.",
                "Wait, {} it is.",
                "Ah no, {}.",
            )
        )
        return _item(
            [Act("create_event", facts)], f"{said} {change.format(new)}", trap="correction", difficulty="hard"
        )

    def long(self) -> Item:
        """One or two wishes in a longer mail."""
        tools = self.draw.some(
            ("create_event", "move_event", "cancel_event", "find_events", "set_stage", "log_call"),
            self.draw.number(1, 2),
        )
        acts = [self.acts.act(t) for t in tools]
        said = [self.said(a, inline=True) for a in acts]
        parts = [self._deal(wording.STORIES), said[0], self._deal(wording.NUMBERS), *said[1:]]
        name, role = self.draw.one(wording.SIGNED)
        text = f"{self._deal(wording.GREETINGS)},\n\n{' '.join(parts)}\n\nKind regards\n{name}\n{role}"
        return _item(acts, text, channel="email", noise="signature", trap="distractor", difficulty="hard")

    def thread(self) -> Item:
        """A wish above an older mail with another wish, which is settled."""
        mine, older = self.acts.act("create_event"), self.acts.act("move_event")
        if self.draw.chance(0.5):
            mine, older = self.acts.act("cancel_event"), mine
        name = self.draw.one(("Ana", "Bo", "Hamid", "Grace"))
        said = f"{self._deal(wording.SETTLED).format(name=name)} {self.said(mine, inline=True)}"
        quoted = noise.quoted(self.said(older, inline=True), f"{name} wrote:")
        return _item(
            [mine],
            f"{said}\n\n{quoted}",
            channel="email",
            noise="quoted_thread",
            trap="mention",
            difficulty="hard",
        )

    def missing(self) -> Item:
        """A wish that lacks what a call needs."""
        act = self.acts.act("create_event")
        text = self._fill(self._deal(wording.MISSING), {**act.facts, "minutes": None})
        return _item(
            [],
            f"{self._deal(wording.REASONS)} {text}" if self.draw.chance(0.5) else text,
            trap="missing_info",
            difficulty="hard",
        )

    def mentioned(self) -> Item:
        """A wish that is quoted, and not made."""
        act = self.acts.act(self.draw.one(("cancel_event", "create_event", "move_event")))
        said = self.said(act, inline=True).rstrip(".?")
        return _item([], self._deal(wording.MENTIONED).format(said=said), trap="mention", difficulty="hard")

    def _letter(self, acts: list[Act], text: str, *, difficulty: str = "") -> Item:
        difficulty = difficulty or ("easy" if len(text.split()) < 14 else "medium")
        if self.draw.chance(0.45):
            reason = self._deal(wording.REASONS)
            lines = "\n" in text
            text = (
                f"{text} {reason}"
                if not lines and self.draw.chance(0.4)
                else reason + (chr(10) if lines else " ") + text
            )
        if self.draw.chance(0.15):
            name, role = self.draw.one(wording.SIGNED)
            text = f"{self._deal(wording.GREETINGS)},\n\n{text}\n\n{self.draw.one(('Best', 'Regards', 'Kind regards'))}\n{name}\n{role}"
            return _item(
                acts,
                text,
                channel="email",
                noise="signature",
                difficulty="medium" if difficulty == "easy" else difficulty,
            )
        if self.draw.chance(0.25):
            stop = ",\n" if "\n" in text else self.draw.one(("! ", ". "))
            text = f"{self._deal(wording.GREETINGS)}{stop}{text}"
        if self.draw.chance(0.2):
            text = f"{text}{chr(10) if chr(10) in text else ' '}{self._deal(wording.CLOSINGS)}"
        channel = "voice" if "\n" not in text and self.draw.chance(0.2) else "chat"
        return _item(acts, text, channel=channel, difficulty=difficulty)


def _item(acts: list[Act], text: str, **tags: str) -> Item:
    calls = "none" if not acts else "single" if len(acts) == 1 else "parallel"
    late = any(d.year > 2025 for a in acts for k, d in a.facts.items() if k in ("date", "new_date"))
    found = {"calls": calls, "turns": "one", "channel": "chat", "lang": "en", "noise": "none",
             "trap": "year_end" if late else "none", "difficulty": "medium", **tags}  # fmt: skip
    return {"input": text, "target": [a.call() for a in acts], "tags": found}


def of(tool: str) -> Callable[[Scenes], Item]:
    """The build of one wish of this tool."""
    return lambda scenes: scenes.single(tool)


PLAN: tuple[tuple[Callable[[Scenes], Item], int], ...] = (
    (of("create_event"), 15), (of("find_events"), 6), (of("move_event"), 9), (of("cancel_event"), 7), (of("find_contact"), 3),
    (of("add_contact"), 4), (of("set_stage"), 4), (of("log_call"), 4), (Scenes.distractor, 6), (Scenes.typos, 4),
    (Scenes.long, 5), (Scenes.thread, 4), (lambda s: s.several(2), 10), (lambda s: s.several(3), 3), (Scenes.negation, 4), (Scenes.correction, 4),
    (Scenes.missing, 2), (Scenes.mentioned, 2),
)  # fmt: skip
"""How many items of each build."""
