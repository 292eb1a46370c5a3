"""Twenty-questions problems of bounded difficulty: causes, yes-or-no probes with wrong answers, games on many at once.

A class is how the probes part the causes, how often answers are wrong, how many causes and probes there are and how
many may be run. A table of chances is known, but answers are wrong more often or less than it says, so that what is
made small is about a belief that is not quite right.

Source: Zhang, Jain and Jamieson 2020 (learning to actively learn), for the game and the minimax over its classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from forerun.core import Array
from forerun.laws.questions.next_probe import posterior, probe_features
from forerun.training.queries.learn import TWINS, Game

ASSUMED = 0.1
"""How often an answer is taken to be wrong."""


def _halves(causes: int, probes: int, rng: np.random.Generator) -> Array:
    return (rng.random((causes, probes)) < 0.5).astype(float)


def _few(causes: int, probes: int, rng: np.random.Generator) -> Array:
    """Probes that say yes for few causes."""
    return (rng.random((causes, probes)) < 0.2).astype(float)


def _order(causes: int, probes: int, rng: np.random.Generator) -> Array:
    """Thresholds along an order, as in a bisection."""
    cut = np.arange(probes) % (causes - 1) + 0.5
    return (np.arange(causes)[:, None] > cut).astype(float)


def _vague(causes: int, probes: int, rng: np.random.Generator) -> Array:
    """Half of the probes say yes or no by chance, whatever the cause."""
    return np.where(rng.random(probes) < 0.5, 0.5, _halves(causes, probes, rng))


def _graded(causes: int, probes: int, rng: np.random.Generator) -> Array:
    """Chances of any size."""
    return rng.beta(0.5, 0.5, (causes, probes))


def _twins(causes: int, probes: int, rng: np.random.Generator) -> Array:
    """Causes that come in pairs, which one probe in six tells apart."""
    one = np.repeat(_halves(-(-causes // 2), probes, rng), 2, axis=0)[:causes]
    apart = rng.random(probes) < 1 / 6
    apart[rng.integers(probes)] = True
    one[1::2, apart] = 1.0 - one[1::2, apart]
    return one


Tables = Callable[[int, int, np.random.Generator], Array]
"""Of causes and probes the chances of yes, before answers are wrong, shape (causes, probes)."""
TABLES: dict[str, Tables] = {
    "halves": _halves, "few": _few, "an order": _order, "vague": _vague, "graded": _graded, "twins": _twins,
}  # fmt: skip
KEPT_BACK: dict[str, Tables] = {
    "few and vague": lambda k, m, rng: np.where(rng.random(m) < 0.5, 0.5, _few(k, m, rng)),
    "mild": lambda k, m, rng: rng.beta(2.0, 2.0, (k, m)),
    "one or none": lambda k, m, rng: np.where(np.arange(m) % k == np.arange(k)[:, None], 1.0, 0.0),
}
"""Tables that nothing was learned on."""
SIZES = ((8, 16, 12), (16, 24, 16), (24, 32, 24))
"""Causes, probes to choose from, and how many may be run; each as often as one likes."""
KEPT_BACK_SIZES = ((6, 12, 10), (12, 30, 20), (30, 40, 40))
WRONG = (0.05, 0.15, 0.25)
"""How often answers are wrong, in truth."""


@dataclass(frozen=True, eq=False)
class ProbeProblems:
    """Problems of as many causes, probes and turns.

    Args:
        table: shape (b, causes, probes), as it is believed. says: shape (b, probes), the chance of yes in truth.
        cause: shape (b,). luck: shape (b, probes, turns), of the first, second ... answer of a probe. turns: in all.
    """

    table: Array
    says: Array
    cause: Array
    luck: Array
    turns: int


def probe_problems(
    tables: Tables, causes: int, probes: int, turns: int, wrong: float, count: int, rng: np.random.Generator
) -> ProbeProblems:
    """Problems of one class."""
    pure = np.array([tables(causes, probes, rng) for _ in range(count)])
    cause = rng.integers(causes, size=count)
    says = wrong + (1.0 - 2.0 * wrong) * pure[np.arange(count), cause]
    return ProbeProblems(
        ASSUMED + (1.0 - 2.0 * ASSUMED) * pure, says, cause, rng.random((count, probes, turns)), turns
    )  # fmt: skip


@dataclass(eq=False)
class ProbeState:
    """Where games stand: chances of the causes, how often probes were run, the table; probes left."""

    table: Array
    chance: Array
    count: Array
    left: int

    @property
    def features(self) -> Array:
        return probe_features(self.table, self.chance, self.count, self.left)


ProbePolicy = Callable[[ProbeState], Array]
"""The probe to run next, shape (b,)."""


def play_probes(problems: ProbeProblems, policy: ProbePolicy) -> Array:
    """Which games end with the cause the likeliest, shape (b,)."""
    b, causes, probes = problems.table.shape
    rows = np.arange(b)
    yes, count, log = np.zeros((b, probes)), np.zeros((b, probes)), np.zeros((b, causes))
    chance = np.full((b, causes), 1.0 / causes)
    for turn in range(problems.turns):
        probe = policy(ProbeState(problems.table, chance, count, problems.turns - turn))
        answer = problems.luck[rows, probe, count[rows, probe].astype(int)] < problems.says[rows, probe]
        yes[rows, probe] += answer
        count[rows, probe] += 1.0
        of = problems.table[rows, :, probe]
        log += np.log(np.where(answer[:, None], of, 1.0 - of))
        chance = np.exp(log - log.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
    return posterior(problems.table, yes, count - yes).argmax(axis=1) == problems.cause


def probe_games() -> list[Game]:
    """Every class that is learned on, a game a size."""
    cells = [(name, wrong) for name in TABLES for wrong in WRONG]
    return [
        Game(
            tuple(f"{name}, {causes} causes, {turns} probes" for name, _ in cells),
            tuple(wrong for _, wrong in cells),
            partial(_played, cells, (causes, probes, turns)),
        )
        for causes, probes, turns in SIZES
    ]


def _played(
    cells: Sequence[tuple[str, float]], size: tuple[int, int, int], draw: Callable[[Array], Array], count: int,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    drawn = [probe_problems(TABLES[name], *size, wrong, count, rng) for name, wrong in cells]
    table, says, cause, luck = (
        np.repeat(np.concatenate([getattr(one, name) for one in drawn]), TWINS, axis=0)
        for name in ("table", "says", "cause", "luck")
    )
    return play_probes(ProbeProblems(table, says, cause, luck, size[2]), lambda state: draw(state.features))
