"""Judging policies by finished runs, replayed as if they were trained one after another under a budget."""
