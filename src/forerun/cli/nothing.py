"""What is said where nothing is read: what was looked at, the line that came nearest, and a profile drafted for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forerun.core import BadInput, NothingToRead, Run, Skipped
from forerun.core.display import counted
from forerun.runs.regular import is_folder, is_regular
from forerun.runs.settings import FILE

_LOOKED_AT = 40  # files that are searched for a line that comes near (ours)
_SHOWN = 5  # files, and reasons, that are named


class NothingRead(NothingToRead):
    """A path at which no run was read, told in several lines.

    ``more`` goes beside the error's message into the document of ``--json``.
    """

    def __init__(self, lines: Sequence[str], *, where: str, more: dict[str, Any]) -> None:
        super().__init__("\n".join(lines), where=where)
        self.lines, self.more = (f"{where}: {lines[0]}", *lines[1:]), more


def nothing_read(path: Path, why: str, skipped: Sequence[Skipped] = ()) -> NothingRead:
    """The error for a path at which no run was read."""
    root = path if is_folder(path) else path.parent
    files = [root / one.path for one in skipped] or [path]
    near = _nearest([file for file in files if file == path or is_regular(file)][:_LOOKED_AT])
    more: dict[str, Any] = {"skipped": [{"path": one.path, "why": one.why} for one in skipped]} if skipped else {}
    lines = [why, *reasons(skipped)]
    if near is None:
        lines.append("forerun methods format lists what is read")
    else:
        file, nearest = near
        shown = str(file.relative_to(root))
        profile = ["[[profile]]", 'name = "mine"', f"line = {json.dumps(nearest.template, ensure_ascii=False)}"]
        lines += [f"nearest is line {nearest.number} of {shown}:", f"    {nearest.line.strip()[:300]}"]
        lines += [f"if it holds what is wanted, put this into {root / FILE}, and correct its names:", *profile]
        more["nearest"] = {"path": shown, "number": nearest.number, "line": nearest.line, "profile": "\n".join(profile)}
    return NothingRead(lines, where=str(path), more=more)


def reasons(skipped: Sequence[Skipped]) -> list[str]:
    """A line a reason for which files were not read, with some of them.

    Example:
        >>> reasons([Skipped("a.png", "binary"), Skipped("b.png", "binary"), Skipped("c", "empty")])
        ['  binary: a.png, b.png', '  empty: c']
    """
    by_why: dict[str, list[str]] = {}
    for one in skipped:
        by_why.setdefault(one.why, []).append(one.path)
    lines = [f"  {why}: {some(paths)}" for why, paths in by_why.items()]
    more = len(lines) - _SHOWN
    return lines if more <= 0 else [*lines[:_SHOWN], f"  and {more} more reasons"]


def some(paths: Sequence[str]) -> str:
    """The first few, and how many there are beside them."""
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _nearest(files: Sequence[Path]) -> tuple[Path, Any] | None:
    """The file and line that name most numbers."""
    from forerun.runs.readers.lines.draft import nearest

    lines = [(file, near) for file in files if (near := nearest(file)) is not None]
    return max(lines, key=lambda one: one[1].template.count("{"), default=None)


def no_quality(runs: Sequence[Run]) -> BadInput:
    """The error for runs of which no metric measures quality, so that there is nothing to say."""
    logged = list(dict.fromkeys(name for run in runs for name in run.curves))
    listed = ", ".join(logged[:12]) + (f" and {len(logged) - 12} more" if len(logged) > 12 else "")
    return BadInput(f"no metric that measures quality in {counted(len(runs), 'run')}; logged: {listed or 'none'}")
