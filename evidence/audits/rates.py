"""How often the intervals and tests of audits hold, on sets made anew: python evidence/audits/rates.py

Writes rates.json: every line has its rate, of how many sets, and Wilson's interval of that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forerun.evaluate.audits.calibration import calibration
from forerun.evaluate.audits.contamination import contamination
from forerun.evaluate.audits.prompts import prompts
from forerun.evaluate.trust.decisions import decision_accuracy, same_again
from forerun.evaluate.trust.signal_noise import signal_to_noise
from forerun.stats.monotone import monotone
from forerun.stats.proportions import proportion_interval
from forerun.stats.reliability import calibration_test

HERE = Path(__file__).parent


def rate(holds: Callable[[int], bool], n: int) -> list[float]:
    count = sum(holds(seed) for seed in range(1000, 1000 + n))
    low, high = proportion_interval(count, n)
    return [count / n, float(low), float(high), n]


def off(seed: int, n: int, by: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.random(n)
    return p, (rng.random(n) < np.clip(p + 2 * by * (p - 0.5), 0, 1)).astype(float)


def true_error(by: float) -> float:
    p = np.linspace(0, 1, 200_001)
    return float(np.sqrt(np.mean((np.clip(p + 2 * by * (p - 0.5), 0, 1) - p) ** 2)))


def error_holds(n: int, by: float) -> Callable[[int], bool]:
    def holds(seed: int) -> bool:
        one = calibration(*off(seed, n, by), seed=seed).measurements[0]
        return one.low <= true_error(by) <= one.high

    return holds


def spread_holds(m: int, spread: float) -> Callable[[int], bool]:
    def holds(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        v = rng.random((200, m)) < np.clip(rng.uniform(0.3, 0.7, (200, 1)) + spread * rng.normal(size=m), 0, 1)
        items, names = np.indices(v.shape)
        one = prompts(items.ravel().astype(str), names.ravel().astype(str), v.ravel()).measurements[0]
        return one.low <= spread <= one.high

    return holds


def drop_called(name: str, leak: float) -> Callable[[int], bool]:
    def called(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        year = rng.uniform(2022, 2026, 600)
        score = rng.random(600) < 0.7 - 0.08 * (year - 2022) + leak * (year < 2024)
        return contamination(score, year, cutoff="2024")[name].verdict == "faulty"

    return called


def trend_called(which: str, follow: float, n: int) -> Callable[[int], bool]:
    def called(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        v = np.zeros(n + 50)
        for i in range(1, n + 50):
            v[i] = follow * v[i - 1] + rng.normal()
        return getattr(monotone(v[50:], draws=199, seed=seed), which) <= 0.05

    return called


def called_off(seed: int) -> bool:
    return calibration_test(*off(seed, 200, 0.0), draws=199, rng=np.random.default_rng(seed)).p_value <= 0.05


def ratio_holds(seed: int) -> bool:
    v = np.linspace(20, 30, 6)[:, None] + np.random.default_rng(seed).normal(size=(6, 5))
    one = signal_to_noise(list(v), seed=seed)
    return one.low <= 10 / 0.84075 <= one.high


WORLDS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "uniform": lambda rng, shape: rng.uniform(-1.7, 1.7, shape),
    "heavy-tailed": lambda rng, shape: rng.standard_t(3, shape) / 1.7,
}


def true_decisions(world: str, noise: float) -> tuple[float, float]:
    """How often two models are decided alike at another scale, and by another of five checkpoints."""
    rng = np.random.default_rng(0)
    level = WORLDS[world](rng, (100_000, 2))
    first, second = (np.sign(np.diff(level + noise * rng.normal(size=level.shape))) for _ in range(2))
    v = level[:, :, None] + noise * rng.normal(size=(*level.shape, 5))
    others = (v.sum(axis=2, keepdims=True) - v) / 4
    alike = np.sign(v[:, 0] - v[:, 1]) == np.sign(others[:, 0] - others[:, 1])
    return float(np.mean(first == second)), float(np.mean(alike))


def decisions_hold(world: str, models: int, noise: float, again: bool) -> Callable[[int], bool]:
    truth = true_decisions(world, noise)[again]

    def holds(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        level = WORLDS[world](rng, (models,))
        if again:
            one = same_again(list(level[:, None] + noise * rng.normal(size=(models, 5))), seed=seed)
        else:
            one = decision_accuracy(*(level + noise * rng.normal(size=(2, models))), seed=seed)
        return one.low <= truth <= one.high

    return holds


DECISIONS = {
    f"trust: interval of decisions {'by another checkpoint' if again else 'at the target'}, {models} models, {world}, "
    f"noise {noise:g}": (world, models, noise, again)
    for again in (True, False) for world in WORLDS for models in (4, 6, 10) for noise in (0.1, 0.7)
}  # fmt: skip


if __name__ == "__main__":
    rates = {
        f"calibration: interval of the error, {n} items, {by:g} off": rate(error_holds(n, by), 200)
        for n, by in ((200, 0.2), (500, 0.1), (500, 0.2), (1000, 0.05))
    } | {
        "calibration: right confidences called off at 5%": rate(called_off, 1000),
        "prompts: interval of the spread, 5 prompts": rate(spread_holds(5, 0.05), 400),
        "prompts: interval of the spread, 10 prompts": rate(spread_holds(10, 0.05), 400),
        "prompts: interval of the spread, 24 prompts": rate(spread_holds(24, 0.05), 400),
        "contamination: steady drift called a drop": rate(drop_called("drop at the cutoff", 0.0), 400),
        "contamination: steady drift called beyond the drift": rate(drop_called("drop beyond the drift", 0.0), 400),
        "contamination: a leak of 0.3 called": rate(drop_called("drop beyond the drift", 0.3), 400),
        **{name: rate(decisions_hold(*of), 400) for name, of in DECISIONS.items()},
        "trust: interval of signal to noise": rate(ratio_holds, 1000),
        "trust: a trend called in independent values, singly": rate(trend_called("p_value", 0.0, 30), 400),
        "trust: a trend called in independent values, by blocks": rate(trend_called("p_blocks", 0.0, 30), 400),
        "trust: a trend called in values that follow (0.7), singly": rate(trend_called("p_value", 0.7, 30), 400),
        "trust: a trend called in values that follow (0.7), by blocks": rate(trend_called("p_blocks", 0.7, 30), 400),
    }  # fmt: skip
    (HERE / "rates.json").write_text(json.dumps(rates, indent=1) + "\n", "utf-8")
