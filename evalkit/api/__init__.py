"""What a notebook and the command line call: it joins the parts, and imports each only when it is used."""

from evalkit.lazy import import_when_used

__all__ = import_when_used(__name__)
