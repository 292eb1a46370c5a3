"""Shapes that learning curves take: falling formulas of time t > 0, without noise and without a unit.

Parameters broadcast against t, so that (n, 1) of them make n curves at once. Source: the families of Domhan et al. 2015
and of LCDB (Mohr et al. 2022).
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array

Parameter = float | Array
"""One number, or an array that broadcasts against t."""


def power(t: Array, exponent: Parameter, shift: Parameter = 0.0) -> Array:
    """A power law, (t + shift)^-exponent.

    Example:
        >>> power(np.array([1.0, 4.0]), 0.5).tolist()
        [1.0, 0.5]
    """
    return (t + shift) ** -exponent


def stretched(t: Array, rate: Parameter, exponent: Parameter = 1.0) -> Array:
    """A stretched exponential, exp(-(rate t)^exponent); with exponent 1 an exponential.

    Example:
        >>> stretched(np.array([0.0, 1.0]), np.log(2.0)).tolist()
        [1.0, 0.5]
    """
    return np.exp(-((rate * t) ** exponent))


def hill(t: Array, middle: Parameter, exponent: Parameter) -> Array:
    """Hill's curve, 1 / (1 + (t / middle)^exponent): half its height at the middle.

    Example:
        >>> hill(np.array([0.0, 3.0]), 3.0, 2.0).tolist()
        [1.0, 0.5]
    """
    return 1.0 / (1.0 + (t / middle) ** exponent)


def logarithm(t: Array, shift: Parameter) -> Array:
    """A logarithm, -ln(t + shift), which falls for ever.

    Example:
        >>> logarithm(np.array([1.0]), 0.0).tolist()
        [-0.0]
    """
    return -np.log(t + shift)


def late_drop(t: Array, at: Parameter, quick: Parameter) -> Array:
    """Nothing for long, then a drop from one to zero: 1 / (1 + exp(quick (t - at))).

    Example:
        >>> late_drop(np.array([0.0, 5.0, 10.0]), 5.0, 20.0).round(3).tolist()
        [1.0, 0.5, 0.0]
    """
    return 1.0 / (1.0 + np.exp(np.clip((t - at) * quick, -50.0, 50.0)))


def turn(t: Array, at: Parameter, exponent: Parameter = 1.0) -> Array:
    """What is added to a fall that turns: nothing up to a time, then (t - at)^exponent.

    Example:
        >>> turn(np.array([1.0, 2.0, 4.0]), 2.0, 2.0).tolist()
        [0.0, 0.0, 4.0]
    """
    return np.maximum(0.0, t - at) ** exponent
