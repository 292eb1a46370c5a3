"""Policies that learn from what their own answers are worth: `engine` by their gradient, `q_learning` by values."""
