"""evonas: evolutionary neural architecture search and black-box optimization on MPI.

Names are imported when first used, so that ``import evonas`` costs next to nothing and loads no library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evonas.errors import EvonasError as EvonasError
    from evonas.evaluate.evaluator import Context as Context
    from evonas.evolve.records import Candidate as Candidate
    from evonas.evolve.records import Outcome as Outcome
    from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm as GeneticAlgorithm
    from evonas.evolve.strategies.random_search import RandomSearch as RandomSearch
    from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution as RegularizedEvolution
    from evonas.evolve.strategy import Strategy as Strategy
    from evonas.manage.budget import Budget as Budget
    from evonas.manage.migration import Migration as Migration
    from evonas.runs.islands import Island as Island
    from evonas.search import Search as Search
    from evonas.space.cells.cell import Cell as Cell
    from evonas.space.decisions.choice import Choice as Choice
    from evonas.space.decisions.numbers import Int as Int
    from evonas.space.decisions.numbers import Real as Real
    from evonas.space.decisions.permutation import Permutation as Permutation
    from evonas.space.decisions.repeat import Repeat as Repeat
    from evonas.space.decisions.subset import Subset as Subset
    from evonas.space.genome import Genome as Genome
    from evonas.space.space import Space as Space

__version__ = "0.1.0"

_HOMES = {
    "Budget": "manage.budget",
    "Candidate": "evolve.records",
    "Cell": "space.cells.cell",
    "Choice": "space.decisions.choice",
    "Context": "evaluate.evaluator",
    "EvonasError": "errors",
    "GeneticAlgorithm": "evolve.strategies.genetic_algorithm",
    "Genome": "space.genome",
    "Int": "space.decisions.numbers",
    "Island": "runs.islands",
    "Migration": "manage.migration",
    "Outcome": "evolve.records",
    "Permutation": "space.decisions.permutation",
    "RandomSearch": "evolve.strategies.random_search",
    "Real": "space.decisions.numbers",
    "RegularizedEvolution": "evolve.strategies.regularized_evolution",
    "Repeat": "space.decisions.repeat",
    "Search": "search",
    "Space": "space.space",
    "Strategy": "evolve.strategy",
    "Subset": "space.decisions.subset",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'evonas' has no attribute {name!r}; it has {', '.join(_HOMES)}")
    value = getattr(import_module(f"evonas.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
