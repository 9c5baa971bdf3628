"""The first generation comes from a pool, by scores that are weighted by what they earn."""

import math

import numpy as np
import pytest

import evonas
from evonas import DifferentialEvolution, Int, Outcome, RegularizedEvolution, Space, ZeroCostWarmup
from evonas.errors import SearchError
from evonas.evolve.records import Failure
from evonas.evolve.strategies.zero_cost_warmup import ranks

SPACE = Space([Int(0, 9)] * 8)


def worth(candidate):
    return float(candidate.genome.values.sum())


def run(n, score, *, seed=0, failing=(), **settings):
    """Return the candidates of a search for small genes in which ``score`` is reported as a metric."""
    chosen = {"strategy": RegularizedEvolution(), "pool": 40, "first": 12, **settings}
    strategy = ZeroCostWarmup(SPACE, seed=seed, **chosen)
    candidates = []
    for _ in range(n):
        (candidate,) = strategy.ask()
        candidates.append(candidate)
        if candidate.id.birth in failing:
            strategy.tell([Outcome(candidate.id, failure=Failure("no"))])
        else:
            loss = worth(candidate) if candidate.fidelity is None else 0.0
            strategy.tell([Outcome(candidate.id, {"loss": loss}, {"score": score(candidate)})])
    return strategy, candidates


def chosen_share(score, seeds=8):
    """Return which share of the pool is better than who is chosen by the score, on average."""
    shares = []
    for seed in range(seeds):
        _, candidates = run(52, score, seed=seed)
        pool = [worth(candidate) for candidate in candidates[:40]]
        shares += [np.mean([other < worth(one) for other in pool]) for one in candidates[46:52]]
    return np.mean(shares)


def noise(candidate):
    return float(np.random.default_rng(candidate.id.birth).random())


def test_the_pool_is_scored_and_then_some_of_it_are_evaluated_fully():
    _, candidates = run(52, worth)
    pool = {candidate.genome.key: candidate.id for candidate in candidates[:40]}
    assert [candidate.fidelity for candidate in candidates] == [0.0] * 40 + [None] * 12
    for candidate in candidates[40:]:
        assert candidate.parents == (pool[candidate.genome.key],)
    assert len({candidate.genome.key for candidate in candidates[40:]}) == 12


@pytest.mark.parametrize("score", [worth, lambda candidate: -worth(candidate)], ids=["bad", "good"])
def test_a_score_that_tells_something_is_followed_whatever_its_sign(score):
    assert chosen_share(score) < 0.2


def test_a_score_that_tells_nothing_costs_nothing():
    assert 0.35 < chosen_share(noise) < 0.65
    assert 0.35 < chosen_share(lambda candidate: 3.0) < 0.65
    assert 0.35 < chosen_share(lambda candidate: math.nan) < 0.65


def test_who_failed_is_not_chosen():
    _, candidates = run(60, worth, failing=range(5, 40))
    good = {candidate.genome.key for candidate in candidates[:5]}
    assert {candidate.genome.key for candidate in candidates[40:45]} == good
    assert candidates[45].parents == (), "the follower takes over when nobody is left"


def test_the_follower_learns_what_was_chosen_and_goes_on():
    settings = {"strategy": RegularizedEvolution(population=12, tournament=6)}
    strategy, candidates = run(60, worth, failing=[50, 55], **settings)
    learnt = [candidate for candidate in candidates[40:] if candidate.id.birth not in (50, 55)]
    assert [one.candidate for one in strategy.residents] == learnt[-12:]
    assert all(parent.birth >= 40 for candidate in candidates[52:] for parent in candidate.parents)


def test_the_follower_recognizes_its_proposals():
    strategy, _ = run(120, worth, strategy=DifferentialEvolution(population=6))
    assert len(strategy.residents) == 6
    assert not strategy._follower._trials, "all have come back"


def test_outcomes_may_be_late():
    strategy = ZeroCostWarmup(SPACE, strategy=RegularizedEvolution(), pool=10, first=5)
    assert [candidate.fidelity for candidate in strategy.ask(12)] == [0.0] * 10 + [None] * 2


