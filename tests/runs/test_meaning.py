"""What records mean: axes, ranks, repeats, seeds, lineage, the learning rate, how a run ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, FrozenMap, Lineage, Run, UnknownName
from forerun.runs.assemble import assemble
from forerun.runs.convert import on_axis
from forerun.runs.log import WALL, Log, log_of_run
from forerun.runs.ranks import ranks_merged

from .encoded import wandb_file, wandb_history


def series(values: list[float], at: list[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    return np.array(at if at is not None else range(len(values)), np.int64), np.array(values, float)


def test_every_axis_is_kept_and_curves_move_between_them() -> None:
    log = Log("x", n=4, axes={"step": np.array([10.0, 20, 30, 40]), "tokens": np.array([1e3, 2e3, np.nan, 4e3])})
    log.axes[WALL] = np.array([100.0, 110, 120, 140])
    log.series = {"loss": series([4, 3, 2, 1]), "val": series([3.5], [2])}
    run = assemble(log, id="a")
    assert list(run.positions.columns) == ["step", "tokens", "seconds"]
    assert run.curves["loss"].axis == "step"
    assert on_axis(run, "seconds").curves["loss"].x.tolist() == [0, 10, 20, 40]
    assert on_axis(run, "tokens").curves["val"].x.tolist() == [3000]  # between the tokens logged around it
    with pytest.raises(UnknownName, match="no axis 'epoch'; there are: step, tokens, seconds"):
        on_axis(run, "epoch")


def test_there_and_back_again_gives_the_same_curve() -> None:
    rng = np.random.default_rng(0)
    step, tokens = np.arange(50.0), np.cumsum(rng.uniform(1, 9, 50))
    run = assemble(
        Log("x", n=50, axes={"step": step, "tokens": tokens}, series={"loss": series(rng.normal(size=50).tolist())})
    )
    back = on_axis(on_axis(run, "tokens"), "step").curves["loss"]
    assert back.x == pytest.approx(step)
    assert back.y.tolist() == run.curves["loss"].y.tolist()


def test_a_metric_without_the_main_axis_stands_on_its_own() -> None:
    log = Log("x", n=3, axes={"step": np.array([1.0, 2, np.nan]), "epoch": np.array([np.nan, np.nan, 1.0])})
    log.series = {"loss": series([2, 1], [0, 1]), "val_loss": series([3.0], [2])}
    run = assemble(log)
    assert (run.curves["loss"].axis, run.curves["val_loss"].axis) == ("step", "epoch")


def test_ranks_are_one_run_and_their_mean(tmp_path: Path) -> None:
    for rank in range(4):
        folder = tmp_path / "big" / f"rank_{rank}"
        folder.mkdir(parents=True)
        rows = [f'{{"step": {i}, "loss": {i + rank}, "only{rank}": 1.0}}\n' for i in range(5 if rank else 6)]
        (folder / "log.jsonl").write_text("".join(rows))
    (run,) = api.read(tmp_path)
    assert run.id == "big/log.jsonl"
    assert run.curves["loss"].y.tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 5.0]
    assert {"only0", "only3"} <= set(run.curves)
    assert [e.message for e in run.events] == ["4 ranks; averaged: loss"]


def test_what_is_no_rank_is_left_apart() -> None:
    curves = FrozenMap({"loss": Curve([1, 2], [2, 1], metric="loss")})
    ids = ["rank0", "frank_1/a", "worker_0", "worker_1", "gpu0", "gpu1", "franks/2"]
    assert [run.id for run in ranks_merged([Run(id, curves, "x") for id in ids])] == ids
    tables = [Run(f"s/t/rank{k}", curves, "tidy", source="s", task="t") for k in (0, 1)]
    assert len(ranks_merged(tables)) == 2


def test_one_rank_that_crashed_is_a_run_that_crashed() -> None:
    curves = FrozenMap({"loss": Curve([1, 2], [2, 1], metric="loss")})
    runs = [Run("a/rank0", curves, "x", status="running"), Run("a/rank1", curves, "x", status="crashed")]
    assert [run.status for run in ranks_merged(runs)] == ["crashed"]


def test_values_a_tracker_repeats_are_points_once_where_its_file_says_so(tmp_path: Path) -> None:
    def row(i: int) -> dict[str, float]:
        val = 0.5 / (1 + i // 20)
        return {"loss": 1 / (i + 1), "val": val, "eval/loss": val, "eval/step": i // 20, "depth": 7.0}

    rows = [wandb_history(i, row(i)) for i in range(100)]
    (tmp_path / "run-a.wandb").write_bytes(wandb_file(rows))
    (run,) = api.read(tmp_path)
    assert run.curves["eval/loss"].y.tolist() == [0.5 / k for k in (1, 2, 3, 4, 5)]
    assert len(run.curves["val"]) == 100  # nothing says that it was not measured
    assert len(run.curves["loss"]) == 100
    assert len(run.curves["depth"]) == 100  # whole numbers may well stay


def test_a_resumed_wandb_run_is_one_run_in_order_of_its_folders(tmp_path: Path) -> None:
    for begin, stamp in ((50, "20260102_000000"), (0, "20260101_000000")):
        folder = tmp_path / "wandb" / f"run-{stamp}-abc"
        folder.mkdir(parents=True)
        rows = [wandb_history(i, {"loss": float(begin)}) for i in range(begin, begin + 60)]
        (folder / "run-abc.wandb").write_bytes(wandb_file(rows))
    (run,) = api.read(tmp_path)
    assert run.id == "wandb/run-20260101_000000-abc"
    assert run.curves["loss"].x.tolist() == list(range(110))
    assert run.curves["loss"].y.tolist() == [0.0] * 50 + [50.0] * 60
    assert [event.kind for event in run.events] == ["resume"]


def test_a_run_whose_earlier_folder_appears_later_is_still_one(tmp_path: Path) -> None:
    for begin, stamp in ((50, "20260102_000000"), (0, "20260101_000000")):
        folder = tmp_path / "logs" / f"run-{stamp}-abc"
        folder.mkdir(parents=True)
        rows = [wandb_history(i, {"loss": float(begin)}) for i in range(begin, begin + 60)]
        (folder / "run-abc.wandb").write_bytes(wandb_file(rows))
        runs = api.read(tmp_path / "logs", store=tmp_path / "s")
    assert [run.id for run in runs] == ["run-20260101_000000-abc"]
    assert runs[0] == api.read(tmp_path / "logs")[0]


def test_seed_order_lineage_and_optimizer_state_are_kept(tmp_path: Path) -> None:
    lineage = Lineage("parent", fork_point=5.0, warm_start="weights.pt", optimizer_state="reset")
    log = Log("x", n=2, axes={"step": np.array([1.0, 2])}, series={"loss": series([2, 1])}, lineage=lineage)
    log.config = {"seed": 3, "data_seed": 1337, "lr": 0.1}
    from forerun.runs.store import Store

    with Store(tmp_path / "s") as store:
        store.append("a", log)
    (run,) = api.read(tmp_path / "s")
    assert (run.seed, run.data_order, run.lineage) == (3, "data_seed=1337", lineage)


def test_the_learning_rate_is_attached_where_it_was_in_force() -> None:
    log = Log("x", n=4, axes={"step": np.array([0.0, 10, 20, 30])})
    log.series = {"lr": series([0.1, 0.01], [0, 2]), "loss": series([4, 3, 2, 1])}
    run = assemble(log)
    assert run.curves["loss"].lr is not None
    assert run.curves["loss"].lr.tolist() == [0.1, 0.1, 0.01, 0.01]
    assert run.schedule is not None
    assert run.schedule.params["x"].tolist() == [0, 20]


def test_only_the_last_file_of_a_run_says_how_it_ended(tmp_path: Path) -> None:
    rows = "".join(f"step:{i}/9 train_loss:{2 - i / 10} train_time:{i}ms step_avg:1ms\n" for i in range(6))
    (tmp_path / "a.log").write_text(rows + "Traceback (most recent call last):\n  File x\nValueError: no\n")
    assert api.read(tmp_path)[0].status == "crashed"
    with (tmp_path / "a.log").open("a") as file:  # it was taken up again
        file.write("step:6/9 train_loss:1.4 train_time:6ms step_avg:1ms\n")
    assert api.read(tmp_path)[0].status == "running"


def test_a_run_given_as_curves_comes_back_from_the_store_as_it_was(tmp_path: Path) -> None:
    """What a third party's reader gives is kept by the same means."""
    (tmp_path / "a.csv").write_text(
        "step,lr,loss\n" + "".join(f"{i},{0.1 / (i + 1)},{2 - i / 10}\n" for i in [*range(8), *range(5, 9)])
    )
    (run,) = api.read(tmp_path)
    again = assemble(log_of_run(run))
    assert {name: curve.y.tolist() for name, curve in again.curves.items()} == {
        n: c.y.tolist() for n, c in run.curves.items()
    }
    assert again.curves["loss"].lr is not None
    assert run.curves["loss"].lr is not None
    assert again.curves["loss"].lr.tolist() == run.curves["loss"].lr.tolist()


