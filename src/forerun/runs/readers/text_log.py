"""Text logs: what a training prints, read by the style it is printed in.

Styles are profiles (`forerun.runs.readers.profiles`) or lines that ``forerun.toml`` describes. A file is of the style
that most of its first lines are in; lines of no style are prose, and passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from forerun.core import Card, UnreadableLog
from forerun.core.axes import axis_of
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records
from forerun.runs.readers.profiles import PROFILES, Numbers, Profile
from forerun.runs.readers.template import template
from forerun.runs.readers.text import encoding, head_of, suffix_of

CARD = Card(
    name="text",
    does="Reads what nanoGPT, modded-nanogpt, llm.c, Megatron, Hugging Face and boosting print, and key: value lines.",
    source="the projects' own print statements; further styles by [[profile]] in forerun.toml",
    assumes="A line says where it stands. Steps that begin again once the planned end was reached are a further run.",
    needs="Three lines of one style, or two that are all there is.",
    promises="Lines of no style are passed over. A traceback that nothing follows means the run has crashed.",
    known_answer="Recorded logs of five projects against the tidy tables made of them.",
    control="Prose, source code and tables are left alone.",
)
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_TRACEBACK = "Traceback (most recent call last)"
HEAD = 1 << 16  # bytes that mostly tell the style
_LOOK = 1 << 20  # bytes in which a style is looked for, as some trainings print long settings first
_NAMES = (".log", ".txt", ".out", ".err", "")
_SOURCE = frozenset(".py .md .rst .json .jsonl .csv .tsv .yaml .yml .toml .html .ipynb .c .h .cu .cpp .sh".split())
_DENSE = 0.5  # least share of the lines with a key and a number that are of the generic style


class TextReader:
    """The reader of text logs, with the styles it knows."""

    CARD = CARD

    def __init__(self, profiles: Sequence[Profile] = ()) -> None:
        self._own = tuple(profiles)
        self._profiles = (*self._own, *PROFILES)

    def sniff(self, path: Path, head: bytes) -> float:
        if suffix_of(path) in _SOURCE or encoding(head) is None or head.startswith((b'{"', b"{\n", b"[{")):
            return 0.0
        profile = self._style(path, head)
        if profile is None:
            return 0.0
        return 0.96 if profile in self._own else 0.75 if profile.name != "generic" else 0.55

    def _style(self, path: Path, head: bytes) -> Profile | None:
        """The style of a file by its start; where that holds only settings, by more of it."""
        shown = _plain(_cut(head))
        found = self._known(shown) or _generic_if_most(shown)
        if found is None and len(head) >= HEAD and suffix_of(path) in _NAMES:
            found = self._known(_plain(_cut(head_of(path, _LOOK))))
        return found

    def _known(self, shown: list[str]) -> Profile | None:
        """The described style that any line is in, else that of a known training that enough of them are in."""
        counts = {p: sum(p.needle in line and p.read(line) is not None for line in shown) for p in self._profiles[:-1]}
        own = max(self._own, key=lambda p: counts[p], default=None)
        if own is not None and counts[own]:
            return own
        best = max(PROFILES[:-1], key=lambda p: counts[p])
        return best if counts[best] >= _enough(shown) else None

    def follow(self, path: Path, state: State) -> Iterator[Step]:
        profile = self._style(path, head_of(path, HEAD))
        if profile is None:
            raise UnreadableLog(
                "no style of line known here; describe one in forerun.toml as [[profile]]", where=path.name
            )
        anew = bool(state) and state.get("profile") != profile.name
        if anew:
            state = {}
        at = _At(**state["at"]) if state else _At()
        for block in lines(path, state):
            if block.fresh:
                at = _At()
            logs = _read(block.lines, profile, at)
            logs[-1].damage += block.damage
            kept = block.state | {"profile": profile.name, "at": asdict(at)}
            further = replace(at)
            pending = [log for log in _read(block.rest, profile, further) if log.n or log.end or log.config]
            if further.failed:
                pending.append(Log(CARD.name, id=further.id, end="crashed"))
            yield Step(kept, logs, pending, block.fresh or anew)
            anew = False


@dataclass
class _At:
    """Where reading stands: in which run, where on its axes, its planned end, and whether behind a traceback."""

    run: int = 0
    place: Numbers = field(default_factory=dict)
    horizon: float = math.inf
    failed: bool = False

    @property
    def id(self) -> str:
        return f"#{self.run}" if self.run else ""


def _enough(shown: list[str]) -> int:
    return min(3, max(2, len(shown)))


def _generic_if_most(shown: list[str]) -> Profile | None:
    """The style of lines of keys and values, which is taken only when most lines with numbers are in it."""
    generic = PROFILES[-1]
    count = sum(generic.read(line) is not None for line in shown)
    numbered = sum(any(character.isdigit() for character in line) for line in shown)
    return generic if count >= max(_enough(shown), _DENSE * numbered) else None


def _cut(data: bytes) -> list[str]:
    return data.decode(encoding(data[:65536]) or "utf-8", errors="replace").replace("\r", "\n").split("\n")


def _plain(found: list[str]) -> list[str]:
    return [line for raw in found if (line := _plain_line(raw)).strip()]


def _plain_line(line: str) -> str:
    return _ANSI.sub("", line) if "\x1b" in line else line


def _read(found: list[str], profile: Profile, at: _At) -> list[Log]:
    """The records of the lines, one Log a run; ``at`` moves on.

    A line that does not say where it stands, stands where the line before it does.
    """
    points: list[Numbers] = []
    words = Log(CARD.name, id=at.id)
    logs: list[Log] = []
    for raw in found:
        line = _plain_line(raw)
        told = profile.read(line) if profile.needle in line else None
        if told is None:
            at.failed = at.failed or _TRACEBACK in line
            continue
        if told.get("step", math.inf) <= 1 and at.place.get("step", -1.0) >= at.horizon:
            logs.append(_log(points, words))
            at.run, at.place, at.horizon = at.run + 1, {}, math.inf
            points, words = [], Log(CARD.name, id=at.id)
        point = _point(told, words)
        axes = {name: value for name, value in point.items() if axis_of(name)}
        at.place, at.failed = axes or at.place, False
        at.horizon = told.get("horizon/step", at.horizon)
        if point:
            points.append(point if axes else at.place | point)
    return [*logs, _log(points, words)]


def _log(points: list[Numbers], words: Log) -> Log:
    numbers = log_of_records(points, format=CARD.name)
    return replace(words, n=numbers.n, axes=numbers.axes, series=numbers.series)


def _point(told: Numbers, words: Log) -> Numbers:
    """A line's axes and metrics; what it says beside them goes to the words."""
    point: Numbers = {}
    for name, value in told.items():
        if name.startswith("horizon/") and value > 1:
            words.horizon[name.removeprefix("horizon/")] = value
        elif name.startswith("config/"):
            words.config[name.removeprefix("config/")] = value
        elif name == "end":
            words.end = "finished"
        elif not name.startswith("horizon/"):
            point[name] = value
    return point


def with_profiles(lines_of: Sequence[tuple[str, str]]) -> TextReader:
    """A reader that knows further styles: pairs of a name and the description of a line."""
    own = [Profile(name, "", template(line).match) for name, line in lines_of]
    return TextReader(own)


_PLAIN = TextReader()
sniff, follow = _PLAIN.sniff, _PLAIN.follow
