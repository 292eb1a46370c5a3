"""What several runs say together: how much a rate matters, which run will be best, when a window closes."""
