"""What the numbers of a line mean, found out once for all lines that differ only in their numbers.

``plan_of`` reads a skeleton and an example of its numbers and gives a `Plan`: which number is a place (on the axis
step, epoch, ...), which the planned end of one, which the value of which metric. It looks at one line only; where a
line that does not say so stands is the business of `forerun.runs.readers.places`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from forerun.core.metrics import meaning
from forerun.runs.readers.naming import (
    Naming,
    axis,
    before_place,
    is_split,
    measures,
    metric,
    naming,
    split_in,
    tidied,
    under,
    without_split,
)
from forerun.runs.readers.tokens import moment, thousands, value, whole

LOCAL, BAR, LEADING, PLAIN, GLOBAL = 0, 1, 2, 3, 4
"""How a step was named: ``[i/n]`` or a batch of an epoch, a progress bar, a bare number at the line's start, a step,
and one that is said to be the run's."""
_RENAMED = {"tel": "val_loss", "trl": "train_loss"}  # llm.c
_ELAPSED = ("train_time", "elapsed", "elapsed time", "elapsed_time", "time elapsed")
_SECONDS = {"ms": 1e-3, "s": 1.0}
_UNIT = re.compile(r"(?:ms|s)(?!\w)")
_MOST_WORDS = 8  # of text a number in a line that does not say where it stands; beyond that it is prose
_HEADING = 6  # words of a line that only says a place; beyond that it tells of something else
_ASIDE = re.compile(r"\b(?:best|sav(?:ed|ing)|load|checkpoint|early|stopp|improved|resum)", re.IGNORECASE)
_CODE = re.compile(
    r"^\s?(?:(?:def|class|import|return|assert|print|raise|self)\b|(?:if|elif|for|while|with|except)\b.*:$)"
    r"|^\s?(?:# |//|/\*|@|\$ |>>>)"
    r"|\bNamespace\(|self\.|\btorch\.|\w ?== ?\w|\+= |: (?:int|float|str|bool) =|\bprint\(|\bf['\"]|&&|\);$|\bpip |\\n"
)
_LOGGED = re.compile(r"(?:[:.][\w.<>]{1,40})?[\])]{0,2}:? ?-? ?\[?(?:INFO|DEBUG|WARN|WARNING|ERROR)\b")
_JOINED = re.compile(r"^[\s\[\](),:|/#.–-]*$")
_WORD = re.compile(r"[A-Za-z]{2,40}")
_POSTFIX = re.compile(r"^ ([A-Za-z][\w/ ]{0,30}?) ?(?=[,;|)]|$)")
_GLUED_PLACE = re.compile(r"^(epoch|batch|iter|step)s?(?![\w/])")
_PER_EPOCH = re.compile(r"\b(?:TRAIN|CV)\b.* Batch $")  # WeNet: Batch epoch/batch


@dataclass
class Plan:
    """The roles of a line's numbers, by their index; -1 for none.

    Args:
        stamp: a date and time.
        epoch, epoch_end: the epoch and how many there will be.
        step, step_end, kind: the step, its end, and how it was named.
        counters: further axes; ``counter_end`` the end of the last of them.
        metrics: index and name of each metric; ``kept`` those that are recorded: all beside one that measures
            quality, else rates and norms.
        ratios: of metrics that are printed as right/total, the index of the total and whether it is a percentage.
        split: what the line says of the data it is about.
        measures: it holds a metric that measures quality.
        samples: its steps count samples of the epoch.
        keras: a bar that ends with the epoch, whose values only then hold.
        places: it says where it stands; ``plain`` that this is a step and nothing else.
        ends: it tells of the run's end.
        sticky: a bar, which prints a metric's last value until there is a new one.
        seconds: index and unit of the time since the start.
    """

    stamp: int = -1
    epoch: int = -1
    epoch_end: int = -1
    step: int = -1
    step_end: int = -1
    kind: int = LOCAL
    counters: list[tuple[str, int]] = field(default_factory=list)
    counter_end: int = -1
    metrics: list[tuple[int, str]] = field(default_factory=list)
    kept: list[tuple[int, str]] = field(default_factory=list)
    ratios: dict[int, tuple[int, bool]] = field(default_factory=dict)
    split: str | None = None
    measures: bool = False
    samples: bool = False
    keras: bool = False
    ends: bool = False
    sticky: bool = False
    seconds: tuple[int, float] | None = None
    places: bool = False
    plain: bool = False

    @property
    def standing(self) -> bool:
        return self.epoch >= 0 or self.step >= 0 or bool(self.counters)


