"""The making of `device-commands`: wishes to a building's panel, from acts to messages."""

from __future__ import annotations

from suites.making import Item
from suites.making.device_commands.scenes import PLAN, Scenes
from suites.making.draws import Draw
from suites.making.write import numbered


def items() -> list[Item]:
    """The generated items, in drawn order."""
    draw = Draw("device-commands", 1)
    scenes = Scenes(draw)
    made = [build(scenes) for build, count in PLAN for _ in range(count)]
    return numbered(draw.shuffled(made), "dc", first=113)
