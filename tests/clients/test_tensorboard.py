"""Our decoder against tensorboard's own loader, on files of the real writers."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from forerun import api

pytest.importorskip("tensorboard", reason="needs the extra [clients]")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "raw" / "tensorboard"


def theirs(folder: Path) -> dict[str, dict[float, float]]:
    """Per tag the last value at each step, files in the order of their names, by tensorboard's EventFileLoader."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util import tensor_util

    found: dict[str, dict[float, float]] = {}
    for file in sorted(folder.glob("*tfevents*")):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value if event.HasField("summary") else ():
                array = tensor_util.make_ndarray(value.tensor)
                if array.size == 1 and array.dtype.kind in "fiu":
                    found.setdefault(value.tag, {})[float(event.step)] = float(array.reshape(-1)[0])
    return found


def same(folder: Path) -> int:
    """Assert equal tags, steps and values; the number of values compared."""
    (run,) = api.read(folder)
    expected = theirs(folder)
    assert set(run.curves) == set(expected)
    for tag, points in expected.items():
        curve = run.curves[tag]
        assert curve.x.tolist() == sorted(points), tag
        ours = [("nan" if math.isnan(y) else y) for y in curve.y.tolist()]
        assert ours == [("nan" if math.isnan(points[x]) else points[x]) for x in sorted(points)], tag
    return sum(map(len, expected.values()))


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
        writer.add_histogram("weights", __import__("numpy").arange(10.0), 1)
    assert same(tmp_path) == 820


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recorded runs in ../shared/data, which are not here")
def test_the_recorded_files() -> None:
    folders = sorted(SHARED.iterdir())
    assert len(folders) == 5
    assert sum(same(folder) for folder in folders) > 10_000


def test_the_examples() -> None:
    assert same(ROOT / "examples" / "runs" / "tensorboard" / "cosine") > 100
