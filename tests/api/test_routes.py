"""Claims about routes over a project's store: proposed, accepted, replayed, held against those in force."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from evalkit import api
from evalkit.api import routes as api_routes
from evalkit.cli.routes_text import simulation_text
from evalkit.errors import ConfigError, EvalkitError, RunError, UsageError
from evalkit.routes.decide import load
from evalkit.routes.file import read_route_file
from evalkit.routes.policy import single
from tests.projects import SUITE, simulated, write_project
from tests.routed import write_routed_project

TODAY = date(2026, 11, 22)
HAND_WRITTEN = {"form": 1, "routes": {SUITE: {"branches": [{"ask": [{"candidate": "slim"}]}]}}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run once."""
    file = write_routed_project(tmp_path_factory.mktemp("routed"))
    api.run(project=file)
    return file


@pytest.fixture
def unrouted(project: Path) -> Path:
    """The project without routes in force."""
    (project.parent / "routes.yaml").unlink(missing_ok=True)
    return project


@pytest.fixture(scope="module")
def proposed(project: Path) -> api_routes.RouteReport:
    """What is proposed for it with nothing in force."""
    (project.parent / "routes.yaml").unlink(missing_ok=True)
    return api.propose_routes(project=project)


def policy_file(folder: Path, plain: Any = HAND_WRITTEN) -> Path:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(plain))
    return path


def changed(project: Path, **keys: Any) -> Path:
    """The same project under other settings, in a file beside it."""
    file = project.parent / "other.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(project.read_text()), **keys}))
    return file


def test_the_report_is_whole_and_plain_json(proposed: api_routes.RouteReport) -> None:
    """A page or a program needs no further computation."""
    one = proposed.suite(SUITE)
    assert one.proposal.certificate is not None
    assert one.proposal.certificate.certified
    assert {y.name for y in one.proposal.yardsticks} >= {"best_single", "frontier_alone", "oracle"}
    assert [f.candidate for f in one.candidates] == ["slim", "mid", "frontier"]
    assert any(s.in_words == "language is de" for s in one.slices.slices)
    assert one.governance[0].errors_per_month is not None
    assert one.trade_offs.climbs
    plain = json.loads(json.dumps(proposed.to_json(), allow_nan=False))
    assert plain["suites"][0]["advice"][0]["in_words"] == "the whole suite"
    assert plain["suites"][0]["proposal"]["proposed"]["in_words"] == one.proposal.proposed.in_words  # type: ignore[union-attr]


def test_what_is_proposed_agrees_with_direct_pandas(project: Path, proposed: api_routes.RouteReport) -> None:
    """A candidate alone, by the store's own rows."""
    samples = api.open_store(project=project).samples()
    found = {f.candidate: f for f in proposed.suite(SUITE).candidates}
    rows: pd.DataFrame = samples.assign(right=samples["success"].astype(float))
    for name, group in rows.groupby("candidate"):
        mine = found[str(name)]
        assert mine.success.estimate == pytest.approx(group["right"].mean())
        assert mine.cost.per_success_usd is not None
        assert mine.cost.per_success_usd.estimate == pytest.approx(
            group["cost_usd"].sum() / group["right"].sum()
        )


def test_applied_routes_are_pinned_dated_and_followed_by_a_service(
    unrouted: Path, proposed: api_routes.RouteReport
) -> None:
    """From the evidence to the service, by one file."""
    done = api.apply_routes("agreed", who="ada", project=unrouted, today=TODAY)
    assert (done.changed, done.revision) == ((SUITE,), 1)
    found = read_route_file(done.file)
    route = found.routes[SUITE]
    assert route.policy == proposed.suite(SUITE).proposal.proposed
    assert route.accepted is not None
    assert (route.accepted.by, route.accepted.until) == ("ada", TODAY + timedelta(days=90))
    measured = api.open_store(project=unrouted).candidates()
    marks = dict(zip(measured["candidate"], measured["requested_fingerprint"], strict=True))
    assert {n: p.fingerprint for n, p in found.candidates.items()} == {n: marks[n] for n in found.candidates}
    assert route.evidence.runs == proposed.run_ids
    assert (done.file.parent / ".evalkit" / "routes.schema.json").is_file()
    service = load(done.file)
    first = service.first(SUITE, {"language": "de"})
    assert first.action == "ask"
    assert first.candidate in found.candidates


