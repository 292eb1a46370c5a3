"""What the page answers, one file a route or a few that belong together."""