def test_lines_described_in_the_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "forerun.toml").write_text(
        '[[profile]]\nname = "ours"\nline = "E{epoch} I{step} L={train/loss} {*} A={val/acc}%"\n'
    )
    lines = ["warming up", *(f"E{i // 10} I{i} L={2 - i / 50} (avg 2.0) A={i}%" for i in range(30)), "done"]
    (tmp_path / "out.txt").write_text("\n".join(lines))
    (run,) = api.read(tmp_path)
    assert run.curves["train/loss"].y.tolist() == [2 - i / 50 for i in range(30)]
    assert run.curves["val/acc"].x.tolist() == list(range(30))
    assert list(run.positions.columns) == ["epoch", "step"]


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ('name = "a"', "needs name"),
        ('name = "a"\nline = "loss"', "no named number"),
        ('name = "a"\nline = "{*}{b}"', "nothing tells"),
    ],
)
def test_a_bad_profile_is_named_with_its_file(tmp_path: Path, profile: str, why: str) -> None:
    (tmp_path / "forerun.toml").write_text(f"[[profile]]\n{profile}\n")
    (tmp_path / "a.csv").write_text("step,loss\n1,2\n2,1\n")
    with pytest.raises(ValueError, match=rf"forerun.toml: .*{why}"):
        api.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "# Read me\n\nInstall with pip. Step 1: clone it. Step 2: run it.\nAccuracy: see below.\n" * 20,
        "import os\n\nfor step in range(10):\n    loss = step / 2  # epoch 3: loss 2\n    print(f'step {step} loss {loss}')\n"
        * 20,
        "Step 1/9 : FROM python:3.11\n ---> 1a2b3c\nStep 2/9 : RUN pip install x\nSuccessfully installed a-1.0 b-2.0\n"
        * 20,
        "2026-01-01 10:00:00 INFO server started on port 8080\n2026-01-01 10:00:01 ERROR connection 5 lost\n" * 30,
        "Collecting torch\n  Downloading torch-2.0-cp311.whl (600 MB)\n" * 30,
    ],
)
def test_prose_and_programs_are_no_logs(tmp_path: Path, text: str) -> None:
    for name in ("a.txt", "b.log", "c"):
        (tmp_path / name).write_text(text)
    assert len(api.read(tmp_path)) == 0


