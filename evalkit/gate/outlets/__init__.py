"""How a verdict is said: text for a screen, Markdown, JUnit XML, JSON, GitHub annotations."""

from evalkit.gate.outlets.annotations import to_annotations
from evalkit.gate.outlets.json_text import to_json
from evalkit.gate.outlets.junit import to_junit
from evalkit.gate.outlets.markdown import MARKER, to_markdown
from evalkit.gate.outlets.text import to_text

__all__ = ["MARKER", "to_annotations", "to_json", "to_junit", "to_markdown", "to_text"]
