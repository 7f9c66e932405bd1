"""LoRA adapters of the embedded llama.cpp: held against the weights, really served, told apart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.backends import Stage, check_ready, with_file_hashes
from evalkit.backends.llamacpp import LlamaCpp
from evalkit.config import Project, load_project
from evalkit.errors import ConfigError, EvalkitError, UnavailableError
from evalkit.models import locate
from evalkit.records import Candidate, Decoding, Sample
from evalkit.runner import RunResult
from evalkit.runner.journal import read_finished_samples
from tests.backends.asking import candidate, request, with_backend
from tests.backends.lora import Shapes, matrices, write_adapter, write_model
from tests.commands import evalkit
from tests.projects import write_project

WEIGHTS = "smollm2-135m-q4_1"
TINY: Shapes = {"blk.0.attn_q.weight": (16, 8), "token_embd.weight": (16, 32)}
QUESTIONS = ("Say hello.", "Name three colours.")


def adapted(*adapters: Any, model: str = WEIGHTS, **options: Any) -> Candidate:
    """A candidate whose greedy answers repeat byte for byte."""
    exact = {"cache": False, "slots": 1, "context": 512}
    return candidate(
        "llamacpp", model=model, concurrency=1, options={**exact, "adapters": list(adapters), **options}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that only has a head, and adapters that fit it or do not."""
    write_model(tmp_path / "model.gguf", TINY)
    write_adapter(tmp_path / "good.gguf", {"blk.0.attn_q.weight": (16, 8)})
    write_adapter(tmp_path / "other.gguf", {"blk.0.attn_q.weight": (16, 8)}, architecture="qwen2")
    write_adapter(tmp_path / "wide.gguf", {"blk.0.attn_q.weight": (24, 8)})
    write_adapter(tmp_path / "deep.gguf", {"blk.7.attn_q.weight": (16, 8)})
    write_adapter(tmp_path / "odd.gguf", TINY, form="other")
    (tmp_path / "page.gguf").write_text("<html>")
    (tmp_path / "cut.gguf").write_bytes((tmp_path / "good.gguf").read_bytes()[:-100])
    (tmp_path / "peft").mkdir()
    return tmp_path


def refused(*adapters: Any, root: Path) -> EvalkitError:
    with pytest.raises(EvalkitError) as raised:
        check_ready([adapted(*adapters, model="model.gguf")], Stage(root=root, cache_dir=root))
    return raised.value


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("none.gguf", "there is no adapter at", "a relative one begins at the folder of evalkit.yaml"),
        ("page.gguf", "is not a GGUF file", "convert_lora_to_gguf.py"),
        ("peft", "is not a GGUF file", "convert_lora_to_gguf.py"),
        ("model.gguf", "is not an adapter: its general.type is 'model'", "`model` takes weights"),
        ("odd.gguf", "is of the type 'other'", "convert_lora_to_gguf.py"),
        ("other.gguf", "is for the architecture 'qwen2', model.gguf has 'llama'", "trained on this model"),
        (
            "wide.gguf",
            "'blk.0.attn_q.weight' is 24 × 8, the model's matrix is 16 × 8",
            "trained on this model",
        ),
        ("deep.gguf", "changes 'blk.7.attn_q.weight', which the model has not", "trained on this model"),
        ("cut.gguf", "is cut off", "bring the file again"),
    ],
)
def test_an_adapter_that_cannot_be_served_is_said_before_a_run(
    name: str, message: str, hint: str, folder: Path
) -> None:
    """The runtime names the model for every one of these, and only once the run has begun."""
    error = refused("good.gguf", name, root=folder)
    assert isinstance(error, UnavailableError)
    assert message in error.message
    assert name in error.message
    assert hint in (error.hint or "")
    assert error.where == "candidates.c.options.adapters.1"


