"""Cheap scores of some architectures tell what others would score."""

import numpy as np

from evonas import Int, Space
from evonas.evolve.strategy import Scored
from evonas.evolve.surrogate.features import EMPHASIS, Features
from evonas.evolve.surrogate.scores import PredictedScores


def test_a_score_that_features_add_up_to_is_predicted_where_nobody_scored():
    rng = np.random.default_rng(0)
    features, coefficients = rng.standard_normal((260, 5)), rng.standard_normal(5)
    order = np.argsort(np.argsort(features @ coefficients))
    predicted = PredictedScores(features[:60], order[:60, None] / 260)(features[60:])
    assert predicted.shape == (200, 1)
    assert np.corrcoef(predicted[:, 0], order[60:])[0, 1] > 0.95


def test_more_features_than_architectures_are_no_obstacle():
    rng = np.random.default_rng(0)
    predicted = PredictedScores(rng.standard_normal((8, 4000)), rng.random((8, 2)))
    assert np.abs(predicted(rng.standard_normal((3, 4000)))).max() < 10


def test_scores_are_features_a_group_each():
    space = Space([Int(0, 9)] * 3)
    genomes = space.samples(20, np.random.default_rng(0))
    ranks = np.array([[genome.values.sum() / 27, 0.5] for genome in genomes])
    plain, scored = Features(space), Features(space, Scored(genomes, ranks))
    assert scored.n_features == plain.n_features + 2 == len(scored.groups)
    assert scored.groups[-2:].tolist() == [plain.groups.max() + 1, plain.groups.max() + 2]
    rows = scored(genomes)
    assert np.array_equal(rows[:, :-2], plain(genomes))
    assert np.allclose(rows[:, -2] / EMPHASIS, ranks[:, 0] - 0.5, atol=0.05)
    assert np.allclose(rows[:, -1], 0)
