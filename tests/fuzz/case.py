"""One case: a folder made of the seed and a number, read by one of the ways there are, and what was wrong with that."""

from __future__ import annotations

import builtins
import io
import json
import random
import re
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import forerun
from forerun.cli.app import run as main
from forerun.core import ForerunError
from tests.fuzz.mutate import disturb, emptied, mutated
from tests.fuzz.values import strangers
from tests.runs.corpus import CORPUS
from tests.runs.printed import TEXT_SHAPES

_GOOD = "step,loss\n" + "".join(f"{i},{2 / i:.4f}\n" for i in range(1, 21))
_GOOD_VALUES = [float(f"{2 / i:.4f}") for i in range(1, 21)]
_TOML = b"""metric = "val/f1"
direction = "max"
target = 0.9
horizon = 20000
cost_per_hour = 2.0
ignore = ["old/*", "x?"]
[[profile]]
name = "ours"
line = "ep {epoch} it {step} loss={train/loss} {*} acc={val/acc}"
"""
_ERRORS = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)}
_RAISED = re.compile(rf"\b({'|'.join(sorted(_ERRORS - {'OSError'}))}): ")
_COMMANDS = (*[["read"]] * 5, ["scan"], ["advise"], ["predict"], ["doctor"], ["watch", "--polls", "1"])


@dataclass
class Fuzz:
    """Cases by number.

    Args:
        seed: of all of them.
        place: a folder that may be filled and emptied.
    """

    seed: int
    place: Path
    samples: list[bytes] = field(default_factory=list)
    store: bytes = b""
    stored: set[float] = field(default_factory=set)

    def __post_init__(self) -> None:
        for make in CORPUS.values():
            folder = emptied(self.place / "sample")
            make(folder)
            self.samples += [file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()]
        folder = emptied(self.place / "sample")
        for name in ("csv", "jsonl", "tensorboard", "text", "trackio"):
            CORPUS[name](folder)
        rows = "".join(f"{i},{3 - i / 6000:.5f},{i % 97 / 7:.4f}\n" for i in range(4500))
        (folder / "long.csv").write_text("step,loss,grad\n" + rows)
        store = self.place / "s.forerun"
        store.unlink(missing_ok=True)
        forerun.read(folder, store=store)
        alone = (run for file in sorted(folder.iterdir()) for run in forerun.read(file))  # nothing put together
        self.stored = {value for run in alone for curve in run.curves.values() for value in curve.y.tolist()}
        self.stored |= set(_GOOD_VALUES)
        self.store = store.read_bytes()

    def run(self, number: int) -> list[str]:
        """What is wrong with a case; nothing where all holds."""
        rng = random.Random(f"{self.seed}/{number}")
        folder = emptied(self.place / "case")
        (folder / "good.csv").write_text(_GOOD)
        kind = rng.choices(("log", "text", "settings", "store"), (70, 14, 6, 10))[0]
        problems: list[str] = []
        try:
            problems += getattr(self, f"_{kind}")(folder, rng)
        except Exception:
            problems.append(traceback.format_exc())
        return [f"case {number} ({kind}): {problem}" for problem in problems]

    def _log(self, folder: Path, rng: random.Random) -> Iterator[str]:
        rng.choice(list(CORPUS.values()))(folder)
        for _ in range(rng.choice((1, 1, 2))):
            disturb(folder, rng, self.samples)
        yield from _held(folder, rng)

    def _text(self, folder: Path, rng: random.Random) -> Iterator[str]:
        text = rng.choice(list(TEXT_SHAPES.values())).encode()
        (folder / "out.log").write_bytes(mutated(text, rng, self.samples))
        yield from _held(folder, rng)

    def _settings(self, folder: Path, rng: random.Random) -> Iterator[str]:
        (folder / "forerun.toml").write_bytes(mutated(_TOML, rng, self.samples))
        yield from _told(["read"], folder)

    def _store(self, folder: Path, rng: random.Random) -> Iterator[str]:
        """A store that is damaged: whatever is still given of it was in it."""
        store = folder / "s.forerun"
        store.write_bytes(_damaged(self.store, rng))
        command = rng.choice((*_COMMANDS, ["doctor", "--repair"]))
        yield from _told(command, store)
        yield from _told(["read"], folder, "--store", str(store))
        try:
            runs = forerun.read(store)
        except ForerunError:
            return
        for run in runs:
            for name, curve in run.curves.items():
                new = [value for value in curve.y.tolist() if value == value and value not in self.stored]
                if new:
                    yield f"{run.id}: {name} has {new[0]!r}, which was never stored"


def _damaged(data: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return mutated(data, rng, [data])
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 64))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _held(folder: Path, rng: random.Random) -> Iterator[str]:
    """What is wrong with how a folder is read."""
    if rng.random() < 0.3:
        yield from _told(rng.choice(_COMMANDS), folder)
        return
    try:
        runs = forerun.read(folder, **({"store": folder.parent / "case.forerun"} if rng.random() < 0.3 else {}))
        good = [run.curves["loss"].y.tolist() for run in runs if run.path == "good.csv"]
        if good != [_GOOD_VALUES]:
            yield f"the log beside is {len(good)} runs"
        yield from (f"{one.path}: {one.why}" for one in runs.skipped if _RAISED.search(one.why))
        yield from (f"{d.path}: {d.why}" for run in runs for d in run.damage if _RAISED.search(d.why))
        yield from strangers(runs, folder)
        if rng.random() < 0.1:
            forerun.scan(runs)
            forerun.advise(runs)
    finally:
        for end in ("", "-wal", "-shm"):
            (folder.parent / f"case.forerun{end}").unlink(missing_ok=True)


def _told(command: list[str], path: Path, *more: str) -> Iterator[str]:
    """What is wrong with what a command prints."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main([command[0], str(path), *command[1:], *more, "--json"])
    except BaseException:
        yield f"{' '.join(command)}: {traceback.format_exc()}"
        return
    if code not in (0, 2):
        yield f"{' '.join(command)}: exit code {code}: {err.getvalue()[-300:]}"
    documents: list[Any] = []
    try:
        documents = [json.loads(line) for line in out.getvalue().splitlines()]
    except ValueError:
        yield f"{' '.join(command)}: prints no JSON: {out.getvalue()[:300]}"
    for document in documents:
        for one in document.get("skipped", ()):
            if _RAISED.search(one["why"]):
                yield f"{one['path']}: {one['why']}"
