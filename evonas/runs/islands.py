"""What the islands of a search are, and how they share its budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evonas.errors import SearchError, complaint
from evonas.evolve.objectives import Objectives
from evonas.evolve.strategies.cat_cma import CatCMA
from evonas.evolve.strategies.cma_es import CMAES
from evonas.evolve.strategies.ehvi import EHVI
from evonas.evolve.strategies.mo_cma_es import MOCMAES
from evonas.evolve.strategies.portfolio import Portfolio
from evonas.evolve.strategies.relay import Relay
from evonas.evolve.strategies.surrogate_assisted import SurrogateAssistedEvolution
from evonas.evolve.strategy import Strategy
from evonas.space.locus import Gene
from evonas.space.space import Space

MODELLED, MODELLED_PER_GENE = 500, 50
"""Evaluations that ``minimize`` has chosen by Gaussian processes at first, and those for each gene: in
constrained valleys CMA-ES is ahead after these; fronts gain from all in 5 dimensions as in 10."""


@dataclass(frozen=True, kw_only=True)
class Island:
    """One island that differs from the others; what is left out is as in the search.

    >>> from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
    >>> Island(strategy=RegularizedEvolution(population=10), fidelity=4)
    Island(strategy=RegularizedEvolution(population=10, tournament=10), objectives=None, fidelity=4)

    Args:
        strategy: Its method.
        objectives: What it optimizes: some of the search's objectives, the most important one first.
        fidelity: How thoroughly it evaluates; evaluators find it as ``context.fidelity``. Elites that come
            from another fidelity are evaluated again.

    Raises:
        SearchError: A setting cannot be used.
    """

    strategy: Strategy | str | None = None
    objectives: Mapping[str, str] | None = None
    fidelity: float | None = None

    def __post_init__(self) -> None:
        if self.strategy is not None:
            method(self.strategy)
        if self.objectives is not None:
            Objectives(self.objectives)
        if self.fidelity is not None and (
            isinstance(self.fidelity, bool) or not isinstance(self.fidelity, int | float)
        ):
            remedy = "write fidelity=10, or leave it out for full"
            raise SearchError(complaint("Island: fidelity", "a number", self.fidelity, remedy))


def method(strategy: object, aims: Objectives | None = None) -> Strategy:
    """Return the strategy that a name stands for, or the given one.

    Args:
        strategy: ``"auto"``, or a strategy.
        aims: What it is for: several objectives or constraints are the business of another one.

    Raises:
        SearchError: It is neither.
    """
    if isinstance(strategy, Strategy):
        return strategy
    if strategy == "auto":
        return EHVI() if aims and (len(aims) > 1 or aims.constraints) else SurrogateAssistedEvolution()
    remedy = 'write strategy=evonas.RegularizedEvolution(), or "auto"'
    raise SearchError(complaint("strategy", 'a Strategy or "auto"', strategy, remedy))


def optimizer(strategy: object, space: Space, aims: Objectives) -> Strategy:
    """Return the strategy of ``minimize``, whose ``"auto"`` looks at what is searched.

    Real numbers are the business of the portfolio; where limits or several objectives stand against
    differences, and where options are mixed in, a Gaussian process is ahead for some hundred evaluations, and
    a normal distribution that adapts to what it finds goes on from there.

    Args:
        strategy: ``"auto"``, or a strategy.
        space: What is searched.
        aims: What it is for.

    Raises:
        SearchError: It is neither.
    """
    if isinstance(strategy, Strategy):
        return strategy
    if strategy != "auto":
        remedy = 'write method=evonas.CMAES(), or "auto"'
        raise SearchError(complaint("method", 'a Strategy or "auto"', strategy, remedy))
    if space.is_box and len(aims) == 1 and not aims.constraints:
        return Portfolio()
    model = method(strategy, aims)
    if len(aims) > 1:
        return Relay(first=model, then=MOCMAES(), after=MODELLED) if space.is_box else model
    if not all(isinstance(locus, Gene) for locus in space.loci):
        return model
    after = max(1, min(MODELLED_PER_GENE * space.n_genes, MODELLED))
    return Relay(first=model, then=CMAES() if space.is_box else CatCMA(), after=after)


def each(islands: object) -> list[Island]:
    """Return the islands that ``Search(islands=)`` means.

    Raises:
        SearchError: It is neither a number nor a list of islands or strategies.
    """
    if isinstance(islands, int) and not isinstance(islands, bool) and islands >= 1:
        return [Island()] * islands
    if isinstance(islands, Sequence) and not isinstance(islands, str) and islands:
        return [one if isinstance(one, Island) else Island(strategy=method(one)) for one in islands]
    rule = "a number of islands, or a list of Island and Strategy"
    raise SearchError(complaint("islands", rule, islands, "write islands=4"))


def quotas(evaluations: int, begun: Sequence[int], finished: Sequence[int], spent: int) -> list[int]:
    """Return how many evaluations each island may begin in all.

    They share the budget evenly, less what islands spent that are no more; what one had begun before
    there were so many islands stays begun, and the others have the less. If more is begun than there is
    budget for, because islands that were no more are back, the last ones give some up that nobody has
    finished. The answer does not depend on how far they are since: whoever asks later is told the same.

    >>> quotas(100, [0, 0, 0], [0, 0, 0], 0), quotas(100, [20, 5, 0], [18, 5, 0], 10)
    ([34, 33, 33], [30, 30, 30])
    >>> quotas(100, [90, 0, 0], [80, 0, 0], 0), quotas(100, [60, 45], [60, 40], 0)
    ([90, 5, 5], [60, 40])

    Args:
        evaluations: The budget.
        begun: Evaluations that each island has begun.
        finished: Those of them that are finished.
        spent: Evaluations finished on islands that are no more.
    """
    shares = _filled(evaluations - spent, begun)
    for island in reversed(range(len(begun))):
        surplus = max(sum(shares) + spent - evaluations, 0)
        shares[island] -= min(surplus, begun[island] - finished[island])
    return shares


def _filled(evaluations: int, begun: Sequence[int]) -> list[int]:
    """Return even shares, but to each what it has begun at least."""
    shares, sharing = list(begun), list(range(len(begun)))
    while sharing:
        left = max(evaluations - sum(n for island, n in enumerate(begun) if island not in sharing), 0)
        for place, island in enumerate(sharing):
            shares[island] = left // len(sharing) + (place < left % len(sharing))
        over = [island for island in sharing if begun[island] > shares[island]]
        if not over:
            break
        for island in over:
            shares[island] = begun[island]
            sharing.remove(island)
    return shares
