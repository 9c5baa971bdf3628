"""How well zero-cost proxies rank untrained networks of NAS-Bench-201, and what they cost.

    python experiments/benchmarks/proxies.py --cells 200
    python experiments/benchmarks/proxies.py --cells 4 --width 4 --stage 1 --timed 2 --data-sets cifar10

Random cells are built as the benchmark did, untrained; each proxy scores them on one batch of noise, for the
images are not at hand here. The scores are compared with the validation accuracies after 200 epochs. Writes
proxies.md, proxies.csv and proxies.png.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from evonas.errors import SearchError
from evonas.train.proxies import PROXIES, proxies
from search_spaces.nasbench201 import table as published
from search_spaces.nasbench201.model import build

TOGETHER = "all in one call"

Scores = Mapping[str, NDArray[np.float64]]


def measured(options: argparse.Namespace, architectures: Sequence[Any]) -> tuple[Scores, Scores]:
    """Return scores by proxy, ``(cells,)``, and milliseconds, ``(timed,)``, telling how it goes."""
    generator = torch.Generator().manual_seed(options.seed)
    images = torch.randn(options.batch, 3, options.image_size, options.image_size, generator=generator)
    labels = torch.randint(10, (options.batch,), generator=generator)
    scores: dict[str, list[float]] = {name: [] for name in PROXIES}
    costs: dict[str, list[float]] = {name: [] for name in [*PROXIES, TOGETHER]}
    said = time.monotonic()
    for number, architecture in enumerate(architectures):
        torch.manual_seed(options.seed + number)
        model = build(architecture, width=options.width, cells=options.stage)

        def timed(name: str, names: Sequence[str], model: nn.Module = model) -> dict[str, float]:
            start = time.process_time()
            found = proxies(model, images, labels, names=names, seed=options.seed)
            costs[name].append(1000 * (time.process_time() - start))
            return found

        for name, score in timed(TOGETHER, PROXIES).items():
            scores[name].append(score)
        if number < options.timed:
            for name in PROXIES:
                timed(name, [name])
        if time.monotonic() - said > 5:
            said = time.monotonic()
            print(f"{number + 1} of {len(architectures)} networks", flush=True)
    return _arrays(scores), _arrays(costs)


def _arrays(rows: Mapping[str, Sequence[float]]) -> Scores:
    return {name: np.array(row) for name, row in rows.items()}


def votes(scores: Scores) -> NDArray[np.float64]:
    """Return the mean rank by the three proxies that Abdelfattah et al. 2021 let vote."""
    return np.mean([ranks(scores[name]) for name in ("synflow", "jacob_cov", "snip")], axis=0)


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean ranks, ``(cells,)``; what is NaN is worst."""
    known = np.nan_to_num(values, nan=-np.inf)
    _, first, count = np.unique(known, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return (ends - (count - 1) / 2)[first]


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the rank correlation; 0 where one of them is constant."""
    pair = ranks(one), ranks(other)
    return 0.0 if min(map(np.ptp, pair)) == 0 else float(np.corrcoef(pair)[0, 1])


def interval(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the rank correlation."""
    rng = np.random.default_rng(0)
    picks = (rng.integers(len(one), size=len(one)) for _ in range(1000))
    low, high = np.quantile([spearman(one[pick], other[pick]) for pick in picks], (0.025, 0.975))
    return float(low), float(high)


def write(options: argparse.Namespace, scores: Scores, costs: Scores, accuracies: Scores) -> str:
    """Write table, figures and plot; return the table as Markdown."""
    rows = []
    for name, values in scores.items():
        cells = []
        for accuracy in accuracies.values():
            low, high = interval(values, accuracy)
            cells.append(f"{spearman(values, accuracy):.2f} ({low:.2f} to {high:.2f})")
        cost = f"{np.median(costs[name]):.0f}" if name in costs else ""
        rows.append([name, *cells, cost])
    rows.append([TOGETHER, *["" for _ in accuracies], f"{np.median(costs[TOGETHER]):.0f}"])
    head = ["proxy", *accuracies, "ms of CPU, median"]
    table = "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])
    options.to.mkdir(parents=True, exist_ok=True)
    about = (
        f"Spearman's rank correlation with the accuracy of {options.cells} cells, 95 % bootstrap intervals."
    )
    (options.to / "proxies.md").write_text(f"{about}\n\n{table}\n")
    with (options.to / "proxies.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*scores, *accuracies])
        writer.writerows(zip(*scores.values(), *accuracies.values(), strict=True))
    plot(options.to / "proxies.png", scores, accuracies)
    return table


def plot(path: Path, scores: Scores, accuracies: Scores) -> None:
    """Draw accuracy over the rank by each proxy, for the first data set."""
    if importlib.util.find_spec("matplotlib") is None:
        print('no plot: matplotlib is missing; pip install "evonas[bench]"')
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, 3, figsize=(10, 9), sharey=True)
    (data_set, accuracy), *_ = accuracies.items()
    for axis, (name, values) in zip(axes.flat, scores.items(), strict=True):
        axis.plot(ranks(values), accuracy, ".", markersize=3)
        axis.set(title=f"{name}, {spearman(values, accuracy):.2f}", xlabel="rank")
    axes[1][0].set_ylabel(f"validation accuracy on {data_set} in %")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = Path(os.environ.get("EVONAS_DATA", "../shared/data"))
    parser.add_argument("--table", type=Path, default=folder / "nasbench201.npz", help="default: %(default)s")
    parser.add_argument("--cells", type=int, default=200, help="random networks (default: %(default)s)")
    parser.add_argument(
        "--timed", type=int, default=5, help="networks on which each is timed alone (default: %(default)s)"
    )
    parser.add_argument("--batch", type=int, default=32, help="images (default: %(default)s)")
    parser.add_argument("--image-size", type=int, default=32, help="pixels (default: %(default)s)")
    parser.add_argument(
        "--width", type=int, default=16, help="channels of the first stage (default: %(default)s)"
    )
    parser.add_argument("--stage", type=int, default=5, help="cells of a stage (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of cells, weights, noise (default: %(default)s)")
    parser.add_argument(
        "--data-sets", nargs="+", choices=published.DATA_SETS, default=published.DATA_SETS, metavar="SET"
    )
    parser.add_argument("--to", type=Path, default=Path("runs/proxies"), help="folder for table and plot")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    try:
        tables = {data_set: published.load(data_set, options.table) for data_set in options.data_sets}
        accuracies = {data_set: table.values("accuracy") for data_set, table in tables.items()}
    except SearchError as error:
        sys.exit(str(error))
    first = next(iter(tables.values()))
    rows = np.random.default_rng(options.seed).choice(len(first.genomes), options.cells, replace=False)
    scores, costs = measured(options, [first.architecture(int(row)) for row in rows])
    chosen = {data_set: values[rows].astype(float) for data_set, values in accuracies.items()}
    print("\n" + write(options, {**scores, "vote of three": votes(scores)}, costs, chosen))
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
