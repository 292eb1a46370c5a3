"""Policies for small query budgets on fresh problems.

    python -m evidence.small_budgets.measure arms|probes [--hardest]

The nets of `next_configuration` and `next_probe` beside rivals, on the classes of `forerun.training.queries` (problems
drawn anew) and on classes that nothing was learned on. All policies play the same problems with the same luck.
Writes ``arms.json`` or ``probes.json``: of each class and policy which games were lost, a bit each. With ``--hardest``
``arms_hardest.json`` or ``probes_hardest.json``, of the hardest level alone, where the worst classes are, with other
problems and more of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from forerun.core import Array
from forerun.laws.weights import query_net
from forerun.training.queries import arms, probes
from forerun.training.queries.arms import ArmProblems, ArmState
from forerun.training.queries.probes import ProbeProblems, ProbeState

HERE = Path(__file__).parent
_COUNTS = {"arms": (400, 1600), "probes": (800, 800)}
Seeded = np.random.Generator


def uniform(state: ArmState, rng: Seeded) -> Array:
    """The arm pulled least."""
    return state.count.argmin(axis=1)


def uncertainty(state: ArmState, rng: Seeded) -> Array:
    """The arm of which it is least sure whether it is the best: its chance against the leader is nearest to a half."""
    leads, z = state.features[..., 0] > 0, state.features[..., 1]
    return np.abs(np.where(leads, ndtr(z), ndtr(-z)) - 0.5).argmin(axis=1)


def ucb(state: ArmState, rng: Seeded) -> Array:
    """Auer et al. 2002 for noise of sd 1."""
    made = state.count.sum(axis=1, keepdims=True)
    return (state.mean + np.sqrt(2.0 * np.log(made) / state.count)).argmax(axis=1)


def thompson(state: ArmState, rng: Seeded) -> Array:
    return (state.mean + rng.standard_normal(state.mean.shape) / np.sqrt(state.count)).argmax(axis=1)


def top_two(state: ArmState, rng: Seeded) -> Array:
    """The leader or the nearest to it in standard errors, whichever was pulled less (after Qin et al. 2017)."""
    leads, z, rows = state.features[..., 0] > 0, state.features[..., 1], np.arange(len(state.mean))
    lead, next_ = leads.argmax(axis=1), np.where(leads, np.inf, z).argmin(axis=1)
    return np.where(state.count[rows, lead] <= state.count[rows, next_], lead, next_)


class Dropping:
    """Rounds of as many pulls each, all of the arms kept pulled alike; after each the worse by their means are dropped.

    Args:
        sizes: of n arms how many are kept in each round.
    """

    def __init__(self, sizes: Callable[[int], list[int]]) -> None:
        self._sizes, self._kept, self._round = sizes, np.zeros((0, 0), bool), -1

    def __call__(self, state: ArmState, rng: Seeded) -> Array:
        b, n = state.mean.shape
        made = round(float(state.count[0].sum()))
        sizes = self._sizes(n)
        turn = min(made * len(sizes) // (made + state.left), len(sizes) - 1)
        if self._kept.shape != (b, n) or made == n:
            self._kept, self._round = np.ones((b, n), bool), 0
        if turn > self._round:
            order = np.argsort(np.where(self._kept, -state.mean, np.inf), axis=1)
            self._kept = np.argsort(order, axis=1) < sizes[turn]
            self._round = turn
        return np.where(self._kept, state.count, np.inf).argmin(axis=1)

    def pick(self, count: Array, mean: Array) -> Array:
        return np.where(self._kept, mean, -np.inf).argmax(axis=1)


HALVING = Dropping(lambda n: [-(-n // 2**k) for k in range(int(np.ceil(np.log2(n))))])
"""Karnin et al. 2013: log2 n rounds, the worse half dropped after each."""
REJECTS = Dropping(lambda n: list(range(n, 1, -1)))
"""Audibert and Bubeck 2010, with rounds of even pulls: one arm dropped after each."""


def learned_arms(state: ArmState, rng: Seeded) -> Array:
    return query_net("next_configuration")(state.features).argmax(axis=1)


ARMS: dict[str, tuple[Callable[[ArmState, Seeded], Array], Callable[[Array, Array], Array]]] = {
    "learned": (learned_arms, arms.leader), "uniform": (uniform, arms.leader),
    "uncertainty": (uncertainty, arms.leader), "ucb": (ucb, arms.leader), "thompson": (thompson, arms.leader),
    "top_two": (top_two, arms.leader), "halving": (HALVING, HALVING.pick), "rejects": (REJECTS, REJECTS.pick),
}  # fmt: skip


def unsure(state: ProbeState, rng: Seeded) -> Array:
    """The probe of which it is least sure what it will say."""
    return state.features[..., 0].argmax(axis=1)


def information(state: ProbeState, rng: Seeded) -> Array:
    """The probe whose answer tells most of the cause (Lindley 1956), by the table as it is believed."""
    return state.features[..., 1].argmax(axis=1)


def drawn_two(state: ProbeState, rng: Seeded) -> Array:
    """Thompson: of two causes drawn as likely as they are, the probe that parts them best."""
    upto = state.chance.cumsum(axis=1)
    one, two = ((upto < rng.random((len(upto), 1))).sum(axis=1).clip(max=upto.shape[1] - 1) for _ in range(2))
    return _parting(state, one, np.where(one == two, np.argsort(-state.chance, axis=1)[:, 1], two))


def bounds(state: ProbeState, rng: Seeded) -> Array:
    """UCB: of the two causes whose likelihood may be highest, the probe that parts them best.

    A cause's bound is its mean log likelihood an answer that says something of it, and the usual width for so many.
    """
    said = 1.0 + (np.abs(2.0 * state.table - 1.0) * state.count[:, None, :]).sum(axis=2)
    level = np.log(np.maximum(state.chance, 1e-300)) / said
    bound = level + np.sqrt(2.0 * np.log1p(state.count.sum(axis=1, keepdims=True)) / said)
    order = np.argsort(-bound, axis=1, kind="stable")
    return _parting(state, order[:, 0], order[:, 1])


def _parting(state: ProbeState, one: Array, two: Array) -> Array:
    rows = np.arange(len(one))
    return np.abs(state.table[rows, one] - state.table[rows, two]).argmax(axis=1)


def at_random(state: ProbeState, rng: Seeded) -> Array:
    return rng.integers(state.count.shape[1], size=len(state.count))


def learned_probes(state: ProbeState, rng: Seeded) -> Array:
    return query_net("next_probe")(state.features).argmax(axis=1)


PROBES: dict[str, Callable[[ProbeState, Seeded], Array]] = {
    "learned": learned_probes, "random": at_random, "uncertainty": unsure, "ucb": bounds, "thompson": drawn_two,
    "information": information,
}  # fmt: skip


def arm_classes(count: int, levels: tuple[float, ...], seed: int) -> list[tuple[dict[str, Any], ArmProblems]]:
    made: list[tuple[dict[str, Any], ArmProblems]] = []
    for fresh, shapes, sizes in (
        ("problems", arms.SHAPES, arms.SIZES),
        ("classes", arms.KEPT_BACK, arms.KEPT_BACK_SIZES),
    ):
        for k, (name, shape) in enumerate(shapes.items()):
            for n, pulls in sizes:
                for hardness in levels:
                    rng = np.random.default_rng([seed, k, n, pulls, round(1000 * hardness)])
                    what = {"fresh": fresh, "shape": name, "n": n, "budget": pulls, "hardness": hardness}
                    made.append((what, arms.arm_problems(shape, n, pulls, hardness, count, rng)))
    return made


def probe_classes(count: int, levels: tuple[float, ...], seed: int) -> list[tuple[dict[str, Any], ProbeProblems]]:
    made: list[tuple[dict[str, Any], ProbeProblems]] = []
    for fresh, tables, sizes in (
        ("problems", probes.TABLES, probes.SIZES), ("classes", probes.KEPT_BACK, probes.KEPT_BACK_SIZES)
    ):  # fmt: skip
        for k, (name, table) in enumerate(tables.items()):
            for causes, choice, turns in sizes:
                for wrong in levels:
                    rng = np.random.default_rng([seed, k, causes, choice, round(1000 * wrong)])
                    what = {"fresh": fresh, "shape": name, "n": causes, "budget": turns, "hardness": wrong}
                    made.append((what, probes.probe_problems(table, causes, choice, turns, wrong, count, rng)))
    return made


def lost(won: NDArray[np.bool_]) -> str:
    """As hexadecimal digits, a bit a game, the first game the highest."""
    return np.packbits(~won).tobytes().hex()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("game", choices=("arms", "probes"))
    parser.add_argument("--count", type=int, help="problems a class")
    parser.add_argument("--hardest", action="store_true")
    options = parser.parse_args()
    every = arms.HARDNESS if options.game == "arms" else probes.WRONG
    levels, seed = (every[-1:], 63) if options.hardest else (every, 61)
    count = options.count or _COUNTS[options.game][options.hardest]
    rows: list[dict[str, Any]] = []
    if options.game == "arms":
        for what, problems in arm_classes(count, levels, seed):
            for k, (name, (policy, pick)) in enumerate(ARMS.items()):
                rng = np.random.default_rng([k, 62])
                won = arms.play_arms(problems, lambda state, rng=rng, policy=policy: policy(state, rng), pick)
                rows.append(what | {"policy": name, "lost": lost(won)})
    else:
        for what, problems in probe_classes(count, levels, seed):
            for k, (name, policy) in enumerate(PROBES.items()):
                rng = np.random.default_rng([k, 62])
                won = probes.play_probes(problems, lambda state, rng=rng, policy=policy: policy(state, rng))
                rows.append(what | {"policy": name, "lost": lost(won)})
    name = f"{options.game}_hardest" if options.hardest else options.game
    (HERE / f"{name}.json").write_text(json.dumps(rows, indent=0, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
