"""What routes say in words: every sentence is made here, once, from the facts of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from evalkit.records import to_plain
from evalkit.wording import count, percent, point_span, points, stated, stated_points, tenths, usd

if TYPE_CHECKING:
    from evalkit.routes.advice import Advice
    from evalkit.routes.certify import Certificate
    from evalkit.routes.proposal import Objection, Proposal
    from evalkit.stats import Interval

MOVES = {
    "tighten": "tighten", "loosen": "loosen", "keep": "keep", "more_evidence": "more evidence",
    "none_holds": "no candidate holds the floor",
}  # fmt: skip
YARDSTICKS = {
    "best_single": "best single", "frontier_alone": "frontier alone", "highest_alone": "highest tier alone",
    "current": "in force", "random_mixing": "random mixing", "oracle": "perfect foresight",
}  # fmt: skip

_DERIVED = ("in_words", "reason")
"""Properties of records that are words; the plain form has them beside the facts."""


def with_words(value: Any) -> Any:
    """As `to_plain`, with the words of the records that can say themselves, and days as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): with_words(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_words(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        kept = [f.name for f in fields(value) if f.metadata.get("plain", True)]
        plain = {name: with_words(getattr(value, name)) for name in kept}
        words = {name: getattr(value, name, None) for name in _DERIVED if name not in plain}
        return {**{name: told for name, told in words.items() if told is not None}, **plain}
    return to_plain(value)


def promise(alpha: float) -> str:
    """What a certificate promises."""
    return (
        "The chance that any route certified in this proposal truly lies below its floor is at most "
        f"{stated(alpha)}, as far as the items stand for the work."
    )


def certificate_words(found: Certificate) -> str:
    """A certificate as a sentence or two."""
    route = f"“{found.policy.in_words}”"
    seen = f"{tenths(found.rate)} of {found.n:,} items it was not chosen on"
    if found.certified:
        return (
            f"{route} is certified to succeed in at least {stated(found.floor)} of the work (seen: {seen}; "
            f"lower bound {tenths(found.lower_bound)}). {promise(found.alpha)}"
        )
    if not found.tested:
        return f"{route} was not tested, because a safer route failed (seen: {seen})."
    missing = "More items would not help, if that rate is the truth."
    if found.missing is not None:
        missing = f"About {found.missing:,} more items would decide, if that rate is the truth."
    return (
        f"{route} is not certified: it succeeded in {seen}, its lower bound of "
        f"{tenths(found.lower_bound)} is under the floor of {stated(found.floor)}. {missing}"
    )


def route_promise(found: Certificate) -> str:
    """What routes.yaml says of a certified route, whose name is there already."""
    return (
        f"At least {stated(found.floor)} of the work succeeds (seen: {tenths(found.rate)} of "
        f"{found.n:,} items that it was not chosen on; lower bound {tenths(found.lower_bound)}). "
        f"{promise(found.alpha)}"
    )


def objection_words(found: Objection) -> str:
    """Why a route is not the one proposed."""
    if found.kind == "not_certified" and found.certificate is not None:
        return certificate_words(found.certificate)
    if found.kind == "too_slow" and found.within is not None and found.least is not None:
        within = f"Only {tenths(found.within)} of the items end within {found.limit_s:g} s"
        return f"{within}; {stated(found.least)} must."
    if found.kind == "no_better_than_mixing" and found.difference is not None:
        gain = f"{points(found.difference.estimate)} points, {point_span(found.difference)}"
        return f"It is not shown to beat random mixing at its cost ({gain})."
    if found.kind == "no_cheaper" and found.difference is not None and found.simpler is not None:
        saves = _per_thousand(found.difference)
        return f"It is not shown to cost less than {found.simpler.in_words} (saves {saves})."
    return "It was not tested." if found.kind == "not_tested" else "Another route is worth more."


def proposal_reason(found: Proposal) -> str:
    """Why this is proposed, or nothing is, with the certificate."""
    certificate = "" if found.certificate is None else certificate_words(found.certificate)
    if found.because == "first":
        return f"No route is in force. {certificate}"
    if found.because == "nearest":
        return f"Nearest: {certificate}"
    why = reason_beside_certificate(found)
    return f"{certificate} {why}" if found.because == "refused" else f"{why} {certificate}".strip()


def reason_beside_certificate(found: Proposal) -> str:
    """The reason where the certificate is shown next to it; empty where that says all."""
    if found.because == "in_force_falls":
        objection = "" if found.objection is None else objection_words(found.objection)
        why = f"{'; '.join(found.current_breaches)}." if found.current_breaches else objection
        return f"The route in force does not stand: {why}"
    if found.because == "refused" and found.objection is not None:
        return f"It is not proposed. {objection_words(found.objection)}"
    if found.because == "cheaper" and found.saving_usd is not None:
        return f"It saves {_per_thousand(found.saving_usd)} over the route in force, errors included."
    if found.because == "too_few":
        return (
            f"{found.n_choosing + found.n_confirming} items are too few to choose on one part and confirm on "
            f"another: at least {found.fewest} in each."
        )
    if found.because == "no_candidate":
        return f"No candidate may serve it: {_listed(found.ruled_out)}."
    return {
        "in_force_best": "The route in force is the best found.",
        "not_shown": "No other route is shown to cost less.",
        "no_floor": "Its stakes state no quality_floor, so there is nothing to hold a route to.",
    }.get(found.because, "")


def advice_reason(found: Advice) -> str:
    """Why a piece of advice is given."""
    parts = (_slow_words(found), _slice_reason(found) if found.found or found.where else _whole_reason(found))
    return " ".join(part for part in parts if part)


def _whole_reason(found: Advice) -> str:
    cause, certificate = found.cause, found.certificate
    if cause in _CERTIFIED:
        return f"{_CERTIFIED[cause]} {_holds(certificate)}"
    if cause == "certified_instead":
        return f"What is in force may not serve it: {'; '.join(found.breaches)}. {_holds(certificate)}"
    if cause == "best_found":
        return f"{_capital(_whom(found))} is the best found. {_holds(certificate)}"
    if cause == "breach":
        return f"What is in force may not serve it: {'; '.join(found.breaches)}. {_until(found)}"
    if cause == "below_floor" and found.success_now is not None:
        rate = found.success_now
        seen = f"{tenths(rate.estimate)} ({tenths(rate.low)} to {tenths(rate.high)})"
        below = f"which is below the floor of {stated(found.floor or 0)}"
        return f"{_capital(_whom(found))} succeeds in {seen}, {below}. {_until(found)}"
    if cause == "none_holds" and certificate is not None:
        return (
            f"No candidate holds the floor of {stated(certificate.floor)}: the best, "
            f"“{certificate.policy.in_words}”, succeeds in {tenths(certificate.rate)} of "
            f"{certificate.n:,} items that it was not chosen on.{_checking(found)}"
        )
    if cause == "nearest" and certificate is not None:
        seen = f"{tenths(certificate.rate)} of {certificate.n:,} items that it was not chosen on succeed"
        bound = f"at least {tenths(certificate.lower_bound)} do at {stated(1 - certificate.level)} confidence"
        return (
            f"Nothing is certified. The nearest is “{certificate.policy.in_words}”: {seen}, and {bound}; "
            f"the floor is {stated(certificate.floor)}."
        )
    if cause == "no_worse" and found.then is not None:
        return f"{_no_worse(found)} There is no floor: nothing is certified."
    why = "" if found.proposal is None else proposal_reason(found.proposal)
    if cause == "not_shown_no_worse" and found.tried is not None:
        margin = f"that it is no worse by {stated_points(found.margin or 0)} is not shown"
        return f"{why} {found.tried} costs less; {margin}."
    return why


_CERTIFIED = {
    "certified_better": "More of the work succeeds for certain.",
    "certified_cheaper": "It costs less in all, errors included.",
    "certified_lower": "A lower tier will do for part of the work or all of it.",
}


def _slice_reason(found: Advice) -> str:
    if found.cause == "no_worse":
        return _no_worse(found)
    piece = found.found
    if piece is None:
        return ""
    if found.cause == "slice_undecided":
        return (
            f"{piece.candidate} seems to fail here ({percent(piece.success.estimate)} of "
            f"{count(piece.success.n, 'item')} that it was not found on, floor "
            f"{stated(piece.floor or 0)}); that is not shown."
        )
    words = (
        f"{piece.candidate} succeeds in {percent(piece.success.estimate)} of it "
        f"({percent(piece.success.low)} to {percent(piece.success.high)}), "
        f"elsewhere in {percent(piece.rest.estimate)}"
    )
    if found.cause == "slice_not_relied_on":
        rate = found.success_now
        how = (
            ""
            if rate is None
            else f": {percent(rate.estimate)} of it ends well ({percent(rate.low)} to {percent(rate.high)})"
        )
        return f"{words}; what is in force does not rely on that{how}."
    if found.then is None:
        return f"{words}. Nobody who may serve it is shown to do better there."
    first = found.then.branches[0].steps[0].candidate
    whom = "a person" if first not in found.then.candidates else first
    rate = found.success_proposed
    more = (
        ""
        if rate is None
        else f" With the route proposed for the whole suite {percent(rate.estimate)} of it ends well."
    )
    return f"{words}. Send it to {whom}.{more}"


def _slow_words(found: Advice) -> str:
    """That nothing which was tried is fast enough; empty where something is."""
    slow = found.slow
    if slow is None:
        return ""
    return (
        f"Nothing ends {stated(slow.least)} of the items within {slow.limit_s:g} s "
        f"(the fastest {percent(slow.within)})."
    )


def _until(found: Advice) -> str:
    if found.then is None:
        return "No other route is certified."
    people = found.now is not None and found.then.candidates == found.now.candidates and found.then.reviews
    what = "have a person check each answer" if people else f"take the nearest: {found.then.in_words}"
    return f"Until a route is certified, {what}."


def _checking(found: Advice) -> str:
    more = found.checking_usd_month
    if more is None:
        return ""
    verb = "cost" if more.estimate >= 0 else "save"
    amount = f"{usd(abs(more.estimate))} a month"
    return f" Until one does, having a person check each answer would {verb} {amount}, errors included."


def _holds(found: Certificate | None) -> str:
    """The certificate's numbers in a sentence; the route itself is named elsewhere."""
    if found is None:
        return ""
    return (
        f"It holds the floor of {stated(found.floor or 0)}: {tenths(found.rate)} of {found.n:,} items "
        f"that it was not chosen on succeed, and at least {tenths(found.lower_bound)} do at "
        f"{stated(1 - found.level)} confidence."
    )


def _no_worse(found: Advice) -> str:
    if found.difference is None or found.then is None:
        return ""
    span, name = found.difference.interval, found.then.branches[0].steps[0].candidate
    return (
        f"{name} is no worse by the margin of {stated_points(found.margin or 0)} "
        f"({points(span.estimate)}, {point_span(span)})."
    )


def _whom(found: Advice) -> str:
    """What is in force or, with nothing in force, the highest tier that was measured."""
    return f"“{found.now.in_words}” alone" if found.assumed and found.now else "the route in force"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(why: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in why.items())


def _per_thousand(interval: Interval) -> str:
    """US dollars per item as dollars per 1,000 items, with the interval: amounts that can be read."""
    shown, low, high = (usd(1_000 * v) for v in (interval.estimate, interval.low, interval.high))
    return f"{shown} per 1,000 items ({low} to {high})"
