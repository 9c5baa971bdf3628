"""What every strategy promises; a new one is added to ``STRATEGIES`` and is born tested."""

import copy
import math
import random
from functools import cache

import numpy as np
import pytest
from deap import base, tools

from evonas import Choice, Int, Real, Repeat, Space
from evonas.errors import StrategyError
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.elite_map import Descriptor
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.cat_cma import CatCMA
from evonas.evolve.strategies.cma_es import CMAES
from evonas.evolve.strategies.dehb import DEHB
from evonas.evolve.strategies.differential_evolution import DifferentialEvolution
from evonas.evolve.strategies.ehvi import EHVI
from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm
from evonas.evolve.strategies.hyperband import Hyperband
from evonas.evolve.strategies.local_search import LocalSearch
from evonas.evolve.strategies.lshade import LSHADE
from evonas.evolve.strategies.map_elites import MapElites
from evonas.evolve.strategies.memetic_algorithm import MemeticAlgorithm
from evonas.evolve.strategies.mo_cma_es import MOCMAES
from evonas.evolve.strategies.moead import MOEAD
from evonas.evolve.strategies.multi_fidelity import MultiFidelityEvolution
from evonas.evolve.strategies.nelder_mead import NelderMead
from evonas.evolve.strategies.nsga2 import NSGA2
from evonas.evolve.strategies.nsga3 import NSGA3
from evonas.evolve.strategies.one_plus_one_cma_es import OnePlusOneCMAES
from evonas.evolve.strategies.particle_swarm import ParticleSwarm
from evonas.evolve.strategies.portfolio import Portfolio
from evonas.evolve.strategies.quasi_newton import QuasiNewton
from evonas.evolve.strategies.random_search import RandomSearch
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
from evonas.evolve.strategies.relay import Relay
from evonas.evolve.strategies.sms_emoa import SMSEMOA
from evonas.evolve.strategies.snes import SNES
from evonas.evolve.strategies.successive_halving import SuccessiveHalving
from evonas.evolve.strategies.surrogate_assisted import SurrogateAssistedEvolution
from evonas.evolve.strategies.surrogate_cma_es import SurrogateCMAES
from evonas.evolve.strategies.trust_region import TrustRegion
from evonas.evolve.strategies.xnes import XNES
from evonas.evolve.strategies.zero_cost_warmup import ZeroCostWarmup


def gaussian():
    toolbox = base.Toolbox()
    toolbox.register("mate", tools.cxOnePoint)
    toolbox.register("mutate", tools.mutGaussian, mu=0.0, sigma=1.0, indpb=0.3)
    toolbox.register("select", tools.selTournament, tournsize=3)
    return toolbox


def shuffling():
    toolbox = base.Toolbox()
    toolbox.register("mutate", tools.mutShuffleIndexes, indpb=0.2)
    toolbox.register("select", tools.selBest)
    return toolbox


