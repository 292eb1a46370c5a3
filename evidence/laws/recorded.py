"""The recorded scaling tables that a law here applies to, in one shape, for the pages beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forerun.core import Table
from forerun.laws.fitter import separable  # noqa: F401  (loads the engine once)


@dataclass(frozen=True)
class Recorded:
    """One table that a law is fitted to.

    Args:
        source, name: where it is from, and which of that source's tables it is.
        law: the law that applies.
        table: the law's columns, y and run (points of one model are one run).
    """

    source: str
    name: str
    law: str
    table: Table


def frame(data: Path, file: str) -> pl.DataFrame | None:
    """A recorded file with text columns as text, or None where it is not there."""
    path = data / file
    if not path.is_file():
        return None
    read = pl.read_parquet(path)
    return read.with_columns(pl.col(pl.Categorical).cast(pl.String)).filter(pl.col("y").is_finite())


def table(rows: pl.DataFrame, columns: tuple[str, ...], run: str = "run") -> Table:
    found: dict[str, Any] = {name: rows[name].cast(pl.Float64).to_numpy() for name in (*columns, "y")}
    return Table({**found, "run": rows[run].to_list()})


def chinchilla_epoch(data: Path) -> Iterator[Recorded]:
    """The 240 points; the 5 of highest loss are left out, as Besiroglu et al. did."""
    rows = frame(data, "chinchilla_epoch/points.parquet")
    if rows is not None:
        rows = rows.sort("y").head(len(rows) - 5)
        yield Recorded("chinchilla_epoch", "points", "chinchilla", table(rows, ("params", "tokens")))


def mlf_scaling(data: Path) -> Iterator[Recorded]:
    rows = frame(data, "mlf_scaling/final_losses.parquet")
    if rows is not None:
        rows = rows.filter(pl.col("metric").str.starts_with("loss"))
        for (task, metric), part in rows.group_by(["task", "metric"], maintain_order=True):
            yield Recorded("mlf_scaling", f"{task}/{metric}", "chinchilla", table(part, ("params", "tokens")))


def formll_isoflop(data: Path) -> Iterator[Recorded]:
    rows = frame(data, "formll_isoflop/isoflop.parquet")
    if rows is not None:
        rows = rows.filter(pl.col("metric") == "loss").with_row_index("i")
        for (task,), part in rows.group_by(["task"], maintain_order=True):
            yield Recorded("formll_isoflop", str(task), "chinchilla", table(part, ("params", "tokens"), run="i"))


def finetune_scaling(data: Path) -> Iterator[Recorded]:
    """Sizes above 0; zero-shot is not on the curve."""
    rows = frame(data, "finetune_scaling/loss_vs_train_size.parquet")
    if rows is not None:
        rows = rows.filter(pl.col("x") > 0).with_columns(train_size=pl.col("x")).with_row_index("i")
        for (task, run), part in rows.group_by(["task", "run"], maintain_order=True):
            yield Recorded("finetune_scaling", f"{task}/{run}", "rectified", table(part, ("train_size",), run="i"))


def datablations(data: Path) -> Iterator[Recorded]:
    """The runs of the paper's own fit (those that diverged or overfitted are not among them)."""
    rows = frame(data, "datablations/final_losses.parquet")
    if rows is not None:
        kept = [bool(json.loads(config)["in_182_run_fit"]) for config in rows["config"]]
        rows = rows.filter(pl.Series(kept))
        yield Recorded("datablations", "c4", "data_constrained", table(rows, ("params", "tokens", "unique_tokens")))


def gemstones(data: Path) -> Iterator[Recorded]:
    """Losses by parameters and tokens seen; the points of one model are one run."""
    frames = [
        f for f in (frame(data, f"gemstones/{file}.parquet") for file in ("loss", "task_losses")) if f is not None
    ]
    sizes = {
        task: n for f in frames if "params" in f for task, n in f.drop_nulls("params").select("task", "params").rows()
    }
    for rows in frames:
        rows = rows.drop("params", strict=False).filter(pl.col("tokens") > 0, pl.col("run") != "constant_lr_ablation")
        rows = rows.with_columns(params=pl.col("task").replace_strict(sizes, default=None)).drop_nulls("params")
        for (run, metric), part in rows.group_by(["run", "metric"], maintain_order=True):
            if part["task"].n_unique() > 5 and part["tokens"].n_unique() >= 8:
                yield Recorded("gemstones", f"{run}/{metric}", "chinchilla", table(part, ("params", "tokens"), "task"))


def mlperf_rcp(data: Path) -> Iterator[Recorded]:
    """Samples to target by batch size, where one unit holds: tables in which runs of one batch size agree to 20%, and
    the smallest batch needs no more than the largest (else they are steps). The runs of one batch size are one run."""
    rows = frame(data, "mlperf_rcp/epochs_to_target.parquet")
    if rows is not None:
        rows = rows.with_columns(batch_size=pl.col("x"), log=pl.col("y").log(), group=pl.col("x").cast(pl.String))
        for (task,), part in rows.group_by(["task"], maintain_order=True):
            each = part.group_by("x").agg(pl.col("log").std().alias("sd"), pl.col("log").median()).sort("x")
            rising = each["log"][0] <= each["log"][-1]
            if len(each) >= 4 and rising and (each["sd"].drop_nulls().median() or 0.0) < 0.2:
                yield Recorded("mlperf_rcp", str(task), "critical_batch", table(part, ("batch_size",), "group"))


SOURCES = chinchilla_epoch, mlf_scaling, formll_isoflop, finetune_scaling, datablations, gemstones, mlperf_rcp


def recorded(data: Path) -> Iterator[Recorded]:
    """Every table of every source that is there."""
    for source in SOURCES:
        yield from source(data)


def rows_of(table: Table, kept: np.ndarray) -> Table:
    index = np.flatnonzero(kept)
    return Table(
        {
            name: column[index] if isinstance(column, np.ndarray) else [column[i] for i in index]
            for name, column in table.columns.items()
        }
    )
