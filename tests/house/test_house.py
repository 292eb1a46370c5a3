"""The house rules that a machine can hold."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import forerun

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_go_down_only() -> None:
    done = run(str(BIN / "lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_ruff() -> None:
    for arguments in (("check",), ("format", "--check")):
        done = run(str(BIN / "ruff"), *arguments, "--no-cache", "src", "tests", "examples", "benchmarks", "evidence")
        assert done.returncode == 0, done.stdout


def test_the_folders_named_in_pyproject_pass_the_type_checker() -> None:
    """Room for what is young keeps its collector, which takes a seventh of the time, from looking all the time."""
    done = run(
        "env", "NODE_OPTIONS=--max-semi-space-size=128", str(BIN / "basedpyright"), "--pythonpath", sys.executable
    )
    assert done.returncode == 0, done.stdout


def test_import_is_light() -> None:
    """Neither scipy nor plotly nor torch, nor numpy even, comes with ``import forerun``."""
    heavy = "{'numpy', 'scipy', 'plotly', 'torch', 'polars', 'rich', 'typer', 'starlette', 'uvicorn'}"
    code = f"import sys, forerun; print(sorted({heavy} & set(sys.modules)))"
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"


def test_reading_and_forecasting_need_no_plotly() -> None:
    code = "import sys; from forerun import read, predict, scan, advise; print('plotly' in sys.modules)"
    assert run(sys.executable, "-c", code).stdout.strip() == "False"


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["read", "examples/runs"], ["read", "examples/runs", "--json"], ["methods"], ["lab", "list"]],
)
def test_commands_that_only_look_import_nothing_heavy(arguments: list[str]) -> None:
    """Neither help nor reading nor the cards wait for scipy, plotly, joblib, polars or PyTorch."""
    heavy = "{'scipy', 'plotly', 'torch', 'polars', 'joblib', 'starlette', 'uvicorn'}"
    code = f"import sys; from forerun.cli.app import run; assert run({arguments!r}) == 0; "
    done = run(sys.executable, "-c", code + f"print(sorted({heavy} & set(sys.modules)))")
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


def test_the_listed_commands_are_those_there_are() -> None:
    """The lines of ``forerun --help`` are the first ones of the commands' own helps, and each gives an example."""
    from forerun.cli.app import COMMANDS, loaded

    modules = {path.stem for path in (ROOT / "src/forerun/cli/commands").glob("[!_]*.py")}
    assert set(COMMANDS) == modules
    for name, line in COMMANDS.items():
        command = loaded(name)
        assert command.help.splitlines()[0] == line
        for one in getattr(command, "commands", {"": command}).values():
            assert f"Example: forerun {name}" in one.epilog


@pytest.mark.parametrize("name", forerun.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(forerun, name).__doc__


def test_an_unknown_public_name_lists_those_there_are() -> None:
    with pytest.raises(AttributeError, match="no attribute 'predcit'; there are: Answer, Answers, Budget"):
        _ = forerun.predcit


def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """The lines of the README's set-up block."""
    block = re.search(r"```sh\n(.*?)```", readme(), re.DOTALL)
    assert block
    return [line for line in block[1].splitlines() if line and not line.startswith("#")]


def test_the_readme_has_two_set_up_commands_and_ci_calls_the_second() -> None:
    first, second = commands()
    assert first == "pip install . && forerun report examples/runs -o report.html"
    assert second == "pip install -e '.[test]' && pytest"
    assert "README.md" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"^forerun (\w+)", readme(), re.MULTILINE))
    shown = run(sys.executable, "-m", "forerun", "--help").stdout
    assert len(named) >= 6
    assert all(f" {name} " in shown for name in named)


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", readme(), re.DOTALL)
    assert blocks
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    code = [sys.executable, "-W", "error", "-c", "\n".join(blocks)]
    done = subprocess.run(code, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["examples", "runs.forerun"]


def test_no_two_test_files_share_a_name() -> None:
    """They may be imported by it alone: the second would not be collected, and what it tests not be tested."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert {name for name, count in names.items() if count > 1} == set()
