"""What the learned forecasters are made of: features, cases to learn from, and nets that answer in quantiles."""
