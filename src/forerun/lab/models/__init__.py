"""The networks that worlds are made with."""
