"""Help: complete, with examples, and at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from evalkit.cli import VERBS, cli

DOCS = Path(__file__).parents[2] / "docs"
PREFACE = """# Commands

Each command's own help. `--json` prints the answer for a program, `--project` names another project than the
one here. Exit codes: 0 done or passed, 1 could not do it or could not judge it, 2 wrong usage or
configuration, 3 a regression or a failed rule, 4 inconclusive.

Completion for your shell: `eval "$(_EVALKIT_COMPLETE=bash_source evalkit)"` (or `zsh_source`, `fish_source`).
"""
HEAVY = (
    "lm_eval",
    "pandas",
    "matplotlib",
    "duckdb",
    "numpy",
    "scipy",
    "sklearn",
    "pyarrow",
    "aiohttp",
    "rich",
)


def leaves(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        own = [(name, command)] if command.invoke_without_command else []
        return [*own, *(x for sub, c in command.commands.items() for x in leaves(f"{name} {sub}", c))]
    return [(name, command)]


def commands() -> list[tuple[str, click.Command]]:
    return [x for verb in VERBS for x in leaves(verb, import_module(f"evalkit.cli.{verb}").command)]


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda v: v if isinstance(v, str) else "")
def test_every_command_says_what_it_does_and_shows_an_example(name: str, command: click.Command) -> None:
    """A person copies an example sooner than reading a table of options."""
    assert command.help
    assert f"evalkit {name}" in (command.epilog or "")


def page() -> str:
    """docs/commands.md as the commands' own help makes it, at a fixed width."""
    parts = [PREFACE]
    for verb in sorted(VERBS):
        parts.append(f"## `evalkit {verb}`\n")
        for name, command in leaves(verb, import_module(f"evalkit.cli.{verb}").command):
            context = click.Context(
                command, info_name=f"evalkit {name}", terminal_width=100, max_content_width=100,
                help_option_names=["-h", "--help"],
            )  # fmt: skip
            parts.append(f"```\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """An undocumented command does not exist for those who were not there."""
    file = DOCS / "commands.md"
    if os.environ.get("EVALKIT_WRITE_DOCS"):
        file.write_text(page(), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == page(), "EVALKIT_WRITE_DOCS=1 pytest tests/cli/test_help.py"


def test_every_verb_is_listed_with_its_line() -> None:
    """The table is kept by hand so that nothing is imported; it must not drift from the modules."""
    for verb in VERBS:
        assert cli.get_command(click.Context(cli), verb) is not None


@pytest.mark.parametrize("arguments", [["--help"], ["gate", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help must come at once; what is not imported cannot be slow."""
    code = (
        "import sys; from evalkit.cli import cli\n"
        f"try: cli.main({arguments!r})\nexcept SystemExit: pass\n"
        "print('MODULES', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(re.split(r"\s+", done.stdout.partition("MODULES")[2]))
    banned = HEAVY if arguments == ["--help"] else ("lm_eval", "pandas", "matplotlib")
    assert not modules & set(banned)


def test_importing_evalkit_imports_nothing_heavy() -> None:
    """A notebook's first cell, and every test of a user's, begins with it."""
    code = "import evalkit, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(HEAVY)
