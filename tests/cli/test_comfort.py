"""What makes the command line good to use: order, width, colour, completion, and words where nothing is read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from forerun.cli import options, output, table
from forerun.cli.app import run


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Four finished runs whose last and best losses lie in different orders, and one that is not finished."""
    ends = {"a": (1.3, 0.4), "b": (1.2, 0.5), "c": (1.1, 0.6), "d": (float("nan"), 0.7)}
    for name, (last, best) in ends.items():
        lines: list[object] = [{"config": {"max_steps": 1200}}]
        losses = [3.0, best, *[1.5 - 0.001 * i for i in range(37)], last]
        lines += [{"step": 30 * (i + 1), "val_loss": y, "acc": 0.5, "lr": 0.1} for i, y in enumerate(losses)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    lines = [{"config": {"max_steps": 990}}]
    lines += [{"step": 10 * i, "val_loss": 2 + 1 / i, "lr": 0.1} for i in range(1, 61)]
    (tmp_path / "going.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    assert run([*map(str, arguments)]) == code
    return capsys.readouterr().out


def names(out: str) -> list[str]:
    return [line.split(".jsonl")[0] for line in out.splitlines() if ".jsonl" in line and line[:1] != " "]


@pytest.mark.parametrize(
    ("key", "expected"), [("run", "a b c d going"), ("value", "c b a d going"), ("best", "a b c d going")]
)
def test_runs_are_ordered_and_counted(sweep: Path, capsys: pytest.CaptureFixture[str], key: str, expected: str) -> None:
    assert names(answer(capsys, "read", sweep, "--sort", key)) == expected.split()
    top = answer(capsys, "read", sweep, "--sort", key, "--top", 2)
    assert names(top) == expected.split()[:2]
    assert top.endswith("3 more; --top 5 shows all\n")
    document = json.loads(answer(capsys, "read", sweep, "--sort", key, "--top", 2, "--json"))
    assert [one["run"] for one in document["runs"]] == [f"{name}.jsonl" for name in expected.split()[:2]]


def test_every_command_with_an_order_takes_it(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert names(answer(capsys, "predict", sweep, "--sort", "forecast")) == ["going", "a", "b", "c", "d"]
    assert names(answer(capsys, "predict", sweep, "--sort", "status"))[0] == "going"
    assert names(answer(capsys, "advise", sweep))[0] != "a"  # what goes on comes before what may be left
    assert names(answer(capsys, "advise", sweep, "--sort", "best", "--top", 1)) == ["a"]
    assert set(names(answer(capsys, "scan", sweep, "--detector", "non_finite", "--sort", "value"))) == {"d"}
    for verb in ("read", "predict", "advise", "scan"):
        assert run([verb, str(sweep), "--sort", "size"]) == 2
        assert re.match(r"error: --sort: no key 'size'; there are: .*best", capsys.readouterr().err)
        text = answer(capsys, verb, "--help")
        assert "--sort" in text
        assert "--top" in text
        assert f"Example: forerun {verb}" in text


def test_a_finished_run_is_left_with_its_best(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = answer(capsys, "advise", sweep, "--sort", "run")
    line = next(line for line in out.splitlines() if line.startswith("a.jsonl"))
    assert "cannot say" not in out
    assert " leave " in line
    assert "0.4 at step 60" in out


def test_steps_are_whole(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = answer(capsys, "predict", sweep / "going.jsonl", "--at", 1247.5)
    assert "step 1,248" in out
    assert "247.5" not in out
    assert "step 1,200" in answer(capsys, "read", sweep / "a.jsonl")


def test_read_shows_the_judged_metric_its_best_and_the_count_of_the_others(
    sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = answer(capsys, "read", sweep / "a.jsonl")
    assert out.splitlines()[1].split()[2:] == "finished val_loss +2 40 step 1,200 1.3 0.4 60".split()
    every = answer(capsys, "read", sweep / "a.jsonl", "--all")
    assert [line.split()[-8 if i else 3] for i, line in enumerate(every.splitlines()[1:2])] == ["val_loss"]
    assert [word in every for word in ("val_loss", "acc", " lr ")] == [True] * 3
    assert "+2" not in every


def test_tables_fit_the_terminal_and_keep_names_whole(
    sweep: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = sweep / "a-sweep-over-everything" / "learning-rate-0.0003-weight-decay-0.1-seed-12"
    long.mkdir(parents=True)
    (long / "a.jsonl").write_text((sweep / "a.jsonl").read_text())
    name = "a-sweep-over-everything/learning-rate-0.0003-weight-decay-0.1-seed-12/a.jsonl"
    for width in (80, 100, 120, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        for verb in ("read", "predict", "advise", "scan"):
            out = answer(capsys, verb, sweep)
            shown = [line for line in out.splitlines() if not line.startswith("assumed")]
            assert max(map(len, shown)) <= width
            assert verb == "scan" or name in out
    monkeypatch.delenv("COLUMNS")
    plain = answer(capsys, "advise", sweep)
    assert all(
        len(line.split("  ")) > 4 for line in plain.partition("\n\n")[0].splitlines()
    )  # in a file a row is one line


def test_colour_is_for_what_wants_a_person_and_for_terminals(
    sweep: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in answer(capsys, "advise", sweep)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert output.coloured()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.coloured()
    rows = [["r", "crashed", "stop"], ["stop", "running", "continue"]]
    text = table.text(["run", "status", "advice"], rows, width=80, colour=True)
    assert "\x1b[1;31mcrashed\x1b[0m" in text
    assert text.count("stop\x1b[0m") == 1  # a run of that name is no action
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == table.text(["run", "status", "advice"], rows, width=80)


@dataclass
class Near:
    line: str
    number: int
    template: str


def module(monkeypatch: pytest.MonkeyPatch, name: str, **members: Callable[..., object]) -> None:
    made = ModuleType(name)
    vars(made).update(members)
    monkeypatch.setitem(sys.modules, name, made)


VERBS = (["read"], ["predict"], ["scan"], ["advise"], ["report"], ["watch", "--polls", "1"])


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_where_nothing_is_read_the_nearest_line_and_a_profile_are_shown(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    near = Near("blick 3 zeit 40 wert \x1b[31m2.5\n", 7, 'blick {blick} "zeit" {zeit}')
    module(monkeypatch, "forerun.runs.readers.lines.draft", nearest=lambda path: near if path.name == "x.txt" else None)
    (tmp_path / "x.txt").write_text("nothing here")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\x00\x01\x02")
    assert run([verb[0], str(tmp_path), *verb[1:]]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nearest is line 7 of x.txt:\n    blick 3 zeit 40 wert ?[31m2.5\n" in captured.err
    assert '[[profile]]\nname = "mine"\nline = "blick {blick} \\"zeit\\" {zeit}"\n' in captured.err
    assert run([verb[0], str(tmp_path), *verb[1:], "--json"]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    error = json.loads(line)["error"]
    assert error["kind"] == "nothing_to_read"
    assert (error["nearest"]["path"], error["nearest"]["number"]) == ("x.txt", 7)
    assert {one["path"] for one in error["skipped"]} == {"x.txt", "picture.png"}


def test_a_profile_that_was_drafted_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tomllib

    from forerun.cli.nothing import nothing_read

    module(monkeypatch, "forerun.runs.readers.lines.draft", nearest=lambda _: Near("é", 1, 'a "{x}" \\ é'))
    (tmp_path / "x.txt").write_text("é")
    profile = nothing_read(tmp_path / "x.txt", "unknown").more["nearest"]["profile"]
    assert tomllib.loads(profile) == {"profile": [{"name": "mine", "line": 'a "{x}" \\ é'}]}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_nothing_at_all_is_no_success(verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb[0], str(tmp_path), *verb[1:]]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.splitlines()[0].startswith("error: ")) == ("", True)


@pytest.mark.parametrize("verb", ["predict", "scan"])
def test_runs_without_a_metric_that_measures_quality_are_no_empty_table(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("step,lr\n" + "".join(f"{i},0.1\n" for i in range(1, 20)))
    assert run([verb, str(tmp_path)]) == 2
    assert "no metric that measures quality in 1 run; logged: lr" in capsys.readouterr().err
    assert run(["read", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[-2:] == ["-", "-"]  # a learning rate has no best


def test_warnings_follow_every_table_and_stand_in_every_document(
    sweep: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "warnings_of", lambda runs: [f"half of {len(runs)} files was skipped"])
    for verb in ("read", "predict", "scan", "advise"):
        assert run([verb, str(sweep)]) == 0
        captured = capsys.readouterr()
        assert captured.err == "warning: half of 5 files was skipped\n"
        assert run([verb, str(sweep), "--json"]) == 0
        captured = capsys.readouterr()
        assert (json.loads(captured.out)["warnings"], captured.err) == (["half of 5 files was skipped"], "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["raed"], "no command 'raed'; did you mean read? (forerun --help)"),
        (["read"], "Missing argument 'PATH'. (forerun read --help)"),
        (["methods", "forcaster"], "no family 'forcaster'; there are: format, score format, forecaster,"),
        (["read", "{tmp}/1.png"], "binary, and no log format Forerun knows; --format forces a reader"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.png").write_bytes(bytes(range(256)))
    assert run([word.replace("{tmp}", str(tmp_path)) for word in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err.splitlines()[0]


def test_a_folder_that_may_not_be_opened_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(root: Path) -> object:
        raise PermissionError(13, "Permission denied", str(root))

    monkeypatch.setattr("forerun.runs.regular.os.scandir", closed)
    assert run(["read", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path}: cannot be opened: Permission denied\n"


def test_the_shell_is_offered_commands_names_and_metrics(sweep: Path) -> None:
    def offered(*words: str) -> list[str]:
        asked = {"_FORERUN_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        command = [sys.executable, "-m", "forerun"]
        return subprocess.run(command, env=os.environ | asked, capture_output=True, text=True).stdout.split()

    assert offered("forerun", "re") == ["read", "report", "recipes"]
    assert offered("forerun", "predict", "logs", "--method", "last") == ["last_value", "last_value_calibrated"]
    assert offered("forerun", "advise", str(sweep), "--metric", "va") == ["val_loss"]
    assert offered("forerun", "read", "logs", "--sort", "b") == ["best"]


def test_methods_show_one_family(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(answer(capsys, "methods", "detector", "--json"))
    assert {method["family"] for method in document["methods"]} == {"detector"}
    assert "non_finite" in answer(capsys, "methods", "detector")
