"""Judging forecasts against what happened."""
