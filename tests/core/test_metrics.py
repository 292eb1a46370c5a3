"""Metric names are read as people write them."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core.axes import axis_of
from forerun.core.metrics import bounds, meaning, preferred


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


@pytest.mark.parametrize(
    "name",
    "train/entropy_loss train/approx_kl logits/chosen logps/rejected rewards/chosen reward_std kl_loss clip_fraction "
    "explained_variance rollout/ep_len_mean episode_length batch_cost reader_cost ips wps eta it/s data_time seqlen "
    "momentum weight_decay beta1 hp_metric num_updates current_steps percentage fps memory advantages q_values "
    "actor/ppo_kl critic/advantages/mean lr/pg0 lr0 gnorm bsz wall samples/sec Data Time gpu_mem entropy".split(),
)
def test_signals_counters_and_costs_are_no_quality(name: str) -> None:
    assert not meaning(name).quality, meaning(name)


@pytest.mark.parametrize(
    ("names", "judged"),
    [
        ("train_loss valid_loss accuracy", "valid_loss"),
        ("loss accuracy val_loss val_accuracy", "val_loss"),
        ("loss val_accuracy", "val_accuracy"),
        ("trainloss valloss trainacc valacc", "valloss"),
        ("train_loss test_loss test_acc", "test_loss"),
        ("loss_cls loss_bbox loss", "loss"),
        ("loss_box_reg loss_cls total_loss", "total_loss"),
        ("loss_q0 loss_q1 loss", "loss"),
        ("train/loss coco/bbox_mAP coco/bbox_mAP_50 coco/bbox_mAP_s", "coco/bbox_mAP"),
        ("train/box_loss val/box_loss val/cls_loss metrics/mAP50(B) metrics/mAP50-95(B)", "metrics/mAP50-95(B)"),
        ("rollout/ep_len_mean rollout/ep_rew_mean train/loss train/value_loss", "rollout/ep_rew_mean"),
        ("rollout/ep_rew_mean eval/mean_reward eval/mean_ep_length train/loss", "eval/mean_reward"),
        ("info/total_loss episode_reward_mean episode_reward_max episode_reward_min", "episode_reward_mean"),
        ("loss rewards/chosen rewards/rejected rewards/margins rewards/accuracies logps/chosen", "loss"),
        ("loss reward reward_std kl completion_length", "reward"),
        ("loss rewards/format_reward/mean reward reward_std", "reward"),
        ("env_runners/episode_return_min env_runners/episode_return_mean", "env_runners/episode_return_mean"),
        ("actor/entropy_loss actor/pg_loss critic/rewards/mean val/test_score/gsm8k", "critic/rewards/mean"),
        ("episode/score train/loss/image_mean episode/length", "episode/score"),
        ("D_loss G_loss fid", "fid"),
        ("lossD lossG loss", "loss"),
        ("train_loss_step train_loss_epoch", "train_loss_epoch"),
        ("train-rmse eval-rmse", "eval-rmse"),
        ("training's l2 valid_1's l2", "valid_1's l2"),
        ("train/loss val/quality", "val/quality"),
        ("ENTS_F ENTS_P ENTS_R SCORE LOSS NER", "LOSS NER"),
        ("lr loss top1 CELoss", "loss"),
        ("eval_loss eval_wer loss", "eval_loss"),
        ("Training/loss Training/accuracy Validation/accuracy", "Validation/accuracy"),
        ("dynamics_loss_epoch train_loss_epoch initial_loss_epoch", "train_loss_epoch"),
        ("policy_loss value_loss loss", "loss"),
        ("bleu loss", "bleu"),
    ],
)
def test_the_metric_a_reader_would_judge_by(names: str, judged: str) -> None:
    listed = names.split(" ") if "'" not in names and "LOSS" not in names else None
    if listed is None:
        listed = ["training's l2", "valid_1's l2"] if "'" in names else ["ENTS_F", "ENTS_P", "SCORE", "LOSS NER"]
    assert preferred(listed)[0] == judged, preferred(listed)


def test_a_last_test_of_one_point_is_not_what_a_run_is_judged_by() -> None:
    assert preferred(["test_loss", "train_loss"], {"test_loss": 1, "train_loss": 50})[0] == "train_loss"
    assert preferred(["test_loss"], {"test_loss": 1}) == ["test_loss"]


@pytest.mark.parametrize(
    ("name", "low", "free"), [("loss", 0.0, -1.0), ("val/mse", 0.0, -0.1), ("return", -float("inf"), -1.0)]
)
def test_a_loss_that_has_only_been_positive_stays_so(name: str, low: float, free: float) -> None:
    assert bounds(name, np.array([0.5, 2.0]))[0] == low
    assert bounds(name, np.array([0.5, free]))[0] == -float("inf")


def test_an_average_precision_stands_beside_a_return() -> None:
    """Where a run has returns, these come first, and average precision is a score as any other."""
    assert preferred(["val/mAP", "val/acc", "return"])[0] == "return"
