"""Documents that people write: YAML read with its lines, and held against the schema that ships for it."""

from evalkit.documents.marked_yaml import MarkedYaml, dotted, read_marked_yaml
from evalkit.documents.schemas import shipped_schema
from evalkit.documents.shape import shape_problems

__all__ = ["MarkedYaml", "dotted", "read_marked_yaml", "shape_problems", "shipped_schema"]
