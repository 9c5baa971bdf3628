"""Other libraries' methods for boxes in which the first variables are whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from blackbox.bill import Bill
from blackbox.peers import LARGEST_SEED, QUIET, population_of
from blackbox.problems import Vector

FIRST_STEP = 0.2  # of the ranges


def catcma(bill: Bill, seed: int) -> None:
    """Run CatCMA with margin (Hamano et al. 2025) of ``cmaes``, restarted with doubled populations."""
    from cmaes import CatCMAwM

    rng, population, k = np.random.default_rng(seed), population_of(bill), bill.n_integers
    reals = np.column_stack([bill.lower, bill.upper])[k:]
    ends = zip(bill.lower[:k].tolist(), bill.upper[:k].tolist(), strict=True)
    options = [list(range(int(low), int(high) + 1)) for low, high in ends]
    while True:
        run = CatCMAwM(
            x_space=reals if k < bill.n else None,
            z_space=options if k else None,
            population_size=population,
            seed=int(rng.integers(LARGEST_SEED)),
        )
        while not run.should_stop():
            points = [run.ask() for _ in range(population)]
            costs = bill.many([np.concatenate([point.z, point.x]) for point in points])
            run.tell(list(zip(points, costs, strict=True)))
        population *= 2


def pycma(bill: Bill, seed: int) -> None:
    """Run CMA-ES of ``cma`` with its handling of integers, restarted as IPOP."""
    import cma

    rng, whole = np.random.default_rng(seed), list(range(bill.n_integers))
    margin = np.where(np.arange(bill.n) < bill.n_integers, 0.5 - 1e-9, 0.0)
    low, high = bill.lower - margin, bill.upper + margin
    settings = {
        "bounds": [low, high],
        "CMA_stds": high - low,
        "integer_variables": whole,
        "popsize": population_of(bill),
        "seed": seed,
        **QUIET,
    }

    def start() -> Vector:
        return (low + high) / 2 if bill.evaluations == 0 else rng.uniform(low, high)

    while True:
        cma.fmin2(bill, start, FIRST_STEP, settings, restarts=99)


def pymoo_mixed(bill: Bill, seed: int) -> None:
    """Run pymoo's genetic algorithm for mixed variables."""
    from pymoo.core.mixed import MixedVariableGA
    from pymoo.core.problem import Problem
    from pymoo.core.termination import NoTermination
    from pymoo.core.variable import Integer, Real
    from pymoo.optimize import minimize as run

    ends = list(zip(bill.lower.tolist(), bill.upper.tolist(), strict=True))
    kinds = {
        f"x{place}": Integer(bounds=(int(low), int(high)))
        if place < bill.n_integers
        else Real(bounds=(low, high))
        for place, (low, high) in enumerate(ends)
    }

    class Box(Problem):  # type: ignore[misc]
        def _evaluate(self, x: Any, out: dict[str, Any], *_: Any, **__: Any) -> None:
            points: list[Vector] = [np.array([one[name] for name in kinds], dtype=float) for one in x]
            out["F"] = np.array(bill.many(points))

    run(Box(vars=kinds, n_obj=1), MixedVariableGA(pop_size=20), NoTermination(), seed=seed)
