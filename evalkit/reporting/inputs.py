"""What a report is made from: samples and items as frames, manifests, and the figures of the other parts.

Nothing here computes. Whoever joins the parts fills these records; `reporting.view` reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evalkit.records import Manifest, Request

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.comparison import Caveat, SuiteComparison
    from evalkit.economics import CandidateFigures
    from evalkit.gate import GateVerdict
    from evalkit.routes.report import RouteReport
    from evalkit.training.curve import LearningCurve

SAMPLE_COLUMNS = (
    "run_id", "suite", "suite_version", "family", "item_id", "tags", "critical", "candidate", "tier",
    "repeat", "status", "output", "tool_calls", "parsed", "format_valid", "success", "score",
    "error_kind", "diff", "finish_reason", "input_tokens", "output_tokens", "cost_usd", "latency_s",
    "e2e_latency_s", "ttft_s", "attempts", "load", "reused_from", "simulated", "fault", "confidence",
    "request_hash",
)  # fmt: skip
"""The columns of `ReportInput.samples` that are read; others may be there."""

EARLIER_COLUMNS = (
    "suite", "suite_version", "candidate", "item_id", "source", "status", "success", "error_kind", "diff",
    "fault",
)  # fmt: skip
"""The columns of `ReportInput.earlier`; `source` says in words where a row comes from."""

ITEM_COLUMNS = ("suite", "item_id", "item")
"""The columns of `ReportInput.items`; `item` is the item as JSON text or as a mapping."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One candidate at one suite against what was accepted before, item by item."""

    against: str
    """What that is, in words."""
    found: SuiteComparison
    caveats: tuple[Caveat, ...] = ()
    """What keeps both from being compared as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastCell:
    """What an earlier report said of one candidate at one suite."""

    suite: str
    candidate: str
    success: float
    low: float
    high: float
    n: int
    floor: str
    """How success stood to the quality floor: `met`, `missed`, `open` or `unset`."""
    verdict: str | None
    """The gate's outcome; None where nothing was judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastReport:
    """What an earlier report said."""

    created_at: str
    runs: tuple[str, ...]
    cells: tuple[PastCell, ...]


MOST_IN_ONE_FILE = 8_000_000
"""Characters of samples in a report that is to be mailed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportOptions:
    """How much is shown."""

    with_content: bool = True
    """False leaves inputs, targets and outputs out, for readers who may not see them."""
    most_failures: int = 10
    """Failed items shown on a suite's page; the errors page has them all."""
    most_characters: int = 4000
    """Characters shown of one text before it is cut, with a note."""
    most_opened: int | None = None
    """Characters of samples that can be opened, the most costly first; what is left out is said. None: all of
    them, and in one file `MOST_IN_ONE_FILE`."""


AskedFor = Callable[[str, str, str], Request | None]
"""Suite, item and candidate -> the request as it was sent; None where it cannot be made again."""


@dataclass(frozen=True, kw_only=True)
class ReportInput:
    """All that a report is made from."""

    samples: pd.DataFrame
    """The flat view of the store, one row a sample, with `SAMPLE_COLUMNS`."""
    items: pd.DataFrame
    """The items of the suites, with `ITEM_COLUMNS`; an item that is not there is shown without its input."""
    manifests: tuple[Manifest, ...]
    """The runs that the samples come from, newest first."""
    figures: tuple[CandidateFigures, ...]
    """One for each suite and candidate; a pair without one shows no figures and says so."""
    created_at: str
    """UTC, ISO 8601. Handed in, so that equal inputs make equal pages."""
    title: str = "Evaluation report"
    gate: GateVerdict | None = None
    """None when nothing was judged."""
    family_metrics: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """(suite, candidate) -> the family's own figures, as `Family.metrics` gives them."""
    error_kinds: Mapping[str, str] = field(default_factory=dict)
    """Error kind -> meaning, of all families in the report."""
    earlier: pd.DataFrame | None = None
    """What each suite and candidate said before, with `EARLIER_COLUMNS`; None: nothing is known."""
    asked_for: AskedFor | None = None
    """Makes requests again, to be shown beside the answers."""
    comparisons: tuple[Compared, ...] = ()
    """Each suite and candidate that has a baseline, against it."""
    routes: RouteReport | None = None
    """What routes the samples support; None when nobody asked."""
    curves: tuple[LearningCurve, ...] = ()
    """One for each base whose candidates say what they were trained on."""
    past: PastReport | None = None
    """The report before this one; `write_report` finds it in the folder it writes to."""
    notes: tuple[str, ...] = ()
    """Plain sentences that are said at the top of the front page."""
    options: ReportOptions = ReportOptions()
