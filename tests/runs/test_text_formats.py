"""What trainings print, format by format: lines as their projects print them, and what is to be read of them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from forerun import api
from forerun.core import Run

Points = list[tuple[float, float]]
Case = tuple[str, str, dict[str, Points], str, dict[str, float]]


def read(tmp_path: Path, text: str, name: str = "train.log") -> list[Run]:
    (tmp_path / name).write_text(text)
    return list(api.read(tmp_path))


def points(run: Run, metric: str) -> Points:
    curve = run.curves[metric]
    return list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))


def many(line: str, *rows: tuple[object, ...]) -> str:
    """A line for every row, with the row's values in place of its {}."""
    return "".join(line.format(*row) + "\n" for row in rows)


ROWS = ((0, 2.5, 10), (1, 2.25, 20), (2, 2.125, 30))
LOSS = [(0.0, 2.5), (1.0, 2.25), (2.0, 2.125)]
FROM_1 = [(1.0, 2.5), (2.0, 2.25), (3.0, 2.125)]
ROWS_1 = ((1, 2.5, 10), (2, 2.25, 20), (3, 2.125, 30))


def epochs(head: str, *lines: str) -> str:
    """The lines again and again, an epoch each, with {e} the epoch from 0, {n} from 1 and {y} a loss."""
    return "".join(
        line.format(e=e, n=e + 1, y=y, z=y + 1, p=10 * (e + 1)) + "\n" for e, y, _ in ROWS for line in (head, *lines)
    )