def test_applying_again_changes_no_byte(unrouted: Path) -> None:
    """Once accepted, the best route is kept; its acceptance is renewed only when asked."""
    done = api.apply_routes("agreed", who="ada", project=unrouted, today=TODAY)
    before = done.file.read_bytes()
    again = api.apply_routes("again", who="bob", project=unrouted, today=TODAY)
    assert (again.changed, again.kept, done.file.read_bytes()) == ((), (SUITE,), before)
    assert api.diff_routes(project=unrouted).text == ""
    renewed = api.apply_routes("again", who="bob", project=unrouted, today=TODAY, renew=True, days=5)
    assert renewed.changed == (SUITE,)
    accepted = read_route_file(done.file).routes[SUITE].accepted
    assert accepted is not None
    assert (accepted.by, accepted.until) == ("bob", TODAY + timedelta(days=5))


def test_a_diff_shows_what_apply_would_write_and_writes_nothing(unrouted: Path) -> None:
    """It is read before anything is decided."""
    found = api.diff_routes(project=unrouted)
    assert "+  plants:\n" in found.text
    assert not (unrouted.parent / "routes.yaml").exists()


def test_a_hand_written_route_is_measured_accepted_and_said_to_be_uncertified(unrouted: Path) -> None:
    """People decide; the file says on what."""
    api.apply_routes("board", policy=policy_file(unrouted.parent), project=unrouted, today=TODAY)
    found = api.read_routes(unrouted)
    assert found.policy(SUITE) == single(SUITE, "slim")
    assert not found.routes[SUITE].certified
    samples = api.open_store(project=unrouted).samples(candidate="slim")
    assert found.routes[SUITE].evidence.success == pytest.approx(samples["success"].mean(), abs=1e-4)
    moves = {a.in_words: a.move for a in api.propose_routes(project=unrouted).advice}
    assert moves["language is de"] == "tighten"


def test_a_simulation_is_the_candidate_itself_where_one_serves_alone(unrouted: Path) -> None:
    """The replay adds nothing and loses nothing."""
    (found,) = api.simulate_routes(policy_file(unrouted.parent), project=unrouted)
    samples = api.open_store(project=unrouted).samples(candidate="slim")
    assert found.figures.success.estimate == pytest.approx(samples["success"].mean())
    assert found.figures.per_success_usd is not None
    wanted = samples["cost_usd"].sum() / samples["success"].sum()
    assert found.figures.per_success_usd.estimate == pytest.approx(wanted)
    assert json.dumps(found.to_json(), allow_nan=False)


def test_other_prices_and_volumes_ask_nobody(unrouted: Path) -> None:
    """Twice the price is twice the bill; twice the volume too."""
    mine = policy_file(unrouted.parent)
    (found,) = api.simulate_routes(mine, project=unrouted)
    dearer = {"slim": {"input_usd_per_mtok": 0.2, "output_usd_per_mtok": 0.8}}
    (twice,) = api.simulate_routes(mine, prices=dearer, project=unrouted)
    (busy,) = api.simulate_routes(mine, stakes={SUITE: {"volume_per_month": 200_000}}, project=unrouted)
    assert found.figures.month_calls_usd is not None
    assert twice.figures.month_calls_usd == pytest.approx(2 * found.figures.month_calls_usd)
    assert busy.figures.month_calls_usd == pytest.approx(2 * found.figures.month_calls_usd)


def test_a_local_only_suite_is_never_routed_to_a_remote_candidate(unrouted: Path, tmp_path: Path) -> None:
    """Whatever it would save; and a hand-written route there is refused."""
    file = write_routed_project(tmp_path, n_items=100, stakes={"privacy": "local_only"})
    api.run(project=file)
    for manifest in (tmp_path / "runs").glob("*/manifest.json"):
        # As if it had been asked of a hosted API before the suite was declared local.
        text = manifest.read_text().replace('"backend": "replay"', '"backend": "openai"', 1)
        manifest.write_text(text)
    remote = next(
        e["candidate"]["name"]
        for m in (tmp_path / "runs").glob("*/manifest.json")
        for e in json.loads(m.read_text())["candidates"]
        if e["candidate"]["backend"] == "openai"
    )
    proposal = api.propose_routes(project=file).suite(SUITE).proposal
    assert remote == "slim"
    assert "local_only" in proposal.ruled_out["slim"]
    assert proposal.proposed is None or "slim" not in proposal.proposed.candidates
    with pytest.raises(ConfigError, match="local_only"):
        api.apply_routes("cheap", policy=policy_file(tmp_path), project=file)


