"""Layer gradients of right and irrelevant text, and what quantising costs models with planted outliers.

    python evidence/probes/insides.py

Three small transformers of three layers (size l, 150 steps, seeds 0 to 2). Gradients: of batches of held-out text, of
the same with every chunk's symbols shuffled (irrelevant), and of other held-out text (the control); nuclear norms of
each layer's attention input matrix; areas under the curve over batches. Quantising: one channel of what the first
block's MLP takes in is scaled by 1 to 100 in its LayerNorm and back in the matrix after it, which leaves the model's
function as it is; that tensor is then rounded to 4 and 8 bits with the scale of the largest magnitude in each of five
calibration sets (each domain, mixed, random symbols); the spread of the held-out loss over sets against each model's
outliers. All numbers go to ``insides.json``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from small_models import SETTINGS, loss_of, rows_of, texts, trained, watched
from torch import Tensor
from written import write

from forerun.core import Undecided
from forerun.evaluate.probes.layer_gradients import LayerGradients, layer_gradients
from forerun.evaluate.probes.outliers import activation_outliers, explains_spread, quantised
from forerun.lab.models.transformer import Transformer
from forerun.lab.text import DOMAINS, SYMBOLS
from forerun.stats.ranks import auc

SCALES = (1.0, 3.0, 10.0, 30.0, 100.0)
BATCHES = 24


def gradients(model: Transformer, rows: Tensor) -> LayerGradients:
    model.zero_grad()
    loss_of(model, rows).backward()
    grads = [block.qkv.weight.grad for block in model.blocks]
    answer = layer_gradients([one.numpy() for one in grads if one is not None])
    assert isinstance(answer, LayerGradients)
    return answer


def shuffled(rows: Tensor, random: torch.Generator) -> Tensor:
    order = torch.argsort(torch.rand(rows.shape, generator=random), dim=1)
    return rows.gather(1, order)


def told_apart(model: Transformer, seed: int) -> list[dict[str, object]]:
    """How well mean norm, unevenness and relative unevenness tell batches of the two kinds."""
    random, held_out = torch.Generator().manual_seed(seed), texts(200, 902)
    kinds = {"right": [], "irrelevant": [], "control": []}
    for _ in range(BATCHES):
        rows = rows_of(held_out, 2, random)
        kinds["right"].append(gradients(model, rows))
        kinds["irrelevant"].append(gradients(model, shuffled(rows, random)))
        kinds["control"].append(gradients(model, rows_of(held_out, 2, random)))
    rows = []
    for measure in ("mean", "unevenness", "relative"):
        values = {kind: [getattr(one, measure) for one in answers] for kind, answers in kinds.items()}
        row: dict[str, object] = {"seed": seed, "measure": measure}
        row |= {f"median_{kind}": round(float(np.median(one)), 4) for kind, one in values.items()}
        row |= {kind: vars(auc(values["right"], values[kind])) for kind in ("irrelevant", "control")}
        rows.append(row)
    return rows


@torch.no_grad()
def plant(model: Transformer, channel: int, scale: float) -> None:
    """Scale a channel between a LayerNorm and the matrix after it, up and back down."""
    block = model.blocks[0]
    block.between.weight[channel] *= scale
    block.between.bias[channel] *= scale
    block.mlp[0].weight[:, channel] /= scale


@torch.no_grad()
def loss_quantised(model: Transformer, rows: Tensor, scale: float, bits: int) -> float:
    def rounded(_: torch.nn.Module, __: tuple[Tensor, ...], out: Tensor) -> Tensor:
        return torch.from_numpy(quantised(out.numpy(), scale, bits=bits)).float()

    hook = model.blocks[0].between.register_forward_hook(rounded)
    loss = loss_of(model, rows).item()
    hook.remove()
    return loss


@torch.no_grad()
def activations(model: Transformer, rows: Tensor) -> Tensor:
    with watched(model, "between") as outputs:
        model(rows[:, :-1])
    return outputs[0].flatten(0, 1)


def calibrations(seed: int) -> dict[str, Tensor]:
    random, text = torch.Generator().manual_seed(seed), texts(200, 903)
    sets = {domain: text[domain].chunks(8, 65, random) for domain in DOMAINS}
    sets["mixed"] = rows_of(text, 3, random)
    return sets | {"random": torch.randint(SYMBOLS, (8, 65), generator=random)}


def spreads(model: Transformer, seed: int) -> list[dict[str, object]]:
    valid, sets, rows = rows_of(texts(200, 904), 8, torch.Generator().manual_seed(9)), calibrations(seed), []
    plain = loss_of(model, valid).item()
    for before, scale in zip((1.0, *SCALES), SCALES, strict=False):
        plant(model, 5, scale / before)
        outliers = activation_outliers(activations(model, valid).numpy())
        assert not isinstance(outliers, Undecided)
        tops = {name: activations(model, one).abs().max().item() for name, one in sets.items()}
        row: dict[str, object] = {"seed": seed, "scale": scale, "loss_plain": round(loss_of(model, valid).item(), 5)}
        row |= {"kurtosis": outliers.kurtosis, "max_to_median": outliers.max_to_median, "crest": outliers.crest}
        for bits in (4, 8):
            row[f"losses_{bits}"] = [round(loss_quantised(model, valid, top, bits), 5) for top in tops.values()]
        assert abs(float(row["loss_plain"]) - plain) < 1e-3  # type: ignore[arg-type]
        rows.append(row)
    return rows


def main() -> None:
    parts: dict[str, list[dict[str, object]]] = {"gradients": [], "quantised": [], "explained": []}
    for seed in range(3):
        model, _ = trained("l", seed, SETTINGS | {"steps": 150, "warmup": 15, "lr": 3e-3, "eval_every": 150})
        parts["gradients"] += told_apart(model, seed)
        parts["quantised"] += spreads(model, seed)
    table = parts["quantised"]
    for measure in ("kurtosis", "max_to_median", "crest"):
        for bits in (4, 8):
            answer = explains_spread([row[measure] for row in table], [row[f"losses_{bits}"] for row in table])
            parts["explained"].append({"measure": measure, "bits": bits} | vars(answer))
    write(Path(__file__).with_name("insides.json"), parts)


if __name__ == "__main__":
    main()
