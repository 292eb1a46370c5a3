"""Curves of which every detector says something, for what all detectors keep to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from forerun.core import Curve
from forerun.core.metrics import meaning
from forerun.monitor import Detector

Values = dict[str, np.ndarray]


def curve(metric: str, y: np.ndarray, every: int = 1) -> Curve:
    x = np.arange(1.0, y.size + 1)
    return Curve(x[::every], y[::every], metric=metric, direction=meaning(metric).direction)


def ramp(n: int, begin: float, end: float) -> np.ndarray:
    """0 before, 1 after, a straight line between."""
    return np.clip((np.arange(1.0, n + 1) - begin) / (end - begin), 0.0, 1.0)


def of_one_curve(seed: int, n: int = 400) -> Curve:
    """A loss with a spike and a stretch of NaN."""
    y = 1 + np.arange(1, n + 1) ** -0.5 + 0.02 * np.random.default_rng(seed).normal(size=n)
    y[300:305] += 3
    y[350:360] = np.nan
    return curve("loss", y)


def _resumed(y: np.ndarray) -> Curve:
    return replace(curve("train/loss", y), resumes=np.array([[150.0, 170.0], [300.0, 300.0]]))


def _splits(e: Callable[[], np.ndarray]) -> dict[str, Curve]:
    train, held_out = 0.99 * ramp(400, 0, 60) + 0.003 * e(), 0.03 + 0.9 * ramp(400, 200, 220) + 0.01 * e()
    return {"train": curve("train/acc", train), "held_out": curve("val/acc", held_out, 2)}


def _events(e: Callable[[], np.ndarray]) -> dict[str, Callable[[], dict[str, Curve]]]:
    down, up, t = ramp(400, 100, 200), ramp(400, 300, 350), np.arange(400.0)
    falls = 2 + 8 * (t + 20) ** -0.35
    return {
        "change_point": lambda: {"value": curve("train/loss", 1 + np.exp(-t / 20) + 0.3 * (t > 250) + 0.02 * e())},
        "drift": lambda: {"value": curve("train/loss", 2 * np.exp(-(t % 200) / 20) + 0.02 * e())},
        "resume_bump": lambda: {
            "value": _resumed(1 + np.exp(-t / 20) + 0.3 * (ramp(400, 149, 150) - down) + 0.02 * e())
        },
        "level_shift": lambda: {"value": curve("loss", falls + 0.05 * e() + 0.5 * ((t > 150) & (t < 300)))},
        "divergence": lambda: {"value": curve("loss", falls + 0.05 * e() + 0.02 * np.maximum(t - 150, 0) * (t < 300))},
        "entropy_collapse": lambda: {"value": curve("policy/entropy", 2 - 1.9 * down + 1.5 * up + 0.02 * e())},
        "wasted": lambda: {"value": curve("frac_reward_zero_std", 0.2 + 0.6 * down - 0.5 * up + 0.02 * e())},
        "growth": lambda: {"value": curve("max_attention_logit", np.exp(np.minimum(t, 300) / 60 + 0.05 * e()))},
        "memorised": lambda: _splits(e),
        "grokking": lambda: _splits(e),
        "ranking": lambda: {
            "loss": curve("loss", 0.7 - 0.3 * ramp(400, 0, 400) + 0.01 * e()),
            "accuracy": curve("rewards/accuracies", 0.5 + 0.3 * up + 0.03 * e()),
        },
        "proxy_gold": lambda: {
            "proxy": curve("reward", t + 9 * e()),
            "gold": curve("gold_reward", np.minimum(t, 200) - 0.5 * np.maximum(t - 200, 0) + 9 * e(), 3),
        },
        "narrowing": lambda: {
            "one": curve("val/acc/mean@8", 0.2 + 0.4 * ramp(400, 0, 400) + 0.02 * e()),
            "many": curve("val/acc/best@8/mean", 0.9 - 0.4 * down + 0.4 * up + 0.02 * e(), 2),
        },
        "gradient_drift": lambda: {
            "loss": curve("loss", 1 + np.exp(-t / 20) + 0.01 * e()),
            "norm": curve("grad_norm", np.exp(3 * ramp(400, 150, 300) + 0.1 * e()), 2),
        },
        "behaviour_gap": lambda: {
            "marked": curve("comply/marked", 0.2 + 0.6 * down - 0.55 * up + 0.02 * e()),
            "unmarked": curve("comply/unmarked", 0.2 + 0.02 * e(), 3),
        },
        "stability_gap": lambda: {"value": curve("acc{task=1}", 0.9 - 0.5 * (ramp(400, 100, 102) - up) + 0.01 * e())},
    }


def eventful(detector: Detector, seed: int) -> dict[str, Curve]:
    """A curve a role, with something that the detector is for."""
    rng = np.random.default_rng(seed)
    events = _events(lambda: rng.normal(size=400))
    return events[detector.name]() if detector.name in events else {"value": of_one_curve(seed)}
