"""What may be asked of the building: one act is one call, with the facts that its wording is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from suites.making.draws import Deck, Draw

ROOMS = ("lobby", "office", "meeting_1", "meeting_2", "kitchen", "workshop", "store")
LEVELS = (5, 10, 15, 20, 25, 30, 35, 40, 45, 55, 60, 65, 70, 75, 80, 85, 90)
DEGREES = (16, 16.5, 17, 17.5, 18, 18.5, 19, 19.5, 20, 20.5, 21, 21.5, 22, 22.5, 23, 23.5, 24)
TOOLS = {"set_light": 5, "set_heating": 5, "set_blinds": 4, "set_fan": 3, "set_door": 3, "read_sensor": 4,
         "run_scene": 1}  # fmt: skip
"""How often each command is asked for: lights and heating lead, as on any panel."""


@dataclass(frozen=True)
class Act:
    """One command that is asked for."""

    tool: str
    arguments: dict[str, Any]

    @property
    def room(self) -> str | None:
        """Where, if the command has a room."""
        return self.arguments.get("room")

    def call(self) -> dict[str, Any]:
        """The call that is right for it."""
        return {"name": self.tool, "arguments": self.arguments}


class Acts:
    """Deals acts so that tools, rooms and values take turns."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._tools = Deck(draw, [t for t, n in TOOLS.items() for _ in range(n)])
        self._rooms = Deck(draw, [*ROOMS, *ROOMS, "all"])
        self._levels = Deck(draw, [*LEVELS, 0, 0, 0, 0, 50, 50, 100, 100, 100])
        self._degrees = Deck(draw, DEGREES)
        self._positions = Deck(draw, ("open", "half", "closed", "closed", "open"))
        self._speeds = Deck(draw, ("off", "low", "high"))
        self._doors = Deck(draw, [(d, s) for d in ("front", "yard", "store") for s in ("lock", "unlock")])
        self._sensors = Deck(draw, ("temperature", "humidity", "co2"))
        self._scenes = Deck(draw, ("opening", "cleaning", "closing"))

    def act(self, tool: str = "", room: str = "") -> Act:
        """The next act, of this tool and in this room where they are given."""
        tool = tool or self._tools.deal()
        if tool == "set_door":
            door, state = self._doors.deal()
            return Act(tool, {"door": door, "state": state})
        if tool == "run_scene":
            return Act(tool, {"scene": self._scenes.deal()})
        room = room or self._room(everywhere=tool != "read_sensor")
        return Act(tool, {"room": room, **self._value(tool)})

    def _room(self, *, everywhere: bool) -> str:
        while (room := self._rooms.deal()) == "all" and not everywhere:
            pass
        return room

    def _value(self, tool: str) -> dict[str, Any]:
        match tool:
            case "set_light":
                return {"level": self._levels.deal()}
            case "set_heating":
                return {"celsius": self._degrees.deal()}
            case "set_blinds":
                return {"position": self._positions.deal()}
            case "set_fan":
                return {"speed": self._speeds.deal()}
            case _:
                return {"sensor": self._sensors.deal()}
