"""What a loop holds of its watcher: to log is to append, to time a part is to look at a clock twice."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter, time
from typing import Any, TypeVar

from forerun.core import Answer, BadInput, Decision, Finding, Run, RunForecast, Undecided
from forerun.session import Session
from forerun.watcher.acting import Acting, Handler
from forerun.watcher.failures import Failures
from forerun.watcher.keeping import End, WatchedPlace
from forerun.watcher.records import FORMAT, Buffer, LoopRecord
from forerun.watcher.sight import RunSight
from forerun.watcher.stopwatch import Stopwatch, TimedPart
from forerun.watcher.worker import Worker, WorkerSetup

T = TypeVar("T")
_BEGUN: set[Watcher] = set()
"""Those with a thread: they are to be closed at the end, and told of a fork."""


class Watcher:
    """Watches a training from inside its loop.

    Nothing it does raises into the loop, blocks it or writes to disk in it: what fails is a finding of the run. All but
    an append happens on a thread of its own, which begins with the first record. It may be copied and pickled before
    that; the process that logs first is the one that is watched, and a copy that is forked after it does nothing.

    Args:
        store: where runs are kept (`forerun advise STORE` and the others read it); None keeps nothing.
        run: the run's id.
        horizon: the planned end on the axis.
        config: settings, as a log would hold them.
        axis: what x counts.
        session: makes what says it, with detectors, method, policy, metric and target of its own; default `Session`.
        allow: what the training may be told to do: of ``"stop"``, ``"cooldown"``, ``"change lr"``, ``"roll back"``.
        handlers: what does it, by action; each is handed the `Order`, in the loop's thread, in the midst of `log`.
            ``"stop"`` needs none: ask ``should_stop``.
        dry: orders are noted in the journal and not done; to act takes ``dry=False``.
        follow: advice of the session's policy is an order too; else only those given from outside are.
        sync: what waits for a device (``torch.cuda.synchronize``), where parts of a step are to be timed there.
        clock: seconds, by which parts of a step are timed; ``time.thread_time`` counts the loop's own work alone, on a
            processor that others use too.
        every: seconds between two looks, at least.
        room: records that wait for a look, at most; further ones are dropped and counted.

    Raises:
        UnknownName, BadInput: something is allowed that cannot be done, or without a store in which it is noted.

    Example:
        >>> watcher = Watcher(None, "mlp", horizon=100)
        >>> for step in range(1, 100):
        ...     with watcher.part("forward"):
        ...         loss = 1.0 + 2.0 / step
        ...     watcher.log(step, {"loss": loss if step < 90 else float("nan")})
        >>> watcher.close()
        True
        >>> [finding.message for finding in watcher.findings], watcher.decision.action
        (['loss is nan at step 90 and has not come back'], 'stop')
    """

    def __init__(
        self,
        store: str | Path | None,
        run: str,
        *,
        horizon: float | None = None,
        config: Mapping[str, Any] | None = None,
        axis: str = "step",
        session: Callable[[], Session] = Session,
        allow: Collection[str] = (),
        handlers: Mapping[str, Handler] | None = None,
        dry: bool = True,
        follow: bool = False,
        sync: Callable[[], object] | None = None,
        clock: Callable[[], float] = perf_counter,
        every: float = 1.0,
        room: int = 65_536,
    ) -> None:
        if allow and store is None:
            raise BadInput("to act takes a store, in whose journal it is noted", where="allow")
        self._settings: dict[str, Any] = {name: value for name, value in locals().items() if name != "self"}
        ends = {} if horizon is None else {axis: float(horizon)}
        begun = Run(run, {}, FORMAT, config=dict(config or {}), horizon=ends)
        place = WatchedPlace(None if store is None else Path(store).absolute(), begun, axis)
        self._acting = Acting(tuple(allow), dict(handlers or {}), dry)
        self._failures, self._buffer = Failures(axis), Buffer(room)
        self._watch = Stopwatch(sync, clock)
        self._worker: Worker | None = None
        self._setup = WorkerSetup(place, session, self._buffer, self._acting, self._failures, follow, every)
        self._last, self._closed = 0.0, False

    def log(self, x: float, metrics: Mapping[str, Any]) -> None:
        """Take what the training logs at x; a tensor of one number is one. Where an order waits, it is done here."""
        try:
            spent = self._watch.taken()
            if self._watch.failed is not None:
                self._failures.note("sync", self._watch.failed, self._last)
                self._watch.failed = None
            self._buffer.put(LoopRecord(float(x), time(), {name: float(metrics[name]) for name in metrics}, spent))
            self._last = x
            if self._worker is None:
                self._begin()
        except Exception as error:  # whatever was logged, the loop is to go on
            self._failures.note("log", error, self._last)
        self.act()

    def act(self) -> None:
        """Do the order that waits, here and now; `log` does it too. For loops that log less often than they step."""
        if self._acting.waiting is not None:
            self._acting.do()

    def part(self, name: str) -> TimedPart:
        """What times a part of the step: ``with watcher.part("forward"): ...``.

        Parts named data, forward, backward and optimizer are held to what they usually take beside each other.
        """
        return self._watch.part(name)

    def waits(self, over: Iterable[T], name: str = "data") -> Generator[T]:
        """The same items, the wait for each timed as a part of the step: ``for batch in watcher.waits(loader)``."""
        return self._watch.waits(name, over)

    def lap(self, name: str) -> None:
        """The time since the last lap is that of a part of the step; the first call begins the first."""
        self._watch.lap(name)

    def took(self, name: str, seconds: float) -> None:
        """Add seconds that were measured elsewhere to a part of the step."""
        self._watch.add(name, seconds)

    def expect(self, horizon: float | None) -> None:
        """Set the planned end where none was given; once anything was logged, it does nothing."""
        place = self._setup.place
        if horizon is not None and 0 < horizon < float("inf") and not place.run.horizon and self._worker is None:
            run = replace(place.run, horizon={place.axis: float(horizon)})
            self._setup = replace(self._setup, place=replace(place, run=run))

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What does orders, as it was given."""
        return self._settings["handlers"] or {}

    @property
    def should_stop(self) -> bool:
        """Whether the training was told to stop, and its owner allows that."""
        return self._acting.should_stop

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found by the last look: in the run, of slow parts of its steps, of what failed in watching."""
        return self._failures.findings() if self._worker is None else self._worker.findings

    @property
    def forecast(self) -> RunForecast | None:
        """The last forecast; None before there is one."""
        return self._sight.forecast

    @property
    def decision(self) -> Decision | Undecided | None:
        """The last advice; None before there is any."""
        return self._sight.decision

    @property
    def step_times(self) -> Answer | Undecided:
        """Where the time of a step goes."""
        return Undecided("nothing was logged", "records") if self._worker is None else self._worker.times.answer()

    def close(self, *, crashed: bool = False, seconds: float = 30.0) -> bool:
        """Look at what is left, say how the run ended, and end; again, it does nothing.

        Args:
            crashed: whether it did.
            seconds: to wait, at most.

        Returns:
            Whether all was looked at in that time.
        """
        if self._closed or self._worker is None:
            return True
        self._silence()
        return self._worker.close(self._end(crashed), seconds)

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(crashed=kind is not None and issubclass(kind, Exception))

    def __getstate__(self) -> dict[str, Any]:
        return self._settings

    def __setstate__(self, settings: dict[str, Any]) -> None:
        store, run = settings["store"], settings["run"]
        more = {name: value for name, value in settings.items() if name not in ("store", "run")}
        Watcher.__init__(self, store, run, **more)

    @property
    def _sight(self) -> RunSight:
        return RunSight() if self._worker is None else self._worker.sight

    def _begin(self) -> None:
        if not self._closed:
            _BEGUN.add(self)
            self._worker = Worker(self._setup)
            self._worker.thread.start()

    def _end(self, crashed: bool) -> End:
        """As it is said in the store: only what came to its planned end is finished."""
        planned = self._setup.place.run.horizon.get(self._setup.place.axis)
        if crashed:
            return "crashed"
        return "finished" if planned is None or self._last >= planned - 1 else ""

    def _silence(self) -> None:
        _BEGUN.discard(self)
        self._closed, self._buffer.room = True, 0


def _close_all() -> None:
    for watcher in list(_BEGUN):
        watcher.close()


def _silence_all() -> None:
    """In a copy of the process: the threads are the other's, and so is what they write to."""
    for watcher in list(_BEGUN):
        watcher._silence()  # pyright: ignore[reportPrivateUsage]


atexit.register(_close_all)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_silence_all)
