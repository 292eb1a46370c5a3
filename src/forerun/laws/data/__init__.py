"""Laws in the training data: how much of it there is, how often it is repeated, and from which sources it comes."""
