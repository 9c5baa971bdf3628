"""Natural evolution strategies against their papers and the package cmaes."""

import math

import numpy as np
import pytest
from evolve.continuous.driving import evaluations, median_evaluations, sphere

from evonas.evolve.continuous.natural_evolution import _exponential, _utilities, snes, xnes


def test_only_ranks_count():
    """Four points: max(0, ln 3 - ln k) is 1.0986, 0.4055, 0, 0."""
    best, second, rest = 1.0986 / 1.5041 - 0.25, 0.4055 / 1.5041 - 0.25, -0.25
    assert _utilities(np.array([5.0, -1.0, 7.0, 0.0])) == pytest.approx([rest, best, rest, second], abs=1e-4)


def test_the_exponential_of_a_matrix():
    turned = np.array([[0.0, 1.0], [1.0, 0.0]])
    expected = [[math.cosh(1), math.sinh(1)], [math.sinh(1), math.cosh(1)]]
    assert _exponential(turned) == pytest.approx(np.array(expected))


def test_xnes_takes_as_long_as_the_library_alone():
    from cmaes import XNES

    def alone(seed):
        search, n = XNES(mean=np.full(5, 0.5), sigma=0.2, seed=seed), 0
        while True:
            points = np.array([search.ask() for _ in range(search.population_size)])
            costs = sphere(points)
            n += len(points)
            if costs.min() <= 1e-8:
                return n
            search.tell(list(zip(points, costs, strict=True)))

    ours = median_evaluations(xnes, sphere, 5)
    assert ours == pytest.approx(np.median([alone(seed) for seed in range(3)]), rel=0.4)


def test_snes_is_for_many_dimensions():
    assert evaluations(snes, sphere, 200, 1.0, 20_000) < 20_000
