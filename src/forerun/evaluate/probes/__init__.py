"""What a model's insides say at a checkpoint: arrays that its owner takes from it, no model and no framework."""
