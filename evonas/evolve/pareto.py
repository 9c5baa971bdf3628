"""Who dominates whom, and who stands alone: ranks and crowding of many costs at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Costs: TypeAlias = NDArray[np.float64]
"""``(n, n_objectives)``, all to be minimized."""


def ranks(costs: Costs) -> NDArray[np.intp]:
    """Return the non-dominated front of each, ``(n,)`` from 0 for the best (Deb et al. 2002, section III-A).

    Sorted by moocore: choosing 1,000 of 2,000 in two objectives takes 1 ms where DEAP's quickest takes 23.
    """
    from moocore import pareto_rank

    return pareto_rank(costs).astype(np.intp) if len(costs) else np.empty(0, np.intp)


def crowding(costs: Costs, fronts: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
    """Return how far from its neighbours each stands, ``(n,)``, infinite at a front's ends.

    The distance of Deb et al. 2002 (section III-B): that between both neighbours along each objective, as a
    share of the front's width, and the mean of it over the objectives.

    Args:
        costs: Of one front, or of several that are counted apart.
        fronts: ``(n,)``, the front of each; None where there is one.
    """
    n, n_objectives = costs.shape
    fronts = np.zeros(n, np.intp) if fronts is None else fronts
    starts = np.searchsorted(np.sort(fronts), np.arange(fronts.max(initial=-1) + 2))
    first, last = starts[:-1], starts[1:] - 1
    distances = np.zeros(n)
    for column in costs.T:
        order = np.lexsort((column, fronts))
        ranked = column[order]
        widths = np.repeat(ranked[last] - ranked[first], last - first + 1)
        gaps = np.zeros(n)
        gaps[1:-1] = ranked[2:] - ranked[:-2]
        shares = np.divide(gaps, n_objectives * widths, out=np.zeros(n), where=widths > 0)
        shares[first] = shares[last] = np.inf
        distances[order] += shares
    return distances


def crowded_order(costs: Costs) -> NDArray[np.intp]:
    """Return all places from the best to the worst, by front and then by crowding (Deb et al. 2002, III-C).

    Between equals the first stays in front.
    """
    fronts = ranks(costs)
    return np.lexsort((-crowding(costs, fronts), fronts))


def scaled(costs: Costs) -> Costs:
    """Return costs as shares of the way from the lowest to the highest in each objective."""
    low, width = costs.min(axis=0), np.ptp(costs, axis=0)
    shares: Costs = (costs - low) / np.where(width > 0, width, 1.0)
    return shares
