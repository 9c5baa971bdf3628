"""DEHB: differential evolution at every fidelity."""

from collections import Counter

import numpy as np
import pytest

from evonas import Choice, Int, Real, Space
from evonas.errors import SearchError
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.dehb import DEHB
from evonas.evolve.strategies.hyperband import Hyperband

RUNGS = (1, 3, 9)
MIXED = Space({"rate": Real(1e-4, 1, log=True), "width": Int(1, 64), "kind": Choice(["a", "b", "c"])})
REALS = Space([Real(-5, 5)] * 4)


def run(strategy, n, cost):
    candidates = []
    for _ in range(n):
        (candidate,) = strategy.ask()
        candidates.append(candidate)
        strategy.tell([Outcome(candidate.id, {"loss": cost(candidate)})])
    return candidates


def bowl(candidate):
    return float(np.sum(candidate.genome.values**2)) + 1 / (candidate.fidelity or 9)


def best_of(candidates):
    return min(bowl(one) for one in candidates if one.fidelity == 9)


def test_rungs_are_evaluated_in_hyperbands_proportions():
    ours = Counter(one.fidelity for one in run(DEHB(REALS, fidelities=RUNGS), 600, bowl))
    theirs = Counter(one.fidelity for one in run(Hyperband(REALS, fidelities=RUNGS), 600, bowl))
    for fidelity in RUNGS:
        assert ours[fidelity] == pytest.approx(theirs[fidelity], rel=0.2)


def test_while_a_population_begins_the_best_of_the_rung_below_come_up_as_they_are():
    candidates = run(DEHB(REALS, fidelities=(1, 9), eta=4), 12, bowl)
    first = next(one for one in candidates if one.fidelity == 9 and one.parents)
    below = [one for one in candidates[: first.id.birth] if one.fidelity == 1]
    best = min(below, key=bowl)
    assert len(below) == 4
    assert (first.genome, first.parents) == (best.genome, (best.id,))


def test_it_beats_hyperband_which_does_not_learn():
    def mean_best(kind):
        runs = [run(kind(REALS, fidelities=RUNGS, seed=seed), 400, bowl) for seed in range(4)]
        return np.mean([best_of(candidates) for candidates in runs])

    assert mean_best(DEHB) < 0.5 * mean_best(Hyperband)


def test_without_crossover_a_child_has_but_one_gene_of_its_mutant():
    candidates = run(DEHB(REALS, fidelities=RUNGS, crossover=0), 400, bowl)
    genomes = {one.id: one.genome.values for one in candidates}
    for child in candidates[300:]:
        changed = [np.count_nonzero(genomes[parent] != child.genome.values) for parent in child.parents]
        assert min(changed) <= 1


def test_a_child_takes_its_place_only_if_it_is_not_worse():
    strategy = DEHB(REALS, fidelities=RUNGS)
    run(strategy, 300, bowl)
    before = [member.costs for one in strategy._populations for member in one.members]
    run(strategy, 300, bowl)
    after = [member.costs for one in strategy._populations for member in one.members]
    assert all(new <= old for old, new in zip(before, after, strict=True))
    assert sum(new < old for old, new in zip(before, after, strict=True)) > 3


def test_mixed_spaces_are_searched():
    def cost(candidate):
        a = MIXED.decode(candidate.genome)
        return abs(np.log10(a["rate"]) + 2) + abs(a["width"] - 20) / 64 + (a["kind"] != "b")

    found = run(DEHB(MIXED, fidelities=RUNGS), 500, cost)
    assert min(map(cost, found)) < 0.1


def test_failures_hold_nobody_up():
    strategy = DEHB(REALS, fidelities=RUNGS)
    for _ in range(100):
        (candidate,) = strategy.ask()
        strategy.tell([Outcome(candidate.id, failure=Failure("no"))])
    assert strategy.ask()[0].parents == ()


@pytest.mark.parametrize("name", ["mutation", "crossover"])
@pytest.mark.parametrize("value", [-0.1, 1.1, "half", True])
def test_shares_out_of_range_are_refused(name, value):
    with pytest.raises(SearchError, match=rf"DEHB: {name}: expected a number in 0..1, got"):
        DEHB(fidelities=RUNGS, **{name: value})
