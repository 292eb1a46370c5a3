"""What the studies of trained models share: a paired difference over seeds as a row, and numbers rounded for a file."""

from __future__ import annotations

from typing import Any

from forerun.core import Direction
from forerun.evaluate.differences.paired import paired


def compared(first: list[float], second: list[float], direction: Direction) -> dict[str, Any]:
    """A paired difference, positive where the first is better, and what could have been seen."""
    told = paired(first, second, direction=direction)
    return {
        "n": told.n, "first": sum(first) / told.n, "second": sum(second) / told.n, "better_by": told.estimate,
        "interval": [told.low, told.high], "detectable": told.minimum_detectable_effect, "verdict": told.verdict,
        "p": told.p_value,
    }  # fmt: skip


def rounded(told: Any) -> Any:
    """Four digits of every number."""
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return float(f"{told:.4g}") if isinstance(told, float) else told
