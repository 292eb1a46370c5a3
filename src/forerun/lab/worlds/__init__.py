"""The worlds, one file each: what is drawn, what is right and what is gold, and a `World` at its end."""