def test_stakes_are_those_that_the_suite_states_now(tmp_path: Path) -> None:
    """A floor that is added after the run is held to at once: it changes nothing that was asked."""
    file = write_routed_project(tmp_path, n_items=120, stakes={"quality_floor": None, "volume_per_month": 7})
    api.run(project=file)
    assert api.propose_routes(project=file).suite(SUITE).proposal.status == "no_floor"
    suite = tmp_path / "suites" / SUITE / "suite.yaml"
    plain = yaml.safe_load(suite.read_text())
    plain["stakes"] |= {"quality_floor": 0.7, "volume_per_month": 50_000, "privacy": "local_only"}
    suite.write_text(yaml.safe_dump(plain))
    report = api.propose_routes(project=file)
    one = report.suite(SUITE)
    assert (one.stakes.quality_floor, one.stakes.volume_per_month) == (0.7, 50_000)
    assert one.stakes.privacy == "local_only"
    assert one.proposal.status == "change"
    assert one.proposal.month_saving_usd == pytest.approx(50_000 * one.proposal.saving_usd.estimate)  # type: ignore[union-attr]
    assert any("suite.yaml says now" in note and "quality_floor 0.7" in note for note in report.notes)
    asked = api.propose_routes(project=file, stakes={SUITE: {"quality_floor": 0.5}}).suite(SUITE)
    assert asked.stakes.quality_floor == 0.5, "what is asked for comes on top"
    suite.write_text("name: [")
    assert api.propose_routes(project=file).suite(SUITE).proposal.status == "no_floor"
    suite.unlink()
    assert api.propose_routes(project=file).suite(SUITE).proposal.status == "no_floor"


def test_a_risk_class_can_demand_a_tier_and_a_person(unrouted: Path) -> None:
    """Declared once, for every suite of the class."""
    demand = {"risk": {"low": {"least_tier": "mid", "review": True}}}
    report = api.propose_routes(project=changed(unrouted, routes=demand))
    proposal = report.suite(SUITE).proposal
    assert "mid or above" in proposal.ruled_out["slim"]
    assert proposal.proposed is not None
    assert all(branch.review for branch in proposal.proposed.branches)
    assert not any(row.unchecked for row in report.suite(SUITE).governance)


@pytest.mark.parametrize("timed", [(), ("slim",)])
def test_times_that_were_not_recorded_are_unknown_and_decide_nothing(
    tmp_path: Path, timed: tuple[str, ...]
) -> None:
    """How long reading a recording takes says nothing of the model: the untimed one looked a thousand times
    faster, was never dominated, and routes.yaml promised microseconds."""
    file = write_routed_project(tmp_path, timed=timed)
    plain = yaml.safe_load(file.read_text())
    plain["candidates"]["mid"]["price"] = {"machine_usd_per_hour": 2.0}
    file.write_text(yaml.safe_dump(plain))
    api.run(project=file)
    samples = api.open_store(project=file).samples()
    untimed = samples[~samples["candidate"].isin(timed)]
    assert untimed[["latency_s", "e2e_latency_s", "ttft_s"]].isna().all(axis=None)
    assert untimed[untimed["candidate"] == "mid"]["cost_usd"].isna().all(), "machine time, too, is unknown"
    one = api.propose_routes(project=file).suite(SUITE)
    assert {f.candidate for f in one.candidates if f.latency.end_to_end_s is None} == {
        "slim", "mid", "frontier"
    } - {*timed}  # fmt: skip
    assert one.trade_offs.front.unknown == (() if timed else ("latency_p95_s",))
    if timed:
        assert all(p.on_front for p in one.trade_offs.front.points), "what is not known is not better"
    for shown in (y.figures for y in one.proposal.yardsticks if y.name == "frontier_alone"):
        assert (shown.latency_s, shown.within_limit) == (None, None)
    api.apply_routes("agreed", project=file)
    route = api.read_routes(file).routes[SUITE]
    if set(route.policy.candidates) - {*timed}:
        assert route.evidence.latency_p95_s is None


def test_a_candidate_whose_settings_changed_is_not_routed_to(unrouted: Path) -> None:
    """The evidence is of another thing than would serve."""
    plain = yaml.safe_load(unrouted.read_text())["candidates"]
    plain["slim"]["decoding"] = {"temperature": 0.7}
    report = api.propose_routes(project=changed(unrouted, candidates=plain))
    assert "changed since" in report.suite(SUITE).proposal.ruled_out["slim"]


def test_expired_and_foreign_acceptances_are_said_first(unrouted: Path) -> None:
    """A route that nobody stands behind any more must not look accepted."""
    old = date(2020, 1, 1)
    done = api.apply_routes("agreed", project=unrouted, today=old)
    text = done.file.read_text()
    for pin in read_route_file(done.file).candidates.values():
        text = text.replace(pin.fingerprint, "a" * 16)
    done.file.write_text(text)
    notes = " ".join(api.propose_routes(project=unrouted).notes)
    assert "expired" in notes
    assert "aaaaaaaaaaaaaaaa" in notes


