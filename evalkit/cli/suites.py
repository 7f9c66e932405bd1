"""`evalkit suites`: list, validate, show, draft and export suites, and look for them in training data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option, split_slices
from evalkit.cli.suite_text import contamination_lines, draft_lines, draft_plain, problem_lines, summary_lines
from evalkit.config import Project
from evalkit.documents import dump_yaml, read_document
from evalkit.errors import ExitCode, SuiteError
from evalkit.records import Candidate, to_plain
from evalkit.wording import count

discordance_option = click.option(
    "--discordance",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.1,
    show_default=True,
    help="Share of items that two candidates are taken to judge differently.",
)


@click.group("suites")
def command() -> None:
    """List, validate, show, draft and export suites; find their items in training data."""


@command.command("list", epilog="Example:  evalkit suites list")
@discordance_option
@json_option
@project_option
def list_suites(discordance: float, as_json: bool, project: Path | None) -> int:
    """List the project's suites (or the shipped ones) with contract, stakes, size and power."""
    home = api.open_project_or_none(project)
    faulty: dict[str, SuiteError] = {}
    found = []
    for path in api.find_suite_folders((), home):
        try:
            found.append(api.summarise_suite(*api.load_suites(home, [str(path)]), discordance=discordance))
        except SuiteError as error:  # one broken suite must not hide the others
            faulty[str(path)] = error
    if as_json:
        print_json({"suites": found, "faulty": {path: str(error) for path, error in faulty.items()}})
    else:
        _say(line for one in found for line in summary_lines(one))
        _say(f"{path}: FAULTY: {error}" for path, error in faulty.items())
    return ExitCode.USAGE if faulty else ExitCode.DONE


@command.command("validate", epilog="Example:  evalkit suites validate support-triage")
@click.argument("names", nargs=-1)
@json_option
@project_option
def validate(names: tuple[str, ...], as_json: bool, project: Path | None) -> int:
    """Report every fault of the named suites (or all), with file, line, item and the fix."""
    home = api.open_project_or_none(project)
    found = {str(p): api.validate_suite(p, home) for p in api.find_suite_folders(names, home)}
    if as_json:
        print_json(found)
    else:
        for path, problems in found.items():
            click.echo(f"{path}: {count(len(problems), 'fault') if problems else 'sound'}")
            _say(problem_lines(problems, path))
    return ExitCode.USAGE if any(found.values()) else ExitCode.DONE


@command.command(
    "show", epilog="Example:  evalkit suites show support-triage --item st-001 --candidate slim-plain"
)
@click.argument("name")
@click.option("--item", "item_id", help="Show this item, and the request made of it.")
@click.option("--candidate", "candidate_name", help="The candidate whose request is shown.")
@discordance_option
@json_option
@project_option
def show(
    name: str,
    item_id: str | None,
    candidate_name: str | None,
    discordance: float,
    as_json: bool,
    project: Path | None,
) -> int:
    """Show a suite's contract, stakes and size, or one item with the request as it would be sent."""
    home = api.open_project_or_none(project)
    suite = api.load_suites(home, [name])[0]
    if item_id is not None:
        candidate = _candidate(home, candidate_name)
        shown: Any = api.preview_request(suite, item_id, candidate)
    else:
        summary = to_plain(api.summarise_suite(suite, discordance=discordance))
        shown = {**summary, "contract": to_plain(suite.contract), "scorer": to_plain(suite.scorer),
                 "prompts": to_plain(suite.prompts), "stakes": to_plain(suite.stakes)}  # fmt: skip
    if as_json:
        print_json(shown)
    else:
        click.echo(dump_yaml(to_plain(shown)), nl=False)
    return ExitCode.DONE


@command.command("export", epilog="Example:  evalkit suites export support-triage --lm-eval exported")
@click.argument("name")
@click.option(
    "--lm-eval",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder for lm-eval's --include_path; several suites may share it.",
)
@click.option("--prompt", default="default", show_default=True, help="The prompt variant.")
@click.option("--max-tokens", default=256, show_default=True, help="Most tokens of one answer.")
@project_option
def export(name: str, folder: Path, prompt: str, max_tokens: int, project: Path | None) -> int:
    """Write a suite as a task that plain lm-eval runs with the same scores, where evalkit is importable."""
    (suite,) = api.load_suites(api.open_project_or_none(project), [name])
    task = api.export_lm_eval(suite, folder, prompt=prompt, max_tokens=max_tokens)
    click.echo(f"{task}: {len(suite.test_items)} documents")
    click.echo(f"lm-eval run --include_path {folder} --tasks {suite.name} --apply_chat_template --model …")
    return ExitCode.DONE


