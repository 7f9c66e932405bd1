"""How probable each whole label is, token by token: one look at the model for each place where labels part.

The labels' tokens make a tree. At each of its nodes the model is asked once how probable the next tokens are;
a label's probability is the product along its way, the end of the answer included, so that "refund" does not
hold what belongs to "refund_status". Branches that hold next to nothing are not followed.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evalkit.records import LEAST_LOGPROB, Fault, probability_of

NEGLIGIBLE = 1e-6
"""A branch less probable than this is not followed; its labels get what it holds, an upper bound."""

Look = Callable[[Sequence[int], frozenset[int], float], Awaitable[Mapping[int, float]]]
"""Tokens so far, tokens wanted next, and the probability below which any answer does -> log-probabilities.

What it does not find it leaves out, having made sure that it is below that probability.
"""


@dataclass(slots=True)
class Node:
    """A place in the tree: the labels that may end here, and the tokens that lead on."""

    labels: list[str] = field(default_factory=list)
    after: dict[int, Node] = field(default_factory=dict)

    def below(self) -> Iterable[str]:
        """Every label from here on."""
        yield from self.labels
        for node in self.after.values():
            yield from node.below()


def tree_of(tokens_by_label: Mapping[str, Sequence[int]]) -> Node:
    """The tree of the labels' tokens."""
    root = Node()
    for label, tokens in tokens_by_label.items():
        node = root
        for token in tokens:
            node = node.after.setdefault(token, Node())
        node.labels.append(label)
    return root


async def label_logprobs(root: Node, ends: frozenset[int], look: Look) -> dict[str, float]:
    """Natural-log probability of each label of the tree, one of the ends after it included.

    Raises:
        Fault: `malformed_response`, a token's is NaN or above 0.
    """
    found: dict[str, float] = {}
    least = math.log(NEGLIGIBLE)

    async def visit(node: Node, so_far: tuple[int, ...], logprob: float) -> None:
        wanted = frozenset(node.after) | (ends if node.labels else frozenset())
        known = await look(so_far, wanted, NEGLIGIBLE / math.exp(logprob))
        if any(probability_of(told) is None for told in known.values()):
            raise Fault("malformed_response", "a log-probability of the next token is not one")
        if node.labels:
            ending = math.fsum(math.exp(known[end]) for end in ends if end in known)
            # What was not found is known to be below: the bound stands for it.
            whole = logprob + math.log(ending) if ending > 0.0 else least
            found.update((label, _round(whole)) for label in node.labels)
        for token, branch in node.after.items():
            ahead = logprob + known[token] if token in known else least
            if ahead > least:
                await visit(branch, (*so_far, token), ahead)
            else:
                found.update((label, _round(ahead)) for label in branch.below())

    await visit(root, (), 0.0)
    return found


def _round(logprob: float) -> float:
    """To a millionth: a suite of many labels keeps as many of these with each sample."""
    return round(max(LEAST_LOGPROB, min(0.0, logprob)), 6)
