"""The parts of the report page: frame, table of runs, sections, and what their charts are drawn from."""
