"""The bridge to lm-eval, its only importer: its models as a backend, its tasks as suites.

lm-eval costs seconds to import, so each module here is imported only when a candidate or a suite names it.
"""
