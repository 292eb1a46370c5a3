"""How many members each family has: the one place that says so, for every test that goes through a family."""

COUNTS = {
    "format": 45,
    "score format": 8,
    "forecaster": 18,
    "surrogate": 1,
    "detector": 20,
    "policy": 15,
    "schedule": 27,
    "law": 23,
    "question": 32,
    "audit": 27,
    "recipe": 14,
    "world": 13,
    "study": 8,
}
