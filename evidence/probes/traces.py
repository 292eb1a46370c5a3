"""Does the entropy of the answer fall along right traces and not along wrong ones, and what does cutting save?

    python evidence/probes/traces.py

Known: posteriors over eight answers, along traces of six steps whose steps show evidence, and of those whose steps
show next to none; 300 of each. Trained: the policy of world `countdown` (size s) after 1,200 steps on shown answers
writes one trace for each of 400 puzzles; after each symbol 16 completions are sampled, whose values are the answers.
Area under the curve of the entropy's slope, right traces against wrong ones (or those that show evidence against the
rest); the control labels traces at random. Cutting: of a patience of 2 to 4 steps and a `least` of 0 to .3 nats those
that save most and lose under a point of accuracy on one half of the traces, judged on the other. All goes to
``traces.json``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from small_models import SETTINGS
from torch.nn import functional
from written import write

from forerun.core import Array, Undecided
from forerun.evaluate.answers.traces import Saving, answer_entropy, entropy_of, entropy_slope, saving
from forerun.lab.models.transformer import Transformer
from forerun.lab.world import seeded
from forerun.lab.worlds.countdown import SYMBOLS, puzzles, solved, worth
from forerun.recipes.part import Setup
from forerun.recipes.slots import AdamW
from forerun.stats.ranks import auc

PROMPT, ANSWER, PUZZLES, COMPLETIONS = 4, 5, 400, 16
LEASTS = [float(one) for one in np.linspace(0.0, 0.3, 16)]
Traces = tuple[list[Array], list[Array], Array]


def known(rng: np.random.Generator) -> Traces:
    """Entropies, chances to be right and whether the steps show evidence."""
    entropies, chances, shows = list[Array](), list[Array](), rng.permutation(np.arange(600) < 300)
    for useful in shows:
        size = 1.2 if useful else 0.02
        evidence = size * rng.standard_normal((6, 8))
        evidence[:, 0] += size**2
        belief = np.exp(np.vstack([np.zeros(8), np.cumsum(evidence, axis=0)]))
        belief /= belief.sum(axis=1, keepdims=True)
        entropies.append(entropy_of(belief))
        chances.append(np.where(belief.argmax(axis=1) == 0, 1.0, 0.0))
    return entropies, chances, shows


def completed(model: Transformer, rows: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Rows of puzzle and some symbols, each written on to its end."""
    while rows.shape[1] < PROMPT + ANSWER:
        share = functional.softmax(model(rows)[:, -1], dim=-1)
        rows = torch.cat([rows, torch.multinomial(share, 1, generator=random)], dim=1)
    return rows


@torch.no_grad()
def written_by(model: Transformer, random: torch.Generator) -> Traces:
    prompts = puzzles(PUZZLES, random)[:, :PROMPT]
    traces = completed(model, prompts, random)
    entropies, chances = np.zeros((PUZZLES, ANSWER + 1)), np.zeros((PUZZLES, ANSWER + 1))
    for k in range(ANSWER + 1):
        rows = completed(model, traces[:, : PROMPT + k].repeat_interleave(COMPLETIONS, dim=0), random)
        values = worth(rows[:, PROMPT:]).view(PUZZLES, COMPLETIONS).tolist()
        sampled = [answer_entropy(one) for one in values]
        entropies[:, k] = [np.nan if isinstance(one, Undecided) else one for one in sampled]
        chances[:, k] = solved(rows).view(PUZZLES, COMPLETIONS).float().mean(dim=1).numpy()
    return list(entropies), list(chances), solved(traces).numpy()


def policy() -> Transformer:
    random = seeded(0)
    model = Transformer(SYMBOLS, PROMPT + ANSWER, "s")
    settings = SETTINGS | {"lr": 2e-3, "weight_decay": 0.01}
    optimizer = AdamW().init(Setup(None, model, settings))
    for _ in range(1200):
        rows = puzzles(128, random)
        logits = model(rows[:, :-1])[:, PROMPT - 1 :]
        loss = functional.cross_entropy(logits.flatten(0, 1), rows[:, PROMPT:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def judged(name: str, traces: Traces, rng: np.random.Generator) -> dict[str, object]:
    entropies, chances, right = traces
    row: dict[str, object] = {"traces": name, "n": len(right), "right": float(right.mean())}
    row["entropies_right"] = np.mean([e for e, good in zip(entropies, right, strict=True) if good], axis=0).tolist()
    row["entropies_wrong"] = np.mean([e for e, good in zip(entropies, right, strict=True) if not good], axis=0).tolist()
    for steps in (2, 3, len(entropies[0]) - 1):
        slopes = np.array([entropy_slope(one[: steps + 1]) for one in entropies], dtype=float)
        for kind, labels in (("auc", right), ("control", rng.permutation(right))):
            area = auc(slopes[labels], slopes[~labels])
            row[f"{kind}_{steps}"] = area.why if isinstance(area, Undecided) else vars(area)
    half = len(right) // 2
    best: Saving | None = None
    for patience in (2, 3, 4):
        for least in LEASTS:
            one = saving(entropies[:half], chances[:half], patience=patience, least=least)
            if isinstance(one, Saving) and one.lost < 0.01 and (best is None or one.saved > best.saved):
                best, row["patience"], row["least"] = one, patience, least
                row["saving"] = vars(saving(entropies[half:], chances[half:], patience=patience, least=least))
    return row


def main() -> None:
    rng = np.random.default_rng(0)
    rows = [judged("known", known(rng), rng)]
    rows.append(judged("trained", written_by(policy(), torch.Generator().manual_seed(1)), rng))
    write(Path(__file__).with_name("traces.json"), {"judged": rows})


if __name__ == "__main__":
    main()
