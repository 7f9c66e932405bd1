"""Makes run folders as the runner leaves them, plausible and hostile: for tests of store and reports.

Nothing is asked of any model: answers, mistakes, faults and times are drawn from a seed, so that the same
arguments give the same bytes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evalkit.records import (
    Attempt,
    Candidate,
    CandidateEntry,
    Contract,
    Diff,
    Item,
    Manifest,
    Price,
    Prompt,
    Sample,
    Score,
    Stakes,
    Suite,
    SuiteEntry,
    ToolCall,
    Usage,
    clean_text,
    content_hash,
    to_plain,
)

HOSTILE_TEXTS = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "[click](javascript:alert(1)) </script><!-- {{ 7*7 }} {% raw %}",
    "right-to-left \u202eevil\u202c and \u2066isolate\u2069, ANSI \x1b[31mred\x1b[0m",
    "NUL \x00 inside, lone surrogate \ud800, tab\tand\r\nnewlines\u2028\u2029",
    "'; DROP TABLE runs; -- \\\" $1 ${HOME} `id` ../../etc/passwd",
    "emoji 👩‍👩‍👧‍👦🏳️‍🌈 zalgo Z͑ͫA̴L͓G̈O, Ελληνικά, العربية, 中文",
)
"""Texts that break careless escaping; `write_run_folder` puts them in outputs, inputs, tags and names."""

CUSTOMERS = ("Nordwind Cycles", "Chapel Street Hall", "Fjord Kayaks", "Casa Botánica", "Ōta Instruments")
PRODUCTS = ("oak shelf", "desk lamp", "paddle", "candle holder", "wool blanket")
LABELS = {
    "refund": "The customer wants money back.",
    "delivery": "Where a parcel is, or a wrong one.",
    "account": "Sign-in, data and settings.",
    "out_of_scope": "None of the others.",
}
TOOLS = ("create_event", "move_event", "find_free_slot")

SUITES = {
    "support-triage": "classification",
    "order-extraction": "extraction",
    "calendar-tools": "tool_calls",
}
"""The suites made unless others are named: name -> family."""

SUCCESS_RATE = {"slim": 0.62, "mid": 0.84, "frontier": 0.95}
"""How often a candidate is right, by tier, unless `success` says otherwise."""

CANDIDATES = (
    Candidate(
        name="slim-plain", tier="slim", backend="llamacpp", model="SmolLM2-135M", base="smollm2",
        output="plain", price=Price(machine_usd_per_hour=0.08),
    ),
    Candidate(
        name="slim-constrained", tier="slim", backend="llamacpp", model="SmolLM2-135M", base="smollm2",
        output="constrained", price=Price(machine_usd_per_hour=0.08),
    ),
    Candidate(name="mid", tier="mid", backend="simulated", price=Price(input_usd_per_mtok=0.3)),
    Candidate(name="frontier", tier="frontier", backend="simulated", price=Price(input_usd_per_mtok=3.0)),
)  # fmt: skip


def make_suite(name: str, family: str, n_items: int = 20, *, seed: int = 0, hostile: bool = True) -> Suite:
    """A suite of that family whose items are drawn from the seed; some share a cluster, some are critical."""
    rng = random.Random(f"{name}/{seed}")
    items = tuple(_item(family, k, rng, hostile) for k in range(n_items))
    tools = tuple(
        {"type": "function", "function": {"name": t, "parameters": {"type": "object"}}} for t in TOOLS
    )
    return Suite(
        name=name,
        family=family,
        version="1",
        description=f"Made-up {family} items for tests.",
        contract=Contract(
            labels=LABELS if family == "classification" else {},
            out_of_scope="out_of_scope" if family == "classification" else None,
            schema={"type": "object"} if family == "extraction" else None,
            tools=tools if family == "tool_calls" else (),
        ),
        prompts={"default": Prompt(system="Answer briefly.")},
        stakes=Stakes(
            risk={"classification": "low", "extraction": "high"}.get(family, "medium"),  # type: ignore[arg-type]
            volume_per_month=12_000, quality_floor=0.8, margin=0.05, latency_slo_s=5.0,
            error_cost_usd=2.5, review_cost_usd=0.6,
        ),
        items=items,
        card=f"# {name}\n\nMade up.",
    )  # fmt: skip


def write_run_folder(
    path: Path,
    *,
    suites: Iterable[str] | Mapping[str, str] | Sequence[Suite] = tuple(SUITES),
    candidates: Sequence[Candidate] = CANDIDATES,
    n_items: int = 20,
    repeats: int = 1,
    seed: int = 0,
    run_id: str | None = None,
    created_at: str = "2026-11-20T08:00:00.000000+00:00",
    status: str = "done",
    success: Mapping[str, float] | None = None,
    faulted: float = 0.02,
    hostile: bool = True,
) -> Manifest:
    """Writes `manifest.json`, `items.jsonl` and `journal.jsonl` under `path`; returns the manifest.

    Args:
        path: The run folder; made when missing.
        suites: Names out of `SUITES`, a mapping of name -> family, or whole suites.
        candidates: Who answers; `simulated` backends are marked so.
        n_items: Items in each suite that is given by name.
        repeats: Samples for each item and candidate.
        seed: Decides every draw. Items depend on it too; pass whole suites to keep them between runs.
        run_id: The folder's name when None.
        created_at: Start of the run, UTC.
        status: The manifest's status.
        success: Candidate name -> share of right answers, instead of its tier's.
        faulted: Share of samples whose last attempt failed.
        hostile: Whether hostile texts are strewn in.
    """
    made = [_made(suites, s, n_items, seed, hostile) for s in suites]
    path.mkdir(parents=True, exist_ok=True)
    clock = datetime.fromisoformat(created_at)
    total = sum(len(s.test_items) for s in made) * len(candidates) * repeats
    manifest = Manifest(
        run_id=run_id or path.name,
        created_at=created_at,
        finished_at=None if status == "running" else (clock + timedelta(minutes=5)).isoformat(),
        status=status,  # type: ignore[arg-type]
        partial_reason="--limit" if status == "partial" else None,
        seed=seed,
        repeats=repeats,
        samples_planned=total,
        suites=tuple(_suite_entry(s) for s in made),
        candidates=tuple(
            CandidateEntry(
                candidate=c,
                requested_fingerprint=c.requested_fingerprint,
                simulated=c.simulated,
                runtime={"weights_sha256": content_hash(c.model)},
            )
            for c in candidates
        ),
        versions={"evalkit": "0.1.0", "python": "3.11.9"},
        machine={"system": "Linux", "cores": 2, "memory_gib": 24},
        load="concurrency=4",
        command="evalkit run",
    )
    _write_lines(path / "manifest.json", [to_plain(manifest)], indent=1)
    _write_lines(
        path / "items.jsonl",
        (
            {"suite": s.name, "suite_version": s.suite_version, "item": to_plain(item)}
            for s in made
            for item in s.test_items
        ),
    )
    rates = success or {}
    _write_lines(
        path / "journal.jsonl",
        (
            line
            for candidate in candidates
            for suite in made
            for line in _answers(
                suite, candidate, repeats, seed, clock, faulted,
                rates.get(candidate.name, SUCCESS_RATE[candidate.tier]), hostile,
            )
        ),
    )  # fmt: skip
    return manifest


def journal_lines(path: Path) -> list[dict[str, Any]]:
    """The entries of a run folder's journal, for tests that look at the truth itself."""
    # Not splitlines(): hostile text holds further characters that Python takes for line ends.
    with (path / "journal.jsonl").open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def _made(suites: Any, suite: str | Suite, n_items: int, seed: int, hostile: bool) -> Suite:
    if isinstance(suite, Suite):
        return suite
    family = suites[suite] if isinstance(suites, Mapping) else SUITES[suite]
    return make_suite(suite, family, n_items, seed=seed, hostile=hostile)


