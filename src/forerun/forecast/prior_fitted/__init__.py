"""What the prior-fitted forecasters are made of: curves as tokens, a transformer, and the bars it answers in."""
