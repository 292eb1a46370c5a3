"""Linearity and breakthroughness on closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.laws.questions.emergence import CAP, breakthroughness, linearity
from tests.cards import control, known_answer


@pytest.mark.parametrize("m", [1, 3, 7])
def test_a_line_of_m_steps_gives_m(m: int) -> None:
    line = np.linspace(0.1, 0.7, m + 1)
    assert linearity(line) == pytest.approx(m)
    assert breakthroughness(line) == pytest.approx(m)
    assert linearity(line[::-1]) == pytest.approx(-m)


@known_answer("emergence")
@pytest.mark.parametrize("m", [4, 9])
def test_one_jump_gives_the_cap_and_the_root_of_m(m: int) -> None:
    jump = np.r_[np.zeros(m), 1.0]
    assert linearity(jump) == pytest.approx(np.sqrt(m))
    assert breakthroughness(jump) == CAP
    assert breakthroughness(-jump) == -CAP


@control("emergence")
def test_flat_is_zero_and_scale_does_not_count() -> None:
    assert linearity([0.3, 0.3, 0.3]) == breakthroughness([0.3, 0.3, 0.3]) == 0.0
    y = np.random.default_rng(0).random(8)
    assert linearity(y) == pytest.approx(linearity(3 + 100 * y))


def test_bad_input() -> None:
    with pytest.raises(BadInput, match="2 or more finite"):
        linearity([0.1])
    with pytest.raises(BadInput, match="2 or more finite"):
        breakthroughness([0.1, np.nan])
