"""Directions are spread evenly."""

import math

import pytest

from evonas.evolve.directions import lattice


@pytest.mark.parametrize(
    "n_objectives, most, n", [(2, 20, 20), (3, 91, 91), (3, 20, 15), (3, 100, 91), (5, 20, 15), (4, 2, 4)]
)
def test_there_are_as_many_as_fit(n_objectives, most, n):
    """Deb and Jain 2014, table I: 91 directions for three objectives with 12 divisions."""
    assert len(lattice(n_objectives, most)) == n


@pytest.mark.parametrize("n_objectives", [1, 2, 3, 5])
def test_they_are_different_weights_of_sum_one(n_objectives):
    weights = lattice(n_objectives, 40)
    assert len({tuple(row) for row in weights.tolist()}) == len(weights)
    assert (weights >= 0).all() and all(math.isclose(total, 1) for total in weights.sum(axis=1))
