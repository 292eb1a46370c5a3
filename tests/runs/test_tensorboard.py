"""Event files written byte by byte here: known answers, and what damage may cost."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import Run, UnreadableLog
from forerun.runs.readers import tensorboard, tfrecord


def crc32c(data: bytes) -> int:
    """Bit by bit, as the definition says."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + masked(length) + payload + masked(payload)


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


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
    zeros, digits = np.zeros((1, 32), np.uint8), np.frombuffer(b"123456789", np.uint8)[None]
    assert tfrecord._crc(zeros)[0] == 0x8A9136AA
    assert tfrecord._crc(digits)[0] == 0xE3069283
    for size in (1000, 2048, 5000, 12_345):  # one long record is summed in stretches, several side by side are not
        long = np.random.default_rng(size).integers(0, 256, (1, size), dtype=np.uint8)
        assert tfrecord._crc(long)[0] == tfrecord._crc(np.repeat(long, 2, axis=0))[1] == crc32c(long.tobytes())


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


def test_a_resume_is_a_second_file_that_wins(tmp_path: Path) -> None:
    write(tmp_path, *(event(s, simple("loss", 9.0 - s)) for s in range(1, 7)), stamp=1700000000)
    write(tmp_path, *(event(s, simple("loss", 0.1 * s)) for s in range(4, 9)), stamp=1700000999)
    run = only(tmp_path)
    assert run.curves["loss"].x.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert run.curves["loss"].y[3] == pytest.approx(0.4)
    assert [len(segment) for segment in run.segments["loss"]] == [6, 5]
    assert run.events[0].message == "records logged before and replaced: loss: 3"


def ten(tmp_path: Path) -> tuple[Path, bytes]:
    file = write(tmp_path, *(event(s, simple("loss", float(s))) for s in range(1, 11)))
    return file, file.read_bytes()


def test_a_flipped_byte_costs_at_most_its_record_and_is_told(tmp_path: Path) -> None:
    file, whole = ten(tmp_path)
    for place in range(len(whole)):
        hurt = bytearray(whole)
        hurt[place] ^= 0x40
        file.write_bytes(bytes(hurt))
        run = only(file) if place >= 12 else next(tensorboard.read(file))  # the first length is how the file is known
        y = run.curves["loss"].y.tolist()
        assert len(y) >= 9, place
        assert set(y) <= set(range(1, 11)), place
        assert len(run.damage) == 1, place
        assert run.damage[0].where.startswith("byte "), place


def test_a_truncated_file_costs_its_last_record_and_is_told(tmp_path: Path) -> None:
    file, whole = ten(tmp_path)
    size = (len(whole) - len(HEADER)) // 10
    for cut in range(1, size):
        file.write_bytes(whole[:-cut])
        run = only(tmp_path)
        assert run.curves["loss"].y.tolist() == list(range(1, 10)), cut
        assert [d.why.split(";")[0] for d in run.damage] == ["file ends inside a record"], cut


@pytest.mark.parametrize("length", [2**31, 2**62, 2**63 + 5, 10**9])
def test_an_absurd_length_is_not_believed(tmp_path: Path, length: int) -> None:
    file, whole = ten(tmp_path)
    told = struct.pack("<Q", length)
    for bogus in (told + masked(told), told + b"\0\0\0\0"):
        file.write_bytes(whole + bogus + b"\x09tail")
        run = only(tmp_path)
        assert len(run.curves["loss"]) == 10
        assert len(run.damage) == 1
        file.write_bytes(whole[: len(HEADER)] + bogus + whole[len(HEADER) :])
        assert len(only(tmp_path).curves["loss"]) == 10


def test_no_scalar_at_all_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(UnreadableLog, match="no readable scalar"):
        next(tensorboard.read(tmp_path))


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
        (run,) = tensorboard.read(file)
    except UnreadableLog:
        return
    assert set(run.curves) <= {"loss", "acc"}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_an_intact_record_of_junk_costs_only_itself(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    file = write(
        tmp_path_factory.getbasetemp() / "junk",
        event(1, simple("loss", 1.0)),
        record(junk),
        event(2, simple("loss", 2.0)),
    )
    (run,) = tensorboard.read(file)
    assert {1.0, 2.0} <= set(run.curves["loss"].x.tolist())


def test_the_recorded_event_files(shared: Path) -> None:
    runs = {run.id: run for run in api.read(shared / "raw" / "tensorboard")}
    assert len(runs) == 5
    assert all(run.damage == () for run in runs.values())
    resnet = next(run for id, run in runs.items() if "imagenet_resnet" in id)
    accuracy = resnet.curves["validation/accuracy"]
    assert (len(accuracy), accuracy.direction, accuracy.y[-1]) == (124, "max", float(np.float32(0.7727199792861938)))
