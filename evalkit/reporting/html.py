"""Renders page data as HTML: escaped by default, with a policy that lets only the page's own script run."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evalkit.reporting import hostile, wording
from evalkit.reporting.charts import Pictures
from evalkit.reporting.layout import Layout, in_folder
from evalkit.reporting.view import Page, Site
from evalkit.stats import Interval


def render_page(site: Site, page: Page, pictures: Mapping[str, Pictures]) -> str:
    """One page as a file of its own."""
    return _render(site, page, pictures, in_folder(page.href))


def _render(site: Site, page: Page, pictures: Mapping[str, Pictures], layout: Layout) -> str:
    style, theme, script = (asset(name) for name in ("report.css", "theme.js", "report.js"))
    return environment().get_template(page.template).render(
        page=page, site=site, pictures=pictures,
        base=layout.base, to=layout.to, at=layout.at, data=layout.data,
        style=Markup(style), theme=Markup(theme), script=Markup(script),  # noqa: S704 - our own files
        policy=content_policy((style,), (theme, script)),
    )  # fmt: skip


def content_policy(styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    """The policy of a page: its own style and scripts by their hashes, and nothing else, from anywhere.

    Hashes hold in every browser and at every origin, `file://` too, where `'self'` is up to the browser.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src {' '.join(map(_hash, scripts))}",
            "img-src data:",  # the empty icon that keeps browsers from asking for one
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def asset(name: str) -> str:
    """The text of one of our own style sheets or scripts."""
    return files("evalkit.reporting").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The template engine: everything escaped, unknown names an error, invisible characters spelled out."""
    made = Environment(
        loader=PackageLoader("evalkit.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_spell_out,
    )
    made.filters.update(
        text=marked_text,
        slug=hostile.slug,
        one_line=hostile.one_line,
        percent=wording.percent,
        points=wording.points,
        usd=wording.usd,
        cost=wording.usd_per_successes,
        seconds=wording.seconds,
        percent_span=wording.percent_span,
        cost_span=lambda interval: wording.span(interval, wording.usd_per_successes),
        seconds_span=lambda interval: wording.span(interval, wording.seconds),
        kind=wording.kind_words,
        moment=wording.moment,
        json_list=lambda names: json.dumps([hostile.shown(name) for name in names], ensure_ascii=False),
    )
    made.filters.update(safe_svg=_own_svg, cell=table_cell)
    made.globals.update(count=wording.count, bar=interval_bar, heat=heat, parts_value=sort_value)
    return made


def _spell_out(value: Any) -> Any:
    """Every plain text that a template puts out passes here before it is escaped."""
    return hostile.shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def marked_text(text: str) -> Markup:
    """Foreign text for the page's body, its invisible characters as marked code points."""
    shown = [
        Markup('<span class="ctl">{}</span>').format(part) if hidden else escape(part)
        for part, hidden in hostile.parts(text)
    ]
    return Markup("").join(shown)


def _own_svg(svg: str) -> Markup:
    """A drawing of ours, whose text matplotlib and the XML writer have escaped."""
    return Markup(svg)  # noqa: S704


def table_cell(value: str | int | float | None) -> str:
    """A value of a figure's data for its table."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "∞" if math.isinf(value) else wording.DASH if math.isnan(value) else f"{value:.6g}"
    return str(value)


def sort_value(interval: Interval | None) -> str:
    """What a table sorts an interval by."""
    if interval is None or not interval.n or math.isnan(interval.estimate):
        return ""
    return "inf" if math.isinf(interval.estimate) else f"{interval.estimate:.9g}"


def heat(share: float) -> str:
    """The class that shades a table's cell by a share in [0, 1]."""
    return f"h{0 if share <= 0 else max(1, min(9, round(9 * share)))}"


def interval_bar(interval: Interval, limit: float | None, hollow: bool) -> Markup:
    """A small picture of a rate's interval on a line from 0 to 1; the numbers stand beside it."""
    x, low, high = (_along(value) for value in (interval.estimate, interval.low, interval.high))
    tick = "" if limit is None else f'<path class="b-limit" d="M{_along(limit)} 1V17"/>'
    dot = f'<circle class="b-dot{" hollow" if hollow else ""}" cx="{x}" cy="9" r="4"/>'
    return Markup(  # noqa: S704 - numbers only
        '<svg class="bar" viewBox="0 0 120 18" width="120" height="18" aria-hidden="true" focusable="false">'
        f'<path class="b-track" d="M5 9H115"/>{tick}<path class="b-span" d="M{low} 9H{high}"/>{dot}</svg>'
    )


def _along(fraction: float) -> str:
    return f"{5 + 110 * min(1.0, max(0.0, fraction)):.1f}"
