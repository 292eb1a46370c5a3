"""Metric names are read as people write them."""

from __future__ import annotations

import pytest

from forerun.core.axes import axis_of
from forerun.core.metrics import meaning, preferred


@pytest.mark.parametrize(
    ("name", "kind", "split", "direction"),
    [
        ("val/loss", "loss", "validation", "min"),
        ("valLoss", "loss", "validation", "min"),
        ("eval_accuracy", "score", "validation", "max"),
        ("train_loss_step", "loss", "train", "min"),
        ("Validation/WER", "loss", "validation", "min"),
        ("test/bleu", "score", "test", "max"),
        ("episode_return", "return", None, "max"),
        ("F1", "score", None, "max"),
        ("acc_norm", "score", None, "max"),
        ("negative_log_likelihood", "loss", None, "min"),
        ("acc{skill=addition}", "score", None, "max"),
    ],
)
def test_quality(name: str, kind: str, split: str | None, direction: str) -> None:
    told = meaning(name)
    assert (told.kind, told.split, told.direction, told.quality) == (kind, split, direction, True)


@pytest.mark.parametrize(
    "name",
    "grad_norm lr learning_rate lr-AdamW train_time_s eval_runtime eval_samples_per_second test/num_examples epoch "
    "loss_scale grad_overflow_event skipped_iterations nan_iterations total_flos preemption_count gpu_memory".split(),
)
def test_not_quality(name: str) -> None:
    assert not meaning(name).quality


def test_the_default_metric_is_validation_loss_then_score_then_train_loss() -> None:
    names = ["lr", "train/loss", "val/wer", "val/acc", "val/loss", "epoch_time"]
    assert preferred(names) == ["val/loss", "val/wer", "val/acc", "train/loss"]
    assert preferred(["loss", "eval_acc"]) == ["eval_acc", "loss"]


@pytest.mark.parametrize(
    ("column", "axis"), [("global_step", "step"), ("_step", "step"), ("Epoch", "epoch"), ("f1", None)]
)
def test_axes(column: str, axis: str | None) -> None:
    assert axis_of(column) == axis


def test_the_whole_comes_before_its_slices() -> None:
    names = ["val/loss{domain=a}", "val/loss", "val/wer", "train/loss"]
    assert preferred(names) == ["val/loss", "val/wer", "val/loss{domain=a}", "train/loss"]
