"""The making of `calendar-tools`: wishes to a team's assistant, from acts to messages."""

from __future__ import annotations

from suites.making import Item
from suites.making.calendar_tools.scenes import PLAN, Scenes
from suites.making.draws import Draw
from suites.making.write import numbered


def items() -> list[Item]:
    """The generated items, in drawn order."""
    draw = Draw("calendar-tools", 1)
    scenes = Scenes(draw)
    made = [build(scenes) for build, count in PLAN for _ in range(count)]
    return numbered(draw.shuffled(made), "ct", first=161)
