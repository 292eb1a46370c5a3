"""`pfn` on fresh curves of its own prior, beside MCMC on that prior and beside the published figures.

    python evidence/forecast/prior.py --date YYYY-MM-DD [--curves 10000] [--mcmc 24] [--seed 1]

Log-likelihood of the noisy values after 10, 20, 40 and 80 of 100 steps, mean over steps and curves. MCMC (emcee, 100
walkers, 2,000 steps after 500) samples the prior's own parameters, so it needs nothing but time to be exact; its
density at a value is that of its samples' normals. Writes prior.json beside itself. Needs the extra [mcmc].
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import emcee
import numpy as np
from scipy import special, stats

from forerun.forecast import pfn
from forerun.training.pfn import prior

HERE = Path(__file__).parent
SEEN = (10, 20, 40, 80)
PUBLISHED = {
    "LC-PFN, 3 layers x 128, 10M curves": [1.585, 1.989, 2.282, 2.431],
    "MCMC (M1)": [1.628, 1.939, 2.265, 2.469],
}
T = np.arange(1.0, 101.0)


def curves_of(theta: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(n, 14) parameters -> (n, len(t)): three weights, then pow3, ilog2, janoschek, ln noise."""
    w, (c3, a3, l3, ci, ai, up, be, lk, ld) = theta[:, :3].T[..., None], theta[:, 3:12].T[..., None]
    pow3 = c3 - a3 * t ** -np.exp(l3)
    janoschek = up - (up - be) * np.exp(-np.exp(lk) * t ** np.exp(ld))
    return w[0] * pow3 + w[1] * (ci - ai / np.log(t + 1)) + w[2] * janoschek


LOW = np.array([0, 0, 0, 0, -0.6, -np.inf, 0, -0.5, 0, 0, -np.inf, -np.inf])
HIGH = np.array([1, 1, 1, 1.25, 0.6, np.inf, 1, 0.5, 1, 2, np.inf, np.inf])
NORMAL = {5: (0.0, 2.0), 10: (-2.0, 1.0), 11: (0.0, 0.5), 12: (-4.0, 1.0)}


def log_p(theta: np.ndarray, y: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        f = curves_of(theta, T)
        sd = np.exp(theta[:, 12])
        fit = -0.5 * (((y - f[:, : y.size]) / sd[:, None]) ** 2).sum(axis=1) - y.size * theta[:, 12]
        fit += sum(stats.norm.logpdf(theta[:, i], *at) for i, at in NORMAL.items())
        good = ((theta[:, :12] >= LOW) & (theta[:, :12] <= HIGH)).all(axis=1)
        good &= (f[:, -1] > f[:, 0]) & (f >= 0).all(axis=1) & (f <= 1).all(axis=1)
    return np.where(good & np.isfinite(fit), fit, -np.inf)


def sampled(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draws from the prior, rejection included."""
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < n:
        theta = np.zeros((4 * n, 13))
        for i in range(12):
            theta[:, i] = rng.normal(*NORMAL[i], 4 * n) if i in NORMAL else rng.uniform(LOW[i], HIGH[i], 4 * n)
        theta[:, 12] = rng.normal(*NORMAL[12], 4 * n)
        kept.append(theta[np.isfinite(log_p(theta, np.zeros(0)))])
    return np.concatenate(kept)[:n]


def mcmc(y: np.ndarray, seen: int, seed: int) -> np.ndarray:
    """Log density of every later value."""
    rng = np.random.default_rng(seed)
    start = sampled(4000, rng)
    start = start[np.argsort(-log_p(start, y[:seen]))[:100]]  # walkers begin at the likeliest draws of the prior
    sampler = emcee.EnsembleSampler(100, 13, log_p, args=(y[:seen],), vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    with np.errstate(all="ignore"):
        sampler.run_mcmc(start, 2500, skip_initial_state_check=True)
    chain = sampler.get_chain(discard=500, thin=20, flat=True)
    z = (y[seen:] - curves_of(chain, T[seen:])) / np.exp(chain[:, 12:])
    return special.logsumexp(-0.5 * z**2 - chain[:, 12:] - 0.5 * np.log(2 * np.pi), axis=0) - np.log(len(chain))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--date", required=True)
    parser.add_argument("--curves", type=int, default=10_000)
    parser.add_argument("--mcmc", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    y = prior(asked.curves, np.random.default_rng([asked.seed, 99]))
    net = pfn.network()
    found = {"date": asked.date, "seed": asked.seed, "curves": asked.curves, "published": PUBLISHED, "seen": {}}
    for k, seen in enumerate(SEEN):
        parts = np.array_split(y, -(-len(y) // 100))
        ours = np.concatenate([net(p, seen, T[seen:]).log_density(p[:, seen:]).mean(axis=1) for p in parts])
        begin = time.process_time()
        for one in y[:50]:
            net(one[None], seen, T[seen:])
        ours_s = (time.process_time() - begin) / 50
        begin = time.process_time()
        chains = np.array([mcmc(one, seen, asked.seed + i).mean() for i, one in enumerate(y[: asked.mcmc])])
        mcmc_s = (time.process_time() - begin) / asked.mcmc
        gap = ours[: asked.mcmc] - chains
        found["seen"][str(seen)] = {
            "pfn": round(float(ours.mean()), 4), "pfn_se": round(float(ours.std() / len(ours) ** 0.5), 4),
            "published_small": PUBLISHED["LC-PFN, 3 layers x 128, 10M curves"][k],
            "subset": asked.mcmc, "pfn_on_subset": round(float(ours[: asked.mcmc].mean()), 4),
            "mcmc_on_subset": round(float(chains.mean()), 4), "pfn_minus_mcmc": round(float(gap.mean()), 4),
            "pfn_minus_mcmc_se": round(float(gap.std() / len(gap) ** 0.5), 4),
            "pfn_ms": round(ours_s * 1e3, 3), "mcmc_s": round(mcmc_s, 2), "ratio": round(mcmc_s / ours_s),
        }  # fmt: skip
        print(seen, found["seen"][str(seen)], flush=True)
    (HERE / "prior.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
