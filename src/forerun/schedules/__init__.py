"""Schedules, one file a form: the value of a learning rate (or of anything scheduled) at t.

A `Schedule` is data; its form (`Form`) has its parameters and the formula, and ``plan.lr(t)`` is its value. Schedules
compose into schedules: ``stable.then(cooldown)``, ``plan.scale(0.5)``, ``plan.sample(every=100)``,
``plan.rebase(at=500)``. `forerun.schedules.path` reads any of them as the one learning-rate path: rate, area, falls.
"""

from forerun.core.form import SCHEDULES, Form
from forerun.schedules.evaluate import end, value, value_held

__all__ = ["SCHEDULES", "Form", "end", "value", "value_held"]
