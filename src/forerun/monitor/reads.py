"""Which of a run's metrics a detector reads: every one, the main ones, or those of some names together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from forerun.core.metrics import meaning


def every_metric(ranked: Sequence[str]) -> list[dict[str, str]]:
    """Each metric alone.

    Example:
        >>> every_metric(["val/loss", "train/loss"])
        [{'value': 'val/loss'}, {'value': 'train/loss'}]
    """
    return [{"value": name} for name in ranked]


def main_metrics(ranked: Sequence[str]) -> list[dict[str, str]]:
    """Each alone of the metric a run is judged by, and the first loss, score and return of either split.

    Parts move against each other while the whole improves, and what many metrics show is mostly in these.

    Example:
        >>> main_metrics(["val/loss", "train/loss", "train/aux_loss"])
        [{'value': 'val/loss'}, {'value': 'train/loss'}]
    """
    first: dict[tuple[str, bool], str] = {}
    for name in ranked:
        first.setdefault((meaning(name).kind, is_held_out(name)), name)
    main = {*ranked[:1], *(name for (kind, _), name in first.items() if kind != "other")}
    return every_metric([name for name in ranked if name in main])


def main_but_returns(ranked: Sequence[str]) -> list[dict[str, str]]:
    """The main ones but returns, of which one bad episode is no event."""
    return [roles for roles in main_metrics(ranked) if meaning(roles["value"]).kind != "return"]


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
