"""``docs/json.md`` against what the commands write: what comes is on the page, and what is on the page comes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.cli.app import run
from forerun.forecast import FORECASTERS
from tests.laws.paths_made import made_by

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "json.md").read_text("utf-8")
COMMANDS = dict(re.findall(r"^\| `([a-z ]+|compare --all-pairs|race --baseline NAME)` \| (.*) \|$", PAGE, re.MULTILINE))


@dataclass
class Shape:
    """An object: its keys, which of them must be there, and the shapes below. Open: other keys may be there too."""

    keys: dict[str, list[Any]] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    open: bool = False


def shapes_of(line: str) -> list[Any]:
    """The alternatives that a line of the page describes."""
    tokens = iter(re.findall(r'"[^"]*"|\.\.\.|[{}\[\]:,?]|[\w.]+', " ".join(re.findall(r"`([^`]*)`", line))))
    return list(_values([*tokens]))


def _values(tokens: list[str]) -> Iterator[Any]:
    while tokens:
        if tokens[0] in "{[":
            yield _value(tokens)
        else:
            tokens.pop(0)


def _value(tokens: list[str]) -> Any:
    """One value: an object, a list of the shapes in it, or None for anything else."""
    opening = tokens.pop(0)
    if opening == "[":
        inside: list[Any] = []
        while tokens[0] != "]":
            if tokens[0] in "{[":
                inside.append(_value(tokens))
            else:
                tokens.pop(0)
        tokens.pop(0)
        return inside
    if opening != "{":
        return None
    shape = Shape()
    while tokens[0] != "}":
        token = tokens.pop(0)
        if token == "...":
            shape.open = True
        elif token.startswith('"'):
            _entry(shape, token.strip('"'), tokens)
        elif token != ",":
            shape.open = True  # a word for keys that depend on the data
            while tokens[0] not in ",}":
                _value(tokens)
    tokens.pop(0)
    return shape


def _entry(shape: Shape, key: str, tokens: list[str]) -> None:
    shape.keys[key] = []
    if tokens[0] == "?":
        tokens.pop(0)
    else:
        shape.needed.add(key)
    while tokens[0] not in ",}":
        value = _value(tokens)
        if value is not None:
            shape.keys[key].append(value)


def differences(value: Any, shapes: list[Any], where: str = "") -> list[str]:
    """What a value has that no shape has, or lacks of all of them; of several the shape that comes nearest counts."""
    if isinstance(value, list):
        inside = [one for shape in shapes if isinstance(shape, list) for one in shape]
        return [line for item in value for line in differences(item, inside, f"{where}[]")] if inside else []
    objects = [shape for shape in shapes if isinstance(shape, Shape)]
    if not isinstance(value, dict) or not objects or set(value) in ({"undefined"}, {"number"}):
        return []
    return min((_against(value, shape, where) for shape in objects), key=len)


def _against(value: dict[str, Any], shape: Shape, where: str) -> list[str]:
    extra = [f"{where}.{key} is not on the page" for key in value if key not in shape.keys and not shape.open]
    missing = [f"{where}.{key} does not come" for key in sorted(shape.needed - set(value))]
    below = [
        line
        for key in shape.keys
        if key in value
        for line in differences(value[key], shape.keys[key], f"{where}.{key}")
    ]
    return extra + missing + below


def optional(shapes: list[Any]) -> set[str]:
    """The keys on a line that need not be there."""
    names: set[str] = set()
    for shape in shapes:
        if isinstance(shape, list):
            names |= optional(shape)
        elif isinstance(shape, Shape):
            names |= set(shape.keys) - shape.needed
            names |= {name for values in shape.keys.values() for name in optional(values)}
    return names


def keys_in(value: Any) -> set[str]:
    """All keys at any depth."""
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in keys_in(one)}
    return {name for one in value for name in keys_in(one)} if isinstance(value, list) else set()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that fall, most of them over; one damaged that ends in nan, one of nothing but rates; no log; a sweep."""
    folder = tmp_path_factory.mktemp("page") / "logs"
    folder.mkdir()
    for i in range(14):
        y = 2 + np.arange(1, 61) ** -0.5 + 0.01 * np.random.default_rng(i).normal(size=60)
        head = {"config": {"max_steps": 60 if i else 120, "seed": i}}
        lines = [head, *({"step": s, "loss": float(v)} for s, v in enumerate(y[: 60 if i < 13 else 40], 1))]
        (folder / f"run{i}.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    lines = [f'{{"step": {s}, "loss": {"NaN" if s > 40 else 3 / s}}}' for s in range(1, 50)]
    (folder / "nan.jsonl").write_text("\n".join([*lines[:20], "{broken", *lines[20:]]) + "\n")
    (folder / "rates.jsonl").write_text("".join(f'{{"step": {s}, "lr": 0.1}}\n' for s in range(1, 30)))
    (folder / "notes.md").write_text("not a log")
    N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 6)))
    rows = [f"r{i},{n},{d},{1.7 + 400 * n**-0.34 + 2000 * d**-0.36}" for i, (n, d) in enumerate(zip(N, D, strict=True))]
    (folder.parent / "paths").mkdir()
    for name in ("constant", "cooldown"):
        path = made_by("multi_power", [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64], name).columns
        points = zip(*(path[column] for column in ("step", "rate", "y")), strict=True)
        lines = ["step,lr,loss", *(f"{step:g},{rate:.8g},{y:.8f}".replace("nan", "") for step, rate, y in points)]
        (folder.parent / "paths" / f"{name}.csv").write_text("\n".join(lines) + "\n")
    verdicts = "\n".join(f"a,{'b' if i % 3 else 'a'}" for i in range(40))
    (folder.parent / "verdicts.csv").write_text(f"a_first,b_first\n{verdicts}\n")
    (folder.parent / "sweep.csv").write_text("run,params,tokens,y\n" + "\n".join(rows) + "\n")
    (folder.parent / "quiz.csv").write_text(
        "item,new,old\n" + "".join(f"q{i},{i % 3 % 2},{i % 2}\n" for i in range(40))
    )
    (folder.parent / "losses.csv").write_text(
        "system,data,loss\nadam,1,3\nadam,2,2.7\nadam,4,2.5\nadam,8,2.35\nn,8,2.3"
    )
    evals = [
        f"{name},wmt,{study},1,{i},{100 * i + 1},bleu,{30 + i}" for name in "ab" for study in (0, 1) for i in (0, 1)
    ]
    head = "submission,workload,study,trial,eval_index,time_s,metric,value"
    (folder.parent / "evals.csv").write_text("\n".join([head, *evals]))
    goal = {"workloads": {"wmt": {"target_metric_name": "bleu", "validation_target_value": 30.8}}}
    (folder.parent / "targets.json").write_text(json.dumps(goal))
    return folder


