"""Runs of continuous methods without a strategy around them, on functions whose minimum is 0."""

import numpy as np

from evonas.evolve.continuous.rounds import Start


def sphere(points):
    """Return 100 times the squared distance from a point off the centre."""
    return 100 * ((points - 0.6) ** 2).sum(axis=1)


def ellipsoid(points):
    """Return a quadratic function along the axes, of condition 10^6."""
    n_dims = points.shape[1]
    return 100 * ((points - 0.6) ** 2) @ 10 ** (6 * np.arange(n_dims) / max(n_dims - 1, 1))


def rosenbrock(points):
    z = 5 * points - 2.5
    return (100 * (z[:, 1:] - z[:, :-1] ** 2) ** 2 + (1 - z[:, :-1]) ** 2).sum(axis=1)


def begun(method, n_dims, seed=0, workers=1, point=None):
    """Return the rounds of a run, by default from the centre, and its start."""
    point = np.full(n_dims, 0.5) if point is None else point
    start = Start(point, np.random.default_rng(seed), workers=workers)
    return method(start), start


def driven(method, function, n_dims, most, target=-np.inf, **settings):
    """Return all points that a run asked for and what they cost, until a target or ``most`` is reached."""
    run, _ = begun(method, n_dims, **settings)
    points, costs = [], []
    asked = next(run, None)
    while asked is not None and sum(map(len, points)) < most:
        points.append(asked.copy())
        costs.append(function(asked))
        if costs[-1].min() <= target:
            break
        try:
            asked = run.send(costs[-1].copy())
        except StopIteration:
            break
    run.close()
    return np.concatenate(points), np.concatenate(costs)


def evaluations(method, function, n_dims, target=1e-8, most=50_000, **settings):
    """Return how many evaluations it takes to reach a target; ``most`` if it is never reached."""
    _, costs = driven(method, function, n_dims, most, target, **settings)
    reached = np.flatnonzero(costs <= target)
    return int(reached[0]) + 1 if len(reached) else most


def median_evaluations(method, function, n_dims, **settings):
    return float(
        np.median([evaluations(method, function, n_dims, seed=seed, **settings) for seed in range(3)])
    )
