"""Options that say how to train, for the commands of `evenhand remediate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from evenhand.remediation.defaults import HIGHEST_OWN_RATE, LEARNING_RATE

Data = Annotated[
    Path,
    typer.Option("--data", help="A dataset that `evenhand data build` wrote, with labels."),
]
Pairs = Annotated[
    Path | None,
    typer.Option(
        "--pairs",
        metavar="DIR",
        help="Take the pairs of this dataset, which needs no labels, in the place of those of "
        "--data.",
    ),
]
BatchSize = Annotated[
    int, typer.Option("--batch-size", min=1, help="Examples in a step, over all devices.")
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        "--learning-rate",
        help="Adam's learning rate. [default: the rate that the baseline was compiled with, at "
        f"most {HIGHEST_OWN_RATE:g}; {LEARNING_RATE:g} where it does not say]",
    ),
]
Warmup = Annotated[
    float,
    typer.Option(
        "--warmup",
        metavar="EPOCHS",
        help="Epochs, or a part of one, over which the learning rate rises to its height.",
    ),
]
RandomWords = Annotated[
    int,
    typer.Option(
        "--random-words",
        min=0,
        help="Make this many more pairs of each pair's original, with random common words in the "
        "place of its terms: some help for terms that the lexicon lacks.",
    ),
]
Unlabelled = Annotated[
    bool,
    typer.Option(
        "--unlabelled",
        help="Train on texts without a label, too: their task is to keep the baseline's scores.",
    ),
]
ValidationSplit = Annotated[
    float,
    typer.Option(
        "--validation-split",
        help="Share of the examples held out, with their pairs, to choose the epoch by.",
    ),
]
ValidationData = Annotated[
    Path | None,
    typer.Option(
        "--validation-data",
        metavar="DIR",
        help="Hold nothing out, and choose the epoch by this dataset: for a baseline that was "
        "trained on texts that the split would hold out.",
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "gpu"],
    typer.Option("--device", help="auto takes every visible GPU, or the CPU if there is none."),
]
Precision = Annotated[
    Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"],
    typer.Option(
        "--precision",
        help="What layers compute in; weights stay in float32. auto: the half precision that all "
        "GPUs at work gain by, and float32 on the CPU.",
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", help="Decides the split, the order of the examples, dropout.")
]
EarlyStopping = Annotated[
    Literal["flip_rate", "ctf_gap"] | None,
    typer.Option(
        "--early-stopping",
        help="Stop when this no longer falls on the held-out examples. The best epoch is kept "
        "either way. [default: go through all epochs]",
    ),
]
Patience = Annotated[
    int,
    typer.Option("--patience", min=1, help="Epochs to wait for a better one before stopping."),
]
MaxAucDrop = Annotated[
    float,
    typer.Option(
        "--max-auc-drop",
        min=0,
        max=1,
        help="How far the AUC of the model kept may be below the baseline's on the held-out "
        "examples. This limit and the next two bind always.",
    ),
]
MaxAccuracyDrop = Annotated[
    float,
    typer.Option(
        "--max-accuracy-drop",
        min=0,
        max=1,
        help="How far its accuracy may be below the baseline's; without labels, the share of the "
        "baseline's decisions that it may change besides those that flip.",
    ),
]
MaxPositiveRateChange = Annotated[
    float,
    typer.Option(
        "--max-positive-rate-change",
        min=0,
        max=1,
        help="How far its share of texts flagged may lie outside of what is between the baseline's "
        "share and the labels'.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with this output's unfinished training, if there is one."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
