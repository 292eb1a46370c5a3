"""What is shown of runs among those beside them: who is likely to end first, who needs someone now, what differs.

Groups are runs of one folder or table, judged by one metric. Chances are those of `forerun.stats.first`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Array, Decision, Forecast, Run
from forerun.core.display import duration, number
from forerun.core.run import OVER
from forerun.figures.logged import UNKNOWN, Quantity
from forerun.runs.siblings import groups_of
from forerun.stats.first import first_chances
from forerun.stats.scores import at_levels

_LEVELS = np.arange(20) / 20 + 0.025
DOMINATED = 0.01
"""Chance to end first below which a run that goes on is dominated by those beside it; arbitrary."""
_LIKELY = 0.5  # chance to reach the target below which it is likely missed
_FEW = 3  # runs from which it means something to be dominated
_MOST_COLUMNS = 4
_SHOWN_CONFIG = frozenset(
    "lr learning_rate peak_lr max_lr min_lr batch_size train_batch_size optimizer schedule scheduler lr_scheduler_type "
    "warmup warmup_steps weight_decay momentum max_steps max_epochs epochs num_train_epochs seed global_step dropout "
    "n_layer n_head n_embd hidden_size num_layers d_model params n_params".split()
)
NEEDS = ("not finite", "rising", "stalled", "target likely missed", "dominated")
"""Why a run that goes on needs someone now, most pressing first."""


@dataclass(frozen=True)
class PlaceView:
    """What is shown of a run among those beside it.

    Args:
        group: the runs it is compared with; None where it stands alone.
        first: the chance to end first of them.
        left: hours to its end, which stopping it would save; unknown where the log has no clock.
        settings: those that differ between the runs, by `Sweep.columns`.
        needs: why it needs someone now, of `NEEDS` and what the policy says; empty where it does not.
        extend: whether going on would pay, of a run that is not running and not dominated by those beside it.
    """

    group: int | None = None
    first: Quantity = UNKNOWN
    left: Quantity = UNKNOWN
    settings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    extend: bool = False

    @property
    def urgency(self) -> int:
        """Smaller is sooner."""
        return min((NEEDS.index(why) if why in NEEDS else len(NEEDS) for why in self.needs), default=len(NEEDS) + 1)


@dataclass(frozen=True)
class Sweep:
    """All runs of a page.

    Args:
        columns: settings that differ between runs.
        places: of each run, in order.

    Example:
        >>> from forerun.core import Curve
        >>> steps = np.arange(1, 60)
        >>> made = [Run(f"s/{lr}.csv", {"loss": Curve(steps, level + 1 / steps, metric="loss")}, "csv",
        ...             config={"lr": lr}, horizon={"step": 100}) for lr, level in ((0.1, 1.0), (0.2, 1.5), (0.3, 1.6))]
        >>> sweep = Sweep.of(api.looks(made, api.ForecastSetup()))
        >>> sweep.columns, [place.first.text for place in sweep.places], sweep.places[2].needs
        (('lr',), ['100%', 'under 1%', 'under 1%'], ('dominated',))
    """

    columns: tuple[str, ...]
    places: tuple[PlaceView, ...]

    @property
    def ranked(self) -> bool:
        """Whether any run is compared with others."""
        return any(place.first.order is not None for place in self.places)

    @property
    def timed(self) -> bool:
        """Whether any log has a clock."""
        return any(place.left.order is not None for place in self.places)

    @classmethod
    def of(cls, looks: Sequence[api.Look]) -> Sweep:
        judged = [look.forecast.metric if look.forecast else None for look in looks]
        groups = groups_of([look.run for look in looks], judged)
        chances = _chances(looks, groups)
        sizes = Counter(groups)
        behind = [
            chance is not None and chance < DOMINATED and sizes[group] >= _FEW
            for group, chance in zip(groups, chances, strict=True)
        ]
        settings = [shown_settings(look.run) for look in looks]
        columns = _columns(settings)
        places = [
            PlaceView(
                group=group,
                first=UNKNOWN if chance is None else Quantity(_percent(chance), chance),
                left=_left(look),
                settings=tuple(_setting(mine.get(name)) for name in columns),
                needs=_needs(look, dominated),
                extend=_action(look) == "resume" and not dominated,
            )
            for look, group, chance, dominated, mine in zip(looks, groups, chances, behind, settings, strict=True)
        ]
        return cls(columns, tuple(places))


def shown_settings(run: Run) -> dict[str, str | float]:
    """Of a run's settings those that a page may show: named in a list, and neither lists nor tables."""
    return {k: v for k, v in run.config.items() if k in _SHOWN_CONFIG and isinstance(v, (str, int, float))}


