"""Is the mixture that is picked from pilot runs better than equal shares of all sources?

    python evidence/laws/mixture_pick.py [--train]

Set before: the worlds, pilots and candidates of mixtures.py (60 replicates; 12 pilots at sizes 50 and 200). Of its 20
candidates the transport projection, and the mixing law, each pick one for size 800. Networks are then trained anew on
the picks, on equal shares, and on the first candidate, which is one at random: 3 networks each on other draws, alike in
all else. The gold loss of a pick less that of equal shares, by replicate, with 95% t intervals; error rates beside. The
pick goes by the loss. Control: a pick by distances dealt anew. Writes mixture_pick.csv and mixture_pick.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mixtures import (
    NAMES,
    RUNS,
    TARGET,
    WORLDS,
    Rows,
    answers,
    mixed,
    rounded,
    scores,
    table,
    trained,
)

from forerun.core import Array
from forerun.evaluate.differences.paired import paired
from forerun.lab.worlds.digits import images

HERE = Path(__file__).parent
FRESH = HERE / "mixture_pick.csv"
PILOTS, NETWORKS = 12, 3
ARMS = {"projection": "projection", "mixing law": "mixing law", "dealt anew": "dealt anew"}


def read() -> Rows:
    with lzma.open(RUNS, "rt") as file:
        rows = list(csv.DictReader(file))
    return {"world": np.array([row["world"] for row in rows])} | {
        name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name != "world"
    }


def picks(rows: Rows, world: str, seed: int) -> dict[str, Array]:
    """The shares that every arm is trained on."""
    here = (rows["world"] == world) & (rows["seed"] == seed)
    pilots = table(rows, "loss", here & (rows["mixture"] < PILOTS) & (rows["train_size"] < TARGET))
    unseen = table(rows, "loss", here & (rows["train_size"] == TARGET))
    said = answers(pilots, unseen, seed)
    shares = np.stack([np.asarray(unseen.columns[name]) for name in NAMES], axis=-1)
    chosen = {arm: shares[int(np.argmin(said[name][0]))] for arm, name in ARMS.items()}
    return chosen | {"equal shares": np.full(len(NAMES), 1 / len(NAMES)), "one at random": shares[0]}


def record(seeds: int) -> None:
    """Train what is not trained yet."""
    torch.set_num_threads(1)
    rows = read()
    done = set[tuple[str, int]]()
    if FRESH.exists():
        with FRESH.open() as file:
            done = {(row["world"], int(row["seed"])) for row in csv.DictReader(file)}
    with FRESH.open("a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if not done:
            out.writerow(["world", "seed", "arm", *NAMES, "loss", "error"])
        for world in WORLDS:
            for seed in range(seeds):
                if (world, seed) not in done:
                    out.writerows(replicate(picks(rows, world, seed), world, seed))
                    file.flush()
            print(world, flush=True)


def replicate(chosen: dict[str, Array], world: str, seed: int) -> list[list[Any]]:
    """Every arm on the replicate's own sources, new draws and networks."""
    g = torch.Generator().manual_seed(seed)
    sources = [alter(*(part[:1000] for part in images()), g) for alter in WORLDS[world]]
    g = torch.Generator().manual_seed(10_000 + seed)
    sets = [mixed(sources, shares, TARGET, g) for shares in chosen.values() for _ in range(NETWORKS)]
    loss, error = (one.reshape(len(chosen), NETWORKS).mean(axis=1) for one in scores(trained(sets, g)))
    return [
        [world, seed, arm, *(f"{r:.6f}" for r in chosen[arm]), f"{loss[i]:.5f}", f"{error[i]:.5f}"]
        for i, arm in enumerate(chosen)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    if asked.train:
        record(asked.seeds)
    with FRESH.open() as file:
        rows = list(csv.DictReader(file))
    out: dict[str, Any] = {}
    for world in ("ALL", *WORLDS):
        mine = [row for row in rows if world in ("ALL", row["world"])]
        arms = {arm: [row for row in mine if row["arm"] == arm] for arm in dict.fromkeys(row["arm"] for row in mine)}
        for arm, of in arms.items():
            told: dict[str, Any] = {"n": len(of)}
            for metric in ("loss", "error"):
                mean, equal = ([float(row[metric]) for row in some] for some in (of, arms["equal shares"]))
                told[metric] = float(np.mean(mean))
                if arm != "equal shares":
                    found = paired(mean, equal, direction="min")
                    sd = float(np.std(np.subtract(mean, equal), ddof=1))
                    told[f"{metric}_gain"] = [found.estimate, found.low, found.high]
                    told[f"{metric}_detectable"] = 2.8 * sd / len(of) ** 0.5
            out.setdefault(world, {})[arm] = told
    (HERE / "mixture_pick.json").write_text(json.dumps(rounded(out), indent=1) + "\n", "utf-8")
    print(json.dumps(rounded(out["ALL"]), indent=1))


if __name__ == "__main__":
    main()
