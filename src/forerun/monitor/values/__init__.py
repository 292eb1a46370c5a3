"""Detectors of one curve."""