@command.command(
    "contamination", epilog="Example:  evalkit suites contamination support-triage --against train.jsonl"
)
@click.argument("name")
@click.option(
    "--against",
    "first",
    metavar="FILE...",
    required=True,
    multiple=True,
    help="Training data: JSONL, JSON, CSV, Parquet or plain text, also with .gz.",
)
@click.argument("more", nargs=-1, metavar="")
@click.option("--words", default=8, show_default=True, type=click.IntRange(5), help="Words of a run.")
@click.option(
    "--share",
    default=0.5,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Share of an item's runs in one place from which it is found.",
)
@json_option
@project_option
def contamination(
    name: str,
    first: tuple[str, ...],
    more: tuple[str, ...],
    words: int,
    share: float,
    as_json: bool,
    project: Path | None,
) -> int:
    """Find test items that occur in training data; exit code 3 when there are any.

    A model that was trained on its own test proves nothing. Items are found whole, after case, spaces and
    punctuation are folded, and by the share of their runs of words that stand in one row, or close together.
    """
    (suite,) = api.load_suites(api.open_project_or_none(project), [name])
    found = api.find_contamination(suite, (*first, *more), words=words, share=share)
    if as_json:
        print_json(found)
    else:
        _say(contamination_lines(found))
    return ExitCode.REGRESSION if found.found else ExitCode.DONE


_NEW_EXAMPLE = """\b
Examples:
  evalkit suites new tickets --family classification --from tickets.csv --target queue
  evalkit suites new banking --family classification --from hf:PolyAI/banking77::test
"""


@command.command("new", epilog=_NEW_EXAMPLE)
@click.argument("name")
@click.option("--family", required=True, help="classification, extraction, tool_calls, or a plug-in's.")
@click.option(
    "--from",
    "source",
    required=True,
    metavar="FILE",
    help="CSV, JSON, JSONL or Parquet file, a folder that `datasets` saved, or hf:PATH[:CONFIG[:SPLIT]].",
)
@click.option("--id", "id_column", metavar="COL", help="Column of the ids.")
@click.option("--input", "input_column", metavar="COL", help="Column of the inputs.")
@click.option("--context", "context_column", metavar="COL", help="Column of the contexts.")
@click.option("--target", "target_column", metavar="COL", help="Column of the right answers.")
@click.option(
    "--field",
    "more",
    multiple=True,
    callback=split_slices,
    metavar="FIELD=COL",
    help="Column of any other field of an item (messages, cluster, tags.NAME, …).",
)
@click.option(
    "--contract",
    "contract_files",
    multiple=True,
    callback=split_slices,
    metavar="KEY=FILE",
    help="labels, schema or tools out of a JSON or YAML file, instead of read off the targets.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of suites it goes into. [default: the project's first]",
)
@json_option
@project_option
def new(
    name: str,
    family: str,
    source: str,
    id_column: str | None,
    input_column: str | None,
    context_column: str | None,
    target_column: str | None,
    more: dict[str, str],
    contract_files: dict[str, str],
    folder: Path | None,
    as_json: bool,
    project: Path | None,
) -> int:
    """Draft the suite NAME from someone else's data: suite.yaml, items and a card of what was found.

    Columns that are not named are guessed, and it is said. Nothing is ever overwritten.
    """
    given = {"id": id_column, "input": input_column, "context": context_column, "target": target_column}
    said = {ours: column for ours, column in given.items() if column is not None} | more
    draft = api.new_suite(
        name,
        source,
        family=family,
        fields=said,
        folder=folder,
        project=project,
        contract={key: _value_of(key, file) for key, file in contract_files.items()},
    )
    if as_json:
        print_json(draft_plain(draft, said))
    else:
        # Outside of the project's folders a suite is found by its path alone.
        _say(draft_lines(draft, said, name=name if folder is None else str(draft.suite.path)))
    return ExitCode.DONE


def _value_of(key: str, file: str) -> Any:
    """The value that a JSON or YAML file holds; `file.json#/key` takes a part of it."""
    name, _, part = file.partition("#/")
    read = read_document(Path(name))
    for problem in read.problems:
        raise SuiteError(problem.message, where=problem.where, hint=problem.hint or f"--contract {key}=FILE")
    if part and (not isinstance(read.value, dict) or part not in read.value):
        raise SuiteError(f"it has no part {part!r}", where=name)
    return read.value[part] if part else read.value


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _candidate(home: Project | None, name: str | None) -> Candidate:
    if home is None or (name is None and not home.candidates):
        return Candidate(name="preview", tier="slim", backend="simulated")
    return home.choose_candidates([name] if name else [])[0]
