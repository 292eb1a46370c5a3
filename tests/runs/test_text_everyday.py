"""Lines of one's own making, of other languages and of agents: what is to be read of them, and judged by."""

from __future__ import annotations

from pathlib import Path

import pytest

from forerun.core.choosing import metrics_of

from .test_text_formats import FROM_1, LOSS, ROWS, ROWS_1, Points, epochs, many, points, read

TENS = [(10.0, 2.5), (20.0, 2.25), (30.0, 2.125)]
VAL = [(x, y + 1) for x, y in FROM_1]
CASES: list[tuple[str, str, str, Points, str]] = [
    # agents
    ("brax", many("{{'eval/walltime': 10.1, 'eval/episode_reward': {1}, 'training/total_loss': 9.5, 'num_steps': {2}}}", *ROWS), "eval/episode_reward", TENS, "step"),
    ("rl games", many("fps step: 9 fps total: 8 epoch: {0}/500 frames: {2}\nsaving next best rewards:  [{1}]", *ROWS_1), "saving next best rewards", TENS, "step"),
    ("a reward of each of many, named by its process", many("[2023-01-01 10:00:00,124][01234] Avg episode reward: [(0, '{1}')]", *ROWS_1 * 4), "Avg episode reward",
     [(float(i), y) for i, (_, y) in enumerate(FROM_1 * 4, 1)], "row"),
    ("epsilon as e", many("episode: {0}/1000, score: {1}, e: 0.9{0}", *ROWS), "score", LOSS, "episode"),
    ("epsilon as e, at first one", "episode: 0/9, score: 5, e: 1.0\n" + many("episode: {0}/9, score: {1}, e: 0.9", *ROWS_1), "score", [(0, 5), *FROM_1], "episode"),
    ("steps an episode had", many("ep:{0}, steps:2{0}, total reward:{1}, e:0.99", *ROWS), "total reward", LOSS, "episode"),
    ("ep_r", many("Ep: {0} | Ep_r: -{1}", *ROWS), "episode_reward", [(x, -y) for x, y in LOSS], "episode"),
    ("drq", many("| train | F: 9{2} | S: {2} | E: {0} | L: 500 | R: {1} | BS: 1000 | FPS: 40.1 | T: 0:00:25", *ROWS), "train/episode_reward", TENS, "step"),
    ("td3", many("Total T: {2} Episode Num: {0} Episode T: 1000 Reward: -5.5\n---------------\nEvaluation over 10 episodes: {1}\n---------------", *ROWS),
     "Evaluation/reward", TENS, "step"),
    ("sac", many("Episode: {0}, total numsteps: {2}, episode steps: 200, reward: {1}", *ROWS) + "Test Episodes: 10, Avg. Reward: 7.5\n", "reward", TENS, "step"),
    ("mean over the last", many("Episode {0}, Average reward over last 100 episodes: {1}", *ROWS), "Average reward", LOSS, "episode"),
    ("mean over the last, in brackets", many("Episode: {0} | Mean reward (last 100 episodes): {1} | Epsilon: 0.5", *ROWS), "Mean reward", LOSS, "episode"),
    ("neat", many(" ****** Running generation {0} ****** \n\nPopulation's average fitness: {1} stdev: 1.2", *ROWS), "Population/average fitness", LOSS, "generation"),
    # passes over the data
    ("a pass with its validation", many("[00{0}/020] 12.30 sec(s) Train Acc: 0.61 Loss: 9.1 | Val Acc: 0.5 loss: {1}", *ROWS_1), "val/loss", FROM_1, "epoch"),
    ("a pass with named metrics", many(">>> [0{0}/12] >>> train_loss={2}.5 // val_loss={1}", *ROWS_1), "val_loss", FROM_1, "epoch"),
    ("steps with their validation", many("[{2}/30000] Train loss: 9.5, Valid loss: {1}", *ROWS), "Valid loss", TENS, "step"),
    ("two bars an epoch", epochs("Epoch {n}/3", "\r100%|███| 100/100 [00:10<00:00, 9.9it/s, loss={y}]", "\r100%|███| 20/20 [00:01<00:00, 9.9it/s, loss={z}]"),
     "val/loss", [(100 * x, y) for x, y in VAL], "step"),
    ("bars that back over themselves", epochs("Epoch: {e}", " [==================================>]  Step: 1s10ms | Tot: 1m2s | Loss: {y} | Acc: 50.0% (2/4)" + " " * 20 + "\b" * 100 + " 9/9 ",
                                              " [==================================>]  Step: 10ms | Tot: 2s | Loss: {z} | Acc: 25.0% (1/4)" + " " * 20 + "\b" * 100 + " 4/4 "),
     "val/loss", [(9 * x, y) for x, y in VAL], "step"),
    ("a bar at the line's end", epochs("Epoch: {e}", " [=====>] Step: 10ms | Loss: {y} | Acc: 40.0% (20000/50000) 391/391", " [=====>] Step: 10ms | Loss: {z} | Acc: 30.0% (3000/10000) 100/100"),
     "val/loss", [(391 * x, y) for x, y in VAL], "step"),
    ("keras with backspaces", epochs("Epoch {n}/3", "".join("\b" * 60 + f" {j}00/1000 [===>......] - ETA: 0s - loss: 9.5" for j in range(1, 9))
                                     + "\b" * 60 + "1000/1000 [==============================] - 0s 100us/step - loss: {y} - val_loss: {z}"), "val_loss", VAL, "epoch"),
    ("deepspeech", epochs("Epoch {e} |   Training | Elapsed Time: 0:10:00 | Steps: 100 | Loss: {y}", "Epoch {e} | Validation | Elapsed Time: 0:01:00 | Steps: 10 | Loss: {z} | Dataset: dev.csv"),
     "val/loss", [(100 * x, y) for x, y in VAL], "step"),
    ("informer", epochs("\titers: 100, epoch: {n} | loss: 9.5", "\titers: 200, epoch: {n} | loss: 9.4", "Epoch: {n}, Steps: 264 | Train Loss: {y} Vali Loss: {z} Test Loss: 9.3"),
     "Vali Loss", [(264 * x, y) for x, y in VAL], "step"),
    ("char-rnn", many("{2}/21150 (epoch 0.00{0}), train_loss = {1}, grad/param norm = 4.2e-01, time/batch = 0.71s", *ROWS), "train_loss", TENS, "step"),
    ("tacotron", many("Train loss {2} {1} Grad Norm 1.2 3.45s/it", *ROWS), "Train loss", TENS, "step"),
    ("cntk", many("Finished Epoch[{0} of 300]: [Training] loss = {1} * 50000, metric = 50.1% * 50000 7.2s (6935.1 samples/s);", *ROWS_1), "train/loss", FROM_1, "epoch"),
    ("pytorch's translation", many("1m 5s (- 10m 59s) ({2} 6%) {1}", *ROWS), "loss", TENS, "step"),
    ("recbole", many("Mon 01 Jan 2024 00:00:01 INFO  epoch {0} training [time: 10.12s, train loss: 9.5]\n"
                     "Mon 01 Jan 2024 00:00:01 INFO  epoch {0} evaluating [time: 1.12s, valid_score: {1}]", *ROWS), "valid_score", LOSS, "epoch"),
    ("minutes and seconds", many("Epoch {0} | 2m 3s | train {2} | val {1}", *ROWS), "val", LOSS, "epoch"),
    ("yolox", many("2021-08-01 00:00:01 | INFO     | yolox.core.trainer:253 - epoch: 1/300, iter: {2}/400, mem: 3000Mb, iter_time: 0.301s, total_loss: {1}, lr: 1.0e-03", *ROWS),
     "total_loss", TENS, "step"),
    ("pycocotools", epochs("Epoch {e}", " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = {y}", " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.9",
                           " Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.1"), "test AP", LOSS, "epoch"),
    # languages and ornaments
    ("chinese", many("第{0}轮，训练损失：9.5，验证损失：{1}，验证准确率：{2}%", *ROWS_1), "valid loss", FROM_1, "epoch"),
    ("japanese", many("エポック {0} 損失: {1} 精度: 0.5", *ROWS_1), "loss", FROM_1, "epoch"),
    ("korean", many("에폭 {0} 손실: {1} 정확도: 0.5", *ROWS_1), "loss", FROM_1, "epoch"),
    ("russian", many("Эпоха {0}: потери {1}, точность 0.5", *ROWS_1), "loss", FROM_1, "epoch"),
    ("spanish", many("Época {0}, pérdida: {1}, precisión: 0.5", *ROWS_1), "loss", FROM_1, "epoch"),
    ("pictures", many("🚀 Epoch {0}/12 ✅ 📉 Loss: {1} 🎯 Acc: 50.1% ⏱️ 3.2s", *ROWS_1), "Loss", FROM_1, "epoch"),
    ("marian", many("[2023-01-01 10:00:00] Ep. 1 : Up. {2} : Sen. 900 : Cost {1} : Time 4.2s : 123.67 words/s : gNorm 1.2", *ROWS), "Cost", TENS, "step"),
    ("sockeye", many("[INFO:sockeye.training:_train] Checkpoint [{0}] Updates={2} Epoch=0 Samples=100 Updates/sec=3.2\n"
                     "[INFO:sockeye.training:fit] Checkpoint [{0}] Validation-perplexity={1}", *ROWS), "Validation-perplexity", TENS, "step"),
    ("groups in brackets", many("Epoch 1, batch {2}, loss[loss=9.5, simple_loss=8.5, over 5678.00 frames.], tot_loss[loss={1}, simple_loss=7.5, over 12.5 frames.]", *ROWS),
     "tot_loss", TENS, "step"),
    ("an epoch that many lines say", "".join(f"Epoch {e} loss {3 - e - b / 10}\n" for e in (1, 2) for b in range(5)), "loss",
     [(e + b / 5, 3 - e - b / 10) for e in (1, 2) for b in range(5)], "epoch"),
    ("an epoch that all lines say", many("Epoch 1 loss {1}", *ROWS * 4), "loss",
     [(float(i), y) for i, (_, y) in enumerate(FROM_1 * 4, 1)], "row"),
    ("an epoch said twice over", many("Epoch {0} loss {1}\nEpoch {0} loss {1}", *ROWS), "loss", LOSS, "epoch"),
    ("a sentence", many("After epoch {0} the loss is {1}.", *ROWS_1), "loss", FROM_1, "epoch"),
    ("a summary", epochs("===== EPOCH {n} SUMMARY =====", "  Train loss ........ : {y}", "  Valid loss ........ : {z}", "  Time elapsed ...... : 12.3 s"), "Valid loss", VAL, "epoch"),
    ("give or take", many("Epoch {0}: loss={1}±0.1 (best 2.0)", *ROWS_1), "loss", FROM_1, "epoch"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "judged", "expected", "axis"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_everyday_lines_are_read_and_judged(
    tmp_path: Path, text: str, judged: str, expected: Points, axis: str
) -> None:
    (run,) = read(tmp_path, text)
    if len(run.curves[judged]) > 2 and judged != "test AP":
        assert judged in metrics_of(run, ["all"])
    assert points(run, judged) == [(pytest.approx(x), pytest.approx(y)) for x, y in expected]
    assert run.curves[judged].axis == axis


def test_records_are_counted_where_nothing_says_a_place(tmp_path: Path) -> None:
    rows = [3 - i / 10 for i in range(12)]
    (run,) = read(tmp_path, "".join(f"train_loss: {y:.2f}\nval_loss: {y + 1:.2f}\n" for y in rows))
    assert points(run, "val_loss") == [(i, pytest.approx(y + 1)) for i, y in enumerate(rows, 1)]
    assert run.curves["val_loss"].axis == "row"


def hugging_face(count: int, bar: bool) -> str:
    """Records as Trainer prints them, with the bar drawn late before each and anew behind it."""
    lines = []
    for i in range(1, count + 1):
        drawn = " 1%|█    | {}/{} [00:10<10:00,  1.00s/it]".format
        before = [drawn(10 * i - 5, 10 * count), drawn(10 * i - 1, 10 * count)] if bar else []
        lines += [*before, f"{{'loss': {3 - i / 1000}, 'learning_rate': 1e-05, 'epoch': {round(i / 250, 2)}}}"]
        lines += [drawn(10 * i, 10 * count)] if bar else []
        if i % 100 == 0:
            lines += (
                ["  0%|          | 0/20 [00:00<?, ?it/s]", " 50%|##   | 10/20 [00:00<00:10, 2.0it/s]"] if bar else []
            )
            lines += [f"{{'eval_loss': {3 - i / 1000}, 'eval_runtime': 1.2, 'epoch': {round(i / 250, 2)}}}"]
    return "\n".join(lines) + "\n"


def test_every_record_of_hugging_face_is_kept_though_epochs_are_rounded(tmp_path: Path) -> None:
    (run,) = read(tmp_path, hugging_face(642, bar=False))
    assert run.curves["loss"].y.tolist() == [3 - i / 1000 for i in range(1, 643)]
    assert run.curves["loss"].axis == "row"
    assert len(run.curves["eval_loss"]) == 6


def test_the_bar_beside_hugging_faces_records_is_their_step(tmp_path: Path) -> None:
    (run,) = read(tmp_path, hugging_face(642, bar=True))
    assert run.curves["loss"].x.tolist()[:-1] == [10 * i for i in range(1, 642)]
    assert run.curves["eval_loss"].x.tolist() == [1000 * i for i in range(1, 7)]
    assert run.horizon["step"] == 6420


def test_lengths_are_read_where_nothing_else_is_printed(tmp_path: Path) -> None:
    (run,) = read(tmp_path, many("Episode {0}\tLast length:    12\tAverage length: {1}", *ROWS))
    assert points(run, "Average length") == LOSS
