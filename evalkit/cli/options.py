"""Options that several verbs share."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

project_option = click.option(
    "--project",
    type=click.Path(path_type=Path),
    help="Project file or folder. [default: evalkit.yaml here or in a folder above]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


def split_names(_ctx: click.Context, _param: click.Parameter, values: Iterable[str]) -> tuple[str, ...]:
    """Names given once each, or several with commas between."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def split_slices(ctx: click.Context, param: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    """`tag=value` pairs."""
    pairs = {}
    for value in values:
        tag, sign, wanted = value.partition("=")
        if not sign or not tag:
            raise click.BadParameter(f"{value!r} is not of the form tag=value", ctx, param)
        pairs[tag] = wanted
    return pairs


def split_rates(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...]:
    """Rates with commas between, each above 0."""
    try:
        rates = tuple(float(part) for part in (value or "").split(",") if part.strip())
    except ValueError:
        raise click.BadParameter(f"{value!r} is not of the form 1,2,4,8", ctx, param) from None
    if value is not None and (not rates or not all(0 < rate < float("inf") for rate in rates)):
        raise click.BadParameter(f"{value!r}: each rate must be above 0", ctx, param)
    return rates


def names_option(flag: str, help_text: str) -> Callable[[F], F]:
    """An option that takes names, given several times or with commas; `--suite` means `--suites`."""
    flags = (flag, flag.removesuffix("s")) if flag.endswith("s") else (flag,)
    name = flag.strip("-").replace("-", "_")
    return click.option(
        *flags, name, multiple=True, callback=split_names, metavar="NAME[,NAME]", help=help_text
    )


def print_json(value: Any) -> None:
    """One JSON document on standard output; what JSON lacks (infinity, NaN) becomes text."""
    from evalkit.records import clean_json, to_plain

    click.echo(json.dumps(clean_json(to_plain(value)), indent=2, ensure_ascii=False, default=str))


def command_line() -> str:
    """The command as it was typed, for the manifest; no option of evalkit's takes a key."""
    return shlex.join(["evalkit", *sys.argv[1:]])
