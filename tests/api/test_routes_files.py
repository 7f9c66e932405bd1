"""A route's candidate is what was measured: by the content of its files, where they are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evalkit.api.route_evidence import _has_changed
from evalkit.backends import Stage, with_file_hashes
from evalkit.config import load_project
from tests.backends.lora import write_adapter
from tests.projects import write_project

SHAPES = {"blk.0.attn_q.weight": (16, 8)}


def test_a_retrained_adapter_is_another_candidate_and_one_that_is_elsewhere_is_not(tmp_path: Path) -> None:
    """Routes are often decided on a machine that holds no weights: that alone changes nothing."""
    options = {"adapters": ["style.gguf"]}
    local = {"tier": "slim", "backend": "llamacpp", "model": "smollm2-135m-q4_1", "options": options}
    home = load_project(write_project(tmp_path, {"a": local}))
    write_adapter(tmp_path / "style.gguf", SHAPES)
    present = home.candidates["a"]
    (measured,) = with_file_hashes([present], Stage(root=tmp_path))
    assert measured.file_hashes
    assert not _has_changed(home, present, measured)
    assert _has_changed(home, replace(present, options={}), measured)
    assert not _has_changed(home, present, present), "measured before contents were kept"
    write_adapter(tmp_path / "style.gguf", SHAPES, seed=1)
    assert _has_changed(home, present, measured)
    (tmp_path / "style.gguf").unlink()
    assert not _has_changed(home, present, measured)
