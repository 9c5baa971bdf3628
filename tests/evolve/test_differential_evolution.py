"""Differential evolution against its papers: Storn and Price 1997, Brest et al. 2006."""

import numpy as np
import pytest

from evonas import Choice, Real, Space
from evonas.errors import SearchError
from evonas.evolve.records import Outcome
from evonas.evolve.strategies.differential_evolution import DifferentialEvolution

PLANE = Space([Real(0, 1)] * 3)


def evolved(strategy, n, loss=lambda genome: float(np.sum(genome.values**2))):
    candidates = []
    for _ in range(n):
        candidates += strategy.ask(1)
        strategy.tell([Outcome(candidates[-1].id, {"loss": loss(candidates[-1].genome)})])
    return candidates


def alive(strategy):
    return [member.individual.id.birth for member in strategy._members]


def folded(numbers):
    inside = np.abs(numbers) % 2
    return np.where(inside > 1, 2 - inside, inside)


def test_a_trial_is_base_plus_scaled_difference_of_three_others():
    # Equation 2 with everything crossed over: v = x1 + F (x2 - x3), all four different.
    strategy = DifferentialEvolution(PLANE, population=6, scale=0.5, crossover=1.0, seed=4)
    candidates = evolved(strategy, 6)
    for place, trial in enumerate(strategy.ask(6)):
        target, *others = (parent.birth for parent in trial.parents)
        assert target == place and len({target, *others}) == 4
        base, one, other = (candidates[birth].genome.values for birth in others)
        assert trial.genome.values == pytest.approx(folded(base + 0.5 * (one - other)), abs=1e-9)


def test_without_crossover_one_gene_comes_from_the_mutant():
    strategy = DifferentialEvolution(PLANE, population=6, crossover=0.0)
    candidates = evolved(strategy, 6)
    for trial in strategy.ask(30):
        target = candidates[trial.parents[0].birth].genome.values
        assert np.sum(np.abs(trial.genome.values - target) > 1e-9) == 1


def test_genes_come_from_the_mutant_as_often_as_crossover_says():
    space = Space([Real(0, 1)] * 40)
    strategy = DifferentialEvolution(space, population=6, crossover=0.3)
    candidates = evolved(strategy, 6)
    trials = [
        np.abs(trial.genome.values - candidates[trial.parents[0].birth].genome.values) > 1e-9
        for trial in strategy.ask(100)
    ]
    assert np.mean(trials) == pytest.approx(0.3 + 0.7 / 40, abs=0.03)


def test_a_trial_takes_the_place_of_its_target_if_it_is_not_worse():
    strategy = DifferentialEvolution(PLANE, population=4, seed=0)
    evolved(strategy, 4, lambda genome: 1.0)
    better, equal, worse = strategy.ask(3)
    strategy.tell(
        Outcome(trial.id, {"loss": loss})
        for trial, loss in [(worse, 1.5), (equal, 1.0), (better, 0.5)]  # in any order
    )
    assert alive(strategy) == [4, 5, 2, 3]


def test_of_several_objectives_a_trial_must_dominate_its_target():
    strategy = DifferentialEvolution(PLANE, population=4, objectives={"one": "min", "two": "min"})
    strategy.tell([Outcome(each.id, {"one": 1.0, "two": 1.0}) for each in strategy.ask(4)])
    trade, better = strategy.ask(2)
    strategy.tell([Outcome(trade.id, {"one": 0.0, "two": 2.0}), Outcome(better.id, {"one": 0.0, "two": 1.0})])
    assert alive(strategy) == [0, 5, 2, 3]


def test_scales_and_rates_are_inherited_or_redrawn_within_their_bounds():
    strategy = DifferentialEvolution(PLANE, population=10, seed=1)
    evolved(strategy, 10)
    kept, trials = 0, strategy.ask(400)
    for trial in trials:
        made, target = strategy._trials[trial.id], strategy._members[trial.id.birth % 10].trial
        assert 0.1 <= made.scale <= 1.0 and 0.0 <= made.rate <= 1.0
        kept += made.scale == target.scale
    assert kept / len(trials) == pytest.approx(0.9, abs=0.05)


def test_it_converges_on_a_rotated_ellipsoid(rng):
    axes = np.linalg.qr(rng.normal(size=(5, 5)))[0] * np.geomspace(1, 5, 5)
    space = Space([Real(0, 1)] * 5)

    def loss(genome):
        return float(np.sum(((genome.values - 0.4) @ axes) ** 2))

    runs = [evolved(DifferentialEvolution(space, seed=seed), 1500, loss) for seed in range(4)]
    assert np.mean([min(loss(one.genome) for one in run) for run in runs]) < 0.01  # random search: 0.3


def test_it_goes_on_where_all_members_are_alike():
    space = Space([Choice(["a", "b"])] * 4)
    candidates = evolved(DifferentialEvolution(space, population=4), 16, lambda genome: 0.0)
    assert len({candidate.genome for candidate in candidates}) == 16


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"population": 3}, "DifferentialEvolution: population: expected a whole number, 4 or more, got 3"),
        ({"scale": 2}, "DifferentialEvolution: scale: expected a number in 0..1, got 2"),
        ({"crossover": -1}, "DifferentialEvolution: crossover: expected a number in 0..1, got -1"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(SearchError, match=said):
        DifferentialEvolution(**settings)