OPERATORS = {
    "toolbox": None,
    "proposer": None,
    "strategy": None,
    "first": None,
    "then": None,
}  # not equal to their copies
STRATEGIES = {
    "ehvi": EHVI(initial=6, population=8, training=12),
    "moead": MOEAD(population=8),
    "nsga2": NSGA2(population=8),
    "nsga3": NSGA3(population=8),
    "sms": SMSEMOA(population=8),
    "portfolio": Portfolio(),
    "random": RandomSearch(),
    "surrogate": SurrogateAssistedEvolution(initial=4, population=8, training=20),
    "evolution": RegularizedEvolution(population=8, tournament=4),
    "local": LocalSearch(starts=4),
    "best improvement": LocalSearch(improvement="best"),
    "differential": DifferentialEvolution(population=8),
    "memetic": MemeticAlgorithm(initial=6),
    "genetic": GeneticAlgorithm(population=8),
    "gaussian": GeneticAlgorithm(population=8, toolbox=gaussian()),
    "warm-up": ZeroCostWarmup(strategy=RegularizedEvolution(population=4, tournament=2), pool=8, first=4),
    "warm-up of a surrogate": ZeroCostWarmup(pool=8),
    "map": MapElites(descriptors={"length": Descriptor(0, 200, of=lambda a: len(str(a)))}, initial=8),
    "shuffling": GeneticAlgorithm(population=8, crossover=0.8, toolbox=shuffling()),
    "halving": SuccessiveHalving(fidelities=(1, 3, 9)),
    "halving of evolution": SuccessiveHalving(fidelities=(1, 2), eta=2, proposer=RegularizedEvolution()),
    "hyperband": Hyperband(fidelities=(1, 9), eta=9),
    "dehb": DEHB(fidelities=(1, 9), eta=9),
    "cma": CMAES(),
    "separable": CMAES(restarts="ipop", covariance="separable", population=6),
    "low-rank": CMAES(covariance="low-rank"),
    "one plus one": OnePlusOneCMAES(),
    "xnes": XNES(),
    "snes": SNES(population=6),
    "lshade": LSHADE(evaluations=100),
    "swarm": ParticleSwarm(population=8),
    "lq": SurrogateCMAES(),
    "trust region": TrustRegion(),
    "quasi-newton": QuasiNewton(),
    "simplex": NelderMead(),
    "mixed": CatCMA(),
    "mo-cma": MOCMAES(population=8),
    "relay": Relay(first=SurrogateAssistedEvolution(initial=4, population=8, training=20), after=12),
    "multi-fidelity": MultiFidelityEvolution(fidelities=(1, 3), initial=6, training=12),
}
POOL = {"kind": Choice(["max", "mean"])}
LAYER = Space({"in": Int(1, 9), "out": Int(1, 9)}, where=lambda layer: layer["in"] <= layer["out"])
SPACES = {
    "conditional": Space(
        {
            "layers": Repeat(Choice({"dense": LAYER, "pool": POOL, "skip": {}}), 1, 4),
            "rate": Real(1e-4, 1e-1, log=True),
        },
        where=lambda a: len(a["layers"]) > 1 or a["rate"] < 1e-2,
    ),
    "reals": Space([Real(-5, 5)] * 4),
    "numbers": Space([Int(0, 12)] * 6 + [Choice([0, 1, 2, 3])] * 2),
    "choices": Space({"a": Choice([1, 2]), "b": Choice(["x", "y", "z"])}),
    "single": Space({"nothing": "to decide"}),
}
LOSS = Objectives({"loss": "min"})
every_strategy = pytest.mark.parametrize("settings", STRATEGIES.values(), ids=STRATEGIES)
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
large_space = pytest.mark.parametrize("space", [SPACES["reals"], SPACES["numbers"]], ids=["reals", "numbers"])


def loss(candidate):
    """A smooth function of the genome with its best at zero genes."""
    return float(np.sum(candidate.genome.values**2))


def good(candidate):
    return Outcome(candidate.id, {"loss": loss(candidate), "size": -loss(candidate)})


def evolve(strategy, n, batch=4, outcome=good):
    """Ask for ``n`` candidates and tell each batch; return them."""
    candidates = []
    while len(candidates) < n:
        asked = strategy.ask(batch)
        strategy.tell([outcome(candidate) for candidate in asked])
        candidates += asked
    return candidates


def global_states():
    name, words, *rest = np.random.get_state()  # noqa: NPY002 - a user's operator may draw from it
    return random.getstate(), (name, words.tobytes(), *rest)


