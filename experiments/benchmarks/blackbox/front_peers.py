"""Other libraries' methods for two objectives."""

from __future__ import annotations

from typing import Any

import numpy as np

from blackbox.bill import HALF_SIDE, Bill
from blackbox.peers import LARGEST_SEED, STEP, Minimize
from blackbox.problems import Vector

POPULATION = 20  # as ours have, too
KERNELS = 10  # of COMO-CMA-ES, each a CMA-ES that improves one point of the front


def pymoo_front(name: str, module: str) -> Minimize:
    """Return a method of pymoo for several objectives."""

    def minimize(bill: Bill, seed: int) -> None:
        from importlib import import_module

        from pymoo.core.problem import Problem
        from pymoo.core.termination import NoTermination
        from pymoo.optimize import minimize as run

        class Box(Problem):  # type: ignore[misc]
            def _evaluate(self, x: Vector, out: dict[str, Any], *_: Any, **__: Any) -> None:
                out["F"] = bill.at_all(x)

        box = Box(n_var=bill.n, n_obj=2, xl=-HALF_SIDE, xu=HALF_SIDE)
        run(box, getattr(import_module(module), name)(pop_size=POPULATION), NoTermination(), seed=seed)

    return minimize


def como(bill: Bill, seed: int) -> None:
    """Run COMO-CMA-ES (Touré et al. 2019) of its authors, with restarts of kernels that have converged."""
    import comocma

    rng = np.random.default_rng(seed)
    first = [np.zeros(bill.n), *rng.uniform(-HALF_SIDE, HALF_SIDE, (KERNELS - 1, bill.n))]
    settings = {"bounds": [-HALF_SIDE, HALF_SIDE], "verbose": -9, "seed": int(rng.integers(1, LARGEST_SEED))}
    kernels = comocma.get_cmas(first, STEP, inopts=settings)
    known = bill.at_all([np.zeros(bill.n), *rng.uniform(-HALF_SIDE, HALF_SIDE, (9, bill.n))])
    run = comocma.Sofomore(
        kernels, reference_point=known.max(axis=0).tolist(), opts={"archive": False, "verb_filename": ""}
    )
    while True:
        points = run.ask()
        run.tell(points, bill.at_all(points).tolist())
