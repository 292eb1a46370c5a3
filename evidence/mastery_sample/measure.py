"""Strategies of simulated learners, foretold from a fifth of them: ``python -m evidence.mastery_sample.measure``.

A learner is a novice, middling or an expert (80, 15 and 5%), and has mastered each of 6 skills as that goes; mastery is
known from 8 earlier answers a skill. Three worlds say which of four strategies a learner uses on a problem of one of 12
types, each with two skills; in all of them one answer in six is by any strategy.

- preferences: each group has a strategy of its own for each type.
- shared: all groups have the same one. There is nothing that is known of the large group alone: the control.
- skills: it goes with which of the two skills are mastered by more than half, so that middling learners are hard to
  foretell however many of them are seen.

A model (random features of mastery and problem, ridge regression on each strategy) is trained on six problems each of
all learners, of a fifth drawn at random, and of a fifth drawn evenly from clusters of mastery. Writes ``runs.json``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Answer, Array, Table
from forerun.laws.questions import QUESTIONS

HERE = Path(__file__).parent
GROUPS = ("novice", "middling", "expert")
SHARES, MASTERY = (0.80, 0.15, 0.05), ((1.5, 4.0), (4.0, 4.0), (9.0, 1.5))
LEARNERS, TESTED, SKILLS, STRATEGIES, PROBLEMS, EARLIER = 1000, 1000, 6, 4, 6, 8
TYPES, FEATURES, RIDGE, WIDTH = 12, 400, 1.0, 1.0
SHARE = 0.2
WORLDS = ("preferences", "shared", "skills")
Records = tuple[Array, Array, Array]
"""Who, what the model sees of the problem and of who, and the strategy used."""


def learners(n: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Group, true mastery (n, skills), and mastery as it is known from earlier answers."""
    group = rng.choice(3, n, p=SHARES)
    a, b = np.array(MASTERY)[group].T
    mastery = rng.beta(a[:, None], b[:, None], (n, SKILLS))
    known = (rng.binomial(EARLIER, mastery) + 1.0) / (EARLIER + 2.0)
    return group, mastery, known


def answers(world: str, group: Array, mastery: Array, known: Array, types: Array, rng: np.random.Generator) -> Records:
    """What was used on each learner's problems, in a world; ``types`` are (types, 2), the skills of each."""
    who = np.repeat(np.arange(len(mastery)), PROBLEMS)
    kind = rng.integers(TYPES, size=who.size)
    pair = types[kind]
    if world == "skills":
        has = mastery[who[:, None], pair] > 0.5
        used = 2 * has[:, 0] + has[:, 1]
    else:
        own = (types.sum(axis=1) + np.arange(3)[:, None]) % STRATEGIES  # a neighbouring strategy for each group
        used = own[group[who] if world == "preferences" else 0, kind]
    used = np.where(rng.random(who.size) < 1 / 6, rng.integers(STRATEGIES, size=who.size), used)
    seen = np.column_stack([known[who[:, None], pair], known[who].mean(axis=1), kind[:, None] == np.arange(TYPES)])
    return who, seen.astype(float), used


def accuracy(train: tuple[Array, Array], test: tuple[Array, Array], group: Array, rng: np.random.Generator) -> Array:
    """Of all, and of each group, shape (4,)."""
    weight = rng.standard_normal((train[0].shape[1], FEATURES)) / WIDTH
    shift = rng.uniform(0, 2 * np.pi, FEATURES)
    x, z = (np.cos((seen - 0.5) @ weight + shift) for seen in (train[0], test[0]))
    wanted = np.eye(STRATEGIES)[train[1].astype(int)]
    made = np.linalg.solve(x.T @ x + RIDGE * np.eye(FEATURES), x.T @ wanted)
    right = (z @ made).argmax(axis=1) == test[1]
    return np.array([right.mean(), *(right[group == g].mean() for g in range(3))])


def run(world: str, seed: int) -> dict[str, Any]:
    """The accuracies of one draw of learners."""
    rng = np.random.default_rng(seed)
    types = np.array([rng.choice(SKILLS, 2, replace=False) for _ in range(TYPES)])
    group, mastery, known = learners(LEARNERS, rng)
    who, seen, used = answers(world, group, mastery, known, types, rng)
    tested, mastery_tested, known_tested = learners(TESTED, rng)
    of, seen_tested, used_tested = answers(world, tested, mastery_tested, known_tested, types, rng)
    table = Table({"learner": [str(i) for i in range(LEARNERS)], **{f"s{k}": known[:, k] for k in range(SKILLS)}})
    sampled = QUESTIONS.load("mastery_sample").ask(table, share=SHARE, seed=seed)
    assert isinstance(sampled, Answer)
    chosen = {
        "all": np.ones(LEARNERS, bool),
        "random": np.isin(np.arange(LEARNERS), rng.permutation(LEARNERS)[: round(SHARE * LEARNERS)]),
        "clusters": np.asarray(sampled.rows.columns["chosen"]) == 1.0,
    }
    made: dict[str, Any] = {"world": world, "seed": seed}
    for name, kept in chosen.items():
        inside = kept[who]
        told = accuracy((seen[inside], used[inside]), (seen_tested, used_tested), tested[of],
                        np.random.default_rng([seed, 1]))  # fmt: skip
        made[name] = {"n": int(inside.sum()), "accuracy": told[0], **dict(zip(GROUPS, told[1:], strict=True))}
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=30)
    options = parser.parse_args()
    rows = [run(world, seed) for world in WORLDS for seed in range(options.seeds)]
    (HERE / "runs.json").write_text(json.dumps(rows, indent=0, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
