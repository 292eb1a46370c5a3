"""Damaged logs of every format, stores and settings, without end: ``python -m tests.fuzz --seconds 60``.

Each case is a folder that its number and the seed make: a sample of a format, mutated, beside a log that is whole. It
is read by one of the ways a user has. What must hold: no error but our own, and none of a reader's own told; an end
within the processor's time and the memory that is granted; the log beside as it was; no value that the file does not
hold (`tests.fuzz.values` has what that means, and its limits).
"""
