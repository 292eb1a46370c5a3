"""Laws of benchmark scores: against compute, against parameters, against the loss of the same task."""
