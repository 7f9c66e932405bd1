"""What a notebook and the command line call: it joins the parts, and imports each only when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.api.asking import ask
    from evalkit.api.demo import DemoResult, demo
    from evalkit.api.doctor import Finding, doctor
    from evalkit.api.drafting import new_suite
    from evalkit.api.estimates import estimate_run
    from evalkit.api.exporting import export_lm_eval
    from evalkit.api.judging import (
        baselines,
        compare,
        gate,
        promote,
        verdict_annotations,
        verdict_text,
        write_verdict,
    )
    from evalkit.api.loads import Sweep, sweep_loads
    from evalkit.api.models import check_candidate, pull_model, quantize_model
    from evalkit.api.powers import Power, Question, power
    from evalkit.api.previews import preview_request
    from evalkit.api.projects import open_project, open_store
    from evalkit.api.reports import report, report_input, summary
    from evalkit.api.rescoring import rescore
    from evalkit.api.routes import apply_routes, diff_routes, propose_routes, read_routes, simulate_routes
    from evalkit.api.running import resume, run
    from evalkit.api.starting import init
    from evalkit.api.suites import (
        find_contamination,
        find_suite_folders,
        list_suites,
        load_suites,
        summarise_suite,
        validate_suite,
    )
    from evalkit.api.variants import compare_variants

_HOMES = {
    "DemoResult": "demo",
    "Finding": "doctor",
    "Power": "powers",
    "Question": "powers",
    "Sweep": "loads",
    "apply_routes": "routes",
    "ask": "asking",
    "baselines": "judging",
    "check_candidate": "models",
    "compare": "judging",
    "compare_variants": "variants",
    "demo": "demo",
    "diff_routes": "routes",
    "doctor": "doctor",
    "estimate_run": "estimates",
    "export_lm_eval": "exporting",
    "find_contamination": "suites",
    "find_suite_folders": "suites",
    "gate": "judging",
    "init": "starting",
    "list_suites": "suites",
    "load_suites": "suites",
    "new_suite": "drafting",
    "open_project": "projects",
    "open_store": "projects",
    "power": "powers",
    "preview_request": "previews",
    "promote": "judging",
    "propose_routes": "routes",
    "pull_model": "models",
    "quantize_model": "models",
    "read_routes": "routes",
    "report": "reports",
    "report_input": "reports",
    "rescore": "rescoring",
    "resume": "running",
    "run": "running",
    "simulate_routes": "routes",
    "summarise_suite": "suites",
    "summary": "reports",
    "sweep_loads": "loads",
    "validate_suite": "suites",
    "verdict_annotations": "judging",
    "verdict_text": "judging",
    "write_verdict": "judging",
}
"""Public name -> the module of this package that defines it."""

__all__ = [
    "DemoResult",
    "Finding",
    "Power",
    "Question",
    "Sweep",
    "apply_routes",
    "ask",
    "baselines",
    "check_candidate",
    "compare",
    "compare_variants",
    "demo",
    "diff_routes",
    "doctor",
    "estimate_run",
    "export_lm_eval",
    "find_contamination",
    "find_suite_folders",
    "gate",
    "init",
    "list_suites",
    "load_suites",
    "new_suite",
    "open_project",
    "open_store",
    "power",
    "preview_request",
    "promote",
    "propose_routes",
    "pull_model",
    "quantize_model",
    "read_routes",
    "report",
    "report_input",
    "rescore",
    "resume",
    "run",
    "simulate_routes",
    "summarise_suite",
    "summary",
    "sweep_loads",
    "validate_suite",
    "verdict_annotations",
    "verdict_text",
    "write_verdict",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES[name]}")
    # Importing a module of the same name (`demo`, `doctor`) bound it here; the public name is the function.
    globals().update({n: getattr(module, n) for n, home in _HOMES.items() if home == _HOMES[name]})
    return globals()[name]