def test_one_half_of_a_pair_is_no_adapter(folder: Path) -> None:
    """A conversion that failed halfway may leave it."""
    data = (folder / "good.gguf").read_bytes()
    (folder / "half.gguf").write_bytes(data.replace(b".lora_b", b".lora_x"))
    assert (
        "one half of its change to 'blk.0.attn_q.weight' is missing"
        in refused("half.gguf", root=folder).message
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (3, "must be a path"),
        ({"scale": 0.5}, "path is missing"),
        ({"path": "a.gguf", "scal": 1}, "did you mean 'scale'"),
        ({"path": "a.gguf", "scale": "much"}, "scale must be a number"),
        ({"path": "a.gguf", "scale": float("nan")}, "scale must be a number"),
        ({"path": "a.gguf", "scale": True}, "scale must be a number"),
        ({"path": "a.gguf", "scale": 10**400}, "scale must be a number"),
        ("~nobody-of-that-name/a.gguf", "cannot be resolved"),
    ],
)
def test_an_entry_that_names_no_adapter_is_a_configuration_error(entry: Any, message: str) -> None:
    """It says which entry of which candidate."""
    with pytest.raises(ConfigError) as raised:
        LlamaCpp(adapted(entry), Stage())
    assert message in str(raised.value)


def test_one_adapter_at_two_scales_is_two_candidates_and_changed_content_another(folder: Path) -> None:
    """Whatever can change an answer stands in the fingerprint that answers are kept by."""
    stage = Stage(root=folder, cache_dir=folder)

    def fingerprint(*adapters: Any) -> str:
        (known,) = with_file_hashes([adapted(*adapters, model="model.gguf")], stage)
        return known.requested_fingerprint

    plain, full, half = (
        fingerprint(),
        fingerprint("good.gguf"),
        fingerprint({"path": "good.gguf", "scale": 0.5}),
    )
    assert len({plain, full, half}) == 3
    write_adapter(folder / "good.gguf", {"blk.0.attn_q.weight": (16, 8)}, seed=1)
    assert fingerprint("good.gguf") != full
    write_adapter(folder / "good.gguf", {"blk.0.attn_q.weight": (16, 8)})
    assert fingerprint("good.gguf") == full
    write_model(folder / "model.gguf", {**TINY, "output.weight": (16, 32)})
    assert fingerprint() != plain, "and so for weights that are given by path"


def test_a_catalogue_model_without_files_keeps_the_fingerprint_that_it_was_known_by() -> None:
    """Baselines and earlier answers hold it."""
    made = candidate("llamacpp", model=WEIGHTS)
    (known,) = with_file_hashes([made], Stage())
    assert known.requested_fingerprint == made.requested_fingerprint


