"""Transformers: what `Trainer` takes as ``optimizers``, and a callback that holds its horizon to the schedule's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from forerun.adapters.framework import framework
from forerun.adapters.torch import ScheduleLR
from forerun.core import BadInput, Schedule

transformers = framework("transformers", extra="transformers")
optim = framework("torch.optim", extra="transformers")

_OWN_GROUPS = {"params", "model", "optimizer_dict"}  # of optimizers that lay out their groups themselves


def scheduled(
    model: Any,
    arguments: Any,
    schedule: Schedule,
    *,
    factors: Sequence[float] | None = None,
    also: Mapping[str, Schedule] | None = None,
    per_step: float | None = None,
) -> tuple[Any, ScheduleLR]:
    """The optimizer that `Trainer` would make, and the schedule of its learning rate.

    Weights decay in one group; biases and norms, in another, do not. ``learning_rate``, ``lr_scheduler_type`` and
    ``warmup_steps`` of the arguments are then without effect. With an optimizer of one's own:
    ``optimizers=(optimizer, ScheduleLR(optimizer, schedule))``.

    Args:
        model: a PyTorch module.
        arguments: its ``TrainingArguments``; they name the optimizer and its settings.
        schedule, factors, also, per_step: as for `forerun.adapters.torch.ScheduleLR`.

    Raises:
        BadInput: the optimizer that the arguments name lays out its own groups; or as for `ScheduleLR`.

    Example:
        >>> import torch
        >>> model, plan = torch.nn.Linear(1, 1), Schedule("linear", {"peak": 0.1, "steps": 1000, "final": 0.5})
        >>> arguments = transformers.TrainingArguments(output_dir="runs", max_steps=1000, report_to="none")
        >>> optimizer, scheduler = scheduled(model, arguments, plan)  # Trainer(..., optimizers=(optimizer, scheduler))
        >>> type(optimizer).__name__, scheduler.get_last_lr()
        ('AdamW', [0.1, 0.1])
    """
    make, settings = transformers.Trainer.get_optimizer_cls_and_kwargs(arguments, model)
    if _OWN_GROUPS & settings.keys() or not issubclass(make, optim.Optimizer):
        raise BadInput(
            f"optim={str(arguments.optim)!r} lays out its own groups: make it, and pass as optimizers (optimizer,"
            " ScheduleLR(optimizer, schedule))"
        )
    optimizer = make(_groups(model, arguments.weight_decay), **settings)
    return optimizer, ScheduleLR(optimizer, schedule, factors=factors, also=also, per_step=per_step)


class HorizonCallback(transformers.TrainerCallback):
    """Warns, as training begins, where `Trainer` will stop before or after the end of the schedule that it follows.

    ``max_steps`` depends on the data, the batch, the accumulation and the processes; a schedule does not follow it.
    ``Trainer(..., callbacks=[HorizonCallback()])``.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **objects: Any) -> None:
        """Compare the two horizons, in updates."""
        scheduler = objects["lr_scheduler"]
        if isinstance(scheduler, ScheduleLR) and scheduler.last != state.max_steps:
            warnings.warn(
                f"Trainer makes {state.max_steps} updates, but the schedule ends with update {scheduler.last:g}: set"
                " max_steps, or extend the schedule",
                stacklevel=2,
            )


def _groups(model: Any, weight_decay: float) -> list[dict[str, Any]]:
    """The groups that `Trainer` would make, in its order."""
    decaying = set(transformers.Trainer.get_decay_parameter_names(None, model))  # it reads nothing of the trainer
    named = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    return [
        {"params": [weight for name, weight in named if (name in decaying) == decays], "weight_decay": value}
        for decays, value in ((True, weight_decay), (False, 0.0))
    ]
