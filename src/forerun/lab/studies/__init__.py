"""The studies, one file each: a `forerun.lab.study.Study` called ``STUDY``, and its ``CARD``."""
