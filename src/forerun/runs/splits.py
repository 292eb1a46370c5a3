"""Train and validation, or several metrics, in files or folders of their own are one run.

Keras writes event files into ``train`` and ``validation``, many scripts ``train.csv`` and ``val.csv``, and torch's
``add_scalars`` a folder a line of the picture, ``loss_train`` and ``loss_val``. Their metrics are named by the split.
Files named by the one metric that they hold, ``train_loss.txt`` beside ``val_acc.txt``, keep its name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from forerun.core import Curve, FrozenMap, Run, words
from forerun.core.metrics import meaning
from forerun.runs.ranks import gravest

_SHORT = 2  # letters of words that are too short to be believed of a file or folder: te, va
_SPLIT_OF = {
    word: split
    for split, known in (("train", words.TRAIN), ("validation", words.VALIDATION), ("test", words.TEST))
    for word in known
    if len(word) > _SHORT
}
_FOLDERS = frozenset(("tensorboard",))  # formats whose unit is a folder
_FILES = frozenset(("csv", "jsonl", "text", "keras_csv"))  # and a file, of which scripts have one a split
_SERIES = frozenset((*_FILES, "numbers"))  # or one a metric
_MEASURES = ("loss", "score", "return")


class _Member(NamedTuple):
    """A run that may be a part of one: the whole it would belong to, its split or line, how its metrics are renamed."""

    run: Run
    whole: tuple[str, ...]
    word: str
    id: str


def splits_joined(runs: Sequence[Run], root: str = "") -> list[Run]:
    """The runs, those put together that are the splits of one.

    Args:
        runs: as read, named by their paths.
        root: name of the folder they were read from, for parts that stand in it.

    Example:
        >>> curve = Curve([1, 2, 3], [3, 2, 1], metric="epoch_loss")
        >>> parts = [Run(f"a/{w}", {"epoch_loss": curve}, "tensorboard", f"a/{w}") for w in ("train", "validation")]
        >>> [(run.id, list(run.curves)) for run in splits_joined(parts)]
        [('a', ['train/epoch_loss', 'validation/epoch_loss'])]
    """
    groups: dict[tuple[str, ...], list[_Member]] = {}
    for run in runs:
        if (member := _member(run, root)) is not None:
            groups.setdefault(member.whole, []).append(member)
    by_path = {run.path: run for run in runs if run.format in _FOLDERS}
    joined: dict[int, Run] = {}
    taken: set[int] = set()
    for whole, members in groups.items():
        parent = by_path.get(members[0].id) if whole[0] == "line" else None
        if len({member.word for member in members}) < len(members) or len(members) + (parent is not None) < 2:
            continue
        if not all(_alike(members[0], member) for member in members[1:]) or _collide(members):
            continue
        first = members[0].run if parent is None else parent
        taken |= {id(member.run) for member in members} | {id(first)}
        joined[id(first)] = _joined(joined.get(id(first), parent), members)
    return [joined.get(id(run), run) for run in runs if id(run) in joined or id(run) not in taken]


def _member(run: Run, root: str) -> _Member | None:
    return _of_folder(run, root) or _of_line(run, root) or _of_metric(run, root) or _of_file(run, root)


def _of_folder(run: Run, root: str) -> _Member | None:
    home, _, name = run.path.rpartition("/")
    word = _SPLIT_OF.get(name.lower())
    rest = run.id[len(run.path) :]
    if run.format not in _FOLDERS or word is None or not run.id.startswith(run.path) or "/" in rest:
        return None
    return _Member(run, ("folder", run.format, home, rest), word, (home or root or run.path) + rest)


def _of_line(run: Run, root: str) -> _Member | None:
    """A folder that torch's ``add_scalars`` made: its name is that of its only metric, and of a line in the picture."""
    home, _, name = run.path.rpartition("/")
    if run.format not in _FOLDERS or len(run.curves) != 1 or run.id != run.path:
        return None
    tag = next(iter(run.curves))
    begin = re.sub(r"[/\s]", "_", tag) + "_"
    if not name.startswith(begin) or len(name) == len(begin):
        return None
    return _Member(run, ("line", run.format, home), f"{tag}\0{name[len(begin) :]}", home or root or run.path)


