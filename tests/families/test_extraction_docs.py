"""docs/extraction.md tells the truth: its names are the code's, and its examples work."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import yaml

from evalkit.families.comparators import comparator_names, registry
from evalkit.families.extraction import Extraction
from evalkit.families.extraction.scoring import PRECEDENCE
from evalkit.records import Contract, Item, Suite

DOCS = (Path(__file__).parents[2] / "docs" / "extraction.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, str]:
    """The table below a heading: first cell -> the rest of its row."""
    section = DOCS.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \|(.*)$", section, flags=re.MULTILINE))


def test_every_comparator_is_documented_with_its_options() -> None:
    """An undocumented rule is one that nobody can trust."""
    table = rows("### Comparators")
    assert sorted(table) == list(comparator_names())
    for name, text in table.items():
        options = inspect.signature(registry._factory(name)).parameters
        assert all(f"`{option}`" in text.split("|")[0] for option in options)


def test_error_kinds_are_documented_in_their_precedence() -> None:
    """The order decides which kind a failure bears."""
    assert tuple(rows("## Error kinds")) == PRECEDENCE


def test_scorer_options_are_documented() -> None:
    """An option that is in the table is known, and the other way round."""
    from evalkit.families.extraction import options

    assert set(rows("## A suite")) == set(options._KNOWN)


def test_the_example_suite_is_sound() -> None:
    """People copy examples."""
    declared = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", DOCS, flags=re.DOTALL)[0])
    suite = Suite(
        name=declared["name"],
        family=declared["family"],
        version="1",
        contract=Contract(schema=declared["schema"]),
        scorer=declared["scorer"],
        items=(Item(id="a", input="x", target={"customer": "Acme", "items": []}),),
    )
    assert list(Extraction().check(suite)) == []


def test_the_example_comparator_works() -> None:
    """The shortest way to extend must be one that runs."""
    source = re.findall(r"```python\n(.*?)```", DOCS, flags=re.DOTALL)[0]
    made: dict[str, object] = {}
    exec(source, made)  # noqa: S102 - our own documentation
    two_letters = made["initials"](2)  # type: ignore[operator]
    assert two_letters("abc", "abd")
    assert not two_letters("abc", "axe")
