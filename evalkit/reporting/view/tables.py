"""Every table of a report in its long form: one row a fact, suites and candidates as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evalkit.reporting.tables import Value
from evalkit.reporting.view.site import Site
from evalkit.stats import Interval

Row = tuple[Value, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table, of all pages that show a part of it."""

    name: str
    """Names its file."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(site: Site) -> tuple[Table, ...]:
    """The tables of a report; those without a row are left out."""
    made = (Table(name=name, columns=columns, rows=tuple(rows(site))) for name, columns, rows in _TABLES)
    return tuple(table for table in made if table.rows)


def _results(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for c in page.cells:
            yield (
                c.suite, c.candidate, c.tier, c.is_simulated, c.items, c.samples, c.answered, c.faulted,
                c.not_asked, c.retried, c.reused, *_bounds(c.success),
                *_bounds(c.cost_per_success_usd), c.cost_usd,
                *_bounds(c.latency_s.p50 if c.latency_s else None),
                *_bounds(c.latency_s.p95 if c.latency_s else None),
                *_bounds(c.ttft_s.p50 if c.ttft_s else None), *_bounds(c.format_valid), c.mean_score,
                page.floor, page.slo_s, c.verdict.outcome if c.verdict else None,
            )  # fmt: skip


def _bounds(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (interval.estimate, interval.low, interval.high) if interval and interval.n else (None, None, None)


def _three(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _error_kinds(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for row in page.errors:
            for name, n, share in zip(page.candidates, row.counts, row.shares, strict=True):
                yield page.name, row.kind, row.fault, name, n, share


def _slices(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for table in page.slices.tables:
            for row in table.rows:
                for name, rate in zip(table.candidates, row.rates, strict=True):
                    yield page.name, table.tag, row.value, row.items, name, *_bounds(rate)


def _family_figures(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for row in page.family_view.numbers:
            for name, value in zip(page.family_view.candidates, row.values, strict=True):
                yield page.name, row.name, name, value
        for table in page.family_view.breakdowns:
            for label, values in table.rows:
                for column, value in zip(table.columns, values, strict=True):
                    yield page.name, f"{table.name}: {label}: {column}", table.candidate, value


def _fields(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for path, cells in page.fields.rows if page.fields else ():
            for name, c in zip(page.fields.candidates if page.fields else (), cells, strict=True):
                if c:
                    yield page.name, path, name, c.precision, c.recall, c.missed, c.hallucinated, c.values


def _confusions(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for m in page.family_view.matrices:
            for target, row in zip(m.targets, m.counts, strict=True):
                for answer, n in zip(m.answers, row, strict=True):
                    if n:
                        yield page.name, m.name, m.candidate, target, answer, n


def _errors(site: Site) -> Iterator[Row]:
    for g in site.errors.groups if site.errors else ():
        yield (
            g.suite, g.candidate, g.tier, g.simulated, g.kind, g.key, g.samples, g.items, g.critical, g.share,
            g.new, g.persistent, g.fixed, g.usd_a_month, g.risk,
        )  # fmt: skip


def _changes(site: Site) -> Iterator[Row]:
    for r in site.errors.since if site.errors else ():
        known = (r.new, r.persistent, r.fixed, r.unknown) if r.against else (None, None, None, None)
        yield r.suite, r.candidate, r.tier, r.simulated, r.failing, *known, r.against


def _bills(site: Site) -> Iterator[Row]:
    for bill in site.cost.bills:
        for r in bill.rows:
            yield (
                r.suite, r.kind, r.way, r.simulated, *_bounds(r.success), bill.volume_per_month, r.calls_usd,
                r.machines, r.reviews_usd, r.errors_usd, r.total_usd,
            )  # fmt: skip


def _advice(site: Site) -> Iterator[Row]:
    for suite in site.routes.suites if site.routes else ():
        for a in suite.advice:
            yield (
                suite.suite, suite.simulated, a.move, a.where, a.reason, a.now, a.then, a.certified, a.n,
                *_bounds(a.success_now), *_bounds(a.success_then), *_bounds(a.difference),
                *_bounds(a.month_saving_usd), a.more_items, " ".join(item for item, _ in a.examples),
            )  # fmt: skip


def _governance(site: Site) -> Iterator[Row]:
    for g in site.routes.governance if site.routes else ():
        yield (
            g.suite, g.branch, g.when, g.asks, g.in_force, g.risk, g.complexity, " ".join(g.tiers), g.share,
            g.n,
            *_bounds(g.errors), *_bounds(g.errors_per_month), *_bounds(g.errors_usd_per_month), g.unchecked,
            g.certified, g.accepted_by, None if g.accepted_until is None else g.accepted_until.isoformat(),
            g.expired, g.simulated,
        )  # fmt: skip


def _regressions(site: Site) -> Iterator[Row]:
    for case in site.regressions.cases if site.regressions else ():
        whole = ("suite", case.suite, case.before, case.now, case.difference, case.outcome, False)
        parts = [
            ("slice", s.name, s.before, s.now, s.difference, s.outcome, s.stands_out) for s in case.slices
        ]
        for scope, name, before, now, difference, outcome, stands_out in (whole, *parts):
            yield (
                case.suite, case.candidate, case.simulated, case.against, scope, name, difference.n,
                *_bounds(before), *_bounds(now), *_bounds(difference), case.margin, outcome, stands_out,
            )  # fmt: skip


def _regression_flips(site: Site) -> Iterator[Row]:
    for case in site.regressions.cases if site.regressions else ():
        for direction, flips in (("broken", case.broken), ("fixed", case.fixed)):
            yield from (
                (
                    case.suite,
                    case.candidate,
                    f.item_id,
                    direction,
                    f.critical,
                    f.kind_before,
                    f.kind_now,
                    f.same_answer,
                )
                for f in flips
            )


def _kind_changes(site: Site) -> Iterator[Row]:
    for case in site.regressions.cases if site.regressions else ():
        for k in case.kinds:
            yield (
                case.suite, case.candidate, k.kind, k.before, k.now, k.share_before, k.share_now, k.word,
                *_bounds(k.difference),
            )  # fmt: skip


def _caveats(site: Site) -> Iterator[Row]:
    for c in site.regressions.caveats if site.regressions else ():
        yield from ((c.kind, c.message, where, c.both or c.before, c.both or c.now) for where in c.where)


def _rules(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for v in page.verdicts:
            for r in v.rules:
                yield v.suite, v.candidate, r.rule, r.outcome, r.advisory, r.asked, r.found, r.sure


def _flips(site: Site) -> Iterator[Row]:
    for page in site.suites:
        for v in page.verdicts:
            yield from ((v.suite, v.candidate, item, "broken") for item in v.broken_items)
            yield from ((v.suite, v.candidate, item, "fixed") for item in v.fixed_items)


def _runs(site: Site) -> Iterator[Row]:
    for page in site.runs:
        for c in page.candidates:
            yield (
                page.run_id, c.name, c.tier, c.simulated, c.backend, c.model, c.samples, c.faulted, c.retried,
                c.reused, c.cost, c.output, c.prompt, c.decoding, c.price, c.fingerprint,
            )  # fmt: skip


def _run_suites(site: Site) -> Iterator[Row]:
    for page in site.runs:
        yield from (
            (page.run_id, s.name, s.family, s.planned, s.total, s.version, s.scorer_hash) for s in page.suites
        )


def _faults(site: Site) -> Iterator[Row]:
    for page in site.runs:
        yield from ((page.run_id, *fault) for fault in page.faults)


_TABLES: tuple[tuple[str, tuple[str, ...], Callable[[Site], Iterator[Row]]], ...] = (
    ("results", (
        "suite", "candidate", "tier", "simulated", "items", "samples", "answered", "faulted", "not_asked",
        "retried", "reused", *_three("success"), *_three("cost_per_success_usd"), "cost_usd",
        *_three("latency_p50_s"), *_three("latency_p95_s"), *_three("ttft_p50_s"), *_three("format_valid"),
        "mean_score", "quality_floor", "latency_slo_s", "verdict",
    ), _results),
    ("error-kinds", ("suite", "error_kind", "fault", "candidate", "samples", "share"), _error_kinds),
    ("slices", ("suite", "tag", "value", "items", "candidate", *_three("success")), _slices),
    ("family-figures", ("suite", "figure", "candidate", "value"), _family_figures),
    ("fields", (
        "suite", "field", "candidate", "precision", "recall", "missed", "hallucinated", "target_values",
    ), _fields),
    ("confusions", ("suite", "figure", "candidate", "target", "answer", "samples"), _confusions),
    ("errors", (
        "suite", "candidate", "tier", "simulated", "error_kind", "about", "samples", "items", "critical",
        "share", "new", "persistent", "fixed", "usd_a_month", "risk",
    ), _errors),
    ("changes", (
        "suite", "candidate", "tier", "simulated", "failing", "new", "persistent", "fixed",
        "not_asked_before", "against",
    ), _changes),
    ("bills", (
        "suite", "kind", "way", "simulated", *_three("success"), "volume_per_month", "calls_usd", "machines",
        "reviews_usd", "errors_usd", "total_usd",
    ), _bills),
    ("advice", (
        "suite", "simulated", "move", "where", "reason", "now", "then", "certified", "items",
        *_three("success_now"), *_three("success_then"), *_three("difference"), *_three("saving_usd_a_month"),
        "more_items", "examples",
    ), _advice),
    ("governance", (
        "suite", "branch", "when", "asks", "in_force", "risk", "complexity", "tiers", "share", "items",
        *_three("errors"), *_three("errors_a_month"), *_three("errors_usd_a_month"), "unchecked", "certified",
        "accepted_by", "accepted_until", "expired", "simulated",
    ), _governance),
    ("regressions", (
        "suite", "candidate", "simulated", "against", "scope", "name", "pairs",
        *_three("before"), *_three("now"), *_three("difference"), "margin", "outcome", "stands_out",
    ), _regressions),
    ("regression-flips", (
        "suite", "candidate", "item_id", "direction", "critical", "error_kind_before", "error_kind_now",
        "same_answer",
    ), _regression_flips),
    ("error-kind-changes", (
        "suite", "candidate", "error_kind", "before", "now", "share_before", "share_now", "change",
        *_three("difference"),
    ), _kind_changes),
    ("caveats", ("kind", "message", "comparison", "before", "now"), _caveats),
    ("rules", ("suite", "candidate", "rule", "outcome", "advisory", "asked", "found", "sure"), _rules),
    ("flips", ("suite", "candidate", "item_id", "direction"), _flips),
    ("run-candidates", (
        "run_id", "candidate", "tier", "simulated", "backend", "model", "samples", "faulted", "retried",
        "reused", "cost", "output", "prompt", "decoding", "price", "fingerprint",
    ), _runs),
    ("run-suites", (
        "run_id", "suite", "family", "items_planned", "items_total", "suite_version", "scorer_hash",
    ), _run_suites),
    ("faults", ("run_id", "candidate", "error_kind", "samples"), _faults),
)  # fmt: skip
"""Name, columns and rows of each; a page's tables are added here."""
