"""The swarm: who informs whom."""

import numpy as np
from evolve.continuous.driving import ellipsoid, evaluations

from evonas.evolve.continuous.particle_swarm import INFORMED, _informants, particle_swarm


def test_everybody_informs_itself_and_three_others_at_most():
    informants = _informants(20, np.random.default_rng(0))
    assert informants.diagonal().all()
    assert informants.sum(axis=0).max() <= INFORMED + 1
    assert informants.sum() > 20 * 2


def test_axes_of_different_lengths_are_no_trouble():
    assert evaluations(particle_swarm, ellipsoid, 5) < 6000
