"""A stuck run stays stuck: what a log repeats is left out only where the log shows that it was not measured."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.cli.app import run
from forerun.runs.store import Store

from .encoded import wandb_file, wandb_history

LN2 = math.log(2)


def wandb(folder: Path, values: list[dict[str, object]]) -> None:
    file = folder / "wandb" / "offline-run-20260101_000000-abc" / "run-abc.wandb"
    file.parent.mkdir(parents=True)
    file.write_bytes(wandb_file([wandb_history(i, value) for i, value in enumerate(values)]))


def export(folder: Path, values: list[dict[str, object]]) -> None:
    history = [{"_step": i, **value} for i, value in enumerate(values)]
    (folder / "export.json").write_text(json.dumps({"summary": {}, "config": {}, "history": history}))


def bars(folder: Path, values: list[dict[str, object]]) -> None:
    """A line a step, as a bar that is drawn anew in a file."""
    shown = [", ".join(f"{name}={value}" for name, value in told.items()) for told in values]
    lines = [
        f"Epoch 0:  50%|██   | {i + 1}/300 [00:10<00:10,  5it/s, {told}]" for i, told in enumerate(shown)
    ]  # fmt: skip
    (folder / "train.log").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("write", [wandb, export, bars])
def test_300_steps_of_ln_2_are_read_and_are_a_plateau(
    tmp_path: Path, write: object, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, [{"loss": LN2}] * 300)  # type: ignore[operator]
    (read,) = api.read(tmp_path)
    (curve,) = read.curves.values()
    assert (len(curve), set(curve.y.tolist())) == (300, {LN2})
    assert run(["scan", str(tmp_path), "--json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["kind"], finding["end"]) == ("plateau", None)


def test_a_run_that_gets_stuck_is_stuck_to_its_end(tmp_path: Path) -> None:
    values = [{"loss": 3.0 - i / 50} for i in range(100)] + [{"loss": LN2}] * 300
    wandb(tmp_path, values)
    (read,) = api.read(tmp_path)
    assert read.curves["loss"].x[-1] == 399
    assert [finding.kind for finding in api.scan(read)[read.id].findings if finding.end is None] == ["plateau"]


def test_values_beside_a_counter_that_stands_still_are_old_and_so_says_a_store(tmp_path: Path) -> None:
    """A group synchronised from elsewhere is logged again and again, with its own step."""
    logs = tmp_path / "logs"
    logs.mkdir()
    wandb(
        logs,
        [
            {"train/step": i, "train/loss": 2.0 - i / 100, "val/step": i // 20, "val/loss": 2.0 - i // 20}
            for i in range(100)
        ],
    )
    (read,) = api.read(logs)
    assert read.curves["val/loss"].y.tolist() == [2.0, 1.0, 0.0, -1.0, -2.0]
    assert len(read.curves["train/loss"]) == 100
    api.read(logs, store=tmp_path / "s")
    with Store(tmp_path / "s") as store:
        assert store.curve(read.id, "val/loss") == read.curves["val/loss"]


def test_a_bar_repeats_its_validation_until_the_next(tmp_path: Path) -> None:
    bars(tmp_path, [{"loss": round(2 - i / 200, 4), "val_loss": 1.5 - i // 100} for i in range(300)])
    (read,) = api.read(tmp_path)
    named = {name.rpartition("/")[2]: curve for name, curve in read.curves.items()}
    assert named["val_loss"].y.tolist() == [1.5, 0.5, -0.5]
    assert np.unique(named["loss"].y).size == 300


def test_a_run_deleted_in_mlflow_after_it_was_read_is_gone_from_the_store_too(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "1" / ("a" * 32)
    (folder / "metrics").mkdir(parents=True)
    meta = f"artifact_uri: file:///x\nrun_id: {'a' * 32}\nrun_name: big\nstatus: 3\nlifecycle_stage: "
    (folder / "meta.yaml").write_text(meta + "active\n")
    (folder / "metrics" / "loss").write_text("".join(f"{1700000000000 + i} {3 - i} {i}\n" for i in range(3)))
    (read,) = api.read(tmp_path / "logs", store=tmp_path / "s")
    assert read.name == "big"
    (folder / "meta.yaml").write_text(meta + "deleted\n")
    runs = api.read(tmp_path / "logs", store=tmp_path / "s")
    assert (list(runs), [skipped.why for skipped in runs.skipped]) == ([], ["deleted in MLflow"])
