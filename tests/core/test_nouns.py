"""Nouns are frozen to the bottom, refuse what cannot mean anything, and say how to repair it."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forerun.core import BadInput, Curve, Forecast, FrozenMap, Run, Table, UnknownName, codec, part, until

floats = st.floats(allow_nan=True, allow_infinity=True)


def curve(n: int = 5, **more: object) -> Curve:
    return Curve(np.arange(1, n + 1), np.linspace(3, 2, n), metric="val/loss", **more)  # type: ignore[arg-type]


def test_a_curve_copies_and_locks_its_arrays() -> None:
    y = np.array([3.0, 2.0])
    made = Curve([1, 2], y, metric="loss")
    y[0] = 99.0
    assert made.y[0] == 3.0
    with pytest.raises(ValueError, match="read-only"):
        made.y[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.metric = "other"  # type: ignore[misc]


def test_a_run_freezes_what_it_holds_and_keeps_order() -> None:
    run = Run("r", {"b": curve(), "a": curve()}, "example", config={"opt": {"lr": [0.1, 0.2]}})
    assert list(run.curves) == ["b", "a"]
    assert run.config["opt"]["lr"] == (0.1, 0.2)
    with pytest.raises(TypeError):
        run.config["opt"]["lr"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2, 2], [1, 1, 1], r"x must strictly increase, but x\[1\]=2 and x\[2\]=2"),
        ([1, float("nan")], [1, 1], r"x must be finite, but x\[1\]=nan"),
        ([1, 2], [1], r"y has shape \(1,\) but x has \(2,\)"),
        ([[1, 2]], [[1, 2]], r"one-dimensional, but has shape \(1, 2\)"),
    ],
)
def test_a_curve_names_place_value_and_way_out(x: list[float], y: list[float], message: str) -> None:
    with pytest.raises(BadInput, match=message) as error:
        Curve(x, y, metric="loss")
    assert error.value.where == "loss"


def test_until_never_shows_what_lies_beyond() -> None:
    seen = until(curve(lr=np.arange(5.0)), 3.5)
    assert seen.x.tolist() == [1, 2, 3]
    assert seen.lr is not None
    assert seen.lr.tolist() == [0, 1, 2]


@given(hnp.arrays(float, st.integers(0, 30), elements=floats), st.integers(0, 30))
def test_parts_of_a_curve_are_the_curve(y: np.ndarray, cut: int) -> None:
    whole = Curve(np.arange(y.size), y, metric="m")
    left, right = part(whole, slice(0, cut)), part(whole, slice(cut, None))
    assert np.array_equal(np.concatenate([left.y, right.y]), whole.y, equal_nan=True)
    assert whole == pickle.loads(pickle.dumps(whole))  # noqa: S301  # workers are handed nouns this way


def test_equality_is_by_value_and_counts_nan_as_equal() -> None:
    assert Curve([1], [float("nan")], metric="m") == Curve([1], [float("nan")], metric="m")
    assert Curve([1], [1.0], metric="m") != Curve([1], [2.0], metric="m")
    assert FrozenMap({"a": [1, 2]}) == FrozenMap({"a": (1, 2)})


def test_a_forecast_refuses_crossing_quantiles() -> None:
    with pytest.raises(BadInput, match="must not cross"):
        Forecast("loss", "step", "min", 1, [2], [0.1, 0.9], [[2.0, 1.0]], "m", "1")
    with pytest.raises(BadInput, match=r"shape \(1, 2\), not \(1, 3\)"):
        Forecast("loss", "step", "min", 1, [2], [0.1, 0.5, 0.9], [[2.0, 1.0]], "m", "1")


def test_a_table_has_one_length() -> None:
    with pytest.raises(BadInput, match="one length"):
        Table({"a": [1, 2], "b": [1]})


def test_an_unknown_name_lists_the_known() -> None:
    assert str(UnknownName("detector", "jmup", ["jump", "spike"])) == "no detector 'jmup'; there are: jump, spike"


def test_a_part_of_a_curve_has_the_resumes_that_lie_in_it() -> None:
    curve = Curve([1, 2, 4, 5], [4.0, 3, 2, 1], metric="loss", resumes=np.array([[3.0, 9.0], [6.0, 7.0]]))
    within = [part(curve, slice(begin, end)).resumes for begin, end in ((0, 2), (0, 3), (2, 3), (3, 4), (4, 4))]
    assert [None if one is None else one.tolist() for one in within] == [None, [[3, 9]], [[3, 9]], None, None]
    assert codec.loads(codec.dumps(curve)) == curve


def test_resumes_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(BadInput, match=r"resumes must be finite, of shape \(k, 2\), but have shape \(2,\)"):
        Curve([1, 2], [1.0, 1.0], metric="loss", resumes=np.array([1.0, 2.0]))
