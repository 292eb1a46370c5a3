"""What is said of runs that are known so far."""
