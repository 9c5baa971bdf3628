"""evonas: evolutionary neural architecture search and black-box optimization on MPI.

Names are imported when first used, so that ``import evonas`` costs next to nothing and loads no library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evonas.errors import EvonasError as EvonasError
    from evonas.evaluate.evaluator import Context as Context
    from evonas.evolve.elite_map import Descriptor as Descriptor
    from evonas.evolve.records import Candidate as Candidate
    from evonas.evolve.records import Outcome as Outcome
    from evonas.evolve.strategies.dehb import DEHB as DEHB
    from evonas.evolve.strategies.differential_evolution import DifferentialEvolution as DifferentialEvolution
    from evonas.evolve.strategies.ehvi import EHVI as EHVI
    from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm as GeneticAlgorithm
    from evonas.evolve.strategies.hyperband import Hyperband as Hyperband
    from evonas.evolve.strategies.local_search import LocalSearch as LocalSearch
    from evonas.evolve.strategies.map_elites import MapElites as MapElites
    from evonas.evolve.strategies.memetic_algorithm import MemeticAlgorithm as MemeticAlgorithm
    from evonas.evolve.strategies.moead import MOEAD as MOEAD
    from evonas.evolve.strategies.multi_fidelity import MultiFidelityEvolution as MultiFidelityEvolution
    from evonas.evolve.strategies.nsga2 import NSGA2 as NSGA2
    from evonas.evolve.strategies.nsga3 import NSGA3 as NSGA3
    from evonas.evolve.strategies.random_search import RandomSearch as RandomSearch
    from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution as RegularizedEvolution
    from evonas.evolve.strategies.sms_emoa import SMSEMOA as SMSEMOA
    from evonas.evolve.strategies.successive_halving import SuccessiveHalving as SuccessiveHalving
    from evonas.evolve.strategies.surrogate_assisted import (
        SurrogateAssistedEvolution as SurrogateAssistedEvolution,
    )
    from evonas.evolve.strategies.zero_cost_warmup import ZeroCostWarmup as ZeroCostWarmup
    from evonas.evolve.strategy import Strategy as Strategy
    from evonas.manage.budget import Budget as Budget
    from evonas.manage.migration import Migration as Migration
    from evonas.runs.islands import Island as Island
    from evonas.runs.warm_start import WarmStart as WarmStart
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
    "DEHB": "evolve.strategies.dehb",
    "Descriptor": "evolve.elite_map",
    "DifferentialEvolution": "evolve.strategies.differential_evolution",
    "EHVI": "evolve.strategies.ehvi",
    "EvonasError": "errors",
    "GeneticAlgorithm": "evolve.strategies.genetic_algorithm",
    "Genome": "space.genome",
    "Hyperband": "evolve.strategies.hyperband",
    "Int": "space.decisions.numbers",
    "Island": "runs.islands",
    "LocalSearch": "evolve.strategies.local_search",
    "MOEAD": "evolve.strategies.moead",
    "MapElites": "evolve.strategies.map_elites",
    "MemeticAlgorithm": "evolve.strategies.memetic_algorithm",
    "Migration": "manage.migration",
    "MultiFidelityEvolution": "evolve.strategies.multi_fidelity",
    "NSGA2": "evolve.strategies.nsga2",
    "NSGA3": "evolve.strategies.nsga3",
    "Outcome": "evolve.records",
    "Permutation": "space.decisions.permutation",
    "RandomSearch": "evolve.strategies.random_search",
    "Real": "space.decisions.numbers",
    "RegularizedEvolution": "evolve.strategies.regularized_evolution",
    "Repeat": "space.decisions.repeat",
    "SMSEMOA": "evolve.strategies.sms_emoa",
    "Search": "search",
    "Space": "space.space",
    "Strategy": "evolve.strategy",
    "Subset": "space.decisions.subset",
    "SuccessiveHalving": "evolve.strategies.successive_halving",
    "SurrogateAssistedEvolution": "evolve.strategies.surrogate_assisted",
    "WarmStart": "runs.warm_start",
    "ZeroCostWarmup": "evolve.strategies.zero_cost_warmup",
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
