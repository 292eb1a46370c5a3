"""Where a curve stands; its home is `forerun.core.standing`, so that a run can show it of itself."""

from forerun.core.standing import Standing, standing

__all__ = ["Standing", "standing"]