def plan_of(pieces: Sequence[str], tokens: Sequence[str]) -> Plan | None:
    """The plan of a line; None when its numbers say nothing that could be recorded.

    Args:
        pieces: the text before, between and after the numbers.
        tokens: the numbers, one fewer.
    """
    if _CODE.search("0".join(pieces)):
        return None
    reading = _Reading(pieces, tokens)
    for k in range(len(tokens)):
        reading.take(k)
    return reading.finished()


class _Reading:
    """One line being read from left to right."""

    def __init__(self, pieces: Sequence[str], tokens: Sequence[str]) -> None:
        self.pieces, self.tokens = pieces, tokens
        self.plan = Plan()
        self.names: list[tuple[int, str, str | None, str | None]] = []  # index, name, split of heads, of names
        self.leading: list[int] = []
        self.bar = -1
        self.bar_split: str | None = None
        self.step_first = False
        self.split: str | None = None
        self.own_split: str | None = None
        self.listed = ("", -1, 0)  # the list being printed: its name, index of its latest item, items so far
        self.text = 0
        self.dated = 0  # dates and times that the line begins with
        self.passing = False  # a place is named beside something else, as in: saved a checkpoint at step 10
        self.of_place = ""  # what was measured at the place just named: Cost after iteration 100: 0.5

    def take(self, k: int) -> None:
        plan, piece, token = self.plan, self.pieces[k], self.tokens[k]
        if ":" in token or (token[0].isdigit() and ("/" in token or token.count("-") == 2)):
            if plan.stamp < 0 and moment(token) is not None:
                plan.stamp = k
            self.dated += k == self.dated
            return
        if piece.strip() in ("/", "of", "out of") and self._ended(k):
            return
        read = naming(piece, behind_number=k > 0)
        self._context(read)
        if self.pieces[k + 1].startswith("%") and k + 1 < len(self.tokens) and self._has_end(k + 1):
            self.split = split_in(read.name) or self.split  # a bar's percentage
            plan.sticky = True
        elif read.name:
            self._named(k, piece, read)
        else:
            self._unnamed(k, piece)

    def _number(self, k: int) -> float | None:
        return value(self.tokens[k])

    def _ended(self, k: int) -> bool:
        """Whether the number is the end of the place, or the total of the metric, before it."""
        plan, before = self.plan, k - 1
        if before == plan.epoch and plan.step != k:
            plan.epoch_end = k
        elif before == plan.step:
            plan.step_end = k
        elif plan.counters and before == plan.counters[-1][1]:
            plan.counter_end = k
        elif self.names and before == self.names[-1][0]:
            percent = self.pieces[k + 1].startswith(" (") and k + 2 < len(self.pieces)
            plan.ratios[before] = (k, percent and self.pieces[k + 2].startswith("%"))
        return True

    def _context(self, read: Naming) -> None:
        self.text += len(read.heads.split()) + len(read.name.split())
        self.split = split_in(read.heads) or self.split
        self.own_split = split_in(read.name) or self.own_split

    def _unnamed(self, k: int, piece: str) -> None:
        plan, after, number = self.plan, self.pieces[k + 1], self._number(k)
        glued = _GLUED_PLACE.match(after)
        if glued and whole(number):
            self._place(k, axis(glued[1]) or ("step", 0))
        elif self.of_place and piece.strip(" :=)") in ("", "is", "was") and number is not None:
            self.names.append((k, self.of_place, self.split, None))
            self.of_place = ""
        elif not whole(number):
            self._item(k, piece) or self._behind(k, after)
        elif plan.step < 0 and self._follows_epoch(k, piece) and (self._has_end(k) or any(c in piece for c in "[,|")):
            plan.step, plan.kind = k, LOCAL
        elif self._has_end(k) and k == self.bar + 2 and self.bar >= 0 and not self.names and _JOINED.match(piece):
            plan.epoch, plan.epoch_end, plan.step, plan.kind, self.bar = self.bar, self.bar + 1, k, LOCAL, -1
        elif self._has_end(k) and self.bar < 0 and self._begins_bar(piece):
            self._bar(k)
        elif after.startswith("%"):
            return
        elif self._starts(k, piece):
            if not (after.startswith(") ") or self.tokens[k].endswith(".")):  # of a numbered list
                self.leading.append(k)
        else:
            self._item(k, piece) or self._behind(k, after)

    def _has_end(self, k: int) -> bool:
        return self.pieces[k + 1].strip() == "/" and k + 1 < len(self.tokens)

    def _begins_bar(self, piece: str) -> bool:
        return piece.startswith("%") or piece.strip() == "[" or (not self.names and bool(_JOINED.match(piece)))

    def _bar(self, k: int) -> None:
        self.bar, self.bar_split = k, self.split

    def _follows_epoch(self, k: int, piece: str) -> bool:
        last = max(self.plan.epoch, self.plan.epoch_end)
        behind = piece if k - 1 == last else ""
        if k >= 2 and self.pieces[k - 1 + 1].startswith("%") and k - 2 == last:  # a bar's percentage stands between
            behind = piece[1:] or " "
        return last >= 0 and bool(behind) and bool(_JOINED.match(behind))

    def _starts(self, k: int, piece: str) -> bool:
        """Whether the number stands at the line's start, alone or behind others that do."""
        begins = k == self.dated and not self.names and not self.plan.standing
        if begins and not without_split(piece).strip(" [](){}|#*:-") and not self.leading:
            return True
        return bool(self.leading) and self.leading[-1] == k - 1 and len(self.leading) < 3 and bool(_JOINED.match(piece))

    def _item(self, k: int, piece: str) -> bool:
        """A further number of a list: a metric of its own, except for rates, which are alike."""
        name, latest, count = self.listed
        if latest != k - 1 or count == 0 or piece.strip(" ()") not in (",", ""):
            return False
        self.listed = (name, k, count + 1)
        if meaning(name).kind != "rate":
            if count == 1:
                index, whole_name, *rest = self.names[-1]
                self.names[-1] = (index, f"{whole_name}/0", *rest)  # type: ignore[assignment]
            self.names.append((k, f"{name}/{count}", self.split, self.own_split))
        return True

    def _behind(self, k: int, after: str) -> bool:
        """A name that stands behind its number, as in ``0.5 avg loss,``; the number before the average is the value."""
        found = _POSTFIX.match(after)
        if not found or not metric(found[1]) or not measures(found[1]):
            return False
        name = found[1]
        if name.startswith("avg ") and k > 0 and self.pieces[k] == ", ":
            self.names.append((k - 1, f"batch {name.removeprefix('avg ')}", self.split, self.own_split))
        self.names.append((k, name, self.split, self.own_split))
        return True

    def _named(self, k: int, piece: str, read: Naming) -> None:
        place, number, after = axis(read.name), self._number(k), self.pieces[k + 1]
        if piece.endswith(" Batch ") and after == "/" and _PER_EPOCH.search("0".join(self.pieces[: k + 1])):
            self.plan.epoch, self.plan.step, self.plan.kind = k, k + 1, LOCAL
            self.split = "val" if "CV" in "".join(self.pieces[: k + 1]) else "train"
            return
        if "(" in read.tail and after.startswith(("):", ")=", ") :", ") =")):
            self.of_place = read.name  # Average score (100): 12.5
            return
        if read.tail.endswith("#") and place is None:
            self.split = split_in(read.name) or self.split  # Test net output #0: accuracy = 0.5
            return
        if place and place[0] == "step" and read.name[-1:] == "s" and "episode" in dict(self.plan.counters):
            return  # how many steps an episode had
        if after == "-" or _LOGGED.match(after):  # 1-50batch; trainer.py:96) INFO
            self.split = split_in(read.name) or self.split
            return
        if place and any("best" in name.lower() for _, name, *_ in self.names):
            return
        if place and number is not None and number >= 0 and not (place[0] != "epoch" and not whole(number)):
            self.split = split_in(read.paren) or split_in(read.name) or self.split
            self._place(k, place)
            self.of_place = before_place(read.name)
            setting = read.name[-1:] == "s" and read.tail.strip() in (":", "=") and not self._has_end(k)
            aside = self.of_place or _ASIDE.search(piece) or setting
            self.passing = self.passing or bool(aside)
        elif is_split(read.name) and whole(number) and "[" in self.pieces[k + 1] and self.plan.epoch < 0:
            self.split = split_in(read.name)
            self.plan.epoch = k  # timm: Train: 0 [ 250/1251 ...]
        elif is_split(read.name) and self._has_end(k) and whole(number):
            self.split = split_in(read.name)
            self._bar(k)  # Test: [ 0/98]
        elif place is None and metric(read.name):
            self.split = split_in(read.paren) or self.split
            if number is None or (thousands(self.tokens[k]) and measures(read.name)):
                return  # 2,345 is either; not a number to be guessed at
            listed = "[" in read.tail and self.pieces[k + 1].strip(" ()") == ","
            self.listed = (read.name, k, 1) if listed else ("", -1, 0)
            self.names.append((k, read.name, self.split, self.own_split))

    def _place(self, k: int, place: tuple[str, int]) -> None:
        plan, (name, sure) = self.plan, place
        if name == "epoch":
            if plan.epoch < 0:
                plan.epoch = k
                self.step_first = plan.step >= 0
        elif name == "step":
            kind = {0: PLAIN, 1: LOCAL, 2: GLOBAL}[sure]
            if plan.step < 0 or (kind == GLOBAL and plan.kind != GLOBAL):
                plan.step, plan.step_end, plan.kind = k, -1, kind
        elif name not in dict(plan.counters):
            plan.counters.append((name, k))

    def finished(self) -> Plan | None:
        plan = self.plan
        self._settle_leading()
        self.text += len(_WORD.findall(self.pieces[-1]))
        text = "".join(self.pieces)
        plan.split = self.split
        self._letters()
        plan.metrics = self._metrics()
        self._elapsed()
        names = [name for _, name in plan.metrics]
        plan.measures = any(measures(name) for name in names)
        if plan.kind in (LEADING, BAR) and not plan.measures:
            plan.step = plan.step_end = plan.epoch = -1
        plan.samples = (
            "Epoch" in self.pieces[0]
            and self.split == "train"
            and "% )" in text.replace("%)", "% )")
            and (plan.step == plan.epoch + 1 and plan.step >= 0 and self.pieces[plan.step].strip() == "[")
        )
        plan.samples = plan.samples or text.replace(" ", "").lower() == "loss:[/]"  # PyTorch's quickstart
        plan.keras = self.bar >= 0 and plan.epoch < 0 and bool(re.search(r"/step|s - |s/epoch|ETA:", text))
        plan.ends = "train_runtime" in names
        if plan.step >= 0 and self.step_first and plan.kind == PLAIN:
            plan.kind = GLOBAL  # step before epoch: the finer is told first where it is the run's
        self._episodes(names)
        self._unprosaic(plan)
        kinds = ("rate", "norm")
        plan.kept = [told for told in plan.metrics if plan.measures or meaning(told[1]).kind in kinds]
        plan.places = plan.standing
        plan.plain = (
            plan.kind == PLAIN and plan.epoch < 0 and plan.step_end < 0 and not plan.counters and not plan.split
        )
        return plan if plan.places or plan.metrics else None

    def _unprosaic(self, plan: Plan) -> None:
        planned = plan.epoch_end >= 0 or plan.step_end >= 0
        long = self.text > _HEADING and not plan.metrics and not planned
        if plan.standing and not plan.measures and (long or self.passing):
            plan.epoch = plan.step = -1
            plan.counters = []
        if not plan.standing and self.text > _MOST_WORDS * max(1, len(plan.metrics)):
            plan.metrics, plan.measures = [], False

    def _episodes(self, names: list[str]) -> None:
        """``Ep 10 reward 3``: an episode where it is rewarded, an epoch elsewhere."""
        plan = self.plan
        epsilon = plan.epoch >= 0 and re.search(r"\be[ :=]{0,3}$", self.pieces[plan.epoch], re.IGNORECASE)
        if epsilon and ("episode" in dict(plan.counters) or not whole(self._number(plan.epoch))):
            plan.epoch = -1
        if plan.epoch < 0 or not any(meaning(name).kind == "return" for name in names):
            return
        if re.search(r"\b(?:ep|eps|E)[ :.#=\[]*$", self.pieces[plan.epoch], re.IGNORECASE):
            plan.counters.append(("episode", plan.epoch))
            plan.epoch = -1

    def _settle_leading(self) -> None:
        """What bare numbers at the start are, now that the rest of the line is known."""
        plan = self.plan
        if not self.names:
            return
        if (
            len(self.leading) < 2
            and self.bar >= 0
            and plan.step < 0
            and self.bar_split in (None, "train")
            and not self._in_dictionary(plan.epoch)
        ):
            plan.step, plan.step_end, plan.kind = self.bar, self.bar + 1, BAR
        elif self.leading and not plan.standing and (self.bar < 0 or len(self.leading) > 1):
            if len(self.leading) > 1:
                plan.epoch, plan.step, plan.kind = self.leading[0], self.leading[1], LEADING
            else:
                plan.step, plan.kind = self.leading[0], LEADING

    def _letters(self) -> None:
        """llm.c's ``s:10 trl:2.5``."""
        if self.plan.step < 0 and len(self.names) > 1 and self.names[0][1] == "s" and self.names[1][1] in _RENAMED:
            self.plan.step, self.plan.kind = self.names.pop(0)[0], PLAIN

    def _elapsed(self) -> None:
        for k, name, *_ in self.names:
            unit = _UNIT.match(self.pieces[k + 1])
            if unit and name in _ELAPSED:
                self.plan.seconds = (k, _SECONDS[unit[0]])
                self.plan.metrics = [(index, called) for index, called in self.plan.metrics if index != k]

    def _in_dictionary(self, k: int) -> bool:
        """Hugging Face prints its dictionaries beside bars of trainings and of evaluations alike."""
        return k >= 0 and any("{" in piece for piece in self.pieces[: k + 1])

    def _metrics(self) -> list[tuple[int, str]]:
        """Names as printed, under the split that their surroundings say; a name printed twice under that of names."""
        printed = [name for _, name, _, _ in self.names]
        chosen: dict[str, int] = {}
        for k, name, heads, own in self.names:
            split = heads or (own if printed.count(name) > 1 else None)
            called = tidied(_RENAMED.get(name, name))
            if split and (split not in ("train", "train_inner") or measures(name)):
                called = under(split, called)
            chosen.setdefault(called, k)
        return [(k, name) for name, k in chosen.items()]
