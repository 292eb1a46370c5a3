"""Rows of a table that go on over several lines, as a cell in quotes may."""

from __future__ import annotations

Numbered = list[tuple[int, str]]
_MOST = 50  # lines of a row; a quote that is open for longer was never meant to be one (ours)
_LONGEST = 1 << 16  # characters of such a row


def joined(numbered: Numbered, *, over: bool = True) -> tuple[Numbered, Numbered]:
    """The rows that lines make, and the lines of one that is still open.

    Args:
        numbered: lines with their numbers.
        over: nothing follows, so that a quote which is open will not be closed.

    Example:
        >>> joined([(1, "a,b"), (2, '1,"two'), (3, 'lines"'), (4, '2,"open')])
        ([(1, 'a,b'), (2, '1,"two\\nlines"'), (4, '2,"open')], [])
        >>> joined([(4, '2,"open')], over=False)
        ([], [(4, '2,"open')])
    """
    if not any('"' in line for _, line in numbered):
        return numbered, []
    rows: Numbered = []
    i = 0
    while i < len(numbered):
        number, line = numbered[i]
        end = i + 1
        if _opens(line):
            end, closed = _closing(numbered, i)
            if not closed and not over and end == len(numbered):
                return rows, numbered[i:]
            line = "\n".join(text for _, text in numbered[i:end]) if closed else line
            end = end if closed else i + 1
        rows.append((number, line))
        i = end
    return rows, []


def _opens(line: str) -> bool:
    return line.count('"') % 2 == 1


def _closing(numbered: Numbered, i: int) -> tuple[int, bool]:
    """Behind which line a row that is open ends, and whether it does so at all."""
    size = len(numbered[i][1])
    for end in range(i + 1, min(i + _MOST, len(numbered))):
        size += len(numbered[end][1])
        if size > _LONGEST:
            return end, False
        if _opens(numbered[end][1]):
            return end + 1, True
    return min(i + _MOST, len(numbered)), False
