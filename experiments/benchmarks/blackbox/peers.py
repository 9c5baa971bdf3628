"""Other libraries' methods for boxes of real numbers, each by one function ``minimize(bill, seed)``.

All see a cube from -5 to 5, the box of bbob, whatever the box is. Each calls the bill until that says
``Spent``: who converges begins again, at first in the centre and then anywhere, or as its restarts are
published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from blackbox.bill import HALF_SIDE, Bill
from blackbox.problems import Vector

Minimize: TypeAlias = Callable[[Bill, int], None]
"""Minimizes a bill with a seed."""

STEP = 2.0  # for methods that want to know how far to look at first: a fifth of the cube's sides
LARGEST_SEED = 2**31 - 1


def starts(bill: Bill, rng: np.random.Generator) -> Iterator[Vector]:
    """Yield the centre, then random points, as long as something is evaluated from each of them."""
    yield np.zeros(bill.n)
    before = 0
    while bill.evaluations > before:
        before = bill.evaluations
        yield anywhere(bill, rng)


def anywhere(bill: Bill, rng: np.random.Generator) -> Vector:
    """Return a random point of the cube."""
    return rng.uniform(-HALF_SIDE, HALF_SIDE, bill.n)


def cube(bill: Bill) -> list[tuple[float, float]]:
    """Return where the sides of the cube begin and end."""
    return [(-HALF_SIDE, HALF_SIDE)] * bill.n


def population_of(bill: Bill) -> int:
    """Return the usual population of CMA-ES; more only to keep everybody at work."""
    return max(4 + int(3 * np.log(bill.n)), bill.in_flight)


def scipy_local(method: str, **options: Any) -> Minimize:
    """Return restarts of a local method of scipy."""

    def minimize(bill: Bill, seed: int) -> None:
        from scipy.optimize import minimize as descend

        for start in starts(bill, np.random.default_rng(seed)):
            descend(bill.at, start, method=method, bounds=cube(bill), options=options)

    return minimize


def slsqp_side_by_side(bill: Bill, seed: int) -> None:
    """Restart SLSQP, which asks for a point and the finite differences around it at once."""
    from scipy.optimize import minimize as descend

    step = 1e-8 * HALF_SIDE

    def value_and_slope(point: Vector) -> tuple[float, Vector]:
        steps = np.where(point + step <= HALF_SIDE, step, -step)
        values = bill.at_all(np.vstack([point, point + np.diag(steps)]))
        return float(values[0]), (values[1:] - values[0]) / steps

    box, options = cube(bill), {"ftol": 1e-12}
    for start in starts(bill, np.random.default_rng(seed)):
        descend(value_and_slope, start, jac=True, method="SLSQP", bounds=box, options=options)


def nlopt(name: str) -> Minimize:
    """Return restarts of a method of NLopt."""

    def minimize(bill: Bill, seed: int) -> None:
        import nlopt as library

        library.srand(seed)
        for start in starts(bill, np.random.default_rng(seed)):
            method = library.opt(getattr(library, name), bill.n)
            method.set_lower_bounds(-HALF_SIDE)
            method.set_upper_bounds(HALF_SIDE)
            method.set_min_objective(lambda point, _: bill.at(point))
            method.set_initial_step(STEP)
            method.set_xtol_rel(1e-9)
            try:
                method.optimize(start)
            except library.RoundoffLimited:
                continue  # it got as far as numbers allow
            except SystemError as error:  # the bill was spent at a point after which it would have ended
                raise error.__cause__ or error from None

    return minimize


def cmaes_bipop(bill: Bill, seed: int) -> None:
    """Run BIPOP-CMA-ES (Hansen 2009) on ``cmaes``, which leaves the restarts to its users."""
    from cmaes import CMA

    rng, smallest = np.random.default_rng(seed), population_of(bill)
    population, step, mean = smallest, STEP, np.zeros(bill.n)
    n_large, spent, is_small = 0, [0, 0], False
    while True:
        before = bill.evaluations
        run_cmaes(CMA, bill, rng, mean, step, population)
        if n_large:  # the first run counts for neither regime
            spent[is_small] += bill.evaluations - before
        is_small = spent[1] < spent[0]
        if is_small:
            population = max(int(smallest * (0.5 * 2**n_large) ** (rng.random() ** 2)), bill.in_flight)
            step = STEP * 10 ** (-2 * rng.random())
        else:
            n_large += 1
            population, step = smallest * 2**n_large, STEP
        mean = anywhere(bill, rng)


def cmaes_separable(bill: Bill, seed: int) -> None:
    """Run sep-CMA-ES (Ros and Hansen 2008) of ``cmaes``, restarted with doubled populations."""
    from cmaes import SepCMA

    rng, population = np.random.default_rng(seed), population_of(bill)
    for start in starts(bill, rng):
        run_cmaes(SepCMA, bill, rng, start, STEP, population)
        population *= 2


def run_cmaes(
    method: Any, bill: Bill, rng: np.random.Generator, mean: Vector, step: float, population: int
) -> None:
    """Run a method of ``cmaes`` until it has converged."""
    bounds, seed = np.array(cube(bill)), int(rng.integers(LARGEST_SEED))
    run = method(mean=mean, sigma=step, bounds=bounds, population_size=population, seed=seed)
    while not run.should_stop():
        points = [run.ask() for _ in range(population)]
        run.tell(list(zip(points, bill.at_all(points).tolist(), strict=True)))


def pycma(handles_noise: bool = False) -> Minimize:
    """Return BIPOP-CMA-ES of ``cma``, with its handler of noise if asked for."""

    def minimize(bill: Bill, seed: int) -> None:
        import cma

        rng = np.random.default_rng(seed)
        settings = {"bounds": [-HALF_SIDE, HALF_SIDE], "seed": seed, "popsize": population_of(bill), **QUIET}
        how: dict[str, Any] = {"bipop": True, "restarts": 99}
        if handles_noise:
            how["noise_handler"] = cma.NoiseHandler(bill.n)
        if bill.in_flight > 1:
            how["parallel_objective"] = lambda points: bill.at_all(points).tolist()
        first = True

        def start() -> Vector:
            nonlocal first
            point, first = np.zeros(bill.n) if first else anywhere(bill, rng), False
            return point

        while True:
            cma.fmin2(bill.at, start, STEP, settings, **how)

    return minimize


QUIET = {"verbose": -9, "maxfevals": np.inf}


def lq_cma(bill: Bill, seed: int) -> None:
    """Run lq-CMA-ES (Hansen 2019) of ``cma``: evaluates few of a population, a model tells of the others."""
    import cma

    rng = np.random.default_rng(seed)
    for start in starts(bill, rng):
        settings = {"bounds": [-HALF_SIDE, HALF_SIDE], "seed": int(rng.integers(1, LARGEST_SEED)), **QUIET}
        cma.fmin_lq_surr2(bill.at, start, STEP, settings)


def vkd_cma(bill: Bill, seed: int) -> None:
    """Run VkD-CMA-ES (Akimoto and Hansen 2016) of ``cma``, restarted with doubled populations."""
    import cma
    from cma.restricted_gaussian_sampler import GaussVkDSampler

    rng, population = np.random.default_rng(seed), population_of(bill)
    for start in starts(bill, rng):
        settings = {
            "bounds": [-HALF_SIDE, HALF_SIDE],
            "seed": int(rng.integers(1, LARGEST_SEED)),
            "popsize": population,
            **QUIET,
        }
        run = cma.CMAEvolutionStrategy(start, STEP, GaussVkDSampler.extend_cma_options(settings))
        while not run.stop():
            points = run.ask()
            run.tell(points, bill.at_all(points).tolist())
        population *= 2


def differential_evolution(bill: Bill, seed: int) -> None:
    """Run scipy's differential evolution, again when it has converged."""
    from scipy.optimize import differential_evolution as evolve

    call: dict[str, Any] = {"func": bill.at}
    if bill.in_flight > 1:
        call = {"func": lambda points: bill.at_all(points.T), "vectorized": True, "updating": "deferred"}
    rng = np.random.default_rng(seed)
    for start in starts(bill, rng):
        evolve(bounds=cube(bill), rng=rng, x0=start, maxiter=10**9, polish=False, **call)


