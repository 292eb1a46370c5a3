"""What lies in a folder costs itself and no more: through the command line, whatever it is, the rest is read."""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forerun.cli.app import run as main
from tests.runs.corpus import CORPUS

GOOD = "step,loss\n" + "".join(f"{i},{2 / i:.4f}\n" for i in range(1, 21))
Ran = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    """The exit code and the document of a command; nothing else may be printed."""

    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main([str(one) for one in (*arguments, "--json")])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, json.loads(shown.out)

    return run


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with one good log."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD)
    return folder


def told(document: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one["why"] for one in document["skipped"]}


def read(ran: Ran, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The runs and what was skipped, the same in every command and with a store."""
    code, document = ran("read", folder)
    assert code == 0
    runs = sorted(run["run"] for run in document["runs"])
    code, kept = ran("read", folder, "--store", folder.parent / "s.forerun")
    assert (code, sorted(run["run"] for run in kept["runs"]), told(kept)) == (0, runs, told(document))
    for command in ("scan", "doctor"):
        assert ran(command, folder)[0] == 0
    code, watched = ran("watch", folder, "--polls", 1)
    assert (code, sorted(run["run"] for run in watched["runs"])) == (0, runs)
    return runs, told(document)


# What is no file.


def test_a_pipe_a_socket_and_links_to_nowhere_are_passed_by(logs: Path, ran: Ran, monkeypatch: Any) -> None:
    os.mkfifo(logs / "f.csv")
    (logs / "device.csv").symlink_to("/dev/zero")
    (logs / "dangling.csv").symlink_to("nowhere")
    (logs / "a").symlink_to("b")
    (logs / "b").symlink_to("a")
    (logs / "elsewhere").symlink_to("/")
    (logs / "same").symlink_to(".")
    monkeypatch.chdir(logs)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s.log")
        runs, skipped = read(ran, logs)
    link = "a link; links are not followed"
    assert runs == ["good.csv"]
    assert skipped == {"f.csv": "not a regular file", "s.log": "not a regular file"} | dict.fromkeys(
        ("device.csv", "dangling.csv", "a", "b", "elsewhere"), link
    )


@pytest.mark.parametrize("name", ["x.json", "events.out.tfevents.1", "trainer_state.json", "metrics.csv", "a.db"])
def test_a_folder_that_is_named_like_a_log_is_a_folder(logs: Path, ran: Ran, name: str) -> None:
    (logs / name).mkdir()
    (logs / name / "inner.csv").write_text(GOOD.replace("0.", "1."))
    assert read(ran, logs) == (sorted([f"{name}/inner.csv", "good.csv"]), {})


def test_beside_a_result_of_lm_eval_lies_anything(logs: Path, ran: Ran, unreadable: Callable[[str], None]) -> None:
    CORPUS["lm_eval"](logs)
    _, before = ran("read", logs)
    (folder,) = {(logs / run["path"]) for run in before["runs"] if run["format"] == "lm_eval"}
    folder = folder if folder.is_dir() else folder.parent
    (folder / "dangling.json").symlink_to("nowhere")
    (folder / "x.json").mkdir()
    os.mkfifo(folder / "results_f.json")
    (folder / "results_closed.json").write_text("{}")
    unreadable("results_closed.json")
    runs, skipped = read(ran, logs)
    assert runs == sorted(run["run"] for run in before["runs"])
    assert sorted((Path(path).name, why) for path, why in skipped.items()) == [
        ("dangling.json", "a link; links are not followed"),
        ("results_closed.json", "cannot be opened: Permission denied"),
        ("results_f.json", "not a regular file"),
    ]


@pytest.mark.parametrize("command", ["read", "watch", "scan", "predict", "advise", "doctor"])
def test_a_pipe_as_the_path_is_told_how_it_can_be_read(tmp_path: Path, ran: Ran, command: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    more = ["--polls", "1"] if command == "watch" else []
    code, document = ran(command, pipe, *more)
    assert (code, document["error"]["kind"]) == (2, "nothing_to_read")
    assert document["error"]["message"] == "a pipe, which is read only once; write it to a file first and read that"


def test_process_substitution_and_standard_input_are_pipes(ran: Ran) -> None:
    out, into = os.pipe()
    try:
        os.write(into, GOOD.encode())
        code, document = ran("read", f"/dev/fd/{out}")
        assert code == 2
        assert "write it to a file first" in document["error"]["message"]
    finally:
        os.close(out)
        os.close(into)
    assert "standard input" in ran("read", "-")[1]["error"]["message"]
    assert ran("read", "/dev/zero")[1]["error"]["message"].startswith("a device, which is read only once")


def test_standard_input_that_is_a_file_is_read(logs: Path, ran: Ran) -> None:
    with (logs / "good.csv").open() as file:
        code, document = ran("read", f"/dev/fd/{file.fileno()}")
    assert (code, [run["run"] for run in document["runs"]]) == (0, ["good.csv"])


# What cannot be opened.


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Files and folders of these names cannot be opened, not by root either."""
    closed: list[str] = []

    def refusing(function: Any) -> Any:
        def call(path: Any = ".", *rest: Any, **named: Any) -> Any:
            if isinstance(path, (str, os.PathLike)) and os.fspath(path).endswith(tuple(closed)):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
            return function(path, *rest, **named)

        return call

    def close(name: str) -> None:
        if not closed:
            for module, name_of in ((io, "open"), (builtins, "open"), (os, "scandir"), (os, "listdir")):
                monkeypatch.setattr(module, name_of, refusing(getattr(module, name_of)))
        closed.append(name)

    return close


def test_what_may_not_be_opened_costs_itself(logs: Path, ran: Ran, unreadable: Callable[[str], None]) -> None:
    (logs / "closed.csv").write_text(GOOD)
    (logs / "closed").mkdir()
    unreadable("closed.csv")
    unreadable("logs/closed")
    why = "cannot be opened: Permission denied"
    assert read(ran, logs) == (["good.csv"], {"closed.csv": why, "closed": why})
    for path in (logs / "closed.csv", logs / "closed"):
        code, document = ran("read", path)
        assert (code, document["error"]["message"].split("\n")[0]) == (2, why)


@pytest.mark.parametrize("closed", ["run-20260102_000000-abc", "run-20260102_000000-abc/run-abc.wandb"])
def test_an_unreadable_sibling_of_a_wandb_run_costs_what_it_holds(
    logs: Path, ran: Ran, unreadable: Callable[[str], None], closed: str
) -> None:
    CORPUS["wandb"](logs)
    whole = ran("read", logs)[1]
    first = next((logs / "wandb").iterdir())
    first = first.rename(first.with_name("run-20260101_000000-abc"))
    shutil.copytree(first, first.with_name("run-20260102_000000-abc"))
    unreadable(closed)
    code, document = ran("read", logs)
    assert code == 0
    assert told(document) == {f"wandb/{closed}": "cannot be opened: Permission denied"}
    kept = [run for run in document["runs"] if "#" not in run["run"]]
    assert [[m["n"] for m in run["metrics"]] for run in kept] == [[m["n"] for m in r["metrics"]] for r in whole["runs"]]


def test_a_file_that_vanishes_in_mid_read_costs_itself(logs: Path, ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    from forerun.runs.readers import delimited

    (logs / "gone.csv").write_text(GOOD)
    follow = delimited.CSV.follow

    def vanishing(path: Path, state: Any) -> Iterator[Any]:
        if path.name == "gone.csv":
            path.unlink(missing_ok=True)
        return follow(path, state)

    monkeypatch.setattr(delimited, "CSV", replace(delimited.CSV, follow=vanishing))
    code, document = ran("read", logs)
    assert (code, [run["run"] for run in document["runs"]]) == (0, ["good.csv"])
    assert told(document) == {"gone.csv": "csv: cannot be opened: No such file or directory"}


@pytest.fixture
def deep(logs: Path) -> Iterator[Path]:
    """1,400 folders in one another, and a log in the innermost; taken away again, as Python's own way calls itself."""
    inner = logs.joinpath(*["d"] * 1400)
    try:
        for folder in (*reversed(inner.parents[:1400]), inner):
            folder.mkdir(exist_ok=True)
        yield inner
    finally:
        for folder in (inner, *inner.parents[:1400]):
            for file in folder.glob("*.csv"):
                file.unlink()
            if folder != logs:
                folder.rmdir()


def test_folders_of_any_depth_are_walked(logs: Path, deep: Path, ran: Ran) -> None:
    (deep / "deep.csv").write_text(GOOD.replace("0.", "1."))
    runs, skipped = read(ran, logs)
    assert (sorted(run.rpartition("/")[2] for run in runs), skipped) == (["deep.csv", "good.csv"], {})


# What is written in them.


@pytest.mark.parametrize("line", ["step 1: conda create python=3.10.4", "host: 10.0.0.1", "version: 1.2.3"])
def test_a_line_with_a_word_that_looks_like_a_number_is_a_line(logs: Path, ran: Ran, line: str) -> None:
    text = "".join(f"step {i}: loss={2 / i:.4f}\n" for i in range(1, 21))
    (logs / "out.log").write_text(f"{line}\n{text}{line}\n")
    code, document = ran("read", logs / "out.log")
    (run,) = document["runs"]
    assert (code, [(m["metric"], m["n"], m["last_y"]) for m in run["metrics"]]) == (0, [("loss", 20, 0.1)])
    (logs / "alone.log").write_text(f"{line}\n" * 20)
    assert "good.csv" in read(ran, logs)[0]


def test_a_damaged_name_in_a_trackio_database_keeps_its_rows(logs: Path, ran: Ran) -> None:
    damaged = ("cast(x'ff41' as text)", "cast(x'fe41' as text)", "x'fd'", "null", "'whole'")
    with sqlite3.connect(logs / "p.db") as db:
        db.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp, run_name, step, metrics)")
        for i in range(100):
            values = (i + 1, f"2026-01-01T00:00:{i % 60:02d}+00:00", i, json.dumps({"loss": 1 / (i + 1)}))
            db.execute(f"INSERT INTO metrics VALUES (?, ?, {damaged[i % 5]}, ?, ?)", values)
    db.close()
    _, document = ran("read", logs)
    found = {run["run"]: run["metrics"][0] for run in document["runs"]}
    assert sorted(found) == ["good.csv", "p.db", r"p.db/\xfd", r"p.db/\xfeA", r"p.db/\xffA", "p.db/whole"]
    assert {one["n"] for one in found.values()} == {20}
    assert found[r"p.db/\xffA"]["last_y"] == 1 / 96
    assert read(ran, logs)[1] == {}


def test_a_damaged_name_in_an_mlflow_database_keeps_its_rows(logs: Path, ran: Ran) -> None:
    CORPUS["mlflow_sqlite"](logs)
    _, before = ran("read", logs)
    (file,) = (one for one in logs.iterdir() if one.name != "good.csv")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE metrics SET key = cast(x'6c6fff' as text) WHERE key = (SELECT key FROM metrics LIMIT 1)")
    db.close()
    _, after = ran("read", logs)
    counts = [sorted(m["n"] for m in run["metrics"]) for run in before["runs"]]
    assert [sorted(m["n"] for m in run["metrics"]) for run in after["runs"]] == counts
    assert any(m["metric"] == r"lo\xff" for run in after["runs"] for m in run["metrics"])


def test_file_names_that_are_no_text_are_read(logs: Path, ran: Ran) -> None:
    name = os.fsdecode(b"\xff\xfe.csv")
    (logs / name).write_text(GOOD.replace("0.", "1."))
    (logs / os.fsdecode(b"\xfd.png")).write_bytes(b"\x89PNG\0\0\0")
    CORPUS["mlflow_sqlite"](logs).rename(logs / os.fsdecode(b"\xfc.db"))
    runs, skipped = read(ran, logs)
    assert (runs[-1], len(runs), list(skipped)) == ("good.csv", 3, [r"\udcfd.png"])


# What stands in forerun.toml.

REFUSED = [
    ("ignore = [1]", "ignore must be a list of patterns, not [1]"),
    ('ignore = [["a"]]', "ignore must be a list of patterns, not [['a']]"),
    ("ignore = " + "[" * 3_000, "nested too deep for settings"),
    ("metric = " + "{a = " * 3_000, "nested too deep for settings"),
    ("horizon = " + "9" * 5_000, "not TOML: Exceeds the limit"),
    ("horizon = " + "9" * 400, "horizon must be a number above 0, not 999"),
    ("horizon = 0x" + "f" * 9_000, "horizon must be a number above 0, not one too long to show"),
    ("horizon = 1e400", "horizon must be a number above 0, not inf"),
    ("horizon = -1", "horizon must be a number above 0, not -1"),
    ("target = nan", "target must be a finite number, not nan"),
    ("target = true", "target must be a number, not True"),
    ("cost_per_hour = 1979-05-27", "cost_per_hour must be a number, not datetime"),
    ('direction = ["min"]', "direction must be 'min' or 'max', not ['min']"),
    ("metric = 1", "metric must be a name, not 1"),
    ("profile = [1]", "a profile needs name"),
    ("#" * (1 << 20) + "\n", "more than 1 MiB; too large for settings"),
    ("x" * 100_000 + " = 1", "no setting 'xxx"),
    ("metric = '\udcff'", "not TOML: 'utf-8' codec can't decode"),
]


@pytest.mark.parametrize(("toml", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_settings_that_cannot_mean_anything_are_refused_by_name(logs: Path, ran: Ran, toml: str, message: str) -> None:
    (logs / "forerun.toml").write_bytes(toml.encode("utf-8", "surrogateescape"))
    for command in ("read", "doctor"):
        code, document = ran(command, logs)
        assert code == 2
        assert document["error"]["message"].startswith((message, f"{logs / 'forerun.toml'}: {message}"))
        assert len(document["error"]["message"]) < 600


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nowhere", "device"])
def test_settings_that_are_no_file_are_refused(logs: Path, ran: Ran, kind: str) -> None:
    toml = logs / "forerun.toml"
    if kind == "folder":
        toml.mkdir()
    elif kind == "pipe":
        os.mkfifo(toml)
    else:
        toml.symlink_to("/dev/zero" if kind == "device" else "nowhere")
    for path in (logs, logs / "good.csv"):
        code, document = ran("read", path)
        assert (code, document["error"]["where"]) == (2, str(toml))


def test_settings_with_a_byte_order_mark_are_settings(logs: Path, ran: Ran) -> None:
    (logs / "forerun.toml").write_text("\ufeffhorizon = 40\n", "utf-8")
    assert ran("read", logs)[1]["runs"][0]["horizon"] == {"step": 40}


# What a third party's reader does.

UNLOADED = {
    "raises_at_import": ("raise RuntimeError('out of order')", "out of order"),
    "exits_at_import": ("import sys; sys.exit(3)", "it exits (3)"),
    "is_empty": ("", "has no attribute 'READER'"),
    "is_another_thing": ("READER = 42", "is of type int; a format is a Reader: name it as module:VALUE"),
    "is_a_module": (
        "import sys\nREADER = sys.modules[__name__]\n"
        "def sniff(path, head): return 1.0\ndef read(path): return iter(())",
        "is of type module; a format is a Reader: name it as module:VALUE",
    ),
    "reads_nothing": ("def sniff(path, head): return 1.0", "a reader has follow, or read in its place"),
    "reads_twice": (
        "def sniff(path, head): return 1.0\ndef read(path): return iter(())\ndef follow(path, state): return iter(())",
        "a reader has follow, or read in its place",
    ),
    "files_is_missing": (
        "def sniff(path, head): return 1.0\ndef unit(path): return path.parent\n"
        "def follow(path, state): return iter(())",
        "files goes with follow and unit",
    ),
    "hook_is_misspelt": (
        "def sniff(path, head): return 1.0\ndef read(path): return iter(())\ndef twin(unit): return iter(())",
        "unexpected keyword argument 'twin'",
    ),
}
PLUGINS = {
    "sniffs_none": "def sniff(path, head): return None\ndef read(path): return iter(())",
    "sniffs_nan": "def sniff(path, head): return float('nan')\ndef read(path): return iter(())",
    "sniff_raises": "def sniff(path, head): raise ValueError('sniffed')\ndef read(path): return iter(())",
    "sniff_exits": "import sys\ndef sniff(path, head): sys.exit()\ndef read(path): return iter(())",
}
OURS = "def sniff(path, head): return 0.99 * path.name.endswith('.ours')\n"
MINE = {
    "reads_none": OURS + "def read(path): return None",
    "yields_none": OURS + "def read(path): yield None",
    "read_exits": OURS + "import sys\ndef read(path): sys.exit()\n",
    "read_raises_deep": OURS + "def read(path): return read(path)",
    "read_fills_memory": OURS + "def read(path): raise MemoryError",
    "read_complains": OURS + "from forerun.core import StoreError\ndef read(path): raise StoreError('no')",
    "follows_none": OURS + "def follow(path, state): return None",
    "follows_nothing": OURS + "def follow(path, state): yield None",
    "follows_logs_of_none": OURS + "from forerun.runs.log import Step\ndef follow(path, state): yield Step({}, None)",
    "follows_odd_logs": OURS + "from forerun.runs.log import Log, Step\n"
    "def follow(path, state): yield Step({}, [Log('x', id=b'a')])",
    "follows_ragged_logs": OURS + "from forerun.runs.log import Log, Step\n"
    "def follow(path, state): yield Step({}, [Log('x', n=3, axes={'step': [1]}, series={'loss': None})])",
    "state_is_none": OURS + "from forerun.runs.log import Log, Step\n"
    "def follow(path, state): yield Step(object(), [Log('x', n=0)])",
    "unit_is_none": OURS + "def unit(path): return None\ndef follow(path, state): return iter(())",
    "files_are_text": OURS + "def unit(path): return path.parent\ndef files(unit): return ['a']\n"
    "def follow(path, state): return iter(())",
    "twins_are_none": OURS + "def twins(unit): return None\ndef follow(path, state): return iter(())",
}


def value_of(code: str) -> str:
    """The reader that a module's functions make."""
    hooks = "".join(f"{name}={name}, " for name in re.findall(r"^def (\w+)", code, re.MULTILINE))
    if not hooks or "READER" in code:
        return "\n"
    return (
        "\nfrom forerun.core import Card\nfrom forerun.runs.readers import Reader\n"
        "CARD = Card('ours', 'does', 'source', 'assumes', 'needs', 'promises', 'known', 'control')\n"
        f"READER = Reader(card=CARD, {hooks})\n"
    )


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Installs a distribution that brings a reader, of the functions in its code."""
    place, names = tmp_path / "site", []

    def install(name: str, code: str) -> None:
        names.append(name)
        info = place / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[forerun.readers]\n{name} = {name}:READER\n")
        (place / f"{name}.py").write_text(code + value_of(code))
        monkeypatch.syspath_prepend(str(place))

    yield install
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", UNLOADED)
def test_a_reader_that_does_not_load_costs_nothing_and_is_told(
    logs: Path, ran: Ran, plugin: Callable[[str, str], None], name: str
) -> None:
    (logs / "unknown.bin").write_bytes(bytes(range(256)))
    code, why = UNLOADED[name]
    plugin(name, code)
    runs, skipped = read(ran, logs)
    assert runs == ["good.csv"]
    assert name in skipped["unknown.bin"]
    assert why in skipped["unknown.bin"]
    code, document = ran("methods", "format")
    (shown,) = (one for one in document["methods"] if one["name"] == name)
    assert (code, shown["status"]) == (0, "broken")
    assert why in shown["why"]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_broken_reader_costs_nothing_that_others_know(
    logs: Path, ran: Ran, plugin: Callable[[str, str], None], name: str
) -> None:
    (logs / "unknown.bin").write_bytes(bytes(range(256)))
    plugin(name, PLUGINS[name])
    runs, skipped = read(ran, logs)
    assert runs == ["good.csv"]
    assert name in skipped["unknown.bin"]
    code, document = ran("methods", "format")
    (shown,) = (one for one in document["methods"] if one["name"] == name)
    assert (code, shown["status"], shown["needs"]) == (0, "ok", "needs")


@pytest.mark.parametrize("name", MINE)
def test_a_reader_costs_its_files(logs: Path, ran: Ran, plugin: Callable[[str, str], None], name: str) -> None:
    (logs / "a.ours").write_text("ours")
    plugin(name, MINE[name])
    code, document = ran("read", logs)
    assert (code, [run["run"] for run in document["runs"]]) == (0, ["good.csv"])
    assert [path for path, why in told(document).items() if name in why or path == "a.ours"]
    code, document = ran("read", logs, "--store", logs.parent / "s.forerun")
    assert (code, [run["run"] for run in document["runs"]]) == (0, ["good.csv"])
    assert told(document)
    assert ran("doctor", logs)[0] == 0
    assert ran("watch", logs, "--polls", 1)[0] == 0


def test_an_interrupt_is_no_readers_error(logs: Path, plugin: Callable[[str, str], None], capsys: Any) -> None:
    (logs / "a.ours").write_text("ours")
    plugin("interrupted", OURS + "def read(path): raise KeyboardInterrupt")
    assert main(["read", str(logs)]) == 130
    assert not capsys.readouterr().out


def test_a_reader_that_raises_at_random_costs_exactly_its_files(
    logs: Path, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call in ten fails, of whatever function of the csv reader: each file is as without that, or told."""
    import random

    from forerun.runs.readers import delimited

    for i in range(150):
        (logs / f"{i}.csv").write_text(GOOD.replace("0.", f"{i}."))
        if i % 5 == 0:
            (logs / f"{i}.jsonl").write_text(
                "".join(json.dumps({"step": k, "loss": i + k / 9}) + "\n" for k in range(9))
            )
    _, document = ran("read", logs)
    whole = {run["run"]: run for run in document["runs"]}
    assert len(whole) == 181
    rng = random.Random(7)

    def failing(function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            if rng.random() < 0.1:
                raise RuntimeError("planted")
            return function(*arguments)

        return call

    csv = delimited.CSV
    monkeypatch.setattr(delimited, "CSV", replace(csv, sniff=failing(csv.sniff), follow=failing(csv.follow)))
    for more in ([], ["--store", logs.parent / "s.forerun"]):
        code, document = ran("read", logs, *more)
        runs, skipped = {run["run"]: run for run in document["runs"]}, told(document)
        fell = {path for path, why in skipped.items() if "planted" in why}
        assert code == 0
        assert fell == skipped.keys()
        assert all(path.endswith(".csv") for path in fell if "read as jsonl" not in skipped[path])
        assert 10 < len(fell) < 60
        assert whole.keys() - runs.keys() <= fell
        assert all(run == whole[id] for id, run in runs.items() if id not in fell)
