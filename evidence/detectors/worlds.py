"""What each detector is tried on: runs in which nothing of its kind happens, and runs in which it does.

A null lies at the edge of what the detector's card promises to be silent about, not far from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve
from forerun.core.metrics import meaning
from forerun.synthetic import noise

Curves = dict[str, Curve]
NOISES: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "normal": noise.white,
    "t4": noise.heavy,
    "ar": lambda n, rng: noise.following(n, rng, 0.5),
}


@dataclass(frozen=True)
class World:
    """Runs of n points: ``draw(x, noise)`` gives a value a role, ``noise()`` fresh noise of unit variance.

    Args:
        at: for events, the point at which it begins; None for a null.
    """

    n: int
    names: dict[str, str]
    draw: Callable[[Array, Callable[[], Array]], dict[str, Array]]
    at: float | None = None

    def curves(self, kind: str, rng: np.random.Generator) -> Curves:
        x = np.arange(1.0, self.n + 1.0)
        values = self.draw(x, lambda: NOISES[kind](self.n, rng))
        return {
            role: Curve(x, y, metric=self.names[role], direction=meaning(self.names[role]).direction)
            for role, y in values.items()
        }


def of(metric: str, n: int, draw: Callable[[Array, Array], Array], at: float | None = None) -> World:
    return World(n, {"value": metric}, lambda x, noise: {"value": draw(x, noise())}, at)


def ramp(x: Array, begin: float, end: float) -> Array:
    """0 before, 1 after, a straight line between."""
    return np.clip((x - begin) / (end - begin), 0.0, 1.0)


SPLITS = {"train": "train/acc", "held_out": "val/acc"}
PREFERENCES = {"loss": "loss", "accuracy": "rewards/accuracies"}
GRADIENT = {"loss": "train/loss", "norm": "grad_norm"}
REWARDS = {"proxy": "reward", "gold": "gold_reward"}
TRIES = {"one": "val/acc/mean@8", "many": "val/acc/best@8/mean"}
MARKS = {"marked": "comply/marked", "unmarked": "comply/unmarked"}
TASK = "acc{task=1}"


def share(y: Array) -> Array:
    return np.clip(y, 0.0, 1.0)


def _splits(n: int, held_out: Callable[[Array], Array], at: float | None = None, sd: float = 0.02) -> World:
    return World(
        n, SPLITS, lambda x, noise: {
            "train": share(0.01 + 0.99 * ramp(x, 5, 50) + 0.3 * sd * noise()),
            "held_out": share(held_out(x) + sd * noise()),
        }, at,
    )  # fmt: skip


def _preferences(accuracy: Callable[[Array], Array], at: float | None = None) -> World:
    return World(
        400, PREFERENCES, lambda x, noise: {
            "loss": 0.69 - 0.19 * ramp(x, 0, 400) + 0.03 * noise(), "accuracy": share(accuracy(x) + 0.1 * noise()),
        }, at,
    )  # fmt: skip


def _rewards(gold: Callable[[Array], Array], at: float | None = None) -> World:
    return World(200, REWARDS, lambda x, noise: {"proxy": x / 200 + 0.1 * noise(), "gold": gold(x) + 0.1 * noise()}, at)


def _tries(many: Callable[[Array], Array], at: float | None = None) -> World:
    return World(
        200, TRIES, lambda x, noise: {
            "one": share(0.3 + 0.3 * x / 200 + 0.03 * noise()), "many": share(many(x) + 0.03 * noise()),
        }, at,
    )  # fmt: skip


def _gradient(norm: Callable[[Array], Array], loss: Callable[[Array], Array], at: float | None = None) -> World:
    return World(
        400, GRADIENT, lambda x, noise: {"norm": norm(x) * np.exp(0.2 * noise()), "loss": loss(x) + 0.02 * noise()}, at
    )


def _marks(gap: Callable[[Array], Array], at: float | None = None) -> World:
    return World(
        200, MARKS, lambda x, noise: {
            "marked": share(0.4 + gap(x) + 0.1 * noise()), "unmarked": share(0.4 + 0.1 * noise()),
        }, at,
    )  # fmt: skip


def _settling(x: Array) -> Array:
    return 0.1 + 0.8 * (1.0 - np.exp(-x / 60))


NULLS: dict[str, dict[str, World]] = {
    "entropy_collapse": {
        "settles at 1.25 of the threshold": of(
            "policy/entropy", 400, lambda x, e: 2 * (0.125 + 0.875 * np.exp(-x / 40)) + 0.025 * e
        ),
        "settles at a quarter": of("policy/entropy", 400, lambda x, e: 2 * (0.25 + 0.75 * np.exp(-x / 40)) + 0.05 * e),
    },
    "wasted": {
        "stays at .45": of("frac_reward_zero_std", 400, lambda x, e: share(0.45 + 0.05 * e)),
        "stays at .4, noise .2": of("frac_reward_zero_std", 400, lambda x, e: share(0.4 + 0.2 * e)),
    },
    "growth": {
        "stays": of("max_attention_logit", 400, lambda x, e: 10 * np.exp(0.1 * e)),
        "grows like t^.5": of("max_attention_logit", 400, lambda x, e: x**0.5 * np.exp(0.1 * e)),
        "grows like t": of("objective/kl", 400, lambda x, e: x * np.exp(0.1 * e)),
    },
    "memorised": {
        "gains 15%": _splits(200, lambda x: 0.01 + 0.15 * ramp(x, 5, 50)),
        "gains 30%": _splits(200, lambda x: 0.01 + 0.3 * ramp(x, 5, 50)),
    },
    "grokking": {
        "follows by 10 points": _splits(300, lambda x: 0.01 + 0.9 * ramp(x, 15, 60)),
        "follows by 30 points": _splits(300, lambda x: 0.01 + 0.9 * ramp(x, 35, 80)),
    },
    "ranking": {
        "65% right": _preferences(lambda x: 0.5 + 0.15 * ramp(x, 0, 30)),
        "rises from 50 to 70%": _preferences(lambda x: 0.5 + 0.2 * ramp(x, 0, 400)),
    },
    "proxy_gold": {
        "gold stays at its best": _rewards(lambda x: ramp(x, 0, 60)),
        "gold rises throughout": _rewards(lambda x: x / 200),
    },
    "narrowing": {
        "stays at its best": _tries(lambda x: 0.6 + 0.3 * ramp(x, 0, 60)),
        "loses a thirtieth": _tries(lambda x: 0.9 - 0.03 * ramp(x, 0, 200)),
    },
    "gradient_drift": {
        "stays": _gradient(lambda x: np.ones(x.size), lambda x: 2 + np.exp(-x / 20)),
        "grows sixfold, the loss falls": _gradient(lambda x: 1 + 5 * ramp(x, 200, 400), lambda x: 4 - x / 200),
    },
    "behaviour_gap": {
        "differ by .05": _marks(lambda x: 0.05 * ramp(x, 0, 50)),
        "the same": _marks(lambda x: 0 * x),
    },
    "stability_gap": {
        "rises to its level": of(TASK, 400, lambda x, e: share(_settling(x) + 0.02 * e)),
    },
}  # fmt: skip
EVENTS: dict[str, dict[str, World]] = {
    "entropy_collapse": {
        "exp(-t/50)": of("policy/entropy", 400, lambda x, e: 2 * np.exp(-x / 50) * np.exp(0.1 * e), 115),
        "settles at half of the threshold": of(
            "policy/entropy", 400, lambda x, e: 2 * (0.05 + 0.95 * np.exp(-x / 40)) + 0.025 * e, 118
        ),
    },
    "wasted": {
        "rises to .8": of("frac_reward_zero_std", 400, lambda x, e: share(0.2 + 0.6 * ramp(x, 0, 200) + 0.05 * e), 100),
        "rises to .6, noise .2": of(
            "frac_reward_zero_std", 400, lambda x, e: share(0.2 + 0.4 * ramp(x, 0, 200) + 0.2 * e), 150
        ),
    },
    "growth": {
        "exp(t/100)": of("max_attention_logit", 400, lambda x, e: np.exp(x / 100 + 0.1 * e), 1),
        "10 + exp(t/50)": of("max_attention_logit", 400, lambda x, e: (10 + np.exp(x / 50)) * np.exp(0.1 * e), 115),
    },
    "memorised": {"held-out stays at .01": _splits(200, lambda x: 0.01 + 0 * x, 48)},
    "grokking": {
        "0.01 until 150, then 1": _splits(300, lambda x: 0.01 + 0.98 * ramp(x, 150, 160), 155),
        "slowly from 150 to 250": _splits(300, lambda x: 0.01 + 0.98 * ramp(x, 150, 250), 200),
    },
    "ranking": {"52% right": _preferences(lambda x: 0.52 + 0 * x, 1)},
    "proxy_gold": {
        "gold peaks at 100": _rewards(lambda x: ramp(x, 0, 100) - 0.7 * ramp(x, 100, 200), 100),
        "gold peaks at 60": _rewards(lambda x: ramp(x, 0, 60) - 0.5 * ramp(x, 60, 200), 60),
    },
    "narrowing": {
        "falls from .9 to .75": _tries(lambda x: 0.9 - 0.15 * ramp(x, 0, 200), 0),
        "falls from .9 to .7 after 100": _tries(lambda x: 0.9 - 0.2 * ramp(x, 100, 200), 100),
    },
    "gradient_drift": {
        "grows sixfold, the loss stands": _gradient(
            lambda x: 1 + 5 * ramp(x, 200, 400), lambda x: 2 + np.exp(-x / 20), 200
        ),
    },
    "behaviour_gap": {
        "grow .3 apart": _marks(lambda x: 0.3 * ramp(x, 0, 100), 33),
    },
    "stability_gap": {
        "falls by .5 for 20 evaluations": of(
            TASK, 400, lambda x, e: share(_settling(x) - 0.5 * ((x > 300) & (x <= 320)) + 0.02 * e), 300
        ),
    },
}  # fmt: skip
