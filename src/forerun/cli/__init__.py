"""The command line: thin faces over the verbs. `main` is the entry point of the ``forerun`` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code: 0 done, 2 bad usage or input, 3 only with ``--fail-on``."""
    import sys

    from forerun.cli.app import run

    sys.exit(run(sys.argv[1:]))
