"""What charts are drawn from: nothing that matters is lost, and what belongs together is drawn together."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forerun import api
from forerun.core import Curve, Run
from forerun.figures.page.charts import Detail, charts, detail_of, stem, together
from forerun.figures.page.packing import Packed, pack, packed


def unpack(packed: Packed) -> np.ndarray:
    """As the page's script does it."""
    if not isinstance(packed, str):
        first, pace, count = packed
        if isinstance(count, str):
            return first + np.cumsum(decoded(count[1:], "<u1" if count[0] == "b" else "<u2")) * pace
        return first + np.arange(count) * pace
    if packed[0] == "q":
        ends, codes = packed[1:].split(",")
        (low, step), told = decoded(ends, "<f8"), decoded(codes, "<u2")
        return np.where(told == 65535, np.nan, low + told * step)
    return decoded(packed[1:], "<f8" if packed[0] == "d" else "<f4")


def decoded(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind).astype(float)


@given(hnp.arrays(float, st.integers(0, 50), elements=st.floats(-1e30, 1e30)), st.floats(0, 1e25))
def test_packed_numbers_come_back_as_exactly_as_they_are_shown(values: np.ndarray, fine: float) -> None:
    np.testing.assert_array_equal(unpack(pack(values)), values)
    assert (np.abs(unpack(pack(values, fine=fine)) - values) <= fine).all()
    assert np.isfinite(unpack(pack(np.append(values, 1e300), fine=1e305))).all()


def test_thinned_steps_take_a_byte_or_two_each() -> None:
    rng = np.random.default_rng(0)
    steps = 100.0 + 25.0 * np.sort(rng.choice(5000, 400, replace=False))
    first, pace, text = pack(steps)  # type: ignore[misc]
    assert (first, pace, text[0]) == (steps[0], 25.0, "b")
    assert len(text) < 1.4 * steps.size
    np.testing.assert_array_equal(unpack(pack(steps)), steps)
    apart = np.concatenate([steps, [1e6]])
    assert pack(apart)[2][0] == "h"  # type: ignore[index]
    np.testing.assert_array_equal(unpack(pack(apart)), apart)


def test_values_take_two_bytes_each_where_that_is_fine_enough() -> None:
    y = np.where(np.arange(500) % 50 == 7, np.nan, 1 + np.arange(1, 501) ** -0.5)
    text = pack(y, fine=1e-4)
    assert isinstance(text, str) and text[0] == "q" and len(text) < 3 * y.size
    np.testing.assert_allclose(unpack(text), y, rtol=0, atol=1e-4)
    assert pack(y, fine=1e-6)[0] in "fd"


def test_steps_beyond_four_bytes_are_exact() -> None:
    tokens = np.array([1e12, 1e12 + 1, 1e12 + 3])
    np.testing.assert_array_equal(unpack(pack(tokens)), tokens)
    assert pack(np.arange(10.0, 1000.0, 10.0)) == [10.0, 10.0, 99]


@pytest.mark.parametrize(
    ("y", "x", "digits"),
    [
        (1 - 1e-6 * np.linspace(1, 0.1, 500), np.arange(500) + 12_000_000, [0, 11]),  # accuracies, steps beyond 1e7
        (1.7e9 + np.arange(500) * 0.25, 1.7e9 + np.arange(500) * 0.5, [2, 12]),  # times of the day, both ways
        (np.linspace(3, 1, 500), np.linspace(0, 2, 500), [4, 5]),
    ],
)
def test_charts_keep_the_digits_that_their_axis_shows(y: np.ndarray, x: np.ndarray, digits: list[int]) -> None:
    run = Run("r", {"val/acc": Curve(x, y, metric="val/acc")}, "x")
    (look,) = api.looks([run], api.ForecastSetup())
    (chart,) = charts(look, None, Detail(1200, 400))
    view = packed(chart)
    line, (best,) = view["lines"][0], view["points"]
    np.testing.assert_array_equal(unpack(line["x"]), x)
    np.testing.assert_allclose(unpack(line["y"]), y, rtol=0, atol=1e-4 * np.ptp(y))
    assert view["digits"] == digits
    assert view["first"]["x"][0] < x[-1] < view["first"]["x"][1]
    assert view["first"]["y"][0] < y[-1] < view["first"]["y"][1]
    assert best["name"] == "best"
    assert (unpack(best["x"])[0], unpack(best["y"])[0]) == (x[np.argmin(y)], y.min())


def test_names_that_differ_in_the_data_alone_belong_together() -> None:
    assert (
        stem("train/loss")
        == stem("val/loss")
        == stem("eval_loss")
        == stem("valLoss")
        == stem("Validation loss")
        == "loss"
    )
    assert len({stem(name) for name in ("train/loss", "train/loss_ce", "val/acc", "lr")}) == 4


def test_what_has_another_axis_is_drawn_apart() -> None:
    curves = {
        "train/loss": Curve([1, 2], [2.0, 1.0], metric="train/loss"),
        "val/loss": Curve([1, 2], [2.0, 1.0], metric="val/loss", axis="epoch"),
    }
    assert together(Run("r", curves, "x"), "val/loss") == [["val/loss"], ["train/loss"]]


def test_a_long_curve_keeps_its_extremes_and_what_is_not_finite() -> None:
    y = 1 + np.arange(1, 5001) ** -0.5
    y[1234], y[4990] = 99.0, np.nan
    run = Run("r", {"loss": Curve(np.arange(1, 5001), y, metric="loss")}, "x", horizon={"step": 6000})
    (look,) = api.looks([run], api.ForecastSetup())
    (chart,) = charts(look, None, Detail(400, 100))
    view = packed(chart)
    line, (fan,), points = view["lines"][0], view["fans"], {one["name"]: one for one in view["points"]}
    x, shown = unpack(line["x"]), unpack(line["y"])
    assert x.size == shown.size <= 400
    assert x[np.nanargmax(shown)] == 1235
    assert np.nanmax(shown) == pytest.approx(99, abs=1e-3)
    assert unpack(points["not finite"]["x"]).tolist() == [4991]
    assert unpack(points["best"]["x"])[0] == 5000
    assert unpack(fan["rows"]).size == 7 * unpack(fan["x"]).size


def test_pages_of_many_runs_have_fewer_points_each() -> None:
    curves = {name: Curve([1], [1.0], metric=name) for name in ("loss", "lr", "acc")}
    few, many = ([Run(str(i), curves, "x") for i in range(n)] for n in (5, 2000))
    assert detail_of(few) == Detail(1200, 400)
    assert detail_of(many) == Detail(300, 100)