def dual_annealing(bill: Bill, seed: int) -> None:
    """Run scipy's dual annealing."""
    from scipy.optimize import dual_annealing as anneal

    rng = np.random.default_rng(seed)
    for start in starts(bill, rng):
        anneal(bill.at, bounds=cube(bill), rng=rng, x0=start, maxiter=10**6, maxfun=10**9)


def pymoo(name: str, module: str) -> Minimize:
    """Return a method of pymoo for one objective, begun anew when its own test says that it has converged."""

    def minimize(bill: Bill, seed: int) -> None:
        from importlib import import_module

        from pymoo.core.problem import Problem
        from pymoo.optimize import minimize as run

        class Box(Problem):  # type: ignore[misc]
            def _evaluate(self, x: Vector, out: dict[str, Any], *_: Any, **__: Any) -> None:
                out["F"] = bill.at_all(x)

        box, rng = Box(n_var=bill.n, n_obj=1, xl=-HALF_SIDE, xu=HALF_SIDE), np.random.default_rng(seed)
        method = getattr(import_module(module), name)
        for start in starts(bill, rng):
            begun = method(x0=start) if name == "PatternSearch" else method()
            run(box, begun, seed=int(rng.integers(LARGEST_SEED)))

    return minimize


def nevergrad(bill: Bill, seed: int) -> None:
    """Run Nevergrad's NGOpt8, which wants to know its budget and sees whole numbers as such.

    With numpy 2.4 or newer it ends with a TypeError once it fits its models, which is late; the portfolios
    that came after it do so early.
    """
    import nevergrad as ng

    space: Any = ng.p.Array(init=np.zeros(bill.n), lower=-HALF_SIDE, upper=HALF_SIDE)
    take = bill.at_all
    if bill.n_integers:
        ends = zip(bill.lower.tolist(), bill.upper.tolist(), strict=True)
        numbers = [ng.p.Scalar(init=(low + high) / 2, lower=low, upper=high) for low, high in ends]
        whole = [number.set_integer_casting() for number in numbers[: bill.n_integers]]
        space, take = ng.p.Tuple(*whole, *numbers[bill.n_integers :]), bill.many
    space.random_state.seed(seed)
    n = bill.in_flight
    method = ng.optimizers.registry["NGOpt8"](space, budget=(bill.budget + 1) * n, num_workers=n)
    while True:
        candidates = [method.ask() for _ in range(n)]
        for one, cost in zip(candidates, take([one.value for one in candidates]), strict=True):
            method.tell(one, float(cost))


def optuna(bill: Bill, seed: int) -> None:
    """Run Optuna's tree-structured Parzen estimator; it sees whole numbers as such."""
    import optuna as library

    library.logging.set_verbosity(library.logging.ERROR)
    kinds = library.distributions
    space = {
        f"x{place}": kinds.IntDistribution(int(low), int(high))
        if place < bill.n_integers
        else kinds.FloatDistribution(low, high)
        for place, (low, high) in enumerate(zip(bill.lower.tolist(), bill.upper.tolist(), strict=True))
    }
    sampler = library.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=bill.in_flight > 1)
    study = library.create_study(sampler=sampler)
    while True:
        trials = [study.ask(space) for _ in range(bill.in_flight)]
        points = [[trial.params[name] for name in space] for trial in trials]
        for trial, cost in zip(trials, bill.many(points), strict=True):
            study.tell(trial, cost)
