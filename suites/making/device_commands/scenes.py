"""What a message is built like: a single wish, several, a room's list, and what makes it hard on purpose."""

from __future__ import annotations

from collections.abc import Callable

from suites.making import Item, noise
from suites.making.device_commands import wording
from suites.making.device_commands.facts import Act
from suites.making.device_commands.messages import KEEP, Messages, item, lower, stop, upper
from suites.making.draws import Deck, Draw

_THINGS = {"set_light": "lights", "set_blinds": "blinds", "set_fan": "fan", "set_heating": "heating"}
_FAHRENHEIT = {17: "62.6", 18: "64.4", 20: "68", 21: "69.8", 23: "73.4"}
_LISTS = ("First", "Then"), ("One:", "Two:"), ("a)", "b)"), ("-", "-"), ("1.", "2.")


class Scenes(Messages):
    """Makes one item after the other."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
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
        return item([act], " ".join(parts), trap="distractor", difficulty="hard")

    def transcript(self) -> Item:
        """A wish as a speech recogniser writes it."""
        act = self.acts.act()
        parts = [self._reason(act), self._sentence(self.phrases.said(act, spoken=True))]
        text = noise.transcript(self.draw, " ".join(self.draw.shuffled(parts)), fillers=0.8)
        return item([act], text, channel="voice", noise="transcript", difficulty="medium")

    def typos(self) -> Item:
        """A wish typed in a hurry."""
        acts = [self.acts.act()]
        if self.draw.chance(0.3):
            acts.append(self.acts.act("set_door"))
        said = ". ".join(self.phrases.said(a) for a in acts)
        text = noise.typos(self.draw, f"{self._reason(acts[0])} {said}", share=0.4, keep=KEEP)
        return item(
            acts, noise.chatty(text) if self.draw.chance(0.6) else text, noise="typos", difficulty="medium"
        )

    def pair(self) -> Item:
        """Two wishes in one message."""
        first, second = self._different(2)
        a, b = self.phrases.said(first), self.phrases.said(second)
        small = lower(b)
        one, two = self.draw.one(_LISTS)
        text = self.draw.one((
            f"{a}, and {small}.", f"{stop(a)} {stop(b)}", f"{stop(a)} Also: {stop(small)}", f"{a}; {stop(small)}",
            f"Two things. {stop(a)} {stop(b)}", f"{one} {stop(lower(a))}\n{two} {stop(small)}",
            f"{stop(a)} And while you're at it, {stop(small)}", f"{b}, then {stop(lower(a))}",
        ))  # fmt: skip
        return self._letter([first, second], text, self.draw.one((first, second)))

    def triple(self) -> Item:
        """Three wishes, as a list or in a row."""
        acts = self._different(3)
        a, b, c = (self.phrases.said(x) for x in acts)
        low = [lower(t) for t in (a, b, c)]
        text = self.draw.one((
            f"Before I go:\n- {low[0]}\n- {low[1]}\n- {low[2]}", f"{stop(a)} {stop(b)} {stop(c)}", f"{a}, {low[1]}, and finally {low[2]}.",
            f"1. {a}\n2. {b}\n3. {c}", f"{stop(a)} Next, {stop(low[1])} Last one: {stop(low[2])}",
        ))  # fmt: skip
        between = "\n" if "\n" in text else " "
        return item(
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
            list_c=upper(", ".join(short)),
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
            else f"{upper(leave.removeprefix('but ').removeprefix('and '))}. {said}."
        )
        return item([act], text, trap="negation", difficulty="hard")

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
            text = f"{stop(self.phrases.said(wrong))} {change} {stop(self.phrases.said(act))}"
        return item(
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
        name, role = self._signature()
        text = f"{self.phrases.deal(wording.MAIL_GREETINGS)},\n\n{' '.join(parts)}\n\nKind regards\n{name}\n{role}"
        return item(acts, text, channel="email", noise="signature", trap="distractor", difficulty="hard")

    def thread(self) -> Item:
        """A wish above an older mail with another wish, which is settled."""
        mine, older = self._different(2)
        name = self.draw.one(("Ilse", "Radko", "Marta", "Mr Adeyemi", "Paolo", "Helene"))
        parts = [
            self.phrases.deal(wording.SETTLED).format(name=name),
            self._sentence(self.phrases.said(mine)),
        ]
        quoted = noise.quoted(f"{self._reason(older)} {stop(self.phrases.said(older))}", f"{name} wrote:")
        text = f"{' '.join(parts)}\n\n{quoted}"
        return item([mine], text, channel="email", noise="quoted_thread", trap="mention", difficulty="hard")

    def unit(self) -> Item:
        """A temperature in Fahrenheit."""
        act = Act("set_heating", {"room": self.draw.one(("office", "lobby", "meeting_1", "workshop", "kitchen")),
                                  "celsius": self._units.deal()})  # fmt: skip
        degrees = _FAHRENHEIT[act.arguments["celsius"]]
        said = self.phrases.said(
            act,
            value=self.draw.one((f"{degrees}°F", f"{degrees} Fahrenheit", f"{degrees} degrees Fahrenheit")),
        )
        return item([act], f"{self._reason(act)} {said}.", trap="unit", difficulty="hard")

    def near(self) -> Item:
        """A wish and another one that no command does."""
        act = self.acts.act()
        text = f"{self._sentence(self.phrases.said(act))} {self.phrases.deal(wording.NEAR)}"
        return item([act], text, trap="near_tool", difficulty="hard")

    def partly_later(self) -> Item:
        """A wish for now and one for later."""
        now, later = self._different(2)
        text = self.draw.one((
            "{a} now. {when_c}, {b}.", "{a} right away, please. But {b} only {when}.", "{a}. {b_c} {when}, not now.",
        ))  # fmt: skip
        return item([now], self._timed(text, later, now), trap="not_now", difficulty="hard")

    def later(self) -> Item:
        """A wish for later alone."""
        act = self.acts.act()
        text = self.draw.one(("{b_c} {when}.", "{when_c}: {b}.", "Please remember to do this {when}: {b}."))
        return item([], self._timed(text, act), trap="not_now", difficulty="hard")

    def mentioned(self) -> Item:
        """A command that is mentioned, and not given."""
        said = self._one_sentence(self.acts.act())
        text = self.phrases.deal(wording.DONE).format(act=lower(said))
        return item([], text, trap="mention", difficulty="hard")

    def out_of_range(self) -> Item:
        """A temperature that the heating does not offer."""
        act = Act("set_heating", {"room": self.acts.act("read_sensor").room, "celsius": 0})
        celsius = self.draw.one((5, 8, 10, 13, 14, 15, 25, 25.5, 27, 29, 32))
        said = self.phrases.said(act, value=self.draw.one((f"{celsius} degrees", f"{celsius} °C")))
        return item([], f"{self._reason(act)} {said}.", trap="range", difficulty="hard")

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
        return text.format(a=a, b=lower(b), b_c=b, when=when, when_c=upper(when))


PLAN: tuple[tuple[Callable[[Scenes], Item], int], ...] = (
    (Scenes.single, 34), (Scenes.distractor, 8), (Scenes.transcript, 9), (Scenes.typos, 8), (Scenes.pair, 13),
    (Scenes.long, 9), (Scenes.thread, 6), (Scenes.triple, 6), (Scenes.list_of_room, 8), (Scenes.negation, 7), (Scenes.correction, 8), (Scenes.unit, 4),
    (Scenes.near, 6), (Scenes.partly_later, 5), (Scenes.later, 4), (Scenes.mentioned, 5), (Scenes.out_of_range, 3),
)  # fmt: skip
"""How many items of each build."""
