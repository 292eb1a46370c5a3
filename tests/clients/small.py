"""The smallest real trainings: a line fitted to twelve points, in PyTorch, Lightning and Transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
import transformers

from forerun.adapters import lightning as in_lightning
from forerun.adapters import transformers as in_transformers
from forerun.core import Schedule

INPUTS = torch.linspace(0.0, 1.0, 12)[:, None]


class Line(torch.nn.Module):
    """``y = a x + b`` and its loss, as Transformers wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": torch.nn.functional.mse_loss(self.line(x), labels)}


class Module(pl.LightningModule):
    """The same for Lightning, its optimizer under a schedule."""

    def __init__(self, plan: Schedule, per_step: float | None = None) -> None:
        super().__init__()
        self.line, self.plan, self.per_step = torch.nn.Linear(1, 1), plan, per_step

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        return torch.nn.functional.mse_loss(self.line(batch[0]), 3.0 * batch[0])

    def configure_optimizers(self) -> Any:
        return in_lightning.scheduled(torch.optim.SGD(self.parameters(), lr=0.1), self.plan, per_step=self.per_step)


class Rates(pl.Callback):
    """The rate that every update is made with."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_before_optimizer_step(self, trainer: pl.Trainer, module: pl.LightningModule, optimizer: Any) -> None:
        self.rates.append(optimizer.param_groups[0]["lr"])


def fitted(
    plan: Schedule,
    folder: Path,
    max_steps: int,
    *,
    accumulate: int = 1,
    resume: Path | None = None,
    per_step: float | None = None,
) -> list[float]:
    """What Lightning made of it: the rates of the updates; a checkpoint lies in ``folder / "last.ckpt"``."""
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(INPUTS), batch_size=2)
    rates = Rates()
    trainer = pl.Trainer(
        max_steps=max_steps, accumulate_grad_batches=accumulate, callbacks=[rates], accelerator="cpu", logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, default_root_dir=folder,
    )  # fmt: skip
    trainer.fit(Module(plan, per_step), data, ckpt_path=resume)
    trainer.save_checkpoint(folder / "last.ckpt")
    return rates.rates


def trained(
    plan: Schedule,
    folder: Path,
    max_steps: int,
    *,
    accumulate: int = 1,
    resume: bool = False,
    per_step: float | None = None,
    **more: Any,
) -> list[float]:
    """What Transformers made of it: the rates of the updates, as it logs them."""
    arguments = transformers.TrainingArguments(
        output_dir=str(folder), max_steps=max_steps, logging_steps=1, save_steps=max_steps, seed=0, report_to="none",
        disable_tqdm=True, use_cpu=True, gradient_accumulation_steps=accumulate, per_device_train_batch_size=2,
    )  # fmt: skip
    model, data = Line(), [{"x": x, "labels": 3.0 * x} for x in INPUTS]
    pair = in_transformers.scheduled(model, arguments, plan, per_step=per_step)
    trainer = transformers.Trainer(model, arguments, train_dataset=data, optimizers=pair, **more)
    trainer.train(resume_from_checkpoint=resume or None)
    return [entry["learning_rate"] for entry in trainer.state.log_history if "learning_rate" in entry]
