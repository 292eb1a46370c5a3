"""What scores of single items say: which of two is better, what it would take to know, and how often k tries pass."""
