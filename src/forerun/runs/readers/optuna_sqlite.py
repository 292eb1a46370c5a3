"""Optuna's relational storage in SQLite: studies, trials and what these reported."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from forerun.core import Card, Direction, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.sqlite import MAGIC, opened, tables
from forerun.runs.readers.trials import Search, Trial, logs_of_search, objectives

CARD = Card(
    name="optuna_sqlite",
    does="Reads Optuna's SQLite storage: trials that reported are runs, else the study is one run over its trials.",
    source="optuna 1 to 5, storages/_rdb/models.py",
    assumes="What a trial reports is its first objective.",
    needs="One trial with a value or a report.",
    promises="Values equal Optuna's own study.trials; NaN and infinities, which it stores beside, are given back.",
    known_answer="Optuna's own study.trials.",
    control="A database without Optuna's tables is left alone.",
)
_DIRECTIONS: dict[str, Direction] = {"MINIMIZE": "min", "MAXIMIZE": "max"}
_ODD = {"NAN": float("nan"), "INF_POS": float("inf"), "INF_NEG": float("-inf")}
_REPORTS = "trial_intermediate_values"


def sniff(path: Path, head: bytes) -> float:
    if not head.startswith(MAGIC):
        return 0.0
    try:
        with opened(path) as db:
            schema = tables(db)
    except UnreadableLog:
        return 0.0
    ours = {"studies", "trials", "trial_params", "trial_values"} <= schema.keys()
    return 0.95 if ours and "study_name" in schema["studies"] else 0.0


def _logs(path: Path) -> Iterator[Log]:
    with opened(path) as db:
        schema = tables(db)
        if not {"studies", "trials", "trial_values"} <= schema.keys():
            raise UnreadableLog("none of Optuna's tables in it", where=path.name)
        for study in _studies(db, schema):
            yield from logs_of_search(study, CARD.name)


def _studies(db: sqlite3.Connection, schema: dict[str, set[str]]) -> list[Search]:
    directions = _directions(db, schema)
    names = _metric_names(db, schema)
    searches: dict[Any, Search] = {}
    for study, name in db.execute("SELECT study_id, study_name FROM studies ORDER BY study_id"):
        ways = directions.get(study, [None])
        searches[study] = Search(str(name), objectives(len(ways), names.get(study, ())), ways)
    trials = _trials(db, schema, searches)
    _params(db, trials)
    _values(db, schema, trials)
    _reports(db, schema, trials)
    return list(searches.values())


def _directions(db: sqlite3.Connection, schema: dict[str, set[str]]) -> dict[Any, list[Direction | None]]:
    """Directions by study, in the order of the objectives; before Optuna 2.4 a study had one."""
    if "study_directions" in schema:
        find = "SELECT study_id, direction FROM study_directions ORDER BY study_id, objective"
    elif "direction" in schema["studies"]:
        find = "SELECT study_id, direction FROM studies"
    else:
        return {}
    directions: dict[Any, list[Direction | None]] = {}
    for study, direction in db.execute(find):
        directions.setdefault(study, []).append(_DIRECTIONS.get(str(direction)))
    return directions


def _metric_names(db: sqlite3.Connection, schema: dict[str, set[str]]) -> dict[Any, list[str]]:
    names: dict[Any, list[str]] = {}
    if "study_system_attributes" in schema:
        find = "SELECT study_id, value_json FROM study_system_attributes WHERE key = 'study:metric_names'"
        for study, text in db.execute(find):
            listing = _json(text)
            if isinstance(listing, list):
                names[study] = [str(name) for name in listing]
    return names


def _trials(db: sqlite3.Connection, schema: dict[str, set[str]], searches: dict[Any, Search]) -> dict[Any, Trial]:
    columns = schema["trials"]
    numbered, ended = "number" if "number" in columns else "NULL", "datetime_complete"
    valued = "value" if "value" in columns else "NULL"
    find = f"SELECT trial_id, study_id, {numbered}, state, {ended}, {valued} FROM trials ORDER BY trial_id"
    trials: dict[Any, Trial] = {}
    for trial, study, count, state, when, value in db.execute(find):
        if study not in searches:
            continue
        known = searches[study].trials
        trials[trial] = Trial(count if isinstance(count, int) else len(known), str(state), ended=moment(str(when)))
        trials[trial].values = [] if value is None else [number(value)]
        known.append(trials[trial])
    return trials


def _params(db: sqlite3.Connection, trials: dict[Any, Trial]) -> None:
    find = "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params ORDER BY param_id"
    for trial, name, value, distribution in db.execute(find):
        if trial in trials:
            trials[trial].params[str(name)] = setting(value, distribution)


def setting(value: Any, distribution: Any) -> Any:
    """A parameter as the trial saw it: storages hold a category's place, and whole numbers with a point.

    Example:
        >>> setting(1.0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam"]}}')
        'adam'
        >>> setting(3.0, '{"name": "IntDistribution", "attributes": {}}')
        3
    """
    kind = _distribution(distribution) if isinstance(distribution, str) else None
    plain = number(value)
    if not isinstance(kind, dict) or plain is None:
        return value
    attributes = kind.get("attributes")
    choices = attributes.get("choices") if isinstance(attributes, dict) else None
    if isinstance(choices, list):
        return choices[int(plain)] if plain in range(len(choices)) else value
    return int(plain) if str(kind.get("name", "")).startswith("Int") and plain == plain // 1 else value


@lru_cache(maxsize=256)
def _distribution(text: str) -> Any:
    return _json(text)


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None


def _values(db: sqlite3.Connection, schema: dict[str, set[str]], trials: dict[Any, Trial]) -> None:
    columns = schema["trial_values"]
    if "objective" not in columns:  # until 2.4 the table held what trials report
        return
    kind = "value_type" if "value_type" in columns else "'FINITE'"
    find = f"SELECT trial_id, objective, value, {kind} FROM trial_values ORDER BY trial_id, objective"
    for trial, objective, value, value_type in db.execute(find):
        if trial in trials and isinstance(objective, int) and 0 <= objective < 1000:
            values = trials[trial].values
            values += [None] * (objective + 1 - len(values))
            values[objective] = _ODD.get(str(value_type), number(value))


def _reports(db: sqlite3.Connection, schema: dict[str, set[str]], trials: dict[Any, Trial]) -> None:
    if _REPORTS in schema:
        typed = "intermediate_value_type" in schema[_REPORTS]
        kind = "intermediate_value_type" if typed else "'FINITE'"
        find = f"SELECT trial_id, step, intermediate_value, {kind} FROM {_REPORTS} ORDER BY trial_id, step"
    elif "step" in schema["trial_values"]:
        find = "SELECT trial_id, step, value, 'FINITE' FROM trial_values ORDER BY trial_id, step"
    else:
        return
    for trial, step, value, value_type in db.execute(find):
        plain = value if type(value) is float and value_type == "FINITE" else _ODD.get(str(value_type), number(value))
        at = step if type(step) is int else number(step)
        if trial in trials and plain is not None and at is not None:
            trials[trial].reports.append((at, plain))


OPTUNA_SQLITE = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