def _setting(value: Any) -> str:
    return number(float(value)) if isinstance(value, float) else "" if value is None else str(value)


def _columns(settings: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Settings of half the runs at least that differ between them; the seed last."""
    values: dict[str, list[Any]] = {}
    for one in settings:
        for name, value in one.items():
            values.setdefault(name, []).append(value)
    differ = [name for name, each in values.items() if len(set(each)) > 1 and 2 * len(each) >= len(settings)]
    return tuple(sorted(differ, key=lambda name: name == "seed")[:_MOST_COLUMNS])


def _chances(looks: Sequence[api.Look], groups: Sequence[int | None]) -> list[float | None]:
    """Each run's chance to end first of its group; None where it stands alone or nothing says where it ends."""
    chances: list[float | None] = [None] * len(looks)
    members: dict[int, list[tuple[int, Array]]] = {}
    for i, (look, group) in enumerate(zip(looks, groups, strict=True)):
        outcome = _outcome(look)
        if group is not None and outcome is not None:
            members.setdefault(group, []).append((i, outcome))
    for mine in members.values():
        direction = _curve(looks[mine[0][0]]).direction
        rows, rng = np.stack([row for _, row in mine]), np.random.default_rng(0)
        shares = first_chances(_LEVELS, rows, least=direction == "min", rng=rng)
        for (i, _), chance in zip(mine, shares.tolist(), strict=True):
            chances[i] = chance if len(mine) > 1 else None
    return chances


def _curve(look: api.Look) -> Any:
    assert look.forecast is not None  # its group has a metric
    return look.run.curves[look.forecast.metric]


def _outcome(look: api.Look) -> Array | None:
    """Quantiles of where it ends: as forecast where it goes on or would be resumed, else where it stands; the worst
    where that is not finite."""
    if look.forecast is None:
        return None
    curve, answer = _curve(look), look.forecast.answer
    if not len(curve):
        return None
    last = float(curve.y[-1])
    if not np.isfinite(last):
        return np.full(_LEVELS.size, np.inf if curve.direction == "min" else -np.inf)
    if look.forecast.status == "finished" or _action(look) == "leave":
        return np.full(_LEVELS.size, last)
    if isinstance(answer, Forecast):
        return np.asarray(at_levels(answer.levels, answer.quantiles[-1:], _LEVELS), float).ravel()
    return None


def _left(look: api.Look) -> Quantity:
    if look.seconds_left is None or look.run.status in OVER or (look.forecast and look.forecast.status == "finished"):
        return UNKNOWN
    hours = look.seconds_left / 3600.0
    return Quantity(duration(hours), hours)


def _needs(look: api.Look, dominated: bool) -> tuple[str, ...]:
    """Why a run that goes on needs someone now, most pressing first."""
    if look.run.status in OVER or look.forecast is None or look.forecast.status == "finished":
        return ()
    lasting = {finding.kind for finding in look.findings if finding.end is None}
    answer = look.forecast.answer
    target = answer.events.get("p_target") if isinstance(answer, Forecast) else None
    applies = (
        "non_finite" in lasting, "rising" in lasting, look.run.status == "stalled",
        target is not None and target < _LIKELY, dominated,
    )  # fmt: skip
    needs = [why for why, holds in zip(NEEDS, applies, strict=True) if holds]
    action = _action(look)
    if not needs and action in ("stop", "ask", "roll back", "change", "fork"):
        needs = [next(iter(sorted(lasting & {"plateau", "spike"})), action)]
    return tuple(needs)


def _action(look: api.Look) -> str:
    return look.decision.action if isinstance(look.decision, Decision) else ""


def _percent(chance: float) -> str:
    return "under 1%" if chance < 0.005 else f"{chance:.0%}"
