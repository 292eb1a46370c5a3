"""Event files written byte by byte here: known answers, and what damage may cost."""

from __future__ import annotations

import math
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import Run, UnreadableLog
from forerun.runs import series
from forerun.runs.boundary import Guarded
from forerun.runs.readers import tensorboard, tfrecord
from forerun.runs.units import runs_of
from tests.runs.encoded import crc32c, field, masked_crc, varint
from tests.runs.encoded import tensorboard_record as record


def event(step: int, *values: bytes, wall: float = 0.0) -> bytes:
    told = varint(2 << 3) + varint(step) if step else b""
    summary = field(5, b"".join(field(1, value) for value in values)) if values else b""
    return record(b"\x09" + struct.pack("<d", wall) + told + summary)


def simple(tag: str, value: float) -> bytes:
    return field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, dtype: int, content: bytes) -> bytes:
    return field(1, tag.encode()) + field(8, b"\x08" + varint(dtype) + field(4, content))


def float_val(tag: str, *values: float) -> bytes:
    return field(1, tag.encode()) + field(8, b"\x08\x01" + field(5, struct.pack(f"<{len(values)}f", *values)))


HEADER = record(b"\x09" + struct.pack("<d", 1.0) + field(3, b"brain.Event:2"))


def write(folder: Path, *records: bytes, stamp: int = 1700000000) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / f"events.out.tfevents.{stamp}.host.1.0"
    file.write_bytes(HEADER + b"".join(records))
    return file


def only(path: Path) -> Run:
    (run,) = api.read(path)
    return run


def test_the_checksum_of_the_standard() -> None:
    """RFC 3720, B.4: 32 zero bytes give 0x8a9136aa; the check value of CRC-32C is 0xe3069283."""
    for data, crc in ((bytes(32), 0x8A9136AA), (b"123456789", 0xE3069283)):
        assert tfrecord._crc(np.frombuffer(data, np.uint8)[None])[0] == tfrecord._crc_one(data) == crc


