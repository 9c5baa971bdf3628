"""What the surrogate sees of a genome beyond the features of its space."""

import numpy as np
import pytest

from evonas import Choice, Int, Permutation, Repeat, Space
from evonas.evolve.surrogate.features import EMPHASIS, Features

OPERATIONS = Choice(["conv", "pool", "skip"])


def test_parts_declared_alike_are_counted():
    space = Space({"edges": [OPERATIONS] * 4, "width": Int(1, 9)})
    features = Features(space)
    architecture = {"edges": ["conv", "skip", "conv", "conv"], "width": 5}
    (row,) = features([space.encode(architecture)])
    assert row[: space.n_features].tolist() == space.features([space.encode(architecture)])[0].tolist()
    assert (row[space.n_features :] / EMPHASIS).tolist() == [0.75, 0, 0.25]
    assert features.groups.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] + [5] * 3


def test_places_and_neighbours_of_a_permutation():
    space = Space(Permutation(["a", "b", "c"]))
    features = Features(space)
    one, other = features([space.encode(["c", "a", "b"]), space.encode(["b", "a", "c"])])
    own = space.n_features
    assert (2 * one[own : own + 9]).reshape(3, 3).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert (2 * one[own + 9 :]).tolist() == [1, 1, 0]  # a-b, a-c, b-c
    assert (2 * other[own + 9 :]).tolist() == [1, 1, 0]


def test_a_permutation_that_is_not_decided_has_neither():
    space = Space(Repeat({"order": Permutation([1, 2, 3])}, 1, 2))
    features = Features(space)
    one, two = (space.encode([{"order": [2, 1, 3]}] * n) for n in (1, 2))
    added = features([one, two])[:, space.n_features :]
    assert np.count_nonzero(added[1]) == 2 * np.count_nonzero(added[0])


@pytest.mark.parametrize("tree", [{"nothing": 1}, [OPERATIONS] * 3, Permutation([*range(30)])])
def test_as_many_as_it_says(tree):
    space = Space(tree)
    features = Features(space)
    genomes = space.samples(5, np.random.default_rng(0))
    assert features(genomes).shape == (5, features.n_features)
    assert features([]).shape == (0, features.n_features)
    assert len(features.groups) == features.n_features
