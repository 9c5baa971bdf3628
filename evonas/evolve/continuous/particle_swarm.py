"""Particle swarm: points fly on, drawn towards the best that they and their informants have seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.convergence import Convergence
from evonas.evolve.continuous.rounds import Points, Rounds, Start

INERTIA = 1 / (2 * math.log(2))
"""Share of its velocity that a particle keeps (w)."""
PULL = 0.5 + math.log(2)
"""How strongly the best known points attract at most (c)."""
INFORMED = 3
"""Particles that each one informs, chosen at random (K)."""


def particle_swarm(start: Start, *, population: int | None = None) -> Rounds:
    """Return one run of the standard particle swarm SPSO 2007 (Clerc 2012, section 3), one round a step.

    A particle that would leave the cube stops at its side.

    Args:
        start: Where the first particle begins; the others begin at random points.
        population: Particles; None takes 10 + 2 sqrt n, or as many as are evaluated at once.
    """
    rng, n_dims = start.rng, len(start.point)
    size = population or max(10 + int(2 * math.sqrt(n_dims)), start.workers)
    places = rng.random((size, n_dims))
    velocities = (rng.random((size, n_dims)) - places) / 2
    places[0] = start.point
    costs = yield places
    bests, best_costs = places.copy(), costs
    convergence, informants = Convergence(n_dims, size), _informants(size, rng)
    while not convergence.reached(costs):
        guides = bests[np.where(informants, best_costs, np.inf).argmin(axis=1)]
        pull = _pull(bests - places, rng) + np.where(guides == bests, 0.0, _pull(guides - places, rng))
        velocities = INERTIA * velocities + pull
        places = places + velocities
        outside = (places < 0) | (places > 1)
        velocities[outside] = 0.0
        places = places.clip(0.0, 1.0)
        costs = yield places
        lowest, better = best_costs.min(), costs < best_costs
        bests[better], best_costs = places[better], np.minimum(costs, best_costs)
        if best_costs.min() >= lowest:
            informants = _informants(size, rng)


def _pull(ways: Points, rng: np.random.Generator) -> Points:
    """Return a random part of each component of the ways to what attracts."""
    pull: Points = PULL * rng.random(ways.shape) * ways
    return pull


def _informants(size: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return who informs whom: row i is true for those that inform particle i, itself among them."""
    informants = np.eye(size, dtype=np.bool_)
    informants[rng.integers(size, size=(size, INFORMED)), np.arange(size)[:, None]] = True
    return informants
