"""Files that were shipped, each with its SHA-256 beside it: what is damaged is refused by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from forerun.core.errors import DamagedWeights

SUMS = "SHA256SUMS"


def checked(folder: Path, name: str) -> bytes:
    """A file of a folder that has ``SHA256SUMS``, if it is what its sum says.

    Raises:
        DamagedWeights: the file or its sum is missing, or they do not agree.
    """
    try:
        data = (folder / name).read_bytes()
        lines = [line.split(maxsplit=1) for line in (folder / SUMS).read_text("utf-8").splitlines()]
        sums = {of: total for total, of in lines}
    except (OSError, ValueError) as cause:
        raise DamagedWeights("a shipped file is missing; install forerun again", where=name) from cause
    digest = hashlib.sha256(data).hexdigest()
    if sums.get(name) != digest:
        wanted = sums.get(name, "no sum")
        raise DamagedWeights(
            f"a shipped file is damaged (SHA-256 {digest[:12]}..., shipped {wanted[:12]}...); install forerun again",
            where=name,
        )
    return data


def write(folder: Path, name: str, data: bytes) -> None:
    """Write a file and its sum beside it; other files' sums stay."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    listed = (folder / SUMS).read_text("utf-8").splitlines() if (folder / SUMS).exists() else []
    lines = {line.split(maxsplit=1)[1]: line for line in listed}
    lines[name] = f"{hashlib.sha256(data).hexdigest()}  {name}"
    (folder / SUMS).write_text("\n".join(lines[key] for key in sorted(lines)) + "\n", "utf-8")
