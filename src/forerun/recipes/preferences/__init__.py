"""Rewards learned from comparisons, and policies that climb them: `reward_model`, `ascent` and `presets`."""
