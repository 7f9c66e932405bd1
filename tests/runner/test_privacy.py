"""A `local_only` suite stays where it may be: watched at the socket, against names, redirects and proxies."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit import api
from evalkit.backends import Guard
from evalkit.errors import ConfigError, EvalkitError
from evalkit.records import Candidate, from_plain
from evalkit.runner.privacy import why_not_private
from tests.projects import SUITE, answer_rightly, served, simulated, write_project
from tests.servers.stand_in import StandIn, always

PUBLIC = "203.0.113.7"
"""An address for documentation (RFC 5737): nobody has it, and it is as public as any to us."""
NAME = "gpu.internal.example"


class Watch:
    """Sees every connection of this process at the socket, and lets none leave the machine."""

    def __init__(self) -> None:
        self.connected: list[str] = []
        self.resolved: list[str] = []
        self.answers: dict[str, list[list[str]]] = {}
        """Host -> the addresses of each successive answer; the last one is repeated."""

    @property
    def left(self) -> set[str]:
        """Addresses beyond this machine that a connection was begun to."""
        return {a for a in self.connected if not ipaddress.ip_address(a).is_loopback}

    def connect(self, address: Any) -> None:
        """Notes a connection as it is begun."""
        host = str(address[0])
        self.connected.append(host)
        if not ipaddress.ip_address(host).is_loopback:
            raise ConnectionRefusedError(111, "held back by the test")

    def resolve(self, host: str) -> list[str] | None:
        """The next answer for a name that the test knows."""
        self.resolved.append(host)
        answers = self.answers.get(host)
        if not answers:
            return None
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """This process under watch."""
    seen = Watch()
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def watched(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            seen.connect(address)
        connect(self, address)

    def resolved(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        addresses = seen.resolve(host.decode() if isinstance(host, bytes) else str(host))
        if addresses is None:
            return resolve(host, port, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, int(port or 0))) for a in addresses]

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    for variable in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    return seen


def project(
    folder: Path, candidate: Mapping[str, Any], *, privacy: str = "local_only", hosts: tuple[str, ...] = ()
) -> Path:
    """A project with one suite of that privacy and one candidate."""
    file = write_project(folder, {"a": dict(candidate)}, n_items=4, private_hosts=list(hosts))
    suite = folder / "suites" / SUITE / "suite.yaml"
    suite.write_text(suite.read_text().replace("risk: low", f"risk: low\n  privacy: {privacy}"))
    return file


def named(server: StandIn) -> str:
    """The server's address by the name that the watch resolves."""
    return f"http://{NAME}:{server.port}/v1"


def succeeded(result: Any) -> int:
    return int(result.tallies["a"].successes)


def test_the_watch_sees_a_planted_leak(tmp_path: Path, watch: Watch) -> None:
    """A check that cannot fail shows nothing: the same run without the stake does connect outside."""
    file = project(tmp_path, served(f"http://{PUBLIC}/v1"), privacy="any")
    with pytest.raises(EvalkitError, match="cannot be reached"):
        api.run(project=file)
    assert watch.left == {PUBLIC}


@pytest.mark.parametrize(
    "candidate",
    [
        served("https://api.example.com/v1"),
        served(f"http://{PUBLIC}/v1"),
        served("http://192.168.1.9/v1"),
        served("http://localhost.example.com/v1"),
        served("http://127.0.0.1.example.com/v1"),
        served(f"http://[::ffff:{PUBLIC}]/v1"),
        served("http://localhost@example.com/v1"),
        served("http://127.0.0.1:9/v1", options={"trust_env": True}),
        {"tier": "slim", "backend": "anthropic", "model": "m"},
        {**served("https://api.example.com/"), "backend": "http", "options": {"body": {}, "answer": "a"}},
        {"tier": "slim", "backend": "python", "model": "m:f"},
        {"tier": "slim", "backend": "command", "options": {"command": "cat", "stays_local": False}},
        {"tier": "slim", "backend": "lm_eval", "model": "openai-chat-completions"},
        {**served("http://127.0.0.1:9/v1"), "backend": "lm_eval", "model": "local-chat-completions"},
    ],
    ids=lambda c: f"{c['backend']} {c.get('base_url', '')}",
)
def test_a_candidate_that_is_not_private_is_refused_and_nothing_is_sent(
    tmp_path: Path, watch: Watch, candidate: Mapping[str, Any]
) -> None:
    """Not even a question to the name service, which would tell the host's name."""
    with pytest.raises(ConfigError) as raised:
        api.run(project=project(tmp_path, candidate))
    assert watch.connected == []
    assert watch.resolved == []
    assert "candidates.a" in str(raised.value.where)
    assert raised.value.hint
    assert not (tmp_path / "runs").exists()


def test_this_machine_and_listed_hosts_are_asked(tmp_path: Path, watch: Watch) -> None:
    """The guard must not be in the way of what it allows."""
    watch.answers[NAME] = [["127.0.0.1"]]
    with StandIn(answer=answer_rightly).in_thread() as server:
        local = api.run(project=project(tmp_path / "local", served(server.base_url)))
        listed = api.run(project=project(tmp_path / "listed", served(named(server)), hosts=(NAME.upper(),)))
    assert (succeeded(local), succeeded(listed)) == (4, 4)
    assert watch.left == set()


