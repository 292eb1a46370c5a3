"""Laws in the size of the model: parameters, experts, members, and the compute they are trained with."""