@pytest.mark.parametrize(
    "size", [0, 1, 7, 8, 9, 1000, 2048, 5000, 12_345, tfrecord._LONG - 1, tfrecord._LONG, tfrecord._LONG + 77]
)
def test_one_checksum_by_columns_by_blocks_and_by_definition(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.random.default_rng(size).integers(0, 256, size, dtype=np.uint8)
    expected = crc32c(data.tobytes())
    monkeypatch.setattr(tfrecord, "_CHUNK", 4096)
    assert tfrecord._crc_one(data) == expected
    assert tfrecord._crc(np.stack([data, data]))[1] == expected


def test_scalars_of_both_styles(tmp_path: Path) -> None:
    write(
        tmp_path / "run",
        event(0, simple("loss", 3.0), simple("acc", 0.25), wall=100.0),
        event(1, tensor("loss", 1, struct.pack("<f", 2.5)), wall=110.0),
        event(2, float_val("loss", 2.0), wall=120.0),
        event(3, tensor("loss", 2, struct.pack("<d", 1e300))),
        event(4, tensor("loss", 9, struct.pack("<q", -7))),
        event(5, simple("loss", math.nan)),
        event(6, simple("loss", math.inf)),
        event(1 << 40, simple("loss", 1.0)),
    )
    run = only(tmp_path)
    assert run.id == "run"
    curve = run.curves["loss"]
    assert curve.x.tolist() == [0, 1, 2, 3, 4, 5, 6, 2.0**40]
    assert [str(y) for y in curve.y] == ["3.0", "2.5", "2.0", "1e+300", "-7.0", "nan", "inf", "1.0"]
    assert run.curves["acc"].y.tolist() == [0.25]
    assert run.positions.columns["seconds"][:3].tolist() == [100, 110, 120]
    assert run.damage == ()


def test_what_is_no_scalar_is_passed_over(tmp_path: Path) -> None:
    image = field(1, b"picture") + field(4, b"\x08\x01")
    text = field(1, b"note") + field(8, b"\x08\x07" + field(8, b"hello"))
    write(tmp_path, event(1, simple("loss", 1.0), image, text, float_val("histogram", 1, 2, 3)))
    run = only(tmp_path)
    assert set(run.curves) == {"loss"}
    assert run.damage == ()


def test_negative_steps_are_kept(tmp_path: Path) -> None:
    write(tmp_path, event(-5, simple("loss", 1.0)), event(3, simple("loss", 0.5)))
    assert only(tmp_path).curves["loss"].x.tolist() == [-5, 3]


BFLOAT16, HALF = 14, 19
NUMBERS = [
    ("int32", 3, struct.pack("<i", -7), (7, -7), -7),
    ("uint8", 4, b"\xff", (7, 255), 255),
    ("int16", 5, struct.pack("<h", -2), (7, -2), -2),
    ("int8", 6, b"\x80", (7, -128), -128),
    ("int64", 9, struct.pack("<q", -(1 << 40)), (10, -(1 << 40)), -(2.0**40)),
    ("uint16", 17, b"\xff\xff", (7, 65535), 65535),
    ("uint32", 22, b"\xff\xff\xff\xff", (16, 2**32 - 1), 2.0**32 - 1),
    ("uint64", 23, b"\xff" * 8, (17, 2**64 - 1), 2.0**64),
    ("half", HALF, b"\x00\x3e", (13, 0x3E00), 1.5),
    ("bfloat16", BFLOAT16, b"\xc0\x3f", (13, 0x3FC0), 1.5),
]


@pytest.mark.parametrize(("name", "dtype", "content", "listed", "value"), NUMBERS, ids=[row[0] for row in NUMBERS])
def test_every_number_a_tensor_can_hold(
    tmp_path: Path, name: str, dtype: int, content: bytes, listed: tuple[int, int], value: float
) -> None:
    """As bytes, as a packed list and as a bare one: the three ways protobuf may write one element."""
    number, element = listed
    packed, bare = field(number, varint(element)), varint(number << 3) + varint(element)
    write(
        tmp_path,
        event(1, tensor("x", dtype, content)),
        *(
            event(2 + i, field(1, b"x") + field(8, b"\x08" + varint(dtype) + body))
            for i, body in enumerate((packed, bare))
        ),
    )
    assert only(tmp_path).curves["x"].y.tolist() == [value] * 3


def test_several_elements_are_no_scalar(tmp_path: Path) -> None:
    shape = field(2, field(2, b"\x08\x03"))
    bare = (b"\x2d" + struct.pack("<f", 1.0)) * 2
    write(
        tmp_path,
        event(1, simple("loss", 1.0)),
        event(2, field(1, b"one value stands for three") + field(8, b"\x08\x01" + shape + field(5, bytes(4)))),
        event(3, field(1, b"a list of two") + field(8, b"\x08\x01" + bare)),
        event(4, field(1, b"no element") + field(8, b"\x08\x01" + field(2, field(2, b"")) + field(5, bytes(4)))),
        event(5, simple("later an image", 1.0) + field(4, b"\x08\x01")),
    )
    assert set(only(tmp_path).curves) == {"loss"}


def test_a_clock_that_wrote_no_time_costs_only_the_time(tmp_path: Path) -> None:
    times = (5.0, math.inf, math.nan, -1e308, 1e308, 7.5)
    write(tmp_path, *(event(step, simple("loss", 1.0), wall=wall) for step, wall in enumerate(times)))
    run = only(tmp_path)
    assert run.curves["loss"].x.tolist() == [0, 1, 2, 3, 4, 5]
    assert [str(s) for s in run.positions.columns["seconds"]] == ["0.0", "nan", "nan", "nan", "nan", "2.5"]


def test_names_that_are_no_text_are_kept_apart(tmp_path: Path) -> None:
    named = [field(1, tag) + b"\x15" + struct.pack("<f", y) for y, tag in enumerate((b"l\xff", b"l\xfe", "é".encode()))]
    write(tmp_path, event(1, *named))
    curves = only(tmp_path).curves
    assert {name: curve.y.tolist() for name, curve in curves.items()} == {"l\\xff": [0.0], "l\\xfe": [1.0], "é": [2.0]}


def test_many_alike_and_a_few_unlike_keep_file_order(tmp_path: Path) -> None:
    """Enough records to be decoded as columns, of every step width, with odd ones between."""
    records = []
    for step in range(300):
        records.append(event(step, simple("a/loss", step / 7), wall=float(step)))
        records.append(event(step, simple("b/loss", -step), wall=float(step)))
        if step % 50 == 0:
            records.append(event(step, simple("a/acc", 1.0), simple("b/acc", 2.0)))
    write(tmp_path, *records)
    run = only(tmp_path)
    assert run.curves["a/loss"].y.tolist() == [float(np.float32(s / 7)) for s in range(300)]
    assert run.curves["b/loss"].y.tolist() == [-float(s) for s in range(300)]
    assert run.curves["b/acc"].x.tolist() == [0, 50, 100, 150, 200, 250]


@pytest.mark.parametrize("odd", [0x9E3779B97F4A7C15, 0], ids=["hashed", "every hash collides"])
def test_names_of_one_length_and_several_values_an_event(
    tmp_path: Path, odd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorboard, "_ODD", np.uint64(odd))
    tags = [f"layer.{i:03d}/norm" for i in range(100)]
    records = []
    for step in range(20):
        records += [event(step, simple(tag, i - step)) for i, tag in enumerate(tags)]
        records.append(event(step, simple(tags[step], -1.0), simple(tags[step + 1], -2.0), simple("lr", 0.5)))
    write(tmp_path, *records)
    log: dict[str, list[tuple[float, float]]] = {tag: [(s, i - s) for s in range(20)] for i, tag in enumerate(tags)}
    for step in range(20):  # the later of two records of a step is kept
        log[tags[step]][step] = (step, -1.0)
        log[tags[step + 1]][step] = (step, -2.0)
    curves = only(tmp_path).curves
    assert list(curves) == [*tags, "lr"]
    assert all(list(zip(curves[tag].x, curves[tag].y, strict=True)) == points for tag, points in log.items())


def test_more_tags_than_are_kept_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MOST_METRICS", 3)
    write(tmp_path, *(event(s, *(simple(f"t{i}", 1.0) for i in range(5))) for s in range(10)))
    run = only(tmp_path)
    assert set(run.curves) == {"t0", "t1", "t2"}
    assert [(d.why, d.lost) for d in run.damage] == [("more than 3 metrics; those beyond are left out", 20)]


def test_a_resume_is_a_second_file_that_wins(tmp_path: Path) -> None:
    write(tmp_path, *(event(s, simple("loss", 9.0 - s)) for s in range(1, 7)), stamp=1700000000)
    write(tmp_path, *(event(s, simple("loss", 0.1 * s)) for s in range(4, 9)), stamp=1700000999)
    run = only(tmp_path)
    assert run.curves["loss"].x.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert run.curves["loss"].y[3] == pytest.approx(0.4)
    assert [len(segment) for segment in run.segments["loss"]] == [6, 5]
    assert run.events[0].message == "records logged before and replaced: loss: 3"


def test_files_begun_in_one_second_are_ordered_by_their_first_event(tmp_path: Path) -> None:
    for name, began in (("a", 20.0), ("b", 10.0)):
        file = write(tmp_path, event(1, simple("loss", began), wall=began))
        file.write_bytes(event(0, wall=began) + file.read_bytes())
        file.rename(tmp_path / f"events.out.tfevents.1700000000.{name}")
    (run,) = runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), tmp_path)
    assert run.curves["loss"].y.tolist() == [20.0]


