"""The parts of the report page: frame, table of runs, sections, what their charts are drawn from, and words."""
