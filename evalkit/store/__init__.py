"""The store: a DuckDB file built from run folders, read by short-lived connections and named queries."""

from evalkit.store.frames import Frame
from evalkit.store.load import LoadReport, load_pending, load_run, rebuild
from evalkit.store.open import SCHEMA_VERSION, Store

__all__ = ["SCHEMA_VERSION", "Frame", "LoadReport", "Store", "load_pending", "load_run", "rebuild"]
