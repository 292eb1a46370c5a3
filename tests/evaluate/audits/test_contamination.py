"""Leaked items: published counts, drift that is no leak, and a language model that was trained on half of the items."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.contamination import contamination
from forerun.evaluate.audits.partial_prompts import completions, rouge_l
from forerun.stats.proportions import fisher, unpaired_proportions
from tests.cards import control, known_answer


@known_answer("audit/contamination")
def test_six_of_thirty_before_and_none_after() -> None:
    """Wu et al. 2025, table 2: exact completions of AIME 2024 and 2025 from 60% of the question."""
    result = contamination([1] * 6 + [0] * 54, ["2024-02-01"] * 30 + ["2025-02-01"] * 30, cutoff="2024-09-01")
    assert result["drop at the cutoff"].estimate == pytest.approx(0.2)
    assert result["p-value of the drop"].estimate == pytest.approx(0.0237, abs=5e-5)
    assert result.verdict == "faulty" and "one date on a side" in result.warnings[0]


def drifting(seed: int, leak: float, n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Items that get harder by the year, those before 2024 answered better by a leak."""
    rng = np.random.default_rng(seed)
    year = rng.uniform(2022, 2026, n)
    return (rng.random(n) < 0.7 - 0.08 * (year - 2022) + leak * (year < 2024)).astype(float), year


@control("audit/contamination")
def test_a_steady_fall_drops_at_the_cutoff_but_not_beyond_its_drift() -> None:
    """100 sets: the plain drop is called in most, the drop beyond the drift, above 2%, in 1 of 40 at most by promise;
    beyond 7 has chance 0.006."""
    results = [contamination(*drifting(seed, 0.0), cutoff="2024") for seed in range(100)]
    assert sum(one["drop at the cutoff"].verdict == "faulty" for one in results) > 60
    assert sum(one["drop beyond the drift"].verdict == "faulty" for one in results) <= 7


def test_a_leak_is_seen_beyond_the_drift() -> None:
    results = [contamination(*drifting(seed, 0.3), cutoff="2024") for seed in range(20)]
    assert sum(one["drop beyond the drift"].verdict == "faulty" for one in results) >= 16
    errors = [one["drop beyond the drift"].estimate - 0.3 for one in results]
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(20)


def characters(texts: list[str], order: int = 24) -> defaultdict[str, Counter[str]]:
    """A character model: how often a letter follows the last ones, backing off to fewer."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for i, letter in enumerate(text):
            for n in range(order + 1):
                if i >= n:
                    counts[text[i - n : i]][letter] += 1
    return counts


def test_a_language_model_completes_what_it_was_trained_on_and_nothing_else() -> None:
    """Sums written out; the model is trained on half of them and on others of the same form."""
    rng = np.random.default_rng(0)
    sums = [f"Question {int(rng.integers(1e6))}: add {a} and {b}, then take {c}; you get {a + b - c}."
            for a, b, c in rng.integers(100, 999, (120, 3))]  # fmt: skip
    counts = characters(sums[:60])

    def complete(start: str, n: int) -> str:
        text = start
        for _ in range(n):
            context = next(text[len(text) - k :] for k in range(24, -1, -1) if text[len(text) - k :] in counts)
            text += counts[context].most_common(1)[0][0]
        return text[len(start) :]

    made = completions(sums, complete)
    result = contamination(made.exact, ["2023"] * 60 + ["2025"] * 60, cutoff="2024")
    assert result["score before"].estimate > 0.5 and result["score after"].estimate < 0.05
    assert result.verdict == "faulty" and made.overlap[:60].mean() > made.overlap[60:].mean()


def test_rouge_is_the_longest_common_subsequence() -> None:
    assert rouge_l("a b c d", "a c b d") == pytest.approx(0.75)
    assert rouge_l("", "a") == 0.0 and rouge_l("", "") == 1.0


def test_the_exact_test_and_the_interval_are_those_of_scipy_and_newcombe() -> None:
    from scipy import stats

    for table in ((6, 30, 0, 30), (273, 500, 0, 100), (19, 500, 4, 100), (3, 5, 3, 5)):
        a, n, b, m = table
        assert fisher(a, n, b, m) == pytest.approx(stats.fisher_exact([[a, n - a], [b, m - b]])[1], rel=1e-8)
    published = {(56, 70, 48, 80): (0.0524, 0.3339), (9, 10, 3, 10): (0.1705, 0.8090), (10, 10, 0, 20): (0.6791, 1.0)}
    for (a, n, b, m), (low, high) in published.items():  # Newcombe 1998, table II, method 10
        _, lower, upper = unpaired_proportions(a, n, b, m)
        assert (round(float(lower), 4), round(float(upper), 4)) == (low, high)


def test_dates_and_sides_are_needed() -> None:
    with pytest.raises(BadInput, match="neither a number nor a date"):
        contamination([1.0], ["May"], cutoff="2024")
    assert isinstance(contamination([1.0] * 8, [2023] * 4 + [2025] * 4, cutoff="2024"), Undecided)
