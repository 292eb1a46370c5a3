"""The guide: its commands and its Python run, and what it teaches to write is written, installed and used."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from forerun.cli.app import run
from forerun.monitor import DETECTORS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide"
PAGE = (GUIDE / "first_hour.md").read_text("utf-8")
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
    """A command as its process would answer it, without the time that a process takes to start."""
    out, err = io.StringIO(), io.StringIO()
    words = command.split()
    with contextlib.chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        code = run(words[1:])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def python(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """What a stranger runs, whose own packages lie in the folder they work in."""
    path = os.pathsep.join([str(cwd), *filter(None, [os.environ.get("PYTHONPATH")])])
    more = {"cwd": cwd, "env": os.environ | {"PYTHONPATH": path}}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


COMMANDS = [line for block in blocks(PAGE, "console") for line in block.splitlines()]


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


@pytest.fixture(scope="module")
def desk(logs: Path) -> Path:
    """Where a reader of the guide works: logs, a table of sizes, the project's examples and evidence."""
    rows = [f"{n:g},{20 * n:g},{1.7 + 400 * n**-0.34 + 2000 * (20 * n) ** -0.37 + 2e-3 * (-1) ** i}"
            for i, n in enumerate(10 ** (7 + k / 3) for k in range(9))]  # fmt: skip
    (logs.parent / "sweep.csv").write_text("params,tokens,y\n" + "\n".join(rows) + "\n")
    for name in ("examples", "evidence"):
        (logs.parent / name).symlink_to(ROOT / name)
    return logs.parent


def runs_as_it_stands(page: str, desk: Path) -> str:
    """Every command and then all the Python of a page; what the Python printed."""
    for command in "".join(blocks(page, "console")).splitlines():
        done = forerun(command, desk)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout.strip()
    code = [block for block in blocks(page, "python") if not block.startswith("# my_methods/")]
    done = python(["-W", "error", "-c", "\n".join(code)], desk)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_on_choosing_runs(desk: Path) -> None:
    printed = runs_as_it_stands((GUIDE / "choosing.md").read_text("utf-8"), desk)
    assert "power_law    1.0100" in printed


def test_the_page_on_evidence_runs(desk: Path) -> None:
    assert "early learning is better under noise" in runs_as_it_stands((GUIDE / "evidence.md").read_text("utf-8"), desk)


def test_the_page_on_schedules_runs(desk: Path) -> None:
    printed = runs_as_it_stands((GUIDE / "schedules.md").read_text("utf-8"), desk)
    assert printed.splitlines() == [
        "0.003 [0.      0.0015  0.00088 0.     ] 1000.0",
        "1.63e-03; 0.2 over 360 epochs",
        "0.22 0.85 640",
    ]


def test_the_page_on_comparing_runs(desk: Path) -> None:
    printed = runs_as_it_stands((GUIDE / "comparing.md").read_text("utf-8"), desk)
    assert printed.splitlines() == [
        "quiz: cannot tell, +0.015 (-0.0415 to +0.0713), 400 items; so many items show a difference of "
        "0.081; one of 0.015 would take about 12000",
        "quiz: better, +0.182 (+0.126 to +0.237), 400 items",
        "3876 questions, 1 tries each",
        "1260 questions, 10 tries each",
    ]


def test_the_page_on_auditing_runs_and_its_tests_are_there(desk: Path) -> None:
    text = (GUIDE / "auditing.md").read_text("utf-8")
    printed = runs_as_it_stands(text, desk)
    assert printed.splitlines() == [
        "faulty",
        "over-confidence 0.08796 (0.06814 to 0.1078), n = 2000: faulty",
        "calibration error less chance 0.08844 (0.06034 to 0.1056), n = 2000: faulty",
    ]
    rows = re.findall(r"^\| (S\d{3}) .*\|$", text, re.MULTILINE)
    assert rows == [f"S{n:03d}" for n in range(67, 94)]
    for file, test in re.findall(r"`([\w/]+\.py)::(\w+)`", text):
        assert f"def {test}(" in (ROOT / "tests" / file).read_text("utf-8"), test


def test_the_page_on_probing_runs(desk: Path) -> None:
    printed = runs_as_it_stands((GUIDE / "probing.md").read_text("utf-8"), desk)
    assert printed.splitlines() == [
        "0.326",
        "0.157",
        "-0.92 to -0.40; best kept: True, saved 40%",
        "mean 310, uneven by 0.74 of it",
        "7 59",
        "True",
        "Lead(moved=340.0, jumped=620.0, steps=280.0)",
        "1.0 1.0 0.125",
        "2",
        "-0.36 None 3",
    ]


