"""What a model's insides say: values by hand, closed forms, planted truths, and controls that show nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.core import Array, BadInput, Undecided
from forerun.evaluate.probes.induction import Induction, induction
from forerun.evaluate.probes.layer_gradients import (
    LayerGradients,
    layer_gradients,
    mean_absolute_difference,
    relative_difference,
)
from forerun.evaluate.probes.lead import Lead, lead
from forerun.evaluate.probes.outliers import Outliers, activation_outliers, explains_spread, quantised
from forerun.evaluate.probes.pathways import Pathways, edit_distance, pathway_complexity, pathway_distance
from forerun.stats.ranks import Association


def levenshtein(a: list[int], b: list[int]) -> int:
    """The textbook's recursion, as the oracle."""
    if not a or not b:
        return len(a) + len(b)
    whole = levenshtein(a[1:], b[1:]) + (a[0] != b[0])
    return min(whole, levenshtein(a[1:], b) + 1, levenshtein(a, b[1:]) + 1)


@given(st.lists(st.integers(0, 2), max_size=5), st.lists(st.integers(0, 2), max_size=5))
def test_edit_distance_is_that_of_the_recursion(a: list[int], b: list[int]) -> None:
    assert edit_distance(np.array([a]), np.array([b]))[0] == levenshtein(a, b)


def test_shared_routes_are_near_and_random_ones_far() -> None:
    """Of 32 experts two random choices agree 1 time in 32; edits may shift, so the mean lies a little below 31/32."""
    rng = np.random.default_rng(0)
    shared = np.tile(rng.integers(0, 32, 8), (100, 1))
    near, far = (pathway_distance(one) for one in (shared, rng.integers(0, 32, (100, 8))))
    assert isinstance(near, Pathways) and isinstance(far, Pathways)
    assert near.distance == 0.0
    assert 0.85 < far.distance < 31 / 32
    assert far.pairs == 2000 and 0.0 < far.error < 0.005


def test_distance_falls_as_samples_come_to_share_their_routes() -> None:
    rng = np.random.default_rng(1)
    common = rng.integers(0, 16, 10)
    distances = list[float]()
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        own = rng.integers(0, 16, (60, 10))
        answer = pathway_distance(np.where(rng.random(own.shape) < share, common, own))
        assert isinstance(answer, Pathways)
        distances.append(answer.distance)
    assert distances == sorted(distances, reverse=True) and distances[-1] == 0.0


def test_a_mix_that_does_not_turn_is_simple() -> None:
    vectors = np.tile(np.eye(4), (3, 1, 1))
    stays = np.tile(np.array([0.7, 0.3, 0.0, 0.0]), (5, 3, 1))
    assert pathway_complexity(stays, vectors) == pytest.approx(0.0)
    turns = np.stack([np.eye(4)[[0, 1, 2]]] * 5)
    assert pathway_complexity(turns, vectors) == pytest.approx(1.0)
    assert pathway_complexity(np.stack([np.eye(4)[[0, 0, 2]]] * 5), vectors) == pytest.approx(0.5)


def test_routes_that_cannot_be_compared() -> None:
    assert isinstance(pathway_distance([[1, 2, 3]]), Undecided)
    assert isinstance(pathway_complexity(np.ones((2, 1, 4)), np.ones((1, 4, 4))), Undecided)
    with pytest.raises(BadInput, match="samples, steps"):
        pathway_distance([1, 2])
    with pytest.raises(BadInput, match="weights"):
        pathway_complexity(np.ones((2, 3, 4)), np.ones((3, 5, 4)))


