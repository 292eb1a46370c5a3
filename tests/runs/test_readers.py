"""The text formats: known files, what people really write, and what must be refused or counted."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import Curve, NothingToRead, Run, Runs, UnknownName, UnreadableLog
from forerun.runs.convert import on_axis
from tests.cards import known_answer


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def only(runs: Runs) -> Run:
    assert len(runs) == 1, [run.id for run in runs]
    return runs[0]


@known_answer("csv")
def test_step_lr_loss_gives_a_curve_with_its_learning_rate(tmp_path: Path) -> None:
    run = only(api.read(write(tmp_path, "a.csv", "step,lr,loss\n1,0.1,3.0\n2,0.1,2.5\n3,0.01,2.4\n")))
    assert run.curves["loss"].y.tolist() == [3.0, 2.5, 2.4]
    assert run.curves["loss"].lr is not None
    assert run.curves["loss"].lr.tolist() == [0.1, 0.1, 0.01]
    assert run.schedule is not None
    assert run.schedule.params["value"].tolist() == [0.1, 0.1, 0.01]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    text = "epoch,train_loss,val_acc\n1,2.0,\n2,1.5,0.4\n".replace(",", delimiter)
    run = only(api.read(write(tmp_path, "log.txt", text)))
    assert run.curves["train_loss"].axis == "epoch"
    assert run.curves["val_acc"].x.tolist() == [2.0]
    assert run.curves["val_acc"].direction == "max"


def test_what_numpy_writes_is_read(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "log.txt", [[1, 3.0], [2, 2.5]], header="step loss")
    assert only(api.read(tmp_path)).curves["loss"].y.tolist() == [3.0, 2.5]
    text = "step,loss\n# resumed\n1,3.0\n"
    assert only(api.read(write(tmp_path, "a.csv", text))).damage == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str) -> None:
    run = only(api.read(write(tmp_path, "a.csv", "step,loss\r\n1,3.0\r\n2,2.5\r\n".encode(encoding))))
    assert run.curves["loss"].y.tolist() == [3.0, 2.5]


def test_nan_and_infinity_are_evidence_and_empty_cells_are_not(tmp_path: Path) -> None:
    run = only(api.read(write(tmp_path, "a.csv", "step,loss\n1,3.0\n2,\n3,nan\n4,-inf\n5,1e400\n")))
    assert run.curves["loss"].x.tolist() == [1, 3, 4, 5]
    assert [str(v) for v in run.curves["loss"].y] == ["3.0", "nan", "-inf", "inf"]


def test_text_in_a_numeric_column_costs_its_cell_and_is_counted(tmp_path: Path) -> None:
    run = only(api.read(write(tmp_path, "a.csv", "step,loss,acc\n1,3.0,0.1\n2,oops,0.2\n3,2.0,0.3\n")))
    assert run.curves["loss"].x.tolist() == [1, 3]
    assert run.curves["acc"].x.tolist() == [1, 2, 3]
    assert [(d.where, d.why) for d in run.damage] == [("line 3", "loss: 'oops' is not a number")]


def test_a_row_of_a_wrong_width_costs_the_row(tmp_path: Path) -> None:
    run = only(api.read(write(tmp_path, "a.csv", "step,loss\n1,3.0\n2,2.5,9\n3,2")))
    assert run.curves["loss"].x.tolist() == [1, 3]
    assert run.damage[0].where == "line 3"


def test_a_step_column_that_goes_back_is_a_resume_and_told(tmp_path: Path) -> None:
    text = "step,loss\n" + "".join(f"{s},{v}\n" for s, v in [(1, 9), (2, 8), (3, 7), (2, 6), (3, 5), (4, 4)])
    run = only(api.read(write(tmp_path, "a.csv", text)))
    assert run.curves["loss"].y.tolist() == [9, 6, 5, 4]
    assert [segment.y.tolist() for segment in run.segments["loss"]] == [[9, 8, 7], [6, 5, 4]]
    assert_resumes(run.curves["loss"], [[2.0, 3.0]])
    event = run.events[0]
    assert (event.kind, event.x, event.message.endswith("loss: 2")) == ("resume", 2.0, True)


def test_a_resume_that_a_later_one_covers_is_not_marked(tmp_path: Path) -> None:
    text = "step,loss\n" + "".join(f"{s},{s}\n" for s in [1, 2, 3, 4, 5, 6, 4, 5, 6, 7, 3, 4, 5, 6, 7, 8])
    assert_resumes(only(api.read(write(tmp_path, "a.csv", text))).curves["loss"], [[3.0, 7.0]])


def test_a_resume_stands_where_it_was_on_every_axis(tmp_path: Path) -> None:
    text = "step,tokens,loss\n" + "".join(f"{s},{10 * s},{s}\n" for s in [1, 2, 3, 2, 3, 4])
    run = on_axis(only(api.read(write(tmp_path, "a.csv", text))), "tokens")
    assert_resumes(run.curves["loss"], [[20.0, 30.0]])


def assert_resumes(curve: Curve, rows: list[list[float]]) -> None:
    assert curve.resumes is not None
    assert curve.resumes.tolist() == rows


def test_several_axes_are_kept_side_by_side(tmp_path: Path) -> None:
    text = "step,epoch,timestamp,loss\n1,0.1,1000,3\n2,0.2,1010,2\n3,0.3,1030,1\n"
    run = only(api.read(write(tmp_path, "a.csv", text)))
    assert set(run.curves) == {"loss"}
    assert run.curves["loss"].axis == "step"
    assert run.positions.columns["seconds"].tolist() == [0, 10, 30]
    assert run.positions.columns["epoch"].tolist() == [0.1, 0.2, 0.3]


def test_the_index_pandas_writes_is_an_axis(tmp_path: Path) -> None:
    run = only(api.read(write(tmp_path, "history.csv", ",loss,val_loss\n0,3,4\n1,2,3\n")))
    assert (run.curves["val_loss"].axis, run.curves["val_loss"].x.tolist()) == ("step", [0, 1])


@known_answer("jsonl")
def test_jsonl_with_config_nested_keys_and_quoted_nan(tmp_path: Path) -> None:
    lines = [
        {"config": {"max_steps": 3, "lr": 0.1}},
        {"step": 1, "train": {"loss": 2.0}, "note": "x"},
        {"step": 2, "train": {"loss": "NaN"}, "val": {"loss": 3.0}},
    ]
    text = "\n".join(json.dumps(line) for line in lines) + '\n{"step": 3, "train": {"loss": NaN}}\n{"step": 4, "tr'
    run = only(api.read(write(tmp_path, "a.jsonl", text)))
    assert run.curves["train/loss"].x.tolist() == [1, 2, 3]
    assert math.isnan(run.curves["train/loss"].y[1])
    assert run.curves["val/loss"].x.tolist() == [2]
    assert (run.horizon["step"], run.status) == (3.0, "finished")
    assert [(d.where, d.why) for d in run.damage] == [("line 5", "not a JSON object")]


def test_the_planned_end_decides_whether_a_run_is_finished(tmp_path: Path) -> None:
    def log(last: int) -> str:
        return '{"config": {"max_steps": 100}}\n' + "".join(
            f'{{"step": {s}, "loss": 1}}\n' for s in range(0, last + 1, 10)
        )

    assert only(api.read(write(tmp_path, "a.jsonl", log(60)))).status == "running"
    assert only(api.read(write(tmp_path, "b.jsonl", log(90)))).status == "running"
    assert only(api.read(write(tmp_path, "c.jsonl", log(100)))).status == "finished"


def trainer_state(steps: int, **more: object) -> str:
    history = [{"step": s, "epoch": s / 10, "loss": 3 - s / 100, "learning_rate": 1e-4} for s in range(5, steps + 1, 5)]
    evals = [{"step": s, "eval_loss": 4 - s / 100, "eval_runtime": 2.0} for s in range(10, steps + 1, 10)]
    return json.dumps({"global_step": steps, "max_steps": 100, "log_history": history + evals} | more)


def test_a_trainer_and_its_checkpoints_are_one_run(tmp_path: Path) -> None:
    write(tmp_path, "job/trainer_state.json", trainer_state(60))
    write(tmp_path, "job/checkpoint-50/trainer_state.json", trainer_state(50))
    run = only(api.read(tmp_path))
    assert (run.id, run.curves["loss"].x[-1], run.horizon["step"], run.status) == ("job", 60, 100, "running")
    assert run.curves["eval_loss"].lr is not None


def test_the_trainers_closing_mean_is_not_a_point(tmp_path: Path) -> None:
    state = json.loads(trainer_state(100))
    state["log_history"].append({"step": 100, "train_loss": 2.6, "train_runtime": 9.0})
    run = only(api.read(write(tmp_path, "trainer_state.json", json.dumps(state))))
    assert "train_loss" not in run.curves
    assert run.config["summary/train_loss"] == 2.6
    assert run.status == "finished"


def test_lightning_reads_sparse_rows_and_plain_settings(tmp_path: Path) -> None:
    rows = "epoch,step,train_loss,val_loss\n0,49,2.0,\n0,99,1.5,\n0,99,,1.8\n"
    write(tmp_path, "version_0/metrics.csv", rows)
    write(tmp_path, "version_0/hparams.yaml", "lr: 0.1\nname: net\nnested:\n  key: 1\n")
    runs = api.read(tmp_path)
    run = only(runs)
    assert runs.skipped == ()
    assert (run.id, run.format) == ("version_0", "lightning_csv")
    assert run.curves["val_loss"].x.tolist() == [99]
    assert dict(run.config) == {"lr": 0.1, "name": "net"}


def test_two_loggers_in_one_folder_are_one_run(tmp_path: Path) -> None:
    write(tmp_path, "job/metrics.csv", "epoch,step,train_loss\n0,5,2.0\n0,10,1.5\n")
    write(tmp_path, "job/trainer_state.json", trainer_state(60))
    run = only(api.read(tmp_path))
    assert (run.id, {"train_loss", "loss", "eval_loss"} <= set(run.curves)) == ("job", True)


TIDY = "source,task,run,metric,direction,x_name,x,y,lr,seed,config\n"


@known_answer("tidy")
def test_a_tidy_table_in_csv_and_parquet(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars", reason="needs the extra [parquet]")
    rows = [("s", "t", "r1", "acc", "max", "epoch", x, 0.1 * x, 0.01, 7, '{""params"": 5}') for x in range(3)] + [
        ("s", "t", "r2", "loss", "min", "step", 1, "nan", "", "", "")
    ]
    text = TIDY + "".join(",".join(f'"{v}"' if "{" in str(v) else str(v) for v in row) + "\n" for row in rows)
    file = write(tmp_path, "table.csv", text)
    frame = pl.read_csv(file, null_values=[""])
    frame.write_parquet(tmp_path / "table.parquet")
    for path in (file, tmp_path / "table.parquet"):
        first, second = api.read(path)
        assert (first.id, first.source, first.task, first.seed) == ("s/t/r1", "s", "t", 7)
        assert (first.curves["acc"].axis, first.curves["acc"].direction) == ("epoch", "max")
        assert first.curves["acc"].lr is not None
        assert first.config["params"] == 5
        assert math.isnan(second.curves["loss"].y[0])


def test_a_run_spread_over_two_tables_is_one_run(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", TIDY + "s,t,r,loss,min,step,1,2,,,\n")
    write(tmp_path, "b.csv", TIDY + "s,t,r,acc,max,step,1,0.5,,,\n")
    assert set(only(api.read(tmp_path)).curves) == {"loss", "acc"}


def test_several_paths_are_read_together(tmp_path: Path) -> None:
    one = write(tmp_path, "one.csv", TIDY + "s,t,r,loss,min,step,1,2,,,\n")
    two = write(tmp_path, "two.csv", TIDY + "s,t,r,acc,max,step,1,0.5,,,\n")
    assert set(only(api.read([one, two])).curves) == {"loss", "acc"}
    logs = [write(tmp_path, f"{name}/log.csv", "step,loss\n1,2\n2,1\n").parent for name in "ab"]
    assert [run.id for run in api.read(logs)] == [f"{folder}/log.csv" for folder in logs]


# what must be refused, by name and with why


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="no files in it; looked for logs of the formats tensorboard, wandb"):
        api.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", bytes(range(256)) * 20, "Forerun knows"),
        ("a.csv", b"step,loss\n", "no record in it"),
        ("a.csv", b"1,2\n3,4\n", "Forerun knows"),
        ("a.csv", b"step,name\n1,a\n2,b\n", "no metric column"),
        ("a.csv", b"age,income\n1,2\n3,4\n", "no column is an axis, and column 'age' is that of a data set"),
        ("a.csv", b"", "empty"),
        ("a.jsonl", b'{"loss": 1}\n', "needs: Objects with an axis"),
        ("trainer_state.json", b'{"log_history": [', "not JSON"),
        ("a.parquet", b"PAR1junk", "not a readable Parquet file"),
    ],
)
def test_what_cannot_be_read_is_named_with_why(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    write(tmp_path, name, content)
    write(tmp_path, "good.csv", "step,loss\n1,2\n2,1\n")
    runs = api.read(tmp_path)
    assert [run.id for run in runs] == ["good.csv"]
    assert len(runs.skipped) == 1
    assert runs.skipped[0].path in (name, ".") or runs.skipped[0].path == tmp_path.name
    assert why in runs.skipped[0].why


def test_a_one_line_log_is_a_run_of_one_point(tmp_path: Path) -> None:
    assert len(only(api.read(write(tmp_path, "a.jsonl", '{"step": 1, "loss": 2}\n'))).curves["loss"]) == 1


def test_a_single_bad_file_raises_with_its_name(tmp_path: Path) -> None:
    file = write(tmp_path, "bad.csv", "step,name\n1,a\n")
    with pytest.raises(UnreadableLog, match=r"bad\.csv: no metric column"):
        api.read(file, format="csv")
    with pytest.raises(UnknownName, match="no format 'csvv'; there are: tensorboard"):
        api.read(file, format="csvv")


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/a.csv", "step,loss\n1,2\n2,1\n")
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "link.csv").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    runs = api.read(folder)
    assert not len(runs)
    assert only(api.read(folder / "link.csv")).id == "a.csv"  # named outright, it is
    assert ("link.csv", "a link; links are not followed") in [(s.path, s.why) for s in runs.skipped]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["csv", "jsonl", "trainer_state", "tidy", "lightning_csv"]))
def test_no_reader_raises_past_its_own_error(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, format: str
) -> None:
    file = write(tmp_path_factory.getbasetemp(), "junk.csv", junk)
    with contextlib.suppress(UnreadableLog, NothingToRead):
        api.read(file, format=format)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_mutated_csv_loses_no_more_than_it_says(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rows = [f"{i},{i * 0.5}" for i in range(20)]
    hit = data.draw(st.integers(0, 19))
    rows[hit] = data.draw(st.text(alphabet="abc,.\"'x ", max_size=12))
    file = write(tmp_path_factory.getbasetemp(), "mutated.csv", "step,loss\n" + "\n".join(rows) + "\n")
    run = only(api.read(file, format="csv"))
    intact = {i for i in range(20) if i != hit}
    if rows[hit].count('"') == 0:
        assert intact <= set(run.curves["loss"].x.tolist())
        assert (
            len(run.curves["loss"])
            + sum(d.lost or 0 for d in run.damage)
            + sum(e.kind in ("undated", "repeat", "late") for e in run.events)
            >= 19
        )


def test_the_recorded_logs_are_read_or_named(shared: Path) -> None:
    runs = api.read(shared / "raw")
    assert {run.format for run in runs} == {
        "tensorboard", "wandb", "wandb_export", "trainer_state", "lm_eval", "inspect_eval", "json_records", "dvclive",
        "algoperf", "lightning_csv", "mllog", "text", "csv",
    }  # fmt: skip
    assert len(runs) == 102
    assert runs.skipped == ()
    whisper = next(run for run in runs if run.format == "trainer_state")
    assert (whisper.status, len(whisper.curves["loss"]), whisper.curves["eval_wer"].y[-1]) == (
        "finished",
        200,
        0.7449365679946583,
    )
    assert np.isfinite(whisper.curves["loss"].lr).all()  # type: ignore[arg-type]
