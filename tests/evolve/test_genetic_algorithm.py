"""The genetic algorithm: who survives, who mates, and what a user's own operators may do."""

import numpy as np
import pytest
from deap import base, creator, tools

from evonas import Cell, Choice, Int, Permutation, Real, Repeat, Space, Subset
from evonas.errors import SearchError, StrategyError
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.evolve.selection import duel, survivors
from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm

PLAIN = Space([Real(-1, 1), Int(0, 9), Int(0, 9)])


def told(strategy, n, loss):
    """Ask ``n`` candidates one by one and tell their loss; return them."""
    candidates = []
    for birth in range(n):
        candidates += strategy.ask(1)
        strategy.tell([Outcome(candidates[-1].id, {"loss": float(loss(birth))})])
    return candidates


def parents(strategy):
    return [individual.id.birth for individual in strategy._parents]


def crowd(rng, n, objectives=2):
    """Individuals of distinct genomes with random costs, ties among them."""
    for birth in range(n):
        name = CandidateId(0, birth)
        costs = tuple(rng.integers(0, 12, objectives).astype(float).tolist())
        yield Individual(Candidate(name, PLAIN.genome([birth / n, 0, 0])), Outcome(name), costs)


def by_costs(individual):
    return individual.costs, individual.id


def deap_individual(individual):
    """Return what a user of DEAP alone would write."""
    listed = type("Listed", (list,), {})([individual])
    listed.fitness = type("Fitness", (base.Fitness,), {"weights": (-1.0, -1.0)})(individual.costs)
    return listed


def toolbox(**operators):
    made = base.Toolbox()
    for name, operator in operators.items():
        made.register(name, operator)
    return made


def test_the_best_of_parents_and_offspring_survive():
    strategy = GeneticAlgorithm(PLAIN, population=4, offspring=4, crossover=0)
    told(strategy, 4, lambda birth: birth)
    assert parents(strategy) == [0, 1, 2, 3]
    told(strategy, 3, lambda birth: -birth)
    assert parents(strategy) == [0, 1, 2, 3]  # a generation counts when it is complete
    told(strategy, 1, lambda birth: 2.5)
    assert parents(strategy) == [6, 5, 0, 4]


def test_equal_genomes_survive_once_as_their_oldest():
    strategy = GeneticAlgorithm(Space(Int(0, 1)), population=6)
    candidates = told(strategy, 6, lambda birth: 0)
    assert len(parents(strategy)) == len({candidate.genome for candidate in candidates}) == 2
    assert min(parents(strategy)) == 0


def test_only_the_first_generation_is_random_and_children_have_living_parents():
    strategy = GeneticAlgorithm(PLAIN, population=5, crossover=0.5)
    candidates = told(strategy, 5, lambda birth: birth)
    for birth in range(5, 60):
        living = set(parents(strategy))
        candidates += told(strategy, 1, lambda _, birth=birth: birth)
        assert {parent.birth for parent in candidates[-1].parents} <= living
    assert [bool(candidate.parents) for candidate in candidates] == [False] * 5 + [True] * 55


def test_children_have_two_parents_as_often_as_crossover_says():
    strategy = GeneticAlgorithm(PLAIN, population=5, crossover=0.3)
    told(strategy, 5, lambda birth: birth)
    assert 0.25 < np.mean([len(child.parents) == 2 for child in strategy.ask(800)]) < 0.35


def test_a_child_of_one_parent_is_always_mutated():
    strategy = GeneticAlgorithm(PLAIN, population=5, crossover=0, mutation=0)
    candidates = told(strategy, 5, lambda birth: birth)
    for child in strategy.ask(100):
        assert child.genome != candidates[child.parents[0].birth].genome


def test_the_better_of_two_random_parents_mates(rng):
    people = [Individual(Candidate(CandidateId(0, n), None), None, (float(n),)) for n in range(5)]
    counts = np.bincount([duel(people, rng).id.birth for _ in range(5_000)], minlength=5)
    expected = np.array([9, 7, 5, 3, 1]) * 200  # pairs, drawn with replacement, of which n is the best
    assert np.sum((counts - expected) ** 2 / expected) < 18.47  # 99.9 % quantile, 4 degrees of freedom


def test_of_two_parents_that_do_not_dominate_each_other_either_mates(rng):
    costs = [(0.0, 2.0), (2.0, 0.0), (3.0, 3.0)]
    people = [Individual(Candidate(CandidateId(0, n), None), None, each) for n, each in enumerate(costs)]
    counts = np.bincount([duel(people, rng).id.birth for _ in range(4_500)], minlength=3)
    expected = np.array([4, 4, 1]) * 500
    assert np.sum((counts - expected) ** 2 / expected) < 13.82  # 99.9 % quantile, 2 degrees of freedom


def test_immigrants_become_parents_as_the_policy_says_and_children_descend_from_them():
    strategy = GeneticAlgorithm(PLAIN, population=4, crossover=0)
    told(strategy, 4, lambda birth: birth)
    oldest_first, (stranger,) = strategy.residents, crowd(np.random.default_rng(0), 1, objectives=1)
    strategy.welcome([stranger], lambda residents, immigrants: [*immigrants, *residents[:3]])
    assert [one.id.birth for one in oldest_first] == [0, 1, 2, 3]
    assert strategy.residents.count(stranger) == 1 and oldest_first[3] not in strategy.residents
    strategy.welcome([stranger], lambda residents, immigrants: [*immigrants] * 4)
    assert {child.parents for child in strategy.ask(20)} == {(stranger.id,)}