def attention(kind: str, symbols: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Array:
    """One head each of a layer that looks one place back, and of one that looks behind the last copy, or evenly."""
    b, n = symbols.shape
    maps = np.zeros((2, 1, b, n, n))
    maps[:, :, :, 0, 0] = 1.0
    for s in range(b):
        for i in range(1, n):
            even = np.r_[np.full(i + 1, 1.0 / (i + 1)), np.zeros(n - i - 1)]
            back = np.eye(n)[i - 1]
            copies = [j + 1 for j in range(i - 1) if symbols[s, j] == symbols[s, i]]
            behind = np.eye(n)[copies[-1]] if copies else even
            maps[:, 0, s, i] = (back, behind) if kind == "circuit" else (even, even)
    return maps


def test_an_induction_circuit_is_seen_and_even_attention_is_chance() -> None:
    symbols = np.random.default_rng(2).integers(0, 6, (10, 12))
    circuit, even = (induction(attention(kind, symbols), symbols) for kind in ("circuit", "even"))
    assert isinstance(circuit, Induction) and isinstance(even, Induction)
    assert (circuit.previous, circuit.previous_head) == (1.0, (0, 0))
    assert (circuit.matching, circuit.matching_head) == (1.0, (1, 0))
    assert even.previous == pytest.approx(even.previous_chance)
    assert even.matching == pytest.approx(even.matching_chance) and even.matching_chance < 0.35


def test_item_and_label_sequences_look_from_the_query_to_its_copys_label() -> None:
    """Items 0 to 2 with labels 10 and 11, then item 1 again, which looks at place 3, its label."""
    symbols = np.array([[0, 10, 1, 11, 2, 10, 1]])
    maps = np.zeros((1, 1, 1, 7, 7))
    maps[..., np.arange(7), 0] = 1.0
    maps[0, 0, 0, 6] = [0.1, 0, 0.1, 0.7, 0, 0.1, 0]
    answer = induction(maps[..., [6], :].repeat(7, axis=3) * 0 + maps, symbols)
    assert isinstance(answer, Induction)
    assert answer.places == 2  # the query, and the second 10
    assert answer.matching == pytest.approx((0.7 + 0.0) / 2)


def test_without_copies_induction_is_undecided() -> None:
    assert isinstance(induction(np.ones((1, 1, 1, 3, 3)) / 3, [[1, 2, 3]]), Undecided)
    with pytest.raises(BadInput, match="attention"):
        induction(np.ones((1, 3, 3)), [[1, 2, 3]])


def test_a_measure_that_moves_first_leads_and_one_that_follows_does_not() -> None:
    """A sigmoid at step 198 with another at 302: 5% of the first is passed at 198 - 10 ln 19 = 168.6."""
    x = np.arange(0, 500, 5.0)
    early, late = (1.0 / (1.0 + np.exp(-(x - at) / 10.0)) for at in (198, 302))
    answer = lead(x, early, late)
    assert answer == Lead(moved=170.0, jumped=305.0, steps=135.0)
    backwards = lead(x, late, early)
    assert isinstance(backwards, Lead) and backwards.steps == pytest.approx(200 - 275)
    assert lead(x, -early, late, direction="falls") == answer


def test_noise_neither_moves_nor_jumps() -> None:
    """Of 100 runs of pure noise none has both a move and a jump beyond four sds of a step."""
    rng = np.random.default_rng(3)
    runs = rng.standard_normal((100, 2, 60))
    assert np.mean([isinstance(lead(np.arange(60), *one), Lead) for one in runs]) < 0.05
    with pytest.raises(BadInput, match="steps"):
        lead([0, 0], [1, 2], [1, 2])


def test_layer_gradients_by_hand() -> None:
    answer = layer_gradients([np.diag([3.0, 1.0]), np.outer([1.0, 2.0], [2.0, 0.0]), np.zeros((2, 2))])
    assert isinstance(answer, LayerGradients)
    assert answer.norms == pytest.approx((4.0, np.sqrt(20.0), 0.0))
    assert answer.leading == pytest.approx((0.75, 1.0, 0.0))
    assert answer.unevenness == pytest.approx(((np.sqrt(20.0) - 4.0) + np.sqrt(20.0)) / 2)


@given(st.floats(0.01, 100.0), st.integers(0, 50))
def test_relative_unevenness_does_not_depend_on_the_losss_unit(scale: float, seed: int) -> None:
    layers = np.random.default_rng(seed).standard_normal((4, 3, 5))
    one, other = layer_gradients(list(layers)), layer_gradients(list(scale * layers))
    assert isinstance(one, LayerGradients) and isinstance(other, LayerGradients)
    assert other.relative == pytest.approx(one.relative)
    assert other.unevenness == pytest.approx(scale * one.unevenness)


def test_even_layers_are_even_and_profiles_compare_layer_by_layer() -> None:
    assert mean_absolute_difference([2.0, 2.0, 2.0]) == 0.0
    assert relative_difference([1.0, 2.0, 4.0], [1.0, 1.0, 8.0]) == pytest.approx(0.5)
    assert isinstance(relative_difference([0.0, 1.0], [1.0, 1.0]), Undecided)
    assert isinstance(layer_gradients([np.full((2, 2), np.nan)] * 3), Undecided)
    assert isinstance(layer_gradients([np.zeros((2, 2))] * 3), Undecided)
    with pytest.raises(BadInput, match="gradient 1"):
        layer_gradients([np.eye(2), np.ones(3)])


def test_outliers_have_their_known_bounds() -> None:
    """Kurtosis over channels is 1 where all are alike and d where one has everything."""
    rng = np.random.default_rng(4)
    plain = rng.standard_normal((4000, 64))
    even, planted = (activation_outliers(plain * scale) for scale in (np.ones(64), 1.0 + 499.0 * (np.arange(64) == 5)))
    assert isinstance(even, Outliers) and isinstance(planted, Outliers)
    assert even.kurtosis == pytest.approx(1.0, abs=0.01)
    assert even.max_to_median < 5.0
    assert planted.kurtosis == pytest.approx(64.0, rel=0.05)
    assert (planted.channel, planted.channel_share) == (5, pytest.approx(1.0, abs=0.01))
    assert planted.max_to_median > 100.0


def test_the_error_of_quantising_is_that_of_the_crest() -> None:
    """Rounding error is uniform: variance step² / 12, so relative to the rms it is (crest / 127)² / 12."""
    values = np.random.default_rng(5).standard_normal(200_000)
    crest = float(np.abs(values).max() / np.sqrt(np.square(values).mean()))
    error = float(np.square(quantised(values, float(np.abs(values).max())) - values).mean() / np.square(values).mean())
    assert error == pytest.approx((crest / 127.0) ** 2 / 12.0, rel=0.01)
    with pytest.raises(BadInput, match="scale 0"):
        quantised([1.0], 0.0)


def test_what_explains_the_spread_over_calibration_sets() -> None:
    """Spread that grows with the outliers is explained by them, spread that does not is not (30 models)."""
    rng = np.random.default_rng(6)
    outliers = rng.lognormal(2.0, 1.0, 30)
    for by, low in ((outliers, 0.7), (rng.permutation(outliers), -1.0)):
        losses = 2.0 + by[:, None] * rng.random((30, 5)) * 0.01
        answer = explains_spread(outliers, losses)
        assert isinstance(answer, Association)
        assert answer.low > low and (low > 0.0 or answer.low < 0.0 < answer.high)
    with pytest.raises(BadInput, match="models"):
        explains_spread([1.0, 2.0], [[1.0], [2.0]])


def test_activations_that_are_mostly_zero_have_no_median() -> None:
    assert isinstance(activation_outliers(np.maximum(np.random.default_rng(7).standard_normal((50, 8)), 0)), Undecided)
    with pytest.raises(BadInput, match="samples, channels"):
        activation_outliers([1.0, 2.0])