def test_what_lies_beside_event_files(tmp_path: Path) -> None:
    """A second event file that begins with damage is read; records of something else and links are not."""
    write(tmp_path, event(1, simple("loss", 1.0)))
    hurt = write(tmp_path, event(2, simple("loss", 2.0)), stamp=1700000999)
    hurt.write_bytes(b"\xff" + hurt.read_bytes()[1:])
    (tmp_path / "weights.tfrecord").write_bytes(record(b"not an event"))
    (tmp_path / "events.out.tfevents.5").symlink_to(hurt)
    (tmp_path / "events.out.tfevents.6").touch()
    (run,) = runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), tmp_path)
    assert run.curves["loss"].y.tolist() == [1.0, 2.0]
    assert [(d.path, d.where) for d in run.damage] == [(hurt.name, "byte 0")]


def test_known_by_content(tmp_path: Path) -> None:
    foreign, named = record(b"not an event"), Path("events.out.tfevents.1.host")
    assert tensorboard.sniff(Path("x"), HEADER) > 0.9
    assert tensorboard.sniff(Path("x"), b"\xff" + HEADER[1:]) > 0.9  # a damaged length leaves the other sign
    assert tensorboard.sniff(named, b"step,loss\n1,2\n") == 0
    assert tensorboard.sniff(Path("x.tfrecord"), foreign) == 0
    assert 0.5 < tensorboard.sniff(named, foreign) < 0.9


