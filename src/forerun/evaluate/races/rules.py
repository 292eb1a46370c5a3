"""The rules that AlgoPerf's rounds were scored by, and the targets that a race is run to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from forerun.core import BadInput, Direction, UnknownName

_EIGHT: tuple[str, ...] = ("criteo1tb", "fastmri", "imagenet_resnet", "imagenet_vit", "librispeech_conformer",
          "librispeech_deepspeech", "ogbg", "wmt")  # fmt: skip
_MOST_SECONDS: dict[str, float] = dict(
    zip(_EIGHT, (7703.0, 8859.0, 63008.0, 77520.0, 61068.0, 55506.0, 18477.0, 48151.0), strict=True)
)
_DOWN = ("loss", "wer", "ppl", "perplexity", "error", "mae", "rmse")


@dataclass(frozen=True)
class Rules:
    """How a field is scored.

    Args:
        name: of the round. base: workloads that are counted. variants: whether a base workload counts only where its
            held-out variant was reached too. studies: how many there are to be. most_ratio: a time beyond so many times
            the fastest counts as not reached, and where profiles end.
    """

    name: str
    base: tuple[str, ...] = _EIGHT
    variants: bool = True
    studies: int = 5
    most_ratio: float = 4.0


RULES: Mapping[str, Rules] = {
    "v0.5": Rules("v0.5"),
    "v0.6": Rules("v0.6", variants=False, studies=3),
}
"""Dahl et al. 2023, and mlcommons/submissions_algorithms as its two rounds were published."""


def rules_of(name: str) -> Rules:
    """The rules of a round.

    Raises:
        UnknownName: no such round.
    """
    if name not in RULES:
        raise UnknownName("rules", name, RULES)
    return RULES[name]


def most_seconds(workload: str) -> float | None:
    """How long a run may take on a base workload of AlgoPerf; None for others."""
    return _MOST_SECONDS.get(workload)


@dataclass(frozen=True)
class RaceTarget:
    """What is to be reached on a workload: a metric's value, from above or below."""

    metric: str
    value: float
    direction: Direction

    def reached(self, value: float) -> bool:
        """Whether a value is at the target.

        Example:
            >>> RaceTarget("wer", 0.1, "min").reached(0.1), RaceTarget("bleu", 30.0, "max").reached(29.9)
            (True, False)
        """
        return value <= self.value if self.direction == "min" else value >= self.value


@dataclass(frozen=True)
class RaceTargets:
    """The targets of a race.

    Args:
        base: workloads in order. variants: held-out variant to its base workload. targets: of all.
    """

    base: tuple[str, ...]
    variants: Mapping[str, str]
    targets: Mapping[str, RaceTarget]


def targets_of(document: Any) -> RaceTargets:
    """Targets as AlgoPerf's files write them; a direction may be given, else metrics of error are better low.

    Args:
        document: ``base_workloads``, ``held_out_workloads`` and ``workloads``, each with ``target_metric_name`` and
            ``validation_target_value``.

    Raises:
        BadInput: a part is missing, or a variant is of no base workload.

    Example:
        >>> race = targets_of({"base_workloads": ["wmt"], "workloads": {"wmt": {
        ...     "target_metric_name": "bleu", "validation_target_value": 30.8}}})
        >>> race.targets["wmt"]
        RaceTarget(metric='bleu', value=30.8, direction='max')
    """
    parts = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    workloads = parts.get("workloads")
    if not isinstance(workloads, dict):
        raise BadInput('targets are {"base_workloads": [...], "workloads": {name: {...}}}', where="targets")
    targets = {name: _target(name, entry) for name, entry in cast(dict[str, Any], workloads).items()}
    held_out = tuple(map(str, parts.get("held_out_workloads") or ()))
    base = tuple(map(str, parts.get("base_workloads") or [name for name in targets if name not in held_out]))
    if missing := [name for name in (*base, *held_out) if name not in targets]:
        raise BadInput(f"no target for {missing[0]!r}", where="targets")
    return RaceTargets(base, {variant: _base_of(variant, base) for variant in held_out}, targets)


def _target(name: str, entry: Any) -> RaceTarget:
    try:
        metric, value = str(entry["target_metric_name"]), float(entry["validation_target_value"])
    except (KeyError, TypeError, ValueError) as error:
        why = "needs target_metric_name and validation_target_value"
        raise BadInput(why, where=f"targets, workload {name!r}") from error
    down = any(word in metric.lower().split("/")[-1].split("_") for word in _DOWN)
    direction: Direction = "min" if entry.get("direction", "min" if down else "max") == "min" else "max"
    return RaceTarget(metric, value, direction)


def _base_of(variant: str, base: tuple[str, ...]) -> str:
    """A variant is named by its base workload and what was changed."""
    of = [name for name in base if variant.startswith(f"{name}_")]
    if not of:
        raise BadInput(f"{variant!r} is a variant of no base workload, {', '.join(base)}", where="targets")
    return max(of, key=len)
