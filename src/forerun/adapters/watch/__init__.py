"""Trainings watched in the frameworks that people train with, one file a framework, each the only importer of it.

Every callback holds a `forerun.Watcher` and hands it what the framework hands to it; "stop" is done where the watcher
allows it. `optuna` and `ray` stop single runs of a search, by what `session` says of them (`trials`).
"""
