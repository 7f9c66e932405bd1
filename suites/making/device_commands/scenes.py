"""What a message is built like: a single wish, several, a room's list, and what makes it hard on purpose."""

from __future__ import annotations

from collections.abc import Callable

from suites.making import Item, noise
from suites.making.device_commands import wording
from suites.making.device_commands.facts import Act, Acts
from suites.making.device_commands.phrases import Phrases
from suites.making.draws import Deck, Draw

KEEP = frozenset(
    [
        "light",
        "lights",
        "lamps",
        "lighting",
        "blinds",
        "fan",
        "ventilation",
        "heating",
        "heat",
        "radiators",
        "thermostat",
        "temperature",
        "humidity",
        "warm",
        "degrees",
        "percent",
        "cent",
        "open",
        "close",
        "closed",
        "shut",
        "half",
        "down",
        "lower",
        "raise",
        "high",
        "full",
        "maximum",
        "lock",
        "locked",
        "unlock",
        "unlocked",
        "bolt",
        "door",
        "front",
        "yard",
        "store",
        "stock",
        "lobby",
        "reception",
        "office",
        "meeting",
        "kitchen",
        "workshop",
        "small",
        "large",
        "little",
        "building",
        "every",
        "room",
        "rooms",
        "everywhere",
        "opening",
        "cleaning",
        "closing",
        "scene",
        "humid",
        "damp",
        "cold",
        "dark",
        "brightness",
        "bright",
        "middle",
        "stop",
        "switch",
        "turn",
        "slowly",
        "hundred",
        "zero",
        "point",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "entire",
        "whole",
        "leave",
        "touch",
    ]
)
"""Words that carry the meaning and are never mistyped; all others are."""
_SIGNED = (
    "Helene Voss",
    "T. Okafor",
    "Ilse Brandt",
    "Jonas Wirth",
    "Marta",
    "P. Moretti",
    "Radko I.",
    "Anna-Lena Kuhn",
)
_ROLES = ("Purchasing, ext. 24", "Workshop, phone 100-70", "Front desk, ext. 9", "Accounts, room 18", "Works council",
          "Sales, ext. 31, room 20", "Apprentice, 2nd year", "IT, call 4040")  # fmt: skip
_THINGS = {"set_light": "lights", "set_blinds": "blinds", "set_fan": "fan", "set_heating": "heating"}
_FAHRENHEIT = {17: "62.6", 18: "64.4", 20: "68", 21: "69.8", 23: "73.4"}
_LISTS = ("First", "Then"), ("One:", "Two:"), ("a)", "b)"), ("-", "-"), ("1.", "2.")


