"""From logs to the right runs: trainings told apart, axes that lose no points, parts put together, guesses told."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forerun import api, live
from forerun.core import Run, UnreadableLog
from forerun.runs import discover
from forerun.runs.boundary import Guarded
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.readers.delimited import CSV
from forerun.runs.segments import restarts
from forerun.runs.store import Store
from forerun.runs.warn import warnings_of

from .test_tensorboard import event, field, simple, write


def table(path: Path, header: str, rows: list[tuple[float, ...]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def training(seed: int, n: int = 20, first: int = 1) -> list[tuple[float, ...]]:
    noise = np.random.default_rng(seed).normal(0, 0.01, n).round(6)
    return [(i, round(3 / (i - first + 1) + e, 6)) for i, e in enumerate(noise.tolist(), first)]


def only(path: Path) -> Run:
    (run,) = api.read(path)
    return run


def kinds(run: Run) -> list[str]:
    return [event.kind for event in run.events]


# Trainings.


@pytest.mark.parametrize(
    ("x", "starts"),
    [
        ([1, 2, 3, 4, 1, 2, 3], [4]),
        ([1, 2, 3, 4, 3, 4, 5], []),  # a resume goes back part of the way
        ([1, 2, 3, 1, 4, 5], []),  # a late record
        ([1, 2, 3, 0], [3]),  # the first record of another, as long as nothing speaks against it
        ([0, 0, 0, 0], []),
        ([1, 2, 1, 2, 1, 2], []),  # two points are no training
        ([5, 6, 7, 1, 2, 3, 1, 2], [3, 6]),
        ([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3], [4, 8]),
    ],
)
def test_where_a_training_begins_anew(x: list[float], starts: list[int]) -> None:
    assert restarts(np.array(x, float)) == starts


def test_a_file_of_several_trainings_is_several_runs(tmp_path: Path) -> None:
    parts = [training(seed) for seed in range(3)]
    runs = api.read(table(tmp_path / "log.csv", "epoch,loss", [row for part in parts for row in part]))
    assert [run.id for run in runs] == ["log.csv", "log.csv#2", "log.csv#3"]
    assert [run.curves["loss"].y.tolist() for run in runs] == [[y for _, y in part] for part in parts]
    assert [run.status for run in runs] == ["ended", "ended", "running"]
    assert all(kinds(run) == [] for run in runs)


def test_an_epoch_zero_evaluation_or_a_resume_begins_no_training(tmp_path: Path) -> None:
    lines = [{"step": s, "loss": 3 - s / 100} for s in range(10, 110, 10)]
    lines += [{"step": 0, "eval_loss": 2.0}, *({"step": s, "loss": 2 - s / 200} for s in range(60, 160, 10))]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = only(tmp_path)
    assert run.curves["loss"].x.tolist() == list(range(10, 160, 10))
    assert kinds(run) == ["resume"]


def test_validation_and_rate_go_to_their_training(tmp_path: Path) -> None:
    lines: list[dict[str, float]] = []
    for rate in (0.1, 0.01):
        for step in range(1, 13):
            lines.append({"step": step, "loss": rate + 1 / step, "lr": rate})
            if step % 6 == 0:
                lines.append({"step": step, "val_loss": rate + step})
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    first, second = api.read(tmp_path)
    assert (first.curves["val_loss"].y.tolist(), second.curves["val_loss"].y.tolist()) == ([6.1, 12.1], [6.01, 12.01])
    assert second.curves["loss"].lr is not None
    assert set(second.curves["loss"].lr) == {0.01}


def test_metrics_written_one_after_the_other_are_one_training(tmp_path: Path) -> None:
    lines = [{"step": s, "train_loss": 3 - s / 9} for s in range(9)] + [
        {"step": s, "val_loss": 4 - s / 9} for s in range(9)
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert {len(curve) for curve in only(tmp_path).curves.values()} == {9}
    twice = [line for name in ("train_loss", "val_loss") for _ in range(2) for line in lines if name in line]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in twice))
    assert [sorted(run.curves) for run in api.read(tmp_path)] == [["train_loss", "val_loss"]] * 2


def test_event_files_that_each_begin_at_the_start_are_runs_and_an_evaluation_is_none(tmp_path: Path) -> None:
    for stamp, scale in ((1700000000, 1.0), (1700000500, 2.0)):
        head = [event(0, simple("hp_metric", -1.0)), event(0, simple("val/loss", 9.0 * scale))]
        write(tmp_path, *head, *(event(s, simple("train/loss", scale / s)) for s in range(1, 9)), stamp=stamp)
    write(tmp_path, *(event(s, simple("test/acc", s / 9)) for s in range(2, 9, 3)), stamp=1700000900)
    first, second = api.read(tmp_path)
    assert (first.curves["val/loss"].y.tolist(), second.curves["val/loss"].y.tolist()) == ([9.0], [18.0])
    assert [("test/acc" in run.curves, "hp_metric" in run.curves) for run in (first, second)] == [
        (True, False),
        (False, False),
    ]


def test_a_second_training_of_a_growing_log_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    first, second = training(0), training(1)
    seen: list[list[tuple[str, int]]] = []
    with Store(None) as store:
        for n in range(len(second) + 1):
            table(tmp_path / "log.csv", "step,loss", [*first, *second[:n]])
            done = ingest(store, tmp_path)
            runs = stored_runs(store, root=done.root)
            assert list(runs) == list(discover.read_path(tmp_path))
            seen.append([(run.id, len(run.curves["loss"])) for run in runs])
        assert store.curve("log.csv#2", "loss").y.tolist() == [y for _, y in second]
        assert store.curve("log.csv", "loss").y.tolist() == [y for _, y in first]
    assert seen[0] == [("log.csv", 20)]
    assert seen[1:] == [[("log.csv", 20), ("log.csv#2", n)] for n in range(1, 21)]


def test_a_watch_sees_a_second_training_begin(tmp_path: Path) -> None:
    rows = [*training(0), *training(1)]
    file = table(tmp_path / "log.csv", "step,loss", rows[:20])
    more = iter([rows[:21], rows[:30]])
    seen = list(
        live.watch(tmp_path, polls=3, clock=lambda: 5.0, wait=lambda _: table(file, "step,loss", next(more)) and None)
    )
    assert [look.changed for look in seen][1:] in ([("log.csv", "log.csv#2"), ("log.csv#2",)], [("log.csv#2",)] * 2)


# Axes.


def test_a_step_that_counts_within_an_epoch_goes_on(tmp_path: Path) -> None:
    rows = [(e, 3 - (e * 4 + i) / 20, i) for e in range(5) for i in range(4)]
    run = only(table(tmp_path / "log.csv", "epoch,loss,iter", rows))
    assert (run.curves["loss"].axis, run.curves["loss"].x.tolist()) == ("step", list(range(20)))
    assert kinds(run) == ["guess"]


def test_an_axis_that_rises_is_taken_for_one_that_repeats(tmp_path: Path) -> None:
    rows = [(i % 5, 64 * (i + 1), 3 - i / 30) for i in range(30)]
    run = only(table(tmp_path / "log.csv", "step,samples,loss", rows))
    assert (run.curves["loss"].axis, len(run.curves["loss"])) == ("samples", 30)
    assert "counted in samples" in run.events[0].message


def test_passes_without_an_epoch_are_counted_on_where_values_go_on(tmp_path: Path) -> None:
    rows = [(i % 10, round(3 * 0.97**i, 5)) for i in range(60)]
    run = only(table(tmp_path / "log.csv", "iter,loss", rows))
    assert run.curves["loss"].x.tolist() == list(range(60))
    assert "6 passes" in run.events[0].message


def test_many_records_of_an_epoch_lose_no_point(tmp_path: Path) -> None:
    rows = [(i // 5, 3 - i / 30, i / 40) for i in range(30)]
    run = only(table(tmp_path / "log.csv", "epoch,loss,acc", rows))
    assert run.curves["loss"].x.tolist() == pytest.approx([i / 5 for i in range(30)])
    assert "spread evenly" in run.events[0].message


def test_processes_that_write_into_one_log_lose_no_point(tmp_path: Path) -> None:
    rows = [(s, 3 / s + 0.01 * rank, rank / 4) for s in range(1, 31) for rank in range(4)]
    rows[7], rows[8] = rows[8], rows[7]
    run = only(table(tmp_path / "log.csv", "step,loss,acc", rows))
    assert (run.curves["loss"].axis, len(run.curves["loss"])) == ("step", 120)
    assert "spread evenly" in run.events[0].message


def test_a_duration_is_no_axis(tmp_path: Path) -> None:
    took = np.random.default_rng(0).uniform(0.04, 0.06, 30).round(4).tolist()
    run = only(table(tmp_path / "log.csv", "loss,time", [(3 - i / 30, t) for i, t in enumerate(took)]))
    assert (run.curves["loss"].axis, len(run.curves["loss"])) == ("row", 30)


def test_the_same_record_twice_is_no_reason_for_alarm(tmp_path: Path) -> None:
    run = only(table(tmp_path / "log.csv", "step,loss", [row for row in training(0) for _ in range(2)]))
    assert len(run.curves["loss"]) == 20
    assert kinds(run) == ["repeat"]
    assert warnings_of([run]) == []


def test_counters_are_no_metrics_and_planned_ends_are_settings(tmp_path: Path) -> None:
    header = "step,total_steps,num_updates,epoch_idx,games,loss"
    run = only(table(tmp_path / "a.csv", header, [(s, 90, s, s // 4, 8 * s, 3 - s / 20) for s in range(1, 20)]))
    assert set(run.curves) == {"loss"}
    assert run.horizon["step"] == 90


def test_a_metric_without_a_place_stands_where_the_records_before_it_do(tmp_path: Path) -> None:
    lines = [line for s in range(1, 30) for line in ([{"step": s, "loss": 3 / s}] + [{"map": s / 30}] * (s % 10 == 0))]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = only(tmp_path)
    assert run.curves["map"].x.tolist() == [10, 20]
    assert "logged without step" in run.events[0].message


def test_the_direction_of_a_name_that_tells_nothing_is_read_off_its_movement(tmp_path: Path) -> None:
    rows = [(s, s**0.5, 3 / s, 5 + (s * 7 % 3)) for s in range(1, 30)]
    run = only(table(tmp_path / "a.csv", "step,zork,quux,flat", rows))
    assert [run.curves[name].direction for name in ("zork", "quux", "flat")] == ["max", "min", "min"]
    assert [event.message for event in run.events] == [
        "zork: taken to be better when higher, as it rose; direction in forerun.toml sets it"
    ]


def test_what_may_be_misread_is_one_line_a_class(tmp_path: Path) -> None:
    for name in "abc":
        table(tmp_path / f"{name}.csv", "step,zork", [(s, s**0.5) for s in range(1, 30)])
    rows = [(1, 3.0), (2, "1,2"), (3, "1,2"), (4, 1.0)]
    table(tmp_path / "hurt.csv", "step,loss", rows)
    skipped, guessed = warnings_of(api.read(tmp_path))
    assert skipped.startswith("hurt.csv: 2 of 4 records could not be read, the first at line 3")
    assert guessed.startswith("a.csv, b.csv and 1 more: zork: taken to be better when higher")


# Parts and names.


def test_train_and_validation_folders_are_one_run(tmp_path: Path) -> None:
    for name, scale in (("train", 1.0), ("validation", 2.0)):
        write(tmp_path / "logs" / name, *(event(s, simple("epoch_loss", scale / (s + 1))) for s in range(9)))
    for path, id in ((tmp_path, "logs"), (tmp_path / "logs", "logs")):
        run = only(path)
        assert (run.id, sorted(run.curves)) == (id, ["train/epoch_loss", "validation/epoch_loss"])
        with Store(None) as store:
            assert list(stored_runs(store, root=ingest(store, path).root)) == [run]


def test_lines_of_one_picture_belong_to_their_run(tmp_path: Path) -> None:
    write(tmp_path / "run", *(event(s, simple("lr", 0.1)) for s in range(5)))
    for name in ("train", "val"):
        write(tmp_path / "run" / f"Loss_epoch_{name}", *(event(s, simple("Loss/epoch", 1.0 + s)) for s in range(5)))
    run = only(tmp_path)
    assert (run.id, sorted(run.curves)) == ("run", ["lr", "train/Loss/epoch", "validation/Loss/epoch"])


def test_split_files_are_one_run_and_others_are_not(tmp_path: Path) -> None:
    for name, seed in (("a/train_log.csv", 0), ("a/val_log.csv", 1), ("b/train.csv", 2), ("b/other.csv", 3)):
        table(tmp_path / name, "epoch,loss", training(seed))
    table(tmp_path / "c/train.csv", "step,loss", training(4))
    table(tmp_path / "c/test.csv", "epoch,loss", training(5))
    runs = {run.id: sorted(run.curves) for run in api.read(tmp_path)}
    assert runs.pop("a/log.csv") == ["train/loss", "validation/loss"]
    assert runs == {name: ["loss"] for name in ("b/train.csv", "b/other.csv", "c/train.csv", "c/test.csv")}


def test_files_of_a_metric_each_are_one_run(tmp_path: Path) -> None:
    for i, name in enumerate(("a/train_loss.txt", "a/val_loss.txt", "a/val_acc.txt", "b/loss_x.txt", "b/loss_y.txt")):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{y + i / 7:.4f}\n" for _, y in training(i)))
    table(tmp_path / "c/train_loss.csv", "epoch,loss", training(6))
    table(tmp_path / "c/val_loss.csv", "epoch,loss", training(7))
    table(tmp_path / "d/loss_old.csv", "epoch,loss", training(8))
    table(tmp_path / "d/loss_new.csv", "epoch,loss", training(9))
    assert {run.id: sorted(run.curves) for run in api.read(tmp_path)} == {
        "a": ["train_loss", "val_acc", "val_loss"],
        "b/loss_x.txt": ["loss"],
        "b/loss_y.txt": ["loss"],
        "c": ["train/loss", "validation/loss"],
        "d/loss_new.csv": ["loss"],
        "d/loss_old.csv": ["loss"],
    }


def test_a_column_that_says_nothing_is_called_by_its_file(tmp_path: Path) -> None:
    table(tmp_path / "a/loss.csv", "step,value", training(0))
    table(tmp_path / "a/accuracy.csv", "step,value", training(1))
    for word, seed in (("train", 2), ("validation", 3)):
        rows = [(1.7e9 + i, i, y) for i, y in training(seed)]
        table(tmp_path / f"b/run-exp1_{word}-tag-epoch_loss.csv", "Wall time,Step,Value", rows)
    table(tmp_path / "c/old.csv", "step,value", training(4))
    runs = {run.id: {name: curve.direction for name, curve in run.curves.items()} for run in api.read(tmp_path)}
    assert runs == {
        "a": {"accuracy": "max", "loss": "min"},
        "b/run_exp1_tag_epoch.csv": {"train/epoch_loss": "min", "validation/epoch_loss": "min"},
        "c/old.csv": {"value": "min"},
    }


def test_hparams_belong_to_the_run_above(tmp_path: Path) -> None:
    def setting(name: str, kind: bytes) -> bytes:
        return field(1, field(1, name.encode()) + field(2, kind))

    start = field(3, setting("lr", b"\x11" + struct.pack("<d", 0.1)) + setting("net", field(3, b"small")))
    content = field(1, field(1, b"hparams") + field(2, start))
    words = event(0, field(1, b"_hparams_/session_start_info") + field(9, content))
    write(tmp_path / "run", *(event(s, simple("loss", 3.0 - s / 40)) for s in range(40)))
    write(tmp_path / "run" / "1699999999.123", words, event(0, simple("hparam/loss", 2.0)), stamp=1700000100)
    run = only(tmp_path)
    assert (run.id, sorted(run.curves)) == ("run", ["loss"])
    assert dict(run.config) == {"hparam/loss": 2.0, "lr": 0.1, "net": "small"}


def test_two_logs_of_one_run_are_one_and_two_seeds_are_two(tmp_path: Path) -> None:
    rows = training(0)
    table(tmp_path / "run/steps.csv", "step,loss", rows)
    (tmp_path / "run/log.jsonl").write_text(
        "".join(json.dumps({"step": s, "loss": round(y, 3), "acc": s / 50}) + "\n" for s, y in rows[:15])
    )
    (tmp_path / "run/other.jsonl").write_text(
        "".join(json.dumps({"step": s, "loss": y}) + "\n" for s, y in training(1))
    )
    one, other = sorted(api.read(tmp_path), key=lambda run: run.id == "run/other.jsonl")
    assert (one.id, len(one.curves["loss"]), len(one.curves["acc"])) == ("run/steps.csv", 20, 15)
    assert [event.kind for event in one.events] == ["merged"]
    assert (other.id, other.events) == ("run/other.jsonl", ())


def test_checkpoints_without_a_root_are_one_run_wherever_they_lie(tmp_path: Path) -> None:
    for folder, n in (("checkpoint-5", 5), ("tmp-checkpoint-9", 9), ("checkpoints/global_step12", 12)):
        history = [{"step": s, "loss": 3 / s} for s in range(1, n + 1)]
        (tmp_path / "out" / folder).mkdir(parents=True)
        (tmp_path / "out" / folder / "trainer_state.json").write_text(
            json.dumps({"global_step": n, "log_history": history})
        )
    run = only(tmp_path)
    assert (run.id, len(run.curves["loss"])) == ("out", 12)
    assert len(only(tmp_path / "out" / "checkpoint-5").curves["loss"]) == 5


def test_names_of_trackers_are_kept_and_deleted_runs_left_out(tmp_path: Path) -> None:
    for name, stage in (("a", "active"), ("b", "deleted")):
        run = tmp_path / "mlruns" / "1" / (name * 8)
        (run / "metrics").mkdir(parents=True)
        (run / "meta.yaml").write_text(
            f"artifact_uri: file:///x\nlifecycle_stage: {stage}\nrun_id: {name * 8}\nrun_name: tall {name}\nstatus: 3\n"
        )
        (run / "metrics" / "loss").write_text("1 3.0 0\n2 2.5 1\n")
    runs = api.read(tmp_path)
    assert [(run.id, run.name) for run in runs] == [("mlruns/1/aaaaaaaa", "tall a")]
    assert [skipped.why for skipped in runs.skipped] == ["mlflow_files: deleted in MLflow"]
    with Store(None) as store:
        assert [run.name for run in stored_runs(store, root=ingest(store, tmp_path).root)] == ["tall a"]


def test_folders_are_in_the_order_people_count_in(tmp_path: Path) -> None:
    for n in (1, 2, 10):
        table(tmp_path / f"version_{n}" / "log.csv", "step,loss", training(n))
    ids = [f"version_{n}/log.csv" for n in (1, 2, 10)]
    assert [run.id for run in api.read(tmp_path)] == ids
    with Store(None) as store:
        assert [run.id for run in stored_runs(store, root=ingest(store, tmp_path).root)] == ids


# The boundary.


def test_whatever_a_reader_raises_costs_its_file_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, state: object) -> object:
        raise ValueError("could not convert string to float: '0.0025.'")

    def sniff(path: Path, head: bytes) -> float:
        if path.name == "c":
            raise IndexError("no such place")
        return 1.0 if path.name == "b" else 0.0

    readers, _ = discover._load_readers(None, ())
    broken = Guarded("broken", replace(CSV, sniff=sniff, follow=fails))
    monkeypatch.setattr(discover, "_load_readers", lambda *given: ({"broken": broken, **readers}, []))
    table(tmp_path / "a.csv", "step,loss", training(0))
    for name in "bc":
        (tmp_path / name).write_text("x")
    told = [
        ("c", "no log format Forerun knows; broken: IndexError: no such place"),
        ("b", "broken: ValueError: could not convert string to float: '0.0025.'"),
    ]
    runs = api.read(tmp_path)
    assert [run.id for run in runs] == ["a.csv"]
    assert [(skipped.path, skipped.why) for skipped in runs.skipped] == told
    with Store(None) as store:
        done = ingest(store, tmp_path)
        kept = stored_runs(store, root=done.root)
    assert ([run.id for run in kept], [s.path for s in (*done.skipped, *kept.skipped)]) == (["a.csv"], ["c", "b"])
    with pytest.raises(UnreadableLog, match=r"b: ValueError: could not convert"):
        api.read(tmp_path / "b")
