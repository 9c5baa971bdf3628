"""Propulate: every rank evolves and evaluates, and tells all others; there is no manager.

The default operators, a population of twice the ranks at least, and its checkpoints, which are the
counterpart of a journal. Propulate 1.2 needs GPy for surrogates, GPy needs numpy below 2: where it is
missing, an empty module takes its place, for nothing here uses a surrogate.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import random
import sys
import types
from typing import Any

from job import BOUND, Evaluation, parse
from mpi4py import MPI

if importlib.util.find_spec("GPy") is None:
    sys.modules["GPy"] = types.ModuleType("GPy")

from propulate import Propulator
from propulate.utils import get_default_propagator

POPULATION = 30


def main(words: list[str]) -> None:
    """Evolve on every rank."""
    options, comm = parse(words), MPI.COMM_WORLD
    evaluate = Evaluation(options)
    names = [f"x{index}" for index in range(options.genes)]
    limits = dict.fromkeys(names, (-BOUND, BOUND))
    rng = random.Random(comm.rank)
    logging.getLogger("propulate").setLevel(logging.WARNING)

    def loss(individual: Any) -> float:
        return evaluate([individual[name] for name in names])

    propagator = get_default_propagator(max(POPULATION, 2 * comm.size), limits, rng=rng)
    Propulator(
        loss,
        propagator,
        rng,
        generations=math.ceil(options.evaluations / comm.size),
        checkpoint_path=options.stamps / "propulate",
    ).propulate(logging_interval=10**9)


if __name__ == "__main__":
    main(sys.argv[1:])
