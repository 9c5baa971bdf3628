"""One child at a time: who leaves, by each method's paper; nobody twice; immigrants."""

import numpy as np
import pytest

from evonas import Choice, Int, Space
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Outcome
from evonas.evolve.strategies.nsga2 import NSGA2
from evonas.evolve.strategies.nsga3 import NSGA3, associated, normalized
from evonas.evolve.strategies.sms_emoa import SMSEMOA

SPACE = Space([Int(0, 9)] * 4)
TWO = Objectives({"one": "min", "other": "min"})
every_method = pytest.mark.parametrize("kind", [NSGA2, NSGA3, SMSEMOA])


def costly(candidate):
    """Sums of digits and of their complements to 9: every genome is Pareto-optimal by its sum."""
    values = candidate.genome.values
    return Outcome(candidate.id, {"one": float(values.sum()), "other": float(np.sum(9 - values))})


def individual(birth, genome, costs):
    name = CandidateId(1, birth)
    return TWO.individual(Candidate(name, genome), Outcome(name, dict(zip(TWO, costs, strict=True))))


@every_method
def test_nobody_is_proposed_twice_and_the_population_keeps_its_size(kind):
    strategy, seen = kind(population=6).on(SPACE, TWO, seed=0), set()
    for _ in range(60):
        (candidate,) = strategy.ask(1)
        assert candidate.genome not in seen
        seen.add(candidate.genome)
        strategy.tell([costly(candidate)])
        assert len(strategy.residents) == min(len(seen), 6)


@every_method
def test_the_dominated_leave_first(kind):
    strategy = kind(population=4).on(SPACE, TWO, seed=0)
    genomes = SPACE.samples(6, np.random.default_rng(0))
    crowd = [(0.0, 9.0), (9.0, 0.0), (3.0, 3.0), (9.0, 9.0), (5.0, 5.0), (4.0, 2.0)]
    for birth, (genome, costs) in enumerate(zip(genomes, crowd, strict=True)):
        strategy.learn(individual(birth, genome, costs))
    assert [one.costs for one in strategy.residents] == [crowd[0], crowd[1], crowd[2], crowd[5]]


def test_a_copy_of_somebody_alive_leaves_before_anybody_else():
    strategy = NSGA2(population=3).on(SPACE, TWO, seed=0)
    genomes = SPACE.samples(3, np.random.default_rng(0))
    for birth, (genome, cost) in enumerate(zip([*genomes, genomes[0]], [1.0, 2.0, 3.0, 1.0], strict=True)):
        strategy.learn(individual(birth, genome, (cost, cost)))
    assert [one.id.birth for one in strategy.residents] == [0, 1, 2]


def test_nsga2_lets_the_most_crowded_of_the_last_front_go():
    """Shares of the front's width between neighbours: 0.5 + 0.5, 0.5 + 0.4, 0.5 + 0.5."""
    front = np.array([[0.0, 10.0], [2.0, 6.0], [5.0, 5.0], [7.0, 2.0], [10.0, 0.0]])
    assert NSGA2(population=4).on(SPACE, TWO, 0).worst(front) == 2


def test_sms_emoa_lets_who_contributes_least_go():
    """Areas owned: (2 - 1) x (9 - 4) = 5, (4 - 2) x (4 - 3) = 2, (9 - 4) x (3 - 1) = 10."""
    front = np.array([[0.0, 9.0], [1.0, 4.0], [2.0, 3.0], [4.0, 1.0], [9.0, 0.0]])
    assert SMSEMOA(population=4).on(SPACE, TWO, 0).worst(front) == 2


def test_nsga3_thins_out_where_a_line_has_most_members():
    """Lines of 4 directions: at 0, 1/3, 2/3, 1 of the first objective; two members share the second."""
    front = np.array([[0.0, 1.0], [0.3, 0.7], [0.36, 0.64], [0.7, 0.3], [1.0, 0.0]])
    assert NSGA3(population=4).on(SPACE, TWO, 0).worst(front) == 1


def test_normalizing_puts_the_extremes_on_the_axes():
    """Deb and Jain 2014, figure 2: the hyperplane through the extremes cuts the axes at 1."""
    costs = np.array([[1.0, 20.0, 5.0], [3.0, 10.0, 5.0], [1.0, 10.0, 9.0], [1.0, 12.0, 6.0]])
    assert normalized(costs).round(4).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0.2, 0.25]]


def test_who_is_on_a_line_is_associated_with_it_at_no_distance():
    directions = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    nearest, distances = associated(np.array([[3.0, 0.0], [2.0, 2.0], [1.0, 3.0]]), directions)
    assert nearest.tolist() == [0, 1, 2]
    assert distances.round(6).tolist() == [0.0, 0.0, 1.0]


def test_parents_of_nsga2_win_tournaments_by_front():
    strategy = NSGA2(population=3).on(SPACE, TWO, seed=0)
    genomes = SPACE.samples(3, np.random.default_rng(0))
    for birth, genome in enumerate(genomes):
        strategy.learn(individual(birth, genome, (birth, birth)))
    rng = np.random.default_rng(0)
    counts = np.bincount([strategy.parent(rng).id.birth for _ in range(1800)], minlength=3)
    expected = np.array([5, 3, 1]) * 200  # pairs, drawn with replacement, of which n is the best
    assert np.sum((counts - expected) ** 2 / expected) < 13.82  # 99.9 % quantile, 2 degrees of freedom


@every_method
@pytest.mark.parametrize(
    "settings, said",
    [
        ({"population": 1}, "population: expected a whole number, 2 or more, got 1"),
        ({"crossover": 2}, r"crossover: expected a number in 0\.\.1, got 2"),
        ({"mutation": -1}, r"mutation: expected a number in 0\.\.1, got -1"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(kind, settings, said):
    with pytest.raises(SearchError, match=f"{kind.__name__}: {said}"):
        kind(**settings)


@every_method
def test_a_small_space_is_exhausted_without_an_error(kind):
    strategy = kind(population=4).on(Space([Choice([0, 1])] * 2), TWO, seed=0)
    genomes = set()
    for _ in range(20):
        (candidate,) = strategy.ask(1)
        genomes.add(candidate.genome)
        strategy.tell([costly(candidate)])
    assert len(genomes) == 4