def test_simulated_evidence_is_refused_unless_asked_for(tmp_path: Path) -> None:
    """As the gate refuses it, and then it is marked."""
    candidates = {
        "slim": {**simulated(accuracy=0.97), "tier": "slim"},
        "frontier": {**simulated(accuracy=0.99), "tier": "frontier",
                     "price": {"input_usd_per_mtok": 50.0, "output_usd_per_mtok": 99.0}},
    }  # fmt: skip
    file = write_project(tmp_path, candidates, n_items=120)
    api.run(project=file)
    with pytest.raises(EvalkitError, match="simulated"):
        api.apply_routes("trial", project=file)
    api.apply_routes("trial", project=file, allow_simulated=True)
    assert api.read_routes(file).routes[SUITE].evidence.simulated
    report = api.propose_routes(project=file)
    assert report.simulated
    assert all(row.simulated for row in report.suite(SUITE).governance)


def test_no_success_is_infinite_and_an_unknown_price_unknown(unrouted: Path, tmp_path: Path) -> None:
    """In the records, in JSON and in routes.yaml."""
    never = {"tier": "slim", **simulated(accuracy=0.0), "price": {"input_usd_per_mtok": 1.0}}
    unpriced = {**simulated(accuracy=0.9), "tier": "mid"}
    del unpriced["price"]
    file = write_project(tmp_path, {"never": {**never, "tier": "slim"}, "unpriced": unpriced}, n_items=120)
    api.run(project=file)
    report = api.propose_routes(project=file)
    plain = report.to_json()["suites"][0]
    by_name = {c["candidate"]: c for c in plain["candidates"]}
    assert by_name["never"]["cost"]["per_success_usd"]["estimate"] == "inf"
    assert by_name["unpriced"]["cost"]["total_usd"] is None
    assert "not known" in report.suite(SUITE).proposal.ruled_out["unpriced"]
    routes = {"form": 1, "routes": {SUITE: {"branches": [{"ask": [{"candidate": "never"}]}]}}}
    mine = policy_file(tmp_path, routes)
    api.apply_routes("a trial", policy=mine, allow_simulated=True, project=file)
    assert "usd_per_success: .inf\n" in (tmp_path / "routes.yaml").read_text()
    (found,) = api.simulate_routes(mine, project=file)
    assert "∞ (at least $" in simulation_text([found])
    assert found.to_json()["figures"]["per_success_usd"]["estimate"] == "inf"
    kept = api.read_routes(file).routes[SUITE].evidence.usd_per_success
    assert kept == math.inf


def test_misspelt_names_are_met_with_the_near_ones(unrouted: Path) -> None:
    """Suites, candidates, stakes, and candidates of a policy."""
    with pytest.raises(RunError, match="plants"):
        api.propose_routes(suites=["plans"], project=unrouted)
    with pytest.raises(UsageError, match="slim"):
        api.propose_routes(prices={"slimm": {}}, project=unrouted)
    with pytest.raises(UsageError, match="fraction"):
        api.propose_routes(stakes={SUITE: {"quality_floor": 80}}, project=unrouted)
    wrong = {"form": 1, "routes": {SUITE: {"branches": [{"ask": [{"candidate": "slimm"}]}]}}}
    with pytest.raises(ConfigError, match="slim"):
        api.simulate_routes(policy_file(unrouted.parent, wrong), project=unrouted)
    with pytest.raises(ConfigError, match="alpha"):
        api.propose_routes(project=changed(unrouted, routes={"alhpa": 0.1}))


def test_only_tags_that_the_service_knows_decide_a_route(
    unrouted: Path, proposed: api_routes.RouteReport
) -> None:
    """A tag may say what the judge alone knows; a route by it would work nowhere but in the evaluation."""
    assert "language" in words(proposed)
    assert any("known_tags" in note for note in proposed.notes)
    own = unrouted.read_text()
    try:
        unrouted.write_text(f"{own}routes: {{known_tags: [parity]}}\n")
        without = api.propose_routes(project=unrouted)
        unrouted.write_text(f"{own}routes: {{known_tags: [language]}}\n")
        declared = api.propose_routes(project=unrouted)
    finally:
        unrouted.write_text(own)
    assert "language" not in words(without)
    assert not any(c.feature == "language" for one in without.suites[0].slices.slices for c in one.conditions)
    assert words(declared) == words(proposed)
    assert not any("known_tags" in note for note in declared.notes)


def test_a_tag_that_nobody_has_and_a_route_by_one_that_is_not_named_are_said(unrouted: Path) -> None:
    """A misspelt tag would take the best route away in silence."""
    api.apply_routes("agreed", who="ada", project=unrouted, today=TODAY)
    found = api.propose_routes(project=changed(unrouted, routes={"known_tags": ["langauge"]}))
    notes = "\n".join(found.notes)
    assert "`known_tags` names 'langauge', and no item here has that tag: did you mean 'language'?" in notes
    assert "goes by language, which `known_tags` does not name" in notes


def words(report: api_routes.RouteReport) -> str:
    """The proposed route."""
    policy = report.suites[0].proposal.proposed
    return "" if policy is None else policy.in_words
