"""CSV, JSON and JSON lines as people write them: packed, in other encodings, without an axis, in long form."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forerun import api
from forerun.core import Run, Runs
from forerun.core.axes import axis_of
from forerun.runs.discover import read_path
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.readers import delimited, packed
from forerun.runs.readers.tables.layout import layout_of
from forerun.runs.store import Store
from tests.cards import known_answer

N = 40
LOSS = [round(3.0 - 0.05 * i, 4) for i in range(N)]
PLAIN = "step,loss\n" + "".join(f"{i},{y}\n" for i, y in enumerate(LOSS))
LINES = "".join(json.dumps({"step": i, "loss": y}) + "\n" for i, y in enumerate(LOSS))


def read(folder: Path, name: str, content: str | bytes) -> Runs:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return api.read(folder)


def only(folder: Path, name: str, content: str | bytes) -> Run:
    (run,) = read(folder, name, content)
    return run


def zstd(data: bytes) -> bytes:
    return pytest.importorskip("zstandard", reason="needs the extra [inspect]").compress(data)


# Packed files and encodings.


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
@pytest.mark.parametrize(("name", "text"), [("a.csv.x", PLAIN), ("a.jsonl.x", LINES), ("a.x", PLAIN)])
def test_packed_logs_are_read_through_by_what_they_are(
    tmp_path: Path, pack: Callable[[bytes], bytes], name: str, text: str
) -> None:
    assert only(tmp_path, name, pack(text.encode())).curves["loss"].y.tolist() == LOSS


def test_the_suffix_of_what_is_packed_counts(tmp_path: Path) -> None:
    style = "".join(f"iter {i}: loss {y}, time 3.00ms\n" for i, y in enumerate(LOSS))
    assert only(tmp_path, "train.log.gz", gzip.compress(style.encode())).curves["loss"].y.tolist() == LOSS


def test_a_packed_log_that_breaks_off_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    run = only(tmp_path, "a.csv.gz", gzip.compress(PLAIN.encode())[:-30])
    y = run.curves["loss"].y.tolist()
    assert y == LOSS[: len(y)]
    assert len(y) > N // 3
    assert any("gzip breaks off" in damage.why for damage in run.damage)


def test_a_bomb_costs_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_LEAST", 1 << 20)
    (tmp_path / "good.csv").write_text(PLAIN)
    runs = read(tmp_path, "bomb.csv.gz", gzip.compress(b"step,loss\n" + b"1,2\n" * 400_000))
    assert [run.id for run in runs] == ["good.csv"]
    assert "unpacks to more than" in runs.skipped[0].why


def test_a_packed_log_that_changed_is_read_anew(tmp_path: Path) -> None:
    with Store(None) as store:
        for n in (10, 20, 20):
            (tmp_path / "a.csv.gz").write_bytes(gzip.compress("".join(PLAIN.splitlines(True)[: n + 1]).encode()))
            ingest(store, tmp_path)
            (run,) = stored_runs(store)
            assert run.curves["loss"].y.tolist() == LOSS[:n]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    text = PLAIN.replace("loss", "Schätzung loss").replace("\n", end)
    run = only(tmp_path, "a.csv", text.encode(encoding))
    assert run.curves["Schätzung loss"].y.tolist() == LOSS
    assert run.damage == ()


def test_zeros_that_a_full_disk_leaves_cost_nothing(tmp_path: Path) -> None:
    assert only(tmp_path, "a.csv", PLAIN.encode() + bytes(500)).curves["loss"].y.tolist() == LOSS


# Cells and headers.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("step,loss\n1,\"tensor(0.5, device='cuda:0')\"\n2,tensor(0.25)\n", [0.5, 0.25]),
        ("step,loss\n1,[0.5]\n2,[0.25]\n", [0.5, 0.25]),
        ('step,loss\n1,"1,200.5"\n2,"1,100"\n', [1200.5, 1100]),
        ("step;loss\n1;0,5\n2;0,25\n", [0.5, 0.25]),
        ("step,loss\n1,50%\n2,25 %\n", [50, 25]),
        ("step,loss\n1,5ms\n2,2.5ms\n", [5, 2.5]),
        ("step,loss\n1,5\n2,None\n3,-\n4,N/A\n5,2.5\n", [5, 2.5]),
        ("sep=;\nstep;loss\n1;5\n2;2.5\n", [5, 2.5]),
        ("step,loss\n#,nats\n1,5\n2,2.5\n", [5, 2.5]),
        ("step,loss,\n1,5,\n2,2.5,\n", [5, 2.5]),
        ('"step" "loss"\n"1" 1 5\n"2" 2 2.5\n', [5, 2.5]),
        ("step,loss\n1,5\nstep,loss\n2,2.5\n", [5, 2.5]),
        ("% a comment\nstep,loss\n1,5\n2,2.5\n", [5, 2.5]),
    ],
)
def test_cells_and_headers(tmp_path: Path, text: str, expected: list[float]) -> None:
    run = only(tmp_path, "a.csv", text)
    assert run.curves["loss"].y.tolist() == expected
    assert run.damage == ()


def test_settings_in_comments_are_settings(tmp_path: Path) -> None:
    assert dict(only(tmp_path, "a.csv", "# lr=0.1, batch: 32\n" + PLAIN).config) == {"lr": 0.1, "batch": 32.0}


def test_the_second_column_of_a_name_is_numbered(tmp_path: Path) -> None:
    run = only(tmp_path, "a.csv", "step,loss,loss\n1,2,3\n2,1,2\n")
    assert {name: curve.y.tolist() for name, curve in run.curves.items()} == {"loss": [2, 1], "loss.1": [3, 2]}


def test_what_is_no_number_in_a_column_of_decimal_commas_is_told(tmp_path: Path) -> None:
    run = only(tmp_path, "a.csv", "step;loss\n" + "".join(f"{i};0,{9 - i}\n" for i in range(5)) + "5;0,4x\n")
    assert len(run.curves["loss"]) == 5
    assert [damage.why for damage in run.damage] == ["loss: '0,4x' is not a number"]


# Axes.


@pytest.mark.parametrize(
    "name",
    "step Steps STEP global_step Global_Step globalStep trainer/global_step train/step current_steps num_updates iter itr "
    "Iteration iterations_since_restore training_iteration batch_idx n_iter timesteps total_timesteps time/total_timesteps "
    "env_steps frames round".split(),
)
def test_names_of_steps(name: str) -> None:
    assert axis_of(name) == "step"


def test_names_of_other_axes() -> None:
    names = [
        "EPOCH",
        "Epoch #",
        "epoch_num",
        "train/epoch",
        "tokens_seen",
        "n_images",
        "episode",
        "time_elapsed",
        "loss",
    ]
    assert [axis_of(name) for name in names] == [
        "epoch", "epoch", "epoch", "epoch", "tokens", "samples", "episode", "seconds", None,
    ]  # fmt: skip


def test_ten_epochs_of_108_batches_are_1080_places(tmp_path: Path) -> None:
    rows = [(epoch, batch, 3 - (epoch * 108 + batch) / 1000) for epoch in range(10) for batch in range(108)]
    run = only(tmp_path, "a.csv", "epoch,batch,loss\n" + "".join(f"{e},{b},{y!r}\n" for e, b, y in rows))
    assert (run.curves["loss"].axis, run.curves["loss"].x.tolist()) == ("step", list(range(1080)))
    assert run.curves["loss"].y.tolist() == [y for *_, y in rows]


def test_epochs_of_unlike_length_follow_on(tmp_path: Path) -> None:
    lengths = [10, 20, 5, 10]
    rows = "".join(f"{e},{b},1.0\n" for e, size in enumerate(lengths, 1) for b in range(1, size + 1))
    assert only(tmp_path, "a.csv", "epoch,iter,loss\n" + rows).curves["loss"].x.tolist() == list(range(1, 46))


def test_an_evaluation_that_names_its_epoch_stands_behind_its_last_step(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = []
    for epoch in range(5):
        records += [{"epoch": epoch, "iter": i, "loss": 1.0} for i in range(20)]
        records.append({"epoch": epoch, "val_loss": 2.0})
    run = only(tmp_path, "a.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    assert run.curves["val_loss"].x.tolist() == [19, 39, 59, 79, 99]


def test_of_several_counters_the_one_that_rises_wins_and_none_is_a_metric(tmp_path: Path) -> None:
    rows = "".join(f"{i % 5},{i * 10},{i // 5},500,{LOSS[i]}\n" for i in range(N))
    run = only(tmp_path, "a.csv", "iter,global_step,Epoch,total_steps,loss\n" + rows)
    assert set(run.curves) == {"loss"}
    assert run.curves["loss"].x.tolist() == [10 * i for i in range(N)]
    assert set(run.positions.columns) == {"step", "epoch"}


def test_the_length_of_an_episode_is_no_axis(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i * 37 % 50 + 10},{i}\n" for i in range(N))
    run = only(tmp_path, "a.csv", "episode,steps,reward\n" + rows)
    assert (run.curves["reward"].axis, len(run.curves["reward"]), len(run.curves["steps"])) == ("episode", N, N)


def test_records_of_one_epoch_are_spread_over_it(tmp_path: Path) -> None:
    run = only(tmp_path, "a.csv", "epoch,loss\n" + "".join(f"{i // 10},{y}\n" for i, y in enumerate(LOSS)))
    assert run.curves["loss"].axis == "epoch"
    assert run.curves["loss"].x.tolist() == pytest.approx([i / 10 for i in range(N)])
    assert run.curves["loss"].y.tolist() == LOSS


@pytest.mark.parametrize("index", ["", "index", "#", "Unnamed: 0"])
def test_a_column_that_numbers_the_rows(tmp_path: Path, index: str) -> None:
    run = only(tmp_path, "a.csv", f"{index},loss\n" + "".join(f"{i},{y}\n" for i, y in enumerate(LOSS)))
    assert (set(run.curves), run.curves["loss"].axis, run.curves["loss"].x[-1]) == ({"loss"}, "step", N - 1)


def test_a_header_that_begins_with_nothing_is_no_row(tmp_path: Path) -> None:
    run = only(tmp_path, "a.csv", ",epoch,loss\n0,1,2.5\n1,2,\n2,3,2.0\n")
    assert (run.curves["loss"].y.tolist(), run.damage) == ([2.5, 2.0], ())


def test_rows_of_numbers_read_at_once_are_those_read_cell_by_cell(tmp_path: Path) -> None:
    rng = random.Random(5)
    cells = [
        "1.",
        "-.5",
        "+3",
        "1e400",
        "1e-400",
        "007",
        "1E5",
        "-0",
        "1e",
        "1-2",
        "--",
        "+",
        "1.2.3",
        "1_0",
        "20240101",
    ]
    taken = 0
    for _ in range(300):
        names = rng.sample(["", "step", "epoch", "loss", "acc", "wall_time", "elapsed", "lr"], rng.randint(2, 4))
        rows = [[rng.choice(cells) if rng.random() < 0.05 else repr(rng.uniform(-5, 5)) for _ in names] for _ in "123"]
        mark = rng.choice(",;\t")
        lines = [mark.join(row) for row in (names, *rows)]
        layout = layout_of("\n".join(lines).encode())
        assert layout is not None
        table = delimited._Table(layout, tmp_path / "a.csv", "csv", plain=True)
        text = "".join(f"{line}\n" for line in lines)
        at_once, by_cells = table.at_once(text), table.by_cells(list(enumerate(lines, 1)))
        if at_once is not None:
            taken += 1
            assert at_once[1:] == by_cells[1:] == ({}, [])
            assert list(at_once[0]) == list(by_cells[0])
            for name, column in at_once[0].items():
                assert column.tobytes() == by_cells[0][name].tobytes()
    assert taken > 100


def test_the_seconds_of_an_epoch_are_no_axis(tmp_path: Path) -> None:
    rows = "".join(f"{y}, {y + 1}, {(i * 7 % 10) / 10}\n" for i, y in enumerate(LOSS))
    run = only(tmp_path, "a.csv", "training_loss, val_loss, time\n" + rows)
    assert {name: curve.axis for name, curve in run.curves.items()} == dict.fromkeys(run.curves, "row")
    assert run.curves["training_loss"].y.tolist() == LOSS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("id,label,pred,loss\n1,0,1,0.5\n2,1,1,0.1\n", "column 'id' is that of a data set"),
        ("date,open,close,volume\n2024-01-01,1,2,3\n2024-01-02,2,3,4\n", "column 'open' is that of a data set"),
        ("model,accuracy\nA,0.5\nB,0.6\n", "column 'model' tells its rows apart by words"),
        ("width,height\n1,2\n2,3\n", "none is named like a measure"),
        ("crim,zn,indus,rm,error\n1,2,3,4,5\n2,3,4,5,6\n", "none is named like a measure"),
        ("a,b,c,loss\n1,2,3,4\n2,3,4,5\n", "most columns are not named like measures"),
        ("train_loss,val_loss\n1,2\n", "one row is no curve"),
    ],
)
def test_data_sets_are_refused_in_words(tmp_path: Path, text: str, why: str) -> None:
    (skipped,) = read(tmp_path, "a.csv", text).skipped
    assert why in skipped.why


# Long form.


def test_a_split_prefixes_metrics(tmp_path: Path) -> None:
    rows = "".join(f"{i},{phase},{y},0.1\n" for i, y in enumerate(LOSS) for phase in ("train", "val"))
    run = only(tmp_path, "a.csv", "epoch,phase,loss,lr\n" + rows)
    assert {name: curve.y.tolist() for name, curve in run.curves.items() if "loss" in name} == {
        "train/loss": LOSS, "val/loss": LOSS,
    }  # fmt: skip
    records = [{"mode": mode, "epoch": i, "loss": y} for i, y in enumerate(LOSS) for mode in ("train", "val")]
    again = only(tmp_path / ".." / tmp_path.name, "a.csv", "".join(json.dumps(record) + "\n" for record in records))
    assert again.curves["val/loss"].y.tolist() == LOSS


def test_a_tag_names_its_value(tmp_path: Path) -> None:
    rows = "".join(f"{i},{tag},{y}\n" for i, y in enumerate(LOSS) for tag in ("loss", "val_acc"))
    run = only(tmp_path, "a.csv", "step,tag,value\n" + rows)
    assert {name: curve.y.tolist() for name, curve in run.curves.items()} == {"loss": LOSS, "val_acc": LOSS}


@pytest.mark.parametrize(("column", "values", "ids"), [
    ("model", ("a", "b"), ["a", "b"]), ("seed", (1, 2), ["seed=1", "seed=2"]), ("fold", (0, 1), ["fold=0", "fold=1"]),
])  # fmt: skip
def test_words_and_seeds_that_tell_rows_apart_are_runs(
    tmp_path: Path, column: str, values: tuple[Any, ...], ids: list[str]
) -> None:
    rows = "".join(f"{value},{i},{y}\n" for value in values for i, y in enumerate(LOSS))
    runs = read(tmp_path, "a.csv", f"{column},epoch,loss\n{rows}")
    assert [run.id for run in runs] == [f"a.csv/{id}" for id in ids]
    assert all(run.curves["loss"].y.tolist() == LOSS for run in runs)


def test_words_that_stay_the_same_are_settings(tmp_path: Path) -> None:
    run = only(tmp_path, "a.csv", "model,seed,step,loss\n" + "".join(f"net,7,{i},{y}\n" for i, y in enumerate(LOSS)))
    assert (dict(run.config), run.seed, set(run.curves)) == ({"model": "net", "seed": 7.0}, 7, {"loss"})


# JSON.

RECORDS = [{"epoch": i, "loss": y} for i, y in enumerate(LOSS)]


@known_answer("json_document")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"train_loss": LOSS, "val_loss": LOSS}, {"train_loss", "val_loss"}),
        ({"history": {"loss": LOSS}, "params": {"batch": 8}, "epoch": list(range(N))}, {"loss"}),
        ({"train": {"loss": LOSS}, "val": {"loss": LOSS}}, {"train/loss", "val/loss"}),
        ({"train": RECORDS, "val": RECORDS}, {"train/loss", "val/loss"}),
        ({"log": RECORDS}, {"loss"}),
        ({"epochs": {str(i): {"loss": y} for i, y in enumerate(LOSS)}}, {"loss"}),
        ({"loss": {str(i): y for i, y in enumerate(LOSS)}}, {"loss"}),
        ({"columns": ["epoch", "loss"], "index": [0, 1], "data": list(map(list, enumerate(LOSS)))}, {"loss"}),
        ({"loss": {"steps": list(range(N)), "values": LOSS}}, {"loss"}),
        ([{"epoch": i // 10, "iteration": i, "main/loss": y} for i, y in enumerate(LOSS)], {"main/loss"}),
        ([{"epoch": str(i), "loss": str(y)} for i, y in enumerate(LOSS)], {"loss"}),
    ],
)
def test_json_documents(tmp_path: Path, document: Any, expected: set[str]) -> None:
    run = only(tmp_path, "a.json", json.dumps(document))
    assert set(run.curves) == expected
    assert all(curve.y.tolist() == LOSS for curve in run.curves.values())


def test_groups_that_are_no_split_are_runs(tmp_path: Path) -> None:
    runs = read(tmp_path, "a.json", json.dumps({"wide": {"loss": LOSS}, "deep": {"loss": LOSS}}))
    assert [run.id for run in runs] == ["a.json/wide", "a.json/deep"]


def test_lists_of_different_length_count_their_own_values_and_say_so(tmp_path: Path) -> None:
    run = only(tmp_path, "a.json", json.dumps({"train_loss": LOSS, "val_loss": LOSS[:8]}))
    assert [curve.x[-1] for curve in run.curves.values()] == [N, 8]
    assert [(damage.why, damage.lost) for damage in run.damage] == [
        ("lists of 8 and 40 values: each counts its own", 0)
    ]


def test_a_list_is_named_by_its_file(tmp_path: Path) -> None:
    assert only(tmp_path, "train_losses.json", json.dumps(LOSS)).curves["train_losses"].y.tolist() == LOSS
    (tmp_path / "train_losses.json").unlink()
    rows = [[1.7e9 + i, i, y] for i, y in enumerate(LOSS)]
    run = only(tmp_path, "run-a-tag-loss.json", json.dumps(rows))
    assert (run.curves["loss"].axis, run.curves["loss"].y.tolist()) == ("step", LOSS)


def test_documents_one_behind_the_other_are_records(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(record, indent=2) for record in RECORDS)
    assert only(tmp_path, "a.json", text).curves["loss"].y.tolist() == LOSS


@pytest.mark.parametrize("document", [
    {"loss": 1.2, "acc": 0.5}, {"preds": [1, 0], "labels": [1, 1], "loss": [0.1, 0.2]}, {"mean": [0.4, 0.5]}, [1, 2, 3],
    {"precision": [0.1, 0.2], "recall": [0.2, 0.1], "thresholds": [0.1, 0.2]}, {"images": [{"id": 1, "width": 3}] * 3},
    {"results": [{"model": "a", "accuracy": 0.3}, {"model": "b", "accuracy": 0.4}]},
])  # fmt: skip
def test_what_is_no_log_is_left(tmp_path: Path, document: Any) -> None:
    runs = read(tmp_path, "a.json", json.dumps(document))
    assert (len(runs), len(runs.skipped)) == (0, 1)


def test_a_long_document_is_known_by_its_start(tmp_path: Path) -> None:
    run = only(tmp_path, "a.json", json.dumps({"train_loss": [1 / (i + 1) for i in range(9000)]}))
    assert len(run.curves["train_loss"]) == 9000


# Reading in slices is reading the whole.

SHAPES = {
    "nested.csv": "epoch,batch,loss,val_loss\n" + "".join(f"{i // 10},{i % 10},{y},\n" for i, y in enumerate(LOSS)),
    "rows.csv": "train_loss,val_acc\n" + "".join(f"{y},0.5\n" for y in LOSS),
    "repeats.csv": "epoch,loss\n" + "".join(f"{i // 8},{y}\n" for i, y in enumerate(LOSS)),
    "phase.csv": "epoch,phase,loss\n"
    + "".join(f"{i // 2},{('train', 'val')[i % 2]},{y}\n" for i, y in enumerate(LOSS)),
    "comma.csv": "epoch;loss\n" + "".join(f"{i};{y}\n".replace(".", ",") for i, y in enumerate(LOSS)),
    "mode.jsonl": "".join(
        json.dumps({"mode": ("train", "val")[i % 2], "epoch": i // 2, "loss": y}) + "\n" for i, y in enumerate(LOSS)
    ),
    "rows.jsonl": "".join(json.dumps({"train_loss": y}) + "\n" for y in LOSS),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_growing_table_is_at_every_moment_what_reading_it_whole_gives(tmp_path: Path, name: str) -> None:
    whole, rng = SHAPES[name].encode(), random.Random(name)
    (tmp_path / "logs").mkdir()
    with Store(None) as store:
        for end in [*sorted(rng.sample(range(1, len(whole)), 8)), len(whole)]:
            (tmp_path / "logs" / name).write_bytes(whole[:end])
            try:
                runs = read_path(tmp_path / "logs")
            except ValueError:
                continue
            done = ingest(store, tmp_path / "logs")
            assert list(stored_runs(store, root=done.root)) == list(runs)
        for run in runs:
            for metric in run.curves:
                assert store.curve(run.id, metric) == run.curves[metric]
    losses = [curve for run in runs for metric, curve in run.curves.items() if "loss" in metric]
    assert sum(len(curve) for curve in losses) == N
