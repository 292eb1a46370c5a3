"""Inspect's ``.eval`` files: a zip of JSON documents, compressed with zstd, one evaluation of one task a file."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from forerun.core import Card, MissingExtra, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.checkpoint_name import step_of
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.lm_eval import place
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import parsed
from forerun.runs.regular import opened_file

CARD = Card(
    name="inspect_eval",
    does="Reads evaluations of inspect_ai: scores of the task, and of each sample.",
    source="inspect_ai, log/_recorders/eval.py: header.json, summaries.json, samples/",
    assumes="A step in the model's name is that of the checkpoint.",
    needs="header.json with results, and the extra [inspect] for zstd.",
    promises="No entry is unpacked beyond 64 MiB, or taken apart beyond 128; none becomes a file. A log that is being "
    "written gives what its journal has.",
    known_answer="An evaluation and the scores of its items, written by hand.",
    control="A zip without header.json or a journal is left alone.",
)
_MOST, _APART = 1 << 26, 1 << 27  # bytes an entry may unpack to, and may take once it is taken apart (ours)
_DEFLATED, _ZSTD = 8, 93
_ENDS: dict[str, Literal["finished", "crashed"]] = {"success": "finished", "error": "crashed", "cancelled": "crashed"}
_WORDS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


def sniff(path: Path, head: bytes) -> float:
    return (
        0.95
        if head.startswith(b"PK\x03\x04") and (path.suffix == ".eval" or b"_journal/start.json" in head[:512])
        else 0.0
    )


def _logs(path: Path) -> Iterator[Log]:
    try:
        with opened_file(path) as file, zipfile.ZipFile(file) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            header = _json(file, entries.get("header.json") or entries.get("_journal/start.json"), path)
            summaries = _json(file, entries["summaries.json"], path) if "summaries.json" in entries else []
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, struct.error, UnicodeError) as error:
        raise UnreadableLog(f"not a readable archive: {str(error)[:200]}", where=path.name) from error
    if not isinstance(header, dict):
        raise UnreadableLog("its header is not a JSON object", where=path.name)
    yield _log(header, summaries if isinstance(summaries, list) else [], path)


def _log(header: dict[str, Any], summaries: list[Any], path: Path) -> Log:
    about = dictionary(header.get("eval"))
    task, model = str(about.get("task", path.stem)), str(about.get("model", ""))
    log = Log(CARD.name)
    when = moment(str(about.get("created", "")))
    step = step_of(model, json.dumps(about.get("model_args", {}), default=str))
    place(log, step, when)
    log.config = {
        key: about[key] for key in ("task", "model", "task_version") if isinstance(about.get(key), (str, int))
    }
    log.end = _ENDS.get(str(header.get("status")), "")
    results = dictionary(header.get("results"))
    for score in _list(results.get("scores")):
        for name, metric in dictionary(score.get("metrics")).items():
            value = number(metric.get("value")) if isinstance(metric, dict) else None
            if value is not None:
                log.series[f"{task}/{score.get('name', '')}/{name}"] = (np.array([0]), np.array([value]))
    x = np.nan if step is None else step
    for sample in _list(summaries):
        for name, score in dictionary(sample.get("scores")).items():
            raw_value = score.get("value") if isinstance(score, dict) else None
            value = _WORDS.get(raw_value) if isinstance(raw_value, str) else number(raw_value)
            if value is not None:
                item = f"{sample.get('id', '')}" + (f"#{sample['epoch']}" if sample.get("epoch") else "")
                log.items.append((task, item, str(name), x, value))
    return log


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _json(file: BinaryIO, entry: zipfile.ZipInfo | None, path: Path) -> Any:
    if entry is None:
        raise UnreadableLog("neither a header nor a journal in it", where=path.name)
    data = _unpacked(file, entry, path)
    try:
        return parsed(data, path, most=_APART)
    except UnreadableLog as error:
        raise UnreadableLog(f"{entry.filename[:80]}: {error.message}", where=path.name) from error


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """The bytes of an entry, never more than it may have, checked against its checksum."""
    if entry.file_size > _MOST or entry.compress_size > _MOST:
        raise UnreadableLog(
            f"{entry.filename[:80]} unpacks to {entry.file_size} bytes; too large for a log", where=path.name
        )
    file.seek(entry.header_offset)
    head = file.read(30)
    names, extra = struct.unpack("<26xHH", head)
    file.seek(entry.header_offset + 30 + names + extra)
    raw = file.read(entry.compress_size)
    if entry.compress_type == _ZSTD:
        data = _zstd(raw, entry.file_size, path)
    elif entry.compress_type == _DEFLATED:
        try:
            data = zlib.decompressobj(-15).decompress(raw, entry.file_size + 1)
        except zlib.error as error:
            raise UnreadableLog(f"{entry.filename[:80]} is damaged: {error}", where=path.name) from error
    else:
        data = raw
    if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise UnreadableLog(f"{entry.filename[:80]} is damaged: its checksum does not match", where=path.name)
    return data


def _zstd(raw: bytes, size: int, path: Path) -> bytes:
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra("reader 'inspect_eval'", "zstandard", "inspect") from error
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(raw) as stream:
            return stream.read(size + 1)
    except zstandard.ZstdError as error:
        raise UnreadableLog(f"damaged: {error}", where=path.name) from error


INSPECT_EVAL = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
