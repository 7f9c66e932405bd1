"""The suite page's heat maps and reliability curves."""

from __future__ import annotations

from dataclasses import replace

from evalkit.reporting import ReportInput
from evalkit.reporting.charts import draw
from evalkit.reporting.view import build_site
from evalkit.reporting.view.drawings import ReliabilityDrawing
from evalkit.reporting.view.maps import argument_map, field_map
from evalkit.reporting.view.reliability import MOST_CURVES, reliability
from evalkit.stats import rate_interval


def counted(missed: int = 0, hallucinated: int = 0, precision: float = 1.0) -> dict[str, object]:
    """A field as the extraction family tells of it."""
    return {
        "precision": precision, "recall": 1.0, "missed": missed, "hallucinated": hallucinated,
        "target_values": 10,
    }  # fmt: skip


def test_missed_and_made_up_values_are_never_added_together() -> None:
    """One asks for a better prompt, the other for a check before anything is booked."""
    metrics = {
        ("s", "c"): {"fields": {"$.a": counted(missed=2), "$.b": counted(hallucinated=3, precision=0.5)}}
    }
    found = field_map(metrics, "s", ["c"])
    assert found is not None
    cells = {path: cell for path, (cell,) in found.rows}
    assert cells["$.a"] is not None
    assert cells["$.b"] is not None
    assert (cells["$.a"].missed, cells["$.a"].hallucinated) == (2, 0)
    assert (cells["$.b"].missed, cells["$.b"].hallucinated) == (0, 3)
    assert "2 values are missed and 3 made up" in found.finding


def test_the_worst_field_stands_first_and_a_candidate_without_it_has_a_hole() -> None:
    """Fields differ between candidates that invent keys."""
    metrics = {
        ("s", "a"): {"fields": {"$.fine": counted(), "$.bad": counted(precision=0.2)}},
        ("s", "b"): {"fields": {"$.fine": counted()}},
    }
    found = field_map(metrics, "s", ["a", "b", "c"])
    assert found is not None
    assert found.candidates == ("a", "b")
    assert [path for path, _ in found.rows] == ["$.bad", "$.fine"]
    assert found.rows[0][1][1] is None


def test_a_worse_share_is_never_paler() -> None:
    """The shade is what is read first."""
    cell = next(c for _, (c,) in field_map({("s", "c"): {"fields": {"$": counted()}}}, "s", ["c"]).rows)  # type: ignore[union-attr]
    assert cell is not None
    shades = [cell.lost(k / 20) for k in range(21)]
    assert shades == sorted(shades, reverse=True)
    assert shades[-1] == 0


def test_fields_of_another_shape_are_left_to_the_plain_tables() -> None:
    """A plug-in family may call something else its fields."""
    assert field_map({("s", "c"): {"fields": {"x": {"f1": 0.5}}}}, "s", ["c"]) is None
    assert field_map({("s", "c"): {"fields": [1]}}, "s", ["c"]) is None
    assert argument_map({("s", "c"): {"argument_errors": [1]}}, "s", ["c"]) is None


def test_arguments_keep_their_error_kinds_apart_the_most_frequent_first() -> None:
    """A missing date and a wrong date are mended in different places."""
    metrics = {
        ("s", "a"): {"argument_errors": {"move": {"date": {"missing_argument": 1}}}},
        ("s", "b"): {"argument_errors": {"move": {"date": {"wrong_argument_value": 1}, "who": {"x": 5}}}},
    }
    found = argument_map(metrics, "s", ["a", "b"])
    assert found is not None
    assert found.rows == (
        ("move", "who", ((), (("x", 5),))),
        ("move", "date", ((("missing argument", 1),), (("wrong argument value", 1),))),
    )
    assert found.most == 5


def test_a_reliability_curve_carries_its_bins_with_intervals_and_its_source(inputs: ReportInput) -> None:
    """Two answers in a bin prove little, and a confidence made of tokens is not one that was asked for."""
    page = next(p for p in build_site(inputs).suites if p.name == "support-triage")
    figure = page.reliability
    assert figure is not None
    assert isinstance(figure.drawing, ReliabilityDrawing)
    first = figure.drawing.curves[0].points[0]
    rate = rate_interval([1.0] * 2 + [0.0] * 6)
    assert first == (0.55, 0.25, rate.low, rate.high, 8)
    assert "label tokens, 3.0% of the probability outside the labels" in figure.how_to_read
    assert draw(figure).wide.startswith("<svg")


def test_without_confidences_there_is_no_curve(inputs: ReportInput) -> None:
    """An empty frame would be read as a perfect one."""
    page = next(p for p in build_site(inputs).suites if p.name == "calendar-tools")
    assert page.reliability is None
    assert page.figures == (page.outcomes,)


def test_only_the_curves_that_are_off_most_are_drawn_and_the_table_has_all(inputs: ReportInput) -> None:
    """Twelve panels are a wallpaper; the worst ones are what is to be mended."""
    cells = next(p for p in build_site(inputs).suites if p.name == "support-triage").cells
    many = tuple(replace(cells[0], candidate=f"c{n}") for n in range(MOST_CURVES + 2))
    told = {
        ("s", f"c{n}"): {"calibration": {
            "expected_calibration_error": n / 100, "mean_mass_outside": None, "methods": {},
            "bins": [{"count": 4, "confidence": 0.5, "success_rate": 0.5}],
        }}
        for n in range(MOST_CURVES + 2)
    }  # fmt: skip
    figure = reliability("s", many, told)
    assert figure is not None
    assert isinstance(figure.drawing, ReliabilityDrawing)
    assert [c.candidate for c in figure.drawing.curves] == [f"c{n}" for n in range(2, MOST_CURVES + 2)]
    assert len(figure.rows) == MOST_CURVES + 2
    assert "off most" in figure.how_to_read
