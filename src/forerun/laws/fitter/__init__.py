"""One engine for every law: `fit` finds parameters and how sure they are, `Fit.predict` says what they imply."""

from forerun.laws.fitter.compare import LawScore, compare
from forerun.laws.fitter.ensemble import Ensemble, fit_ensemble
from forerun.laws.fitter.fit import Fit, Prediction, Report, fit
from forerun.laws.fitter.profile import Profile, profile
from forerun.laws.law import Law, Parameter

__all__ = [
    "Ensemble",
    "Fit",
    "Law",
    "LawScore",
    "Parameter",
    "Prediction",
    "Profile",
    "Report",
    "compare",
    "fit",
    "fit_ensemble",
    "profile",
]
