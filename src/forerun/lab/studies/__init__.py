"""The studies, one file each: a `Study` at its end."""
