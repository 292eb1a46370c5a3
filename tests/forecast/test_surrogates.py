"""Surrogates: what a setting does is found, nothing is found in noise, thin evidence is said so."""

from __future__ import annotations

import json

import numpy as np
import pytest

from forerun.core import LEVELS, BadInput, Undecided
from forerun.forecast.surrogates import SURROGATES
from tests.cards import control, known_answer
from tests.counts import COUNTS

FROM_CONFIG = SURROGATES.load("from_config")
RNG = np.random.default_rng(0)
RATES = 10 ** RNG.uniform(-4, -1, 120)
ENDS = (np.log10(RATES) + 2.5) ** 2 + 0.02 * RNG.normal(size=120)
CONFIGS = [{"lr": rate, "seed": i, "opt": "adam"} for i, rate in enumerate(RATES)]
TASKS = list("abcd") * 30


def error(ends: np.ndarray) -> float:
    """How far medians of 30 new runs lie from their ends, in sds of all ends, having learned of 90 others."""
    state = FROM_CONFIG.fit(CONFIGS[:90], ends[:90].tolist(), TASKS[:90])
    assert json.loads(json.dumps(state, allow_nan=False)) == state
    medians = [np.interp(0.5, LEVELS, FROM_CONFIG.quantiles(state, config)) for config in CONFIGS[90:]]
    return float(np.abs(medians - ENDS[90:]).mean() / ENDS.std())


def test_the_count_is_that_of_the_table() -> None:
    assert len(SURROGATES.table) == COUNTS["surrogate"]


@known_answer("from_config")
def test_a_smooth_function_of_one_setting_is_found() -> None:
    assert error(ENDS) < 0.1


@control("from_config")
def test_settings_shuffled_among_the_runs_tell_no_more_than_the_median() -> None:
    base = float(np.abs(np.median(ENDS[:90]) - ENDS[90:]).mean() / ENDS.std())
    assert error(np.append(np.random.default_rng(1).permutation(ENDS[:90]), ENDS[90:])) > 0.85 * base


def test_thin_and_bad_input() -> None:
    assert isinstance(FROM_CONFIG.quantiles(FROM_CONFIG.fit([], [], []), {}), Undecided)
    with pytest.raises(BadInput, match="1 settings, 2 ends, 1 tasks"):
        FROM_CONFIG.fit([{}], [1.0, 2.0], ["a"])