CASES: list[Case] = [
    ("imagenet",
     epochs("Epoch: [{e}][ 0/20]\tTime  0.350 ( 0.722)\tLoss {z:.4e} (7.5188e+00)\tAcc@1  30.00 ( 30.00)",
            "Epoch: [{e}][10/20]\tTime  0.350 ( 0.722)\tLoss {y:.4e} (7.5188e+00)\tAcc@1  31.00 ( 30.00)",
            "Test: [ 0/98]\tTime  3.1 ( 3.1)\tLoss 1.7728e+00 (1.7800e+00)\tAcc@1  30.0 ( 30.0)",
            " *   Acc@1 {p}.000 Acc@5 70.000"),
     {"Loss": [(0, 3.5), (10, 2.5), (20, 3.25), (30, 2.25), (40, 3.125), (50, 2.125)],
      "test/loss": [(10, 1.7728), (30, 1.7728), (50, 1.7728)], "test/acc@1": [(10, 10), (30, 20), (50, 30)]}, "step", {}),
    ("timm",
     epochs("Train: {e} [ 250/1251 ( 20%)]  Loss: {y} (1.88)  Time: 0.350s, 2900.00/s  (0.360s, 2800.00/s)  LR: 1.000e-03",
            "Test: [  48/48]  Time: 0.1 (0.3)  Loss:   7.481 (7.495)  Acc@1: {p}.000 (40.000)"),
     {"train/loss": [(250, 2.5), (1501, 2.25), (2752, 2.125)], "test/acc@1": [(250, 10), (1501, 20), (2752, 30)],
      "LR": [(250, 0.001), (1501, 0.001), (2752, 0.001)]}, "step", {}),
    ("keras",
     epochs("Epoch {n}/40", "   1/1875 [....................] - ETA: 1:02 - loss: 9.1\r 900/1875 [=====>....] - ETA: 0s - loss: 9.0"
            "\r1875/1875 [==============================] - 5s 2ms/step - loss: {y} - accuracy: 0.5 - val_loss: {z}"),
     {"loss": FROM_1, "val_loss": [(x, y + 1) for x, y in FROM_1]}, "epoch", {"epoch": 40}),
    ("keras 3, with evaluation behind",
     epochs("Epoch {n}/3", "\x1b[1m 900/1875\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m━━━\x1b[0m \x1b[1m1s\x1b[0m 2ms/step - loss: 9.0",
            "\x1b[1m1875/1875\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m5s\x1b[0m 2ms/step - loss: 8.0 - acc: 0.5",
            "\x1b[1m1875/1875\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m5s\x1b[0m 2ms/step - loss: {y} - acc: 0.5 - val_loss: {z}")
     + "313/313 - 1s - 2ms/step - loss: 77.0 - acc: 0.1\n",
     {"loss": FROM_1, "val_loss": [(x, y + 1) for x, y in FROM_1]}, "epoch", {"epoch": 3}),
    ("mmengine",
     epochs("2024/01/01 00:00:01 - mmengine - INFO - Epoch(train)   [{n}][   50/1000]  lr: 1.0000e-03  eta: 1 day, 2:03:04  "
            "time: 0.3  memory: 1000  loss: {y}  loss_cls: 0.1",
            "2024/01/01 00:00:09 - mmengine - INFO - Epoch(val) [{n}][5/5]    coco/bbox_mAP: 0.{p}  data_time: 0.0131"),
     {"train/loss": [(50, 2.5), (1050, 2.25), (2050, 2.125)], "val/coco/bbox_mAP": [(50, 0.1), (1050, 0.2), (2050, 0.3)]},
     "step", {}),
    ("mmdetection 2",
     epochs("2021-01-01 00:00:01,000 - mmdet - INFO - Epoch [{n}][50/1000]\tlr: 1.0e-03, eta: 2:03:04, time: 0.3, loss: {y}",
            "2021-01-01 00:00:02,000 - mmdet - INFO - Epoch(val) [{n}][500]\tbbox_mAP: 0.{p}, bbox_mAP_50: 0.5"),
     {"loss": [(50, 2.5), (1050, 2.25), (2050, 2.125)], "val/bbox_mAP": [(50, 0.1), (1050, 0.2), (2050, 0.3)]}, "step", {}),
    ("fairseq simple",
     epochs("2022-01-01 00:00:00 | INFO | train_inner | epoch 00{n}:    {p} / 2000 loss={y}, ppl=12, wps=1000, num_updates={p}00, lr=0.0001",
            "2022-01-01 00:00:00 | INFO | valid | epoch 00{n} | valid on 'valid' subset | loss {z} | ppl 14.98 | num_updates {p}00",
            "2022-01-01 00:00:00 | INFO | train | epoch 00{n} | loss 4.5 | ppl 14.98 | num_updates {p}00 | lr 0.0001"),
     {"train_inner/loss": [(1000, 2.5), (2000, 2.25), (3000, 2.125)], "val/loss": [(1000, 3.5), (2000, 3.25), (3000, 3.125)],
      "train/loss": [(1000, 4.5), (2000, 4.5), (3000, 4.5)]}, "step", {}),
    ("fairseq json",
     epochs('2022-01-01 00:00:01 | INFO | train_inner | {{"epoch": {n}, "update": 0.05, "loss": "{y}", "num_updates": "{p}00", "lr": "1e-4"}}',
            '2022-01-01 00:00:01 | INFO | valid | {{"epoch": {n}, "valid_loss": "{z}", "valid_num_updates": "{p}00"}}'),
     {"train_inner/loss": [(1000, 2.5), (2000, 2.25), (3000, 2.125)], "valid_loss": [(1000, 3.5), (2000, 3.25), (3000, 3.125)]},
     "step", {}),
    ("nemo",
     many("Epoch 0:  1%|█| {0}/100 [00:10<00:10, v_num=0, reduced_train_loss={1}, global_step={0}.0, consumed_samples=8.0]", *ROWS_1),
     {"reduced_train_loss": FROM_1}, "step", {}),
    ("composer",
     many("[batch={0}/1000]:\n\t Train time/batch: {0}\n\t Train time/epoch: 0\n\t Train loss/train/total: {1}", *ROWS_1),
     {"loss/train/total": FROM_1}, "step", {"step": 1000}),
    ("olmo",
     many("2024-01-01 00:00:00.000\thost:0\tolmo.train:816\tINFO\t[step={0}/1000,epoch=0]\n    optim/total_grad_norm=1.2\n"
          "    train/CrossEntropyLoss={1}\n    throughput/total_tokens=1,000,000", *ROWS_1),
     {"train/CrossEntropyLoss": FROM_1, "optim/total_grad_norm": [(1, 1.2), (2, 1.2), (3, 1.2)]}, "step", {"step": 1000}),
    ("nnU-Net 2",
     epochs("2023-01-01 00:00:00.000001: Epoch {e}", "2023-01-01 00:00:00.00002: Current learning rate: 0.01",
            "2023-01-01 00:00:01.0: train_loss {y}", "2023-01-01 00:00:01.1: val_loss -{z}",
            "2023-01-01 00:00:01.2: Pseudo dice [np.float32(0.{p}), np.float32(0.5)]", "2023-01-01 00:00:01.3: Epoch time: 50.1 s"),
     {"train_loss": LOSS, "val_loss": [(x, -y - 1) for x, y in LOSS], "Pseudo dice/0": [(0, 0.1), (1, 0.2), (2, 0.3)],
      "Pseudo dice/1": [(0, 0.5), (1, 0.5), (2, 0.5)]}, "epoch", {}),
    ("nnU-Net 1",
     epochs("2020-01-01 00:00:00.000001: \nepoch:  {e}", "2020-01-01 00:00:01.0: train loss : {y}",
            "2020-01-01 00:00:01.1: validation loss: {z}",
            "2020-01-01 00:00:01.2: Average global foreground Dice: [0.{p}, 0.5]", "2020-01-01 00:00:01.3: lr: 0.01"),
     {"train loss": LOSS, "validation loss": [(x, y + 1) for x, y in LOSS],
      "Average global foreground Dice/0": [(0, 0.1), (1, 0.2), (2, 0.3)]}, "epoch", {}),
    ("darknet", many("\n {0}: {1}, 9.5 avg loss, 0.001000 rate, 3.2 seconds, 640 images, 10.0 hours left\nLoaded: 0.00 seconds", *ROWS_1),
     {"batch_loss": FROM_1, "loss": [(1, 9.5), (2, 9.5), (3, 9.5)]}, "step", {}),
    ("wenet", "".join(f"2024-01-01 00:00:00,000 DEBUG TRAIN | steps/sec 1.2| Batch {e}/{i} loss {2 - e - i / 1000} lr 1e-4 grad_norm 1.2 rank 0\n"
                      for e in (0, 1) for i in (0, 100, 200)),
     {"train/loss": [(0, 2), (100, 1.9), (200, 1.8), (300, 1), (400, 0.9), (500, 0.8)]}, "step", {}),
    ("torchtune bar", many("1|{0}|Loss: {1}:   2%|██ | {0}/100 [00:10<01:00,  1.00it/s]\r", *ROWS_1), {"Loss": FROM_1}, "step", {}),
    ("torchtune file", many("Step {0} | loss:{1} lr:2e-05 tokens_per_second_per_gpu:1200.1", *ROWS_1), {"loss": FROM_1}, "step", {}),
    ("paddleclas",
     epochs("[2022/01/01 00:00:01] ppcls INFO: [Train][Epoch {n}/100][Iter: 10/200]lr(LinearWarmup): 0.001, top1: 0.1, CELoss: 9.5, "
            "loss: {y}, batch_cost: 0.1s, reader_cost: 0.1, ips: 100 samples/s, eta: 1:00:00",
            "[2022/01/01 00:00:01] ppcls INFO: [Eval][Epoch {n}][Avg]CELoss: 1.2, loss: {z}, top1: 0.7"),
     {"train/loss": [(10, 2.5), (210, 2.25), (410, 2.125)], "val/loss": [(10, 3.5), (210, 3.25), (410, 3.125)],
      "lr": [(10, 0.001), (210, 0.001), (410, 0.001)]}, "step", {"epoch": 100, "step": 20000}),
    ("paddledetection",
     epochs("[01/01 00:00:01] ppdet.engine INFO: Epoch: [{e}] [  10/100] learning_rate: 0.000333 loss_xy: 0.5 loss: {y} "
            "eta: 3 days, 1:00:00 batch_cost: 0.3 data_cost: 0.1 ips: 20.1 images/s"),
     {"loss": [(10, 2.5), (110, 2.25), (210, 2.125)]}, "step", {}),
    ("paddlenlp", many("[2022-01-01 00:00:00,000] [    INFO] - global step {2}, epoch: 1, batch: {2}, loss: {1}, acc: 0.3, speed: 1.2 step/s", *ROWS),
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {}),
    ("gluon",
     epochs("[Epoch {e}][Batch 100] Speed: 100 samples/sec accuracy=0.5 lr=0.1", "[Epoch {e}] training: accuracy=0.6",
            "[Epoch {e}] validation: err-top1=0.{p} err-top5=0.1"),
     {"val/err-top1": [(100, 0.1), (200, 0.2), (300, 0.3)], "train/accuracy": [(100, 0.6), (200, 0.6), (300, 0.6)]}, "step", {}),
    ("detectron2", many("[01/01 00:00:01 d2.utils.events]:  eta: 0:10:00  iter: {0}  total_loss: {1}  loss_cls: 1.2  lr: 0.001  max_mem: 3000M", *ROWS),
     {"total_loss": LOSS, "lr": [(0, 0.001), (1, 0.001), (2, 0.001)]}, "step", {}),
    ("lightgbm", many("[{0}]\ttraining's l2: {1}\tvalid_1's l2: {1}5", *ROWS_1), {"training/l2": FROM_1, "valid_1/l2": [(1, 2.55), (2, 2.255), (3, 2.1255)]},
     "step", {}),
    ("lightgbm cv", many("[{0}]\tcv_agg's valid l2: {1} + 0.1", *ROWS_1), {"cv_agg/valid l2": FROM_1}, "step", {}),
    ("xgboost", many("[12:00:01] [{0}]\ttrain-rmse:{1}\teval-rmse:7.6+0.2", *ROWS), {"train-rmse": LOSS, "eval-rmse": [(0, 7.6), (1, 7.6), (2, 7.6)]}, "step", {}),
    ("catboost", many("{0}:\tlearn: {1}\ttest: 0.69\tbest: 0.69 (0)\ttotal: 10ms\tremaining: 1s", *ROWS), {"learn": LOSS, "test": [(0, 0.69), (1, 0.69), (2, 0.69)]},
     "step", {}),
    ("verl", many("(TaskRunner pid=123) step:{0} - global_seqlen/min:1000.0 - actor/pg_loss:-{1} - actor/lr:1e-06 - val/test_score/openai/gsm8k:0.3", *ROWS_1),
     {"actor/pg_loss": [(x, -y) for x, y in FROM_1], "val/test_score/openai/gsm8k": [(1, 0.3), (2, 0.3), (3, 0.3)]}, "step", {}),
    ("hugging face", many("  1%|█         | {2}/600 [00:10<10:00,  1.00s/it]\n{{'loss': '{1}', 'grad_norm': 0.5, 'learning_rate': '2e-05', 'epoch': '0.{2}'}}", *ROWS),
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {"step": 600, "epoch": 6}),
    ("lightning", epochs("Epoch {e}: 100%|██████████| 100/100 [00:10<00:00,  9.90it/s, loss=9.5, v_num=0, train_loss={y}, val_loss={z}]"),
     {"train_loss": [(100, 2.5), (200, 2.25), (300, 2.125)], "val_loss": [(100, 3.5), (200, 3.25), (300, 3.125)]}, "step", {}),
    ("openrlhf", many("Train epoch [1/1]:  10%|█         | {2}/100 [00:10<01:30, 9.0s/it, policy_loss={1}, reward=0.5]", *ROWS),
     {"train/policy_loss": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {"step": 100}),
    ("megatron",
     many(" [2024-01-01 00:00:01] iteration       {2}/  500000 | consumed samples:         2560 | elapsed time per iteration (ms): 1234.5 | "
          "learning rate: 1.500000E-04 | lm loss: {1}E+00 | loss scale: 1.0 | number of skipped iterations:   0 | number of nan iterations:   0 |\n"
          " validation loss at iteration {2} on validation set | lm loss value: 3.0E+00 | lm loss PPL: 2.0E+01 |", *ROWS),
     {"lm loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "val/lm loss": [(10, 3), (20, 3), (30, 3)]}, "step", {"step": 500000}),
    ("deepspeed",
     many("[2023-05-01 10:00:01,123] [INFO] [logging.py:96:log_dist] [Rank 0] step={2}, skipped=0, lr=[9.65e-06, 9.65e-06], mom=[(0.9, 0.95)]\n"
          " steps: {2} loss: {1} iter time (s): 0.512 samples/sec: 125.1", *ROWS),
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "lr": [(10, 9.65e-6), (20, 9.65e-6), (30, 9.65e-6)]}, "step", {}),
    ("torchtitan", many("[rank0]:[titan] 2024-07-01 00:00:01,000 - root - INFO - \x1b[31mstep: {2}  \x1b[32mloss:  {1}  \x1b[33mmemory: 10.00GiB(12.00%)  tps: 1,200  mfu: 30.0%", *ROWS),
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "tps": [(10, 1200), (20, 1200), (30, 1200)]}, "step", {}),
    ("maxtext", many("completed step: {0}, seconds: 1.234, TFLOP/s/device: 100.1, total_weights: 1000, loss: {1}", *ROWS), {"loss": LOSS}, "step", {}),
    ("opennmt", many("[2023-01-01 00:00:01,000 INFO] Step {2}/100000; acc: 10.5; ppl: {1}; lr: 0.00010; bsz: 100/100/10; 1000/1000 tok/s; 1 sec;", *ROWS),
     {"ppl": [(10, 2.5), (20, 2.25), (30, 2.125)], "acc": [(10, 10.5), (20, 10.5), (30, 10.5)]}, "step", {"step": 100000}),
    ("espnet",
     epochs("[host] 2022-01-01 00:00:00,000 (trainer:732) INFO: {n}epoch:train:1-50batch: iter_time=0.1, loss_ctc=100.1, loss={z}, acc=0.3",
            "[host] 2022-01-01 00:00:00,000 (trainer:338) INFO: {n}epoch results: [train] iter_time=0.1, loss=80.2, time=10 minutes, total_count=100, "
            "[valid] loss={y}, cer=0.5, time=1 minute, [att_plot] time=2 seconds"),
     {"val/loss": [(50, 2.5), (100, 2.25), (150, 2.125)], "train/loss": [(50, 3.5), (100, 3.25), (150, 3.125)],
      "train/loss_epoch": [(50, 80.2), (100, 80.2), (150, 80.2)]}, "step", {}),
    ("speechbrain", many("epoch: {0}, lr: 1.00e-03 - train loss: {1} - valid loss: 3.45, valid CER: 12.3, valid WER: {2}", *ROWS_1),
     {"train loss": FROM_1, "valid WER": [(1, 10), (2, 20), (3, 30)]}, "epoch", {}),
    ("estimator", many("INFO:tensorflow:loss = {1}, step = {2} (1.2 sec)", *ROWS), {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {}),
    ("scikit-learn", many("Iteration {0}, loss = {1}", *ROWS_1), {"loss": FROM_1}, "step", {}),
    ("nanoGPT", many("iter {2}: loss {1}, time 100.11ms, mfu 30.00%", *ROWS) + "step 30: train loss 2.0, val loss 2.1\n",
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "val loss": [(30, 2.1)], "time": [(10, 100.11), (20, 100.11), (30, 100.11)]}, "step", {}),
    ("llm.c", many("s:{0} trl:{1}", *ROWS) + "s:2 tel:1.5\n", {"train_loss": LOSS, "val_loss": [(2, 1.5)]}, "step", {}),
    ("llm.c, later", many("step    {0}/19560 | loss {1} (+nanz)| norm 15.3 (+1.2z)| lr 8.57e-07 | 3000 ms | 17.2% bf16 MFU | 174000 tok/s", *ROWS_1),
     {"loss": FROM_1, "norm": [(1, 15.3), (2, 15.3), (3, 15.3)]}, "step", {"step": 19560}),
    ("torch.log and json", many('==> online epoch # {0} [batchSize = 128]\njson_stats: {{"nesterov":true,"model":"nin","epoch":{0},"train_loss":{1},"test_acc":{2}}}', *ROWS_1),
     {"train_loss": FROM_1, "test_acc": [(1, 10), (2, 20), (3, 30)]}, "epoch", {}),
    ("sentences",
     epochs("Epoch {e}, Step 25, total used time 6.7 (s), avg loss so far is {z}", "Epoch {e}, Step 50, total used time 6.7 (s), avg loss so far is {y}",
            "Epoch {e}, val loss is 0.02, val mse is 0.0025."),
     {"avg loss": [(25, 3.5), (50, 2.5), (100, 3.25), (125, 2.25), (175, 3.125), (200, 2.125)], "val mse": [(50, 0.0025), (125, 0.0025), (200, 0.0025)]},
     "step", {}),
    ("episodes", many("[INFO] 2025-11-03 12:45:53 Episode {0} reward -{1} eps 1.000", *ROWS), {"reward": [(x, -y) for x, y in LOSS]}, "episode", {}),
    ("ppo by episode and timestep", many("Episode : {0} \t\t Timestep : {2}00 \t\t Average Reward : {1}", *ROWS),
     {"Average Reward": [(1000, 2.5), (2000, 2.25), (3000, 2.125)]}, "step", {}),
    ("ep and reward", many("Ep {0} | reward -{1} | Avg 4.0", *ROWS_1), {"reward": [(x, -y) for x, y in FROM_1]}, "episode", {}),
    ("cleanrl", many("global_step={2}, episodic_return={1}", *ROWS), {"episodic_return": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {}),
    ("gan", epochs("[Epoch {e}/200] [Batch 10/938] [D loss: {y}] [G loss: {z}]"),
     {"D loss": [(10, 2.5), (948, 2.25), (1886, 2.125)], "G loss": [(10, 3.5), (948, 3.25), (1886, 3.125)]}, "step", {"epoch": 200, "step": 187600}),
    ("cyclegan", "".join(f"(epoch: {e}, iters: {i}, time: 0.123, data: 0.234) G_GAN: {e + i / 1000} D_real: 0.5 \n" for e in (1, 2) for i in (100, 200)),
     {"G_GAN": [(100, 1.1), (200, 1.2), (400, 2.1), (500, 2.2)]}, "step", {}),
    ("mnist", "".join(f"Train Epoch: {e} [{i}/60000 ({i // 600}%)]\tLoss: {3 - e + i / 1e5:.4f}\n" for e in (1, 2) for i in (0, 6400))
     + "\nTest set: Average loss: 0.0500, Accuracy: 9810/10000 (98%)\n",
     {"train/loss": [(0, 2), (6400, 2.064), (60000, 1), (66400, 1.064)], "test/average loss": [(66400, 0.05)], "test/accuracy": [(66400, 98.1)]}, "samples", {}),
    ("pytorch tutorial", "".join(f"[{e}, {i:5d}] loss: {3 - e + i / 1e4:.3f}\n" for e in (1, 2) for i in (2000, 4000)),
     {"loss": [(2000, 2.2), (4000, 2.4), (8000, 1.2), (10000, 1.4)]}, "step", {}),
    ("epoch, time and two lines", many("Epoch: 0{0} | Epoch Time: 0m 12s\n\tTrain Loss: {1} | Train PPL:  28.405\n\t Val. Loss: 3.409 |  Val. PPL:  27.294", *ROWS_1),
     {"Train Loss": FROM_1, "Val. Loss": [(1, 3.409), (2, 3.409), (3, 3.409)]}, "epoch", {}),
    ("epoch and three numbers", many("Epoch 00{0} | train loss {1} | valid loss 1.3 | valid acc {2}.00%", *ROWS_1),
     {"train loss": FROM_1, "valid loss": [(1, 1.3), (2, 1.3), (3, 1.3)], "valid acc": [(1, 10), (2, 20), (3, 30)]}, "epoch", {}),
    ("epoch and step in brackets", epochs("2024-01-01 00:00:00 INFO Epoch [{n}/3], Step [50/100], Loss: {z}", "2024-01-01 00:00:00 INFO Epoch [{n}/3], Step [100/100], Loss: {y}"),
     {"Loss": [(50, 3.5), (100, 2.5), (150, 3.25), (200, 2.25), (250, 3.125), (300, 2.125)]}, "step", {"epoch": 3, "step": 300}),
    ("modded-nanogpt", many("step:{0}/3242 train_loss:{1} train_time:27660ms step_avg:nanms", *ROWS), {"train_loss": LOSS}, "step", {"step": 3242}),
    ("dcgan", "".join(f"[{e}/5][{i}/20]\tLoss_D: {2 - e - i / 1000} Loss_G: 2.1 D(x): 0.71 D(G(z)): 0.23 / 0.11\n" for e in (0, 1) for i in (0, 10)),
     {"Loss_D": [(0, 2), (10, 1.99), (20, 1), (30, 0.99)], "D(x)": [(0, 0.71), (10, 0.71), (20, 0.71), (30, 0.71)],
      "D(G(z))": [(0, 0.23), (10, 0.23), (20, 0.23), (30, 0.23)]}, "step", {"epoch": 5, "step": 100}),
    ("swin",
     epochs("[2021-01-01 00:00:01 swin_tiny](main.py 220): INFO Train: [{e}/300][10/20]\teta 0:40:00 lr 0.001\ttime 1.2 (1.9)\tloss {y} (6.9)\tmem 8000MB",
            "[2021-01-01 00:00:02 swin_tiny](main.py 280): INFO Test: [0/5]\tTime 1.2 (1.9)\tLoss 9.5 (9.5)\tAcc@1 1.0 (1.0)\tMem 8000MB",
            "[2021-01-01 00:00:03 swin_tiny](main.py 290): INFO  * Acc@1 {p}.123 Acc@5 90.123"),
     {"train/loss": [(10, 2.5), (30, 2.25), (50, 2.125)], "test/acc@1": [(10, 10.123), (30, 20.123), (50, 30.123)]}, "step", {"epoch": 300, "step": 6000}),
    ("basicsr", many("22-01-01 00:00:01.123 : <epoch:  0, iter:   {0},000, lr:1.000e-04> l_pix: {1} ", *ROWS_1),
     {"l_pix": [(1000, 2.5), (2000, 2.25), (3000, 2.125)]}, "step", {}),
    ("ppocr", many("[2021/01/01 00:00:01] ppocr INFO: epoch: [1/500], global_step: {2}, lr: 0.001000, loss: {1}, avg_reader_cost: 0.1 s, ips: 100.1 samples/s", *ROWS)
     + "[2021/01/01 00:00:01] ppocr INFO: cur metric, acc: 0.55, fps: 1200.1\n",
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "acc": [(30, 0.55)]}, "step", {"epoch": 500}),
    ("word language model",
     epochs("| epoch   {n} |   100/  200 batches | lr 20.00 | ms/batch 12.34 | loss  {y} | ppl   690.32", "-----------------------------------------",
            "| end of epoch   {n} | time: 105.44s | valid loss  {z} | valid ppl   367.44"),
     {"loss": [(100, 2.5), (300, 2.25), (500, 2.125)], "valid loss": [(100, 3.5), (300, 3.25), (500, 3.125)]}, "step", {}),
    ("pytorch quickstart",
     epochs("Epoch {n}\n-------------------------------", "loss: {z}  [   64/60000]", "loss: {y}  [ 6464/60000]", "Test Error: ", " Accuracy: 6{n}.0%, Avg loss: 1.081234 \n"),
     {"loss": [(64, 3.5), (6464, 2.5), (60064, 3.25), (66464, 2.25), (120064, 3.125), (126464, 2.125)],
      "test/accuracy": [(6464, 61), (66464, 62), (126464, 63)]}, "samples", {}),
    ("caffe", many("I0101 00:00:01.1 12345 solver.cpp:218] Iteration {2} (2.1 iter/s, 9.5s/20 iters), loss = {1}\n"
                   "I0101 00:00:01.1 12345 solver.cpp:237]     Train net output #0: loss = {1} (* 1 = {1} loss)\n"
                   "I0101 00:00:01.1 12345 sgd_solver.cpp:106] Iteration {2}, lr = 0.01", *ROWS),
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "train/loss": [(10, 2.5), (20, 2.25), (30, 2.125)], "lr": [(10, 0.01), (20, 0.01), (30, 0.01)]}, "step", {}),
    ("mxnet", epochs("INFO:root:Epoch[{e}] Batch [20]\tSpeed: 1234.56 samples/sec\taccuracy=0.5", "INFO:root:Epoch[{e}] Train-accuracy=0.6", "INFO:root:Epoch[{e}] Time cost=1.2",
                     "INFO:root:Epoch[{e}] Validation-accuracy=0.{p}"),
     {"Validation-accuracy": [(20, 0.1), (40, 0.2), (60, 0.3)]}, "step", {}),
    ("rsl_rl", many("        Learning iteration {0}/1500        \n   Value function loss: 0.01\n   Mean reward: {1}\n   Mean episode length: 201.00", *ROWS),
     {"Mean reward": LOSS}, "step", {"step": 1500}),
    ("updates and a line below", many("Updates {0}, num timesteps {2}00, FPS 512 \n Last 10 training episodes: mean/median reward {1}/20.0, min/max reward 10.0/30.0", *ROWS_1),
     {"train/mean/median reward": [(1, 2.5), (2, 2.25), (3, 2.125)]}, "step", {}),
    ("score of the last hundred", many("Episode: {0}/500 Score: 21.0 Avg Score (100): {1} e: 0.95", *ROWS_1), {"Avg Score": FROM_1}, "episode", {"episode": 500}),
    ("gcn", many("Epoch: 000{0} loss_train: {1} acc_train: 0.14 loss_val: 1.94 time: 0.0123s", *ROWS_1) + "Optimization Finished!\nTest set results: loss= 0.75 accuracy= 0.82\n",
     {"loss_train": FROM_1, "loss_val": [(1, 1.94), (2, 1.94), (3, 1.94)], "test/loss": [(3, 0.75)]}, "epoch", {}),
    ("deit", epochs("Epoch: [{e}]  [  10/20]  eta: 0:40:00  lr: 0.000001  loss: {y} (6.9512)  time: 1.2  data: 0.3  max mem: 8000", "Averaged stats: lr: 0.000001  loss: 6.9331 (6.9512)",
                    "Test:  [ 0/5]  eta: 0:00:20  loss: 1.2 (1.3)  acc1: 71.1 (70.2)  time: 0.2  data: 0.1  max mem: 8000", "* Acc@1 71.123 Acc@5 90.123 loss {z}"),
     {"loss": [(10, 2.5), (30, 2.25), (50, 2.125)], "test/loss": [(10, 3.5), (30, 3.25), (50, 3.125)]}, "step", {}),
    # shapes of one's own
    ("glued", many("E{0} loss=.5 acc: {1}", *ROWS), {"acc": LOSS, "loss": [(0, 0.5), (1, 0.5), (2, 0.5)]}, "epoch", {}),
    ("heads in a line", many("epoch {0}: train: loss {1} acc 0.5 | val: loss 1.5 acc 0.6", *ROWS),
     {"train/loss": LOSS, "val/loss": [(0, 1.5), (1, 1.5), (2, 1.5)], "val/acc": [(0, 0.6), (1, 0.6), (2, 0.6)]}, "epoch", {}),
    ("a name once more", many("Epoch {0}/10 - Train Loss: {1} Acc: 0.8 | Val Loss: 0.6 Acc: 0.7", *ROWS_1),
     {"Train Loss": FROM_1, "train/acc": [(1, 0.8), (2, 0.8), (3, 0.8)], "val/acc": [(1, 0.7), (2, 0.7), (3, 0.7)]}, "epoch", {"epoch": 10}),
    ("heads of sections", epochs("Epoch {n}", "Training:", "loss: {y}", "----- Validation -----", "loss: {z}", "accuracy: 91.{p}%"),
     {"train/loss": FROM_1, "val/loss": [(x, y + 1) for x, y in FROM_1], "val/accuracy": [(1, 91.1), (2, 91.2), (3, 91.3)]}, "epoch", {}),
    ("batches under an epoch", "".join(f"Epoch {e + 1}/2\n" + "".join(f"  Batch {i}/100 loss: {2 - e - i / 1000}\n" for i in (0, 50)) for e in (0, 1)),
     {"loss": [(0, 2), (50, 1.95), (100, 1), (150, 0.95)]}, "step", {"epoch": 2, "step": 200}),
    ("iterations under an epoch", "".join(f"=== Epoch {e} ===\n" + "".join(f"iter {i} loss {2 - e - i / 1000}\n" for i in (10, 20, 30)) for e in (0, 1)),
     {"loss": [(10, 1.99), (20, 1.98), (30, 1.97), (50, 0.99), (60, 0.98), (70, 0.97)]}, "step", {}),
    ("cost after", many("Cost after iteration {2}: {1}", *ROWS), {"Cost": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {}),
    ("a bar for every epoch", "".join(f"{i}%|██  | {i}/100 [00:10<00:00, 48.1it/s, loss={2 - e - i / 1000:.3f}]\r" for e in (0, 1) for i in (25, 50, 100)),
     {"loss": [(25, 1.975), (50, 1.95), (100, 1.9), (125, 0.975), (150, 0.95), (200, 0.9)]}, "step", {"step": 200}),
    ("not a number", many("step {0} loss {1}", (0, 2.5), (1, "NaN"), (2, "-Inf"), (3, "nan")),
     {"loss": [(0, 2.5), (1, math.nan), (2, -math.inf), (3, math.nan)]}, "step", {}),
    ("tensors", many("epoch {0} loss tensor({1}, device='cuda:0', grad_fn=<NllLossBackward0>) lr [0.1]", *ROWS), {"loss": LOSS}, "epoch", {}),
    ("thousands", many("step {0},000 | loss {1} | return 1,200.5 | tokens/s 12,345", *ROWS_1),
     {"loss": [(1000, 2.5), (2000, 2.25), (3000, 2.125)], "return": [(1000, 1200.5), (2000, 1200.5), (3000, 1200.5)]}, "step", {}),
    ("ends in a word", many("Iter {2} of 100: loss {1}.", *ROWS), {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {"step": 100}),
    ("rounds", many("Round {0}, global test accuracy: {1}", *ROWS_1), {"global test accuracy": FROM_1}, "round", {}),
    ("assignment", many("epoch = {0} step = {2} cost = {1}", *ROWS), {"cost": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {}),
    ("ranks of srun", epochs("0: Epoch {e}", "0: train loss: {y}"), {"train loss": LOSS}, "epoch", {}),
    ("glog", many("I0101 00:00:01.123456 12345 solver.cpp:218] Iteration {2} (2.1 iter/s, 9.5s/20 iters), loss = {1}", *ROWS),
     {"loss": [(10, 2.5), (20, 2.25), (30, 2.125)]}, "step", {}),
    ("a print of a dictionary", many("{0} {{'train': {{'loss': {1}}}, 'val': {{'loss': 1.5}}, 'epoch': {0}}}", *ROWS),
     {"train/loss": LOSS, "val/loss": [(0, 1.5), (1, 1.5), (2, 1.5)]}, "epoch", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "metrics", "axis", "horizon"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_printed_is_read(
    tmp_path: Path, text: str, metrics: dict[str, Points], axis: str, horizon: dict[str, float]
) -> None:
    (run,) = read(tmp_path, text)
    for metric, expected in metrics.items():
        assert points(run, metric) == [(pytest.approx(x), pytest.approx(y, nan_ok=True)) for x, y in expected], metric
        assert run.curves[metric].axis == axis
    assert dict(run.horizon) == horizon