def _of_metric(run: Run, root: str) -> _Member | None:
    """A file of one metric that is named by it: by a word that measures, and a split."""
    tokens = _tokens(run)
    named = [token for token in tokens if token.lower() in _SPLIT_OF or meaning(token).kind in _MEASURES]
    only = "_".join(run.curves).lower()
    measured = any(meaning(token).kind in _MEASURES and token.lower() in only for token in named)
    if run.format not in _SERIES or len(run.curves) != 1 or not measured:
        return None
    return _of_tokens(run, root, "metric", tokens, named)


def _of_file(run: Run, root: str) -> _Member | None:
    tokens = _tokens(run)
    named = [token for token in tokens if token.lower() in _SPLIT_OF]
    if run.format not in _FILES or len(named) != 1:
        return None
    return _of_tokens(run, root, "file", tokens, named)


def _tokens(run: Run) -> list[str]:
    """The words of a file's name."""
    stem = run.path.rpartition("/")[2].partition(".")[0]
    return [token for token in re.split(r"[-_\s]", stem) if token]


def _of_tokens(run: Run, root: str, kind: str, tokens: Sequence[str], named: Sequence[str]) -> _Member | None:
    """The part that a file is of what the words left of its name say; None where it holds several runs."""
    home, _, name = run.path.rpartition("/")
    rest = run.id[len(run.path) :]
    if not run.id.startswith(run.path) or "/" in rest:
        return None
    suffix = name.partition(".")[2]
    left = "_".join(token for token in tokens if token not in named)
    whole = f"{left}.{suffix}" if left and suffix else left
    id = "/".join(part for part in (home, whole) if part) or root or run.path
    word = _SPLIT_OF[named[0].lower()] if kind == "file" else "_".join(named)
    return _Member(run, (kind, run.format, home, whole or suffix, rest), word, id + rest)


def _alike(one: _Member, other: _Member) -> bool:
    """Whether two parts are counted alike: on one axis, over stretches of which one lies within the other, mostly."""
    if one.whole[0] == "line":
        return True
    if one.whole[0] == "folder" and not one.run.curves.keys() & other.run.curves.keys():
        return False
    a, b = (max(member.run.curves.values(), key=len) for member in (one, other))
    if a.axis != b.axis:
        return False
    shared = min(a.x[-1], b.x[-1]) - max(a.x[0], b.x[0])
    return bool(shared >= 0.5 * min(a.x[-1] - a.x[0], b.x[-1] - b.x[0]) and shared >= 0)


def _collide(members: Sequence[_Member]) -> bool:
    """Whether two parts name a metric alike, of which one would be lost."""
    names = [_renamed(member, name) for member in members if member.whole[0] != "line" for name in member.run.curves]
    return len(set(names)) < len(names)


def _joined(parent: Run | None, members: Sequence[_Member]) -> Run:
    runs = [*([] if parent is None else [parent]), *(member.run for member in members)]
    curves: dict[str, Curve] = {} if parent is None else dict(parent.curves)
    segments = {} if parent is None else dict(parent.segments)
    for member in members:
        for name, curve in member.run.curves.items():
            new = _renamed(member, name)
            curves.setdefault(new, replace(curve, metric=new))
            if name in member.run.segments:
                segments.setdefault(new, tuple(replace(part, metric=new) for part in member.run.segments[name]))
    return replace(
        runs[0],
        id=members[0].id if parent is None else parent.id,
        curves=FrozenMap(curves),
        segments=FrozenMap(segments),
        status=gravest(runs),
        config=FrozenMap({key: value for run in reversed(runs) for key, value in run.config.items()}),
        horizon=FrozenMap({key: value for run in reversed(runs) for key, value in run.horizon.items()}),
        schedule=next((run.schedule for run in runs if run.schedule is not None), None),
        events=tuple(event for run in runs for event in run.events),
        damage=tuple(damage for run in runs for damage in run.damage),
    )


def _renamed(member: _Member, name: str) -> str:
    if member.whole[0] == "line":
        line = member.word.partition("\0")[2]
        split = _SPLIT_OF.get(line.lower())
        return f"{split}/{name}" if split and meaning(name).split is None else f"{name}/{line}"
    if member.whole[0] == "metric":
        split = next((_SPLIT_OF[word] for word in member.word.lower().split("_") if word in _SPLIT_OF), None)
    else:
        split = member.word
    return name if split is None or meaning(name).split is not None else f"{split}/{name}"
