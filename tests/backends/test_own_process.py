"""A child process of ours, and the memory that it takes."""

from __future__ import annotations

import asyncio
import sys

import pytest

from evalkit.backends.interface import Weighed
from evalkit.backends.llamacpp import LlamaCpp
from evalkit.backends.own_process import OwnProcess, open_log
from evalkit.backends.simulated import Simulated
from evalkit.backends.vllm import Vllm
from evalkit.backends.vllm_batch import VllmBatch

MIB = 2**20
HOLDS = "import sys; held = b'x' * int(sys.argv[1]); del held; print('up', flush=True); sys.stdin.read()"
FORKS = (
    "import subprocess, sys; "
    "subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]], stdin=sys.stdin, stdout=sys.stdout)"
)


async def peak_of(*words: str) -> int | None:
    process = OwnProcess.start(
        [sys.executable, *words], environment={}, log=open_log(None, "child"), with_pipes=True
    )
    try:
        assert await asyncio.to_thread(process.stdout.readline) == b"up\n"
        return process.peak_memory_b()
    finally:
        await process.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_peak_is_the_most_that_was_held_though_it_was_let_go() -> None:
    """What counts is the machine that a model needs, not what it holds when it is idle."""
    small, large = (asyncio.run(peak_of("-c", HOLDS, str(n * MIB))) for n in (1, 80))
    assert small is not None
    assert large is not None
    assert large - small == pytest.approx(79 * MIB, abs=8 * MIB)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_of_its_own_children_counts() -> None:
    """vLLM's engine is a child of the server that was started."""
    held = asyncio.run(peak_of("-c", FORKS, HOLDS, str(80 * MIB)))
    assert held is not None
    assert held > 85 * MIB


def test_a_process_that_has_ended_is_not_known_to_hold_anything() -> None:
    """Unknown is not zero."""

    async def ended() -> int | None:
        process = OwnProcess.start(
            [sys.executable, "-c", ""], environment={}, log=open_log(None, "child"), with_pipes=True
        )
        await process.stop()
        return process.peak_memory_b()

    assert asyncio.run(ended()) is None


def test_the_backends_that_serve_from_this_machine_are_weighed() -> None:
    """The runner asks those that can tell, and no other."""
    assert all(issubclass(kind, Weighed) for kind in (LlamaCpp, Vllm, VllmBatch))
    assert not issubclass(Simulated, Weighed)
