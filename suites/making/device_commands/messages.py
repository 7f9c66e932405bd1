"""What stands around a wish, whatever is wished: reasons, greetings, signatures, tags."""

from __future__ import annotations

from suites.making import Item
from suites.making.device_commands import wording
from suites.making.device_commands.facts import Act, Acts
from suites.making.device_commands.phrases import Phrases
from suites.making.draws import Draw

KEEP = frozenset([
    "light", "lights", "lamps", "lighting", "blinds", "fan", "ventilation", "heating", "heat", "radiators",
    "thermostat", "temperature", "humidity", "warm", "degrees", "percent", "cent", "open", "close", "closed", "shut",
    "half", "down", "lower", "raise", "high", "full", "maximum", "lock", "locked", "unlock", "unlocked", "bolt",
    "door", "front", "yard", "store", "stock", "lobby", "reception", "office", "meeting", "kitchen", "workshop",
    "small", "large", "little", "building", "every", "room", "rooms", "everywhere", "opening", "cleaning", "closing",
    "scene", "humid", "damp", "cold", "dark", "brightness", "bright", "middle", "stop", "switch", "turn", "slowly",
    "hundred", "zero", "point", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    "entire", "whole", "leave", "touch",
])  # fmt: skip
"""Words that carry the meaning and are never mistyped; all others are."""
_SIGNED = (
    "Helene Voss", "T. Okafor", "Ilse Brandt", "Jonas Wirth", "Marta", "P. Moretti", "Radko I.", "Anna-Lena Kuhn",
)  # fmt: skip
_ROLES = ("Purchasing, ext. 24", "Workshop, phone 100-70", "Front desk, ext. 9", "Accounts, room 18", "Works council",
          "Sales, ext. 31, room 20", "Apprentice, 2nd year", "IT, call 4040")  # fmt: skip


class Messages:
    """Makes messages of acts."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.acts = Acts(draw)
        self.phrases = Phrases(draw)

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
        return self.phrases.deal(wording.REASONS[leaning(act)])

    def _sentence(self, said: str) -> str:
        stopped = stop(said)
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
        return item(acts, text, channel=channel, difficulty=difficulty)

    def _signature(self) -> tuple[str, str]:
        return self.draw.one(_SIGNED), self.draw.one(_ROLES)

    def _email(self, acts: list[Act], text: str) -> Item:
        name, role = self._signature()
        text = f"{self.phrases.deal(wording.MAIL_GREETINGS)},\n\n{text}\n\n{self.draw.one(('Best', 'Regards', 'Kind regards'))}\n{name}\n{role}"
        return item(acts, text, channel="email", noise="signature", difficulty="medium")


def lower(text: str) -> str:
    """As it stands within a sentence."""
    return text if text.startswith(("I ", "I'", "CO2")) else text[0].lower() + text[1:]


def upper(text: str) -> str:
    """As it stands at the beginning of a sentence."""
    return text[0].upper() + text[1:]


def leaning(act: Act) -> str:
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


def stop(said: str) -> str:
    """With a full stop, or a question mark where it asks."""
    asks = ": what" in said or said.lower().startswith(("could", "would", "can ", "how", "what", "is "))
    return said + ("?" if asks and "?" not in said else ".")


def item(acts: list[Act], text: str, **tags: str) -> Item:
    """The item that these acts and this text make."""
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
