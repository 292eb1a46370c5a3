"""The words that metric names are made of, as people who train models use them, and how a name is taken apart."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


VALIDATION = _set(
    "val valid validation validate vali eval evaluation evaluate evaluator dev heldout holdout vl va vld crossval "
    "crossvalidation"
)
TEST = _set("test testing tst te")
TRAIN = _set("train training trn tr learn")
LOSS = _set(
    "loss losses nll ce bce xent crossentropy perplexity ppl bpb bpc bits error errors err errs wer cer ter eer "
    "der mer mse mae rmse rmsle msle nmse mape smape wape mase l1 l2 huber hinge quantile pinball logloss "
    "mlogloss deviance fid kid lpips chamfer emd regret brier ece distance gap fpr fnr ade fde epe mpjpe absrel "
    "sqrel cost residual residuals energy misclassification nrmse crps mcd tweedie hd hd95 assd"
)
SCORE = _set(
    "acc accuracy accuracies top1 top5 top10 f1 auc auroc auprc prauc aucpr ap map bleu bleurt comet rouge meteor "
    "chrf cider spice sari bertscore ssim psnr iou miou giou dice precision prec recall r2 pearson pearsonr "
    "spearman spearmanr matthew matthews mcc correlation corr success win wins winrate score scores solved solve "
    "exact em pass ndcg hit hits mrr kappa likelihood loglikelihood fscore fbeta fmeasure jaccard sensitivity "
    "specificity sdr sisdr snr sisnr pesq stoi fitness elo sharpe tpr pck mota idf1 hota coverage"
)
RETURN = _set("reward rewards rew return returns ret eprew epret")
SHARE = _set(
    "acc accuracy accuracies top1 top5 f1 auc auroc auprc iou miou dice precision recall success winrate exact em "
    "pass hit hits mrr ndcg pct percent percentage ece map ap jaccard sensitivity specificity fscore"
)
NOT_NEGATIVE = _set(
    "perplexity ppl error err errs wer cer ter eer mse mae rmse rmsle msle nmse mape smape fid kid brier ce bce "
    "xent crossentropy logloss mlogloss l1 l2 huber lpips chamfer emd distance"
)
DENSITY = _set("likelihood loglikelihood loglik ll nll elbo evidence energy logprob logprobs logp logps")
"""What may be the logarithm of a density, which has no bound."""
RATE = _set("lr lrs learningrate")
SIGNAL = _set(
    "logit logits logp logps logprob logprobs kl kld kls approxkl entropy entropies input inputs output outputs "
    "advantage advantages adv clip clipped clipping clipfrac clipfraction explained variance var std stdev stddev "
    "sd sigma alpha beta beta1 beta2 gamma temperature temp epsilon eps tau momentum mom decay wd noise ratio "
    "ratios sparsity bias biases activation activations target targets pred preds prediction predictions chosen "
    "rejected confidence qvals qvalue qvalues vvals dropout hparam hp histogram saturation discount exploration "
    "probability prob probs mask attention gate router gini coef coeff scale"
)
"""What is looked at, and says nothing of how good the model is by itself."""
TIME = _set(
    "time times timing runtime duration seconds second sec secs ms us msec minutes minute mins hours hour days dt "
    "eta timestamp latency throughput tps speed mfu hfu fps walltime wall elapsed ips wps ups tflops tflop flop "
    "gflops remaining clock sps qps"
)
COUNT = _set(
    "step steps epoch epochs iter iters iteration iterations itr num count counts counter samples tokens token "
    "examples size sizes flos flops stderr event events skipped memory mem vram gpu cpu ram overflow params "
    "parameters total preemption nan inf updates frames frame episodes episode timesteps timestep batches batch "
    "sents sentences seqlen length lengths len index idx id rank seed fold version pid progress percentage "
    "percent done buffer replay bsz wpb images kimg tick lives level levels nupdates depth width height gb mb mib "
    "gib kb"
)
NORMED = _set("grad gradient grads gradients weight weights param params parameter update updates gnorm")
PLAIN = _set(
    "epoch step steps iter batch avg average mean running smooth smoothed ema total reduced lm final overall sum "
    "global per token tokens raw main model loop loss losses all full metrics metric summary log logs result "
    "results current cur ep set split data dataset scalar scalars"
)
"""Words that leave a loss the whole loss: others name a part of it."""

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
_SPLIT = "train|training|trn|tr|valid|validation|val|eval|dev|test|heldout"
_KIND = (
    "losses|loss|accuracy|acc|error|err|ppl|perplexity|f1|auc|score|mse|rmse|mae|wer|cer|reward|return|dice|iou|miou"
)
_GLUED = re.compile(rf"({_SPLIT})({_KIND})\d*$")
_ENDS = re.compile(r"([a-z]+)(loss|losses|accuracy|error|perplexity|crossentropy)\d*$")
_JOINED = LOSS | SCORE | RATE | VALIDATION | SIGNAL


def words_of(name: str) -> frozenset[str]:
    """A name's words in small letters; what people glue together is taken apart, and put together where they part it.

    Example:
        >>> sorted(words_of("valLoss/top-1")), sorted(words_of("trainloss")), sorted(words_of("TFLOPs"))
        (['1', 'loss', 'top', 'top1', 'val'], ['loss', 'train', 'trainloss'], ['tflops'])
    """
    bare = re.sub(r"\{.*\}", "", name)[:512]
    words = [word.lower() for word in _WORD.findall(bare)]
    pairs = {a + b for a, b in itertools.pairwise(words)} & _JOINED
    parts = {part for word in words for part in _parts(word)}
    return frozenset(words) | pairs | parts


_NUMBERED = _JOINED | TRAIN | TEST | RETURN | TIME | COUNT
"""Words that are themselves with a number behind them."""


@lru_cache(maxsize=65536)
def _parts(word: str) -> tuple[str, ...]:
    glued = _GLUED.match(word) or _ENDS.match(word)
    if glued:
        return glued[1], glued[2]
    stripped = word.rstrip("0123456789")
    return (stripped,) if stripped != word and stripped in _NUMBERED else ()
