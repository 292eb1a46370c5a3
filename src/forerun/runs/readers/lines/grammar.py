"""What the numbers of a line mean, found out once for all lines that differ only in their numbers.

``plan_of`` reads a skeleton and an example of its numbers and gives a `LinePlan`: which number is a place (on the axis
step, epoch, ...), which the planned end of one, which the value of which metric. It looks at one line only; where a
line that does not say so stands is the business of `forerun.runs.readers.lines.places`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from forerun.core.metrics import meaning
from forerun.runs.readers.lines.episodes import RENAMED, lengths, over_last, settle
from forerun.runs.readers.lines.naming import (
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
from forerun.runs.readers.lines.plan import BAR, GLOBAL, LEADING, LOCAL, PLAIN, LinePlan
from forerun.runs.readers.lines.tokens import moment, value, whole
from forerun.runs.readers.lines.units import parted, unit_behind
from forerun.runs.readers.written import ratio

_ELAPSED = ("train_time", "elapsed", "elapsed time", "elapsed_time", "time elapsed")
_SURE = 2  # of a name, as `axis` gives it: the run's step
_MOST_EPOCHS = 1000  # of a bare [i/n]; beyond that steps are counted
_DURATION = re.compile(r"(?:ms|s|sec|secs|seconds|m|min|h)(?![A-Za-z/])")
_COMPOUND = re.compile(r"(?:[dhms]|ms)\d")
_MODULE = re.compile(r"[a-z_]\w*(?:\.\w+)+$")
_MOST_WORDS = 8  # of text a number in a line that does not say where it stands; beyond that it is prose
_HEADING = 6  # words of a line that only says a place; beyond that it tells of something else
_ASIDE = re.compile(r"\b(?:best|sav(?:ed|ing)|load|checkpoint|early|stopp|improved|resum)", re.IGNORECASE)
_CODE = re.compile(
    r"^\s?(?:(?:def|class|import|return|assert|print|raise|self)\b|(?:if|elif|for|while|with|except)\b.*:$)"
    r"|^\s?(?:# |//|/\*|@|\$ |>>> ?(?:import|from|print|\w[\w.]*\(|\w+ = ))"
    r"|\bNamespace\(|self\.|\btorch\.|\w ?== ?\w|\+= |: (?:int|float|str|bool) =|\bprint\("
    r"|\bf['\"]|&&|\w\([^)]*\);$|\bpip |\\n"
)
_LOGGED = re.compile(r"(?:[:.][\w.<>]{1,40})?[\])]{0,2}:? ?-? ?\[?(?:INFO|DEBUG|WARN|WARNING|ERROR)\b")
_JOINED = re.compile(r"^[\s\[\](),:|/#.–-]*$")
_WORD = re.compile(r"[A-Za-z]{2,40}")
_POSTFIX = re.compile(r"^ ([A-Za-z][\w/ ]{0,30}?) ?(?=[,;|)]|$)")
_GLUED_PLACE = re.compile(r"^(epoch|batch|iter|step)s?(?![\w/])")
_OPENED = re.compile(r"(\w{1,40})\[[^\[\]]*$")
_PER_EPOCH = re.compile(r"\b(?:TRAIN|CV)\b.* Batch $")  # WeNet: Batch epoch/batch


def plan_of(pieces: Sequence[str], tokens: Sequence[str]) -> LinePlan | None:
    """The plan of a line; None when its numbers say nothing that could be recorded.

    Args:
        pieces: the text before, between and after the numbers.
        tokens: the numbers, one fewer.
    """
    if _CODE.search("0".join(pieces)):
        return None
    pieces, tokens, magnitudes = parted(pieces, tokens)
    reading = _Reading(pieces, tokens)
    for k in range(len(tokens)):
        reading.take(k)
    plan = reading.finished()
    if plan is not None:
        plan.magnitudes = magnitudes
        plan.units = {name: unit for k, name in plan.recorded if (unit := unit_behind(pieces[k + 1]))}
    return plan


class _Reading:
    """One line being read from left to right."""

    def __init__(self, pieces: Sequence[str], tokens: Sequence[str]) -> None:
        self.pieces, self.tokens = pieces, tokens
        self.plan = LinePlan()
        self.names: list[tuple[int, str, str | None, str | None]] = []  # index, name, split of heads, of names
        self.group = ""  # the word before the bracket that is open: tot_loss[loss=0.5, simple_loss=0.6]
        self.groups: dict[int, str] = {}  # of names, by index
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
        self.settings: list[bool] = []  # of each named place, whether it looks like a setting: Epochs: 10
        self.of_place = ""  # what was measured at the place just named: Cost after iteration 100: 0.5

    def take(self, k: int) -> None:
        plan, piece, token = self.plan, self.pieces[k], self.tokens[k]
        if ":" in token or (token[0].isdigit() and ("/" in token or token.count("-") == 2)):
            if plan.stamp < 0 and moment(token) is not None:
                plan.stamp = k
            if k > self.dated:
                self.split = split_in(piece) or self.split
            self.dated += k == self.dated
            return
        if piece.strip() in ("/", "of", "out of") and self._ended(k):
            return
        opened = _OPENED.search(piece)
        self.group = opened[1] if opened else "" if "]" in piece else self.group
        self.groups[k] = self.group
        read = naming(piece, behind_number=k > 0)
        self._context(read)
        if k and (mean := over_last(self.pieces[k - 1], piece)) and self._number(k) is not None:
            self.names = [name for name in self.names if name[0] != k - 1]
            self.names.append((k, mean, self.split, self.own_split))
        elif self.pieces[k + 1].startswith("%") and k + 1 < len(self.tokens) and self._is_bar(k + 1, read.name):
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
        elif self.of_place and piece.strip(" :=),'") in ("", "is", "was") and number is not None:
            self.names.append((k, self.of_place, self.split, None))
            self.of_place = ""
        elif not whole(number):
            self._either_side(k, piece, after)
        elif _DURATION.match(after):
            return  # 2m 3s
        elif plan.step < 0 and self._follows_epoch(k, piece) and (self._has_end(k) or any(c in piece for c in "[,|")):
            plan.step, plan.kind = k, LOCAL
        elif self._has_end(k) and k == self.bar + 2 and self.bar >= 0 and not self.names and _JOINED.match(piece):
            plan.epoch, plan.epoch_end, plan.step, plan.kind, self.bar = self.bar, self.bar + 1, k, LOCAL, -1
        elif self._has_end(k) and self.bar < 0 and self._begins_bar(k, piece):
            self._bar(k)
        elif after.startswith("%"):
            return
        elif self._starts(k, piece):
            if not (after.startswith(") ") or self.tokens[k].endswith(".")):  # of a numbered list
                self.leading.append(k)
        else:
            self._either_side(k, piece, after)

    def _either_side(self, k: int, piece: str, after: str) -> None:
        """A metric, its name before its number or behind it."""
        if not self._item(k, piece):
            self._behind(k, after)

    def _has_end(self, k: int) -> bool:
        return self.pieces[k + 1].strip() == "/" and k + 1 < len(self.tokens)

    def _is_bar(self, k: int, name: str) -> bool:
        """Whether a percentage is a bar's, and none of right ones: ``Acc: 40.0% (20/50)``."""
        return self._has_end(k) and not ("(" in self.pieces[k] and measures(name) and not is_split(name))

    def _begins_bar(self, k: int, piece: str) -> bool:
        if piece.startswith("%"):
            return not self.names or self.names[-1][0] != k - 1
        last = k + 2 == len(self.tokens) and not self.pieces[k + 2].strip() and piece.strip() in ("", ")")
        return last or piece.strip(" >*#=-") == "[" or (not self.names and bool(_JOINED.match(piece)))

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
        begins = k == self.dated and not self.names and not self.plan.standing and piece != "]["  # [time][process]
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
        match = _POSTFIX.match(after)
        if not match or not metric(match[1]) or not measures(match[1]):
            return False
        name = match[1]
        if name.startswith("avg ") and k > 0 and self.pieces[k] == ", ":
            self.names.append((k, name.removeprefix("avg "), self.split, self.own_split))
            k, name = k - 1, f"batch_{name.removeprefix('avg ')}"
        self.names.append((k, name, self.split, self.own_split))
        return True

    def _named(self, k: int, piece: str, read: Naming) -> None:
        place, number, after = axis(read.name), self._number(k), self.pieces[k + 1]
        if piece.endswith(" Batch ") and after == "/" and _PER_EPOCH.search("0".join(self.pieces[: k + 1])):
            self.plan.epoch, self.plan.step, self.plan.kind = k, k + 1, LOCAL
            self.split = "val" if "CV" in "".join(self.pieces[: k + 1]) else "train"
            return
        if "(" in read.tail and after.startswith(("):", ")=", ") :", ") =", ", '")):
            self.of_place = read.name  # Average score (100): 12.5; reward: [(0, '12.5')]
            return
        if read.tail.endswith("#") and place is None:
            self.split = split_in(read.name) or self.split  # Test net output #0: accuracy = 0.5
            return
        several = place and place[0] == "step" and place[1] < _SURE and read.name[-1:] == "s"
        if several and "episode" in dict(self.plan.counters):
            return  # how many steps an episode had
        if (place and _DURATION.match(after)) or _COMPOUND.match(after):
            return
        if _MODULE.match(read.name) and after.startswith((" - ", " | ")):
            return  # loguru: module:function:line
        if (
            after.strip() == "-"
            or _LOGGED.match(after)
            or (read.name.lower().endswith(" episodes") and split_in(read.name))
        ):  # 1-50batch; trainer.py:96) INFO
            self.split = split_in(read.name) or self.split
            return
        if place and any("best" in name.lower() for _, name, *_ in self.names):
            return
        if place and number is not None and number >= 0 and not (place[0] != "epoch" and not whole(number)):
            self.split = split_in(read.paren) or split_in(read.name) or self.split
            self._place(k, place)
            self.of_place = before_place(read.name)
            setting = read.name[-1:] == "s" and read.tail.strip() in (":", "=") and not self._has_end(k)
            self.settings.append(setting)
            self.passing = self.passing or bool(self.of_place or _ASIDE.search(piece))
        elif is_split(read.name) and whole(number) and "[" in self.pieces[k + 1] and self.plan.epoch < 0:
            self.split = split_in(read.name)
            self.plan.epoch = k  # timm: Train: 0 [ 250/1251 ...]
        elif is_split(read.name) and self._has_end(k) and whole(number):
            self.split = split_in(read.name)
            self._bar(k)  # Test: [ 0/98]
        elif place is None and metric(read.name):
            self.split = split_in(read.paren) or self.split
            if number is None:
                return
            if self._is_step(k):
                self.plan.step, self.plan.kind, self.of_place = k, PLAIN, read.name
                return
            listed = "[" in read.tail and self.pieces[k + 1].strip(" ()") == ","
            self.listed = (read.name, k, 1) if listed else ("", -1, 0)
            self.names.append((k, read.name, self.split, self.own_split))

    def _is_step(self, k: int) -> bool:
        """NVIDIA's Tacotron: ``Train loss 100 0.52``."""
        if self.plan.standing or self.names or k + 1 >= len(self.tokens) or not self.tokens[k].isdigit():
            return False
        return self.pieces[k + 1] in (" ", ": ") and "." in self.tokens[k + 1]

    def _place(self, k: int, place: tuple[str, int]) -> None:
        plan, (name, sure) = self.plan, place
        if name == "epoch":
            if plan.epoch < 0:
                plan.epoch = k
                self.step_first = plan.step >= 0
        elif name == "step":
            several = self.pieces[k].rstrip(" :=").endswith(("Steps", " steps"))  # of the epoch, so far
            plan.size = several and plan.epoch >= 0 and not sure
            kind = LOCAL if plan.size else (PLAIN, LOCAL, GLOBAL)[sure]
            if plan.step < 0 or (kind == GLOBAL and plan.kind != GLOBAL):
                plan.step, plan.step_end, plan.kind = k, -1, kind
        elif name not in dict(plan.counters):
            plan.counters.append((name, k))

    def finished(self) -> LinePlan | None:
        plan = self.plan
        self._settle_leading()
        self.text += len(_WORD.findall(self.pieces[-1]))
        text = "".join(self.pieces)
        plan.split = self.split
        self._letters()
        settle(plan, self.names, self.pieces, self.tokens)
        plan.metrics = self._metrics()
        self._elapsed()
        names = [name for _, name in plan.metrics]
        plan.measured = tuple(name for name in names if measures(name)) or tuple(lengths(plan))
        plan.record = self._in_dictionary(plan.epoch) and plan.measures and plan.step < 0
        plan.bar = self.bar if plan.sticky and not self.names and not _WORD.search("".join(self.pieces[:-1])) else -1
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
        if plan.step_end >= 0 and self.step_first and plan.kind == PLAIN:
            plan.kind = GLOBAL  # step before epoch: the finer is told first where it is the run's
        self._unprosaic(plan)
        kinds = ("rate", "norm")
        plan.recorded = [pair for pair in plan.metrics if plan.measures or meaning(pair[1]).kind in kinds]
        plan.places = plan.standing
        plan.plain = (
            plan.kind == PLAIN and plan.epoch < 0 and plan.step_end < 0 and not plan.counters and not plan.split
        )
        return plan if plan.places or plan.metrics or plan.bar >= 0 else None

    def _unprosaic(self, plan: LinePlan) -> None:
        planned = plan.epoch_end >= 0 or plan.step_end >= 0
        long = self.text > _HEADING and not plan.metrics and not planned
        set_up = bool(self.settings) and all(self.settings)
        if plan.standing and not plan.measures and (long or self.passing or set_up):
            plan.epoch = plan.step = -1
            plan.counters = []
        if not plan.standing and self.text > _MOST_WORDS * max(1, len(plan.metrics)):
            plan.metrics, plan.measured = [], ()

    def _settle_leading(self) -> None:
        """What bare numbers at the start are, now that the rest of the line is known."""
        plan = self.plan
        if not self.names:
            return
        if self._passes():
            plan.epoch, plan.epoch_end, plan.step = self.bar, self.bar + 1, -1
        elif (
            len(self.leading) < 2
            and self.bar >= 0
            and plan.step < 0
            and self.bar_split in (None, "train")
            and not self._in_dictionary(plan.epoch)
        ):
            plan.step, plan.step_end, plan.kind = self.bar, self.bar + 1, BAR
            if plan.epoch > self.bar and plan.epoch_end < 0 and not plan.sticky:
                plan.kind = GLOBAL  # char-rnn: 10/5000 (epoch 0), train_loss = 2.5
        elif self.leading and not plan.standing and (self.bar < 0 or len(self.leading) > 1):
            if len(self.leading) > 1:
                plan.epoch, plan.step, plan.kind = self.leading[0], self.leading[1], LEADING
            else:
                plan.step, plan.kind = self.leading[0], LEADING

    def _passes(self) -> bool:
        """``[3/20] train loss 0.5 | val loss 0.6``: what comes with its validation is a pass over the data."""
        if self.bar != self.dated or self.plan.standing or self.plan.sticky or self.bar_split is not None:
            return False
        if not self.pieces[self.bar].endswith(("[", "[ ", "(", "( ")):
            return False
        splits = {split or own or meaning(name).split for _, name, split, own in self.names}
        planned = self._number(self.bar + 1) or math.inf
        return bool(splits & {"val", "validation", "test"}) and len(splits) > 1 and planned <= _MOST_EPOCHS

    def _letters(self) -> None:
        """llm.c's ``s:10 trl:2.5``."""
        if self.plan.step < 0 and len(self.names) > 1 and self.names[0][1] == "s" and self.names[1][1] in RENAMED:
            self.plan.step, self.plan.kind = self.names.pop(0)[0], PLAIN

    def _elapsed(self) -> None:
        for k, name, *_ in self.names:
            seconds = ratio(unit_behind(self.pieces[k + 1]), "s")
            if seconds and name in _ELAPSED:
                self.plan.seconds = (k, seconds)
                self.plan.metrics = [(index, called) for index, called in self.plan.metrics if index != k]

    def _in_dictionary(self, k: int) -> bool:
        """Hugging Face prints its dictionaries beside bars of trainings and of evaluations alike."""
        return k >= 0 and any("{" in piece for piece in self.pieces[: k + 1])

    def _metrics(self) -> list[tuple[int, str]]:
        """Names as printed, under the split that their surroundings say; a name printed twice under that of names, or
        under the word before its bracket."""
        printed = [name.lower() for _, name, _, _ in self.names]
        chosen: dict[str, int] = {}
        for k, name, heads, own in self.names:
            split = heads or (own if printed.count(name.lower()) > 1 else None)
            called = tidied(RENAMED.get(name.lower(), name))
            group = self.groups[k] if printed.count(name.lower()) > 1 else ""
            called = group if group.endswith(name) else f"{group}/{called}" if group else called
            if split and (split not in ("train", "train_inner") or measures(name)):
                called = under(split, called)
            chosen.setdefault(called, k)
        return [(k, name) for name, k in chosen.items()]