ARGUMENTS = {
    "read": ["{logs}"],
    "predict": ["{logs}", "--target", "2.1"],
    "scan": ["{logs}"],
    "advise": ["{logs}"],
    "report": ["{logs}", "-o", "{logs}/../report.html"],
    "backtest": ["{logs}", "--method", "last_value"],
    "calibrate": ["{logs}", "--name", "mine", "--store", "{logs}/../own.forerun"],
    "watch": ["{logs}", "--polls", "1"],
    "law fit": ["chinchilla", "{logs}/../sweep.csv"],
    "law predict": ["chinchilla", "{logs}/../sweep.csv", "--at", "params=1e10,tokens=1e11"],
    "law compare": ["{logs}/../sweep.csv", "--law", "chinchilla", "--law", "broken", "--column", "x=params"],
    "law ask": ["asymptote", "{logs}/../sweep.csv"],
    "trust": ["{logs}"],
    "audit": ["judge", "{logs}/../verdicts.csv"],
    "schedule show": ["linear", "--steps", "4", "--peak", "0.1"],
    "schedule design": ["{logs}/../paths", "--steps", "20000"],
    "schedule export": ["linear", "--steps", "4", "--peak", "0.1"],
    "compare": ["{logs}/../quiz.csv"],
    "compare --all-pairs": ["{logs}/../quiz.csv"],
    "plan": ["--effect", "0.1", "{logs}/../quiz.csv"],
    "passk": ["{logs}/../quiz.csv"],
    "race": ["{logs}/../evals.csv", "--targets", "{logs}/../targets.json", "--rules", "v0.6"],
    "race --baseline NAME": ["{logs}/../losses.csv"],
    "lab list": [],
    "recipes": [],
    "methods": [],
    "doctor": ["{logs}"],
}
LEANT = {"leaned_on", "alone"}  # fields of methods that heed the runs beside one
SELDOM = {"remedies", "data_order", "lineage", "items", "lost"}  # fields that these logs give no occasion for
ELSEWHERE = {
    "lab run",
    "lab fork",
    "lab study",
    "serve",
}  # minutes of training, or without end: held in tests/lab and tests/web


def test_every_command_of_the_page_is_tried() -> None:
    assert set(COMMANDS) == {*ARGUMENTS, *ELSEWHERE}


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_document_has_the_fields_of_the_page(command: str, logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        *command.replace("NAME", "adam").split(),
        *(word.replace("{logs}", str(logs)) for word in ARGUMENTS[command]),
        "--json",
    ]
    assert run(words) == 0
    document = json.loads(capsys.readouterr().out.splitlines()[0])
    document.pop("warnings", None) if not command.startswith(
        ("law", "schedule", "plan", "race", "audit", "compare --all-pairs")
    ) else None
    if command == "watch":
        shapes = [Shape({"at": []}, {"at"})]
        for name in ("read", "predict", "scan", "advise"):
            (shape,) = shapes_of(COMMANDS[name])
            shapes[0].keys |= shape.keys
            shapes[0].needed |= shape.needed
    else:
        shapes = shapes_of(COMMANDS[command])
    assert differences(document, shapes) == []
    if command in ("predict", "advise", "read"):
        assert optional(shapes) - SELDOM - LEANT <= keys_in(document)


def test_a_forecast_that_leans_has_the_fields_of_the_page(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORECASTERS.table, "leaning", "tests.leaning:LEANING")
    assert run(["predict", str(logs), "--method", "leaning", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    document.pop("warnings", None)
    assert differences(document, shapes_of(COMMANDS["predict"])) == []
    assert keys_in(document) >= LEANT


def test_the_comparison_finds_what_differs() -> None:
    """The control: a field more, a field less, at the top and below."""
    shapes = shapes_of('`{"runs": [{"run", "seed"?, "cost": {"estimate", "unit"}}], "skipped"}` or `{"why"}`')
    good = {"runs": [{"run": "a", "cost": {"estimate": 1, "unit": "h"}}], "skipped": []}
    assert differences(good, shapes) == differences({"why": "x"}, shapes) == []
    assert differences(good | {"more": 1}, shapes) == [".more is not on the page"]
    assert differences({"runs": []}, shapes) == [".skipped does not come"]
    assert differences({**good, "runs": [{"run": "a", "cost": {"estimate": 1}}]}, shapes) == [
        ".runs[].cost.unit does not come"
    ]
    assert optional(shapes) == {"seed"}
