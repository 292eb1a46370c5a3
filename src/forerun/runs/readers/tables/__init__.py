"""What the readers of plain tables are made of: where a table begins (layout), its cells, and long form."""
