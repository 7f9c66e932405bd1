"""Documents that people write: YAML read with its lines, and held against the schema that ships for it."""

from evalkit.documents.json_text import MOST_NESTED, check_depth, parse_json
from evalkit.documents.marked_yaml import MarkedYaml, dotted, read_document, read_marked_yaml
from evalkit.documents.shape import read_shipped_schema, shape_problems
from evalkit.documents.yaml_words import YamlDumper, dump_yaml

__all__ = [
    "MOST_NESTED",
    "MarkedYaml",
    "YamlDumper",
    "check_depth",
    "dotted",
    "dump_yaml",
    "parse_json",
    "read_document",
    "read_marked_yaml",
    "read_shipped_schema",
    "shape_problems",
]
