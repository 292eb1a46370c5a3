"""Synthetic curves are what they say: their events are those that happen, and the shipped detectors find them."""

from __future__ import annotations

import numpy as np
import pytest

from forerun import synthetic
from forerun.monitor import replay
from forerun.synthetic import KnownCurve, noise


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


EVENTFUL: dict[str, KnownCurve] = {
    "spike": synthetic.spiked(400, rng(), at=(200, 300), height=0.5),
    "plateau": synthetic.stalled(400, rng(), at=60, drop=2.0),
    "rising": synthetic.overfit(120, rng()),
    "non_finite": synthetic.broken_off(100, rng(), at=80),
}


@pytest.mark.parametrize("kind", EVENTFUL)
def test_a_detector_finds_the_event_that_is_there(kind: str) -> None:
    known = EVENTFUL[kind]
    findings = replay(known.curve, kind)
    assert {event.kind for event in known.events} == {kind}
    assert len(findings) == len(known.events)
    for finding, event in zip(findings, known.events, strict=True):
        assert finding.alarm >= event.start
        assert finding.end is None or event.end is not None


@pytest.mark.parametrize("kind", EVENTFUL)
def test_where_nothing_happens_no_event_is_said_and_none_is_found(kind: str) -> None:
    """The control: a loss that only falls."""
    known = synthetic.falling(400, rng(1))
    assert known.events == ()
    assert replay(known.curve, kind) == []


def test_the_level_is_the_curve_without_its_noise() -> None:
    for make in (synthetic.falling, synthetic.returns, synthetic.annealed):
        known = make(500, rng(2), sd=0.0)
        assert (known.curve.y == known.level).all()
        noisy = make(500, rng(2), sd=0.01)
        assert np.std(noisy.curve.y - noisy.level) == pytest.approx(0.01, rel=0.15)


def test_the_same_seed_gives_the_same_curve_and_another_another() -> None:
    one, two, other = (synthetic.returns(50, rng(seed)).curve for seed in (3, 3, 4))
    assert one == two
    assert one != other


@pytest.mark.parametrize("kind", ["white", "heavy", "following"])
def test_noise_has_unit_variance(kind: str) -> None:
    draws = {
        "white": noise.white(20_000, rng()),
        "heavy": noise.heavy(20_000, rng(), 6.0),
        "following": noise.following(20_000, rng(), 0.8),
    }[kind]
    assert draws.var() == pytest.approx(1.0, abs=0.08)


def test_a_sweep_is_best_where_it_says() -> None:
    runs = synthetic.sweep(60, rng(), best=1e-2)
    ends = [run.curves["loss"].y[-1] for run in runs]
    assert runs[int(np.argmin(ends))].config["lr"] == pytest.approx(1e-2, rel=0.5)
    assert {run.status for run in runs} == {"finished"}


def test_a_scaling_table_follows_its_law() -> None:
    table = synthetic.scaling_table(rng(), sd=0.0, E=1.0, A=10.0, B=0.0, alpha=0.5)
    N, y = (np.asarray(table.columns[name]) for name in ("params", "y"))
    assert y == pytest.approx(1.0 + 10.0 * N**-0.5)


@pytest.mark.parametrize("family", ["normal", "student_t4", "autocorrelated", "heteroscedastic"])
def test_noise_of_every_family_has_the_sd_that_is_asked_for_around_the_same_level(family: noise.NoiseName) -> None:
    made = {
        "overfit": lambda sd: synthetic.overfit(4000, rng(1), sd=sd, noise=family),
        "stalled": lambda sd: synthetic.stalled(4000, rng(1), at=60, sd=sd, noise=family),
        "spiked": lambda sd: synthetic.spiked(4000, rng(1), at=[300], sd=sd, noise=family),
    }
    for draw in made.values():
        known, silent = draw(0.1), draw(0.0)
        assert known.events == silent.events
        np.testing.assert_array_equal(known.level, silent.curve.y)
        assert np.std(known.curve.y - known.level) == pytest.approx(0.1, rel=0.15)
