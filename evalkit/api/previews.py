"""One item's request, exactly as a candidate would be sent it."""

from __future__ import annotations

from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.families import get_family
from evalkit.records import Candidate, Suite, to_plain


def preview_request(suite: Suite, item_id: str, candidate: Candidate) -> dict[str, Any]:
    """The item, and the request that this candidate would be sent for it, as plain values.

    Raises:
        SuiteError: No such item; names the near ones.
    """
    items = {i.id: i for i in suite.items}
    if item_id not in items:
        raise SuiteError(f"no item {item_id!r}", where=f"suite {suite.name}", hint=near_names(item_id, items))
    request = get_family(suite.family).prompter(suite, candidate)(items[item_id], 0)
    return {
        "item": to_plain(items[item_id]),
        "candidate": candidate.name,
        "request": {**to_plain(request), "request_hash": request.request_hash},
    }