@pytest.mark.parametrize("addresses", [[PUBLIC], ["127.0.0.1", PUBLIC], ["10.0.0.8", "2001:4860:4860::8888"]])
def test_a_listed_name_that_leads_to_a_public_address_is_refused(
    tmp_path: Path, watch: Watch, addresses: list[str]
) -> None:
    """Every address is checked: a connection could be made to any of them."""
    watch.answers[NAME] = [addresses]
    with pytest.raises(ConfigError, match="is not private") as raised:
        api.run(project=project(tmp_path, served(f"http://{NAME}/v1"), hosts=(NAME,)))
    assert watch.connected == []
    assert "list it under private_hosts" in str(raised.value.hint)


def test_a_second_answer_of_the_name_service_changes_nothing(tmp_path: Path, watch: Watch) -> None:
    """The name is resolved once; each request opens its own connection here, all to the checked address."""
    watch.answers[NAME] = [["127.0.0.1"], [PUBLIC]]
    with StandIn(answer=answer_rightly).in_thread() as server:
        candidate = served(named(server), options={"dialect": "llama.cpp"})
        result = api.run(project=project(tmp_path, candidate, hosts=(NAME,)))
    assert succeeded(result) == 4
    assert watch.resolved.count(NAME) == 1
    assert len(watch.connected) >= 4
    assert watch.left == set()


def test_the_second_answer_would_have_leaked_without_the_guard(tmp_path: Path, watch: Watch) -> None:
    """The same name service against a suite of any privacy: the watch sees where it leads."""
    watch.answers[NAME] = [[PUBLIC]]
    with pytest.raises(EvalkitError):
        api.run(project=project(tmp_path, served(f"http://{NAME}/v1"), privacy="any"))
    assert watch.left == {PUBLIC}


def test_a_redirect_is_not_followed(tmp_path: Path, watch: Watch) -> None:
    """Wherever a private server points, the input stays with it."""
    with StandIn(fault=always("redirect"), redirect_to=f"http://{PUBLIC}/v1").in_thread() as server:
        result = api.run(project=project(tmp_path, served(server.base_url)))
    assert result.tallies["a"].faults == {"rejected": 4}
    assert watch.left == set()


@pytest.mark.parametrize("privacy", ["local_only", "any"])
def test_proxy_variables_are_not_read_unless_asked_for(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch, privacy: str
) -> None:
    """A variable of the shell must not decide where private inputs go."""
    monkeypatch.setenv("http_proxy", f"http://{PUBLIC}:3128")
    with StandIn(answer=answer_rightly).in_thread() as server:
        result = api.run(project=project(tmp_path, served(server.base_url), privacy=privacy))
    assert succeeded(result) == 4
    assert watch.left == set()


def test_a_proxy_that_is_asked_for_is_seen_by_the_watch(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half of the claim: with `trust_env`, and only then, the variable leads outside."""
    monkeypatch.setenv("http_proxy", f"http://{PUBLIC}:3128")
    candidate = served("http://127.0.0.1:9/v1", options={"trust_env": True})
    with pytest.raises(EvalkitError):
        api.run(project=project(tmp_path, candidate, privacy="any"))
    assert watch.left == {PUBLIC}


def test_a_resumed_run_is_checked_anew(tmp_path: Path, watch: Watch) -> None:
    """A host may have been taken off the list since; what is left to ask is as private as before."""
    watch.answers[NAME] = [["127.0.0.1"]]
    with StandIn(answer=answer_rightly, fault=always("500")).in_thread() as server:
        candidate = served(named(server), max_attempts=1)
        api.run(project=project(tmp_path, candidate, hosts=(NAME,)))
        begun = len(watch.connected)
        file = write_project(tmp_path, {"a": candidate}, n_items=4)
        with pytest.raises(ConfigError, match="is not private"):
            api.resume(project=file)
    assert len(watch.connected) == begun


def test_a_function_whose_owner_vouches_for_it_is_asked() -> None:
    """What a program does with an input only its owner can know."""
    for backend in ("python", "command", "of_a_plugin"):
        plain = {"name": "a", "tier": "slim", "backend": backend, "options": {"stays_local": True}}
        assert why_not_private(from_plain(Candidate, plain)) is None
        assert why_not_private(from_plain(Candidate, {**plain, "options": {}}))
    assert why_not_private(from_plain(Candidate, {"name": "a", **simulated()})) is None


ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6)


@given(ADDRESSES)
def test_a_listed_name_vouches_for_no_public_address(address: ipaddress.IPv4Address) -> None:
    """By Python's own tables of what is reachable from everywhere."""
    guard = Guard(private_hosts=(NAME, "localhost"))
    if guard.admits(NAME, str(address)):
        assert not address.is_global
    assert guard.admits("localhost", str(address)) is address.is_loopback


@given(ADDRESSES)
def test_an_address_or_network_that_is_listed_is_admitted(address: ipaddress.IPv4Address) -> None:
    """A company's own public range is its own to name."""
    network = ipaddress.ip_network(f"{address}/{address.max_prefixlen - 3}", strict=False)
    for listed in (str(address), str(network)):
        guard = Guard(private_hosts=(NAME, listed))
        assert guard.names(str(address))
        assert guard.admits(str(address), str(address))
        assert guard.admits(NAME, str(address))
    assert not Guard(private_hosts=(str(address),)).names(NAME)


@pytest.mark.parametrize("host", ["", None, "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "::"])  # noqa: S104
def test_other_ways_to_write_an_address_are_not_guessed_at(host: str | None) -> None:
    """Resolvers differ in what they make of them."""
    assert not Guard().names(host)
