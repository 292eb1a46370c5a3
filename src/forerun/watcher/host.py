"""What a process uses of its host: memory now and at its peak, and what it has read from and written to disk."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_MIB = 2.0**20
_IO = {"read_bytes": "disk/read_mb", "write_bytes": "disk/written_mb"}
_PROC = Path("/proc/self")


def host_use() -> dict[str, float]:
    """MiB by name, as metrics: ``memory/host_mb``, ``memory/host_peak_mb``, ``disk/read_mb``, ``disk/written_mb``.

    Disk traffic is what reached the disk or is to reach it, not what the page cache served. What the system does not
    tell is left out.

    Example:
        >>> use = host_use()
        >>> 1.0 < use["memory/host_peak_mb"]
        True
    """
    use: dict[str, float] = {}
    with contextlib.suppress(OSError, ValueError):
        use["memory/host_mb"] = int((_PROC / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MIB
    with contextlib.suppress(ImportError):
        use |= _of_resource()
    with contextlib.suppress(OSError, ValueError):
        lines = dict(line.split(": ") for line in (_PROC / "io").read_text().splitlines())
        use |= {name: int(lines[key]) / _MIB for key, name in _IO.items() if key in lines}
    return use


def _of_resource() -> dict[str, float]:
    """The peak, and traffic in blocks of 512 bytes; the unit of the peak is the system's own."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    traffic = {"disk/read_mb": usage.ru_inblock * 512 / _MIB, "disk/written_mb": usage.ru_oublock * 512 / _MIB}
    return {"memory/host_peak_mb": usage.ru_maxrss * unit / _MIB, **traffic}
