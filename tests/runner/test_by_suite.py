"""One candidate whose model, options or prompt differ by suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.backends import Stage, with_file_hashes
from evalkit.config import Project, load_project
from evalkit.errors import ConfigError
from evalkit.records import Candidate
from evalkit.runner.folder import RunFolder
from evalkit.runner.journal import read_finished_samples
from evalkit.runner.plan import make_plan
from tests.projects import LABELS, answer_rightly, served, write_project, write_suite
from tests.servers.stand_in import StandIn


def project_of(folder: Path, candidate: dict[str, Any]) -> Project:
    file = write_project(folder, {"tuned": candidate})
    write_suite(folder / "suites", name="herbs", prompts={"short": {"system": "Name the part."}})
    return load_project(file)


def at_herbs(model: str) -> dict[str, Any]:
    return {"by_suite": {"herbs": {"model": model, "prompt": "short"}}}


@pytest.mark.parametrize("hardware", [None, "one machine"])
def test_each_suite_is_asked_by_its_own_settings_and_is_one_slot(
    tmp_path: Path, hardware: str | None
) -> None:
    """A tuned model is an adapter for each suite, and one candidate to gate, routes and report."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        base = served(server.base_url, hardware=hardware)
        project = project_of(tmp_path, {**base, **at_herbs("herbs-adapter")})
        first = api.run(project=project)
        sent = {(asked.body["model"], asked.body["messages"][0]["content"]) for asked in server.asked}
        whole = f"Answer with one label: {', '.join(LABELS)}."
        assert sent == {("stand-in", whole), ("herbs-adapter", "Name the part.")}

        # Another adapter for one suite: the other's answers stand.
        project = project_of(tmp_path, {**base, **at_herbs("herbs-adapter-2")})
        second = api.run(project=project, reuse=True)
        assert [asked.body["model"] for asked in server.asked[24:]] == ["herbs-adapter-2"] * 12
    (entry,) = first.manifest.candidates
    samples = read_finished_samples(second.folder / "journal.jsonl").values()
    assert {s.suite for s in samples if s.reused_from} == {"plants"}
    assert entry.fingerprint_at("plants") in {s.requested_fingerprint for s in samples}
    assert entry.fingerprint_at("herbs") not in {s.requested_fingerprint for s in samples}
    told = {
        c.message: (c.suite, c.a, c.b)
        for c in api.compare(f"{first.run_id}/tuned", f"{second.run_id}/tuned", project=project).caveats
    }
    assert told["the model differs"] == ("herbs", "herbs-adapter", "herbs-adapter-2")
    assert not any(suite == "plants" and "differs" in message for message, (suite, _, _) in told.items())


def test_a_suites_settings_are_those_of_an_ordinary_candidate() -> None:
    """So answers move from a candidate for each suite to one for all; decoding and options add up."""
    whole = Candidate(
        name="tuned",
        tier="slim",
        backend="llamacpp",
        model="m",
        options={"threads": 1},
        by_suite={"a": {"options": {"adapters": ["a.gguf"]}, "decoding": {"stop": ["\n"]}}},
    )
    alone = Candidate(
        name="tuned-a",
        tier="slim",
        backend="llamacpp",
        model="m",
        options={"threads": 1, "adapters": ["a.gguf"]},
        decoding=whole.at("a").decoding,
    )
    assert whole.at("a").requested_fingerprint == alone.requested_fingerprint
    assert (whole.at("a").decoding.stop, whole.at("a").decoding.max_tokens) == (("\n",), 256)
    assert whole.at("b").options == {"threads": 1}
    assert len({whole.requested_fingerprint, *(at.requested_fingerprint for at in whole.settings)}) == 3


def test_an_adapters_content_counts_for_its_own_suite_alone(tmp_path: Path) -> None:
    """Training one adapter anew must not ask the suites of all the others again."""
    tuned = Candidate(
        name="tuned",
        tier="slim",
        backend="llamacpp",
        model="weights.gguf",
        by_suite={name: {"options": {"adapters": [f"{name}.gguf"]}} for name in ("a", "b")},
    )
    found = []
    for content in ("one", "two"):
        for name in ("weights", "a"):
            (tmp_path / f"{name}.gguf").write_text("the same")
        (tmp_path / "b.gguf").write_text(content)
        (hashed,) = with_file_hashes([tuned], Stage(root=tmp_path, cache_dir=tmp_path))
        found.append([hashed.at(suite).requested_fingerprint for suite in ("", "a", "b")])
    before, now = found
    assert [x == y for x, y in zip(before, now, strict=True)] == [True, True, False]


def test_suites_with_the_same_model_and_options_share_a_server(tmp_path: Path) -> None:
    """Another prompt needs no other server; another adapter does, and its suite's tasks come together."""
    project = project_of(tmp_path, served("http://127.0.0.1:9/v1"))
    suites = api.load_suites(project, ())
    for own, parts in (({"prompt": "short"}, 1), ({"options": {"slow": 1}}, 2)):
        candidate = Candidate(name="c", tier="slim", backend="openai", by_suite={"herbs": own})
        found = make_plan(suites, [candidate]).parts(candidate)
        assert len(found) == parts
        assert {name for part in found for name in part.suites} == {"plants", "herbs"}


@pytest.mark.parametrize(
    ("by_suite", "fault"),
    [
        ({"herb": {"prompt": "short"}}, "no suite 'herb'"),
        ({"herbs": {"promt": "short"}}, "promt"),
        ({"herbs": {"price": {}}}, "price"),
        ({"herbs": {"options": {"headers": {"X-Key": "0123456789abcdef"}}}}, "X-Key"),
    ],
)
def test_a_wrong_setting_of_a_suite_is_said_before_anything_is_asked(
    tmp_path: Path, by_suite: dict[str, Any], fault: str
) -> None:
    """What would hold nowhere, or stand in every manifest, is found in the file."""
    with StandIn(answer=answer_rightly).in_thread() as server, pytest.raises(ConfigError) as raised:
        api.run(project=project_of(tmp_path, served(server.base_url, by_suite=by_suite)))
    assert fault in str(raised.value)
    assert "by_suite" in str(raised.value)
    assert not server.asked


def test_asking_for_log_probabilities_is_the_candidates_and_makes_no_other_suite(tmp_path: Path) -> None:
    """A confidence is a question to the same work: version, fingerprint and stored answers stay."""
    runs = []
    with StandIn(answer=answer_rightly).in_thread() as server:
        for candidate, by_run in ((False, False), (True, False), (False, True)):
            project = load_project(
                write_project(tmp_path, {"a": served(server.base_url, logprobs=candidate)})
            )
            runs.append(api.run(project=project, logprobs=by_run))
        wanted = [bool(asked.body.get("logprobs")) for asked in server.asked]
    assert wanted == [False] * 12 + [True] * 24
    assert len({r.manifest.suites[0].suite_version for r in runs}) == 1
    assert len({r.manifest.candidates[0].requested_fingerprint for r in runs}) == 1
    # A resume asks as the run was begun.
    assert [RunFolder(r.folder).read_manifest().candidates[0].candidate.logprobs for r in runs] == [
        False,
        True,
        True,
    ]
