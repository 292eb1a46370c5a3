"""How shipped weights and tables were made. Nothing here is imported at run time."""
