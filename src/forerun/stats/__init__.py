"""Arrays in, arrays out: scores, scales, robust spreads, mixtures. Knows nothing of runs or methods."""
