"""What sampled answers say: of a round of self-training, and along a trace."""
