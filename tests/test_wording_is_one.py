"""One function for each kind of number: formats of percent, points and money stand in `wording.py` alone."""

from __future__ import annotations

import re
from pathlib import Path

import evalkit

FORMATS = re.compile(
    r"""\{[^{}]*:[^{}]*%\}"""  # {share:.0%}
    r"""|\{100 \* """  # {100 * share:.1f}
    r"""|["' (−]\$\{[^{}]*:"""  # ${usd:.2f}
    r"""|['"]s['"] if \w+|['"]{2} if [^{}]* == 1 else"""  # item{'s' if n > 1 else ''}
)


def offences(text: str) -> list[str]:
    """The lines that format a number themselves."""
    return [line.strip() for line in text.splitlines() if FORMATS.search(line)]


def test_no_module_formats_numbers_for_itself() -> None:
    """Two formats of one number are two numbers for a reader."""
    package = Path(evalkit.__file__).parent
    found = {
        str(path.relative_to(package)): lines
        for path in package.rglob("*.py")
        if path != package / "wording.py" and (lines := offences(path.read_text("utf-8")))
    }
    assert found == {}


def test_a_format_of_its_own_is_noticed() -> None:
    """The check above sees each kind."""
    for line in (
        'f"{share:.1%} lost"',
        'f"{100 * share:.1f} points"',
        'f"costs ${usd:.2f}"',
        "f\"{n} item{'s' if n > 1 else ''}\"",
        "f\"{n} item{'' if n == 1 else 's'}\"",
    ):
        assert offences(line), line
