"""Laws of what is tuned: the best learning rate and batch size by scale."""
