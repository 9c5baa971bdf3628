"""The best of everything, whatever order it comes in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evolve.archive import Archive, dominates
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.space.genome import Genome


def individual(birth, costs, gene=None):
    genome = Genome(np.array([birth if gene is None else gene]), np.array([True]))
    name = CandidateId(0, birth)
    return Individual(Candidate(name, genome), Outcome(name), costs)


@st.composite
def crowds(draw):
    """Individuals with few distinct costs and genomes, so that ties abound; equal genomes cost the same."""
    costs = st.tuples(*[st.integers(0, 3).map(float)] * draw(st.integers(1, 3)))
    priced = draw(st.dictionaries(st.integers(0, 5), costs, min_size=1))
    genes = draw(st.lists(st.sampled_from(sorted(priced)), max_size=12))
    return [individual(birth, priced[gene], gene) for birth, gene in enumerate(genes)]


def beats_or_equals(one, other):
    return dominates(one.costs, other.costs) or one.costs == other.costs


@given(crowds(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(crowd, random):
    shuffled = random.sample(crowd, len(crowd))
    assert Archive(shuffled).front == Archive(crowd).front


@given(crowds())
def test_adding_again_changes_nothing(crowd):
    archive = Archive(crowd)
    front = archive.front
    assert not any(archive.add(member) for member in crowd)
    assert archive.front == front


@given(crowds())
def test_nobody_in_the_front_dominates_another_and_nobody_outside_is_missing(crowd):
    front = Archive(crowd).front
    assert not any(dominates(one.costs, other.costs) for one in front for other in front)
    assert all(any(beats_or_equals(member, one) for member in front) for one in crowd)


@given(crowds())
def test_the_best_leads_by_the_first_objective(crowd):
    archive = Archive(crowd)
    assert archive.best == (archive.front[0] if crowd else None)
    assert all(archive.best.costs[0] <= member.costs[0] for member in crowd)


@given(crowds())
def test_with_one_objective_only_the_oldest_of_the_best_stays(crowd):
    single = [individual(member.id.birth, member.costs[:1]) for member in crowd]
    assert list(Archive(single).front) == sorted(single, key=lambda member: (member.costs, member.id))[:1]


def test_several_objectives_keep_trades_and_different_genomes_of_equal_worth():
    crowd = [individual(0, (1.0, 2.0)), individual(1, (2.0, 1.0)), individual(2, (1.0, 2.0))]
    twin = individual(3, (1.0, 2.0), gene=0)
    assert Archive([*crowd, twin]).front == (crowd[0], crowd[2], crowd[1])


def test_adding_tells_whether_it_was_taken():
    archive = Archive()
    assert archive.best is None
    newcomers = [individual(birth, (cost,)) for birth, cost in enumerate([3.0, 4.0, 2.0, 2.0])]
    assert [archive.add(newcomer) for newcomer in newcomers] == [True, False, True, False]


@pytest.mark.parametrize(
    "one, other, wins",
    [
        ((1.0,), (2.0,), True),
        ((1.0,), (1.0,), False),
        ((1.0, 2.0), (1.0, 3.0), True),
        ((1.0, 3.0), (2.0, 2.0), False),
    ],
)
def test_domination_is_nowhere_worse_and_somewhere_better(one, other, wins):
    assert dominates(one, other) == wins
    assert not dominates(other, one)


@given(crowds(), st.integers(1, 4))
def test_a_limit_is_kept_and_the_best_by_the_first_objective_stays(crowd, most):
    archive, free = Archive(most=most), Archive()
    for member in crowd:
        archive.add(member)
        free.add(member)
        assert len(archive.front) <= most
        assert archive.best.costs[0] == free.best.costs[0]


def test_the_most_crowded_leaves():
    crowd = [individual(birth, (float(x), 8.0 - x)) for birth, x in enumerate([0, 8, 4, 5, 2])]
    assert [member.costs[0] for member in Archive(crowd, most=4).front] == [0.0, 2.0, 5.0, 8.0]
    archive = Archive(crowd[:4], most=4)
    assert not archive.add(individual(9, (4.5, 3.5)))
    assert archive.front == Archive(crowd[:4]).front
