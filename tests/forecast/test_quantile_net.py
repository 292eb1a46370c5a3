"""Nets run with numpy: the same to the bit however rows are put together, and what the plain formula gives."""

from __future__ import annotations

import numpy as np

from forerun.core import LEVELS
from forerun.forecast import learned
from forerun.forecast.nets.quantile_net import unpacked


def test_a_row_is_answered_the_same_to_the_bit_whichever_lie_beside_it() -> None:
    net = unpacked(learned.default()["nets"])[0]
    rows = net.mean + net.sd * np.random.default_rng(0).normal(size=(700, net.mean.size))
    parts = np.concatenate([net(part) for part in np.split(rows, [1, 33, 40, 553])])
    assert np.array_equal(parts, net(rows))
    assert net(rows[:0]).shape == (0, LEVELS.size)


def test_the_median_is_that_of_the_layers_one_after_another() -> None:
    net = unpacked(learned.default()["nets"])[0]
    rows = net.mean + net.sd * np.random.default_rng(1).normal(size=(50, net.mean.size))
    h = np.clip((rows - net.mean) / net.sd, -5.0, 5.0)
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        h = h @ w + b
        h = 0.5 * h * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (h + 0.044715 * h**3)))
    median = (h @ net.weights[-1] + net.biases[-1])[:, 0]
    assert np.allclose(net(rows)[:, np.argmin(np.abs(LEVELS - 0.5))], median, atol=1e-4)
