"""Printed logs: what recurs is read and prose is not; slices give what the whole gives; runs, settings, descriptions."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path

import pytest

from forerun import api
from forerun.core import BadInput, Run
from forerun.runs.assemble import assemble
from forerun.runs.log import Log, by_run, merged
from forerun.runs.readers import text_log
from forerun.runs.readers.lines.draft import nearest
from forerun.runs.readers.lines.template import template

from .printed import TEXT_SHAPES


def read(tmp_path: Path, text: str, name: str = "train.log") -> list[Run]:
    (tmp_path / name).write_text(text)
    return list(api.read(tmp_path))


def assembled(logs: list[Log]) -> list[Run]:
    return [assemble(merged(pieces)) for pieces in by_run(logs).values() if sum(piece.n for piece in pieces)]


def test_a_zero_byte_in_a_line_stands_for_no_number(tmp_path: Path) -> None:
    lines = [f"step:{i}/59 train_loss:{3 - i / 32} train_time:{i}00ms step_avg:100ms" for i in range(40)]
    lines[20] = "step:20/59 train_loss:\0 train_time:2000ms step_avg:100ms"
    (run,) = read(tmp_path, "\n".join(lines) + "\n")
    assert run.curves["train_loss"].y.tolist() == [3 - i / 32 for i in range(40) if i != 20]


@pytest.mark.parametrize("shape", TEXT_SHAPES)
def test_a_text_in_slices_is_the_text_at_every_moment(tmp_path: Path, shape: str) -> None:
    file, rng = tmp_path / "a.log", random.Random(shape)
    whole = TEXT_SHAPES[shape].encode()
    for _ in range(3):
        state: dict[str, object] = {}
        kept: list[Log] = []
        for end in [*sorted(rng.sample(range(1, len(whole)), 10)), len(whole)]:
            file.write_bytes(whole[:end])
            if not text_log.TEXT.sniff(file, whole[:end][: text_log.HEAD]):
                assert not state
                continue
            pending: list[Log] = []
            for step in text_log.TEXT.follow(file, state):
                kept = ([] if step.fresh else kept) + step.logs
                pending, state = list(step.pending), json.loads(json.dumps(step.state))
            alone = [log for step in text_log.TEXT.follow(file, {}) for log in (*step.logs, *step.pending)]
            assert assembled(kept + pending) == assembled(alone)
        assert state


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("shape", TEXT_SHAPES)
def test_a_damaged_text_never_raises(tmp_path: Path, shape: str) -> None:
    file, rng = tmp_path / "a.log", random.Random(f"damage {shape}")
    whole = TEXT_SHAPES[shape].encode()
    for _ in range(40):
        at = rng.randrange(len(whole))
        end = min(len(whole), at + rng.choice((1, 4, 40, 400)))
        middle = rng.choice(
            (b"", rng.randbytes(end - at), whole[at:end] * 2, bytes([whole[at] ^ 1 << rng.randrange(8)]))
        )
        file.write_bytes(whole[:at] + middle + whole[end:])
        with contextlib.suppress(BadInput):
            api.read(file)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"Downloading: {i}%|##| {i}/100 [00:0{i % 10}<00:10, 1.2MB/s]\r" for i in range(100)),
        "".join(f"In Section {i}, after epoch {i}0, we find an accuracy of {i}.5% for the model, an error of 0.2.\n" for i in range(20)),
        "".join(f"## 1.{i}.0\n- Fixed the loss in step {i} (#{100 + i})\n- accuracy metric added in {i}.2\n" for i in range(20)),
        "".join(f"package{i}==1.{i}.0\nloss-lib>={i}\n" for i in range(50)),
        "".join(f"layer_{i}: {i}\nlr: 0.{i}\nepochs: 9{i}\nloss_weight: 0.5\n" for i in range(30)),
        "epochs: 90\nlr: 0.1\nloss: 0.3\nacc: 0.9\nsteps: 3\n",
        "".join(f"conv{i} (Conv2d)  [-1, 64, {i}, 112]  {i}000\n" for i in range(50)) + "Total params: 1,234,567\n",
        "".join(f'  File "train.py", line {i}, in main\n    loss = model(x)\n' for i in range(30)) + "ValueError: loss 3\n",
        "".join(f"-rw-r--r-- 1 user user {i}00 Jan {i} 10:00 epoch_{i}_loss_0.{i}.pt\n" for i in range(1, 30)),
        "".join(f"Model {i}: accuracy 0.{50 + i}, F1 0.{40 + i}\n" for i in range(20)),
        "".join(f"Step {i}: add 3 and {i}. The score is {i + 3}.\n" for i in range(20)),
        "".join(f"{i}. Take {i} eggs.\n{i}) Score 4 points, error 5.\n" for i in range(20)),
        "".join(f"def step_{i}(loss: float = {i}.0):\n    acc = {i} * 2; return loss / {i}\n" for i in range(1, 30)),
        "".join(f"Namespace(lr=0.{i}, epochs=9{i}, loss='ce', step=3)\n" for i in range(9)),
        "".join(f"|   {i}  Tesla V100   On | 0000{i}:00:00.0 Off |   0 |\n| N/A   3{i}C    P0   4{i}W / 300W |\n" for i in range(9)),
        "".join(f"Saved best model at epoch {i}\nEarly stopping counter: {i} out of 9\n" for i in range(9)),
        "".join(f"Loading checkpoint shards: {i}0%|█| {i}/10 [00:01<00:09]\n" for i in range(9)),
    ],
)  # fmt: skip
def test_prose_programs_and_tables_are_no_logs(tmp_path: Path, text: str) -> None:
    for name in ("a.txt", "b.log", "c"):
        (tmp_path / name).write_text(text)
    assert [run for run in api.read(tmp_path) if run.format == "text"] == []


def test_a_log_is_found_below_long_settings_and_dumps(tmp_path: Path) -> None:
    dump = "".join(f"  (layer{i}): Linear(in_features={i}, out_features=3, bias=True)\n" for i in range(2000))
    noise = "UserWarning: To copy construct from a tensor, it is recommended to use 3 of 4 arguments.\n"
    (run,) = read(tmp_path, dump + "".join(f"step {i} loss {3 - i / 10}\n" + noise * 20 for i in range(5)))
    assert run.curves["loss"].y.tolist() == [3 - i / 10 for i in range(5)]


def test_every_training_of_a_file_is_a_run(tmp_path: Path) -> None:
    runs = read(tmp_path, TEXT_SHAPES["several trainings"])
    assert [(run.id, run.config["fold"], run.status) for run in runs] == [
        ("train.log", 1, "finished"), ("train.log#2", 2, "finished"), ("train.log#3", 3, "finished"),
    ]  # fmt: skip
    assert all(run.curves["train_loss"].x.tolist() == list(range(1, 13)) and run.events == () for run in runs)


def test_seeds_in_a_loop_are_runs_with_their_seed(tmp_path: Path) -> None:
    text = "Namespace(lr=0.1, max_steps=90, arch='x')\n"
    text += "".join(
        f"seed: {k}\n" + "".join(f"step {i} loss {k - i / 100}\n" for i in range(0, 50, 10)) for k in (1, 2)
    )
    first, second = read(tmp_path, text)
    assert (first.seed, first.config["arch"], first.horizon["step"], second.seed) == (1, "x", 90, 2)


@pytest.mark.parametrize("between", ["Resuming from checkpoint 20\n", ""])
def test_a_resume_is_no_new_run(tmp_path: Path, between: str) -> None:
    steps = [*range(0, 50, 10), *range(20, 90, 10)]
    lines = [f"step {i} loss {2 - k / 100}\n" for k, i in enumerate(steps)]
    (run,) = read(tmp_path, "".join([*lines[:5], between, *lines[5:]]))
    assert run.curves["loss"].x.tolist() == list(range(0, 90, 10))
    assert [event.kind for event in run.events] == ["resume"]


def test_what_is_said_of_the_best_moves_nothing(tmp_path: Path) -> None:
    text = "".join(
        f"Epoch {e} val acc: 0.{e}\nBest val acc: 0.{e} at epoch 1\nSaved model (epoch 1)\n" for e in range(2, 9)
    )
    (run,) = read(tmp_path, text)
    assert run.curves["val acc"].x.tolist() == list(range(2, 9))
    assert run.events == ()


def test_a_number_that_may_be_read_in_two_ways_is_left_out_and_told(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "".join(f"epoch {e} loss 0,52{e} acc 0.{e} error 2,34{e % 9}\n" for e in range(1, 31)))
    assert set(run.curves) == {"acc", "loss"}
    assert run.curves["loss"].y[0] == 0.521
    assert [damage.where for damage in run.damage] == [*(f"line {i}" for i in range(1, 21)), "log"]
    assert sum(damage.lost or 0 for damage in run.damage) == 30


def test_a_decimal_comma_is_one(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "".join(f"epoch {e}: loss 0,{e}5, acc 9{e},5% lr 1,5e-3 (1,2,3)\n" for e in range(1, 6)))
    assert run.curves["loss"].y.tolist() == [0.15, 0.25, 0.35, 0.45, 0.55]
    assert run.curves["acc"].y.tolist() == [91.5, 92.5, 93.5, 94.5, 95.5]


def test_a_sentences_full_stop_is_no_part_of_its_number(tmp_path: Path) -> None:
    """It once ended a read with a traceback."""
    (run,) = read(tmp_path, "".join(f"Epoch {e}, val loss is 0.02{e}, val mse is 0.0025.\n" for e in range(5)))
    assert run.curves["val mse"].y.tolist() == [0.0025] * 5


def test_a_torn_number_names_no_metric(tmp_path: Path) -> None:
    lines = [f"step {i} val_loss={3 - i / 10}" for i in range(9)]
    (tmp_path / "a.log").write_text("\n".join([*lines, "step 9 val_loss=3.71.00e+0233", "step 10 val_loss=1.5"]) + "\n")
    (run,) = api.read(tmp_path)
    assert list(run.curves) == ["val_loss"]
    assert run.curves["val_loss"].y.tolist() == [*(3 - i / 10 for i in range(9)), 1.5]


@pytest.mark.parametrize("torn", ["30.0025..911", "30.0025.911", "3..5", "3.71.00e+0233"])
def test_a_torn_number_is_none_and_what_follows_keeps_its_name(torn: str, tmp_path: Path) -> None:
    """``30.0025..911`` was read as 30.0025, and the accuracy behind it as ``911 acc``."""
    values = ["1.5", "1.4", torn, "1.2"]
    (run,) = read(tmp_path, "".join(f"epoch {e} val_loss: {v} acc 0.{e}\n" for e, v in enumerate(values, 1)))
    assert run.curves["val_loss"].y.tolist() == [1.5, 1.4, 1.2]
    assert run.curves["acc"].y.tolist() == [0.1, 0.2, 0.3, 0.4]


def test_times_are_an_axis(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "".join(f"2026-01-01 00:00:{e:02d},500 - INFO - step {e} loss 0.{e}\n" for e in range(5)))
    assert run.positions.columns["seconds"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "drafted"),
    [
        ("A12 of B; gain -> 2.5 (x)\nA13 of B; gain -> 2.25 (x)\n", "A{*} of B; gain -> {gain} (x)"),
        ("2024-01-01 00:00:00 widget 5 gizmo 3.5%\n" * 2, "widget {widget} gizmo {gizmo}%"),
        ("1 2 3\n2 3 4\n", "{step} {loss}"),
        ("{a:1,b:2}\n{a:2,b:3}\n", "a:{a},b:{b}"),
    ],
)
def test_a_description_is_drafted_of_the_nearest_line(tmp_path: Path, text: str, drafted: str) -> None:
    (tmp_path / "a.log").write_text(text)
    near = nearest(tmp_path / "a.log")
    assert near is not None
    assert (near.line, near.number, near.template) == (text.split("\n")[0], 1, drafted)
    assert template(near.template).match(near.line)


def test_a_text_without_numbers_has_no_nearest_line(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("hello\nworld\n")
    assert nearest(tmp_path / "a.log") is None
    assert nearest(tmp_path / "none.log") is None


@pytest.mark.parametrize("torn", [b"3.9\xff2", b"\xff3.9", b"3.\xff9", b"3\xff.9"])
def test_a_number_torn_by_a_byte_that_is_no_text_is_not_read_in_part(tmp_path: Path, torn: bytes) -> None:
    lines = [f"\u00e9poque, epoch {i}: loss {3 - i / 100:.3f}".encode() for i in range(1, 20)]
    lines[7] = "\u00e9poque, epoch 8: loss ".encode() + torn
    (tmp_path / "a.log").write_bytes(b"\n".join(lines) + b"\n")
    (run,) = api.read(tmp_path)
    assert run.curves["loss"].x.tolist() == [i for i in range(1, 20) if i != 8]
    assert run.curves["loss"].y.tolist() == [round(3 - i / 100, 3) for i in range(1, 20) if i != 8]
