"""What nets are told of a curve: the same numbers as ever, however many curves are described at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forerun.core import Array, Schedule
from forerun.forecast.nets.features import COUNT, Shown, describe, describe_all, group

ASSET = Path(__file__).parent / "assets" / "features.npz"
"""Features of `described_curves`, from the code with which the shipped nets were trained: they read no others."""
Parts = tuple[Array, Array, float, Array, Schedule | None]


def described_curves() -> list[Parts]:
    """Curves of 3 to 400 points, of all that features tell apart: noise, bounds, plans, starts, points asked."""
    curves: list[Parts] = []
    plans = [
        None,
        Schedule("cosine", {"peak": 1e-3, "steps": 900.0, "warmup": 20.0}),
        Schedule("path", {"x": [5.0, 300.0, 500.0], "value": [0.1, 0.2, 0.0]}),
        Schedule("constant", {"peak": 0.0, "steps": 1000.0}),
    ]
    for i, n in enumerate((3, 4, 5, 7, 12, 39, 40, 41, 90, 90, 150, 400)):
        t = np.arange(1.0, n + 1)
        x = t - 1.0 if i == 4 else t**2 if i == 8 else t
        y = (0.5 + t**-0.4) * (1.0 if i % 3 else -1.0) + 0.02 * np.sin(37.0 * t * t)
        y = np.full(n, 2.0) if i == 5 else np.where(t == n, 1e30, y) if i == 6 else y
        at = np.array([x[-1] + 1.0, 2.0 * x[-1] + 1.0, 3.0 * x[-1] + 3.0])[i % 3 :]
        curves += [(x, y, 1.0 if i % 2 else -1.0, at, plan) for plan in plans]
    return curves


def test_features_are_those_that_the_shipped_nets_were_trained_on() -> None:
    with np.load(ASSET) as file:
        expected = file["features"]
    features = np.concatenate([one.features for one in describe_all([Shown(*parts) for parts in described_curves()])])
    assert features.shape == (4 * 24, COUNT)
    assert np.allclose(features, expected, rtol=1e-9, atol=1e-11)


def test_a_curve_is_described_the_same_to_the_bit_whichever_lie_beside_it() -> None:
    curves = described_curves()
    for parts, together in zip(curves, describe_all([Shown(*parts) for parts in curves]), strict=True):
        alone = describe(*parts)
        assert np.array_equal(alone.features, together.features)
        assert alone.scale == together.scale
    assert describe_all([]) == []


def test_units_do_not_matter_nor_whether_it_is_a_loss_or_a_gain() -> None:
    """But for the four features of zero and one: those are of values and not of a unit."""
    free = np.setdiff1d(np.arange(COUNT), group("bounds")[3:])
    for x, y, sign, at, _ in described_curves():
        features = describe(x, y, sign, at, None).features[:, free]
        assert np.allclose(describe(8.0 * x, y, sign, 8.0 * at, None).features[:, free], features, atol=1e-9)
        assert np.allclose(describe(x, -4.0 * y, -sign, at, None).features[:, free], features, atol=1e-9)
