"""Pictures: nothing is lost in thinning, and each mark stands where it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forerun import api
from forerun.core import BadInput, Curve, Run
from forerun.figures import show
from forerun.figures.curve import curve_chart
from forerun.figures.downsample import thin
from forerun.figures.plotly_figure import plotly_figure
from forerun.figures.sparkline import sparkline
from forerun.figures.zoom import zoom


@given(hnp.arrays(float, st.integers(1, 3000), elements=st.floats(-1e6, 1e6)), st.integers(4, 200))
def test_thinning_keeps_ends_and_extremes(y: np.ndarray, most: int) -> None:
    kept = thin(y, most)
    assert kept[0] == 0
    assert kept[-1] == y.size - 1
    assert (np.diff(kept) > 0).all()
    assert (y[kept].min(), y[kept].max()) == (y.min(), y.max())
    assert kept.size <= max(most, y.size if y.size <= most else most)


def falling(n: int = 200) -> Curve:
    steps = np.arange(1, n + 1)
    return Curve(steps, 1 + steps**-0.5, metric="val/loss")


def test_a_figure_has_the_curve_three_bands_and_the_median() -> None:
    run = Run("r", {"val/loss": falling()}, "x", horizon={"step": 400})
    figure = show(run)
    names = [trace.name for trace in figure.data]
    assert names == ["val/loss", "90% interval", "80% interval", "50% interval", "forecast median", "best"]
    median = figure.data[-2]
    assert 200 < median.x[0] < 205
    assert median.x[-1] == 400
    (told,) = api.predict(run)
    assert median.y[-1] == pytest.approx(told.answer.median, rel=1e-3)  # type: ignore[union-attr]


def test_non_finite_values_and_findings_are_marked() -> None:
    y = falling().y.copy()
    y[150:155] = np.nan
    curve = Curve(falling().x, y, metric="val/loss")
    figure = plotly_figure([curve_chart(curve, findings=api.scan(curve), target=1.05)])
    marks = next(trace for trace in figure.data if trace.name == "not finite")
    assert list(marks.x) == [151, 152, 153, 154, 155]
    assert any(note.text == "non-finite" and note.x == 151 for note in figure.layout.annotations)
    assert any(shape.y0 == 1.05 for shape in figure.layout.shapes)


def test_wide_positive_values_get_a_log_axis() -> None:
    wide = Curve([1, 2, 3], [1.0, 10.0, 1000.0], metric="loss")
    signed = Curve([1, 2, 3], [-1.0, 10.0, 1000.0], metric="loss")
    assert [curve_chart(c).y.log for c in (wide, signed, falling())] == [True, False, False]
    assert plotly_figure([curve_chart(wide)]).layout.yaxis.type == "log"


def test_a_figure_opens_on_its_last_part_and_marks_the_best() -> None:
    """10,000 steps from 9 to 1: in the whole of it a fan of ±0.01 would be a line."""
    steps = np.arange(1, 10_001)
    curve = Curve(steps, 1 + 8 / steps, metric="loss")
    figure = plotly_figure([curve_chart(curve)])
    low, high = figure.layout.yaxis.range
    assert 0.99 < low < curve.y[-1] < high < 1.003
    best = figure.data[-1]
    assert (best.name, best.x[0], best.y[0]) == ("best", 10_000, curve.y[-1])
    assert [button.label for button in figure.layout.updatemenus[0].buttons] == ["Last part", "Whole", "Log"]


def test_the_fan_has_a_quarter_of_the_width_and_lies_in_view() -> None:
    run = Run("r", {"val/loss": falling(2000)}, "x", horizon={"step": 2100})
    (told,) = api.predict(run)
    last = zoom(run.curves["val/loss"], told.answer)  # type: ignore[arg-type]
    assert last is not None
    assert 0.2 < (2100 - 2000) / (last.x[1] - last.x[0]) < 0.3
    assert last.y[0] < told.answer.low < told.answer.high < last.y[1]  # type: ignore[union-attr]


@given(hnp.arrays(float, st.integers(0, 200), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_a_zoom_is_finite_and_increasing_or_there_is_none(y: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        last = zoom(Curve(np.arange(y.size), y, metric="loss"))
    finite = y[np.isfinite(y)]
    assert (last is None) == (finite.size < 2)
    if last is not None and np.abs(finite).max() < 1e300:
        assert last.x[0] < last.x[1]
        assert last.y[0] <= last.y[1]
        assert np.isfinite([*last.x, *last.y]).all()


def test_a_replaced_stretch_is_drawn_faintly() -> None:
    old = Curve([1, 2, 3], [3.0, 2.9, 2.8], metric="loss")
    new = Curve([2, 3, 4], [2.0, 1.9, 1.8], metric="loss")
    chart = curve_chart(Curve([1, 2, 3, 4], [3.0, 2.0, 1.9, 1.8], metric="loss"), segments=(old, new))
    assert [(line.name, line.faint, line.x.size) for line in chart.lines] == [("loss", False, 4), ("", True, 3)]
    assert plotly_figure([chart]).data[0].y[-1] == 2.8  # behind the others


def test_sparklines_of_odd_curves() -> None:
    assert "no finite value" in sparkline(Curve([1], [np.nan], metric="loss"))
    assert "polyline" in sparkline(Curve([1, 2], [0.0, 0.0], metric="loss"))
    assert "nan" not in sparkline(Curve([1, 2, 3], [1.0, np.inf, 1e30], metric="loss"))


def test_show_names_what_it_can_show() -> None:
    named = r"a Curve, a Run, .* an Answer or Answers, a Schedule or a Design, or several"
    with pytest.raises(BadInput, match=rf"cannot show a str; give {named}"):
        show("loss")  # type: ignore[arg-type]
    forecast = api.predict(falling(), at=300)
    assert show(forecast).data[-1].name == "forecast median"  # type: ignore[arg-type]
