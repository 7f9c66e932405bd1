"""What is taken for a key: refused with its line, masked where an old file holds it, no name too many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.backends import Stage, open_backend
from evalkit.config import load_project, make_project
from evalkit.credentials import (
    HARMLESS_HEADERS,
    HARMLESS_PARAMETERS,
    MASK,
    find_exposed_keys,
    mask_candidate,
    mask_text,
    names_a_secret,
)
from evalkit.errors import ConfigError
from evalkit.records import Candidate, from_plain, to_plain

DOCS = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text(encoding="utf-8")
KEY = "q7Zr-planted-40d1"
BASE = {"tier": "slim", "backend": "openai", "model": "m", "base_url": "https://api.example.com/v1"}

HOLDING: dict[str, dict[str, Any]] = {
    "query": {"base_url": f"https://api.example.com/v1?key={KEY}"},
    "query after another": {"base_url": f"https://api.example.com/v1?api-version=1&code={KEY}"},
    "query of any name": {"base_url": f"https://api.example.com/v1?tenant={KEY}"},
    "fragment": {"base_url": f"https://api.example.com/v1#access_token={KEY}"},
    "user": {"base_url": f"https://{KEY}@api.example.com/v1"},
    "password": {"base_url": f"https://someone:{KEY}@api.example.com:8000/v1"},
    "password with an at sign": {"base_url": f"https://someone:x@{KEY}@api.example.com/v1"},
    "known form in the path": {"base_url": "https://api.example.com/sk-live-q7Zr40d1q7Zr40d1/v1"},
    "key as the variable": {"api_key_env": "AIzaSyD4q7Zr40d1q7Zr40d1q7Zr40d1q7Zr40d"},
    "google's header": {"options": {"headers": {"X-Goog-Api-Key": KEY}}},
    "azure's header": {"options": {"headers": {"Ocp-Apim-Subscription-Key": KEY}}},
    "header of any name": {"options": {"headers": {"X-Tenant": KEY}}},
    "harmless header with a bearer": {"options": {"headers": {"User-Agent": f"Bearer {KEY}"}}},
    "body": {"options": {"body": {"api_key": KEY}}},
    "body, deep": {"options": {"body": {"auth": [{"clientSecret": KEY}]}}},
    "body, a number": {"options": {"body": {"password": 48201973}}},
    "body as a text": {"options": {"body": f'{{"api_key": "{KEY}", "q": {{{{ prompt | tojson }}}}}}'}},
    "body, partly a template": {"options": {"body": {"token": f"{KEY}{{{{ item_id }}}}"}}},
    "extra": {"decoding": {"extra": {"api_key": KEY}}},
    "headers_env with a key": {"options": {"headers_env": {"X-Api-Key": "sk-live-q7Zr40d1q7Zr40d1"}}},
    "arguments": {"backend": "python", "options": {"arguments": {"hfToken": KEY}}},
    "environment": {"backend": "vllm", "options": {"environment": {"HF_TOKEN": KEY}}},
    "env": {"backend": "command", "options": {"env": {"SERVICE_PASSWORD": KEY}}},
    "proxy": {"backend": "command", "options": {"env": {"HTTPS_PROXY": f"http://me:{KEY}@proxy:3128"}}},
    "command": {"backend": "command", "options": {"command": f"agent --api-key={KEY}"}},
    "command, two words": {"backend": "command", "options": {"command": ["agent", "--api-key", KEY]}},
    "command, a header": {"backend": "command", "options": {"command": f"curl -H 'X-Api-Key: {KEY}' x"}},
    "command, a variable": {"backend": "command", "options": {"command": f"env TOKEN={KEY} agent"}},
    "command, a bearer": {
        "backend": "command",
        "options": {"command": ["x", f"Authorization: Bearer {KEY}"]},
    },
    "server arguments": {"backend": "vllm", "options": {"args": ["--api-key", KEY]}},
    "lm-eval": {"backend": "lm_eval", "options": {"model_args": {"token": KEY}}},
    "a plug-in's": {"backend": "of-my-own", "options": {"secret_key": KEY}},
}
HARMLESS: dict[str, dict[str, Any]] = {
    "azure's version": {"base_url": "https://x.azure.example/openai/deployments/a?api-version=2024-10-21"},
    "known headers": {"options": {"headers": {"Content-Type": "text/json", "HTTP-Referer": "x.example"}}},
    "names of variables": {
        "api_key_env": "SOME_KEY",
        "options": {"headers_env": {"X-Goog-Api-Key": "GOOGLE_KEY"}, "key_header": "x-functions-key"},
    },
    "limits": {"options": {"max_tokens_field": "max_completion_tokens", "body": {"max_tokens": 4096}}},
    "openai's cache": {"options": {"body": {"prompt_cache_key": "evalkit-suite-1", "user": "evals"}}},
    "templates": {"options": {"body": {"token": "{{ item_id }}", "key": "{{ prompt }}"}}},
    "paths": {"options": {"fields": {"output_tokens": "usage.out"}, "answer": "token.text"}},
    "special tokens": {"options": {"model_args": {"eos_token": "</s>", "add_bos_token": True, "n": 2048}}},
    "words": {"backend": "command", "options": {"command": ["python", "agent.py", "--tokens", "400"]}},
    "prose": {"options": {"body": {"instructions": "Give the key: value pairs, and a token count."}}},
    "declared": {"harmless": ["X-Tenant", "Tenant", "sort_by_key"], "base_url": "https://a.example/v1?tenant=plants",
                 "options": {"headers": {"x-tenant": "plants"}, "body": {"sort_by_key": "name"}}},
}  # fmt: skip


@pytest.mark.parametrize("setting", HOLDING.values(), ids=HOLDING)
def test_a_key_in_the_project_file_is_refused_with_its_line(setting: dict[str, Any], tmp_path: Path) -> None:
    """The file is in git, and its settings are copied into manifest, store and baseline."""
    file = tmp_path / "evalkit.yaml"
    file.write_text(yaml.safe_dump({"candidates": {"c": {**BASE, **setting}}}, sort_keys=False))
    with pytest.raises(ConfigError) as raised:
        load_project(file)
    told = str(raised.value)
    assert f"{file}:" in told or "evalkit.yaml:" in told
    line = int(str(raised.value.where).split(":")[1].split()[0].rstrip(","))
    pieces = [KEY, "q7Zr40d1", "48201973"]
    assert any(p in file.read_text().splitlines()[line - 1] for p in pieces)
    assert not any(p in told for p in pieces)
    assert "environment" in told


@pytest.mark.parametrize("setting", HOLDING.values(), ids=HOLDING)
def test_a_key_is_refused_and_masked_without_a_file_too(setting: dict[str, Any]) -> None:
    """A project made in Python, a candidate made by hand, and one in a manifest of an earlier version."""
    plain = {**BASE, **setting}
    with pytest.raises(ConfigError):
        make_project({"candidates": {"c": plain}}, root=Path())
    candidate = from_plain(Candidate, {"name": "c", **plain})
    with pytest.raises(ConfigError) as raised:
        open_backend(candidate, Stage())
    masked = json.dumps(to_plain(mask_candidate(candidate)))
    assert MASK in masked
    assert not any(p in masked + str(raised.value) for p in (KEY, "q7Zr40d1", "48201973"))


@pytest.mark.parametrize("setting", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_key_is_left_as_it_is(setting: dict[str, Any]) -> None:
    """A refusal too many would teach people to switch the check off."""
    plain = {"name": "c", **BASE, **setting}
    assert find_exposed_keys(plain) == ()
    candidate = from_plain(Candidate, plain)
    assert mask_candidate(candidate) is candidate


def test_harmless_settings_change_no_fingerprint() -> None:
    """The declaration says something of a setting; it is not sent."""
    plain = {"name": "c", **BASE}
    declared = from_plain(Candidate, {**plain, "harmless": ["X-Tenant"]})
    assert declared.requested_fingerprint == from_plain(Candidate, plain).requested_fingerprint


SECRET_NAMES = [
    "api_key", "X-Goog-Api-Key", "apikey", "openaiApiKey", "HF_TOKEN", "clientSecret", "Authorization",
    "set-cookie", "API_KEY_2", "db_passwd", "GITHUBACCESSTOKEN",
]  # fmt: skip
ORDINARY_NAMES = [
    "max_tokens", "tokenizer", "monkey", "key_header", "api_key_env", "eos_token", "keyboard", "secretary",
    "author", "", "12", "prompt_cache_key",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets_are_known_however_they_are_written(name: str) -> None:
    """Each service writes its own."""
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_names_that_only_sound_like_it_are_not(name: str) -> None:
    """They are ordinary settings."""
    assert not names_a_secret(name)


def test_a_value_that_does_not_fit_the_schema_is_not_told_when_it_is_a_key(tmp_path: Path) -> None:
    """The likeliest slip: the key itself where its variable's name belongs."""
    file = tmp_path / "evalkit.yaml"
    file.write_text(f"candidates:\n  c: {{tier: slim, backend: openai, api_key_env: {KEY}}}\n")
    with pytest.raises(ConfigError, match=r"evalkit\.yaml:2") as raised:
        load_project(file)
    assert KEY not in str(raised.value)


def test_a_command_line_keeps_its_words_and_loses_its_keys() -> None:
    """A manifest holds the command; a note may hold anything."""
    told = mask_text(
        f"evalkit run --note 'with api_key={KEY}' --candidates a,b https://me:{KEY}@proxy/x?sig={KEY}"
    )
    assert (
        told == f"evalkit run --note 'with api_key={MASK}' --candidates a,b https://{MASK}@proxy/x?sig={MASK}"
    )


@pytest.mark.parametrize("name", sorted(HARMLESS_HEADERS | HARMLESS_PARAMETERS))
def test_the_documentation_lists_what_is_harmless(name: str) -> None:
    """A list that is not told cannot be relied upon."""
    assert f"`{name}`" in DOCS
