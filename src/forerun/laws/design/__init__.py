"""Schedules designed against the loss that a law foretells, and weighed beside one another.

`constraints` is what a design keeps to, `optimum` the search, `alternatives` what people take under the same
constraints, `weighing` what a law says of each and of their differences, `along` what it says on the way, `design` all
of it; `gain` what a run would gain by another rate, before a law can be fitted to it; `nodes` is how laws are shown a
schedule.
"""

from forerun.laws.design.along import LossPath, along
from forerun.laws.design.alternatives import ALTERNATIVES
from forerun.laws.design.constraints import Constraints
from forerun.laws.design.design import DESIGNED, Design, design
from forerun.laws.design.gain import RateGain, rate_gain
from forerun.laws.design.optimum import optimum
from forerun.laws.design.weighing import Candidate, Ending, ending, weigh

__all__ = [
    "ALTERNATIVES", "DESIGNED", "Candidate", "Constraints", "Design", "Ending", "LossPath", "RateGain", "along",
    "design", "ending", "optimum", "rate_gain", "weigh",
]  # fmt: skip
