"""Schedules, one file a form: the value of a learning rate (or of anything scheduled) at t.

A `Schedule` is data; its form (`Form`) holds the formula. Schedules compose: ``stable.then(cooldown)`` and
``plan.scale(0.5)`` are schedules too. `forerun.schedules.path` reads any of them as the one learning-rate path: rate,
area, falls.
"""

from forerun.schedules.evaluate import SCHEDULES, end, value, value_held
from forerun.schedules.form import Form

__all__ = ["SCHEDULES", "Form", "end", "value", "value_held"]
