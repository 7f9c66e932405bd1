"""What a simulated candidate says: the family's right answer, or a plausible wrong one.

Only the runner knows suites and families, so it makes this for the simulated backend; no other backend
ever sees a target.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from evalkit.backends import Rehearsal
from evalkit.bounded.patterns import PatternLimit
from evalkit.families import get_family
from evalkit.records import Answer, Candidate, Request, Suite


def rehearsal(suites: Sequence[Suite], candidate: Candidate) -> Rehearsal:
    """A function from request, rightness and seed to the answer, for one simulated candidate."""
    by_name = {suite.name: suite for suite in suites}
    places = {(s.name, i.id): n for s in suites for n, i in enumerate(s.items)}

    def say(request: Request, right: bool, seed: int) -> Answer:
        suite = by_name[request.suite]
        item = suite.items[places[request.suite, request.item_id]]
        family, asked = get_family(suite.family), candidate.at(suite.name)
        if right:
            return family.right_answer(suite, item, asked)
        rng = random.Random(f"{seed}/{suite.name}/{item.id}")  # noqa: S311 - a rehearsal, not a secret
        try:
            return family.wrong_answer(suite, item, asked, rng)
        except PatternLimit:  # the scorer, which tells wrong from right, cannot tell
            return Answer(text="I am not sure.", finish_reason="stop")

    return say
