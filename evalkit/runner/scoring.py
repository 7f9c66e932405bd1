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
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from evalkit.families.failures import unscorable_score
from evalkit.records import Attempt, Sample, Score
from evalkit.runner.journal import encode_record, read_journal, write_whole

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

    def put(self, answers: Iterable[tuple[tuple[Attempt, ...], Sample]]) -> list[bytes]:
        """Write answers without a score, each with its attempts, in one piece; return the lines of each.

        Raises:
            RunError: The disk does not take it.
        """
        if self._size > LONGEST_FILE_BYTES + 2 * sum(map(len, self._waiting.values())):
            self._write_anew()
        added = {sample.key: _lines(attempts, sample) for attempts, sample in answers}
        self._waiting |= added
        data = b"".join(added.values())
        self._size += len(data)
        write_whole(self._file, data, "the answer", self.path)
        return list(added.values())

    def done(self, sample: Sample) -> None:
        """Take a sample out that the journal holds once the next answer is put in."""
        self._waiting.pop(sample.key, None)

    def close(self) -> None:
        """Close the file; remove it when nothing waits."""
        os.close(self._file)
        if not self._waiting:
            self.path.unlink(missing_ok=True)

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
    """Runs scorings one after the other beside the event loop; used from one loop.

    Args:
        unscored: Where the answers are until they are scored.
        together: What joins the writes of scores that are kept at once.
    """

    def __init__(
        self, unscored: Unscored, together: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self.unscored = unscored
        self._together = together
        self._jobs: deque[_Job] = deque()
        self._scored: deque[tuple[_Job, Score]] = deque()
        self._woken = False
        """Whether the loop will look at what is scored."""
        self._queue: SimpleQueue[list[_Job] | None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, scorings: Iterable[Scoring]) -> asyncio.Future[None]:
        """Hand scorings to the thread; return what is done once each score is kept.

        It fails with what `keep` raises. Cancelling it stops no scoring.
        """
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        jobs = [_Job(scoring, kept) for scoring in scorings]
        if not jobs:
            kept.set_result(None)
            return kept
        jobs[-1].last = True
        self._jobs.extend(jobs)
        self._idle.clear()
        self._started(loop).put(jobs)
        return kept

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

    def _started(self, loop: asyncio.AbstractEventLoop) -> SimpleQueue[list[_Job] | None]:
        if self._queue is None:
            self._queue = SimpleQueue()
            threading.Thread(target=self._work, args=(self._queue, loop), daemon=True, name="scoring").start()
            self._timer = loop.call_later(_LOOK_EVERY_S, self._look, loop)
        return self._queue

    def _work(self, queue: SimpleQueue[list[_Job] | None], loop: asyncio.AbstractEventLoop) -> None:
        while (jobs := queue.get()) is not None:
            for job in jobs:
                job.began = True
                try:
                    result = job.scoring.score()
                except Exception as error:  # noqa: BLE001 - nothing that a scorer raises may lose an answer
                    result = unscorable_score(error)
                if self._queue is not queue:  # given up meanwhile: another thread has the rest
                    return
                self._scored.append((job, result))
                if not self._woken:
                    self._woken = True
                    try:
                        loop.call_soon_threadsafe(self._keep_scored)
                    except RuntimeError:  # the loop is closed: a resume scores it
                        return

    def _keep_scored(self) -> None:
        self._woken = False  # first: what is scored from now on wakes the loop again
        finished: list[_Job] = []
        try:
            with self._together():
                while self._scored:
                    job, result = self._scored.popleft()
                    if job in self._jobs:  # else it was given up
                        self._jobs.remove(job)
                        finished.append(job)
                        job.scoring.keep(result)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            for job in finished:
                if not job.kept.done():
                    job.kept.set_exception(error)
        else:
            for job in finished:
                if job.last and not job.kept.done():
                    job.kept.set_result(None)
        if not self._jobs:
            self._idle.set()

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
        error = TimeoutError(f"scoring took over {SCORING_LIMIT_S:g} s")
        self._scored.append((stuck, unscorable_score(error)))
        self._keep_scored()
        if self._jobs:
            self._started(loop).put(list(self._jobs))


@dataclass(frozen=True, slots=True)
class Scoring:
    """How one answer is scored."""

    score: Callable[[], Score]
    """Run in the thread."""
    keep: Callable[[Score], None]
    """Called with its score on the event loop."""


class _Job:
    __slots__ = ("began", "kept", "last", "looks", "scoring")

    def __init__(self, scoring: Scoring, kept: asyncio.Future[None]) -> None:
        self.scoring = scoring
        self.kept = kept
        self.last = False
        """Whether it is the last of those that were begun with it: scores are kept in order."""
        self.began = False
        self.looks = 0
