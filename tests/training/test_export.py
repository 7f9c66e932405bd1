"""Training data: what is taught is what is asked, what is right, and never what is tested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.cli.run import budget
from evalkit.errors import RunError, SuiteError
from evalkit.records import Candidate, Item
from evalkit.store import Store, load_pending, load_run
from evalkit.suites import load_suite
from evalkit.training.examples import compact_json, make_examples, own_target
from evalkit.training.licences import licence_words
from tests.commands import evalkit
from tests.projects import right_label, served, write_project
from tests.servers.stand_in import Body, Said, StandIn, last_message

SHIPPED = Path(__file__).parents[2] / "suites"
STUDENT = Candidate(name="student", tier="slim", backend="none", output="constrained")


def _row(number: int, **more: Any) -> dict[str, Any]:
    text = f"a herb of the kind {number * 7919}"
    return {"id": f"t-{number}", "input": text, "target": right_label(text), "tags": {"k": "v"}, **more}


def _project(folder: Path, candidates: Mapping[str, Any], rows: list[dict[str, Any]]) -> Path:
    file = write_project(folder, candidates)
    _train(folder, rows)
    return file


def _train(folder: Path, rows: list[dict[str, Any]], suite: str = "plants") -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "suites" / suite / "train.jsonl").write_text(lines)


def _export(home: Path, suite: str = "plants", **more: Any) -> tuple[api.Exported, list[dict[str, Any]]]:
    project = api.open_project(home)
    student = project.candidates.get(more.pop("student", ""), STUDENT)
    done = api.export_training(suite, home.parent / "out.jsonl", home=project, student=student, **more)
    return done, [json.loads(line) for line in done.file.read_text().splitlines()]


def _bytes(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def test_the_prompt_is_byte_for_byte_what_a_server_receives(tmp_path: Path) -> None:
    """A model that is trained on another prompt than it is asked loses what it learnt."""

    def answer(body: Body) -> Said:
        return Said(tool_calls=(("set_light", '{"room":"kitchen","level":5}'),), finish_reason="tool_calls")

    rows = [
        {"id": "t1", "input": "Kitchen at five percent, s'il vous plaît", "target": [_light("kitchen", 5)]},
        {"id": "t2", "input": "What a lovely morning it is in here", "target": []},
    ]
    with StandIn(answer=answer).in_thread() as server:
        home = write_project(
            tmp_path,
            {"t": served(server.base_url, output="native"), "p": served(server.base_url, output="plain")},
        )
        _copy(SHIPPED / "device-commands", tmp_path / "suites" / "device-commands")
        _train(tmp_path, rows, "device-commands")
        done, lines = _export(home, "device-commands", teacher="t", student="t")
        asked = {_bytes(a.body["messages"]): a.body["tools"] for a in server.asked if "messages" in a.body}
    assert dict(done.dropped) == {"unwanted_call": 1}
    (line,) = lines
    # `strict` binds the decoding; no chat template shows it.
    sent = [{**t, "function": {k: v for k, v in t["function"].items() if k != "strict"}}
            for t in asked[_bytes(line["messages"][:-1])]]  # fmt: skip
    assert _bytes(sent) == _bytes(line["tools"])
    call = line["messages"][-1]["tool_calls"][0]["function"]
    assert call == {"name": "set_light", "arguments": '{"room":"kitchen","level":5}'}
    # The text form, and the form of targets.
    _, lines = _export(home, "device-commands", student="p")
    assert [line["messages"][-1]["content"] for line in lines] == [
        '[{"name":"set_light","arguments":{"room":"kitchen","level":5}}]',
        "[]",
    ]
    assert all("tools" not in line and "Tools:" in line["messages"][0]["content"] for line in lines)


def _light(room: str, level: int) -> dict[str, Any]:
    return {"name": "set_light", "arguments": {"room": room, "level": level}}


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())


def test_only_what_the_scorer_calls_right_is_taught_in_the_suites_own_words(tmp_path: Path) -> None:
    """Rejection sampling: a fence is taken off, a wrong label is dropped by its kind, a fault by its own."""
    rows = [_row(n) for n in range(3)]

    def answer(body: Body) -> Said | str:
        text = last_message(body)
        wrong = next(label for label in ("root", "leaf") if label != right_label(text))
        return wrong if text == rows[1]["input"] else f"```\n{right_label(text)}\n```"

    def fault(body: Body, _before: int) -> str | None:
        return "400" if last_message(body) == rows[2]["input"] else None

    with StandIn(answer=answer, fault=fault).in_thread() as server:
        home = _project(tmp_path, {"t": served(server.base_url)}, rows)
        done, lines = _export(home, teacher="t")
        asked = len(server.asked)
        # The same again asks only what failed; a new item costs itself alone.
        _export(home, teacher="t")
        assert len(server.asked) - asked <= 1
        _train(tmp_path, [*rows[:2], _row(5)])
        again, _ = _export(home, teacher="t")
        assert sum(last_message(a.body) == _row(5)["input"] for a in server.asked) == 1
        assert sum(last_message(a.body) == rows[0]["input"] for a in server.asked) == 1
    assert [line["messages"][-1]["content"] for line in lines] == [rows[0]["target"]]
    assert dict(done.dropped) == {"confused_label": 1, "faulted: rejected": 1}
    assert done.manifest["dropped_items"]["t-1"] == "confused_label"
    assert again.examples == 2
    assert "nothing is known of its licence" in done.licence
    # What train items were asked for is no evidence, wherever the folder lies.
    store = Store(tmp_path / "e.duckdb")
    assert load_pending(store, tmp_path / "runs").loaded == ()
    with pytest.raises(RunError, match="no evidence"):
        load_run(store, tmp_path / "runs" / "training" / done.manifest["teacher"]["run"])


def test_a_stored_run_teaches_only_inputs_that_it_was_asked(tmp_path: Path) -> None:
    """An id that was given to another text since must not carry its answer over."""
    rows = [_row(0), _row(1)]
    home = _project(
        tmp_path, {"t": {"tier": "mid", "backend": "simulated", "options": {"accuracy": 1.0}}}, rows
    )
    first, _ = _export(home, teacher="t")
    _train(tmp_path, [rows[0], {**_row(2), "id": "t-1"}])
    done, lines = _export(home, teacher="t", run=first.manifest["teacher"]["run"])
    assert dict(done.dropped) == {"not_asked": 1}
    assert lines[0]["messages"][-1]["content"] == rows[0]["target"]
    assert done.manifest["teacher"]["simulated"] is True


def test_a_teacher_who_is_stopped_by_a_budget_is_gone_on_with(tmp_path: Path) -> None:
    """What was paid for is exported, what is left is said, and nothing is paid for twice."""
    rows = [_row(n) for n in range(8)]
    price = {"usd_per_request": 0.01}
    teacher = {"tier": "mid", "backend": "simulated", "options": {"accuracy": 1.0}, "price": price}
    home = _project(tmp_path, {"t": {**teacher, "concurrency": 1}}, rows)
    some, _ = _export(home, teacher="t", stop_rule=budget(0.03, None))
    assert some.stopped == "stopped at the budget of $0.03"
    assert (some.examples, dict(some.dropped)) == (3, {"not_asked": 5})
    whole, _ = _export(home, teacher="t")
    assert (whole.examples, whole.stopped) == (8, None)
    assert whole.manifest["teacher"]["run"] == some.manifest["teacher"]["run"]
    assert whole.manifest["teacher"]["cost_usd"] == pytest.approx(0.08)


def test_a_test_item_is_never_exported_whatever_it_is_called(tmp_path: Path) -> None:
    """The last line of defence, behind `suites validate`."""
    suite = load_suite(SHIPPED / "support-triage")
    first = suite.test_items[0]
    stranger = Item(id="new", input=first.input, target=first.target, split="train")
    with pytest.raises(SuiteError, match=first.id):
        make_examples(suite, [stranger], STUDENT, own_target)


def test_the_manifest_holds_the_hashes_of_what_was_used(tmp_path: Path) -> None:
    """Which data made this adapter must be answerable a year later."""
    home = _project(tmp_path, {}, [_row(n) for n in range(8)])
    done, lines = _export(home, limit=4)
    train = tmp_path / "suites" / "plants" / "train.jsonl"
    facts = json.loads(done.manifest_file.read_text())
    assert facts["sha256"] == hashlib.sha256(done.file.read_bytes()).hexdigest()
    assert facts["train_file"]["sha256"] == hashlib.sha256(train.read_bytes()).hexdigest()
    assert facts["suite_version"] == load_suite(tmp_path / "suites" / "plants").suite_version
    assert len(facts["items"]) == facts["examples"] == len(lines) == 4
    smaller, _ = _export(home, limit=2)
    assert set(smaller.manifest["items"]) < set(facts["items"])  # a learning curve adds items


def test_requests_are_honoured_with_train_items_and_new_inputs_never_with_tests(tmp_path: Path) -> None:
    """A review must not leak the item that it talked about."""
    home = _project(tmp_path, {}, [_row(0), _row(1, tags={"k": "w"})])
    asked = tmp_path / "requests.jsonl"
    new = {"id": "n1", "input": "a turnip, long and white", "target": "root"}
    copied = {"id": "n2", "input": "PLANT number 3.", "target": "root"}
    requests = [
        {"suite": "plants", "item_id": "p-0003", "tags": {"k": "w"}, "items": [new, copied]},
        {"suite": "plants", "item_id": "p-0004", "tags": {"k": "nothing"}},
        {"suite": "other", "tags": {"k": "v"}},
    ]
    asked.write_text("".join(json.dumps(r) + "\n" for r in requests))
    done, _ = _export(home, requests=asked)
    assert done.manifest["items"] == ["t-0", "t-1", "n1"]
    assert [r.words for r in done.requests] == [
        "more like p-0003: 1 train items, 1 new; n2 refused: the same text as test item p-0003",
        "more like p-0004: NOT MET: write some",
    ]
    asked.write_text(json.dumps({"suite": "plants", "items": [{**new, "target": "rot"}]}))
    with pytest.raises(SuiteError, match="no label"):
        _export(home, requests=asked)


def test_numbers_are_written_with_the_decimals_that_are_asked_for_and_no_spaces() -> None:
    """A sum that is copied as it stands is learnt; one whose zero must be dropped is not."""
    value = {"total": 12.5, "n": 3, "ok": True, "items": [{"price": 4, "name": "Ü, b"}]}
    written = compact_json(value, {"$.total": 2, "$.items[*].price": 2, "$.ok": 2})
    assert written == '{"total":12.50,"n":3,"ok":true,"items":[{"price":4.00,"name":"Ü, b"}]}'
    assert compact_json(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"backend": "openai", "base_url": "https://api.openai.com/v1", "model": "x"}, "OpenAI: its terms"),
        ({"backend": "anthropic", "model": "x"}, "Anthropic: its terms"),
        ({"backend": "openai", "base_url": "https://hub.example/v1", "model": "claude-5"}, "Anthropic"),
        ({"backend": "openai", "base_url": "https://notopenai.com/v1", "model": "x"}, "nothing is known"),
        ({"backend": "llamacpp", "model": "Llama-3-8B"}, "forbids using outputs"),
        ({"backend": "llamacpp", "model": "Llama-3.1-8B"}, "must be named Llama"),
        ({"backend": "anthropic", "model": "x", "licence_note": "our contract allows it"}, "contract"),
    ],
)
def test_terms_that_speak_of_training_are_said(settings: dict[str, Any], words: str) -> None:
    """Nobody reads a provider's terms when a command works; so the command says them, with the source."""
    assert words in licence_words(Candidate(name="t", tier="frontier", **settings))


def test_the_command_writes_both_files_and_says_what_is_missing(tmp_path: Path) -> None:
    """Its first user has no train file yet."""
    home = write_project(tmp_path, {})
    missing = evalkit("training", "export", "plants", "--to", "x.jsonl", cwd=home.parent)
    assert missing.returncode == 2
    assert "train.jsonl" in missing.stderr
    _train(tmp_path, [_row(0)])
    done = evalkit("training", "export", "plants", "--to", "x.jsonl", cwd=home.parent)
    assert done.returncode == 0, done.stderr
    assert "1 examples of plants" in done.stdout
    assert (tmp_path / "x.jsonl.manifest.json").is_file()
