"""One file a command: its ``NAME``, an ``EXAMPLE`` and a ``command`` function whose options are its arguments."""
