"""One item asked again, outside any run: for whoever looks at a failure and wonders whether it lasts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from evalkit.api.projects import open_project
from evalkit.api.running import choose_candidates
from evalkit.api.suites import load_suites
from evalkit.backends import Stage
from evalkit.config import Project
from evalkit.errors import SuiteError, near_names
from evalkit.records import Candidate, Item, Sample, Suite
from evalkit.runner import Observer, start_run
from evalkit.runner.journal import read_finished_samples
from evalkit.runner.plan import make_plan
from evalkit.runner.privacy import check_privacy
from evalkit.suites.train_split import with_asked


def ask(
    suite: str | Suite,
    item: str,
    candidates: Iterable[str | Candidate] = (),
    *,
    project: Project | Path | str | None = None,
    repeats: int = 1,
    seed: int = 0,
    observer: Observer | None = None,
) -> tuple[Item, tuple[Sample, ...]]:
    """Asks one item of a suite as a run would, scores the answers, and keeps nothing.

    Args:
        suite: Its name, or the suite.
        item: Id of the item, a dev item too.
        candidates: Who is asked; none means all of the project's.
        project: A project, its file or folder; None finds `evalkit.yaml`.
        repeats: Answers of each candidate.
        seed: Seed of the simulation.
        observer: Is told how it goes.

    Returns:
        The item, and a sample for each candidate and repeat, in that order.

    Raises:
        SuiteError: No such item; names the near ones.
        ConfigError: The suite is `local_only` and a candidate is not private, or its name is unknown.
        UnavailableError: A candidate cannot be used.
    """
    home = open_project(project)
    (whole,) = load_suites(home, [suite])
    items = {i.id: i for i in whole.items}
    if item not in items:
        raise SuiteError(f"no item {item!r}", where=f"suite {whole.name}", hint=near_names(item, items))
    # As a test item, so that a dev item can be asked; few-shot examples come from the others.
    alone = with_asked(whole, [items[item]])
    plan = make_plan([alone], choose_candidates(home, candidates, ()), repeats=repeats, seed=seed)
    guard = check_privacy(plan.suites, plan.candidates, home.private_hosts)
    with tempfile.TemporaryDirectory(prefix="evalkit-ask-") as folder:
        result = start_run(plan, Path(folder), observer=observer, stage=Stage(root=home.root, guard=guard))
        found = read_finished_samples(result.folder / "journal.jsonl")
    names = [c.name for c in plan.candidates]
    return items[item], tuple(sorted(found.values(), key=lambda s: (names.index(s.candidate), s.repeat)))
