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
    from evonas.evolve.strategies.cat_cma import CatCMA as CatCMA
    from evonas.evolve.strategies.cma_es import CMAES as CMAES
    from evonas.evolve.strategies.dehb import DEHB as DEHB
    from evonas.evolve.strategies.differential_evolution import DifferentialEvolution as DifferentialEvolution
    from evonas.evolve.strategies.ehvi import EHVI as EHVI
    from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm as GeneticAlgorithm
    from evonas.evolve.strategies.hyperband import Hyperband as Hyperband
    from evonas.evolve.strategies.local_search import LocalSearch as LocalSearch
    from evonas.evolve.strategies.lshade import LSHADE as LSHADE
    from evonas.evolve.strategies.map_elites import MapElites as MapElites
    from evonas.evolve.strategies.memetic_algorithm import MemeticAlgorithm as MemeticAlgorithm
    from evonas.evolve.strategies.mo_cma_es import MOCMAES as MOCMAES
    from evonas.evolve.strategies.moead import MOEAD as MOEAD
    from evonas.evolve.strategies.multi_fidelity import MultiFidelityEvolution as MultiFidelityEvolution
    from evonas.evolve.strategies.nelder_mead import NelderMead as NelderMead
    from evonas.evolve.strategies.nsga2 import NSGA2 as NSGA2
    from evonas.evolve.strategies.nsga3 import NSGA3 as NSGA3
    from evonas.evolve.strategies.one_plus_one_cma_es import OnePlusOneCMAES as OnePlusOneCMAES
    from evonas.evolve.strategies.particle_swarm import ParticleSwarm as ParticleSwarm
    from evonas.evolve.strategies.portfolio import Portfolio as Portfolio
    from evonas.evolve.strategies.quasi_newton import QuasiNewton as QuasiNewton
    from evonas.evolve.strategies.random_search import RandomSearch as RandomSearch
    from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution as RegularizedEvolution
    from evonas.evolve.strategies.relay import Relay as Relay
    from evonas.evolve.strategies.sms_emoa import SMSEMOA as SMSEMOA
    from evonas.evolve.strategies.snes import SNES as SNES
    from evonas.evolve.strategies.successive_halving import SuccessiveHalving as SuccessiveHalving
    from evonas.evolve.strategies.surrogate_assisted import (
        SurrogateAssistedEvolution as SurrogateAssistedEvolution,
    )
    from evonas.evolve.strategies.surrogate_cma_es import SurrogateCMAES as SurrogateCMAES
    from evonas.evolve.strategies.trust_region import TrustRegion as TrustRegion
    from evonas.evolve.strategies.xnes import XNES as XNES
    from evonas.evolve.strategies.zero_cost_warmup import ZeroCostWarmup as ZeroCostWarmup
    from evonas.evolve.strategy import Strategy as Strategy
    from evonas.manage.budget import Budget as Budget
    from evonas.manage.migration import Migration as Migration
    from evonas.minimum import Minimum as Minimum
    from evonas.optimize import minimize as minimize
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
    "CMAES": "evolve.strategies.cma_es",
    "Candidate": "evolve.records",
    "CatCMA": "evolve.strategies.cat_cma",
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
    "LSHADE": "evolve.strategies.lshade",
    "LocalSearch": "evolve.strategies.local_search",
    "MOCMAES": "evolve.strategies.mo_cma_es",
    "MOEAD": "evolve.strategies.moead",
    "MapElites": "evolve.strategies.map_elites",
    "MemeticAlgorithm": "evolve.strategies.memetic_algorithm",
    "Migration": "manage.migration",
    "Minimum": "minimum",
    "MultiFidelityEvolution": "evolve.strategies.multi_fidelity",
    "NSGA2": "evolve.strategies.nsga2",
    "NSGA3": "evolve.strategies.nsga3",
    "NelderMead": "evolve.strategies.nelder_mead",
    "OnePlusOneCMAES": "evolve.strategies.one_plus_one_cma_es",
    "Outcome": "evolve.records",
    "ParticleSwarm": "evolve.strategies.particle_swarm",
    "Permutation": "space.decisions.permutation",
    "Portfolio": "evolve.strategies.portfolio",
    "QuasiNewton": "evolve.strategies.quasi_newton",
    "RandomSearch": "evolve.strategies.random_search",
    "Real": "space.decisions.numbers",
    "RegularizedEvolution": "evolve.strategies.regularized_evolution",
    "Relay": "evolve.strategies.relay",
    "Repeat": "space.decisions.repeat",
    "SMSEMOA": "evolve.strategies.sms_emoa",
    "SNES": "evolve.strategies.snes",
    "Search": "search",
    "Space": "space.space",
    "Strategy": "evolve.strategy",
    "Subset": "space.decisions.subset",
    "SuccessiveHalving": "evolve.strategies.successive_halving",
    "SurrogateAssistedEvolution": "evolve.strategies.surrogate_assisted",
    "SurrogateCMAES": "evolve.strategies.surrogate_cma_es",
    "TrustRegion": "evolve.strategies.trust_region",
    "WarmStart": "runs.warm_start",
    "XNES": "evolve.strategies.xnes",
    "ZeroCostWarmup": "evolve.strategies.zero_cost_warmup",
    "minimize": "optimize",
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
