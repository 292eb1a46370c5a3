"""Exploration, exploitation and their balance over rounds of self-training on number puzzles.

    python evidence/probes/rounds.py

The policy of world `countdown` (size s) is shown answers for 250 steps, then trained for 8 rounds on answers of its
own: 16 a puzzle for 300 puzzles, those whose reward is above .5, each different one once, 60 steps from where it
stands. The reward is whether the answer is right, under noise of sd .5: a verifier that errs. Scores on the same 300
puzzles each round; what is solved greedily of 256 others. Seeds 0 to 2; the control is the same with rewards shuffled
over answers. Plateaus by `stalled`, margins .25 distinct right answers and .03 solved of 16. All goes to
``rounds.json``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from written import write

from forerun.core import Undecided
from forerun.evaluate.answers.rounds import Attempts, RoundScores, balances, chosen, round_scores
from forerun.evaluate.answers.stalled import stalled
from forerun.lab.models.transformer import Transformer
from forerun.lab.world import seeded
from forerun.lab.worlds.countdown import SYMBOLS, puzzles, solved
from forerun.lab.worlds.countdown import write as answered

ROUNDS, PUZZLES, SAMPLES, PROMPT, THRESHOLD = 8, 300, 16, 4, 0.5


def learn(model: Transformer, optimizer: torch.optim.Optimizer, rows: Tensor) -> None:
    logits = model(rows[:, :-1])[:, PROMPT - 1 :]
    loss = functional.cross_entropy(logits.flatten(0, 1), rows[:, PROMPT:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def sampled(
    model: Transformer, prompts: Tensor, random: torch.Generator, shuffled: bool
) -> tuple[Tensor, list[Attempts]]:
    """The rows that were written, and each puzzle's answers with their noisy rewards."""
    with torch.no_grad():
        rows = answered(model, prompts, random, SAMPLES)
    right = solved(rows)
    rewards = right.float() + 0.5 * torch.randn(len(rows), generator=random)
    rewards = rewards[torch.randperm(len(rows), generator=random)] if shuffled else rewards
    parts = zip(rows[:, PROMPT:].split(SAMPLES), right.split(SAMPLES), rewards.split(SAMPLES), strict=True)
    queries = [Attempts(tuple(map(tuple, a.tolist())), tuple(r.tolist()), tuple(w.tolist())) for a, r, w in parts]
    return rows[rewards > THRESHOLD].unique(dim=0), queries


def run(seed: int, shuffled: bool) -> list[dict[str, object]]:
    random = seeded(seed)
    model = Transformer(SYMBOLS, 9, "s")
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.98), weight_decay=0.01)
    for _ in range(250):
        learn(model, optimizer, puzzles(128, random))
    prompts, gold = puzzles(PUZZLES, random)[:, :PROMPT], puzzles(256, random)[:, :PROMPT]
    rows, tables = list[dict[str, object]](), dict[str, list[tuple[float, ...]]](distinct=[], solved=[], balance=[])
    for number in range(ROUNDS + 1):
        chosen_rows, queries = sampled(model, prompts, random, shuffled)
        scores = round_scores(queries, threshold=THRESHOLD)
        assert isinstance(scores, RoundScores)
        with torch.no_grad():
            greedy = solved(answered(model, gold, None)).float().mean().item()
        row = {name: value for name, value in vars(scores).items() if name != "by_query"}
        row["best_threshold"] = max(np.arange(0.0, 1.6, 0.1), key=lambda t: balances(*chosen(queries, t)).mean())
        rows.append({"seed": seed, "shuffled": shuffled, "round": number, "gold": greedy} | row)
        print(rows[-1], flush=True)
        for name, table in tables.items():
            table.append(scores.by_query[name])
        for _ in range(60):
            learn(model, optimizer, chosen_rows[torch.randint(len(chosen_rows), (128,), generator=random)])
    for name, margin in (("distinct", 0.25), ("solved", 0.03)):
        answer = stalled(tables[name], margin=margin)
        said = answer.why if isinstance(answer, Undecided) else vars(answer)
        rows.append({"seed": seed, "shuffled": shuffled, "plateau": name, "margin": margin, "answer": said})
    return rows


def main() -> None:
    rows = [row for shuffled in (False, True) for seed in range(3) for row in run(seed, shuffled)]
    parts = {"rounds": [row for row in rows if "round" in row], "plateaus": [row for row in rows if "plateau" in row]}
    write(Path(__file__).with_name("rounds.json"), parts)


if __name__ == "__main__":
    main()
