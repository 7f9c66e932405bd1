"""The stand-in's form of what binds an answer."""

from dataclasses import dataclass
from typing import Any


@dataclass
class StructuredOutputsParams:
    """Of vLLM's forms, those that evalkit uses."""

    choice: Any = None
    json: Any = None
