"""Detectors of streams of tasks, of which a run logs a curve each."""
