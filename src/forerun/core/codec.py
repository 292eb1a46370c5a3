"""Nouns to JSON and back, exactly.

Every noun becomes an object whose ``"noun"`` names its type; optional fields that are None are left out; arrays become
lists; NaN and infinities, which JSON
lacks, become ``{"number": "nan" | "inf" | "-inf"}``. Reading back gives an equal noun.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from forerun.core.answer import Answer
from forerun.core.curve import Curve
from forerun.core.decision import Budget, Decision, Range, RateChange
from forerun.core.diagnosis import Diagnosis
from forerun.core.errors import BadInput
from forerun.core.finding import Finding
from forerun.core.forecast import Forecast
from forerun.core.frozen import Array
from forerun.core.placing import Placing
from forerun.core.run import Damage, Event, Lineage, Run, Runs, Skipped
from forerun.core.run_answers import RunDecision, RunFindings, RunForecast
from forerun.core.schedule import Schedule
from forerun.core.settings import Settings
from forerun.core.standing import Standing
from forerun.core.table import Table
from forerun.core.undecided import Undecided

NOUNS: dict[str, type[Any]] = {
    noun.__name__: noun
    for noun in (
        Curve, Run, Schedule, Forecast, Finding, Decision, Undecided,
        Table, Runs, Event, Damage, Lineage, Settings, Skipped, Range, Answer,
        RunForecast, RunFindings, RunDecision, Standing, Budget, Diagnosis, RateChange, Placing,
    )
}  # fmt: skip


def dumps(value: Any, *, indent: int | None = None) -> str:
    """One JSON document of a noun, or of lists and dicts of nouns.

    Example:
        >>> dumps(Undecided("2 points seen", "3 points"))
        '{"noun": "Undecided", "why": "2 points seen", "needs": "3 points"}'
    """
    return json.dumps(encode(value), allow_nan=False, indent=indent)


def loads(text: str) -> Any:
    """What ``dumps`` wrote.

    Raises:
        BadInput: not JSON, or an object that names no noun of this version.
    """
    try:
        return decode(json.loads(text))
    except json.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error.msg}", where=f"line {error.lineno}") from error


def encode(value: Any) -> Any:
    """The value in types JSON has."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {"noun": type(value).__name__} | {
            f.name: encode(v) for f, v in pairs if v is not None or _is_required(f)
        }
    if isinstance(value, np.ndarray):
        return encode(cast(Array, value).tolist())
    if isinstance(value, np.generic):
        return encode(value.item())
    if isinstance(value, Mapping):
        return {str(k): encode(v) for k, v in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in cast(list[Any], value)]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise BadInput(f"cannot write a {type(value).__name__} as JSON")


def decode(value: Any) -> Any:
    """The inverse of ``encode``; lists stay lists where no noun owns them."""
    if isinstance(value, list):
        return [decode(item) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    items = cast(dict[str, Any], value)
    if items.keys() == {"number"}:
        return float(items["number"])
    decoded = {name: decode(item) for name, item in items.items()}
    if "noun" not in decoded:
        return decoded
    name = decoded.pop("noun")
    if name not in NOUNS:
        raise BadInput(f"no noun {name!r} in this version; there are: {', '.join(NOUNS)}")
    try:
        return NOUNS[name](**decoded)
    except TypeError as error:
        raise BadInput(f"fields do not fit {name}: {error}") from error


def schema(noun: type[Any]) -> dict[str, Any]:
    """A JSON Schema of a noun, made from its fields."""
    hints = typing.get_type_hints(noun)
    fields = dataclasses.fields(noun)
    return {
        "type": "object",
        "properties": {"noun": {"const": noun.__name__}} | {f.name: _field_schema(hints[f.name]) for f in fields},
        "required": ["noun", *(f.name for f in fields if _is_required(f))],
        "additionalProperties": False,
    }


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _field_schema(hint: Any) -> dict[str, Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_field_schema(arg) for arg in args]}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _field_schema(args[1])}
    if origin is np.ndarray:
        return {"type": "array", "items": {"$ref": "#/$defs/number"}}
    if origin is tuple:
        return {"type": "array", "items": _field_schema(args[0])}
    if isinstance(hint, type) and hint.__name__ in NOUNS:
        return {"$ref": f"#/$defs/{hint.__name__}"}
    plain: dict[Any, dict[str, Any]] = {
        type(None): {"type": "null"},
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: _NUMBER_REF,
    }
    return plain.get(hint, {})


_NUMBER_REF = {"$ref": "#/$defs/number"}


def schemas() -> dict[str, Any]:
    """One JSON Schema document with every noun under ``$defs``."""
    number = {"anyOf": [{"type": "number"}, {"properties": {"number": {"enum": ["nan", "inf", "-inf"]}}}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"number": number} | {name: schema(noun) for name, noun in NOUNS.items()},
    }
