"""A table and settings for every question, with the answer they are known to have, and a control that has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forerun.core import Table
from tests.laws.known import critical_batch, data_constrained, kaplan, label_quality, overoptimisation, regularised


@dataclass(frozen=True)
class Known:
    """What is asked, what must come of it (by name: value and relative tolerance, or a word), and what must not.

    Args:
        control: a table on which the question is undecided; None where its control is another test's.
    """

    table: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    control: Mapping[str, Any] | None = None
    control_settings: Mapping[str, Any] = field(default_factory=dict)


def columns(table: Table, **others: Any) -> dict[str, Any]:
    return {**table.columns, **others}


def rows(**grids: Any) -> dict[str, np.ndarray]:
    return dict(zip(grids, (g.ravel() for g in np.meshgrid(*grids.values())), strict=True))


_rng = np.random.default_rng(0)
SIZES = regularised.TABLE

_C, _off = np.meshgrid(np.geomspace(1e18, 1e21, 5), np.geomspace(0.2, 5, 9))
_N = 0.1 * np.sqrt(_C) * _off
PARABOLAS = {"flops": _C.ravel(), "params": _N.ravel(), "y": (2 + 0.05 * np.log(_off) ** 2).ravel()}

MEMBERS = rows(params=np.geomspace(1e7, 1e9, 6), members=[1.0, 2.0, 3.0, 5.0, 8.0])
MEMBERS["y"] = 3.17 + 900.0 * MEMBERS["params"] ** -0.45 + 0.4 / MEMBERS["members"]

TIMED = rows(params=(400 / 0.65) ** 2 * 4.0 ** np.arange(-2, 3), tokens=np.geomspace(1e6, 1e8, 5))
TIMED["y"] = 1.7 + 400 * TIMED["params"] ** -0.5 + 2000 * TIMED["tokens"] ** -0.5
TIMED["seconds"] = 1e-9 * TIMED["params"] * TIMED["tokens"]
"""A doubling of either size or tokens costs the same time, so that the loss above the floor is shared evenly."""

_share, _size = (g.ravel() for g in np.meshgrid(np.linspace(0.0, 1.0, 6), [100.0, 200.0]))
PILOTS = {"a": _share, "b": 1 - _share, "distance": 1 - 0.5 * _share, "train_size": _size}
_candidates = {"a": [0.25, 0.75], "b": [0.75, 0.25], "distance": [0.875, 0.625], "train_size": [400.0, 400.0]}
MIXTURES = {name: np.concatenate([PILOTS[name], _candidates[name]]) for name in PILOTS}
_unknown = np.full(2, np.nan)
PROJECTED = {**MIXTURES, "y": np.concatenate([np.exp(PILOTS["distance"]) * _size**-0.5, _unknown])}
MIXED = {**MIXTURES, "y": np.concatenate([0.2 + np.exp(1 - _share) * _size**-0.3, _unknown])}

_labels = {"clean": label_quality.CLEAN, "noisy": label_quality.NOISY}
RANDOM_LABELS = {**_labels, "y": 15.0 * (12.0 + _labels["clean"] + 0.2 * _labels["noisy"]) ** -1.1}
"""A noisy label is worth a fifth of a clean one, and nothing else is wrong with it."""

RIVALS = {"configuration": ["a", "b", "c"] * 3, "y": [1.0, 1.1, 3.0, 1.2, 1.0, 3.3, 0.9, 1.3, 2.9]}
"""Two that stand close, and one far behind."""

CAUSES = {
    "probe": ["driver", "data", "either", "other"], "y": [0.0, np.nan, np.nan, np.nan], "data": [0.0, 1.0, 1.0, 1.0],
    "code": [0.0, 0.0, 1.0, 0.0], "seed": [0.0, 0.0, 0.0, 1.0], "batch": [0.0, 0.0, 0.0, 0.0],
    "driver": [1.0, 0.0, 0.0, 0.0],
}  # fmt: skip
"""The driver is as good as cleared; of the four others two probes ask for a half each, one for one of them."""

_r = np.geomspace(1, 1e4, 9)
REPEATS = {"repeats": _r, "y": 3.0 + 0.4 * np.exp(-((np.log10(_r) - 2) ** 2))}

_models = rows(params=[1e6, 2e6, 4e6, 8e6], available=[1e6, 1e7, 1e8])
FACTS = {**_models, "bits": np.minimum(2 * _models["params"], _models["available"])}

_wave = 0.002 * np.cos(np.arange(9.0) * 2.5)
_nine = np.geomspace(1e7, 1e10, 9)
U_SHAPED = {"size": _nine, "score": (np.log10(_nine) - 8.5) ** 2 / 10 + _wave}

_flops = np.geomspace(1e19, 1e22, 8)
_at = np.log10(np.append(_flops, 1e23))
_true = np.repeat([np.exp(-np.log(2) * 10 ** (0.4 * (m - _at))) for m in (20.5, 21.5)], 40, axis=0)
_cells = rows(flops=_flops, item=np.arange(80.0))
SUITE = {**_cells, "rate": _rng.binomial(100, _true[:, :-1]).ravel() / 100}
FLAT = {**_cells, "rate": np.repeat(_rng.binomial(100, np.linspace(0.2, 0.8, 80)) / 100, 8)}

_ladder = rows(params=np.geomspace(2e8, 3e9, 4), tokens=np.geomspace(4e9, 3e11, 5))
_loss = 0.5 + 60 * _ladder["params"] ** -0.3 + 100 * _ladder["tokens"] ** -0.3
_score = 0.25 + 0.75 / (1 + np.exp(6 * (_loss - 0.8)))
LADDER = {
    "params": np.append(_ladder["params"], 1e10),
    "tokens": np.append(_ladder["tokens"], 4e12),
    "loss": np.append(_loss, np.nan),
    "score": np.append(_score, np.nan),
}

_compute = np.geomspace(1e20, 1e24, 30)
_place = np.repeat(np.arange(30), 4)
_skill = np.log10(_compute) - 22
PUBLISHED = {
    "model": [f"m{i}" for i in _place] + ["new"],
    "benchmark": ["a", "b", "c", "d"] * 30 + ["a"],
    "family": [f"f{i % 3}" for i in _place] + ["f0"],
    "flops": np.append(_compute[_place], 1e25),
    "y": np.append((1 / (1 + np.exp(-np.outer(_skill, [0.8, 1.0, 1.2, 0.9])))).ravel(), np.nan),
}

_few = np.geomspace(1e7, 1e9, 6)
_rates = np.exp(-np.exp(_rng.normal(2.0, 0.1, (100, 1))) * (_few / 1e7) ** -0.1)
_draws = rows(params=_few, item=np.arange(100.0))
RARE = {**_draws, "successes": np.full(600, 20.0), "draws": 20.0 + _rng.negative_binomial(20, _rates).ravel()}
_larger = float(np.exp(-np.exp(2.0) * (4e9 / 1e7) ** -0.1))

_eight = np.geomspace(1e8, 1e10, 8)
_weak = _rng.beta(0.4, 3.0, 150)
TRIES = {
    "model": ["small"] * 150 + ["large"] * 150,
    "tries": np.full(300, 50.0),
    "solved": np.concatenate([_rng.binomial(50, p) for p in (_weak, 4 * _weak / (1 + 3 * _weak))]).astype(float),
}
_k = np.arange(1, 400)
_overtakes = float(_k[np.argmax([(1 - (1 - _weak) ** n).mean() >= (4 * _weak / (1 + 3 * _weak)).mean() for n in _k])])

_n = np.geomspace(1e8, 1e11, 8)
_noisy = np.asarray(critical_batch.TABLE.columns["y"]) * (1 + 0.01 * np.cos(np.arange(7.0) * 2))
RISING = {"kl": np.linspace(1.0, 20.0, 12), "y": np.linspace(1.0, 4.0, 12)}

KNOWN: dict[str, Known] = {
    "isoflop": Known(
        PARABOLAS, {"flops": 1e22}, {"exponent": (0.5, 1e-6), "best_params": (1e10, 1e-5)},
        control={name: column[:9] for name, column in PARABOLAS.items()},
    ),
    "allocation": Known(
        columns(data_constrained.TABLE), {"flops": 1e22, "unique_tokens": 25e9},
        {"params": (7.026e9, 1e-3), "epochs": (9.488, 1e-3)},
        control={name: column[:5] for name, column in data_constrained.TABLE.columns.items()},
        control_settings={"flops": 1e22, "unique_tokens": 25e9},
    ),
    "saturation": Known(
        columns(SIZES), {"gain": 0.01}, {"size": ((0.01 / (900 * (1 - 2**-0.45))) ** (-1 / 0.45), 1e-4)},
        control=columns(SIZES), control_settings={"gain": 1e-12},
    ),
    "asymptote": Known(
        columns(SIZES), {}, {"asymptote": (3.2, 1e-5)},
        control={"params": np.linspace(1e8, 2e8, 8), "y": 3.2 + 0.2 * np.cos(np.arange(8.0) * 2)},
    ),
    "joint_asymptote": Known(
        MEMBERS, {}, {"asymptote": (3.17, 1e-4)}, control={name: column[:10] for name, column in MEMBERS.items()}
    ),
    "data_efficiency": Known(
        {"samples": _n, "y": 40.0 * _n**-0.1}, {"reached": 40.0 * 5e9**-0.1, "tokens": 1e9}, {"times": (5.0, 1e-6)},
        control={"samples": _n[:2], "y": 40.0 * _n[:2] ** -0.1}, control_settings={"reached": 4.0, "tokens": 1e9},
    ),
    "mixture": Known(
        MIXED, {"sources": ("a", "b")}, {"a": (0.75, 1e-9), "best": (0.2 + np.exp(0.25) * 400**-0.3, 1e-3)},
        control={name: column[:6] for name, column in MIXED.items()}, control_settings={"sources": ("a", "b")},
    ),
    "projection": Known(
        PROJECTED, {"sources": ("a", "b")}, {"a": (0.75, 1e-9), "best": (np.exp(0.625) * 400**-0.5, 0.02)},
        control={name: column[:6] for name, column in PROJECTED.items()}, control_settings={"sources": ("a", "b")},
    ),
    "repeats": Known(
        REPEATS, {"noise": 0.01}, {"at": (100.0, 0.1)},
        control={"repeats": _r, "y": 3.0 + 0.1 * np.log10(_r)}, control_settings={"noise": 0.01},
    ),
    "knowledge_capacity": Known(
        FACTS, {}, {"capacity": (2.0, 1e-9)}, control={**FACTS, "bits": FACTS["available"]}
    ),
    "critical_batch_size": Known(
        columns(kaplan.TABLE), {"loss": 3.0}, {"critical_batch": (2e8 * 3.0 ** (-1 / 0.21), 1e-4)},
        control={name: column[:6] for name, column in kaplan.TABLE.columns.items()}, control_settings={"loss": 3.0},
    ),
    "steps_to": Known(
        columns(kaplan.TABLE), {"loss": 4.0, "params": 1e8, "batch_size": 1e5}, {},
        control=columns(kaplan.TABLE), control_settings={"loss": 1.0, "params": 1e6, "batch_size": 1e5},
    ),
    "fastest": Known(
        TIMED, {"loss": 3.0}, {"params": ((400 / 0.65) ** 2, 1e-9), "tokens": ((2000 / 0.65) ** 2, 1e-3)},
        control=TIMED, control_settings={"loss": 1.7},
    ),
    "longer_run": Known(
        {"steps": [400.0], "cooldown": [0.2]}, {"longer": 800.0}, {"cooldown": (0.62, 0.01), "factor": (0.54, 0.01)}
    ),
    "least_bound": Known(
        {"step": np.arange(400.0), "grad_norm": np.ones(400)}, {},
        {"highest_at": (0.0, 1e-9), "below_linear": (0.0044, 1e-3)},
    ),
    "tuned": Known(
        {"params": [1e9], "tokens": [1e11]}, {}, {"learning_rate": (0.001632, 1e-3), "batch_tokens": (1.108e6, 1e-3)}
    ),
    "reward_peak": Known(
        columns(overoptimisation.TABLE), {}, {"peak": (np.exp(2 * (1.5 / 0.5 - 1)), 1e-6)}, control=RISING,
        control_settings={"law": "overoptimisation_best_of_n"},
    ),
    "shape": Known(
        U_SHAPED, {}, {"kind": "u"}, control={name: column[:5] for name, column in U_SHAPED.items()}
    ),
    "emergence": Known(
        {"size": [1.0, 2.0, 4.0, 8.0], "score": [0.1, 0.2, 0.3, 0.4]}, {},
        {"linearity": (3.0, 1e-9), "breakthroughness": (3.0, 1e-9)},
    ),
    "suite": Known(
        SUITE, {"at": 1e23, "chance": 0.0, "samples": 100.0}, {"score": (float(_true[:, -1].mean()), 0.03)},
        control=FLAT, control_settings={"at": 1e23},
    ),
    "ladder": Known(
        LADDER, {}, {"score": (0.84, 0.01)}, control={name: column[:-1] for name, column in LADDER.items()}
    ),
    "observational": Known(
        PUBLISHED, {"dims": 1}, {"new on a": (1 / (1 + np.exp(-2.4)), 0.02)},
        control={name: column[:32] for name, column in PUBLISHED.items()},
    ),
    "rare_successes": Known(
        RARE, {"at": 4e9}, {"rate": (_larger, 0.15)},
        control={**RARE, "successes": np.zeros(600)}, control_settings={"at": 4e9},
    ),
    "bend": Known(
        {"params": _eight, "rate": np.exp(-200 * _eight**-0.2)}, {}, {"kind": "linear"},
        control={"params": _eight[:3], "rate": [0.1, 0.2, 0.3]},
    ),
    "sampling_budget": Known(
        {"rate": [1e-4, 1e-3]}, {"relative_error": 0.1, "items": 100},
        {"successes": (3.0, 1e-9), "draws": (3.3e6, 0.0)}
    ),
    "label_budget": Known(
        RANDOM_LABELS, {"budget": 1000.0, "clean_price": 10.0}, {"regime": "quantity", "noisy": (1000.0, 1e-9)},
        control={name: column[RANDOM_LABELS["clean"] == 0] for name, column in RANDOM_LABELS.items()},
        control_settings={"budget": 1000.0, "clean_price": 10.0},
    ),
    "tries": Known(
        TRIES, {"small": "small", "large": "large"}, {"tries": (_overtakes, 0.6)},
        control={"model": ["small"] * 80 + ["large"] * 80, "tries": np.full(160, 20.0),
                 "solved": np.tile(np.repeat([20.0, 0.0], 40), 2)},
        control_settings={"small": "small", "large": "large", "horizon": 1.0},
    ),
    "tries_budget": Known(
        {"rate": [0.9, 0.2], "share": [0.5, 0.5]}, {"budget": 2.5, "most": 4}, {"expected": (0.7452, 1e-6)}
    ),
    "profile": Known(
        columns(critical_batch.TABLE, y=_noisy),
        {"law": "critical_batch", "parameter": "B_crit"}, {"B_crit": (2000.0, 0.1)},
        control={"batch_size": [1.0, 2.0], "y": [1.0, 2.0]},
        control_settings={"law": "critical_batch", "parameter": "B_crit"},
    ),
    "next_configuration": Known(
        RIVALS, {"budget": 20}, {"next": "a", "leader": "a", "left": (11.0, 0.0)},
        control={"configuration": ["a", "a"], "y": [1.0, 2.0]}, control_settings={"budget": 20},
    ),
    "next_probe": Known(
        CAUSES, {"budget": 6}, {"next": "either", "cause": "data", "left": (5.0, 0.0)},
        control={"probe": ["p", "q"], "y": [0.0, np.nan], "data": [1.0, 0.0], "code": [1.0, 0.0]},
        control_settings={"budget": 6},
    ),
    "mastery_sample": Known(
        {"learner": list("abcdefghij"), "sums": [0.1] * 9 + [0.9], "proofs": [0.2] * 9 + [0.8]}, {},
        {"chosen": (2.0, 0.0), "clusters": (2.0, 0.0), "smallest": (1.0, 0.0)},
        control={"learner": ["a", "b"], "sums": [0.5, 0.5]},
    ),
}  # fmt: skip