def test_what_other_loops_print_is_read(tmp_path: Path) -> None:
    logs = {
        "a.log": "".join(
            f"Epoch [{e}/3], Step [{s}/100], Loss: {3 - e + s / 1000:.4f}\n" for e in (1, 2, 3) for s in (50, 100)
        ),
        "b.log": "".join(f"iter {i}: loss {4 - i / 10:.4f}, time 12.30ms, mfu 5.00%\n" for i in range(9))
        + "step 10: train loss 3.0, val loss 3.1\n",
        "c.log": "".join(f"\x1b[32mstep={i}\x1b[0m loss={1 / (i + 1):.4f} lr=1.0e-03\r\n" for i in range(9)),
        "d.log": "".join(
            f"step {i:4d}/19560 | loss {11 - i:.6f} (+nanz)| norm 15.3 (+nanz)| lr 8.57e-07 | 3000 ms\n"
            for i in range(1, 9)
        )
        + "val loss 9.5\n",
    }
    logs["e.log"] = "".join(
        f" {i}%|x | {i}/99 [00:01<00:09]{{'loss': {2 - i / 9:.3f}, 'epoch': {i / 10}}}\n" for i in range(9)
    )
    logs["f.log"] = "".join(
        f" [2026-01-01 00:00:00] iteration {i:8d}/    9000 | consumed samples: {i * 8} | lm loss: {5 - i / 1000:.6E} | grad norm: 1.0 |\n"
        f" validation loss at iteration {i} on {part} set | lm loss value: 3.0E+00 | lm loss PPL: 2.0E+01 |\n"
        for i, part in ((100, "validation"), (200, "validation"), (300, "test"))
    )
    for name, text in logs.items():
        (tmp_path / name).write_text(text)
    runs = {run.id: run for run in api.read(tmp_path)}
    assert runs["e.log"].curves["loss"].x.tolist() == [i / 10 for i in range(9)]
    assert runs["f.log"].curves["val/lm loss"].x.tolist() == [100, 200]
    assert runs["f.log"].curves["test/lm loss"].x.tolist() == [300]
    assert runs["f.log"].positions.columns["samples"][0] == 800
    assert runs["a.log"].curves["Loss"].x.tolist() == [50, 100, 150, 200, 250, 300]
    assert runs["a.log"].horizon["epoch"] == 3
    assert (len(runs["b.log"].curves["loss"]), runs["b.log"].curves["val loss"].y.tolist()) == (9, [3.1])
    assert runs["c.log"].curves["loss"].lr is not None
    assert (runs["d.log"].curves["val loss"].x.tolist(), runs["d.log"].horizon["step"]) == ([8], 19560)
    assert sorted(runs) == sorted(logs)
