"""Schedules as files and as a few lines of code: what `forerun schedule export` writes, and how a file is read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from forerun.core import Array, BadInput, Schedule, codec
from forerun.core.errors import UnknownName

_PLAN = "from forerun.core.codec import loads\n{imports}\n\nplan = loads({json!r})\n{use}\n"


def rates(schedule: Schedule, *, per_step: float | None = None) -> Array:
    """The value at every update of a run of the schedule's length, shape (steps,).

    Args:
        per_step: what a step adds on the schedule's axis: tokens, samples or epochs; 1 of a schedule over steps.

    Raises:
        BadInput: a schedule without an end.

    Example:
        >>> rates(Schedule("linear", {"peak": 1.0, "steps": 400}, "tokens"), per_step=100).tolist()
        [1.0, 0.75, 0.5, 0.25]
    """
    if not math.isfinite(schedule.end):
        raise BadInput(
            "it has no end: say how long, with then() or another past_end", where=f"schedule {schedule.name!r}"
        )
    if per_step is None and schedule.axis != "step":
        raise BadInput(f"it counts {schedule.axis}: say how many a step adds", where=f"schedule {schedule.name!r}")
    step = 1.0 if per_step is None else per_step
    return schedule.lr(np.arange(math.ceil(round(schedule.end / step, 6))) * step)


def written(schedule: Schedule, to: str, *, per_step: float | None = None) -> str:
    """A schedule as text.

    Args:
        to: ``"json"``, which `read_schedule` reads back; ``"csv"``, a row a step; or lines of Python that follow the
            schedule in a framework: ``"torch"``, ``"lightning"``, ``"transformers"`` (or ``"hf"``), ``"keras"``,
            ``"optax"``.
        per_step: what a step adds on the schedule's axis.

    Raises:
        UnknownName: no such form.
        BadInput: a schedule without an end as rows.

    Example:
        >>> print(written(Schedule("linear", {"peak": 0.5, "steps": 2}), "csv"), end="")
        step,lr
        0,0.5
        1,0.25
    """
    name = _ALSO.get(to, to)
    if name not in WRITERS:
        raise UnknownName("export", to, WRITERS)
    return WRITERS[name](schedule, per_step)


def read_schedule(path: Path) -> Schedule:
    """The schedule in a JSON file, as `written` writes it.

    Raises:
        BadInput: the file cannot be read, is no JSON, or holds something else.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise BadInput(f"cannot be read as a schedule: {cause}", where=str(path)) from cause
    noun = codec.loads(text)
    if not isinstance(noun, Schedule):
        raise BadInput(f"holds a {type(noun).__name__}, not a schedule", where=str(path))
    return noun


_ALSO = {"hf": "transformers"}


def _json(schedule: Schedule, _: float | None) -> str:
    return codec.dumps(schedule, indent=1) + "\n"


def _csv(schedule: Schedule, per_step: float | None) -> str:
    rows = (f"{step},{rate!r}\n" for step, rate in enumerate(rates(schedule, per_step=per_step).tolist()))
    return "step,lr\n" + "".join(rows)


def _lines(imports: str, use: str) -> Callable[[Schedule, float | None], str]:
    """Lines of Python; ``use`` follows ``plan``, with ``{more}`` where a step adds another number than 1."""

    def write(schedule: Schedule, per_step: float | None) -> str:
        more = "" if per_step is None else f", per_step={per_step!r}"
        return _PLAN.format(imports=imports, json=codec.dumps(schedule), use=use.format(more=more))

    return write


WRITERS: Mapping[str, Callable[[Schedule, float | None], str]] = {
    "json": _json,
    "csv": _csv,
    "torch": _lines(
        "from forerun.adapters.torch import ScheduleLR",
        "scheduler = ScheduleLR(optimizer, plan{more})  # scheduler.step() after every optimizer.step()",
    ),
    "lightning": _lines(
        "from forerun.adapters.lightning import scheduled",
        "optimizers = scheduled(optimizer, plan{more})  # what configure_optimizers returns",
    ),
    "transformers": _lines(
        "from forerun.adapters.transformers import scheduled",
        "optimizers = scheduled(model, arguments, plan{more})  # Trainer(model, arguments, optimizers=optimizers)",
    ),
    "keras": _lines(
        "from forerun.adapters.keras import Scheduled",
        "rate = Scheduled(plan{more})  # keras.optimizers.Adam(rate)",
    ),
    "optax": _lines("from forerun.adapters.optax import scheduled", "rate = scheduled(plan{more})  # optax.adam(rate)"),
}
"""From a schedule, and what a step adds on its axis, to text; by name."""