@every_strategy
@every_space
class TestEveryStrategyOnEverySpace:
    def test_equal_seeds_propose_equally_and_the_global_generators_play_no_part(self, settings, space):
        before = global_states()
        one = evolve(settings.on(space, LOSS, seed=3), 40)
        assert global_states() == before
        random.seed(5)
        np.random.seed(5)  # noqa: NPY002
        assert evolve(settings.on(space, LOSS, seed=3), 40) == one

    def test_proposals_lie_in_the_space_and_satisfy_where(self, settings, space):
        for candidate in evolve(settings.on(space, LOSS, seed=0), 60):
            assert space.genome(candidate.genome.values) == candidate.genome
            assert space.feasible(candidate.genome)

    def test_candidates_are_named_in_order_of_birth_and_by_their_parents(self, settings, space):
        candidates = evolve(settings.on(space, LOSS, seed=0, island=2), 40)
        assert [candidate.id for candidate in candidates] == [(2, birth) for birth in range(40)]
        for candidate in candidates:
            assert all(parent < candidate.id for parent in candidate.parents)

    def test_asking_on_without_telling_works(self, settings, space):
        assert len(settings.on(space, LOSS, seed=0).ask(100)) == 100

    def test_outcomes_may_come_late_in_any_order_or_never(self, settings, space):
        strategy, rng = settings.on(space, LOSS, seed=0), np.random.default_rng(0)
        waiting = strategy.ask(5)
        for _ in range(40):
            waiting += strategy.ask(1)
            told = waiting.pop(int(rng.integers(len(waiting))))
            if rng.random() < 0.8:
                strategy.tell([good(told)])

    def test_failures_never_become_parents(self, settings, space):
        def half_fail(candidate):
            match candidate.id.birth % 4:
                case 0:
                    return Outcome(candidate.id, failure=Failure("no"))
                case 1:
                    return Outcome(candidate.id, {"loss": math.nan})
                case 2:
                    return Outcome(candidate.id, {"loss": -math.inf})
            return good(candidate)

        candidates = evolve(settings.on(space, LOSS, seed=0), 60, outcome=half_fail)
        assert {parent.birth % 4 for candidate in candidates for parent in candidate.parents} <= {3}

    def test_injected_genomes_come_first_in_their_order_and_are_told_like_others(self, settings, space):
        strategy, other = (settings.on(space, LOSS, seed=0) for _ in range(2))
        genomes = space.samples(2, np.random.default_rng(5))
        for genome in genomes:
            strategy.inject(genome, parents=((3, 1),))
        asked = strategy.ask(3)
        assert [candidate.genome for candidate in asked[:2]] == genomes
        assert [candidate.id.birth for candidate in asked] == [0, 1, 2]
        assert [candidate.parents for candidate in asked[:2]] == [((3, 1),)] * 2
        # What was injected changes what is new in a small space, what is far away, and where a run begins.
        heeds_them = isinstance(settings, ContinuousStrategy | SurrogateAssistedEvolution | Relay)
        if space.size > 100 and not heeds_them:
            assert asked[2] == other.ask(3)[2]
        strategy.tell([good(candidate) for candidate in asked])
        living = [one.candidate for one in strategy.residents]
        assert living == [candidate for candidate in asked if candidate in living]

    def test_residents_are_there_for_migration_and_immigrants_are_welcome(self, settings, space):
        strategy, other = settings.on(space, LOSS, seed=0, island=0), settings.on(space, LOSS, 1, island=1)
        evolve(strategy, 40)
        strangers = [LOSS.individual(each, good(each)) for each in evolve(other, 8)]

        def swap(residents, immigrants):
            n = min(len(residents), len(immigrants))
            return [*residents[n:], *immigrants[:n]]

        size = len(strategy.residents)
        strategy.welcome(strangers, swap)
        assert len(strategy.residents) == size
        assert [one for one in strategy.residents if one.id.island == 1] == strangers[:size]
        assert len(evolve(strategy, 20)) == 20

    def test_several_objectives_work(self, settings, space):
        two = Objectives({"loss": "min", "size": "min"})
        assert len(evolve(settings.on(space, two, seed=0), 40)) == 40


