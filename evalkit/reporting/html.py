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
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evalkit import wording
from evalkit.gate.wording import RULE, change_words, verdict_words
from evalkit.records import clean_text
from evalkit.reporting import hostile
from evalkit.reporting.charts import Pictures
from evalkit.reporting.layout import InOneFile, Layout, in_folder, in_one_file
from evalkit.reporting.sample_files import FOLDER
from evalkit.reporting.view import Page, Site
from evalkit.stats import Interval

MOST_GROUPS = 10
"""Rows of an error kind's table; the CSV has them all."""


def render_page(site: Site, page: Page, pictures: Mapping[str, Pictures], left_out: int = 0) -> str:
    """One page as a file of its own; `left_out` items have no sample to open."""
    return _render(site, page, pictures, in_folder(page.href), left_out)


def render_single(
    site: Site, pictures: Mapping[str, Mapping[str, Pictures]], samples: Mapping[str, str], left_out: int
) -> str:
    """All pages in one file, with the texts of samples in it.

    Args:
        site: The pages.
        pictures: Page -> its pictures.
        samples: Name -> JSON text that may stand in a script element.
        left_out: How many items have no sample among them.
    """
    layouts = in_one_file(tuple(page.href for page in site.pages))
    parts = tuple(
        Markup(_render(site, page, pictures[page.href], layouts[page.href], left_out))  # noqa: S704 - escaped there
        for page in site.pages
    )
    texts = tuple((name, Markup(text)) for name, text in samples.items())  # noqa: S704 - JSON without `<`
    return _whole(
        "single.html.j2", site, site.front, layouts[site.front.href], inside=parts, samples=texts, pictures={}
    )


def _render(site: Site, page: Page, pictures: Mapping[str, Pictures], layout: Layout, left_out: int) -> str:
    return _whole(page.template, site, page, layout, pictures=pictures, left_out=left_out)


def _whole(template: str, site: Site, page: Page, layout: Layout, **more: Any) -> str:
    style, theme = asset("report.css"), asset("theme.js")
    single = isinstance(layout, InOneFile)
    opens_samples = page is site.errors or (single and site.errors is not None)
    scripts = tuple(asset(name) for name in ("report.js", *(("errors.js",) if opens_samples else ())))
    return environment().get_template(template).render(
        page=page, site=site, base=layout.base, to=layout.to, at=layout.at, data=layout.data,
        table=layout.table, single=single, most_groups=MOST_GROUPS, samples_from="" if single else FOLDER,
        style=Markup(style), theme=Markup(theme), scripts=[Markup(s) for s in scripts],  # noqa: S704 - our own files
        policy=content_policy((style,), (theme, *scripts)), **more,
    )  # fmt: skip


def content_policy(styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    """The policy of a page: its own style and scripts by their hashes, and what these load themselves.

    Hashes hold in every browser and at every origin, `file://` too, where `'self'` is up to the browser. With
    `strict-dynamic` a script of ours may add another, as it must to load samples from a disk, and no markup
    can; trusted types let it do so through one policy alone.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src 'strict-dynamic' {' '.join(map(_hash, scripts))}",
            "require-trusted-types-for 'script'",
            "trusted-types evalkit",
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
        stated=wording.stated,
        stated_points=wording.stated_points,
        points_span=wording.point_span,
        usd=wording.usd,
        signed_usd=wording.signed_usd,
        cost=wording.usd_per_successes,
        seconds=wording.seconds,
        percent_span=wording.percent_span,
        cost_span=lambda interval: wording.span(interval, wording.usd_per_successes),
        seconds_span=lambda interval: wording.span(interval, wording.seconds),
        kind=wording.kind_words,
        rule=RULE.__getitem__,
        verdict_words=verdict_words,
        change_words=change_words,
        moment=wording.moment,
        item_anchor=lambda names: f"item={'/'.join(quote(clean_text(name), safe='') for name in names)}",
        json_list=lambda names: json.dumps([hostile.shown(name) for name in names], ensure_ascii=False),
    )
    made.filters.update(safe_svg=_own_svg, cell=table_cell)
    made.globals.update(
        count=wording.count,
        bar=interval_bar,
        change_bar=change_bar,
        share_bar=share_bar,
        heat=heat,
        parts_value=sort_value,
    )
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


def change_bar(interval: Interval, margin: float | None, outcome: str, span: float) -> Markup:
    """A small picture of a difference on a line from minus to plus `span`, with no change and the margin."""

    def along(value: float) -> str:
        return f"{65 + 55 * min(1.0, max(-1.0, value / span)):.1f}"

    tick = "" if margin is None else f'<path class="b-limit" d="M{along(-margin)} 1V17"/>'
    return Markup(  # noqa: S704 - numbers and one of three words
        '<svg class="bar wide-bar" viewBox="0 0 130 18" width="130" height="18" aria-hidden="true" '
        'focusable="false">'
        f'<path class="b-track" d="M10 9H120"/><path class="b-zero" d="M65 1V17"/>{tick}'
        f'<path class="b-span" d="M{along(interval.low)} 9H{along(interval.high)}"/>'
        f'<circle class="b-dot b-{outcome}" cx="{along(interval.estimate)}" cy="9" r="4"/></svg>'
    )


def share_bar(served: float, asked: float) -> Markup:
    """A small picture of how much of the work comes to a step, and how much of it ends there."""
    widths = [f"{110 * min(1.0, max(0.0, share)):.1f}" for share in (asked, served)]
    return Markup(  # noqa: S704 - numbers only
        '<svg viewBox="0 0 110 6" width="110" height="6" aria-hidden="true" focusable="false">'
        f'<rect class="share-asked" width="{widths[0]}" height="6"/>'
        f'<rect class="share-served" width="{widths[1]}" height="6"/></svg>'
    )


def _along(fraction: float) -> str:
    return f"{5 + 110 * min(1.0, max(0.0, fraction)):.1f}"
