"""Successive halving and Hyperband: how many are evaluated how thoroughly, and who they are."""

from collections import Counter

import numpy as np
import pytest

from evonas import Int, RandomSearch, Real, RegularizedEvolution, Space
from evonas.errors import SearchError
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.dehb import DEHB
from evonas.evolve.strategies.hyperband import Hyperband
from evonas.evolve.strategies.multi_fidelity import MultiFidelityEvolution
from evonas.evolve.strategies.successive_halving import SuccessiveHalving

REALS = Space([Real(-5, 5)] * 3)
RUNGS = (1, 3, 9)


def loss(candidate):
    """A bowl, blurred the more the less thoroughly one looks."""
    return float(np.sum(candidate.genome.values**2)) + np.sin(7 * candidate.id.birth) / candidate.fidelity


def evolve(strategy, n, answer=loss):
    candidates = []
    for _ in range(n):
        (candidate,) = strategy.ask()
        value = answer(candidate)
        failure = Failure("no") if value is None else None
        objectives = {} if failure else {"loss": value}
        strategy.tell([Outcome(candidate.id, objectives, failure=failure)])
        candidates.append(candidate)
    return candidates


def by_fidelity(candidates):
    return Counter(candidate.fidelity for candidate in candidates)


def test_evaluated_one_by_one_every_rung_has_a_third_of_the_one_below():
    counts = by_fidelity(evolve(SuccessiveHalving(REALS, fidelities=RUNGS), 390))
    assert counts[3] == pytest.approx(counts[1] / 3, rel=0.15)
    assert counts[9] == pytest.approx(counts[3] / 3, rel=0.25)


def test_the_promoted_are_the_same_genomes_and_descend_from_their_former_evaluations():
    candidates = evolve(SuccessiveHalving(REALS, fidelities=RUNGS), 100)
    for candidate in candidates:
        if candidate.fidelity > 1:
            (parent,) = candidate.parents
            before = candidates[parent.birth]
            assert before.genome == candidate.genome
            assert RUNGS.index(before.fidelity) + 1 == RUNGS.index(candidate.fidelity)
    evaluations = [(candidate.genome.key, candidate.fidelity) for candidate in candidates]
    assert len(set(evaluations)) == len(evaluations)


def test_the_example_of_li_et_al_asks_for_the_next_rung_as_soon_as_it_may():
    """Their figure 2: with eta 3 the first promotion follows the third outcome, and so on."""
    losses = iter([5.0, 1.0, 4.0, 0.5, 3.0, 2.0, 6.0, 7.0, 8.0])
    strategy = SuccessiveHalving(REALS, fidelities=(1, 3, 9), eta=3)
    candidates = evolve(strategy, 9, lambda candidate: next(losses))
    assert [candidate.fidelity for candidate in candidates] == [1, 1, 1, 3, 1, 1, 1, 3, 1]


def test_stragglers_block_nobody():
    strategy = SuccessiveHalving(REALS, fidelities=RUNGS)
    strategy.ask(50)  # never told
    assert by_fidelity(evolve(strategy, 90))[9] > 3


def test_failures_are_never_promoted_and_make_room_for_others():
    strategy = SuccessiveHalving(REALS, fidelities=RUNGS)
    candidates = evolve(strategy, 200, lambda one: None if one.genome.values[0] < 0 else loss(one))
    assert all(one.genome.values[0] >= 0 for one in candidates if one.fidelity > 1)
    counts = by_fidelity(candidates)
    assert counts[3] >= counts[1] // 3


def test_hyperband_begins_in_the_proportions_of_its_brackets():
    counts = Counter()
    for candidate in evolve(Hyperband(REALS, fidelities=RUNGS), 600):
        counts[candidate.fidelity] += not candidate.parents
    assert counts[1] / counts[9] == pytest.approx(9 / 3, rel=0.1)  # hyperband_sizes(3, 3) == [9, 5, 3]
    assert counts[3] / counts[9] == pytest.approx(5 / 3, rel=0.1)


def test_a_proposer_that_learns_begins_better_than_a_random_one():
    def mean_newcomer(proposer):
        runs = [
            evolve(SuccessiveHalving(REALS, fidelities=RUNGS, proposer=proposer, seed=seed), 300)
            for seed in range(3)
        ]
        late = [one for run in runs for one in run[150:] if one.fidelity == 1]
        return np.mean([np.sum(one.genome.values**2) for one in late])

    learning = RegularizedEvolution(population=10, tournament=5)
    assert mean_newcomer(learning) < 0.2 * mean_newcomer(RandomSearch())


@pytest.mark.parametrize("in_flight", [1, 4, 40])
@pytest.mark.parametrize(
    "strategy",
    [
        SuccessiveHalving(fidelities=RUNGS),
        SuccessiveHalving(fidelities=RUNGS, proposer=RegularizedEvolution(population=3, tournament=2)),
        Hyperband(fidelities=RUNGS),
        DEHB(fidelities=RUNGS),
        MultiFidelityEvolution(fidelities=RUNGS, initial=3),
    ],
    ids=repr,
)
def test_a_space_of_which_all_is_known_is_evaluated_thoroughly(strategy, in_flight):
    strategy = type(strategy)(
        Space(Int(0, 4)), **{name: getattr(strategy, name) for name in strategy.settings}
    )
    thorough, running = set(), []
    for _ in range(200):
        running += strategy.ask()
        if running[-1].fidelity == 9:
            thorough.add(running[-1].genome.key)
        if len(running) > in_flight:
            one = running.pop(0)
            strategy.tell([Outcome(one.id, {"loss": loss(one)})])
        if len(thorough) == 5:
            return
    raise AssertionError(f"only {len(thorough)} of 5 were evaluated at full fidelity")


@pytest.mark.parametrize("kind", [SuccessiveHalving, Hyperband])
@pytest.mark.parametrize("proposer", ["random", RandomSearch, SuccessiveHalving(fidelities=(1, 2))])
def test_what_cannot_propose_is_refused(kind, proposer):
    said = rf"{kind.__name__}: proposer: expected a Strategy that knows no fidelities, got .*; write"
    with pytest.raises(SearchError, match=said):
        kind(fidelities=RUNGS, proposer=proposer)


def test_what_came_from_elsewhere_is_not_proposed_again():
    small = Space(Int(0, 3))
    strategy = SuccessiveHalving(small, fidelities=RUNGS)
    strategy.inject(small.encode(2))
    (stranger,) = strategy.ask()
    assert stranger.fidelity is None
    strategy.tell([Outcome(stranger.id, {"loss": 1.0})])
    begun = {small.decode(one.genome) for one in strategy.ask(3)}
    assert begun == {0, 1, 3}
