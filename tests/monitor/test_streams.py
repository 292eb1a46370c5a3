"""The stability gap of one task's curve: known answer, control and false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import Curve, Finding
from forerun.monitor import replay
from forerun.synthetic import noise
from tests.cards import control, known_answer


def findings(x: np.ndarray, y: np.ndarray) -> list[Finding]:
    return replay(Curve(x, y, metric="acc{task=1}", direction="max"), "stability_gap")


def gap(every: int) -> tuple[np.ndarray, np.ndarray]:
    """.9, .4 at step 1010, back in a straight line at 1100."""
    x = np.arange(0.0, 10_001.0, every)
    return x, np.where((x > 1000) & (x < 1100), 0.4 + 0.5 * (x - 1010) / 90, 0.9)


@known_answer("stability_gap")
@control("stability_gap")
def test_depth_and_recovery_of_a_gap_are_told_where_evaluations_see_it() -> None:
    (found,) = findings(*gap(10))
    assert (found.start, found.end, found.alarm) == (1000, 1100, 1020)
    assert found.evidence == {"depth": pytest.approx(0.5), "recovery": 100.0, "interval": 10.0}
    assert "back after 100 steps; evaluated every 10 steps" in found.message
    assert findings(*gap(500)) == []


def test_what_does_not_come_back_stays_open_and_its_lowest_is_told() -> None:
    x = np.arange(0.0, 400.0, 10)
    (found,) = findings(x, np.where(x > 200, 0.7 - (x - 200) / 400, 0.9))
    assert (found.start, found.end) == (200, None)
    assert found.evidence["depth"] == pytest.approx(0.675)
    assert "not back yet" in found.message


def test_one_low_evaluation_is_noise() -> None:
    x, y = np.arange(100.0), np.full(100, 0.9)
    y[50] = 0.1
    assert findings(x, y) == []


@pytest.mark.parametrize(("kind", "most"), [("normal", 4), ("t4", 8), ("ar", 4)])
def test_false_alarms_keep_their_rate(kind: str, most: int) -> None:
    """50 curves of 400; were the rate 2% (5% under t4), more would be an accident of chance below .003."""
    rng, x = np.random.default_rng(3), np.arange(400.0)
    kinds = {"normal": noise.white, "t4": noise.heavy, "ar": lambda n, rng: noise.following(n, rng, 0.5)}
    level = 0.1 + 0.8 * (1 - np.exp(-x / 60))
    assert sum(bool(findings(x, np.clip(level + 0.02 * kinds[kind](400, rng), 0, 1))) for _ in range(50)) <= most
