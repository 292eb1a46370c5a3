"""Lightning: what ``configure_optimizers`` returns, so that the schedule counts updates and not epochs.

Lightning's own default steps a scheduler once an epoch. Accumulated gradients and several processes change nothing: the
scheduler counts the optimizer's updates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forerun.adapters.torch import ScheduleLR
from forerun.core import Schedule

if TYPE_CHECKING:
    from torch.optim import Optimizer


def scheduled(
    optimizer: Optimizer,
    schedule: Schedule,
    *,
    factors: Sequence[float] | None = None,
    also: Mapping[str, Schedule] | None = None,
    per_step: float | None = None,
) -> dict[str, Any]:
    """An optimizer and the schedule of its learning rate, as ``configure_optimizers`` returns them.

    Args:
        optimizer, schedule, factors, also, per_step: as for `forerun.adapters.torch.ScheduleLR`.

    Raises:
        BadInput, UnknownName: as there.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
        >>> plan = Schedule("linear", {"peak": 0.1, "steps": 1000})
        >>> scheduled(optimizer, plan)["lr_scheduler"]["interval"]
        'step'
    """
    scheduler = ScheduleLR(optimizer, schedule, factors=factors, also=also, per_step=per_step)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step", "frequency": 1}}
