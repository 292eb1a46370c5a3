"""Which of a run's metrics a detector reads: every one that measures quality, the main ones, or those of some names.

All are handed the names of a run's metrics: those that measure quality first, the one it is judged by foremost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from forerun.core.metrics import is_opposed, meaning


def every_metric(ranked: Sequence[str]) -> list[dict[str, str]]:
    """Each metric alone that measures quality, or that the run is judged by.

    Example:
        >>> every_metric(["val/loss", "train/loss", "grad_norm"])
        [{'value': 'val/loss'}, {'value': 'train/loss'}]
    """
    return [{"value": name} for name in of_quality(ranked)]


def of_quality(names: Sequence[str]) -> list[str]:
    """Those that measure quality, and the first, by which the run is judged."""
    return [name for i, name in enumerate(names) if i == 0 or meaning(name).quality]


def main_metrics(ranked: Sequence[str]) -> list[dict[str, str]]:
    """Each alone of the metric a run is judged by, and the first loss, score and return of either split.

    Parts move against each other while the whole improves, and what many metrics show is mostly in these. The loss of
    an actor, a critic or an adversary rises as the others learn: none is read beside the metric a run is judged by.

    Example:
        >>> main_metrics(["val/loss", "train/loss", "train/aux_loss"])
        [{'value': 'val/loss'}, {'value': 'train/loss'}]
        >>> main_metrics(["rollout/ep_rew_mean", "train/value_loss"])
        [{'value': 'rollout/ep_rew_mean'}]
    """
    first: dict[tuple[str, bool], str] = {}
    ranked = [name for i, name in enumerate(of_quality(ranked)) if i == 0 or not is_opposed(name)]
    for name in ranked:
        first.setdefault((meaning(name).kind, is_held_out(name)), name)
    main = {*ranked[:1], *(name for (kind, _), name in first.items() if kind != "other")}
    return every_metric([name for name in ranked if name in main])


def main_but_returns(ranked: Sequence[str]) -> list[dict[str, str]]:
    """The main ones but returns, of which one bad episode is no event."""
    return [roles for roles in main_metrics(ranked) if meaning(roles["value"]).kind != "return"]


def main_of_training(ranked: Sequence[str]) -> list[dict[str, str]]:
    """Of these those measured on what the model is trained on: what gets worse on held-out data may be an over-fit."""
    return [roles for roles in main_but_returns(ranked) if not is_held_out(roles["value"])]


def is_held_out(name: str) -> bool:
    """Whether a metric is measured on data that the model is not trained on, by its name."""
    return meaning(name).split in ("validation", "test")


def complete(chosen: Iterable[Mapping[str, str]], roles: Sequence[str], names: Iterable[str]) -> list[dict[str, str]]:
    """Of what a detector chose, those in which every role has a metric of the run, in the order of its roles."""
    known = frozenset(names)
    return [
        {role: metrics[role] for role in roles}
        for metrics in chosen
        if all(metrics.get(role) in known for role in roles)
    ]