def test_immigrants_of_the_first_generation_count_as_offspring():
    strategy = GeneticAlgorithm(PLAIN, population=4)
    told(strategy, 2, lambda birth: birth)
    strategy.welcome(list(crowd(np.random.default_rng(0), 2, objectives=1)), pytest.fail)
    assert len(strategy.residents) == 4 or len(strategy.residents) == 3  # equal genomes survive once


@pytest.mark.parametrize("n", [1, 5, 20, 39])
def test_survivors_of_several_objectives_are_those_of_nsga2(rng, n):
    people = list(crowd(rng, 40))
    expected = tools.selNSGA2(
        [deap_individual(one) for one in sorted(people, key=by_costs)], n, nd="standard"
    )
    assert sorted(map(by_costs, survivors(people, n))) == sorted(by_costs(each[0]) for each in expected)


def test_survivors_do_not_depend_on_the_order_of_arrival(rng):
    for objectives in (1, 2, 3):
        people = list(crowd(rng, 30, objectives))
        shuffled = [people[index] for index in rng.permutation(30)]
        assert survivors(shuffled, 10) == survivors(people, 10)


def test_a_users_operators_are_called_with_lists_of_genes_and_a_fitness():
    calls = []

    def select(individuals, k):
        calls.append("select")
        assert all(len(each) == 3 and each.fitness.valid for each in individuals)
        best = max(individuals, key=lambda each: each.fitness)  # DEAP: the greater fitness is the better
        assert best.fitness.values == (0.0,)
        return [best] * k

    def mate(one, other):
        calls.append("mate")
        return tools.cxTwoPoint(one, other)

    def mutate(individual):
        calls.append("mutate")
        return (individual,)

    operators = toolbox(select=select, mate=mate, mutate=mutate)
    strategy = GeneticAlgorithm(PLAIN, population=3, crossover=1, mutation=1, toolbox=operators)
    told(strategy, 3, lambda birth: birth)
    (child,) = strategy.ask(1)
    assert calls[:3] == ["select", "mate", "mutate"]
    assert child.parents == ((0, 0), (0, 0))


def test_children_of_a_users_operator_are_put_back_into_the_space():
    operators = toolbox(mutate=lambda genes: ([7.7, 3.4, -12.0],))
    strategy = GeneticAlgorithm(PLAIN, population=2, crossover=0, toolbox=operators)
    told(strategy, 2, lambda birth: birth)
    assert PLAIN.decode(strategy.ask(1)[0].genome) == [1.0, 3, 0]


def test_a_user_sees_values_for_sleeping_genes_within_their_bounds(space):
    seen = []
    operators = toolbox(mutate=lambda genes: (seen.append(list(genes)) or genes,))
    strategy = GeneticAlgorithm(space, population=4, crossover=0, toolbox=operators)
    told(strategy, 40, lambda birth: birth)
    assert len(seen) > 30
    for genes in seen:
        for locus in space.loci:
            assert [*locus.checked(genes[locus.genes])] == genes[locus.genes]


def test_deaps_own_operators_work_on_every_decision():
    tree = {
        "flags": Subset(["a", "b", "c"], 1, 2),
        "order": Permutation(["a", "b", "c"]),
        "cell": Cell(Choice(["a", "b"]), 1, 3),
        "layers": Repeat(Int(0, 9), 1, 3),
    }
    space, operators = Space(tree, where=lambda a: len(a["layers"]) < 3), base.Toolbox()
    operators.register("mate", tools.cxTwoPoint)
    operators.register("mutate", tools.mutGaussian, mu=0, sigma=1.5, indpb=0.3)
    strategy = GeneticAlgorithm(space, population=10, crossover=0.5, toolbox=operators)
    candidates = told(strategy, 200, lambda birth: birth % 7)
    assert len({candidate.genome for candidate in candidates}) > 100
    for candidate in candidates:
        assert space.feasible(candidate.genome)
        assert space.encode(space.decode(candidate.genome)) == candidate.genome


@pytest.mark.parametrize(
    "operators, said",
    [
        ({"mutate": lambda genes: (genes[:-1],)}, "toolbox: expected a list of 3 finite genes back"),
        ({"mutate": lambda genes: ([float("nan")] * 3,)}, "toolbox: expected a list of 3 finite genes back"),
        ({"select": lambda pool, k: pool[:1]}, "expected 2 individuals from toolbox.select.*, got 1"),
    ],
)
def test_operators_that_break_their_rules_are_refused_by_name(operators, said):
    strategy = GeneticAlgorithm(PLAIN, population=2, crossover=0, toolbox=toolbox(**operators))
    told(strategy, 2, lambda birth: birth)
    with pytest.raises(StrategyError, match=said):
        strategy.ask(1)


@pytest.mark.parametrize("nothing", [base.Toolbox(), creator, 3])
def test_a_toolbox_without_operators_is_refused(nothing):
    with pytest.raises(
        SearchError, match=r"toolbox: expected a deap\.base\.Toolbox with select, mate or mut"
    ):
        GeneticAlgorithm(toolbox=nothing)


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"population": 1}, "GeneticAlgorithm: population: expected a whole number, 2 or more, got 1"),
        ({"crossover": 1.5}, "GeneticAlgorithm: crossover: expected a number in 0..1, got 1.5"),
        ({"mutation": True}, "GeneticAlgorithm: mutation: expected a number in 0..1, got True"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(SearchError, match=said):
        GeneticAlgorithm(**settings)


def test_its_repr_names_a_users_operators_and_their_arguments():
    operators = base.Toolbox()
    operators.register("select", tools.selTournament, tournsize=3)
    assert "toolbox=toolbox(select=selTournament(tournsize=3))" in repr(GeneticAlgorithm(toolbox=operators))
