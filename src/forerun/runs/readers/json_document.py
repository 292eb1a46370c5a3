"""JSON documents that hold curves and are nobody's format: lists of numbers by name, records, either in groups."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.counters import settled
from forerun.runs.datasets import measures
from forerun.runs.growth import whole
from forerun.runs.log import Log, Unfit, by_run, merged
from forerun.runs.readers.columns import apart, axes_of, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.tables.long_form import VALUES, logs_of_table, prefix_of, prefixed
from forerun.runs.readers.text import encoding, first_lines, numbered, read_text, spelled, suffix_of, weighed
from forerun.runs.readers.written import ABSENT, either, notation_of, read, why_not

CARD = Card(
    name="json_document",
    does="Reads JSON documents: lists of numbers by name, records, pairs of step and value, in groups by split or run.",
    source="ours; Keras' History.history, pandas' to_json, TensorBoard's download, and what people dump",
    assumes="Lists of one length are side by side; a list named like an axis is x, else their values are counted.",
    needs="Lists of numbers, or records, that name an axis or are named like measures of a training.",
    promises="Lists of different lengths each count their own values, which is told. Single numbers are no curve.",
    known_answer='{"loss": [2, 1], "val_loss": [3, 2]} gives two curves of two points.',
    control="Annotations, predictions and settings are left alone.",
)
_SUFFIXES = (".json", ".txt", ".log", ".history", ".dump", "")
_SETTINGS = frozenset("config args hparams hyperparameters params settings parameters hyper_parameters".split())
_WRAPS = re.compile(
    r"(train(ing)?_?|loss_?|log_?)?(history|logs?|results?|metrics|data|records|epochs|steps|losses|curves|scalars|stats)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:([A-Za-z_]{1,20}?)[ _-]?)?(\d{1,12})")
_TAG = re.compile(r".*?-?tag-(.+)")
_DEEPEST = 4


@dataclass
class _Part:
    """Columns of one length: of which run, of which split, and what beside them is settings."""

    columns: Mapping[str, Sequence[Any]]
    run: str = ""
    prefix: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def sniff(path: Path, head: bytes) -> float:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[") or suffix_of(path) not in _SUFFIXES:
        return 0.0
    sample = _sample(head)
    if sample is None:
        return 0.0
    if any(_readable(log) for log in _logs_in(sample, path)):
        return 0.5 if _are_lines(head) else 0.6
    return 0.2 if isinstance(sample, dict) and any(measures(str(name)) for name in sample) else 0.0


def _are_lines(head: bytes) -> bool:
    """Whether each of the first lines is a document of its own, which another reader follows as it grows."""
    shown = first_lines(head, 2)
    return len(shown) > 1 and all(isinstance(_document(line), dict) for line in shown)


def _readable(log: Log) -> bool:
    try:
        return bool(settled(log).series)
    except UnreadableLog:
        return False


def _logs(path: Path) -> Iterator[Log]:
    text = read_text(path)
    weighed(text, path)
    document = _document(text)
    if document is None:
        raise UnreadableLog("not JSON; was the file cut short?", where=path.name)
    logs = _logs_in(document, path)
    readable = [log for log in logs if _readable(log)]
    if not readable:
        raise UnreadableLog("no lists of numbers or records in it that a training logs", where=path.name)
    yield from readable


def _logs_in(document: Any, path: Path) -> list[Log]:
    """The logs in a document, one a run."""
    stem = Path(path.name.split(".")[0]).name
    parts = [part for part in _parts(document, _tagged(stem), 0) if part.length]
    logs: list[Log] = []
    for part in parts:
        for log in _read(part, path):
            log.id = "/".join(word for word in (part.run, log.id) if word)
            log.config = part.settings | log.config
            logs.append(log)
    runs = []
    for id, pieces in by_run(logs).items():
        lengths = sorted({piece.n for piece in pieces})
        log = merged(pieces)
        if len(pieces) > 1 and len(lengths) > 1 and not any(axes_of(part.columns) for part in parts if part.run == id):
            listing = " and ".join(map(str, lengths[:5]))
            log.damage.append(Damage(path.name, "document", f"lists of {listing} values: each counts its own", 0))
        runs.append(log)
    return runs


def _read(part: _Part, path: Path) -> list[Log]:
    numbers: dict[str, Any] = {}
    words: dict[str, list[str]] = {}
    unfit: dict[str, Unfit] = {}
    axes = axes_of(part.columns)
    for name, values in part.columns.items():
        notation = notation_of([value for value in values if isinstance(value, str)], timed=axes.get(name) == "wall")
        parsed = [read(value, notation) if isinstance(value, str) else number(value) for value in values]
        absent = [value is None for value in parsed]
        lost = [i for i, value in enumerate(values) if parsed[i] is None and _is_lost(value)]
        if not all(absent) or any(either(values[i]) for i in lost):
            key = name if name in axes else prefixed(part.prefix, name)
            numbers[key] = np.ma.masked_array([0.0 if value is None else value for value in parsed], mask=absent)
            first = [
                Damage(path.name, f"record {i + 1}", f"{name}: {why_not(values[i])}", 1) for i in lost[: Unfit.LISTED]
            ]
            unfit |= {key: Unfit(len(lost), first)} if lost else {}
        elif any(isinstance(value, str) for value in values):
            words[name] = [value if isinstance(value, str) else "" for value in values]
    logs = logs_of_table(numbers, words, format=CARD.name, path=path)
    for log in logs[:1]:
        log.unfit |= unfit
    return logs


def _is_lost(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower() not in ABSENT


def _parts(value: Any, name: str, depth: int) -> Iterator[_Part]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        yield from _of_list(value, name)
    elif isinstance(value, dict):
        yield from _of_object({str(key): inner for key, inner in value.items()}, name, depth)


def _of_list(values: list[Any], name: str) -> Iterator[_Part]:
    """Records, numbers, or pairs and triples of wall time, step and value."""
    records = [value for value in values if isinstance(value, dict)]
    if len(records) * 2 > len(values):
        yield _Part(_columns(records))
    elif measures(name) and _are_numbers(values):
        yield _Part({name: values})
    elif all(isinstance(value, list) and len(value) in (2, 3) and _are_numbers(value) for value in values[:1000]):
        rows = [value for value in values if isinstance(value, list) and len(value) == len(values[0])]
        columns = [list(column) for column in zip(*rows, strict=True)]
        if len(columns) == 3 and all(number(wall) and number(wall) > 1e9 for wall in columns[0]):  # type: ignore[operator]
            yield _Part({"wall_time": columns[0], "step": columns[1], name: columns[2]})
        elif len(columns) == 2 and measures(name):
            yield _Part({"step": columns[0], name: columns[1]})


def _of_object(members: dict[str, Any], name: str, depth: int) -> Iterator[_Part]:
    settings = {key: value for group, entries in members.items() if group in _SETTINGS and isinstance(entries, dict)
                for key, value in entries.items() if isinstance(value, (str, int, float, bool))}  # fmt: skip
    members = {key: value for key, value in members.items() if key not in _SETTINGS}
    places = {key: value for key, value in members.items() if isinstance(value, list) and axes_of([key])}
    for part in [*_direct(members), *_grouped(members, name, depth)]:
        if not axes_of(part.columns):
            beside = {key: value for key, value in places.items() if len(value) == part.length}
            part.columns = {**beside, **part.columns}
        part.settings = settings | part.settings
        yield part


def _direct(members: dict[str, Any]) -> Iterator[_Part]:
    """Lists of numbers by name; records by number; pandas' columns of values by row, and its split layout."""
    split = {"columns", "index", "data"} <= members.keys()
    if split and all(isinstance(members[key], list) for key in ("columns", "data")):
        rows = [row for row in members["data"] if isinstance(row, list) and len(row) == len(members["columns"])]
        yield _Part(dict(zip(map(str, members["columns"]), map(list, zip(*rows, strict=True)), strict=False)))
        return
    lists = {key: value for key, value in members.items() if isinstance(value, list) and _are_numbers(value)}
    axes = axes_of(lists)
    for length in dict.fromkeys(len(value) for value in lists.values()):
        columns = {key: value for key, value in lists.items() if len(value) == length}
        if columns.keys() - axes.keys():
            yield _Part(columns)
    groups = {key: value for key, value in members.items() if isinstance(value, dict) and value}
    if len(groups) > 1 and all(_NUMBERED.fullmatch(key) for key in groups):
        yield _Part(_numbered(groups))
    elif groups and all(_is_column(value) for value in groups.values()):
        rows = list(dict.fromkeys(row for column in groups.values() for row in column))
        yield _Part({key: [column.get(row) for row in rows] for key, column in groups.items()})


