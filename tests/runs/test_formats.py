"""What every reader owes: its known answer, the same from a growing file as from a whole one, and no fall on damage."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, MissingExtra, Run, Runs
from forerun.runs.discover import read_path
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.readers import READERS
from forerun.runs.store import Store
from tests.cards import known_answer

from . import corpus
from .corpus import CORPUS, GROWING, LOSS, N

SHORT = 24
"""Records of a sample that is read hundreds of times."""
SEVERAL = {"trackio": 2, "optuna_sqlite": 3, "json_records": 2, "tidy": 2}
"""How many runs a sample holds, where it is not one."""


def test_every_format_has_a_sample() -> None:
    assert set(CORPUS) == set(READERS.table)


HOOKS = {
    "read": "",
    "unit": "tensorboard wandb tracker_export mlflow_files swanlab ray_result keras_tuner sacred allennlp catboost mmengine_json "
    "detectron2 run_folder yolo_txt trainer_state lm_eval dvclive algoperf monitor evaluations progress lightning_csv",
    "companions": "wandb swanlab ray_result keras_tuner sacred allennlp catboost mmengine_json detectron2 run_folder yolo_txt "
    "trainer_state dvclive algoperf progress lightning_csv",
    "twins": "swanlab mmcv_json mmengine_json detectron2",
    "repeats": "ray_result mmengine_json detectron2 run_folder yolo_txt",
}  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_filled_in_by_those_that_need_it_and_misspelt_an_error(hook: str) -> None:
    readers = {name: READERS.load(name) for name in READERS.table}
    assert {name for name, reader in readers.items() if getattr(reader, hook)} >= set(HOOKS[hook].split())
    with pytest.raises(TypeError, match=f"unexpected keyword argument 'my_{hook}'"):
        replace(readers["csv"], **{f"my_{hook}": None})


@pytest.mark.parametrize("name", CORPUS)
def test_every_format_is_known_by_content_and_read(tmp_path: Path, name: str) -> None:
    CORPUS[name](tmp_path)
    runs = api.read(tmp_path)
    assert {run.format for run in runs} == {name}
    assert len(runs) == SEVERAL.get(name, 1)
    assert all(run.damage == () for run in runs)
    assert runs.skipped == ()


def only(path: Path, name: str) -> Run:
    path.mkdir(exist_ok=True)
    CORPUS[name](path)
    return api.read(path)[0]


def test_wandb(tmp_path: Path) -> None:
    run = only(tmp_path, "wandb")
    assert (run.id, run.config["lr"]) == ("wandb/offline-run-20260101_000000-abc", 0.1)
    assert run.curves["loss"].x.tolist() == list(range(N))
    assert run.curves["loss"].y.tolist() == LOSS
    assert run.positions.columns["seconds"][:3].tolist() == [0.0, 2.5, 5.0]


def test_mlflow_files(tmp_path: Path) -> None:
    run = only(tmp_path, "mlflow_files")
    assert (run.id, run.status, run.config["lr"]) == ("mlruns/1/0123456789abcdef", "finished", 0.1)
    assert run.curves["val/loss"].y.tolist() == LOSS
    assert run.positions.columns["seconds"][:3] == pytest.approx([0, 0.01, 0.02])


def test_mlflow_sqlite_gives_nan_and_infinity_back(tmp_path: Path) -> None:
    run = only(tmp_path, "mlflow_sqlite")
    assert (run.id, run.status, run.config["lr"]) == ("mlflow.db/exp/big", "finished", 0.1)
    assert run.curves["loss"].y.tolist() == LOSS
    assert [str(value) for value in run.curves["odd"].y] == ["nan", "inf"]


def test_trackio_gives_nan_and_infinity_back(tmp_path: Path) -> None:
    CORPUS["trackio"](tmp_path)
    runs = {run.id: run for run in api.read(tmp_path)}
    assert dict(runs["proj.db/big"].config) == {"lr": 0.1}
    assert runs["proj.db/big"].curves["loss"].y.tolist() == LOSS
    assert [str(value) for value in runs["proj.db/odd"].curves["loss"].y] == ["nan", "inf"]


@known_answer("lm_eval")
def test_checkpoints_scores_are_one_run_with_items(tmp_path: Path) -> None:
    run = only(tmp_path, "lm_eval")
    assert run.curves["toy/acc"].x.tolist() == [100, 200, 300]
    assert run.curves["toy/acc"].y.tolist() == [0.1, 0.2, 0.3]
    assert run.curves["toy/acc"].direction == "max"
    assert run.items.n_rows == 12
    assert run.items.columns["x"].tolist() == [100] * 4 + [200] * 4 + [300] * 4
    assert run.items.columns["score"][:4].tolist() == [0, 1, 0, 1]


def test_a_result_alone_is_over_and_not_stalled(tmp_path: Path) -> None:
    file = tmp_path / "gpt2.json"
    file.write_text('{"results": {"toy": {"acc": 0.5}}, "versions": {"toy": 1}}')
    (run,) = api.read(tmp_path, now=file.stat().st_mtime + 3600)
    assert run.curves["toy/acc"].axis == "evaluation"
    assert run.status == "finished"


@known_answer("inspect_eval")
def test_inspect(tmp_path: Path) -> None:
    run = only(tmp_path, "inspect_eval")
    assert run.curves["t/match/accuracy"].x.tolist() == [50]
    assert run.curves["t/match/accuracy"].y.tolist() == [0.75]
    assert run.items.columns["score"].tolist() == [0, 1, 1, 1]
    assert run.status == "finished"


def test_algoperf_counts_evaluations_once(tmp_path: Path) -> None:
    run = only(tmp_path, "algoperf")
    assert run.curves["validation/loss"].x.tolist() == [10, 20, 30, 40, 50]
    assert run.curves["loss"].y.tolist() == LOSS
    assert (run.horizon["step"], run.seed, run.config["learning_rate"]) == (100, 7, 0.1)
    assert run.events == ()


def test_a_further_fit_of_keras_follows_on(tmp_path: Path) -> None:
    run = only(tmp_path, "keras_csv")
    assert run.curves["loss"].x.tolist() == list(range(N))
    assert run.curves["loss"].y.tolist() == LOSS


def test_mllog_and_text(tmp_path: Path) -> None:
    run = only(tmp_path / "m", "mllog")
    assert (run.status, run.seed, run.curves["eval_accuracy"].axis) == ("finished", 3, "epoch")
    assert run.curves["eval_accuracy"].y.tolist() == LOSS
    run = only(tmp_path / "t", "text")
    assert (run.status, run.horizon["step"]) == ("finished", N - 1)
    assert run.curves["train_loss"].y.tolist() == LOSS
    assert run.positions.columns["seconds"][:3].tolist() == [0, 0.1, 0.2]


def test_dvclive_boosting_and_records(tmp_path: Path) -> None:
    run = only(tmp_path / "dvclive", "dvclive")
    assert (run.curves["train/loss"].y.tolist(), run.config["lr"]) == (LOSS, 0.1)
    assert only(tmp_path / "evals_result", "evals_result").curves["valid/logloss"].x.tolist() == list(range(1, N + 1))
    run = only(tmp_path / "json_records", "json_records")
    assert (run.id, run.curves["Value"].direction, run.curves["Value"].y.tolist()) == ("game.json/DQN", "max", LOSS)


def seen(path: Path) -> tuple[list[Run], list[tuple[str, str]]]:
    runs: Runs = Runs()
    with contextlib.suppress(BadInput):
        runs = read_path(path)
    return sorted(runs, key=lambda run: run.id), sorted((s.path, s.why) for s in runs.skipped)


@pytest.mark.parametrize("name", GROWING)
def test_a_growing_file_gives_at_every_moment_what_reading_it_whole_gives(tmp_path: Path, name: str) -> None:
    """Seeded cuts, at bytes of no meaning; both ways must agree on runs, damage and what is left out."""
    (tmp_path / "logs").mkdir()
    file = CORPUS[name](tmp_path / "logs")
    whole, rng = file.read_bytes(), random.Random(name)
    for _ in range(4):
        file.write_bytes(b"")
        with Store(None) as store:
            for end in [*sorted(rng.sample(range(1, len(whole)), 12)), len(whole)]:
                with file.open("r+b") as grown:
                    grown.truncate()
                    grown.write(whole[:end])
                _read_on(store, tmp_path / "logs")
        file.write_bytes(whole)


def _read_on(store: Store, logs: Path) -> None:
    """Read what is there into the store, and compare it with reading it whole."""
    runs, skipped = seen(logs)
    try:
        done = ingest(store, logs)
    except BadInput:
        assert not runs
        return
    kept = stored_runs(store, root=done.root)
    assert sorted(kept, key=lambda run: run.id) == runs
    assert bool(skipped) == bool((*kept.skipped, *done.skipped))


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("name", CORPUS)
def test_damage_never_raises_past_the_readers_own_error_nor_hangs(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 seeded damages a format: flipped bytes, cut tails, stretches doubled, removed or overwritten.

    The sample is short, so that as much of what is damaged is its frame as its records.
    """
    monkeypatch.setattr(corpus, "N", SHORT)
    monkeypatch.setattr(corpus, "LOSS", LOSS[:SHORT])
    file = CORPUS[name](tmp_path)
    assert {run.format for run in api.read(tmp_path)} == {name}
    whole, rng = file.read_bytes(), random.Random(f"damage {name}")
    for _ in range(300):
        file.write_bytes(_damaged(whole, rng))
        with contextlib.suppress(BadInput, MissingExtra):
            for run in api.read(tmp_path):
                assert all(np.isfinite(curve.x).all() for curve in run.curves.values())


