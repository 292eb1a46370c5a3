"""Is one better than another? Paired differences, with what could have been seen."""
