"""Supervised training: `engine` is the loop's method, every other file a slot or a part, `presets` the recipes."""