def test_the_page_on_monitoring_runs_and_has_a_line_for_every_detector(desk: Path) -> None:
    page = (GUIDE / "monitoring.md").read_text("utf-8")
    first, few, *rest = runs_as_it_stands(page, desk).splitlines()
    assert first == "loss is nan at step 101 and has not come back"
    assert few.startswith("nothing stands out in loss; loss has 3 points, too few for ")
    assert rest == [
        "['non_finite'] ('loss',)",
        "run.csv: loss is inf at step 3 and has not come back",
    ]
    cells = [line.split("|")[3] for line in page.splitlines() if line.startswith("|") and line.count("|") == 6]
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} >= set(DETECTORS.names())


@pytest.fixture
def importable(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Packages in the folder can be imported, and are forgotten in the end."""
    monkeypatch.syspath_prepend(str(desk))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_methods"]:
        del sys.modules[name]


@pytest.mark.usefixtures("importable")
def test_methods_of_the_guide_are_written_installed_and_used(desk: Path) -> None:
    page = (GUIDE / "extending.md").read_text("utf-8")
    (desk / "my_methods").mkdir()
    (desk / "my_methods" / "__init__.py").write_text("")
    for block in blocks(page, "python"):
        if name := re.match(r"# (my_methods/\w+\.py)\n", block):
            (desk / name[1]).write_text(block)
    (declared,) = blocks(page, "toml")
    info = desk / "my_methods-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-methods\nVersion: 1\n")
    groups = tomllib.loads(declared)["project"]["entry-points"]
    lines = [
        line for group, points in groups.items() for line in (f"[{group}]", *(f"{n} = {v}" for n, v in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (desk / "ours").mkdir()
    (desk / "ours" / "train.out").write_text("".join(f"step={i};loss={falling(i)}\n" for i in range(N)))
    (desk / "logs" / "stuck.csv").write_text(
        "step,val_loss\n" + "".join(f"{i},{max(falling(i), 0.5)}\n" for i in range(60))
    )
    listed = json.loads(forerun("forerun methods --json", desk).stdout)["methods"]
    own = {(one["family"], one["name"]): one["status"] for one in listed}
    assert own[("forecaster", "drift")] == own[("law", "root")] == own[("detector", "frozen")] == "ok"
    printed = runs_as_it_stands(page, desk)
    assert "[(15.0, 24.0)]" in printed and "[2.0, 1.0, 2.0]" in printed
    (read,) = json.loads(forerun("forerun read ours/ --json", desk).stdout)["runs"]
    assert (read["format"], [(one["metric"], one["n"]) for one in read["metrics"]]) == ("semicolons", [("loss", N)])
    findings = json.loads(forerun("forerun scan logs/ --detector frozen --json", desk).stdout)["findings"]
    assert [one["run"] for one in findings] == ["stuck.csv"]
    fitted = json.loads(forerun("forerun law fit root sweep.csv --json", desk).stdout)
    assert fitted["law"] == "root"


def test_the_page_on_advice_runs_and_what_is_noted_once_is_not_noted_again(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name, up in (("lr_0.1", 0.0), ("lr_0.3", 0.8)):
        rows = "".join(f"{i},{falling(i) + up}\n" for i in range(N))
        (tmp_path / "logs" / f"{name}.csv").write_text(f"step,loss\n{rows}")
    assert runs_as_it_stands((GUIDE / "advising.md").read_text("utf-8"), tmp_path) == "0 []\n"


def test_the_page_on_remedies_runs(desk: Path) -> None:
    assert runs_as_it_stands((GUIDE / "remedies.md").read_text("utf-8"), desk) == (
        "early_learning 0.2163 (0.1957 to 0.2369) better True\n"
    )


def test_the_page_on_watching_runs(tmp_path: Path) -> None:
    page = (GUIDE / "watching.md").read_text("utf-8")
    done = python(["-W", "error", "-c", "\n".join(blocks(page, "python"))], tmp_path)
    assert done.returncode == 0, done.stderr
    for command in "".join(blocks(page, "console")).splitlines():
        answered = forerun(command, tmp_path)
        assert answered.returncode == 0, answered.stderr
        assert ("mlp" in answered.stdout) == ("advise" in command)  # a scan tells only of what stands out


def test_the_guide_has_its_pages_that_the_readme_and_each_other_link() -> None:
    pages = {path.name for path in GUIDE.glob("*.md")}
    names = (
        "first_hour",
        "choosing",
        "extending",
        "evidence",
        "adapters",
        "schedules",
        "probing",
        "monitoring",
        "advising",
        "remedies",
        "comparing",
        "watching",
        "auditing",
        "page",
    )
    assert pages == {f"{name}.md" for name in names}
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f"docs/guide/{page}" in readme for page in pages)
    for page in (ROOT / "README.md", *GUIDE.glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
