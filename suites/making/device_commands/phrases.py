"""One act said once: a phrase of its bank with the room and the value in one of their forms."""

from __future__ import annotations

from suites.making.device_commands import wording
from suites.making.device_commands.facts import Act
from suites.making.draws import Deck, Draw

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WARM = ("heat", "warm", "radiator", "thermostat", "temperature")


class Phrases:
    """Deals phrases, so that each bank is used up before one of it comes again."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._decks: dict[tuple[str, ...], Deck[str]] = {}

    def deal(self, bank: tuple[str, ...]) -> str:
        """The next of a bank."""
        return self._decks.setdefault(bank, Deck(self.draw, bank)).deal()

    def said(self, act: Act, *, spoken: bool = False, value: str = "", plain: bool = False) -> str:
        """The act as a clause without a stop; `spoken` has amounts in words, `value` says the amount.

        `plain` keeps to phrases with an amount: no "off", no "full".
        """
        phrase = self.deal(_bank(act, plain=plain or bool(value)))
        if act.tool == "set_light" and not value:
            value = self._percent(act.arguments["level"], spoken=spoken)
        elif act.tool == "set_heating":
            value = value or self._degrees(act.arguments["celsius"], phrase, spoken=spoken)
        elif act.tool in ("set_door", "run_scene"):
            value = str(act.arguments.get("door", act.arguments.get("scene")))
        places = self.places(act.room) if act.room else {}
        text = phrase.format(v=value, V=value.capitalize(), **places)
        return text[0].upper() + text[1:]

    def places(self, room: str) -> dict[str, str]:
        """A room's names for the places of a phrase."""
        name = self.draw.one(wording.ROOM_WORDS[room])
        bare = name.removeprefix("the ").removeprefix("The ")
        in_ = (
            f"in {name}"
            if room != "all" or self.draw.chance(0.5)
            else self.draw.one(("everywhere", "in all rooms"))
        )
        return {
            "in_": in_,
            "room": name,
            "Room": name[0].upper() + name[1:],
            "tag": bare[0].upper() + bare[1:],
        }

    def _percent(self, level: int, *, spoken: bool) -> str:
        if spoken or self.draw.chance(0.15):
            return f"{in_words(level)} percent"
        return self.draw.one((f"{level}%", f"{level} percent", f"{level}%", f"{level} per cent"))

    def _degrees(self, celsius: float, phrase: str, *, spoken: bool) -> str:
        words = f"{in_words(int(celsius))}{' point five' if celsius % 1 else ''}"
        if spoken or self.draw.chance(0.15):
            return f"{words} degrees"
        forms = [f"{celsius:g} degrees", f"{celsius:g} °C", f"{celsius:g}°C", f"{celsius:g}°"]
        if any(w in phrase.lower() for w in _WARM):
            forms += [f"{celsius:g}", f"{celsius:g}"]
        return self.draw.one(forms)


def in_words(number: int) -> str:
    """A number from 0 to 100 in English."""
    if number == 100:
        return "a hundred"
    if number < 20:
        return _UNITS[number]
    tens, unit = divmod(number, 10)
    return f"{_TENS[tens - 2]}-{_UNITS[unit]}" if unit else _TENS[tens - 2]


def _bank(act: Act, *, plain: bool) -> tuple[str, ...]:
    arguments = act.arguments
    match act.tool:
        case "set_light":
            level = None if plain else arguments["level"]
            of = {0: wording.LIGHT_OFF, 100: wording.LIGHT_FULL, 50: wording.LIGHT_HALF}
            return of.get(level, wording.LIGHT) if level is not None else wording.LIGHT
        case "set_heating":
            return wording.HEATING
        case "set_blinds":
            return wording.BLINDS[arguments["position"]]
        case "set_fan":
            return wording.FAN[arguments["speed"]]
        case "set_door":
            return wording.DOOR[arguments["state"]]
        case "run_scene":
            return wording.SCENE
        case _:
            return wording.SENSOR[arguments["sensor"]]
