"""How the nets of `next_configuration` and `next_probe` were made: problem classes, games on them, and the learning."""
