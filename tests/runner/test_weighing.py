"""The memory that a server of ours takes stands in the manifest of its run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.backends.interface import Capabilities, Stage
from evalkit.records import Answer, Candidate, Contract, Item, Prompt, Request, Suite
from evalkit.runner import RunFolder, make_plan, schedule, start_run

SUITE = Suite(
    name="letters",
    family="classification",
    version="1",
    contract=Contract(labels={"a": "", "b": ""}),
    prompts={"default": Prompt()},
    items=tuple(Item(id=f"i{k}", input=f"letter {k}", target="a") for k in range(4)),
)


class Local:
    """A backend that grows with each answer, and forgets when it is closed."""

    def __init__(self, candidate: Candidate, _stage: Stage) -> None:
        self.candidate = candidate
        self.capabilities = Capabilities()
        self._held_b: int | None = 0

    async def start(self) -> Mapping[str, Any]:
        return {"weights": "some.gguf"}

    async def ask(self, _request: Request) -> Answer:
        assert self._held_b is not None
        self._held_b += 2**20
        return Answer(text="a")

    def peak_memory_b(self) -> int | None:
        return self._held_b

    async def close(self) -> None:
        self._held_b = None


@pytest.mark.parametrize("hardware", [None, "this machine"])
def test_the_peak_is_noted_after_the_last_answer_and_before_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hardware: str | None
) -> None:
    """After the server has ended nobody can tell."""
    monkeypatch.setattr(schedule, "open_backend", Local)
    who = Candidate(name="slim", tier="slim", backend="simulated", hardware=hardware)
    result = start_run(make_plan([SUITE], [who]), tmp_path)
    (entry,) = RunFolder(result.folder).read_manifest().candidates
    assert entry.runtime == {"weights": "some.gguf", "peak_memory_mib": 4.0}
