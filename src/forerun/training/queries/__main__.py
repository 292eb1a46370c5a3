"""Make the nets of `next_configuration` and `next_probe`.

    python -m forerun.training.queries arms|probes [-o src/forerun/laws/weights] [--seed 0]

Three minutes of one core each; the same seed gives the same file on the same machine.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path

import numpy as np

from forerun.core.shipped import write
from forerun.laws import weights
from forerun.laws.questions import next_configuration, next_probe
from forerun.training.queries.arms import arm_games
from forerun.training.queries.learn import learn
from forerun.training.queries.probes import probe_games

MADE = {
    "arms": (arm_games, next_configuration.FEATURES, "next_configuration", 800, 6),
    "probes": (probe_games, next_probe.FEATURES, "next_probe", 600, 4),
}
"""Games, features, the question, rounds, and problems of each class in a round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("game", choices=MADE)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    options = parser.parse_args()
    games, features, question, rounds, each = MADE[options.game]
    net, won = learn(games(), features, rounds, each, options.seed)
    document = {one.name: np.round(getattr(net, one.name), 5).tolist() for one in fields(net)}
    write(options.out, f"{question}.json", (json.dumps(document) + "\n").encode())
    print(f"{question}: games won in training {won[len(won) // 10]:.3f}, in the end {won[-1]:.3f}")


if __name__ == "__main__":
    main()
