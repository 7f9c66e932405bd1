"""What an unquoted word of YAML means: the core schema of YAML 1.2 and nothing else, read and written alike.

PyYAML follows YAML 1.1, where `yes` is true, `12:30` is 750, `010` is 8, `1_000` is 1000 and `1e-9` is text.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"

WORDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (f"{_TAG}null", re.compile(r"(?:~|null|Null|NULL|)\Z"), "~nN"),
    (f"{_TAG}bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), "tTfF"),
    (f"{_TAG}int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), "-+0123456789"),
    (
        f"{_TAG}float",
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
        "-+.0123456789",
    ),
    (f"{_TAG}merge", re.compile(r"<<\Z"), "<"),
)
"""Tag, words and their first characters (https://yaml.org/spec/1.2.2/#103-core-schema), and the merge key
`<<` of YAML 1.1, which project files use to share settings."""


def resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """First character -> tags and patterns, as PyYAML's loaders hold them."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {"": [WORDS[0][:2]]}
    for tag, pattern, firsts in WORDS:
        for first in firsts:
            found.setdefault(first, []).append((tag, pattern))
    return found


def whole_number(text: str) -> int:
    """The number that a word of the tag `int` stands for.

    Raises:
        ValueError: It is none.
    """
    if text[:2] in ("0o", "0x"):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if not re.fullmatch(r"[-+]?[0-9]+", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def number(text: str) -> float:
    """The number that a word of the tag `float` stands for.

    Raises:
        ValueError: It is none.
    """
    word = text.lower()
    if word.endswith(".nan"):
        return math.nan
    if word.endswith(".inf"):
        return -math.inf if word.startswith("-") else math.inf
    if "_" in word:
        raise ValueError(f"{text!r} is not a number")
    return float(word)


class YamlDumper(yaml.SafeDumper):
    """Writes YAML without aliases that YAML 1.1 and 1.2 read alike.

    A text that either takes for more than a text is quoted.
    """

    def ignore_aliases(self, data: Any) -> bool:
        """Each value is written out: readers stumble over aliases."""
        return True


YamlDumper.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, []), *resolvers().get(first, [])]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *resolvers()}
}


def dump_yaml(value: Any, width: int = 100) -> str:
    """The value as YAML, in the order of its keys."""
    return yaml.dump(value, Dumper=YamlDumper, sort_keys=False, allow_unicode=True, width=width)
