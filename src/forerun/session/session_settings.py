"""What a session is made with, as a value: who looks at runs in another process goes by it, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forerun.core import Budget
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.run_forecasts.batch import METHOD
from forerun.session.session import Session


@dataclass(frozen=True)
class SessionSettings:
    """How runs are looked at; arguments as of `Session`.

    Example:
        >>> SessionSettings(method="power_law").session().budget is None
        True
    """

    detector: Sequence[str] = ()
    method: str = METHOD
    policy: str = "auto"
    metric: str | None = None
    target: float | None = None
    cost_per_hour: float | None = None
    alone: bool = False
    calibration: Calibration | None = None
    budget: Budget | None = None

    def session(self) -> Session:
        """A session of these settings, which looks when it is told to.

        Raises:
            UnknownName: no such detector or policy.
            BadInput: a budget for a policy that heeds none.
        """
        return Session(
            detector=self.detector, method=self.method, policy=self.policy, metric=self.metric, target=self.target,
            cost_per_hour=self.cost_per_hour, alone=self.alone, calibration=self.calibration, budget=self.budget,
            renew=None,
        )  # fmt: skip