class Scenes:
    """Makes one item after the other."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.acts = Acts(draw)
        self.phrases = Phrases(draw)
        self._units = Deck(draw, tuple(_FAHRENHEIT))

    def single(self) -> Item:
        """One wish, with a reason, a greeting, a signature or none of them."""
        act = self.acts.act()
        return self._letter([act], self._sentence(self.phrases.said(act)), act)

    def distractor(self) -> Item:
        """A wish among amounts that have nothing to do with it."""
        act = self.acts.act(
            self.draw.one(("set_light", "set_heating", "set_heating", "set_blinds", "set_fan", "read_sensor"))
        )
        parts = [self.phrases.deal(wording.NUMBERS), self._sentence(self.phrases.said(act))]
        if self.draw.chance(0.4):
            parts.append(self.phrases.deal(wording.NUMBERS))
        return _item([act], " ".join(parts), trap="distractor", difficulty="hard")

    def transcript(self) -> Item:
        """A wish as a speech recogniser writes it."""
        act = self.acts.act()
        parts = [self._reason(act), self._sentence(self.phrases.said(act, spoken=True))]
        text = noise.transcript(self.draw, " ".join(self.draw.shuffled(parts)), fillers=0.8)
        return _item([act], text, channel="voice", noise="transcript", difficulty="medium")

    def typos(self) -> Item:
        """A wish typed in a hurry."""
        acts = [self.acts.act()]
        if self.draw.chance(0.3):
            acts.append(self.acts.act("set_door"))
        said = ". ".join(self.phrases.said(a) for a in acts)
        text = noise.typos(self.draw, f"{self._reason(acts[0])} {said}", share=0.4, keep=KEEP)
        return _item(
            acts, noise.chatty(text) if self.draw.chance(0.6) else text, noise="typos", difficulty="medium"
        )

    def pair(self) -> Item:
        """Two wishes in one message."""
        first, second = self._different(2)
        a, b = self.phrases.said(first), self.phrases.said(second)
        small = _lower(b)
        one, two = self.draw.one(_LISTS)
        text = self.draw.one((
            f"{a}, and {small}.", f"{_stop(a)} {_stop(b)}", f"{_stop(a)} Also: {_stop(small)}", f"{a}; {_stop(small)}",
            f"Two things. {_stop(a)} {_stop(b)}", f"{one} {_stop(_lower(a))}\n{two} {_stop(small)}",
            f"{_stop(a)} And while you're at it, {_stop(small)}", f"{b}, then {_stop(_lower(a))}",
        ))  # fmt: skip
        return self._letter([first, second], text, self.draw.one((first, second)))

    def triple(self) -> Item:
        """Three wishes, as a list or in a row."""
        acts = self._different(3)
        a, b, c = (self.phrases.said(x) for x in acts)
        low = [_lower(t) for t in (a, b, c)]
        text = self.draw.one((
            f"Before I go:\n- {low[0]}\n- {low[1]}\n- {low[2]}", f"{_stop(a)} {_stop(b)} {_stop(c)}", f"{a}, {low[1]}, and finally {low[2]}.",
            f"1. {a}\n2. {b}\n3. {c}", f"{_stop(a)} Next, {_stop(low[1])} Last one: {_stop(low[2])}",
        ))  # fmt: skip
        between = "\n" if "\n" in text else " "
        return _item(
            acts,
            f"{self._reason(acts[0])}{between}{text}" if self.draw.chance(0.4) else text,
            difficulty="hard",
        )

    def list_of_room(self) -> Item:
        """Several settings of one room, the room said once."""
        room = self.draw.one(tuple(wording.ROOM_WORDS))
        tools = self.draw.some(("set_light", "set_blinds", "set_fan", "set_heating"), self.draw.number(2, 3))
        acts = [self.acts.act(t, room) for t in tools]
        place = self.phrases.places(room)
        short = [self._short(a) for a in acts]
        text = self.draw.one(
            (
                "{tag}: {list}.",
                "{in_c}, please: {list}.",
                "For {room} we need {list}.",
                "{list_c} {in_}, please.",
                "Could {room} have {list}?",
                "Settings for {room} please:\n{lines}",
                "{tag} - {list}, that's how they want it.",
            )
        ).format(
            **place,
            in_c=place["in_"][0].upper() + place["in_"][1:],
            list=", ".join(short),
            list_c=_upper(", ".join(short)),
            lines="\n".join(f"* {s}" for s in short),
        )
        return self._letter(acts, text, acts[0], difficulty="hard")

    def negation(self) -> Item:
        """A wish, and something near it that must stay."""
        act = self.acts.act(self.draw.one(tuple(_THINGS)))
        thing = self.draw.one([t for t in _THINGS.values() if t != _THINGS[act.tool]])
        other = self.draw.one([r for r in wording.ROOM_WORDS if r not in (act.room, "all")])
        leave = self.phrases.deal(wording.LEAVE).format(thing=thing, in_=self.phrases.places(other)["in_"])
        said = self.phrases.said(act)
        text = (
            f"{said}, {leave}."
            if self.draw.chance(0.7)
            else f"{_upper(leave.removeprefix('but ').removeprefix('and '))}. {said}."
        )
        return _item([act], text, trap="negation", difficulty="hard")

    def correction(self) -> Item:
        """A wish taken back in the same breath."""
        tool = self.draw.one(("set_light", "set_heating", "set_blinds", "set_fan"))
        wrong, act = self.acts.act(tool), None
        while act is None or act.arguments == wrong.arguments:
            act = self.acts.act(tool, wrong.room or "" if self.draw.chance(0.5) else "")
        amounts = tool in ("set_light", "set_heating")
        same = list(act.arguments.values())[1:] == list(wrong.arguments.values())[1:]
        if amounts and not same and self.draw.chance(0.6):
            act = Act(tool, {**act.arguments, "room": wrong.room})
        if amounts and act.room == wrong.room:
            amount = (
                f"{act.arguments['level']}%"
                if tool == "set_light"
                else f"{act.arguments['celsius']:g} degrees"
            )
            text = f"{self.phrases.said(wrong, plain=True)}, {self.phrases.deal(wording.SLIPS)} {amount}."
        else:
            change = self.phrases.deal(wording.CHANGES)
            text = f"{_stop(self.phrases.said(wrong))} {change} {_stop(self.phrases.said(act))}"
        return _item(
            [act], text, trap="correction", difficulty="hard", channel=self.draw.one(("chat", "voice"))
        )

    def long(self) -> Item:
        """One or two wishes in a longer mail."""
        acts = self._different(self.draw.number(1, 2))
        middle = [self._sentence(self.phrases.said(a)) for a in acts]
        parts = [
            self.phrases.deal(wording.STORIES),
            self._reason(acts[0]),
            middle[0],
            self.phrases.deal(wording.NUMBERS),
            *middle[1:],
        ]
        name, role = self.draw.one(_SIGNED), self.draw.one(_ROLES)
        text = f"{self.phrases.deal(wording.MAIL_GREETINGS)},\n\n{' '.join(parts)}\n\nKind regards\n{name}\n{role}"
        return _item(acts, text, channel="email", noise="signature", trap="distractor", difficulty="hard")

    def thread(self) -> Item:
        """A wish above an older mail with another wish, which is settled."""
        mine, older = self._different(2)
        name = self.draw.one(("Ilse", "Radko", "Marta", "Mr Adeyemi", "Paolo", "Helene"))
        parts = [
            self.phrases.deal(wording.SETTLED).format(name=name),
            self._sentence(self.phrases.said(mine)),
        ]
        quoted = noise.quoted(f"{self._reason(older)} {_stop(self.phrases.said(older))}", f"{name} wrote:")
        text = f"{' '.join(parts)}\n\n{quoted}"
        return _item([mine], text, channel="email", noise="quoted_thread", trap="mention", difficulty="hard")

    def unit(self) -> Item:
        """A temperature in Fahrenheit."""
        act = Act("set_heating", {"room": self.draw.one(("office", "lobby", "meeting_1", "workshop", "kitchen")),
                                  "celsius": self._units.deal()})  # fmt: skip
        degrees = _FAHRENHEIT[act.arguments["celsius"]]
        said = self.phrases.said(
            act,
            value=self.draw.one((f"{degrees}°F", f"{degrees} Fahrenheit", f"{degrees} degrees Fahrenheit")),
        )
        return _item([act], f"{self._reason(act)} {said}.", trap="unit", difficulty="hard")

    def near(self) -> Item:
        """A wish and another one that no command does."""
        act = self.acts.act()
        text = f"{self._sentence(self.phrases.said(act))} {self.phrases.deal(wording.NEAR)}"
        return _item([act], text, trap="near_tool", difficulty="hard")

    def partly_later(self) -> Item:
        """A wish for now and one for later."""
        now, later = self._different(2)
        text = self.draw.one((
            "{a} now. {when_c}, {b}.", "{a} right away, please. But {b} only {when}.", "{a}. {b_c} {when}, not now.",
        ))  # fmt: skip
        return _item([now], self._timed(text, later, now), trap="not_now", difficulty="hard")

    def later(self) -> Item:
        """A wish for later alone."""
        act = self.acts.act()
        text = self.draw.one(("{b_c} {when}.", "{when_c}: {b}.", "Please remember to do this {when}: {b}."))
        return _item([], self._timed(text, act), trap="not_now", difficulty="hard")

    def mentioned(self) -> Item:
        """A command that is mentioned, and not given."""
        said = self._one_sentence(self.acts.act())
        text = self.phrases.deal(wording.DONE).format(act=_lower(said))
        return _item([], text, trap="mention", difficulty="hard")

    def out_of_range(self) -> Item:
        """A temperature that the heating does not offer."""
        act = Act("set_heating", {"room": self.acts.act("read_sensor").room, "celsius": 0})
        celsius = self.draw.one((5, 8, 10, 13, 14, 15, 25, 25.5, 27, 29, 32))
        said = self.phrases.said(act, value=self.draw.one((f"{celsius} degrees", f"{celsius} °C")))
        return _item([], f"{self._reason(act)} {said}.", trap="range", difficulty="hard")

    def _short(self, act: Act) -> str:
        value = next(v for k, v in act.arguments.items() if k != "room")
        match act.tool:
            case "set_light":
                named = {0: "light off", 50: "half light", 100: "full light"}
                return named.get(value) or self.draw.one(
                    (f"light {value}%", f"{value}% light", f"lights at {value} percent")
                )
            case "set_blinds":
                return self.draw.one((f"blinds {value}", f"the blinds {value}"))
            case "set_fan":
                return self.draw.one((f"fan {value}", f"ventilation {value}"))
            case _:
                return self.draw.one((f"{value:g} degrees", f"heating {value:g}", f"{value:g} °C"))

    def _timed(self, text: str, later: Act, now: Act | None = None) -> str:
        when = self.phrases.deal(wording.LATER)
        b = self._one_sentence(later)
        a = self._one_sentence(now) if now else ""
        return text.format(a=a, b=_lower(b), b_c=b, when=when, when_c=_upper(when))

    def _one_sentence(self, act: Act) -> str:
        while "?" in (said := self.phrases.said(act)):
            pass
        return said

    def _different(self, count: int) -> list[Act]:
        """Acts of different tools, so that no room is set twice."""
        acts: list[Act] = []
        while len(acts) < count:
            act = self.acts.act()
            if act.tool not in {a.tool for a in acts} and act.tool != "run_scene":
                acts.append(act)
        return acts

    def _reason(self, act: Act) -> str:
        return self.phrases.deal(wording.REASONS[_leaning(act)])

    def _sentence(self, said: str) -> str:
        stopped = _stop(said)
        return stopped if stopped.endswith("?") or self.draw.chance(0.85) else said + "!"

    def _letter(self, acts: list[Act], text: str, why: Act, *, difficulty: str = "") -> Item:
        """The wish with what stands around it."""
        difficulty = difficulty or ("easy" if len(acts) == 1 else "medium")
        if self.draw.chance(0.6):
            reason = self._reason(why)
            lines = "\n" in text
            text = (
                reason + ("\n" if lines else " ") + text
                if lines or self.draw.chance(0.65)
                else f"{text} {reason}"
            )
        if self.draw.chance(0.14):
            return self._email(acts, text)
        if self.draw.chance(0.25):
            text = f"{self.phrases.deal(wording.GREETINGS)}{',' + chr(10) if chr(10) in text else self.draw.one(('! ', '. '))}{text}"
        if self.draw.chance(0.2):
            text = f"{text}{chr(10) if chr(10) in text else ' '}{self.phrases.deal(wording.CLOSINGS)}"
        channel = "voice" if "\n" not in text and self.draw.chance(0.3) else "chat"
        return _item(acts, text, channel=channel, difficulty=difficulty)

    def _email(self, acts: list[Act], text: str) -> Item:
        name, role = self.draw.one(_SIGNED), self.draw.one(_ROLES)
        text = f"{self.phrases.deal(wording.MAIL_GREETINGS)},\n\n{text}\n\n{self.draw.one(('Best', 'Regards', 'Kind regards'))}\n{name}\n{role}"
        return _item(acts, text, channel="email", noise="signature", difficulty="medium")


def _lower(text: str) -> str:
    return text if text.startswith(("I ", "I'", "CO2")) else text[0].lower() + text[1:]


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _leaning(act: Act) -> str:
    """Which reasons fit the act: nobody is blinded by the sun and wants the blinds up."""
    match act.tool, next((v for k, v in act.arguments.items() if k not in ("room", "door")), None):
        case "set_light", level:
            return "set_light bright" if isinstance(level, int) and level >= 60 else "set_light dark"
        case "set_blinds", position:
            return f"set_blinds {'open' if position == 'open' else 'shut'}"
        case "set_fan", speed:
            return f"set_fan {'off' if speed == 'off' else 'on'}"
        case (("set_door" | "run_scene"), value):
            return f"{act.tool} {value}"
    return act.tool


def _stop(said: str) -> str:
    asks = ": what" in said or said.lower().startswith(("could", "would", "can ", "how", "what", "is "))
    return said + ("?" if asks and "?" not in said else ".")


def _item(acts: list[Act], text: str, **tags: str) -> Item:
    found = {"channel": "chat", "lang": "en", "noise": "none", "trap": "none", "difficulty": "medium", **tags}
    return {
        "input": text,
        "target": [a.call() for a in acts],
        "tags": {**counted([a.tool for a in acts]), **found},
    }


def counted(tools: list[str]) -> dict[str, str]:
    """The tags that follow from the calls: how many, and of which tool."""
    calls = "none" if not tools else "single" if len(tools) == 1 else "parallel"
    return {"calls": calls, "tool": tools[0] if len(set(tools)) == 1 else "several" if tools else "none"}


PLAN: tuple[tuple[Callable[[Scenes], Item], int], ...] = (
    (Scenes.single, 34), (Scenes.distractor, 8), (Scenes.transcript, 9), (Scenes.typos, 8), (Scenes.pair, 13),
    (Scenes.long, 9), (Scenes.thread, 6), (Scenes.triple, 6), (Scenes.list_of_room, 8), (Scenes.negation, 7), (Scenes.correction, 8), (Scenes.unit, 4),
    (Scenes.near, 6), (Scenes.partly_later, 5), (Scenes.later, 4), (Scenes.mentioned, 5), (Scenes.out_of_range, 3),
)  # fmt: skip
"""How many items of each build."""
