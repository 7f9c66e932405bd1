"""The runner: plans a run, asks every candidate, and keeps what comes back in a run folder."""

from evalkit.runner.estimate import Estimate, Past, estimate
from evalkit.runner.folder import RunFolder, find_run
from evalkit.runner.plan import Plan, make_plan
from evalkit.runner.progress import CandidateCounts, Observer, Silent
from evalkit.runner.run import RunResult, earlier_answers, resume_run, start_run
from evalkit.runner.schedule import StopRule

__all__ = [
    "CandidateCounts",
    "Estimate",
    "Observer",
    "Past",
    "Plan",
    "RunFolder",
    "RunResult",
    "Silent",
    "StopRule",
    "earlier_answers",
    "estimate",
    "find_run",
    "make_plan",
    "resume_run",
    "start_run",
]
