"""How a learner of one task after another does on what it learned before, measured while it learns."""
