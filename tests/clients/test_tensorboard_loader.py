"""Our decoder against tensorboard's own loader, on files of the real writers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.runs.log import Log
from forerun.runs.readers import tensorboard
from forerun.runs.units import whole_file
from tests.cards import known_answer

pytest.importorskip("tensorboard", reason="needs the extra [clients]")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "raw" / "tensorboard"


def records(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Per tag step and value of every scalar, files in the order of their names, by tensorboard's EventFileLoader."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util import tensor_util

    found: dict[str, list[tuple[float, float]]] = {}
    for file in sorted(folder.glob("*tfevents*")):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value if event.HasField("summary") else ():
                array = tensor_util.make_ndarray(value.tensor)
                if array.size == 1 and array.dtype.kind in "fiu":
                    found.setdefault(value.tag, []).append((float(event.step), float(array.reshape(-1)[0])))
    return found


COUNTERS = ("global_step",)
"""Tags that only say where a record stands: read, but no metrics."""


def same(folder: Path) -> int:
    """Assert equal tags, steps and values; the number of values compared."""
    (run,) = api.read(folder)
    expected = {tag: dict(points) for tag, points in records(folder).items() if tag not in COUNTERS}
    assert set(run.curves) == set(expected)
    for tag, points in expected.items():
        curve = run.curves[tag]
        assert curve.x.tolist() == sorted(points), tag
        ours = [("nan" if math.isnan(y) else y) for y in curve.y.tolist()]
        assert ours == [("nan" if math.isnan(points[x]) else points[x]) for x in sorted(points)], tag
    return sum(map(len, expected.values()))


@known_answer("tensorboard")
@pytest.mark.parametrize("new_style", [False, True])
def test_files_of_the_summary_writer(tmp_path: Path, new_style: bool) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(400):
            writer.add_scalar("train/loss", 3 / (1 + step), step, new_style=new_style)
            writer.add_scalar("train/lr", 1e-3 * step, step, new_style=new_style)
            if step % 20 == 0:
                writer.add_scalar("val/loss", math.nan if step == 100 else 1e38 * step, step, new_style=new_style)
        writer.add_text("note", "hello")
        writer.add_histogram("weights", np.arange(10.0), 1)
    assert same(tmp_path) == 820


def test_files_of_tensorboardx(tmp_path: Path) -> None:
    tensorboardx = pytest.importorskip("tensorboardX", reason="needs tensorboardX")
    with tensorboardx.SummaryWriter(str(tmp_path)) as writer:
        for step in range(300):
            writer.add_scalar("train/loss", 3 / (1 + step), step)
            writer.add_scalar("reward", -float(step), step - 150)
        writer.add_text("note", "hello")
    assert same(tmp_path) == 600


def only_file(folder: Path) -> Log:
    """Every record of the one file in a folder, nothing resolved."""
    (file,) = folder.iterdir()
    (log,) = whole_file(tensorboard.follow, file)
    return log


def test_scalars_as_the_accumulator_tells_them(tmp_path: Path) -> None:
    """Every record, steps repeated or falling included, as EventAccumulator keeps them without a limit."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        for step in (*range(50), *range(30, 60), 30, -4):
            writer.add_scalar("loss", math.inf if step == 7 else step / 3, step)
    accumulator = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
    accumulator.Reload()
    events = accumulator.Scalars("loss")
    log = only_file(tmp_path)
    rows, value = log.series["loss"]
    told = zip(log.axes["step"][rows], log.axes["wall"][rows], value, strict=True)
    assert list(told) == [(e.step, e.wall_time, e.value) for e in events]


SIGNED = ("float16", "float32", "float64", "int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16")  # their loader cannot read uint32 and uint64


@pytest.mark.parametrize("seed", range(20))
def test_events_put_together_at_random(tmp_path: Path, seed: int) -> None:
    """Any mix of styles, types, shapes and values an event, written through protobuf."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util import tensor_util

    rng = np.random.default_rng(seed)
    writer = EventFileWriter(str(tmp_path))
    writer.add_event(Event(step=0, summary=Summary(value=[Summary.Value(tag="m0", simple_value=0.5)])))
    for _ in range(400):
        values = []
        for tag in rng.choice(12, size=rng.integers(1, 4), replace=False):
            array = rng.normal(0, 40, rng.choice([0, 1, 1, 1, 2])).astype(rng.choice(SIGNED))
            array = np.abs(array).astype(rng.choice(UNSIGNED)) if rng.random() < 0.3 else array
            array = array.reshape(()) if array.size == 1 and rng.random() < 0.7 else array
            old = Summary.Value(tag=f"m{tag}", simple_value=rng.normal())
            new = Summary.Value(tag=f"m{tag}", tensor=tensor_util.make_tensor_proto(array))
            values.append(old if rng.random() < 0.5 else new)
        step = int(rng.choice([-3, 0, 5, 2**40, *range(100, 400)]))
        writer.add_event(Event(wall_time=rng.random(), step=step, summary=Summary(value=values)))
    writer.close()
    log = only_file(tmp_path)
    ours = {tag: list(zip(log.axes["step"][rows], values, strict=True)) for tag, (rows, values) in log.series.items()}
    assert ours == records(tmp_path)
    assert len(ours) == 12


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recorded runs in ../shared/data, which are not here")
def test_the_recorded_files() -> None:
    folders = sorted(SHARED.iterdir())
    assert len(folders) == 5
    assert sum(same(folder) for folder in folders) > 8_000  # and some 2,000 of global_step, which is no metric


@pytest.mark.parametrize(("name", "least"), [("cosine", 100), ("resumed", 10)])
def test_the_examples(name: str, least: int) -> None:
    folder = ROOT / "examples" / "runs" / "tensorboard" / name
    if not folder.is_dir():
        pytest.skip("needs the examples, which are not here")
    assert same(folder) > least