@pytest.mark.parametrize(("name", "why"), [("nowhere", "cannot be opened"), ("folder", "no record in it")])
def test_nothing_there_is_the_readers_own_error(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnreadableLog, match=why):
        next(runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), tmp_path / name))


def ten(tmp_path: Path) -> tuple[Path, bytes]:
    file = write(tmp_path, *(event(s, simple("loss", float(s))) for s in range(1, 11)))
    return file, file.read_bytes()


def test_a_flipped_byte_costs_at_most_its_record_and_is_told(tmp_path: Path) -> None:
    file, whole = ten(tmp_path)
    begins = [0, *(len(HEADER) + i * (len(whole) - len(HEADER)) // 10 for i in range(11))]
    for place in range(len(whole)):
        hurt = bytearray(whole)
        hurt[place] ^= 0x40
        file.write_bytes(bytes(hurt))
        run = only(file)
        (damage,) = run.damage
        index = next(i for i in range(11) if begins[i] <= place < begins[i + 1])
        assert run.curves["loss"].y.tolist() == [float(s) for s in range(1, 11) if s != index], place
        assert damage.where == f"byte {begins[index]}", place
        assert f"; {begins[index + 1] - begins[index]} bytes lost" in damage.why, place
        assert damage.lost == (None if place - begins[index] < 12 else 1), place


def test_a_truncated_file_costs_its_last_record_and_is_told(tmp_path: Path) -> None:
    file, whole = ten(tmp_path)
    size = (len(whole) - len(HEADER)) // 10
    for cut in range(1, size):
        file.write_bytes(whole[:-cut])
        run = only(tmp_path)
        assert run.curves["loss"].y.tolist() == list(range(1, 10)), cut
        why = f"file ends inside a record; the writer may still be writing; {size - cut} bytes lost"
        assert [(d.where, d.why, d.lost) for d in run.damage] == [(f"byte {len(whole) - size}", why, 1)], cut


def test_a_record_completed_later_is_read_then(tmp_path: Path) -> None:
    file, whole = ten(tmp_path)
    file.write_bytes(whole[:-5])
    assert len(only(tmp_path).damage) == 1
    file.write_bytes(whole)
    run = only(tmp_path)
    assert (len(run.curves["loss"]), run.damage) == (10, ())


def test_damage_without_end_is_told_in_one_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard, "_MOST_LOSSES", 2)
    bad = [event(s, simple("loss", 1.0))[:-1] + b"?" for s in range(1, 6)]
    write(tmp_path, event(0, simple("loss", 1.0)), *bad)
    run = only(tmp_path)
    assert [d.lost for d in run.damage] == [1, 1, 3]
    assert run.damage[2].why == f"3 further places damaged; {3 * len(bad[0])} bytes lost"


def test_looking_for_the_next_record_passes_over_the_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain broken at every record, and lengths that all reach far: made to cost the square of the file."""
    monkeypatch.setattr(tfrecord, "_SEARCH", 256)
    searched: list[tuple[int, int]] = []
    search = tfrecord._Heads._search

    def told(heads: tfrecord._Heads) -> None:
        search(heads)
        searched.append((heads._begin, heads._searched))

    monkeypatch.setattr(tfrecord._Heads, "_search", told)
    far = struct.pack("<Q", 900)
    broken = [b"\xff" + event(s, simple("loss", 1.0))[1:] for s in range(40)]
    good = [event(s, simple("loss", 2.0)) for s in range(40)]
    pairs = [each for pair in zip(broken, good, strict=True) for each in pair]
    write(tmp_path, *pairs, b"\xff" * 12, (far + masked_crc(far)) * 300, event(99, simple("loss", 3.0)))
    run = only(tmp_path)
    assert run.curves["loss"].x.tolist()[:40] == list(range(40))
    assert all(end <= begin for (_, end), (begin, _) in pairwise(searched))


@pytest.mark.parametrize("length", [2**31, 2**62, 2**63 + 5, 10**9])
def test_an_absurd_length_is_not_believed(tmp_path: Path, length: int) -> None:
    file, whole = ten(tmp_path)
    told = struct.pack("<Q", length)
    for bogus in (told + masked_crc(told), told + b"\0\0\0\0"):
        file.write_bytes(whole + bogus + b"\x09tail")
        run = only(tmp_path)
        assert len(run.curves["loss"]) == 10
        assert len(run.damage) == 1
        file.write_bytes(whole[: len(HEADER)] + bogus + whole[len(HEADER) :])
        assert len(only(tmp_path).curves["loss"]) == 10


def test_no_scalar_at_all_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(UnreadableLog, match="no record in it"):
        next(runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), tmp_path))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_mutations_never_raise_past_the_readers_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "mutated"
    file = write(folder, *(event(s, simple("loss", 1.0), simple("acc", 0.5)) for s in range(12)))
    raw = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip":
            raw[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del raw[place : place + data.draw(st.integers(1, 40))]
        else:
            raw[place:place] = data.draw(st.binary(max_size=20))
        if not raw:
            break
    file.write_bytes(bytes(raw))
    try:
        (run,) = runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), file)
    except UnreadableLog:
        return
    assert set(run.curves) <= {"loss", "acc"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_random_bytes_never_raise_past_the_readers_error(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, headed: bool
) -> None:
    file = tmp_path_factory.getbasetemp() / "random.tfevents.1"
    file.write_bytes((HEADER if headed else b"") + junk)
    with pytest.raises(UnreadableLog):
        next(runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), file))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_an_intact_record_of_junk_costs_only_itself(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    file = write(
        tmp_path_factory.getbasetemp() / "junk",
        event(1, simple("loss", 1.0)),
        record(junk),
        event(2, simple("loss", 2.0)),
    )
    (run,) = runs_of(Guarded("tensorboard", tensorboard.TENSORBOARD), file)
    assert {1.0, 2.0} <= set(run.curves["loss"].x.tolist())


RECORDED = {  # start of the folder's name: tags, records, and of one tag its records, last step and last value
    "external_tuning__amos": (16, 580, "validation/wer", 27, 48000, 0.23184683918952942),
    "external_tuning__baseline__study_0__criteo": (13, 275, "validation/loss", 7, 9109, 0.12382877618074417),
    "external_tuning__baseline__study_0__imagenet": (16, 5456, "validation/accuracy", 124, 185224, 0.7727199792861938),
    "external_tuning__cyclic": (17, 988, "validation/bleu", 58, 130498, 30.71970558166504),
    "external_tuning__generalized": (14, 995, "train/loss", 63, 10666, math.nan),
}


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_event_files(shared: Path, name: str) -> None:
    """Counts and last values as tensorboard's own loader tells them, global_step left out, which is no metric."""
    tags, records, metric, count, step, value = RECORDED[name]
    (folder,) = (shared / "raw" / "tensorboard").glob(f"{name}*")
    (run,) = api.read(folder)
    repeated = sum(int(event.message.split(": ")[1].split()[0]) for event in run.events if event.kind == "repeat")
    assert run.damage == ()
    assert (len(run.curves), sum(map(len, run.curves.values())) + repeated) == (tags, records)
    curve = run.curves[metric]
    assert (len(curve), curve.x[-1]) == (count, step)
    np.testing.assert_array_equal(curve.y[-1], value)


def test_a_file_damaged_at_its_start_is_read_and_not_called_unknown(tmp_path: Path) -> None:
    file, whole = ten(tmp_path)
    for place in range(12):
        hurt = bytearray(whole)
        hurt[place] ^= 0x40
        file.write_bytes(bytes(hurt))
        runs = api.read(tmp_path)
        assert (len(runs), runs.skipped) == (1, ()), place
        assert len(runs[0].curves["loss"]) == 10, place
