"""What may be asked of the assistant: one act is one call with the facts that its wording is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from suites.making.draws import Deck, Draw

TODAY = date(2025, 12, 17)
TITLES = (
    "Budget review", "Safety training", "Press briefing", "Team photo", "Roadmap workshop", "Audit call", "Design critique",
    "Warehouse tour", "Onboarding", "Hiring panel", "Data clean-up", "Quarterly kickoff", "Price talk", "Book club",
    "Sprint planning", "Lab visit", "Insurance call", "Brand workshop", "Pension talk", "Release check", "Town hall",
    "Physio", "Stakeholder update", "Handover", "Security drill", "Lease signing", "Tool training", "Farewell coffee",
    "Supplier forum", "Trade fair", "Contract review", "Piano lesson", "Chess club", "Bug triage", "Works council",
    "Strategy day", "Photo shoot", "Networking hour", "Rehearsal", "Grant meeting",
)  # fmt: skip
PEOPLE = (
    "Dana", "Bo", "Priya", "Marek", "Grace", "Ana", "Kofi", "Lea", "Finn", "Ottilie", "Yuki", "Tomás", "Nils", "Ida",
    "Hamid", "Chiara", "Wen", "Sorcha", "Bogdan", "Amara",
)  # fmt: skip
FULL_NAMES = (
    ("Ruth Amsel", "ruth@amsel.example", "555-0161"), ("Pavel Dvorak", "pavel.dvorak@hops.example", "555-0162"),
    ("Leila Haddad", "leila@haddad.example", "+33 555 0163"), ("Sven Aalto", "s.aalto@pine.example", "555-0164"),
    ("Maria Koumi", "maria@koumi.example", "+30 555 0165"), ("Declan Moore", "declan@moore.example", "555-0166"),
    ("Aiko Hara", "aiko.hara@kumo.example", "555-0167"), ("Joao Prates", "joao@prates.example", "+351 555 0168"),
    ("Edith Blum", "edith@blum.example", "555-0169"), ("Tariq Aziz", "tariq@copper.example", "555-0170"),
)  # fmt: skip
COMPANIES = (
    "Larkspur", "Velo Nord", "Osterbrook", "Pinewood Dairy", "Quayside Hotels", "Sable Print", "Tern Logistics",
    "Ulmen & Co", "Wexcombe", "Zephyr Tools", "Marlow Tiles", "Castor Optics",
)  # fmt: skip
STAGES = ("lead", "offer", "won", "lost")
OUTCOMES = ("reached", "voicemail", "no_answer")
MINUTES = (15, 20, 30, 45, 60, 60, 75, 90, 120, 180)


@dataclass(frozen=True)
class Act:
    """One call that is asked for."""

    tool: str
    facts: dict[str, Any] = field(default_factory=dict)

    def call(self) -> dict[str, Any]:
        """The call that is right for it."""
        f = self.facts
        match self.tool:
            case "create_event":
                return self._made(title=titles(f["title"], f["people"]), date=[f["date"].isoformat()], start=[f["start"]],
                                  minutes=[f["minutes"] or 30], people=orders(f["people"]))  # fmt: skip
            case "find_events":
                person = {"person": [f["person"]]} if f["person"] else {}
                return self._made(date=[f["date"].isoformat()], **person)
            case "move_event":
                start = {"new_start": [f["new_start"]]} if f["new_start"] else {}
                return self._made(title=[f["title"]], new_date=[f["new_date"].isoformat()], **start)
            case "cancel_event":
                return self._made(title=[f["title"]], date=[f["date"].isoformat()])
            case "log_call":
                return self._made(name=[f["name"]], date=[f["date"].isoformat()], outcome=[f["outcome"]])
            case _:
                return self._made(**{k: [v] for k, v in f.items() if v})

    def _made(self, **arguments: list[Any]) -> dict[str, Any]:
        free = {k for k in ("minutes", "people") if self.tool == "create_event" and not self.facts[k]}
        return {"tool": self.tool, "arguments": {
            k: {"any_of": v, **({"optional": True} if k in free else {})} for k, v in arguments.items()}}  # fmt: skip


def titles(title: str, people: list[str]) -> list[str]:
    """A title with and without the people that stand behind it in the text."""
    return [title, f"{title} with {' and '.join(people)}"] if people else [title]


def orders(people: list[str]) -> list[list[str]]:
    """The people in both orders."""
    return [people, people[::-1]] if len(people) > 1 else [people]


class Acts:
    """Deals acts so that titles, people, days and times take turns."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._titles, self._people = Deck(draw, TITLES), Deck(draw, PEOPLE)
        self._names, self._companies = Deck(draw, FULL_NAMES), Deck(draw, COMPANIES)
        self._stages, self._outcomes = Deck(draw, STAGES), Deck(draw, OUTCOMES)
        near = [1, 2, 3, 4, 5, 6]
        self._days = Deck(
            draw,
            [*near, *near, 9, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 30, 33, 35, 40, 48, 57, 71],
        )
        self._times = Deck(draw, [f"{h:02d}:{m:02d}" for h in range(8, 18) for m in (0, 15, 30, 45)])

    def act(self, tool: str) -> Act:
        """The next act of this tool."""
        match tool:
            case "create_event":
                people = [self._people.deal() for _ in range(self.draw.weighted({0: 5, 1: 3, 2: 2}))]
                minutes = self.draw.one(MINUTES) if self.draw.chance(0.7) else None
                return Act(tool, {"title": self.title(), "date": self.day(), "start": self.time(), "minutes": minutes,
                                  "people": people})  # fmt: skip
            case "find_events":
                return Act(
                    tool,
                    {"date": self.day(), "person": self._people.deal() if self.draw.chance(0.6) else None},
                )
            case "move_event":
                old = self.day()
                new = old if self.draw.chance(0.25) else self._other(old)
                start = self.time() if new == old or self.draw.chance(0.6) else None
                return Act(tool, {"title": self.title(), "date": old, "new_date": new, "new_start": start})
            case "cancel_event":
                return Act(tool, {"title": self.title(), "date": self.day()})
            case "find_contact":
                return Act(tool, {"name": self.draw.one((self._people.deal(), self._names.deal()[0]))})
            case "add_contact":
                name, email, phone = self._names.deal()
                which = self.draw.number(0, 2)
                return Act(
                    tool,
                    {"name": name, "email": email if which else None, "phone": phone if which != 1 else None},
                )
            case "set_stage":
                return Act(tool, {"company": self._companies.deal(), "stage": self._stages.deal()})
            case _:
                return Act(tool, {"name": self._people.deal(), "date": TODAY - timedelta(self.draw.number(0, 1)),
                                  "outcome": self._outcomes.deal()})  # fmt: skip

    def title(self) -> str:
        """The next title."""
        return self._titles.deal()

    def day(self) -> date:
        """The next day after today."""
        return TODAY + timedelta(self._days.deal())

    def time(self) -> str:
        """The next time of day."""
        return self._times.deal()

    def _other(self, old: date) -> date:
        while (day := self.day()) == old:
            pass
        return day
