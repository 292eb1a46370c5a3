"""Single flipped bits: nothing wrong is read in silence, and salvaging finds all that the bit did not hit.

The study of 2,000 is `evidence/store/flips.py`; here are a few of each kind of place, seeded.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evidence.store import flips
from forerun.cli.app import run as command
from forerun.core import ForerunError, StoreError
from forerun.runs.log import Log
from forerun.runs.store import Store, care, pages, rows
from forerun.runs.store.salvage import salvage

FLIPS, READ = 20, 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, flips.Said, frozenset[str]]:
    path = flips.made(tmp_path_factory.mktemp("made"), runs=3, points=60)
    truth, _ = flips.said(path)
    own = frozenset(damage.why for run in truth[0].values() for damage in run.damage)
    assert len(truth[0]) == 4
    assert not flips.said(path, own)[1]
    return path.read_bytes(), truth, own


def bits(whole: bytes, n: int) -> list[int]:
    """Bits of bytes that are not zero: those hit something."""
    rng, held = np.random.default_rng(0), np.flatnonzero(np.frombuffer(whole, np.uint8))
    return (8 * rng.choice(held, n) + rng.integers(0, 8, n)).tolist()


def test_no_flipped_bit_gives_a_wrong_value_in_silence(
    store: tuple[bytes, flips.Said, frozenset[str]], tmp_path: Path
) -> None:
    whole, truth, own = store
    found = [flips.outcome(whole, truth, own, bit, tmp_path, only_read=False) for bit in bits(whole, FLIPS)]
    assert {one.read for one in found} == {"right", "told"}
    assert {one.salvage for one in found} == {"whole"}
    assert sum(one.read == "told" for one in found) > FLIPS / 3
    assert all(one.doctor for one in found if one.read == "told")


def test_a_damaged_description_that_is_no_text_is_told(
    store: tuple[bytes, flips.Said, frozenset[str]], tmp_path: Path
) -> None:
    """SQLite tells of it in its own bytes, which are then no text either."""
    bad = tmp_path / "s.forerun"
    bad.write_bytes(store[0].replace(b"tableitemitem", b"tableit\xe5mitem").replace(b"TABLE item (", b"TABLE item ["))
    assert bad.read_bytes() != store[0]
    with pytest.raises(StoreError, match="damaged"):
        Store(bad, create=False)
    assert salvage(bad, tmp_path / "new").lost == ()


def test_without_seals_values_are_wrong_in_silence(
    store: tuple[bytes, flips.Said, frozenset[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same flips where every row is taken for what was written."""
    whole, truth, own = store
    monkeypatch.setattr(rows, "holds", lambda table, values, sealed: True)
    found = [flips.outcome(whole, truth, own, bit, tmp_path, only_read=True) for bit in bits(whole, READ)]
    assert sum(one.read == "wrong" for one in found) >= 5


def test_the_header_and_every_page_may_be_hit(
    store: tuple[bytes, flips.Said, frozenset[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first bytes of the file and of a page say what it is; through the command line, which shows no traceback."""
    whole, truth, _ = store
    kinds = [8 * at for at in range(pages.PAGE, len(whole), pages.PAGE)][:4]

    def answer(*arguments: object, codes: tuple[int, ...]) -> dict[str, Any]:
        assert command([*map(str, arguments), "--json"]) in codes
        return json.loads(capsys.readouterr().out)

    for number, bit in enumerate([8 * 5, 8 * 16, 8 * 18 + 2, 8 * 19 + 4, 8 * 56 + 1, 8 * 63, 8 * 68 + 3, *kinds]):
        file, into = tmp_path / f"f{number}", tmp_path / f"s{number}"
        new = bytearray(whole)
        new[bit // 8] ^= 1 << bit % 8
        file.write_bytes(new)
        answer("doctor", file, "--fail-on", "damage", codes=(0, 2, 3))
        assert answer("doctor", file, "--salvage", into, codes=(0,))["salvaged"]["lost"] == []
        assert flips.said(into)[0] == truth


def test_what_is_lost_is_told_and_the_rest_is_kept(tmp_path: Path) -> None:
    """A page that was overwritten: its points are gone, those of the same run before and behind them are there."""
    path, into = tmp_path / "store", tmp_path / "salvaged"
    with Store(path) as store:
        for begin in range(0, 20_000, 5000):
            store.append("a", Log("live", n=5000, axes={"step": begin + np.arange(5000.0)},
                series={"loss": (np.arange(5000), np.random.default_rng(begin).normal(size=5000))}))  # fmt: skip
        whole = store.curve("a", "loss")
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    at = data.index(whole.y[6000:6004].astype("<f8").tobytes()) // pages.PAGE * pages.PAGE
    data[at + 100 : at + 900] = b"\xff" * 800
    path.write_bytes(data)
    told = salvage(path, into)
    with Store(into) as store:
        back = store.curve("a", "loss")
        assert care.check(store) == []
    assert 0 < len(whole) - len(back) <= 4096
    assert set(zip(back.x.tolist(), back.y.tolist(), strict=True)) < set(zip(whole.x.tolist(), whole.y.tolist(), strict=True))  # fmt: skip  # noqa: E501
    assert [f"{len(whole) - len(back)} of 20000 points of loss" in one for one in told.lost] == [True]
    with pytest.raises(ForerunError, match="exists; give a name of its own"):
        salvage(path, into)


def test_a_salvaged_store_is_made_whole_from_logs_that_are_still_there(tmp_path: Path) -> None:
    from forerun import api

    logs, path, into = tmp_path / "logs", tmp_path / "store", tmp_path / "salvaged"
    logs.mkdir()
    rng = np.random.default_rng(0)
    for name in "ab":
        values = rng.normal(size=9000).tolist()
        (logs / f"{name}.csv").write_text("step,loss\n" + "".join(f"{i},{v!r}\n" for i, v in enumerate(values)))
    truth = api.read(logs, store=path)
    with Store(path) as store:
        store.db.run("DELETE FROM chunk WHERE rowid = (SELECT rowid FROM chunk WHERE n = 4096 LIMIT 1)")
    salvage(path, into)
    (damaged,) = [run for run in api.read(into) if run.damage]
    assert damaged.damage[0].why.startswith("lost from the store: 4096 of 9000 points")
    with Store(into) as store:
        assert care.repair(store) == [damaged.path]
    assert api.read(logs, store=into) == truth