def _grouped(members: dict[str, Any], name: str, depth: int) -> Iterator[_Part]:
    """What stands one level deeper, by split, by run, or only wrapped."""
    deeper = {key: value for key, value in members.items() if isinstance(value, (dict, list)) and value}
    if len(deeper) > 1 and all(_NUMBERED.fullmatch(key) and _columns([value]) for key, value in deeper.items()):
        return
    for key, value in deeper.items():
        if isinstance(value, list) and _are_numbers(value):
            continue
        wrapped = _WRAPS.fullmatch(key) is not None
        for part in _parts(value, key if measures(key) else name, depth + 1):
            split = prefix_of(key)
            part.prefix = split + part.prefix if split else part.prefix
            named = [column for column in part.columns if column.lower() in VALUES]
            if measures(key) and len(part.columns.keys() - axes_of(part.columns).keys()) == 1 and named:
                part.columns = {key if label == named[0] else label: values for label, values in part.columns.items()}
            part.run = part.run if split or wrapped or measures(key) else "/".join(filter(None, (key, part.run)))
            yield part


def _is_column(value: Any) -> bool:
    return isinstance(value, dict) and all(
        str(row).isdigit() and (cell is None or number(cell) is not None) for row, cell in value.items()
    )


def _numbered(groups: Mapping[str, Any]) -> dict[str, list[Any]]:
    """``{"1": {...}, "2": {...}}``: records by number, which is their epoch unless they name a place of their own."""
    keys = [_NUMBERED.fullmatch(key) for key in groups]
    columns = _columns(list(groups.values()))
    axis = next((match[1] for match in keys if match and match[1] and axes_of([match[1]])), "epoch")
    return (
        columns if not columns or axes_of(columns) else {axis: [float(match[2]) for match in keys if match], **columns}
    )