def _suite_entry(suite: Suite) -> SuiteEntry:
    return SuiteEntry(
        name=suite.name,
        family=suite.family,
        suite_version=suite.suite_version,
        description=suite.description,
        contract=suite.contract,
        scorer=suite.scorer,
        scorer_hash=content_hash("scorer", suite.content_hash),
        prompts=suite.prompts,
        stakes=suite.stakes,
        items_total=len(suite.test_items),
        items_planned=len(suite.test_items),
        card=suite.card,
    )


def _item(family: str, k: int, rng: random.Random, hostile: bool) -> Item:
    customer, product, quantity = rng.choice(CUSTOMERS), rng.choice(PRODUCTS), rng.randint(1, 12)
    text = f"{customer} asks about {quantity} × {product}, number {k}."
    if hostile and k % 7 == 3:
        text += " " + HOSTILE_TEXTS[k // 7 % len(HOSTILE_TEXTS)]
    target: Any = rng.choice(list(LABELS))
    if family == "extraction":
        target = {"customer": customer, "items": [{"product": product, "quantity": quantity}], "total": None}
    elif family == "tool_calls":
        date = {"any_of": [f"2026-12-{1 + k % 28:02d}"], "optional": False}
        target = [] if k % 9 == 8 else [{"tool": rng.choice(TOOLS), "arguments": {"date": date}}]
    tags = {"lang": rng.choice(("en", "de", "es")), "difficulty": rng.choice(("easy", "hard"))}
    if hostile and k == 3:
        tags["note"] = clean_text(HOSTILE_TEXTS[0])
    return Item(
        id=f"{family[:3]}-{k:04d}",
        input=clean_text(text),
        target=target,
        tags=tags,
        weight=2.0 if k % 10 == 0 else 1.0,
        critical=k % 11 == 0,
        cluster=f"doc-{k // 3}" if family == "extraction" else None,
        line=k + 1,
    )


def _answers(
    suite: Suite,
    candidate: Candidate,
    repeats: int,
    seed: int,
    clock: datetime,
    faulted: float,
    rate: float,
    hostile: bool,
) -> Iterable[dict[str, Any]]:
    rng = random.Random(f"{suite.name}/{candidate.name}/{seed}")
    slow = {"slim": 0.9, "mid": 0.5, "frontier": 1.4}[candidate.tier]
    for k, item in enumerate(suite.test_items):
        for repeat in range(repeats):
            started = clock + timedelta(seconds=0.3 * (k * repeats + repeat))
            latency = rng.lognormvariate(0.0, 0.5) * slow
            usage = Usage(input_tokens=rng.randint(60, 140), output_tokens=rng.randint(3, 60))
            price = {"slim": 0.1, "mid": 0.6, "frontier": 6.0}[candidate.tier]
            base = Attempt(
                suite=suite.name, item_id=item.id, candidate=candidate.name, repeat=repeat, attempt=1,
                status="answered", started_at=started.isoformat(timespec="microseconds"), queued_s=0.01,
                latency_s=latency, ttft_s=latency / 3, usage=usage,
                cost_usd=price * ((usage.input_tokens or 0) + 3 * (usage.output_tokens or 0)) / 1e6,
                price_id=f"test-{candidate.tier}",
            )  # fmt: skip
            fails = rng.random() < faulted
            failure = replace(
                base, status="faulted", fault="server_error", fault_message="502 from the server",
                http_status=502, ttft_s=None, usage=Usage(), cost_usd=None,
            )  # fmt: skip
            retried = not fails and rng.random() < 0.03
            tries = [failure] * (2 if fails else 1 if retried else 0)
            tries += [] if fails else [base]
            for number, attempt in enumerate(tries, start=1):
                yield {"kind": "attempt", **to_plain(replace(attempt, attempt=number))}
            sample = _sample(suite, item, candidate, base, tries, rate, rng, hostile)
            yield {"kind": "sample", **to_plain(sample)}


def _sample(
    suite: Suite,
    item: Item,
    candidate: Candidate,
    base: Attempt,
    tries: Sequence[Attempt],
    rate: float,
    rng: random.Random,
    hostile: bool,
) -> Sample:
    scorer_hash = content_hash("scorer", suite.content_hash)
    last = tries[-1]
    sample = Sample(
        suite=suite.name, suite_version=suite.suite_version, item_id=item.id, candidate=candidate.name,
        repeat=base.repeat, status=last.status, fault=last.fault,
        requested_fingerprint=candidate.requested_fingerprint,
        observed_fingerprint=content_hash("observed", candidate.model),
        prompt_hash=suite.prompts["default"].hash, request_hash=content_hash(suite.name, item.id),
        seed=base.repeat,
        constraint_asked="json_schema" if candidate.output == "constrained" else "none",
        constraint_enforced="json_schema" if candidate.output == "constrained" else None,
        usage=last.usage, cost_usd=last.cost_usd, price_id=last.price_id, latency_s=tries[0].latency_s,
        e2e_latency_s=sum(t.latency_s or 0.0 for t in tries) + 0.5 * (len(tries) - 1),
        ttft_s=last.ttft_s, attempts=len(tries), load="concurrency=4", simulated=candidate.simulated,
        started_at=base.started_at,
    )  # fmt: skip
    if last.status == "faulted":
        fault = Score(success=False, score=0.0, format_valid=False, error_kind="backend_error",
                      scorer_hash=scorer_hash)  # fmt: skip
        return replace(sample, score=fault)
    if rng.random() < rate:
        text, calls, score = _right(suite.family, item)
    elif hostile and rng.random() < 0.25:
        text, calls = clean_text(rng.choice(HOSTILE_TEXTS)), ()
        score = _wrong(
            "unparseable", Diff(path="$", kind="unparseable", expected=item.target, got=text), None
        )
    else:
        text, calls, score = _mistake(suite.family, item, rng)
    return replace(
        sample, output=text, tool_calls=calls, finish_reason="tool_calls" if calls else "stop",
        confidence=round(rng.uniform(0.4, 1.0), 3) if suite.family == "classification" else None,
        confidence_method="label_trie" if suite.family == "classification" else None,
        label_mass_outside=0.02 if suite.family == "classification" else None,
        server_metrics={"queue_s": 0.25, "prefill_s": 1.0} if suite.family == "classification" else None,
        score=replace(score, scorer_hash=scorer_hash),
    )  # fmt: skip


Reply = tuple[str | None, tuple[ToolCall, ...], Score]


def _right(family: str, item: Item) -> Reply:
    calls: tuple[ToolCall, ...] = ()
    text: str | None = (
        item.target if family == "classification" else json.dumps(item.target, ensure_ascii=False)
    )
    parsed = item.target
    if family == "tool_calls":
        calls = tuple(
            ToolCall(name=c["tool"], arguments={n: a["any_of"][0] for n, a in c["arguments"].items()})
            for c in item.target
        )
        text, parsed = None if calls else "Nothing to do.", to_plain(calls)
    return text, calls, Score(success=True, score=1.0, format_valid=True, parsed=parsed, parser="native")


def _mistake(family: str, item: Item, rng: random.Random) -> Reply:
    if family == "classification":
        got: Any = rng.choice([label for label in LABELS if label != item.target])
        kind = "missed_out_of_scope" if item.target == "out_of_scope" else "confused_label"
        return got, (), _wrong(kind, Diff(path="$", kind=kind, expected=item.target, got=got), got)
    if family == "extraction":
        wrong = item.target["items"][0]["quantity"] + rng.choice((1, 10))
        got = {**item.target, "items": [{**item.target["items"][0], "quantity": wrong}]}
        path, kind = rng.choice((("$.items[0].quantity", "wrong_value"), ("$.total", "hallucinated_field")))
        diff = Diff(path=path, kind=kind, expected=item.target["items"][0]["quantity"], got=wrong)
        return json.dumps(got, ensure_ascii=False), (), replace(_wrong(kind, diff, got), score=0.75)
    tool = rng.choice(TOOLS)
    calls = (ToolCall(name=tool, arguments={"date": "2025-01-01"}),)
    kind = "called_when_it_should_not" if not item.target else "wrong_argument_value"
    expected = item.target[0]["arguments"] if item.target else None
    return None, calls, _wrong(kind, Diff(path="$[0].arguments.date", kind=kind, expected=expected,
                                          got="2025-01-01"), to_plain(calls))  # fmt: skip


def _wrong(kind: str, diff: Diff, parsed: Any) -> Score:
    return Score(success=False, score=0.0, format_valid=kind != "unparseable", error_kind=kind, parsed=parsed,
                 diff=(diff,), parser="native")  # fmt: skip


def _write_lines(path: Path, lines: Iterable[Any], indent: int | None = None) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, indent=indent) + "\n")
