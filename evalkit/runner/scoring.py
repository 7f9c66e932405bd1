"""Scoring beside the event loop, and the answers that are not scored yet on disk.

A scorer may be slow (a pattern at its limit, a plug-in's comparator), never end, or take the process
with it. So an answer that is paid for is written to `unscored.jsonl` in the run's folder before its
scoring begins. It leaves the file once the journal holds the sample with its score. A resume scores what
is in the file and asks none of it again. Written to the journal first, each text would be there twice,
or each loader would meet samples without a score.

One thread scores: the event loop goes on sending, measuring and hearing signals. A scoring that does not
end is given up, as `unscorable`, and its thread with it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from evalkit.errors import RunError
from evalkit.families.failures import unscorable_score
from evalkit.records import Attempt, Sample, Score
from evalkit.runner.journal import encode_record, read_journal

SCORING_LIMIT_S = 60.0
"""Seconds after which a scoring is given up: shipped families end long before, a plug-in may ask somebody."""

LONGEST_FILE_BYTES = 1_000_000
"""Beyond this the file of unscored answers is written anew with those alone that still wait. Below, what is
in the journal stays in it, and a resume passes it over."""

DRAIN_S = 2.0
"""How long a stop waits for scorings, in seconds; a resume does the others."""

_LOOK_EVERY_S = 1.0


class Unscored:
    """The answers that wait for their score, on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left = tuple(read_unscored(path))
        """What a stopped run left, with the attempts; each is to be scored or taken out."""
        self._waiting = {s.key: _lines(attempts, s) for attempts, s in self.left}
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._size = os.fstat(self._file).st_size
        self._write_anew()  # without a torn end

    def put(self, attempts: tuple[Attempt, ...], sample: Sample) -> bytes:
        """Write the attempts and their sample, which has no score yet; return their lines.

        Raises:
            RunError: The disk does not take it.
        """
        data = self._waiting[sample.key] = _lines(attempts, sample)
        self._write(data)
        return data

    def done(self, sample: Sample) -> None:
        """Take a sample out that the journal holds now."""
        self._waiting.pop(sample.key, None)
        if self._size > LONGEST_FILE_BYTES + 2 * sum(map(len, self._waiting.values())):
            self._write_anew()

    def close(self) -> None:
        """Close the file; remove it when nothing waits."""
        os.close(self._file)
        if not self._waiting:
            self.path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        self._size += len(data)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise RunError(
                f"the answer cannot be written: {error.strerror}",
                where=str(self.path),
                hint="free some room, then go on with `evalkit run --resume`",
            ) from error

    def _write_anew(self) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_bytes(b"".join(self._waiting.values()))
        fresh.replace(self.path)
        os.close(self._file)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._size = os.fstat(self._file).st_size


def _lines(attempts: tuple[Attempt, ...], sample: Sample) -> bytes:
    return b"".join([*map(encode_record, attempts), encode_record(sample)])


def read_unscored(path: Path) -> Iterator[tuple[tuple[Attempt, ...], Sample]]:
    """The answers that a run left without a score, with their attempts; damaged lines are passed over."""
    attempts: list[Attempt] = []
    for record in read_journal(path) if path.exists() else ():
        if isinstance(record, Attempt):
            attempts.append(record)
        elif isinstance(record, Sample):
            yield tuple(attempts), record
            attempts.clear()


class ScoringThread:
    """Runs scorings one after the other beside the event loop; used from one loop."""

    def __init__(self, unscored: Unscored) -> None:
        self.unscored = unscored
        self._jobs: deque[_Job] = deque()
        self._queue: SimpleQueue[_Job | None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._timer: asyncio.TimerHandle | None = None

    async def score(
        self, score: Callable[[], Score], keep: Callable[[Score], None], *, beside: bool = True
    ) -> None:
        """Run a scoring and hand its score to `keep`, also when the caller is cancelled meanwhile.

        Args:
            score: The scoring.
            keep: Called on the event loop.
            beside: Whether it may run in another thread than the event loop's.

        Raises:
            RunError: What `keep` raises.
        """
        if not beside:
            keep(score())
            return
        loop = asyncio.get_running_loop()
        job = _Job(score, keep, loop.create_future())
        self._jobs.append(job)
        self._idle.clear()
        self._started(loop).put(job)
        await asyncio.shield(job.kept)

    async def drain(self) -> None:
        """Wait a moment for what is being scored."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_S)

    def close(self) -> None:
        """Let go of the thread; one that hangs ends with the process."""
        if self._timer is not None:
            self._timer.cancel()
        if self._queue is not None:
            self._queue.put(None)

    def _started(self, loop: asyncio.AbstractEventLoop) -> SimpleQueue[_Job | None]:
        if self._queue is None:
            self._queue = SimpleQueue()
            threading.Thread(target=self._work, args=(self._queue, loop), daemon=True, name="scoring").start()
            self._timer = loop.call_later(_LOOK_EVERY_S, self._look, loop)
        return self._queue

    def _work(self, queue: SimpleQueue[_Job | None], loop: asyncio.AbstractEventLoop) -> None:
        while (job := queue.get()) is not None:
            job.began = True
            try:
                result = job.score()
            except Exception as error:  # noqa: BLE001 - nothing that a scorer raises may lose an answer
                result = unscorable_score(error)
            try:
                loop.call_soon_threadsafe(self._finished, job, result)
            except RuntimeError:  # the loop is closed: a resume scores it
                return

    def _finished(self, job: _Job, result: Score) -> None:
        if job.kept.done():
            return  # given up
        self._jobs.remove(job)
        if not self._jobs:
            self._idle.set()
        try:
            job.keep(result)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            job.kept.set_exception(error)
        else:
            job.kept.set_result(None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Gives a scoring up that does not end, and the thread that is caught in it."""
        self._timer = loop.call_later(_LOOK_EVERY_S, self._look, loop)
        if not self._jobs or not self._jobs[0].began:
            return
        stuck = self._jobs[0]
        stuck.looks += 1
        if stuck.looks * _LOOK_EVERY_S < SCORING_LIMIT_S:
            return
        self._timer.cancel()
        self._queue = None
        self._finished(stuck, unscorable_score(TimeoutError(f"scoring took over {SCORING_LIMIT_S:g} s")))
        for job in self._jobs:
            self._started(loop).put(job)


class _Job:
    __slots__ = ("began", "keep", "kept", "looks", "score")

    def __init__(
        self, score: Callable[[], Score], keep: Callable[[Score], None], kept: asyncio.Future[None]
    ) -> None:
        self.score = score
        self.keep = keep
        self.kept = kept
        self.began = False
        self.looks = 0
