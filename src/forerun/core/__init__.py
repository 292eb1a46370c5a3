"""The nouns, their axes and metrics, errors and JSON codec. Numpy only; nothing here fits, plots or reads files."""

from forerun.core.answer import Answer
from forerun.core.answers import Answers
from forerun.core.card import Card
from forerun.core.curve import Curve, Direction, part, until
from forerun.core.decision import Action, Budget, Decision, Range, RateChange
from forerun.core.diagnosis import Diagnosis
from forerun.core.errors import (
    BadInput,
    BrokenPlugin,
    DamagedWeights,
    ForerunError,
    MissingExtra,
    NothingToRead,
    StoreError,
    UnknownName,
    UnreadableLog,
)
from forerun.core.family import Family
from forerun.core.finding import Finding
from forerun.core.forecast import LEVELS, SCORED_LEVELS, SHOWN_LEVELS, Forecast
from forerun.core.frozen import Array, FrozenMap
from forerun.core.run import Damage, Event, Lineage, Run, Runs, Skipped, Status
from forerun.core.run_answers import RunDecision, RunFindings, RunForecast
from forerun.core.schedule import Schedule
from forerun.core.settings import Settings
from forerun.core.table import Table
from forerun.core.undecided import Undecided

__all__ = [
    "LEVELS",
    "SCORED_LEVELS",
    "SHOWN_LEVELS",
    "Action",
    "Answer",
    "Answers",
    "Array",
    "BadInput",
    "BrokenPlugin",
    "Budget",
    "Card",
    "Curve",
    "Damage",
    "DamagedWeights",
    "Decision",
    "Diagnosis",
    "Direction",
    "Event",
    "Family",
    "Finding",
    "Forecast",
    "ForerunError",
    "FrozenMap",
    "Lineage",
    "MissingExtra",
    "NothingToRead",
    "Range",
    "RateChange",
    "Run",
    "RunDecision",
    "RunFindings",
    "RunForecast",
    "Runs",
    "Schedule",
    "Settings",
    "Skipped",
    "Status",
    "StoreError",
    "Table",
    "Undecided",
    "UnknownName",
    "UnreadableLog",
    "part",
    "until",
]  # fmt: skip
