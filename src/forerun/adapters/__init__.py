"""Schedules in the frameworks that people train with, one file a framework, each the only importer of it.

`torch`, `lightning`, `transformers`, `keras` and `optax` follow a `Schedule`; `foreign` reads a schedule of theirs into
one. What they share is how updates become a schedule's own axis (`clock`) and the values along a run (`rates`).
"""
