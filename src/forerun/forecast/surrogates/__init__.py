"""Surrogates, one file each: where a run would end, by its settings and those of past runs, before its first point."""

from forerun.core import Family
from forerun.forecast.surrogates.surrogate import Surrogate

SURROGATES: Family[Surrogate] = Family(
    kind="surrogate",
    table={"from_config": "forerun.forecast.surrogates.from_config:FROM_CONFIG"},
    group="forerun.surrogates",
    of=Surrogate,
)
