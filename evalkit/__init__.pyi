"""The public names, for type checkers and for `evalkit.lazy`, which imports each when it is used."""

from evalkit.api import compare as compare
from evalkit.api import gate as gate
from evalkit.api import open_store as open_store
from evalkit.api import report as report
from evalkit.api import resume as resume
from evalkit.api import run as run

__version__: str
