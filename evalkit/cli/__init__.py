"""The command line: one thin module a verb over `evalkit.api`, imported only when that verb is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from evalkit import __version__
from evalkit.errors import EvalkitError, ExitCode, near_names

VERBS = {
    "ask": "Ask one item again and score the answer; nothing is stored.",
    "baseline": "Promote accepted samples to a baseline, and look at baselines.",
    "compare": "Compare two candidates, runs or a baseline, item by item.",
    "demo": "Run three shipped suites over three tiers, with a real slim model.",
    "doctor": "Say what is installed, what each backend lacks, and whether the store is sound.",
    "gate": "Judge a run against its baselines: pass, fail or inconclusive.",
    "init": "Start a project here: evalkit.yaml, a first suite, .gitignore.",
    "models": "List, pull and check models.",
    "power": "Say how small a drop can be seen, and how many items a margin takes.",
    "report": "Write the static HTML report.",
    "rescore": "Score stored answers anew with the present suites; asks no model.",
    "review": "Talk about failures: the agenda, decisions that carry over, minutes.",
    "routes": "Propose, compare, accept and replay routes: which tier may serve which work.",
    "run": "Run candidates on suites into the store, or go on with a run.",
    "sql": "Query the store.",
    "suites": "List, validate, show and draft suites.",
    "training": "Make data to tune a slim model on, from a suite's train split.",
}
"""Verb -> its line of help, here so that `--help` imports no verb."""


class LazyVerbs(click.Group):
    """A group that imports a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, sorted."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, or None."""
        if cmd_name not in VERBS:
            return None
        return import_module(f"evalkit.cli.{cmd_name}").command  # type: ignore[no-any-return]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with near names for an unknown verb."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r} ({near_names(args[0], VERBS)})")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with their lines, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(VERBS.items()))


@click.group(cls=LazyVerbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evalkit")
def cli() -> None:
    """Continuous per-task evaluation of slim, mid and frontier models.

    \b
    Start with:  evalkit demo
    Then:        evalkit init && evalkit run && evalkit report

    Exit codes: 0 done or passed, 1 could not do it, 2 wrong usage or configuration,
    3 a regression or a failed rule, 4 inconclusive.
    """


def main() -> None:
    """The console script: the one funnel that every error goes through."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except EvalkitError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE if isinstance(error, click.UsageError) else ExitCode.FAILED)
    except (click.Abort, KeyboardInterrupt):
        _complain("stopped")
        sys.exit(ExitCode.FAILED)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not an error; nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILED)
    sys.exit(code if isinstance(code, int) else ExitCode.DONE)


def _complain(message: str) -> None:
    line = click.style("error: ", fg="red", bold=True) + message
    click.echo(line, err=True)
