"""Plug-ins for evalkit, one a file: a family, a comparator, a parser of calls written as text."""
