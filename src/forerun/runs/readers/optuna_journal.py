"""Optuna's journal storage: one JSON object a line, an operation on a study or a trial each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage, Direction, UnreadableLog
from forerun.runs.growth import text_of, whole_lines
from forerun.runs.log import Log
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.optuna_sqlite import setting
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines
from forerun.runs.readers.trials import Search, Trial, logs_of_search, objectives

CARD = Card(
    name="optuna_journal",
    does="Reads Optuna's journal file: trials that reported are runs, else the study is one run over its trials.",
    source="optuna 3.1 to 5, storages/journal/_storage.py: JournalOperation",
    assumes="What a trial reports is its first objective.",
    needs="One trial with a value or a report.",
    promises="Values equal Optuna's own study.trials. A line that is no operation costs that line and is counted.",
    known_answer="Optuna's own study.trials.",
    control="JSON lines without op_code and worker_id are left to the jsonl reader.",
)
_CREATE, _DELETE, _SYSTEM, _TRIAL, _PARAM, _STATE, _REPORT = 0, 1, 3, 4, 5, 6, 7
_STATES = {0: "RUNNING", 1: "COMPLETE", 2: "PRUNED", 3: "FAIL", 4: "WAITING"}
_DIRECTIONS: dict[int, Direction] = {1: "min", 2: "max"}


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head)
    return 0.95 if sum('"op_code"' in line and '"worker_id"' in line for line in shown) * 2 > len(shown) else 0.0


@dataclass
class _Journal:
    """The studies as the operations so far left them; both kinds of id count creations."""

    studies: dict[int, Search] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    created: int = 0

    def apply(self, operation: Mapping[str, Any]) -> None:
        """Raises KeyError, IndexError, TypeError or ValueError for what is no operation on what is there."""
        match operation["op_code"]:
            case code if code == _CREATE:
                self._study(operation)
            case code if code == _DELETE:
                del self.studies[int(operation["study_id"])]
            case code if code == _SYSTEM:
                self._named(self.studies[int(operation["study_id"])], operation)
            case code if code == _TRIAL:
                self._trial(operation)
            case code if code in (_PARAM, _STATE, _REPORT):
                self._report(self.trials[int(operation["trial_id"])], operation)
            case _:
                pass

    def _study(self, operation: Mapping[str, Any]) -> None:
        ways: list[Direction | None] = [_DIRECTIONS.get(way) for way in operation["directions"]]
        self.studies[self.created] = Search(str(operation["study_name"]), objectives(len(ways)), ways)
        self.created += 1

    def _named(self, study: Search, operation: Mapping[str, Any]) -> None:
        names = operation["system_attr"].get("study:metric_names")
        if isinstance(names, list):
            study.names = objectives(len(study.directions), [str(name) for name in names])

    def _trial(self, operation: Mapping[str, Any]) -> None:
        study = self.studies.get(int(operation["study_id"]))
        trial = Trial(len(study.trials) if study else 0, _STATES.get(operation.get("state", 0), ""))
        self.trials.append(trial)
        if study is not None:
            study.trials.append(trial)
        kinds = operation.get("distributions") or {}
        trial.params = {str(k): setting(v, kinds.get(k)) for k, v in (operation.get("params") or {}).items()}
        trial.values = _values(operation)
        reports = (operation.get("intermediate_values") or {}).items()
        trial.reports = [(float(step), float(value)) for step, value in reports]

    def _report(self, trial: Trial, operation: Mapping[str, Any]) -> None:
        if operation["op_code"] == _PARAM:
            value = setting(operation["param_value_internal"], operation["distribution"])
            trial.params[str(operation["param_name"])] = value
        elif operation["op_code"] == _REPORT:
            trial.reports.append((float(operation["step"]), float(operation["intermediate_value"])))
        else:
            trial.state = _STATES.get(operation["state"], "")
            trial.values = _values(operation) or trial.values
            trial.ended = moment(str(operation.get("datetime_complete")))


def _values(operation: Mapping[str, Any]) -> list[float | None]:
    several = operation.get("values")
    values = [operation.get("value")] if several is None else several
    return [] if values == [None] else [number(value) for value in values]


def _logs(path: Path, half: bool) -> Iterator[Log]:
    journal = _Journal()
    damage: list[Damage] = []
    for i, line in enumerate(text_of(path, half).split("\n"), 1):
        if line.strip():
            try:
                journal.apply(json.loads(line))
            except (
                ValueError,
                KeyError,
                IndexError,
                TypeError,
                AttributeError,
                OverflowError,
                RecursionError,
            ) as error:
                damage.append(Damage(path.name, f"line {i}", f"no operation of Optuna: {str(error)[:80]}", 1))
    logs = [log for study in journal.studies.values() for log in logs_of_search(study, CARD.name)]
    if not logs:
        raise UnreadableLog("no trial in it has a value", where=path.name)
    logs[0].damage = damage
    yield from logs


OPTUNA_JOURNAL = Reader(card=CARD, sniff=sniff, follow=whole_lines(_logs))
