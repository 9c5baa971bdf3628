"""A surrogate of several fidelities, and the evolution that it steers."""

from collections import Counter

import numpy as np
import pytest

from evonas import Choice, Real, Space
from evonas.errors import SearchError
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.multi_fidelity import MultiFidelityEvolution
from evonas.evolve.strategies.successive_halving import SuccessiveHalving
from evonas.evolve.surrogate.cokriging import CoKriging, Lesson
from evonas.evolve.surrogate.offspring import Offspring

RUNGS = (1, 9)
SPACE = Space([Choice([0, 1, 2])] * 5 + [Real(0, 1)])


def standardized(values):
    return (values - values.mean()) / values.std()


def predicted(n_low, n_high, uncertain=False):
    """Return how far predictions of a dear function are off, that a cheap one resembles, and variances."""
    rng = np.random.default_rng(0)
    x, new = rng.random((n_low, 3)), rng.random((200, 3))
    cheap = np.sin(5 * x[:, 0]) + x[:, 1] * x[:, 2]
    dear = lambda z: 2 * np.sin(5 * z[:, 0]) + 2 * z[:, 1] * z[:, 2] + z[:, 1]  # noqa: E731
    model, nobody = CoKriging(np.zeros(3, int), 2), np.empty((0, 3))
    lessons = [Lesson(x, standardized(cheap), nobody)]
    high = x[:n_high]
    if n_high:
        lessons.append(Lesson(high, standardized(dear(high)), nobody))
    for _ in range(5):
        model.know(lessons, learns=True)
    mean, variance = model.predict(new)
    truth = (dear(new) - dear(high).mean()) / dear(high).std() if n_high else standardized(dear(new))
    return np.sqrt(np.mean((mean - truth) ** 2)), variance


def test_what_is_cheap_to_know_tells_of_what_is_dear():
    assert predicted(60, 12)[0] < 0.6 * predicted(12, 12)[0]


def test_until_the_dear_one_is_known_the_cheap_one_stands_for_it():
    assert predicted(60, 0)[0] < 1


def test_what_is_uncertain_below_is_uncertain_above():
    assert predicted(60, 12)[1].mean() < predicted(12, 12)[1].mean()


def test_pending_evaluations_change_how_sure_it_is_but_not_what_is_predicted():
    rng = np.random.default_rng(0)
    x, pending, nobody = rng.random((20, 2)), rng.random((5, 2)), np.empty((0, 2))
    target = standardized(x.sum(axis=1) ** 2)
    model = CoKriging(np.zeros(2, int), 2)
    model.know([Lesson(x, target, nobody), Lesson(x[:8], target[:8], nobody)], learns=True)
    before, unsure = model.predict(pending)
    model.know([Lesson(x, target, nobody), Lesson(x[:8], target[:8], pending)], learns=False)
    after, surer = model.predict(pending)
    np.testing.assert_allclose(after, before)
    assert np.all(surer < unsure)


def cost(candidate):
    a = SPACE.decode(candidate.genome)
    return sum((option - 1) ** 2 for option in a[:5]) + abs(a[5] - 0.3) + a[0] / 2 / (candidate.fidelity or 9)


def run(strategy, n, in_flight=1, fails=lambda candidate: False):
    candidates, running = [], []
    while len(candidates) < n:
        while len(running) < in_flight:
            running += strategy.ask()
        candidate = running.pop(0)
        candidates.append(candidate)
        failure = Failure("no") if fails(candidate) else None
        strategy.tell([Outcome(candidate.id, {} if failure else {"loss": cost(candidate)}, failure=failure)])
    return candidates


@pytest.mark.parametrize("in_flight", [1, 8])
def test_one_in_eta_is_promoted_at_most_and_never_twice(in_flight):
    candidates = run(MultiFidelityEvolution(SPACE, fidelities=RUNGS, initial=8, eta=4), 80, in_flight)
    counts = Counter(candidate.fidelity for candidate in candidates)
    assert 4 <= counts[9] <= counts[1] / 4 + 1
    assert len({(one.genome.key, one.fidelity) for one in candidates}) == 80
    begun = {one.id: one for one in candidates}
    for one in candidates:
        if one.fidelity == 9:
            (parent,) = one.parents
            assert (begun[parent].genome, begun[parent].fidelity) == (one.genome, 1)


def test_it_finds_better_ones_than_successive_halving_that_draws_at_random():
    def mean_best(strategy):
        runs = [run(strategy.__class__(SPACE, fidelities=RUNGS, seed=seed), 70) for seed in range(3)]
        return np.mean([min(cost(one) for one in candidates if one.fidelity == 9) for candidates in runs])

    ours, theirs = MultiFidelityEvolution(fidelities=RUNGS), SuccessiveHalving(fidelities=RUNGS)
    assert mean_best(ours) < 0.5 * mean_best(theirs)


def test_failures_are_not_promoted_and_avoided():
    strategy = MultiFidelityEvolution(SPACE, fidelities=RUNGS, initial=10)
    candidates = run(strategy, 90, fails=lambda one: SPACE.decode(one.genome)[0] == 2)
    failed = [SPACE.decode(one.genome)[0] == 2 for one in candidates]
    assert not any(fails for fails, one in zip(failed, candidates, strict=True) if one.fidelity == 9)
    assert np.mean(failed[45:]) < 0.5 * np.mean(failed[:20]) + 0.05


def test_three_fidelities_are_climbed_one_by_one():
    candidates = run(MultiFidelityEvolution(SPACE, fidelities=(1, 3, 9), initial=8), 90)
    counts = Counter(candidate.fidelity for candidate in candidates)
    assert counts[1] > counts[3] > counts[9] > 3
    begun = {one.id: one.fidelity for one in candidates}
    steps = {(begun[one.parents[0]], one.fidelity) for one in candidates if one.fidelity > 1}
    assert steps == {(1, 3), (3, 9)}


def test_the_more_features_the_fewer_offspring(monkeypatch):
    bred, breed = [], Offspring.breed

    def counted(self, parents, n, *others):
        bred.append(n)
        breed(self, parents, n, *others)

    monkeypatch.setattr(Offspring, "breed", counted)
    wide = Space([Choice([0, 1, 2])] * 200)
    strategy = MultiFidelityEvolution(wide, fidelities=RUNGS, initial=8)
    for _ in range(16):
        (candidate,) = strategy.ask()
        strategy.tell([Outcome(candidate.id, {"loss": float(candidate.genome.values.sum())})])
    assert bred
    assert max(bred) * strategy._features.n_features <= 2500


@pytest.mark.parametrize("name, least", [("initial", 3), ("population", 1), ("training", 10)])
def test_numbers_that_are_too_small_are_refused(name, least):
    with pytest.raises(SearchError, match=rf"{name}: expected a whole number, {least} or more"):
        MultiFidelityEvolution(fidelities=RUNGS, **{name: least - 1})
