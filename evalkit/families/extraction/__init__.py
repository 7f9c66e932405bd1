"""The family `extraction`: one JSON value under a schema, drawn from a text and scored field by field."""

from evalkit.families.extraction.family import Extraction

__all__ = ["Extraction"]
