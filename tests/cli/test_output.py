"""What the terminal is told: one line a line, no secret, and something to read whatever the encoding."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forerun.cli import output
from forerun.cli.app import run
from forerun.core.display import harmless, number

FORGED = "error: the disk is full"
HOSTILE = f"val_loss\n{FORGED}\x1b[2J\x1b]0;title\x07\r\u2028{FORGED}\u202e\u200b\u3164"
KEY = "sk-Zm9vYmFy4711Zm9vYmFyQUJDREVGR0hJ"
COMMANDS = [["read", "--all"], ["scan"], ["predict", "--metric", "all"], ["advise"], ["watch", "--polls", "1"]]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Logs whose metrics, tracker's names, events and files hold what a terminal would act on, and secrets."""
    lines: list[object] = [{"config": {"max_steps": 100, "api_key": KEY, "optimizer": KEY}}]
    lines += [{"step": i, HOSTILE: 1 + 1 / i if i < 60 else float("nan"), f"loss {KEY}": 2.0 / i} for i in range(1, 80)]
    (tmp_path / f"run\n{FORGED}\u202e.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / f"damaged {KEY}.jsonl").write_text("\n".join(map(json.dumps, lines[:60])) + f'\napi_key="{KEY}\n{{"a')
    (tmp_path / f"not read\n{FORGED}.txt").write_text(f"password: {KEY}\n")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("columns", ["", "60"])
def test_no_name_forges_a_line_or_moves_the_cursor(
    hostile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run([command[0], str(hostile), *command[1:]]) == 0
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert not any(line.startswith(FORGED) for line in text.splitlines())
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029\u202e\u200b\u3164]", text)
        assert KEY not in text
    assert "***" in told.out or command == ["scan"]  # which found nothing where one stands


def test_an_error_is_one_line_and_shows_no_secret(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(hostile), "--metric", f"x\n{FORGED} api_key={KEY}"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert KEY not in told


def test_where_nothing_is_read_the_words_are_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"a\n{FORGED}.txt"
    file.write_text(f"password: {KEY} loss 0.3 at {FORGED}\x1b[31m\n")
    assert run(["read", str(file)]) == 2
    told = capsys.readouterr().err
    assert sum(line.startswith("error:") for line in told.splitlines()) == 1
    assert KEY not in told
    assert "\x1b" not in told
    assert re.search(r"^\[\[profile\]\]$", told, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_documents_hold_no_secret(hostile: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    arguments = [one for one in command[1:] if one != "--all"]
    assert run([command[0], str(hostile), *arguments, "--json"]) == 0
    told = capsys.readouterr().out
    assert KEY not in told
    assert json.loads(told)


def test_a_page_holds_no_secret(hostile: Path, tmp_path: Path) -> None:
    assert run(["report", str(hostile), "-o", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert KEY not in page
    assert "optimizer sk-***" in page


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "cp1252"},
     {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["ascii", "latin-1", "cp1252", "C"],
)  # fmt: skip
def test_output_that_is_not_utf_8_degrades(tmp_path: Path, environment: dict[str, str]) -> None:
    for name in ("損失", "потери", "é"):
        rows = [{"step": i, f"val_{name}_loss": 1 + 1 / i, "…→×": 2.0} for i in range(1, 60)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = tmp_path / "page.html"
    others = [["advise"], ["methods"], ["--help"], ["report", "-o", str(page)]]
    for arguments in [["read", "--all"], *(others if "ascii" in str(environment) else [])]:
        path = [] if arguments[0] in ("methods", "--help") else [str(tmp_path)]
        done = subprocess.run(
            [sys.executable, "-m", "forerun", arguments[0], *path, *arguments[1:]],
            env={**os.environ, **environment}, capture_output=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
        if arguments[0] == "read":
            told = done.stdout.decode(environment.get("PYTHONIOENCODING", "ascii"))
            for name in ("損失", "п"):  # names stay apart, by letters or by the bytes that the system gives for them
                spelled = (name, name.encode().decode("ascii", "surrogateescape"))
                assert any("".join(f"\\u{ord(letter):04x}" for letter in one) in told for one in spelled)
            assert re.search("[~…]->[x×]", told)
            lines = [line for line in told.splitlines() if "jsonl" in line and "step" in line]
            assert len({line.index("step") for line in lines if "jsonl" in line}) == 1  # columns stay columns
    assert "ascii" not in str(environment) or "損失" in page.read_text("utf-8")


def test_what_a_caller_put_in_place_of_stdout_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Plain(io.StringIO):
        reconfigure = None
        encoding = None

    held = Plain()
    monkeypatch.setattr(sys, "stdout", held)
    assert run(["methods"]) == 0
    assert "forecaster" in held.getvalue()
    output.say("\nbelow")
    assert held.getvalue().endswith("\n\nbelow\n")


def test_letters_that_heap_or_hide_are_tamed() -> None:
    assert len(harmless("Z" + "\u0336" * 500)) == 3
    assert harmless("a\u2028b\u0085c\td") == "a b c d"
    assert harmless("x" * 5000) == "x" * 119 + "…"
    assert harmless("y" * 100 + f" {KEY}", longest=110).endswith(" sk-***")


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.999999, "0.999999"), (0.99999949, "0.99999949"), (-0.99987, "-0.99987"), (0.9994, "0.9994"), (9999.7, "10000"),
     (1700000000.4, "1700000000"), (1.00001, "1"), (0.5, "0.5")],
)  # fmt: skip
def test_numbers_keep_the_digits_that_matter(value: float, told: str) -> None:
    assert number(value) == told
