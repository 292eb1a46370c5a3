"""Does a network taught by an ensemble, at a fixed data set, keep half of what the ensemble gains?

    python evidence/laws/distilled.py [--train]

Set before anything was trained. The language models, the data and the rate of fixed_data.py at the width that is best
there (64), with the epochs and the weight decay that every text chose for it (64 and .4), on ten other texts. Five
members are averaged; that is the teacher. A student has the width of a member and learns the teacher's probabilities,
in as many steps as a member: on the 2,000 contexts that there are, or on 8,000 that the teacher wrote itself, symbol
by symbol, beside those. Its weight decay (0 to .4) is chosen on text 999 by validation. Five students a text. Doing
nothing is a member alone; the control is a student taught so by one member, which has nothing of the ensemble to keep.
Gold: the loss on 8,000 other symbols, above their true entropy. Upheld where the 95% interval of the share kept, over
texts, lies above .5. Writes distilled.csv and distilled.json.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import torch
from fixed_data import (
    BATCH,
    MEMBERS,
    SEEN,
    UNIQUE,
    Data,
    averaged,
    chances,
    descended,
    drawn,
    interval,
    outputs,
    rounded,
    shown,
    trained,
)
from torch import Tensor

HERE = Path(__file__).parent
RUNS = HERE / "distilled.csv"
WIDTH, EPOCHS, DECAY, RATE = 64, 64, 0.4, 0.03
TEXTS, CHOSEN_ON, WRITTEN, DECAYS = range(10, 20), 999, 8000, (0.0, 0.1, 0.4)
ARMS = "own contexts", "written contexts", "taught by one member"


@torch.no_grad()
def said(teacher: list[Tensor], rows: Tensor) -> Tensor:
    """Mean probabilities of the teacher's networks after every context, (rows, letters)."""
    n = teacher[0].shape[0]
    return outputs(teacher, shown(rows).expand(n, -1, -1)).softmax(-1).mean(0)


def written(teacher: list[Tensor], start: Tensor, count: int, g: torch.Generator) -> Tensor:
    """Contexts that the teacher writes from the given ones, (count, SEEN + 1), the last column unused."""
    rows, found = start.clone(), list[Tensor]()
    while sum(len(one) for one in found) < count:
        rows[:, SEEN] = torch.multinomial(said(teacher, rows), 1, generator=g)[:, 0]
        rows = torch.cat([rows[:, 1:], rows[:, :1]], 1)  # the last column is written next
        found.append(rows.clone())
    return torch.cat(found)[-count:]


def taught(teacher: list[Tensor], rows: Tensor, decays: list[float], seed: int) -> list[Tensor]:
    """Students side by side, one a weight decay, that learn the teacher's probabilities."""
    g, n = torch.Generator().manual_seed(seed), len(decays)
    weights, x, y = drawn(n, WIDTH, g), shown(rows), said(teacher, rows)

    def batch(_: int) -> tuple[Tensor, Tensor]:
        index = torch.randint(len(rows), (n, BATCH), generator=g)
        return x[index], y[index]

    return descended(weights, batch, EPOCHS * (UNIQUE // BATCH), decays, RATE)


def students(data: Data, members: list[Tensor], arm: str, decays: list[float], seed: int) -> list[Tensor]:
    teacher = [weight[:1] for weight in members] if arm == ARMS[2] else members
    g = torch.Generator().manual_seed(seed)
    more = [] if arm == ARMS[0] else [written(teacher, data.train, WRITTEN, g)]
    return taught(teacher, torch.cat([data.train, *more]), decays, seed)


def loss(weights: list[Tensor], rows: Tensor) -> list[float]:
    """Of each network by itself."""
    return (-chances(weights, rows).log().mean(1)).tolist()


def members_of(data: Data, seed: int) -> list[Tensor]:
    return trained(data, WIDTH, EPOCHS, np.array([DECAY] * MEMBERS), RATE, seed)


def chosen_decays() -> dict[str, float]:
    """For each arm by validation on another text, mean of two students."""
    data = Data(CHOSEN_ON)
    members = members_of(data, CHOSEN_ON)
    found = {}
    for arm in ARMS:
        each = [float(np.mean(loss(students(data, members, arm, [d, d], CHOSEN_ON), data.valid))) for d in DECAYS]
        found[arm] = DECAYS[int(np.argmin(each))]
        print(arm, dict(zip(DECAYS, each, strict=True)), flush=True)
    return found


def record() -> None:
    torch.set_num_threads(1)
    decays = chosen_decays()
    with RUNS.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["text", "arm", "decay", "gold"])
        for text in TEXTS:
            data = Data(text)
            members = members_of(data, text)
            p = chances(members, data.gold)
            for arm, decay, gold in (
                ("member", DECAY, averaged(p, 1)),
                ("ensemble", DECAY, averaged(p, MEMBERS)),
                *((arm, d, float(np.mean(loss(students(data, members, arm, [d] * MEMBERS, text), data.gold))))
                  for arm, d in decays.items()),
            ):  # fmt: skip
                out.writerow([text, arm, decay, f"{gold - data.entropy:.5f}"])
            file.flush()
            print(text, flush=True)


def judged() -> dict[str, object]:
    with RUNS.open() as file:
        rows = list(csv.DictReader(file))
    every = "member", "ensemble", *ARMS
    gold = {arm: {row["text"]: float(row["gold"]) for row in rows if row["arm"] == arm} for arm in every}
    decays = {row["arm"]: float(row["decay"]) for row in rows}
    gains = {t: gold["member"][t] - gold["ensemble"][t] for t in gold["member"]}
    return {
        arm: {"decay": decays[arm], "gold": interval(list(of.values())),
              "better than a member": interval([gold["member"][t] - of[t] for t in of]),
              "kept": interval([(gold["member"][t] - of[t]) / gains[t] for t in of])}
        for arm, of in gold.items()
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true")
    if parser.parse_args().train:
        record()
    out = rounded(judged())
    (HERE / "distilled.json").write_text(json.dumps(out, indent=1) + "\n", "utf-8")
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
