"""Single flipped bits in stores: is any wrong value read that nothing tells of, and does salvaging find all the rest?

    python evidence/store/flips.py [--flips 1000] [--seed 0] [--unsealed] [--out evidence/store/flips.json]

Two stores: 40 short runs from files and one appended, and three long ones of 30,000 points, one of them appended; both
with settings, a damaged record, scores of items, a journal and a calibration. In each, one random bit of the file is
flipped at a time. Read are all runs, the journal and the calibration: what is read is right, or something tells of
damage (an error, a damage of a run, a file not read), or it is wrong in silence. Then ``forerun doctor`` looks, and
salvages into a new store, which has to hold everything as it was, but for one chunk where it says so.

``--unsealed`` is the control: reading with every seal taken for right.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forerun.cli.commands import doctor
from forerun.core import Finding, ForerunError, Run, Undecided
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.log import Log
from forerun.runs.store import Store, is_store, rows
from forerun.runs.store.salvage import salvage

Said = tuple[dict[str, Run], list[Any], dict[str, Any] | None]


@dataclass(frozen=True)
class Outcome:
    """What became of a flipped bit.

    Args:
        read: right, told or wrong.
        doctor: whether it told of damage.
        salvage: whole, told or wrong.
        lost: points that salvaging lost.
    """

    read: str
    doctor: bool
    salvage: str
    lost: int


def made(folder: Path, *, runs: int, points: int, seed: int = 0) -> Path:
    """A store of some runs from files, one appended, a journal and a calibration."""
    rng = np.random.default_rng(seed)
    logs = folder / "logs"
    logs.mkdir(parents=True)
    for number in range(runs):
        values = np.round(rng.normal(size=(points, 2)), 5).tolist()
        lines = [json.dumps({"step": 10 * i, "loss": a, "val_acc": b}) for i, (a, b) in enumerate(values)]
        lines[points // 2] = "{broken"
        (logs / f"run{number}.jsonl").write_text("\n".join(lines) + "\n")
    path = folder / "store"
    with Store(path) as store:
        ingest(store, logs)
        for begin in range(0, points, 50):
            n = min(50, points - begin)
            third = np.arange(0, n, 3)
            series = {"reward": (np.arange(n), rng.normal(size=n)), "gap": (third, np.ones(third.size))}
            log = Log("live", n=n, axes={"step": begin + np.arange(float(n))}, series=series)
            log.config = {"lr": 0.1, "model": "small", "notes": "x" * 300} if not begin else {}
            log.items = [("task", f"item {k}", "acc", float(k), float(k % 2)) for k in range(20)] if not begin else []
            store.append("appended", log)
        for number in range(30):
            finding = Finding("plateau", "loss", "step", 3.0, None, float(number), 9.0, 8.0, "one", "plateau", "level")
            store.journal.add(f"run{number % 5}.jsonl", finding, at=float(number), method="plateau", version="1")
            store.journal.add("appended", Undecided("short", f"{number} points"), at=1.5, method="m", version="1")
        store.calibrations.keep("own", {"shift": [0.1, -0.2], "cases": 12}, at=3.0)
    return path


def said(path: Path, own: frozenset[str] = frozenset()) -> tuple[Said, bool]:
    """What a store says, and whether it tells of damage other than its logs' own."""
    told = False
    journal: list[Any] = []
    calibration: dict[str, Any] | None = None
    with Store(path, create=False) as store:
        found = stored_runs(store)
        try:
            journal = [(entry.id, entry.at, entry.run, entry.kind, entry.body) for entry in store.journal.entries()]
        except ForerunError:
            told = True
        try:
            calibration = store.calibrations.get("own")
        except ForerunError:
            told = True
    runs = {run.id: run for run in found}
    told |= bool(found.skipped) or any(damage.why not in own for run in found for damage in run.damage)
    return (runs, journal, calibration), told


