"""Search convolutional networks for handwritten digits, then train and export the best one.

    evonas run experiments/digits_cnn.py --workers 2
    evonas run experiments/digits_cnn.py --workers 2 -- --data fashion-mnist
    python experiments/digits_cnn.py --evaluations 6
    python experiments/digits_cnn.py --score runs/digits_cnn-1/best/model.onnx

Networks are compared on a validation split. The test split is never seen by the search: the final model,
trained on everything else, is scored on it once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evonas
from evonas.train.images import ImageData, digits, fashion_mnist, split
from search_spaces.cnn.space import space

if TYPE_CHECKING:  # this file is read by managers too, which never load torch
    from evonas.export.trained import Trained

SPLIT_SEED = 0  # the splits belong to the task, not to the search


@dataclass(frozen=True)
class Task:
    """What differs between the data sets.

    Attributes:
        title: Of the model that comes out.
        image_size: Pixels a side.
        multiply_adds: Most that a network may take for one image.
        epochs: Of an evaluation.
        final_epochs: Of the final training.
    """

    title: str
    image_size: int
    multiply_adds: int
    epochs: int
    final_epochs: int


TASKS = {
    "digits": Task("Handwritten digits, 8x8", 8, 3_000_000, 6, 40),
    "fashion-mnist": Task("Fashion-MNIST, 28x28", 28, 4_000_000, 4, 10),
}


@dataclass(frozen=True)
class Splits:
    """Who sees what: the search ``train`` and ``validation``, the final training ``final``, nobody ``test``.

    ``final`` holds ``train`` and ``validation``; ``test`` shares no image with any.
    """

    train: ImageData
    validation: ImageData
    final: ImageData
    test: ImageData


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options of this experiment."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        choices=TASKS,
        default="digits",
        help="digits: scikit-learn's 1,797 images, 10 %% of them for the test (default). fashion-mnist: so "
        "that an evaluation takes well under a minute, the search trains on 6,000 and validates on 2,000 of "
        "its training images; the final training takes 20,000; the test is its own 10,000 images",
    )
    parser.add_argument(
        "--data-path",
        type=Path,
        default=Path("/usr/share/datasets/fashion-mnist"),
        metavar="PATH",
        help="Fashion-MNIST: a folder of IDX files (default: where Debian's dataset-fashion-mnist puts them) "
        "or an .npz file",
    )
    parser.add_argument(
        "--evaluations", type=int, default=48, help="networks to train (default: %(default)s)"
    )
    parser.add_argument(
        "--final-epochs",
        type=int,
        metavar="N",
        help="of the final training (default: 40 for the digits, 10 for Fashion-MNIST)",
    )
    parser.add_argument("--seed", type=int, default=0, help="root of all randomness (default: %(default)s)")
    parser.add_argument(
        "--score", type=Path, metavar="ONNX", help="score an exported model.onnx on the test split instead"
    )
    return parser.parse_args(words)


@lru_cache(maxsize=1)
def splits() -> Splits:
    """Return the data, read once a process."""
    if options.data == "digits":
        final, test = split(digits(), (0.9, 0.1), SPLIT_SEED)
        train, validation = split(final, (2 / 3, 1 / 3), SPLIT_SEED)
    else:
        rest, test = fashion_mnist(options.data_path)
        final, _ = split(rest, (1 / 3, 2 / 3), SPLIT_SEED)
        train, validation, _ = split(final, (0.3, 0.1, 0.6), SPLIT_SEED)
    return Splits(train, validation, final, test)


def evaluate(architecture: Mapping[str, Any], context: evonas.Context) -> dict[str, float]:
    """Train a network for a few epochs and return its validation accuracy."""
    from evonas.train.classifier import fit
    from evonas.train.cost import parameters
    from evonas.train.recipe import Recipe

    data = splits()
    recipe = Recipe(
        epochs=max(1, round(task.epochs * (context.fidelity or 1))),
        learning_rate=architecture["learning_rate"],
        weight_decay=architecture["weight_decay"],
        seed=context.seed,
    )
    model = network(architecture, context.seed)
    history = fit(model, data.train, recipe, validation=data.validation, report=context.report)
    return {"accuracy": history.accuracies[-1], "parameters": parameters(model)}


def retrain(architecture: Mapping[str, Any], context: evonas.Context) -> Trained:
    """Train the best network at length on all but the test split, and score it there, once."""
    import torch

    from evonas.export.trained import Trained
    from evonas.train.augmentation import Augmentation
    from evonas.train.classifier import accuracy, fit
    from evonas.train.cost import flops, parameters
    from evonas.train.recipe import Recipe

    data = splits()
    recipe = Recipe(
        epochs=options.final_epochs or task.final_epochs,
        learning_rate=architecture["learning_rate"],
        weight_decay=architecture["weight_decay"],
        label_smoothing=0.1,
        augment=Augmentation(shift=0.5, degrees=8, scale=0.08),
        seed=context.seed,
    )
    model = network(architecture, context.seed)
    fit(model, data.final, recipe, report=context.report)
    example = torch.from_numpy(data.final.images[:1])
    scores = {
        "test accuracy": accuracy(model, data.test),
        "parameters": parameters(model),
        "flops": flops(model, example),
    }
    notes = f"Trained on {len(data.final):,} images and scored once on {len(data.test):,} that no search saw."
    return Trained(model, example, scores, task.title, notes)


def network(architecture: Mapping[str, Any], seed: int) -> Any:
    """Return the untrained network of an architecture; the seed decides its weights."""
    from evonas.train.reproducible import reproducible
    from search_spaces.cnn.model import build

    data = splits()
    with reproducible(seed):
        return build(architecture, data.train.channels, data.train.classes)


def score(path: Path) -> str:
    """Return how many of the test images an exported ONNX model gets right, run by onnxruntime."""
    import onnxruntime

    test = splits().test
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {session.get_inputs()[0].name: test.images})  # (N, classes)
    correct = int((logits.argmax(axis=1) == test.labels).sum())
    return f"{correct} of {len(test)} correct ({100 * correct / len(test):.2f} %)"


options = parse(sys.argv[1:])
task = TASKS[options.data]
search = evonas.Search(
    space=space(task.image_size, max_multiply_adds=task.multiply_adds),
    evaluate=evaluate,
    objectives={"accuracy": "max"},
    strategy=evonas.RegularizedEvolution(population=16, tournament=4),
    budget=evonas.Budget(evaluations=options.evaluations),
    seed=options.seed,
    retrain=retrain,
)

if __name__ == "__main__":
    if options.score is not None:
        print(score(options.score))
    else:
        search.run()
