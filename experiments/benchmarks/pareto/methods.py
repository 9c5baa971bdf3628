"""Search methods for several objectives, ours and pymoo's, by one interface: a generator of architectures."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import evonas
from pareto.problems import Cell, Problem

Proposals = Generator[Cell, NDArray[np.float64], None]
"""A search: yields an architecture, is sent its costs, yields the next."""

NEIGHBOURS = 5
"""Of a subproblem of MOEA/D, ours and pymoo's."""


@dataclass(frozen=True)
class Method:
    """A way to search; ``package`` is what must be installed for it."""

    name: str
    package: str
    search: Callable[[Problem, int], Proposals]


def ours(strategy: type[evonas.Strategy], **settings: Any) -> Callable[[Problem, int], Proposals]:
    """Return a search by one of our strategies, through the public ask and tell."""

    def search(problem: Problem, seed: int) -> Proposals:
        running = strategy(problem.space, objectives=problem.objectives, seed=seed, **settings)
        while True:
            (candidate,) = running.ask(1)
            cell = tuple(candidate.genome.values.astype(int).tolist())
            yield cell
            running.tell([evonas.Outcome(candidate.id, problem.values(cell))])

    return search


def pymoo(name: str, population: int) -> Callable[[Problem, int], Proposals]:
    """Return a search by pymoo: uniform crossover, and each decision mutated once in a child on average.

    Args:
        name: ``"NSGA2"``, ``"SMSEMOA"`` or ``"MOEAD"``; everything else is at its defaults.
        population: Its size.
    """

    def search(problem: Problem, seed: int) -> Proposals:
        algorithm = _algorithm(name, population, problem, seed)
        while True:
            asked = algorithm.ask()
            for child in [asked] if name == "MOEAD" and algorithm.is_initialized else asked:
                child.F = yield tuple(child.X.astype(int).tolist())
                child.evaluated.add("F")
            algorithm.tell(infills=asked)

    return search


def _algorithm(name: str, population: int, problem: Problem, seed: int) -> Any:
    """Return one of pymoo's algorithms, set up for a problem whose decisions are all choices."""
    from pymoo.algorithms.moo.moead import MOEAD
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.moo.sms import SMSEMOA
    from pymoo.core.mutation import Mutation
    from pymoo.core.problem import Problem as Declared
    from pymoo.core.termination import NoTermination
    from pymoo.operators.crossover.ux import UniformCrossover
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.util.ref_dirs import get_reference_directions

    most = np.array(problem.options) - 1
    declared = Declared(n_var=len(most), n_obj=len(problem.objectives), xl=0 * most, xu=most, vtype=int)

    class OtherOption(Mutation):  # type: ignore[misc]
        """Another option, all equally likely, for each decision with probability 1/n."""

        def _do(self, _: Any, X: NDArray[Any], *, random_state: Any, **rest: Any) -> NDArray[Any]:
            steps = 1 + np.floor(random_state.random(X.shape) * most).astype(int)
            changed = random_state.random(X.shape) < 1 / len(most)
            return np.where(changed, (X + steps) % (most + 1), X)

    operators = {
        "sampling": IntegerRandomSampling(),
        "crossover": UniformCrossover(),
        "mutation": OtherOption(),
    }
    if name == "MOEAD":
        n_objectives = len(problem.objectives)
        partitions = population - 1 if n_objectives == 2 else int((2 * population) ** 0.5) - 1
        directions = get_reference_directions("das-dennis", n_objectives, n_partitions=partitions)
        algorithm = MOEAD(directions, n_neighbors=NEIGHBOURS, **operators)
    else:
        algorithm = {"NSGA2": NSGA2, "SMSEMOA": SMSEMOA}[name](pop_size=population, **operators)
    algorithm.setup(declared, termination=NoTermination(), seed=seed)
    return algorithm
