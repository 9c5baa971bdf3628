"""DEAP over ``mpi4py.futures``, by generations through ``toolbox.map`` or asynchronous through ``submit``.

Mutation is Gaussian, crossover of two points, selection by tournaments of three. By generations it is DEAP's
own ``eaMuPlusLambda``, all of whose children are evaluated; there are at least five a rank. In chunks, a
message holds a quarter of a worker's share of a generation, as mpi4py's documentation advises for short
tasks.
With tasks that do not sleep the pool polls without pause, which is faster than its default.
Asynchronous, two children a worker are under way, and each that comes back makes room in the population for
itself and brings the next; a queue tells of them, which is faster than ``as_completed`` on a changing set.
"""

from __future__ import annotations

import atexit
import functools
import math
import os
import pickle
import queue
import random
import sys
from typing import Any

from deap import algorithms, base, creator, tools
from job import BOUND, Evaluation, parse
from mpi4py import MPI
from mpi4py.futures import MPICommExecutor, MPIPoolExecutor

POPULATION = 100
MODE = {"choices": ["generations", "chunks", "asynchronous"], "default": "generations"}

OPTIONS = parse(sys.argv[1:], mode=MODE, pickles={"action": "store_true"})
EVALUATION = Evaluation(OPTIONS)

if not OPTIONS.mean:
    os.environ["MPI4PY_FUTURES_BACKOFF"] = "0"

creator.create("Fitness", base.Fitness, weights=(-1.0,))
creator.create("Individual", list, fitness=creator.Fitness)


def evaluate(individual: list[float]) -> tuple[float]:
    """Return the fitness; workers find this function by its name."""
    return (EVALUATION(individual),)


def toolbox_of(genes: int) -> base.Toolbox:
    """Return the operators."""
    toolbox = base.Toolbox()
    toolbox.register("gene", random.uniform, -BOUND, BOUND)
    toolbox.register("individual", tools.initRepeat, creator.Individual, toolbox.gene, genes)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("evaluate", evaluate)
    toolbox.register("mate", tools.cxTwoPoint)
    toolbox.register("mutate", tools.mutGaussian, mu=0.0, sigma=0.5, indpb=0.1)
    toolbox.register("select", tools.selTournament, tournsize=3)
    return toolbox


def by_generations(pool: MPIPoolExecutor, toolbox: base.Toolbox, ranks: int) -> None:
    """Evaluate generation after generation."""
    size = min(max(POPULATION, 5 * ranks), OPTIONS.evaluations)
    chunk = math.ceil(size / (4 * (ranks - 1))) if OPTIONS.mode == "chunks" else 1
    toolbox.register("map", functools.partial(pool.map, chunksize=chunk))
    generations = math.ceil(OPTIONS.evaluations / size) - 1
    algorithms.eaMuPlusLambda(
        toolbox.population(size), toolbox, size, size, cxpb=0.5, mutpb=0.5, ngen=generations, verbose=False
    )


def asynchronously(pool: MPIPoolExecutor, toolbox: base.Toolbox, ranks: int) -> None:
    """Evaluate without waiting for generations."""
    done: queue.SimpleQueue = queue.SimpleQueue()
    population: list[creator.Individual] = []

    def submit() -> None:
        if len(population) < POPULATION:
            child = toolbox.individual()
        else:
            (child,) = algorithms.varOr(toolbox.select(population, 2), toolbox, 1, cxpb=0.5, mutpb=0.5)
        pool.submit(evaluate, child).add_done_callback(lambda future: done.put((child, future.result())))

    begun = min(2 * (ranks - 1), OPTIONS.evaluations)
    for _ in range(begun):
        submit()
    for _ in range(OPTIONS.evaluations):
        child, child.fitness.values = done.get()
        if len(population) == POPULATION:
            population.remove(population[0])  # the oldest
        population.append(child)
        if begun < OPTIONS.evaluations:
            submit()
            begun += 1


def count_pickles() -> None:
    """Have mpi4py count what it pickles: each message is one pickle; written like Open MPI's own counts."""
    sent = {"bytes": 0, "messages": 0}

    def dumps(value: Any, protocol: int | None = None) -> bytes:
        message = pickle.dumps(value, pickle.HIGHEST_PROTOCOL if protocol is None else protocol)
        sent["bytes"] += len(message)
        sent["messages"] += 1
        return message

    def write() -> None:
        line = f"E\t{sent['bytes']} bytes\t{sent['messages']} msgs sent\n"
        (OPTIONS.stamps / f"traffic.{os.getpid()}.prof").write_text(line)

    MPI.pickle.__init__(dumps, pickle.loads)
    atexit.register(write)


def main() -> None:
    """Evolve on rank 0, evaluate on the others."""
    if OPTIONS.pickles:
        count_pickles()
    ranks = MPI.COMM_WORLD.size
    with MPICommExecutor(MPI.COMM_WORLD, root=0) as pool:
        if pool is not None:
            random.seed(0)
            evolve = asynchronously if OPTIONS.mode == "asynchronous" else by_generations
            evolve(pool, toolbox_of(OPTIONS.genes), ranks)


if __name__ == "__main__":
    main()
