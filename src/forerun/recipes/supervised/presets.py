"""The recipes of supervised training, a row each."""

from __future__ import annotations

from forerun.core import Card
from forerun.recipes.recipe import Recipe
from forerun.recipes.supervised.averages import ExponentialAverage, FederatedAverage
from forerun.recipes.supervised.cyclic_curriculum import CyclicPacing, EaseSampler, share_at, subset
from forerun.recipes.supervised.early_learning import EarlyLearning, EarlyLearningLoss
from forerun.recipes.supervised.engine import SupervisedEngine
from forerun.recipes.supervised.ghost_batch_norm import (
    GhostBatchNorm1d,
    GhostBatchNorm2d,
    GhostBatchNorm3d,
    GhostNormLayers,
)
from forerun.recipes.supervised.magnitude_ticket import MaskedStart, Ticket, masks, shuffled
from forerun.recipes.supervised.qk_norm import QKNorm, QKNormLayers
from forerun.recipes.supervised.weight_average import WeightAverage, soup
from forerun.recipes.supervised.z_loss import ZLoss, z_loss

SUPERVISED = Recipe(
    card=Card(
        name="supervised",
        does="Trains on the world's examples by its own criterion, with nothing added; recipes are held against it.",
        source="ours",
        assumes="Nothing.",
        needs="A world with examples.",
        promises="The steps of a loop written by hand.",
        known_answer="Its weights are, to the bit, those of a loop of ten lines on the same batches.",
        control="Those of another order of the data are not.",
    ),
    engine=SupervisedEngine(),
)
EARLY_LEARNING = Recipe(
    card=Card(
        name="early_learning",
        does="Adds to cross-entropy a term that draws each example's prediction to the mean of its earlier ones.",
        source="Liu, Niles-Weed, Razavian, Fernandez-Granda 2020, eq. 6 and 9",
        assumes="Clean labels are learned before wrong ones are memorised; each example keeps its index.",
        needs="The indices of a batch's examples, and a few epochs.",
        promises="Higher clean test accuracy under label noise: study noisy_labels.",
        known_answer="With weight 0 it is cross-entropy.",
        control="With weight 0 under the same noise the network memorises it.",
    ),
    engine=SupervisedEngine(loss=EarlyLearningLoss()),
    parts={"loss": EarlyLearning},
)
WEIGHT_AVERAGE = Recipe(
    card=Card(
        name="weight_average",
        does="Averages weights along a run, exponentially or uniformly over its tail, or over several runs.",
        source="Polyak and Juditsky 1992; SWA, Izmailov et al. 2018; model soups, Wortsman et al. 2022",
        assumes="The averaged weights lie in one basin: one run at a rate not too high, or runs from one start.",
        needs="A copy of the weights.",
        promises="Part of what a cooldown gives, without one: study averaging.",
        known_answer="The average of equal weights is those weights.",
        control="A soup of networks from different starts knows less than half of what each of them does.",
    ),
    engine=SupervisedEngine(average=ExponentialAverage()),
    parts={"average": WeightAverage, "soup": soup},
)
FEDERATED_AVERAGE = Recipe(
    card=Card(
        name="federated_average",
        does="Trains clients in turn from the same weights, whose average starts the next round.",
        source="McMahan, Moore, Ramage, Hampson, Aguera y Arcas 2017",
        assumes="Every client takes part in every round, with as many steps.",
        needs="A stream whose tasks are the clients.",
        promises="More than any client knows by itself.",
        known_answer="Five clients with two digits each learn more than six digits in ten.",
        control="A client that is never averaged knows at most its two.",
    ),
    engine=SupervisedEngine(average=FederatedAverage()),
    parts={"average": soup},
)
GHOST_BATCH_NORM = Recipe(
    card=Card(
        name="ghost_batch_norm",
        does="Normalises each part of a batch by its own mean and variance.",
        source="Hoffer, Hubara, Soudry 2017, algorithm 1",
        assumes="The noise of small batches' statistics regularises.",
        needs="Batches of at least twice the ghost size.",
        promises="Part of the accuracy that large batches lose: study large_batch.",
        known_answer="With a ghost size of the batch it is batch normalisation.",
        control="Normalised by the whole batch, its parts keep means of their own.",
    ),
    engine=SupervisedEngine(layers=(GhostNormLayers(),)),
    parts={"norm": GhostBatchNorm1d, "norm_2d": GhostBatchNorm2d, "norm_3d": GhostBatchNorm3d},
)
MAGNITUDE_TICKET = Recipe(
    card=Card(
        name="magnitude_ticket",
        does="Keeps the largest weights of each matrix by a mask, for training again from the same start.",
        source="Frankle and Carbin 2019; grokking tickets, Minegishi, Iwasawa, Matsuo 2023",
        assumes="Which weights grow says which ones the task needs.",
        needs="The trained weights and the starting ones.",
        promises="Fewer steps than the dense network at its weight decay; not shown at the best one: study grokking.",
        known_answer="A mask of share 0.5 keeps the larger half of each matrix.",
        control="A random mask of the same share keeps as many, and not the largest.",
    ),
    engine=SupervisedEngine(start=MaskedStart()),
    begins="supervised",
    parts={"mask": masks, "random_mask": shuffled, "after_step": Ticket},
)
CYCLIC_CURRICULUM = Recipe(
    card=Card(
        name="cyclic_curriculum",
        does="Shows each epoch a share of the examples, easy ones likelier; the share doubles to all and starts anew.",
        source="Kesgin and Amasyali 2022 (cyclical curriculum learning)",
        assumes="A score of how easy each example is, for example the probability a trained network gives its label.",
        needs="Scores above zero.",
        promises="Measured against the whole set at equal steps: study curriculum.",
        known_answer="A share of one shows every example once.",
        control="Scores that are all the same show a random subset.",
    ),
    engine=SupervisedEngine(sampler=EaseSampler(), pacing=CyclicPacing()),
    begins="supervised",
    parts={"pacing": share_at, "subset": subset},
)
Z_LOSS = Recipe(
    card=Card(
        name="z_loss",
        does="Adds a multiple of the squared log of the softmax's normaliser to the loss.",
        source="Chowdhery et al. 2022 (PaLM), section 5; Wortsman et al. 2023",
        assumes="Instability comes from logits that drift together.",
        needs="The logits.",
        promises="A loss at high learning rates nearer to the best: study high_lr.",
        known_answer="Logits whose exponentials sum to one cost nothing.",
        control="With weight 0 it is no term.",
    ),
    engine=SupervisedEngine(terms=(ZLoss(),)),
    parts={"term": z_loss},
)
QK_NORM = Recipe(
    card=Card(
        name="qk_norm",
        does="Normalises queries and keys of every head by a layer norm before attention.",
        source="Dehghani et al. 2023 (ViT-22B); Wortsman et al. 2023",
        assumes="Instability comes from attention logits that grow.",
        needs="A place between the projections and the attention.",
        promises="A loss at high learning rates nearer to the best: study high_lr.",
        known_answer="Queries a hundred times as long give the same attention.",
        control="Without it they do not.",
    ),
    engine=SupervisedEngine(layers=(QKNormLayers(),)),
    parts={"norm": QKNorm},
)
