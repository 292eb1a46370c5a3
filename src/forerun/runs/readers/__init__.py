"""The formats Forerun reads, one file each.

A reader is a module with

* ``CARD``: its data sheet;
* ``sniff(path, head) -> float``: how sure it is, from 0 to 1, that a file is of its format. ``head`` is the start of
  the file (up to 64 KiB); the name may add to what the content says but never decides alone;
* ``read(path) -> Iterator[Run]``: the runs in it. A run's ``id`` is empty when the path is to name it;
* ``unit(path) -> Path`` (optional): the folder to hand to ``read`` when several files make one run; default the file;
* ``COMPANIONS`` (optional): names of files in such a folder that are read along and are no logs of their own.

A reader raises only ``UnreadableLog`` or ``MissingExtra``. What it loses it counts, as ``Damage`` on the run.
"""

from forerun.core import Family

READERS = Family(
    kind="format",
    table={
        "tensorboard": "forerun.runs.readers.tensorboard",
        "trainer_state": "forerun.runs.readers.trainer_state",
        "lightning_csv": "forerun.runs.readers.lightning_csv",
        "tidy": "forerun.runs.readers.tidy",
        "jsonl": "forerun.runs.readers.jsonl",
        "csv": "forerun.runs.readers.delimited",
    },
    group="forerun.readers",
)
