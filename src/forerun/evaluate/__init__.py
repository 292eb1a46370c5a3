"""Judging: backtests, comparison, power. Takes arrays and callables, imports no method."""
