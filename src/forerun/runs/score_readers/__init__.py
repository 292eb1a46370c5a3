"""The formats that scores are read from, one file each: plain functions, and at its end the `ScoreReader` of the table.

A run's reader gives curves; these give a row a score, with what tells items, prompts and tries apart. Third parties
name theirs, as ``module:VALUE``, in the entry points of the group ``forerun.score_readers``.
"""

from forerun.core import Family
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows

__all__ = ["SCORE_READERS", "ScoreReader", "ScoreRows"]

SCORE_READERS: Family[ScoreReader] = Family(
    kind="score format",
    table={
        "lm_eval_samples": "forerun.runs.score_readers.lm_eval_samples:LM_EVAL_SAMPLES",
        "lm_eval_results": "forerun.runs.score_readers.lm_eval_results:LM_EVAL_RESULTS",
        "inspect_samples": "forerun.runs.score_readers.inspect_samples:INSPECT_SAMPLES",
        "helm": "forerun.runs.score_readers.helm:HELM",
        "openai_evals": "forerun.runs.score_readers.openai_evals:OPENAI_EVALS",
        "algoperf_trial": "forerun.runs.score_readers.algoperf_trial:ALGOPERF_TRIAL",
        "long_table": "forerun.runs.score_readers.long_table:LONG_TABLE",
        "wide_table": "forerun.runs.score_readers.wide_table:WIDE_TABLE",
    },
    group="forerun.score_readers",
    of=ScoreReader,
)