def _damaged(whole: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(whole))
    end = min(len(whole), at + rng.choice((1, 4, 40, 400)))
    kind = rng.randrange(5)
    if kind == 0:
        return whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
    if kind == 1:
        return whole[:at]
    if kind == 2:
        return whole[:end] + whole[at:]
    if kind == 3:
        return whole[:at] + whole[end:]
    return whole[:at] + rng.randbytes(end - at) + whole[end:]


@pytest.mark.parametrize(
    ("name", "most"), [("tensorboard", 1), ("jsonl", 2), ("csv", 2), ("mllog", 2), ("mlflow_files", 2), ("text", 2)]
)
def test_a_flipped_bit_costs_a_record_and_its_neighbour_at_most(tmp_path: Path, name: str, most: int) -> None:
    """A flipped line end joins two lines; what has no checksum may be misread, but the rest stays."""
    file = CORPUS[name](tmp_path)
    whole, rng = file.read_bytes(), random.Random(name)
    metric = {"mllog": "eval_accuracy", "mlflow_files": "val/loss", "text": "train_loss"}.get(name, "loss")
    start = whole.find(b"\n") + 1 if name in ("csv", "text") else 0
    for at in rng.sample(range(start, len(whole)), 150):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
        runs = api.read(tmp_path)
        curve = runs[0].curves[metric]
        expected = {
            (float(x), float(np.float32(y)) if name == "tensorboard" else y)
            for x, y in enumerate(LOSS, name == "tensorboard")
        }
        kept = expected & set(zip(curve.x.tolist(), curve.y.tolist(), strict=True))
        assert len(kept) >= N - most, at


def test_a_flipped_bit_in_wandb_costs_a_block_at_most_and_is_told(tmp_path: Path) -> None:
    file = CORPUS["wandb"](tmp_path)
    whole, rng = file.read_bytes(), random.Random(3)
    assert len(whole) < 32768
    kept = []
    for at in rng.sample(range(7, len(whole)), 150):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
        try:
            (run,) = api.read(tmp_path)
        except BadInput:
            kept.append(0)  # the first record's length: nothing of the only block is left
            continue
        assert run.damage
        kept.append(len(run.curves["loss"]))
    assert np.median(kept) == N - 1
