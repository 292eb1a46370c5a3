"""What restarts on detected changes are worth to UCRL2 in a river whose currents turn, and cost in one that is still.

    python evidence/detectors/turning_river.py [SEEDS] [STEPS]

A river of four states (after Strehl and Littman 2008): one of two actions drifts to the mouth, where the reward is
small, the other swims up to the spring, where it is 1. At equal distances the actions change places. Rewards and
transitions are unknown. Every arm is run on the same seeds (default 16, from 100 on: settings were chosen on others,
and the rate of false alarms was not chosen at all); the regret is the expected reward per step that the best policy of
each moment would have had beyond the agent's. Paired differences with 95% intervals, and every run, go to
``turning_river.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from ucrl2 import UCRL2, Watch, gain

from forerun.core import Array
from forerun.evaluate.differences.paired import paired

ARMS: dict[str, dict[str, Any]] = {
    "still": {"turns": 0},
    "still, random actions": {"turns": 0, "agent": "random"},
    "still, restarted": {"turns": 0, "restart": "detected"},
    "turning": {},
    "turning, restarted": {"restart": "detected"},
    "turning, told of turns": {"restart": "told"},
}
CLAIMS: tuple[tuple[str, str, str, float | None], ...] = (
    ("UCRL2 is better than random actions (control)", "still", "still, random actions", None),
    ("turns harm plain UCRL2 (control)", "still", "turning", None),
    ("restarts are better where the river turns", "turning, restarted", "turning", None),
    ("they cost less than .01 a step where it does not", "still, restarted", "still", 0.01),
    (
        "within .02 a step of an agent that is told of turns",
        "turning, restarted",
        "turning, told of turns",
        0.02,
    ),
)
"""What is claimed of the regret of the first arm: that it is lower than the second's, or within a margin of it."""
FIRST_SEED = 100
_UP, _STAY = 0.6, 0.35  # chances of an action that swims up; else it drifts down
_SMALL = 0.05  # the reward at the mouth; that at the spring is 1


def _river(states: int) -> tuple[Array, Array]:
    """Rewards (s, 2) and chances (s, 2, s) of the actions: to drift, and to swim up."""
    reward, chances = np.zeros((states, 2)), np.zeros((states, 2, states))
    reward[0, 0], reward[-1, 1] = _SMALL, 1.0
    for s in range(states):
        chances[s, 0, max(s - 1, 0)] = 1.0
        for after, chance in ((min(s + 1, states - 1), _UP), (s, _STAY), (max(s - 1, 0), 1.0 - _UP - _STAY)):
            chances[s, 1, after] += chance
    return reward, chances


def regret(
    seed: int,
    *,
    steps: int,
    turns: int = 3,
    agent: str = "ucrl2",
    restart: str = "none",
    states: int = 4,
    rate: float = 1e-5,
    confidence: float = 0.1,
) -> tuple[float, int]:
    """Regret per step, and how often the agent began anew.

    Args:
        restart: none, told (at each turn) or detected, with a ``rate`` of false alarms per step of a state and action.
        confidence: what the radii of UCRL2 are multiplied by.
    """
    rng = np.random.default_rng(seed)
    reward, chances = _river(states)
    best, learner, watch = gain(reward, chances), UCRL2(states, 2, confidence=confidence), Watch(states, 2, rate)
    state, turned, lost, restarts = 0, 0, 0.0, 0
    for step in range(steps):
        turn = step * (turns + 1) // steps % 2
        anew, turned = restart == "told" and turn != turned, turn
        if anew:
            learner.forget()
            restarts += 1
        action = int(rng.integers(2)) if agent == "random" else learner.act(state)
        does = action ^ turn
        after = int(np.searchsorted(np.cumsum(chances[state, does]), rng.random()))
        learner.learn(state, action, float(rng.random() < reward[state, does]), after)
        if restart == "detected" and watch.changed(state, action, after):
            learner.forget()
            watch.forget()
            restarts += 1
        lost, state = lost + best - float(reward[state, does]), after
    return lost / steps, restarts


def main(seeds: int, steps: int) -> None:
    runs = {
        arm: [regret(seed, steps=steps, **settings) for seed in range(FIRST_SEED, FIRST_SEED + seeds)]
        for arm, settings in ARMS.items()
    }
    arms = [{"arm": arm, "regret": [round(one, 6) for one, _ in both], "restarts": [n for _, n in both]}
            for arm, both in runs.items()]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for says, first, second, margin in CLAIMS:
        mine, theirs = ([one for one, _ in runs[arm]] for arm in (first, second))
        told = paired(mine, theirs, direction="min", margin=margin)
        upheld = told.verdict == ("better" if margin is None else "equivalent")
        rows.append({"claim": says, "estimate": round(told.estimate, 5), "low": round(told.low, 5),
                     "high": round(told.high, 5), "verdict": told.verdict, "upheld": upheld})  # fmt: skip
        print(*rows[-1].values())
    record = {"seeds": seeds, "steps": steps, "claims": rows, "arms": arms}
    Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(*[int(one) for one in [*sys.argv[1:], *("16", "12000")[len(sys.argv) - 1 :]]])
