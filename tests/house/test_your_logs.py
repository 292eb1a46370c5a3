"""The first-hour page: its commands and its Python run on a folder of logs as ordinary trainings leave them."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "your_logs.md").read_text("utf-8")
N = 40


def falling(i: int, floor: float = 0.3) -> float:
    return round(floor + 2.0 / (1 + 0.3 * i), 4)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A printed log, a table, JSON lines, a compressed one, returns of an agent, and files that are no logs."""
    folder = tmp_path_factory.mktemp("home") / "logs"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        lines = [f"Epoch {i + 1}/{N} | train loss {falling(i)} | valid loss {falling(i, 0.4)}" for i in range(N)]
        (folder / name / "train.log").write_text(
            "Namespace(lr=0.1)\n" + "\n".join(lines[: N if name == "a" else 25]) + "\n"
        )
    rows = [f"{10 * i},{falling(i)},{falling(i, 0.5) + (0.02 * (i - 20) if i > 20 else 0):.4f}" for i in range(N)]
    (folder / "table.csv").write_text("step,train_loss,val_loss\n" + "\n".join(rows) + "\n")
    records = [json.dumps({"step": i, "loss": falling(i), "val/f1": 1 - falling(i) / 3}) for i in range(N)]
    with gzip.open(folder / "run.jsonl.gz", "wt") as file:
        file.write("\n".join(records) + "\n")
    (folder / "README.md").write_text("# My project\n\nRun `python train.py` for 3 epochs.\n")
    (folder / "requirements.txt").write_text("numpy==1.26.0\ntorch==2.1.0\n")
    return folder


def forerun(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", *command.split()]
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False)


COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_page_shows_commands() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(command: str, logs: Path) -> None:
    if command.endswith("advise runs.forerun"):
        forerun("forerun read logs/ --store runs.forerun", logs.parent)
    done = forerun(command, logs.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_home_made_log_is_drafted_a_profile_and_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    lines = [f"ep {i // 10} it {i} loss={falling(i)} (ema 0.5) acc={1 - falling(i) / 3:.3f}" for i in range(N)]
    (tmp_path / "logs" / "ours.log").write_text("\n".join(lines) + "\n")
    profile = next(block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "[[profile]]" in block)
    (tmp_path / "logs" / "forerun.toml").write_text(profile)
    (told,) = json.loads(forerun("forerun read logs/ --json", tmp_path).stdout)["runs"]
    assert {metric["metric"]: metric["n"] for metric in told["metrics"]} == {"train/loss": N, "val/acc": N}


def test_nothing_read_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "notes.txt").write_text("zeta 3 omega 4.1\nzeta 5 omega 3.9\nzeta 7 omega 3.7\n")
    done = forerun("forerun read logs/", tmp_path)
    assert done.returncode == 2
    assert "zeta" in done.stderr + done.stdout
    assert "[[profile]]" in done.stderr + done.stdout


def test_the_python_of_the_page_runs(logs: Path) -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=logs.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "val" in done.stdout
