"""Mutual information against closed forms, through compression of images, and where it cannot be said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import ortho_group

from forerun.core import Array, BadInput, Undecided
from forerun.evaluate.probes.information_plane import PlanePoint, information_plane
from forerun.evaluate.probes.mutual_information import (
    MutualInformation,
    information_on_labels,
    mutual_information,
)

N = 2000


def nats(x: Array, y: Array) -> float:
    answer = mutual_information(x, y)
    assert isinstance(answer, MutualInformation)
    return answer.nats


def pairs(rho: float, d: int, seed: int) -> tuple[Array, Array]:
    """Gaussian vectors, each pair of entries correlated; their information is -d/2 log(1 - rho²)."""
    u, v = np.random.default_rng(seed).standard_normal((2, N, d))
    return u, rho * u + np.sqrt(1.0 - rho**2) * v


@pytest.mark.parametrize(("rho", "draws"), [(0.5, 5), (0.8, 2), (0.95, 2), (0.99, 2)])
def test_gaussian_pairs_are_within_ten_percent(rho: float, draws: int) -> None:
    """Below .5 no number of draws that a test can afford would tell: one of 2,000 at .3 has an sd of 14% at best."""
    truth = -0.5 * np.log(1.0 - rho**2)
    assert np.mean([nats(*pairs(rho, 1, seed)) for seed in range(draws)]) == pytest.approx(truth, rel=0.1)


def test_a_weak_dependence_is_within_its_interval() -> None:
    truth = -0.5 * np.log(1.0 - 0.3**2)
    answers = [mutual_information(*pairs(0.3, 1, seed)) for seed in range(5)]
    assert sum(isinstance(one, MutualInformation) and one.low <= truth <= one.high for one in answers) >= 4


@pytest.mark.parametrize(("rho", "mapped"), [(0.6, True), (0.9, False)])
def test_four_and_four_dimensions_are_within_ten_percent_after_other_scales_too(rho: float, mapped: bool) -> None:
    """Each entry through a monotone map, then turned: the information is the same; uncorrected a sixth is missing."""
    truth = -2.0 * np.log(1.0 - rho**2)
    x, y = pairs(rho, 4, 0)
    if mapped:
        x, y = ndtr(x) @ ortho_group.rvs(4, random_state=1), y + 0.4 * np.sin(2 * y)
    answer = mutual_information(x, y)
    assert isinstance(answer, MutualInformation)
    assert answer.nats == pytest.approx(truth, rel=0.1)
    assert answer.correction > 0.15 * truth
    assert answer.dimensions == (4, 4)


def test_independent_vectors_say_nothing_of_each_other() -> None:
    rng = np.random.default_rng(2)
    assert abs(nats(rng.standard_normal((N, 2)), rng.standard_normal((N, 2)))) < 0.05


def test_information_survives_images_of_256_pixels() -> None:
    """Two correlated positions, each drawn as a blob of 16 x 16 pixels: known by its two coordinates."""
    x, y = pairs(0.9, 2, 3)
    grid = np.linspace(-6, 6, 16)

    def image(at: Array) -> Array:
        axes = [np.exp(-((grid - at[:, [i]]) ** 2) / (2 * 3.0**2)) for i in (0, 1)]
        return np.einsum("ni,nj->nij", *axes).reshape(len(at), -1)

    answer = mutual_information(image(x), image(y))
    assert isinstance(answer, MutualInformation)
    assert answer.nats == pytest.approx(-np.log(1.0 - 0.81), rel=0.1)
    assert answer.dimensions == (2, 2)


def test_labels_are_known_as_far_as_their_clouds_lie_apart() -> None:
    """Two Gaussian clouds, two sds apart: .337 nats by integration; in far ones all of ln 3."""
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, N)
    grid = np.linspace(-8, 10, 20001)
    density = [np.exp(-((grid - m) ** 2) / 2) / np.sqrt(2 * np.pi) for m in (0.0, 2.0)]
    half = (density[0] + density[1]) / 2
    truth = sum(np.trapezoid(0.5 * one * np.log(np.maximum(one, 1e-300) / half), grid) for one in density)
    near = information_on_labels(2.0 * label + rng.standard_normal(N), label)
    far = information_on_labels(np.eye(3)[label := rng.integers(0, 3, N)] * 50 + rng.standard_normal((N, 3)), label)
    assert isinstance(near, MutualInformation) and isinstance(far, MutualInformation)
    assert near.nats == pytest.approx(float(truth), rel=0.1)
    assert far.nats == pytest.approx(np.log(3), rel=0.02)


def test_the_plane_knows_a_layer_that_copies_and_one_that_forgets() -> None:
    """Of one Gaussian input under noise .1: log(101) / 2 = 2.31 nats; of its sign alone about ln 2."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((N, 1))
    copies, signs = (information_plane(x, t, x[:, 0] > 0, noise=0.1, rng=rng) for t in (x, np.sign(x)))
    assert isinstance(copies, PlanePoint) and isinstance(signs, PlanePoint)
    assert copies.inputs.nats == pytest.approx(np.log(101.0) / 2.0, rel=0.1)
    assert signs.inputs.nats == pytest.approx(np.log(2.0), rel=0.1)
    assert signs.labels.nats == pytest.approx(np.log(2.0), rel=0.02)
    forgets = information_plane(x, np.zeros((N, 3)), x[:, 0] > 0, noise=0.1, rng=rng)
    assert isinstance(forgets, PlanePoint) and abs(forgets.inputs.nats) < 0.05


def test_without_noise_it_is_infinite_and_said_so() -> None:
    x = np.random.default_rng(6).standard_normal((500, 2))
    with pytest.raises(BadInput, match="without noise"):
        information_plane(x, x, x[:, 0] > 0, noise=0.0, rng=np.random.default_rng(0))
    assert isinstance(mutual_information(x[:, 0], x[:, 0]), Undecided)


def test_thin_evidence_is_undecided() -> None:
    rng = np.random.default_rng(7)
    assert isinstance(mutual_information(rng.random(50), rng.random(50)), Undecided)
    assert isinstance(mutual_information(np.zeros(500), rng.random(500)), Undecided)
    assert isinstance(information_on_labels(rng.random(500), np.arange(500)), Undecided)
    with pytest.raises(BadInput, match="samples"):
        mutual_information(rng.random(200), rng.random(300))
    with pytest.raises(BadInput, match="not finite"):
        mutual_information([np.nan] * 200, rng.random(200))
