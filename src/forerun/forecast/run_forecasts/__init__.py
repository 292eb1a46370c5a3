"""Forecasts of runs: where each ends, which learning rate lies ahead, and what the forecaster says of its metric."""
