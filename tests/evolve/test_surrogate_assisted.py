"""The default method: few evaluations, no repeats, and grace where there is nothing to learn."""

import numpy as np
import pytest

from evonas import Choice, Int, Outcome, Real, Space, SurrogateAssistedEvolution
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure
from evonas.evolve.strategies.random_search import RandomSearch

LOSS = Objectives({"loss": "min"})
NUMBERS = Space([Int(0, 12)] * 4 + [Choice(["a", "b", "c"])] * 2)
BITS = Space([Choice(["no", "yes"])] * 8)


def run(strategy, n, loss, in_flight=1):
    """Return the genomes of ``n`` births and their losses; None is a failure."""
    genomes, losses, waiting = [], [], []
    while len(losses) < n:
        waiting += strategy.ask(in_flight - len(waiting))
        candidate = waiting.pop(0)
        genomes.append(candidate.genome)
        losses.append(loss(candidate.genome))
        failure = Failure("no") if losses[-1] is None else None
        objectives = {} if failure else {"loss": losses[-1]}
        strategy.tell([Outcome(candidate.id, objectives, failure=failure)])
    return genomes, losses


def bowl(genome):
    return float(np.sum((genome.values - 1.0) ** 2))


@pytest.mark.parametrize("in_flight", [1, 8])
def test_it_needs_far_fewer_evaluations_than_random_search(in_flight):
    ours, theirs = (
        np.mean([min(run(kind.on(NUMBERS, LOSS, seed), 40, bowl, in_flight)[1]) for seed in range(3)])
        for kind in (SurrogateAssistedEvolution(), RandomSearch())
    )
    assert ours < 0.4 * theirs


def test_it_proposes_nothing_twice_until_everything_was_proposed():
    space = Space([Choice(["no", "yes"])] * 6)
    genomes, _ = run(SurrogateAssistedEvolution(space, seed=0), 64, bowl, in_flight=5)
    assert len({genome.key for genome in genomes}) == 64


def test_many_asked_at_once_differ():
    strategy = SurrogateAssistedEvolution(BITS, seed=0)
    run(strategy, 12, bowl)
    assert len({candidate.genome.key for candidate in strategy.ask(100)}) == 100


def test_before_there_is_a_model_births_keep_apart():
    def nearest(genomes):
        apart = np.array([[NUMBERS.distance(one, other) for other in genomes] for one in genomes])
        return np.sort(apart, axis=1)[:, 1].mean()

    ours, theirs = (
        [nearest([one.genome for one in kind.on(NUMBERS, LOSS, seed).ask(40)]) for seed in range(5)]
        for kind in (SurrogateAssistedEvolution(), RandomSearch())
    )
    assert min(ours) > max(theirs)


def test_an_injected_genome_is_not_proposed_again():
    strategy = SurrogateAssistedEvolution(BITS, seed=0)
    run(strategy, 12, bowl)
    strategy.ask(1)  # it has ranked its offspring now
    (best,) = strategy._offspring.proposals[int(np.argmax(strategy._ranking.scores))][:1]
    strategy.inject(best)
    assert best.key not in {candidate.genome.key for candidate in strategy.ask(60)[1:]}


def test_where_all_is_alike_it_goes_everywhere():
    genomes, _ = run(SurrogateAssistedEvolution(BITS, seed=0), 60, lambda genome: 1.0)
    assert len({genome.key for genome in genomes}) == 60
    means = np.mean([genome.values for genome in genomes], axis=0)
    assert np.all((means > 0.2) & (means < 0.8))


def test_it_leaves_a_region_that_fails():
    def loss(genome):
        return None if genome.values[0] > 6 else bowl(genome) - 5 * genome.values[0]

    _, losses = run(SurrogateAssistedEvolution(NUMBERS, seed=0), 60, loss)
    failed = [loss is None for loss in losses]
    assert np.mean(failed[-30:]) < 0.7 * np.mean(failed[:8]) + 0.1


def test_it_goes_on_if_everything_fails():
    genomes, _ = run(SurrogateAssistedEvolution(NUMBERS, seed=0), 25, lambda genome: None)
    assert len({genome.key for genome in genomes}) == 25


def test_proposals_stay_bounded_when_there_is_much_to_learn_from():
    strategy = SurrogateAssistedEvolution(Space([Real(0, 1)] * 2), training=20, seed=0)
    run(strategy, 50, bowl)
    assert len(strategy._evidence) == 50
    assert len(strategy._posterior(np.random.default_rng(0)).features) == 20


def test_what_is_remembered_of_a_birth_is_no_part_of_something_larger():
    strategy = SurrogateAssistedEvolution(NUMBERS, seed=0)
    run(strategy, 30, bowl)
    rows = strategy._evidence.features
    assert max(row.nbytes if row.base is None else row.base.nbytes for row in rows) == rows[0].nbytes


def test_how_a_birth_is_described_does_not_depend_on_who_asked_for_it():
    """A journal's replay adopts candidates; a search chooses them among others."""
    one, other = (SurrogateAssistedEvolution(NUMBERS, seed=0) for _ in range(2))
    run(one, 12, bowl)
    (candidate,) = one.ask(1)
    other.adopt(candidate)
    assert one._pending[candidate.id].tolist() == other._pending[candidate.id].tolist()


def test_immigrants_teach_and_breed():
    home, abroad = (SurrogateAssistedEvolution(NUMBERS, seed=seed) for seed in (0, 1))
    run(home, 10, bowl)
    candidates = abroad.ask(5)
    strangers = [LOSS.individual(one, Outcome(one.id, {"loss": -1.0})) for one in candidates]
    home.welcome(strangers, lambda residents, immigrants: [*residents[5:], *immigrants])
    assert len(home._evidence) == 15
    assert all(one in home.residents for one in strangers)


@pytest.mark.parametrize(
    ("name", "value"), [("initial", 1), ("population", 0), ("training", 9), ("training", 20.0)]
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(SearchError, match=rf"SurrogateAssistedEvolution: {name}: expected a whole number"):
        SurrogateAssistedEvolution(**{name: value})
