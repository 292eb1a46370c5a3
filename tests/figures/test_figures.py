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
from forerun.figures.curve import curve_figure
from forerun.figures.downsample import thin
from forerun.figures.sparkline import sparkline


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
    assert names == ["val/loss", "90% interval", "80% interval", "50% interval", "forecast median"]
    median = figure.data[-1]
    assert (median.x[0], median.x[-1]) == (200, 400)
    (told,) = api.predict(run)
    assert median.y[-1] == pytest.approx(told.answer.median, rel=1e-3)  # type: ignore[union-attr]


def test_non_finite_values_and_findings_are_marked() -> None:
    y = falling().y.copy()
    y[150:155] = np.nan
    curve = Curve(falling().x, y, metric="val/loss")
    figure = curve_figure(curve, findings=api.scan(curve)[""], target=1.05)
    marks = next(trace for trace in figure.data if trace.name == "not finite")
    assert list(marks.x) == [151, 152, 153, 154, 155]
    assert any(note.text == "non-finite" and note.x == 151 for note in figure.layout.annotations)
    assert any(shape.y0 == 1.05 for shape in figure.layout.shapes)


def test_wide_positive_values_get_a_log_axis() -> None:
    wide = Curve([1, 2, 3], [1.0, 10.0, 1000.0], metric="loss")
    signed = Curve([1, 2, 3], [-1.0, 10.0, 1000.0], metric="loss")
    assert [curve_figure(c).layout.yaxis.type for c in (wide, signed, falling())] == ["log", "linear", "linear"]


def test_a_replaced_stretch_is_drawn_faintly() -> None:
    old = Curve([1, 2, 3], [3.0, 2.9, 2.8], metric="loss")
    new = Curve([2, 3, 4], [2.0, 1.9, 1.8], metric="loss")
    figure = curve_figure(Curve([1, 2, 3, 4], [3.0, 2.0, 1.9, 1.8], metric="loss"), segments=(old, new))
    assert [trace.name for trace in figure.data] == ["replaced after a resume", "loss"]


def test_sparklines_of_odd_curves() -> None:
    assert "no finite value" in sparkline(Curve([1], [np.nan], metric="loss"))
    assert "polyline" in sparkline(Curve([1, 2], [0.0, 0.0], metric="loss"))
    assert "nan" not in sparkline(Curve([1, 2, 3], [1.0, np.inf, 1e30], metric="loss"))


def test_show_names_what_it_can_show() -> None:
    with pytest.raises(BadInput, match="cannot show a str; give a Curve, a Run, a Forecast, or several"):
        show("loss")  # type: ignore[arg-type]
    forecast = api.predict(falling(), at=300)
    assert show(forecast).data[-1].name == "forecast median"  # type: ignore[arg-type]
