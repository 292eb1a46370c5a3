"""Forerun."""
