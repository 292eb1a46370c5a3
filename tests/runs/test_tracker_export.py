"""The reader of Neptune's and Comet's exports, on files written here from the documented layouts."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import json
import math
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forerun import api
from forerun.core import UnreadableLog
from forerun.runs.readers import tracker_export
from tests.cards import known_answer


def record(name: str, value: Any, step: Any, **more: Any) -> dict[str, Any]:
    base = {"metricName": name, "metricValue": value, "step": step, "epoch": None, "timestamp": 1_700_000_000_000}
    return base | {"runContext": None, "offset": 0} | more


RECORDS = [record("loss", str(3 - i), i * 10, epoch=i, timestamp=1_700_000_000_000 + 500 * i) for i in range(3)]


def points(curve: Any) -> list[tuple[float, float]]:
    return list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))


@known_answer("tracker_export")
def test_comet_json(tmp_path: Path) -> None:
    odd = [record("acc", "NaN", 10), record("sys.cpu", "3", 1), record("note", "fast", 1)]
    (tmp_path / "metrics.json").write_text(json.dumps([*RECORDS, *odd]), "utf-8")
    (run,) = api.read(tmp_path / "metrics.json")
    assert run.format == "tracker_export"
    assert points(run.curves["loss"]) == [(0, 3), (10, 2), (20, 1)]
    assert math.isnan(run.curves["acc"].y[0])
    assert set(run.curves) == {"loss", "acc"}
    assert [damage.where for damage in run.damage] == ["record 6"]
    assert run.positions.columns["seconds"].tolist()[:3] == [0, 0.5, 1]


def test_comet_runs_by_key(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"one": RECORDS, "two": RECORDS[:1]}), "utf-8")
    assert [run.id.rpartition("/")[2] for run in api.read(tmp_path / "m.json")] == ["one", "two"]


def test_comet_csv(tmp_path: Path) -> None:
    with (tmp_path / "m.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, [*RECORDS[0], "experimentKey"])
        table.writeheader()
        table.writerows([one | {"experimentKey": key} for key in ("a", "b") for one in RECORDS])
    runs = list(api.read(tmp_path / "m.csv"))
    assert [run.id.rpartition("/")[2] for run in runs] == ["a", "b"]
    assert all(points(run.curves["loss"]) == [(0, 3), (10, 2), (20, 1)] for run in runs)


@pytest.mark.parametrize("text", ["step,loss\n1,2\n", '{"step": 1}', "[[[[[[[[", '"metricName" "metricValue"', ""])
def test_what_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text, "utf-8")
    assert tracker_export.sniff(path, text.encode()) == 0.0
    with pytest.raises(UnreadableLog):
        list(tracker_export.follow(path, {}))


def test_damaged_json(tmp_path: Path) -> None:
    raw = json.dumps(RECORDS).encode()
    rng = random.Random(0)
    for _ in range(100):
        damaged = bytearray(raw[: rng.randrange(1, len(raw))] if rng.random() < 0.3 else raw)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        (tmp_path / "m.json").write_bytes(damaged)
        with contextlib.suppress(UnreadableLog):
            list(tracker_export.follow(tmp_path / "m.json", {}))


def neptune(path: Path, run: str, steps: range, *, settings: bool = True) -> None:
    """A file as neptune-exporter writes it: one row a value, typed columns beside each other."""
    pl = pytest.importorskip("polars", reason="needs the extra [parquet]")
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows: list[dict[str, Any]] = []
    if settings:
        rows += [
            {"attribute_path": "params/lr", "attribute_type": "float", "float_value": 0.1},
            {"attribute_path": "params/layers", "attribute_type": "int", "int_value": 3},
            {"attribute_path": "sys/forking/parent", "attribute_type": "string", "string_value": "RUN-0"},
            {"attribute_path": "sys/forking/step", "attribute_type": "float", "float_value": 4.0},
            {"attribute_path": "sys/failed", "attribute_type": "bool", "bool_value": False},
        ]
    for i in steps:
        for name in ("train/loss", "monitoring/cpu"):
            rows.append(
                {"attribute_path": name, "attribute_type": "float_series", "float_value": 1 / (i + 1)}
                | {"step": Decimal(i), "timestamp": start + dt.timedelta(seconds=i)}
            )
    schema = {"project_id": pl.String, "run_id": pl.String, "attribute_path": pl.String, "attribute_type": pl.String}
    schema |= {"step": pl.Decimal(18, 6), "timestamp": pl.Datetime("ms", "UTC"), "int_value": pl.Int64}
    schema |= {"float_value": pl.Float64, "string_value": pl.String, "bool_value": pl.Boolean}
    blank = dict.fromkeys(schema)
    whole = [blank | {"project_id": "w/p", "run_id": run} | row for row in rows]
    pl.DataFrame(whole, schema=schema).write_parquet(path, compression="snappy")


def test_neptune_parts_are_one_run(tmp_path: Path) -> None:
    neptune(tmp_path / "RUN-1_part_0.parquet", "RUN-1", range(5))
    neptune(tmp_path / "RUN-1_part_1.parquet", "RUN-1", range(5, 8), settings=False)
    neptune(tmp_path / "RUN-2_part_0.parquet", "RUN-2", range(2))
    first, second = sorted(api.read(tmp_path), key=lambda run: run.id)
    assert (first.id.endswith("RUN-1"), second.id.endswith("RUN-2")) == (True, True)
    assert points(first.curves["train/loss"]) == [(i, 1 / (i + 1)) for i in range(8)]
    assert set(first.curves) == {"train/loss"}
    assert (first.config["params/lr"], first.config["params/layers"]) == (0.1, 3)
    assert (first.lineage.parent, first.lineage.fork_point) == ("RUN-0", 4.0)
    assert first.positions.columns["seconds"].tolist() == list(range(8))


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "RUN-1_part_0.parquet"
    neptune(path, "RUN-1", range(200))
    raw = path.read_bytes()
    rng = random.Random(1)
    for _ in range(60):
        damaged = bytearray(raw[: rng.randrange(5, len(raw))] if rng.random() < 0.3 else raw)
        damaged[rng.randrange(4, len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        with contextlib.suppress(UnreadableLog):
            list(tracker_export.follow(path, {}))


def test_another_parquet_is_left_alone(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars", reason="needs the extra [parquet]")
    path = tmp_path / "a.parquet"
    pl.DataFrame({"run": ["a"], "metric": ["loss"], "x": [1.0], "y": [2.0]}).write_parquet(path)
    assert tracker_export.sniff(path, path.read_bytes()) == 0.0
    with pytest.raises(UnreadableLog):
        list(tracker_export.follow(path, {}))