def test_ranks():
    values = np.array([3.0, math.nan, 1.0, 3.0, 7.0])
    assert ranks(values).tolist() == [0.625, 0.0, 0.25, 0.625, 1.0]
    assert ranks(np.array([5.0])).tolist() == [0.0]


def test_a_search_with_it_evaluates_fully_what_it_returns(tmp_path):
    def evaluate(architecture, context):
        scores = {"sum": sum(architecture)}
        return {"loss": -1.0 if context.fidelity == 0 else sum(architecture), **scores}

    search = evonas.Search(
        space=SPACE,
        evaluate=evaluate,
        objectives={"loss": "min"},
        strategy=ZeroCostWarmup(pool=20),
        budget=40,
    )
    result = search.run(folder=tmp_path / "run")
    assert result.figures["evaluations"] == 40
    assert result.best.objectives["loss"] == sum(result.best.architecture)


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(SearchError, match="ZeroCostWarmup: strategy: expected a Strategy of one fidelity"):
        ZeroCostWarmup(strategy="auto")
    with pytest.raises(SearchError, match="pool: expected a whole number, 1 or more, got 0"):
        ZeroCostWarmup(pool=0)
    with pytest.raises(SearchError, match="first: expected a whole number, 1 or more, got 0"):
        ZeroCostWarmup(first=0)


def test_a_follower_knows_what_is_in_flight():
    small = Space([Int(0, 2)] * 3)
    strategy = ZeroCostWarmup(small, pool=1)
    strategy.tell([Outcome(candidate.id, {"loss": worth(candidate)}) for candidate in strategy.ask(12)])
    keys = [candidate.genome.key for candidate in strategy.ask(10)]
    assert len(set(keys)) == 10


def surrogate_run(score, seed):
    """Return the lowest mean gene of 30 after a pool of 60 and 20 evaluations that a surrogate proposed."""
    space = Space([Int(0, 9)] * 30)
    strategy = ZeroCostWarmup(space, pool=60, seed=seed)
    means = []
    for birth in range(80):
        (candidate,) = strategy.ask()
        assert (candidate.fidelity is None) == (birth >= 60)
        means.append(worth(candidate) / 30)
        strategy.tell([Outcome(candidate.id, {"loss": means[-1]}, {"score": score(candidate)})])
    return min(means[60:])


def test_a_surrogate_learns_what_scores_tell():
    informed = [surrogate_run(worth, seed) for seed in range(4)]
    misled = [surrogate_run(noise, seed) for seed in range(4)]
    assert np.mean(informed) < np.mean(misled) - 0.3


def test_a_surrogate_does_without_scores_if_there_are_none():
    strategy = ZeroCostWarmup(SPACE, pool=8)
    for _ in range(20):
        (candidate,) = strategy.ask()
        strategy.tell([Outcome(candidate.id, failure=Failure("no"))])
    assert candidate.fidelity is None


def test_several_objectives_have_scores_too():
    aims = {"loss": "min", "size": "min"}
    strategy = ZeroCostWarmup(SPACE, strategy=evonas.EHVI(initial=4), pool=10, objectives=aims)
    for _ in range(24):
        (candidate,) = strategy.ask()
        numbers = {"loss": worth(candidate), "size": float(candidate.genome.values[0])}
        strategy.tell([Outcome(candidate.id, numbers, {"score": worth(candidate)})])
    assert len(strategy.residents) == 14


def test_who_is_known_before_the_scores_is_learnt_after_them():
    strategy = ZeroCostWarmup(SPACE, pool=10)
    known = SPACE.encode([1] * 8)
    strategy.inject(known)
    for _ in range(30):
        (candidate,) = strategy.ask()
        strategy.tell([Outcome(candidate.id, {"loss": worth(candidate)}, {"score": worth(candidate)})])
    assert known in [resident.genome for resident in strategy.residents]