@every_strategy
class TestEveryStrategy:
    @large_space
    def test_different_seeds_and_islands_propose_differently(self, settings, space):
        runs = [settings.on(space, LOSS, seed, island) for seed, island in [(0, 0), (1, 0), (0, 1)]]
        genomes = [{candidate.genome for candidate in evolve(run, 20)} for run in runs]
        assert not genomes[0] & genomes[2]
        if not isinstance(settings, ContinuousStrategy):  # which begins in the centre, whatever the seed
            assert not genomes[0] & genomes[1]

    def test_the_settings_stay_as_they_are(self, settings):
        before = copy.deepcopy(vars(settings) | OPERATORS)
        evolve(settings.on(SPACES["reals"], LOSS, seed=0), 40)
        assert vars(settings) | OPERATORS == before
        with pytest.raises(StrategyError):
            settings.ask(1)

    def test_without_a_space_it_says_what_to_write(self, settings):
        remedy = rf"expected a space, got none; write {type(settings).__name__}\(space, seed=0\)"
        with pytest.raises(StrategyError, match=remedy):
            settings.ask(1)

    @pytest.mark.parametrize("n", [0, -1, 2.0, "2"])
    def test_no_positive_number_of_candidates_is_refused(self, settings, n):
        strategy = settings.on(SPACES["reals"], LOSS, seed=0)
        with pytest.raises(
            StrategyError, match=r"ask: expected a number .* 1 or more, got .*; write ask\(8\)"
        ):
            strategy.ask(n)

    def test_outcomes_nobody_waits_for_are_refused_by_name(self, settings):
        strategy = settings.on(SPACES["reals"], LOSS, seed=0)
        stranger = settings.on(SPACES["reals"], LOSS, seed=0, island=7).ask(1)[0]
        with pytest.raises(StrategyError, match=r"tell: expected outcomes .* asked for .* got '7-0'"):
            strategy.tell([good(stranger)])
        (candidate,) = strategy.ask(1)
        strategy.tell([good(candidate)])
        with pytest.raises(StrategyError, match=r"not told yet, got '0-0'; tell each outcome once"):
            strategy.tell([good(candidate)])

    def test_a_genome_of_another_space_is_not_injected(self, settings):
        strategy = settings.on(SPACES["reals"], LOSS, seed=0)
        stranger = SPACES["choices"].sample(np.random.default_rng(0))
        with pytest.raises(StrategyError, match=r"inject: expected a genome of 4 genes, got .*; encode it"):
            strategy.inject(stranger)

    def test_a_policy_cannot_make_a_population_grow(self, settings):
        strategy = settings.on(SPACES["reals"], LOSS, seed=0)
        evolve(strategy, 40)
        strangers, size = strategy.residents, len(strategy.residents)
        if size:
            said = f"welcome: replace: expected at most {size} individuals, got {2 * size}; let a resident go"
            with pytest.raises(StrategyError, match=said):
                strategy.welcome(strangers, lambda residents, immigrants: [*residents, *immigrants])

    def test_a_copy_goes_its_own_way(self, settings):
        strategy = settings.on(SPACES["reals"], LOSS, seed=0)
        evolve(strategy, 12)
        whole = copy.deepcopy(strategy)
        assert evolve(strategy, 20) == evolve(whole, 20)

    def test_a_single_outcome_is_refused(self, settings):
        strategy = settings.on(SPACES["reals"], LOSS, seed=0)
        with pytest.raises(StrategyError, match=r"write tell\(\[outcome\]\)"):
            strategy.tell(good(*strategy.ask(1)))

    def test_its_repr_names_its_settings_alike_everywhere(self, settings):
        assert repr(settings).startswith(f"{type(settings).__name__}(")
        assert repr(settings.on(SPACES["reals"], LOSS, seed=1)) == repr(settings)
        assert "0x" not in repr(settings)


@cache
def mean_best(name, space):
    """Return the best loss of 150 evaluations, averaged over seeds."""
    runs = [evolve(STRATEGIES[name].on(SPACES[space], LOSS, seed), 150) for seed in range(6)]
    return np.mean([min(map(loss, run)) for run in runs])


@pytest.mark.parametrize(
    "name", ["evolution", "genetic", "gaussian", "local", "differential", "memetic", "cma", "mixed"]
)
@pytest.mark.parametrize("space", ["reals", "numbers"])
def test_learning_beats_random_search_on_average(name, space):
    assert mean_best(name, space) < 0.7 * mean_best("random", space)
