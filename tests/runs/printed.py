"""One printed text for each shape that logs have, whatever prints them."""

from __future__ import annotations

N = 60
LOSS = [round(3.0 - 0.03 * i + 0.001 * (i * 7 % 5), 6) for i in range(N)]


def _epochs(*lines: str, first: int = 1, n: int = 12) -> str:
    """The lines again and again, an epoch each: {e} is the epoch, {y} a loss, {z} another."""
    return "".join(line.format(e=e, y=LOSS[e], z=LOSS[e] + 1) + "\n" for e in range(first, first + n) for line in lines)


TEXT_SHAPES: dict[str, str] = {
    "a line a step": _epochs("2026-01-01 00:00:{e:02d} INFO step {e}/99 | loss {y} | lr 1e-3 | 12.5ms"),
    "batches of epochs": _epochs("Epoch: [{e}][ 0/20]\tTime 0.1 (0.2)\tLoss {y} (2.0)", "Epoch: [{e}][10/20]\tTime 0.1 (0.2)\tLoss {z} (2.0)",
                                 "Test: [ 0/9]\tLoss 1.5 (1.5)", " * Acc@1 70.{e} Acc@5 90.0", first=0),
    "batches of unknown number": _epochs("Epoch {e}, Step 25, avg loss so far is {z}", "Epoch {e}, Step 50, avg loss so far is {y}", "Epoch {e}, val mse is {y}."),
    "a head and lines below": _epochs("[batch={e}/1000]:", "\t Train time/epoch: 0", "\t Train loss/train/total: {y}", "\t Eval loss/eval/total: {z}"),
    "sections": _epochs("Epoch {e}", "Training", "  loss: {y}", "Validation", "  loss: {z}"),
    "bars that overwrite themselves": _epochs("Epoch {e}:  50%|██   | 50/100 [00:10<00:10,  5it/s, loss={z}]\rEpoch {e}: 100%|████| 100/100 [00:20<00:00,  5it/s, loss={y}]"),
    "keras": _epochs("Epoch {e}/40", " 5/10 [==>...] - ETA: 0s - loss: 9.0\r10/10 [=====] - 1s 2ms/step - loss: {y} - val_loss: {z}"),
    "dictionaries": _epochs("  1%|█         | {e}/600 [00:10<10:00,  1.00s/it]", "{{'loss': {y}, 'learning_rate': 2e-05, 'epoch': 0.0{e}}}"),
    "dictionaries of rounded epochs": _epochs("{{'loss': {y}, 'learning_rate': 2e-05, 'epoch': 0.01}}"),
    "dictionaries between bars": _epochs("  1%|█    | {e}5/600 [00:10<10:00,  1.00s/it]", "  1%|█    | {e}8/600 [00:10<10:00,  1.00s/it]", "{{'loss': {y}, 'epoch': 0.01}}",
                                         "  1%|█    | {e}9/600 [00:10<10:00,  1.00s/it]", "  0%|     | 0/20 [00:00<?, ?it/s]", "{{'eval_loss': {z}, 'epoch': 0.01}}"),
    "numbers of two meanings": _epochs("epoch {e} loss {y} error 1,23{e}") * 2,
    "nothing that says a place": _epochs("train_loss: {y}", "val_loss: {z}") * 2,
    "two bars an epoch": _epochs("Epoch: {e}", "\r100%|███| 9/9 [00:10<00:00, 9.9it/s, loss={y}]", "\r100%|███| 4/4 [00:01<00:00, 9.9it/s, loss={z}]"),
    "bars that back over themselves": _epochs("Epoch {e}/40", "1/9 [>..] - ETA: 0s - loss: 9.5" + "\b" * 40 + "9/9 [===] - 0s 1us/step - loss: {y} - val_loss: {z}"),
    "boosting": _epochs("[{e}]\ttraining's l2: {y}\tvalid_1's l2: {z}"),
    "several trainings": "".join(f"Fold {k}\n" + _epochs("Epoch {e}/12 train_loss={y} val_loss={z}") for k in (1, 2, 3)),
    "names behind": _epochs(" {e}: {y}, {z} avg loss, 0.001000 rate, 3.2 seconds, 640 images", "Loaded: 0.00 seconds"),
    "settings first": "".join(f"layer.{i}.weight ... torch.Size([{i}, 3])\n" for i in range(300)) + "max_steps 500\n" + _epochs("it {e}: loss={y}"),
    "episodes": _epochs("Episode {e}\tReward: -{y}\tAverage: {z}"),
}  # fmt: skip