def _columns(records: Iterable[Any]) -> dict[str, list[Any]]:
    """Records as columns, None where a record does not say; what is nested is joined with a slash."""
    flat = [apart(_flat(record)) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    return {name: [record.get(name) for record in flat] for name in names}


def _flat(record: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in record.items() if isinstance(record, dict) else ():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, f"{prefix}{key}/", depth + 1)
        elif isinstance(value, (int, float, str)) and not isinstance(value, bool):
            yield f"{prefix}{key}", value


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether most of a list's values are numbers, or absent."""
    shown = values[:200]
    plain = sum(value is None or _is_number(value) for value in shown)
    return plain * 2 > len(shown) and any(value is not None for value in shown)


def _is_number(value: Any) -> bool:
    return number(value) is not None or (isinstance(value, str) and (read(value) is not None or either(value)))


def _tagged(stem: str) -> str:
    """The tag in the name of a file that TensorBoard's page downloads, else the name."""
    match = _TAG.fullmatch(stem)
    return match[1] if match else stem


def _document(text: str) -> Any:
    """The document in a text, or the list of those that stand one behind the other; None where there is none."""
    text = text.lstrip("\ufeff \t\r\n")
    documents = _documents(text)
    if documents is None and (plain := spelled(text)) != text:
        documents = _documents(plain)
    return documents[0] if documents is not None and len(documents) == 1 else documents or None


def _documents(text: str) -> list[Any] | None:
    documents: list[Any] = []
    decoder, at = json.JSONDecoder(object_pairs_hook=numbered), 0
    try:
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            documents.append(value)
            at = _next(text, end)
    except (ValueError, RecursionError):
        return None
    return documents


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _sample(head: bytes) -> Any:
    """What the start of a document holds: whole if it is all there, else as if it ended there."""
    name = encoding(head)
    text = head.decode(name, errors="replace") if name else ""
    document = _document(text)
    for cut in _cuts(text) if document is None and len(head) >= 1 << 16 else ():
        document = _document(cut)
        if document is not None:
            return document
    return document


def _cuts(text: str) -> Iterator[str]:
    """The text up to its last commas, closed."""
    end = len(text)
    for _ in range(8):
        end = text.rfind(",", 0, end)
        if end < 0:
            return
        yield text[:end] + _closing(text[:end])


def _closing(text: str) -> str:
    """The brackets that a text leaves open."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    open_: list[str] = []
    for bracket in re.findall(r"[\[\]{}]", bare):
        if bracket in "[{":
            open_.append("]" if bracket == "[" else "}")
        elif open_:
            open_.pop()
    return "".join(reversed(open_))


JSON_DOCUMENT = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
