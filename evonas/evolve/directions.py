"""Directions in the space of objectives, evenly spread: what some methods look along."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from evonas.evolve.pareto import Costs


def lattice(n_objectives: int, most: int) -> Costs:
    """Return weights of sum 1 on a simplex lattice, at most ``most`` of them (Das and Dennis 1998).

    >>> lattice(2, 4).round(2).tolist()
    [[0.0, 1.0], [0.33, 0.67], [0.67, 0.33], [1.0, 0.0]]

    Returns:
        ``(n, n_objectives)``: all vectors of whole multiples of 1/p, for the largest p that is possible; the
        unit vectors at least.
    """
    if n_objectives == 1:
        return np.ones((1, 1))
    p = 1
    while math.comb(p + n_objectives, n_objectives - 1) <= most:
        p += 1
    # A vector is where n_objectives - 1 bars stand among p stars.
    bars = np.array(list(combinations(range(p + n_objectives - 1), n_objectives - 1)))
    edges = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, p + n_objectives - 1)))
    return (np.diff(edges, axis=1) - 1) / p
