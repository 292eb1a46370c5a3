"""Logs that other people recorded: read as the tidy tables made of them say, whole, in slices and damaged."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, MissingExtra
from forerun.runs.discover import read_path
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.store import Store
from tests.cards import known_answer

pl = pytest.importorskip("polars", reason="needs the extra [parquet]")

Points = list[tuple[float, float]]


def table(file: Path, run: str, metric: str) -> Points:
    """A curve of a tidy table, as its single-precision values."""
    rows = pl.scan_parquet(file).filter(
        (pl.col("run").cast(pl.String) == run) & (pl.col("metric").cast(pl.String) == metric)
    )
    return [(x, float(np.float32(y))) for x, y in rows.select("x", "y").collect().rows()]


def logged(file: Path, metric: str, run: int = 0) -> Points:
    curve = api.read(file)[run].curves[metric]
    return [(x, float(np.float32(y))) for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True)]


EXPORT = "ann0.2_openwebtext2_llama_norm_nlayers10_nhead8_lr0.001_sched_wsd_warmup300_iter12500_bs50x2_ws2_seed0_data_seed1337"

CASES = [
    ("mlperf_mllog/v4.0__Intel-HabanaLabs__HLS-Gaudi2-PT__llama2_70b_lora__result_0.txt", "eval_accuracy", 0,
     "mlperf_training_v4/eval_curves.parquet", "Intel-HabanaLabs/HLS-Gaudi2-PT/result_0", "eval_accuracy"),
    ("mlperf_mllog/v2.0__MosaicML__8xA100_80GB-methods__resnet__result_0.txt", "eval_accuracy", 0,
     "mlperf_training_v2/eval_curves.parquet", "MosaicML/8xA100_80GB-methods/result_0", "eval_accuracy"),
    ("algoperf/external_tuning__amos__study_0__librispeech_deepspeech_jax__trial_1", "validation/wer", 0,
     "algoperf/eval_curves.parquet", "v05/external_tuning/amos/study_0/librispeech_deepspeech_jax/trial_1", "validation/wer"),
    ("modded_nanogpt/track_3_optimization__results__1bd8db7a-f3a3-4195-856d-cab7e0816443.txt", "val_loss", 7,
     "modded_nanogpt/curves.parquet", "results/1bd8db7a-f3a3-4195-856d-cab7e0816443.txt#7", "val_loss"),
    ("modded_nanogpt/track_1_short__2024-10-09_SOAP__5bdc3988-496c-4232-b4ef-53764cb81c92.txt", "train_loss", 0,
     "modded_nanogpt/curves.parquet", "2024-10-09_SOAP/5bdc3988-496c-4232-b4ef-53764cb81c92.txt", "train_loss"),
    ("dopamine_json/asterix.json", "Value", 3, "dopamine/returns.parquet", "DQN#3", "episode_return"),
    (f"wandb_export_json/lr_scheduling/{EXPORT}.json", "val/val_loss", 0, "lr_scheduling/curves.parquet", EXPORT, "val_loss"),
]  # fmt: skip


@known_answer("mllog", "wandb_export", "algoperf", "json_records", "text")
@pytest.mark.parametrize(("raw", "metric", "run", "file", "name", "column"), CASES, ids=lambda case: str(case)[:24])
def test_a_recorded_log_says_what_the_table_made_of_it_says(
    shared: Path, raw: str, metric: str, run: int, file: str, name: str, column: str
) -> None:
    """The tables were made by other code; long logs were cut when they were recorded, and so is the table here."""
    mine = logged(shared / "raw" / raw, metric, run)
    told = table(shared / file, name, column)
    if "dopamine" in file:
        told = told[: len(mine)]  # further games follow
    held = dict(told)
    assert len(mine) > 5
    assert all(str(held.get(x)) == str(y) for x, y in mine[:-1])
    assert len(told) >= len(mine) - 1


def units(shared: Path) -> Iterator[tuple[str, Path]]:
    """One file or folder a format, the smallest there is."""
    found: dict[str, Path] = {}
    runs = read_path(shared / "raw")
    for run in runs:
        path = shared / "raw" / run.path
        size = sum(f.stat().st_size for f in ([path] if path.is_file() else path.rglob("*")) if f.is_file())
        if run.format not in found or size < _size(found[run.format]):
            found[run.format] = path
    yield from sorted(found.items())


def _size(path: Path) -> int:
    return sum(f.stat().st_size for f in ([path] if path.is_file() else path.rglob("*")) if f.is_file())


@pytest.mark.usefixtures("no_hang")
def test_damage_to_recorded_logs_never_raises_past_the_readers_own_error(shared: Path, tmp_path: Path) -> None:
    """Every file of the smallest recorded log of each format, damaged 30 times: bytes flipped, tails cut."""
    formats = set()
    for name, source in units(shared):
        formats.add(name)
        copy = tmp_path / name / source.name
        copy.parent.mkdir()
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
        for file in [copy] if copy.is_file() else sorted(f for f in copy.rglob("*") if f.is_file())[:4]:
            whole, rng = file.read_bytes(), random.Random(name)
            for _ in range(30):
                at = rng.randrange(len(whole))
                flipped = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
                file.write_bytes(flipped if rng.random() < 0.7 else whole[:at])
                with contextlib.suppress(BadInput, MissingExtra):
                    for run in api.read(copy.parent):
                        assert all(np.isfinite(curve.x).all() for curve in run.curves.values())
            file.write_bytes(whole)
    assert len(formats) >= 13


GROWING = [
    "wandb/run-20220429_201936-3ojed7lz/run-3ojed7lz.wandb",
    "tensorboard/external_tuning__baseline__study_0__criteo1tb_jax__trial_1",
    "modded_nanogpt/track_1_short__2024-11-08_CastBf16__a833bed8-2fa8-4cfe-af05-58c1cc48bc30.txt",
    "modded_nanogpt/track_3_optimization__results__1bd8db7a-f3a3-4195-856d-cab7e0816443.txt",
    "megatron_deepspeed/blowup-4-adam-1793736.out",
    "mlperf_mllog/v2.0__NVIDIA__dgxa100_ngc22.04_mxnet__unet3d__result_28.txt",
    "lightning_csv/ml-aos/lightning_logs/version_1/metrics.csv",
]


@pytest.mark.parametrize("raw", GROWING, ids=lambda raw: raw[:20])
def test_a_recorded_log_in_slices_is_the_log_at_every_moment(shared: Path, tmp_path: Path, raw: str) -> None:
    source = shared / "raw" / raw
    source = next(source.iterdir()) if source.is_dir() else source
    file = tmp_path / "logs" / source.name
    file.parent.mkdir()
    whole, rng = source.read_bytes(), random.Random(raw)
    with Store(None) as store:
        for end in [*sorted(rng.sample(range(1, len(whole)), 8)), len(whole)]:
            file.write_bytes(whole[:end])
            try:
                runs = read_path(file.parent)
                done = ingest(store, file.parent)
            except BadInput:
                continue
            assert list(stored_runs(store, root=done.root)) == list(runs)
        assert len(runs) > 0
