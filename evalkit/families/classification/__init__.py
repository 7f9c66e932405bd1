"""Classification: one label, a set of labels, or none of them, for each item."""

from evalkit.families.classification.calibration import (
    LabelProbabilities,
    calibration,
    confidence_source,
    label_probabilities,
    with_confidence,
)
from evalkit.families.classification.family import Classification

__all__ = [
    "Classification",
    "LabelProbabilities",
    "calibration",
    "confidence_source",
    "label_probabilities",
    "with_confidence",
]
