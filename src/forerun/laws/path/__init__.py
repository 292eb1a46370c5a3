"""Laws along a learning rate's path: loss at a step, given the rate at every step before; `base` is what they share."""
