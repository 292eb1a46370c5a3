"""What is done to, and said of, any forecast, whoever made it."""
