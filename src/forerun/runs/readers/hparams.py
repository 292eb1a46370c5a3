"""Settings that TensorBoard's hparams plugin keeps in an event: a message inside a message, of names and values."""

from __future__ import annotations

from collections.abc import Iterator

from forerun.runs.readers.wire import Field, Malformed, double, fields, text

MARK = b"_hparams_/session_start_info"
Setting = str | float | bool


def settings_of(record: bytes) -> dict[str, Setting]:
    """The settings an event holds; none where it holds none, or cannot be read.

    The path is summary 5, value 1, metadata 9, plugin 1, content 2, session start 3, and there a map 1 of a name 1 and
    a value 2 that is a number 2, a text 3 or a truth 4 (tensorboard/plugins/hparams/plugin_data.proto).
    """
    if MARK not in record:
        return {}
    try:
        return dict(_entries(record))
    except (Malformed, ValueError, OverflowError):
        return {}


def _entries(record: bytes) -> Iterator[tuple[str, Setting]]:
    spans = [Field(0, 0, 0, len(record), 0)]
    for number in (5, 1, 9, 1, 2, 3, 1):
        spans = [part for span in spans for part in fields(record, span.begin, span.end) if part.number == number]
    for entry in spans:
        parts = {part.number: part for part in fields(record, entry.begin, entry.end)}
        if 1 in parts and 2 in parts:
            for value in fields(record, parts[2].begin, parts[2].end):
                if value.number in (2, 3, 4):
                    yield text(record, parts[1]), _value(record, value)


def _value(record: bytes, value: Field) -> Setting:
    if value.number == 2:
        return double(value.value)
    return text(record, value) if value.number == 3 else bool(value.value)
