"""Shapes: planted curves told, ties and saturation not taken for a U, thin data refused."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.laws.questions.shape import shape
from tests.cards import control, known_answer

N = np.geomspace(1e7, 1e11, 10)
U = np.linspace(-1.0, 1.0, 10)
PLANTED = {"improving": U, "inverse": -U, "u": 2 * U**2, "inverted-u": -2 * U**2}


@known_answer("shape")
@pytest.mark.parametrize("kind", PLANTED)
def test_planted_shapes_are_told(kind: str) -> None:
    """100 noisy curves each; nearly all are told right, 90% or fewer by accident less than once in a million."""
    rng = np.random.default_rng(0)
    told = [shape(N, 0.5 + 0.15 * PLANTED[kind] + 0.02 * rng.standard_normal(10)) for _ in range(100)]
    assert sum(one.kind == kind for one in told) >= 90


@pytest.mark.parametrize("known", [True, False])
def test_ties_are_unclear(known: bool) -> None:
    """400 ties; a slope passes in 5%, more than 9% by accident once in 2,000."""
    rng = np.random.default_rng(1)
    told = [shape(N, 0.5 + 0.02 * rng.standard_normal(10), sd=0.02 if known else None).kind for _ in range(400)]
    assert told.count("unclear") >= 364
    assert told.count("u") + told.count("inverted-u") <= 12


@control("shape")
def test_a_saturating_curve_is_no_inverted_u() -> None:
    """The control: a quadratic alone turns within these sizes."""
    y = 0.8 * (1 - np.exp(-1.5 * (U + 1)))
    a, b, _ = np.polyfit(np.log(N), y, 2)
    assert N[0] < np.exp(-b / (2 * a)) < N[-1]
    rng = np.random.default_rng(2)
    told = [shape(N, y + 0.01 * rng.standard_normal(10)).kind for _ in range(100)]
    assert told.count("improving") >= 90
    assert told.count("inverted-u") <= 5


def test_the_slopes_and_the_turn_are_reported() -> None:
    told = shape(N, 0.3 + 0.2 * U**2, sd=0.01)
    assert told.left.sign == -1
    assert told.right.sign == 1
    assert np.log10(told.turn) == pytest.approx(9.0, abs=0.05)


def test_thin_or_tied_data_is_undecided_and_bad_data_refused() -> None:
    assert isinstance(shape(N[:5], U[:5]), Undecided)
    assert isinstance(shape(np.repeat(N[:5], 3), np.arange(15.0)), Undecided)
    assert isinstance(shape(N, np.full(10, 0.25)), Undecided)
    with pytest.raises(BadInput, match="positive"):
        shape([0.0, *N[1:]], U)
    with pytest.raises(BadInput, match="sd must be positive"):
        shape(N, U, sd=0.0)
