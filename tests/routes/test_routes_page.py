"""The service of docs/routes.md does what it says, against a client that is made up."""

from __future__ import annotations

import math
import re
import sys
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "routes.md"
ROUTES = """
form: 1
candidates:
  slim: {tier: slim, model: small, fingerprint: aa}
  frontier: {tier: frontier, model: large, fingerprint: bb}
routes:
  support-triage:
    branches:
    - when: [{feature: language, is: de}]
      ask: [{candidate: frontier}]
      review: true
    - ask:
      - {candidate: slim, escalate_on: {signal: low_confidence, below: 0.8}}
      - {candidate: frontier}
"""


class Client:
    """Answers by model: the small one is unsure of anything that mentions money, and cannot be reached for
    parcels."""

    def __init__(self, **_: Any) -> None:
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=self.create))

    def create(self, *, model: str, messages: list[dict[str, str]], n: int, **_: Any) -> Any:
        text = messages[0]["content"]
        if model == "small" and "parcel" in text:
            raise OpenAIError
        sure = 0.5 if model == "small" and "money" in text else 0.95
        token = SimpleNamespace(logprob=math.log(sure))
        choice = SimpleNamespace(
            message=SimpleNamespace(content="account" if model == "small" else "refund"),
            logprobs=SimpleNamespace(content=[token]),
        )
        return SimpleNamespace(choices=[choice] * n)


class OpenAIError(Exception):
    """Stands for the client's own."""


def test_the_service_on_the_page_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what readers will paste."""
    (tmp_path / "routes.yaml").write_text(ROUTES)
    monkeypatch.chdir(tmp_path)
    stand_in = types.ModuleType("openai")
    stand_in.OpenAI, stand_in.OpenAIError = Client, OpenAIError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "openai", stand_in)
    shown = re.findall(
        r"<!-- tests/routes/test_routes_page.py .*?```python\n(.*?)```", PAGE.read_text(), re.S
    )
    assert len(shown) == 1
    service: dict[str, Any] = {}
    exec(compile(shown[0], str(PAGE), "exec"), service)  # noqa: S102 - our own page
    triage = service["triage"]
    assert triage("my settings", "en") == ("account", False)
    assert triage("my money back", "en") == ("refund", False)
    assert triage("where is my parcel", "en") == ("refund", False)
    assert triage("mein Konto", "de") == ("refund", True)


def test_every_signal_and_word_of_the_advice_is_explained() -> None:
    """A reader meets no word that the page does not know."""
    from typing import get_args

    from evalkit.cli.routes_text import MOVES
    from evalkit.routes.policy import SignalKind

    text = PAGE.read_text()
    assert all(f"| `{kind}` |" in text for kind in get_args(SignalKind))
    assert all(f"| `{word}` |" in text for word in map(str.upper, MOVES.values()))