def outcome(whole: bytes, truth: Said, own: frozenset[str], bit: int, folder: Path, *, only_read: bool) -> Outcome:
    """Flip one bit and look."""
    new = bytearray(whole)
    new[bit // 8] ^= 1 << bit % 8

    def flipped() -> Path:
        for old in folder.glob("*"):
            old.unlink()
        (folder / "flipped").write_bytes(new)
        return folder / "flipped"

    try:
        found, told = said(flipped(), own)
        read = "told" if told else "right" if found == truth else "wrong"
    except ForerunError:
        read = "told"
    except Exception:
        if not only_read:  # without seals a flipped bit may end it anywhere
            raise
        read = "raised"
    if only_read:
        return Outcome(read, False, "", 0)
    looked = _doctor(flipped())
    rescued = salvage(flipped(), folder / "salvaged")
    back, _ = said(folder / "salvaged")
    lost = _points(truth) - _points(back)
    if back == truth:
        return Outcome(read, looked, "whole", lost)
    return Outcome(read, looked, "told" if rescued.lost and _but_lost(back, truth) else "wrong", lost)


def _doctor(path: Path) -> bool:
    """Whether what ``forerun doctor`` does with a store tells of damage in it; a traceback ends the study."""
    if not is_store(path):
        return True  # which it says
    return bool(doctor.store_checked(path, repair=False)["damage"])


def _points(what: Said) -> int:
    return sum(len(curve) for run in what[0].values() for curve in run.curves.values())


def _but_lost(back: Said, truth: Said) -> bool:
    """Whether all that is there is as it was, and no more than a chunk is not."""
    if back[1:] != truth[1:] or back[0].keys() != truth[0].keys() or _points(truth) - _points(back) > 4096:
        return False
    for id, run in truth[0].items():
        for name, curve in back[0][id].curves.items():
            known = dict(zip(run.curves[name].x.tolist(), run.curves[name].y.tolist(), strict=True))
            if any(known.get(x) != y for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True)):
                return False
    return True


def studied(name: str, flips: int, seed: int, *, only_read: bool = False, **shape: int) -> dict[str, Any]:
    """Counts of what became of the bits of one store."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as place:
        path = made(Path(place, "made"), **shape)
        truth, _ = said(path)
        own = frozenset(damage.why for run in truth[0].values() for damage in run.damage)
        assert not said(path, own)[1]
        whole = path.read_bytes()
        folder = Path(place, "flips")
        folder.mkdir()
        bits = rng.integers(0, 8 * len(whole), flips).tolist()
        outcomes: list[Outcome] = []
        for bit in bits:
            outcomes.append(outcome(whole, truth, own, bit, folder, only_read=only_read))
            print(name, len(outcomes), bit, *astuple(outcomes[-1]), file=sys.stderr, flush=True)
    read, kept = Counter(one.read for one in outcomes), Counter(one.salvage for one in outcomes)
    told = {"read": dict(read), "salvage": dict(kept), "seen_by_doctor": sum(one.doctor for one in outcomes)}
    told["seen_by_doctor_or_harmless"] = sum(one.doctor or one.read == "right" for one in outcomes)
    told["points_lost"] = sum(max(0, one.lost) for one in outcomes)
    wrong = [bit for bit, one in zip(bits, outcomes, strict=True) if "wrong" in (one.read, one.salvage)]
    return {"store": name, "bytes": len(whole), "flips": flips, "seed": seed, **told, "wrong_bits": wrong[:50]}


STORES = {"short": {"runs": 40, "points": 60}, "long": {"runs": 2, "points": 30_000}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=1000, help="of each store")
    parser.add_argument("--only", choices=tuple(STORES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unsealed", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.unsealed:
        rows.holds = lambda table, values, sealed: True
    found = {
        name: studied(name, asked.flips, asked.seed, only_read=asked.unsealed, **shape)
        for name, shape in STORES.items()
        if asked.only in (None, name)
    }
    print(json.dumps(found, indent=1))
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
