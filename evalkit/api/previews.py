"""One item's request, as the family makes it and exactly as a candidate's endpoint would be sent it."""

from __future__ import annotations

from typing import Any

from evalkit.backends import Stage
from evalkit.errors import SuiteError, near_names
from evalkit.families import compile_prompter
from evalkit.records import Candidate, Request, Suite, to_plain


def preview_request(suite: Suite, item_id: str, candidate: Candidate) -> dict[str, Any]:
    """The item, the request in no provider's dialect, and the JSON body that this candidate would be sent.

    The body is None where the backend sends none (a simulation, a replay) or cannot tell.

    Raises:
        SuiteError: No such item; names the near ones.
        ConfigError: The candidate's backend or one of its options is wrong.
    """
    items = {i.id: i for i in suite.items}
    if item_id not in items:
        raise SuiteError(f"no item {item_id!r}", where=f"suite {suite.name}", hint=near_names(item_id, items))
    request = compile_prompter(suite, candidate)(items[item_id], 0)
    return {
        "item": to_plain(items[item_id]),
        "candidate": candidate.name,
        "request": {**to_plain(request), "request_hash": request.request_hash},
        "body": _body(candidate.at(suite.name), request),
    }


def _body(candidate: Candidate, request: Request) -> Any:
    from evalkit.backends.registry import open_backend

    make = getattr(open_backend(candidate, Stage()), "body", None)
    return None if make is None else to_plain(make(request))
