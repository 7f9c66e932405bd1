"""Backends: one interface, one small file each, registered by name and imported only when used."""

from evalkit.backends.files import check_files, with_file_hashes
from evalkit.backends.interface import Backend, Capabilities, Check, Lesson, Rehearsal, Stage
from evalkit.backends.private import Guard
from evalkit.backends.registry import backend_names, check_ready, open_backend

__all__ = [
    "Backend",
    "Capabilities",
    "Check",
    "Guard",
    "Lesson",
    "Rehearsal",
    "Stage",
    "backend_names",
    "check_files",
    "check_ready",
    "open_backend",
    "with_file_hashes",
]
