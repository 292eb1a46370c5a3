"""Detectors of two curves that part."""
