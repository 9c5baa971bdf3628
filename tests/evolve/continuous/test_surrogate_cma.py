"""lq-CMA-ES: what the model saves, and how many are evaluated at once."""

import numpy as np
from evolve.continuous.driving import begun, ellipsoid, median_evaluations, rosenbrock, sphere

from evonas.evolve.continuous.cma_es import cma_es
from evonas.evolve.continuous.surrogate_cma import lq_cma_es


def test_a_quadratic_function_is_known_by_its_model():
    assert median_evaluations(lq_cma_es, sphere, 5) < 30
    assert median_evaluations(lq_cma_es, ellipsoid, 3) < 100


def test_the_model_saves_most_evaluations():
    assert median_evaluations(lq_cma_es, rosenbrock, 2) < 0.4 * median_evaluations(cma_es, rosenbrock, 2)


def test_workers_are_used():
    run, _ = begun(lq_cma_es, 3, workers=12)
    points = next(run)
    assert len(points) == 12
    sizes = []
    for _ in range(10):
        points = run.send(np.abs(np.sin(20 * points)).sum(axis=1))
        sizes.append(len(points))
    assert min(sizes) == 12