def test_a_file_that_changes_within_a_run_stops_its_candidate(folder: Path) -> None:
    """It may be started hours after the run began, or again after a crash."""
    stage = Stage(root=folder, cache_dir=folder)
    (known,) = with_file_hashes([adapted("good.gguf", model="model.gguf")], stage)
    write_adapter(folder / "good.gguf", {"blk.0.attn_q.weight": (16, 8)}, seed=1)
    with pytest.raises(UnavailableError, match=r"good\.gguf has changed since the run began"):
        asyncio.run(LlamaCpp(known, stage).start())


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    """The real model's query matrices; skips where its weights are not on this machine."""
    try:
        return matrices(locate(WEIGHTS))
    except EvalkitError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def made(shapes: Shapes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Adapters of the real model: of no effect, of some, its double, its opposite, and another."""
    home = tmp_path_factory.mktemp("adapters")
    for name, seed, size in (
        ("zero", 0, 0.0), ("some", 0, 0.5), ("double", 0, 1.0), ("opposite", 0, -0.5), ("another", 1, 0.5),
    ):  # fmt: skip
        write_adapter(home / f"{name}.gguf", shapes, seed=seed, size=size)
    return home


def answers(*adapters: Any, root: Path) -> list[str | None]:
    async def all_of(backend: Any) -> list[str | None]:
        asked = [
            request(messages=({"role": "user", "content": q},), decoding=Decoding(max_tokens=16))
            for q in QUESTIONS
        ]
        return [(await backend.ask(one)).text for one in asked]

    found: list[str | None] = with_backend(adapted(*adapters), all_of, Stage(root=root))
    return found


@pytest.fixture(scope="module")
def plain(made: Path) -> list[str | None]:
    return answers(root=made)


@pytest.fixture(scope="module")
def some(made: Path) -> list[str | None]:
    return answers("some.gguf", root=made)


@pytest.mark.model
@pytest.mark.parametrize(
    "adapters",
    [
        ("zero.gguf",),
        ({"path": "some.gguf", "scale": 0},),
        ("some.gguf", "opposite.gguf"),
    ],
    ids=["zero", "scale 0", "one and its opposite"],
)
def test_adapters_that_change_nothing_leave_every_byte(
    adapters: tuple[Any, ...], made: Path, plain: list[str | None]
) -> None:
    """Whatever else it would do to the serving shows here; two act together, or they would not cancel."""
    assert answers(*adapters, root=made) == plain


@pytest.mark.model
def test_an_adapter_changes_answers_and_half_of_its_double_is_the_same(
    made: Path, plain: list[str | None], some: list[str | None]
) -> None:
    """An adapter that was silently not applied would be measured as a fine-tuning without effect."""
    assert all(a != b for a, b in zip(plain, some, strict=True))
    assert answers({"path": "double.gguf", "scale": 0.5}, root=made) == some


@pytest.mark.model
def test_the_manifest_says_which_adapters_at_which_scale(made: Path) -> None:
    """A name says little: `final.gguf` has many contents."""

    async def found() -> dict[str, Any]:
        backend = LlamaCpp(adapted("some.gguf", {"path": "another.gguf", "scale": 0.5}), Stage(root=made))
        try:
            return dict(await backend.start())
        finally:
            await backend.close()

    some, another = asyncio.run(found())["adapters"]
    assert (some["file"], some["scale"]) == ("some.gguf", 1.0)
    assert (another["file"], another["scale"]) == ("another.gguf", 0.5)
    assert len({some["sha256"], another["sha256"]}) == 2


@pytest.mark.model
def test_what_only_the_runtime_finds_wrong_names_the_adapters_too(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may refuse what the checks before a run let pass; the model alone is then not to blame."""
    monkeypatch.setattr("evalkit.backends.llamacpp.check_adapters", lambda *_: None)
    write_adapter(made / "wide.gguf", {"blk.0.attn_q.weight": (608, 576)})
    with pytest.raises(UnavailableError, match=r"with the adapters .*wide\.gguf") as raised:
        answers("wide.gguf", root=made)
    assert "without the adapters" in (raised.value.hint or "")


def project_with(folder: Path, made: Path, *, n_items: int = 4) -> Project:
    """A plain candidate and one with `style.gguf` beside the project file, which is `some.gguf` now."""
    (folder / "tuned").mkdir(parents=True)
    put(made / "some.gguf", folder)
    variant = {
        "tier": "slim", "backend": "llamacpp", "model": WEIGHTS, "base": "smol", "output": "constrained",
        "concurrency": 1, "decoding": {"max_tokens": 8},
    }  # fmt: skip
    candidates = {
        "smol": {**variant, "options": {"context": 512}},
        "smol-style": {**variant, "options": {"context": 512, "adapters": ["tuned/style.gguf"]}},
    }
    return load_project(write_project(folder, candidates, n_items=n_items))


def put(adapter: Path, folder: Path) -> None:
    (folder / "tuned" / "style.gguf").write_bytes(adapter.read_bytes())


def kept(result: RunResult) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in read_finished_samples(result.folder / "journal.jsonl").values():
        found.setdefault(sample.candidate, []).append(sample)
    return found


@pytest.mark.model
def test_an_answer_of_one_adapter_is_never_taken_for_another_s(tmp_path: Path, made: Path) -> None:
    """The file was replaced under its name, as every training run does; the comparison says so."""
    project = project_with(tmp_path, made)
    first = api.run(project=project)
    put(made / "another.gguf", tmp_path)
    assert [e.reused for e in api.estimate_run(api.RunRequest(reuse=True), project=project)] == [4, 0]
    second = api.run(project=project, reuse=True)
    assert {name: {s.reused_from for s in samples} for name, samples in kept(second).items()} == {
        "smol": {first.run_id},
        "smol-style": {None},
    }
    before, after = (next(iter(kept(run)["smol-style"])).requested_fingerprint for run in (first, second))
    assert before != after
    against = api.compare(f"{first.run_id}/smol-style", f"{second.run_id}/smol-style", project=project)
    assert "the content of tuned/style.gguf differs" in {c.message for c in against.caveats}
    put(made / "some.gguf", tmp_path)
    third = api.run(candidates=["smol-style"], project=project, reuse=True)
    assert {s.reused_from for s in kept(third)["smol-style"]} == {first.run_id}


@pytest.mark.model
def test_a_run_goes_on_only_with_the_adapter_that_it_began_with(tmp_path: Path, made: Path) -> None:
    """One candidate of one run must not be two models."""
    project = project_with(tmp_path, made)
    stopped = api.run(
        candidates=["smol-style"],
        project=project,
        stop_rule=lambda tallies: "enough" if tallies["smol-style"].done >= 2 else None,
    )
    put(made / "another.gguf", tmp_path)
    with pytest.raises(UnavailableError, match=r"style\.gguf has changed since the run began"):
        api.resume(stopped.run_id, project=project)
    (tmp_path / "tuned" / "style.gguf").unlink()
    with pytest.raises(UnavailableError, match=r"style\.gguf is no longer there"):
        api.resume(stopped.run_id, project=project)
    put(made / "some.gguf", tmp_path)
    samples = kept(api.resume(stopped.run_id, project=project))["smol-style"]
    assert len(samples) == 4
    assert {s.status for s in samples} == {"answered"}
    assert len({s.requested_fingerprint for s in samples}) == 1


@pytest.mark.model
def test_an_adapter_is_compared_as_a_variant_of_its_base(tmp_path: Path, made: Path) -> None:
    """What the fine-tuning brought in success, and what it costs in time and memory; from any folder."""
    project = project_with(tmp_path, made, n_items=12)
    asked = evalkit("run", cwd=tmp_path / "suites")
    assert asked.returncode == 0, asked.stderr
    told = evalkit("compare", "--base", "smol", cwd=tmp_path)
    assert "smol: variants against smol" in told.stdout
    assert (
        "smol-style: adapters None → ['tuned/style.gguf'], content of tuned/style.gguf None → " in told.stdout
    )
    found = api.compare_variants("smol", project=project)
    (variant,) = found.variants
    (suite,) = variant.comparison.suites
    assert (found.reference, variant.candidate, suite.overall.difference.n_pairs) == (
        "smol",
        "smol-style",
        12,
    )
    (folder,) = project.runs.iterdir()
    rows = api.open_store(project=project).samples(folder.name)
    success = rows.groupby("candidate")["success"].mean()
    assert suite.overall.difference.difference == pytest.approx(success["smol-style"] - success["smol"])
    assert suite.service_s.change is not None
    assert suite.service_s.change.estimate > 0
    assert found.peak_memory_mib is not None
    assert variant.peak_memory_mib is not None
    assert min(found.peak_memory_mib, variant.peak_memory_mib) > locate(WEIGHTS).stat().st_size / 2**20


@pytest.mark.parametrize("verb", ["run", "models check"])
def test_a_wrong_adapter_is_one_line_on_the_command_line(verb: str, folder: Path) -> None:
    """A user's mistake is no traceback, and leaves no run behind."""
    local = {
        "tier": "slim",
        "backend": "llamacpp",
        "model": "model.gguf",
        "options": {"adapters": ["wide.gguf"]},
    }
    write_project(folder, {"a": local})
    words = ["run"] if verb == "run" else ["models", "check", "a"]
    done = evalkit(*words, cwd=folder / "suites", EVALKIT_CACHE=str(folder))
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "wide.gguf does not fit model.gguf" in said
    assert not (folder / "runs").exists() or not list((folder / "runs").iterdir())
